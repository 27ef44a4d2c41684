import { type JsonValue, toHex, utf8 } from '@cssi/sm-core';
import type { AttestationClaims, Measurement, MeasurementRole } from '../../spec/v1/attestation.ts';
import type { NitroDocument } from './document.ts';

/**
 * What the registers measure: 0 the enclave image, 1 kernel and first file system, 2 the application,
 * 3 the role of the parent instance, 4 its identity, 8 the key that signed the image. The others are the
 * enclave's own.
 *
 * @standard AWS Nitro Enclaves, cryptographic attestation, PCR table
 */
const ROLES: Readonly<Partial<Record<number, MeasurementRole>>> = {
  0: 'workload',
  1: 'boot',
  2: 'workload',
  3: 'platform',
  4: 'platform',
  8: 'signer',
};
/** Registers that are zero when the enclave was started in debug mode. */
const DEBUG_REGISTERS = [0, 1, 2] as const;

const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

function debugOf({ pcrs }: NitroDocument): AttestationClaims['debug'] {
  const values = DEBUG_REGISTERS.map((index) => pcrs.get(index));
  if (values.some((value) => value === undefined)) return 'unknown';
  return values.every((value) => value !== undefined && isZero(value)) ? 'enabled' : 'disabled';
}

function measurementsOf({ pcrs }: NitroDocument): readonly Measurement[] {
  return [...pcrs].map(([index, value]) => ({
    name: `pcr${index}`,
    role: ROLES[index] ?? 'workload',
    algorithm: 'sha384',
    value: value.slice(),
  }));
}

const hexOrNull = (bytes: Uint8Array | undefined): JsonValue => (bytes === undefined ? null : toHex(bytes));

/**
 * What a document states. The format is silent about memory encryption and about moving an enclave; the
 * device is the parent instance, named in the module id.
 *
 * @internal
 */
export function nitroClaims(document: NitroDocument): AttestationClaims {
  const { moduleId, timestamp, nonce, userData, publicKey } = document;
  const [instance = ''] = moduleId.split('-enc', 1);
  return {
    type: 'nitro',
    format: 'nitro-attestation/1',
    deployment: 'enclave',
    emulated: false,
    reportData: nonce?.slice() ?? new Uint8Array(0),
    device: utf8(instance),
    memoryEncryption: 'unknown',
    debug: debugOf(document),
    migration: 'unknown',
    versions: [],
    measurements: measurementsOf(document),
    trustedSoftware: ['nitro hypervisor', 'enclave kernel'],
    untrustedSoftware: ['parent instance operating system', 'other instances'],
    issuedAt: timestamp,
    details: { moduleId, userData: hexOrNull(userData), publicKey: hexOrNull(publicKey) },
  };
}
