import { equalBytes, type JsonValue, toHex } from '@cssi/sm-core';
import type {
  AttestationClaims,
  ComponentVersion,
  Measurement,
  MeasurementRole,
} from '../../spec/v1/attestation.ts';
import { LOG_ALGORITHMS, type LogAlgorithm } from '../event-log/types.ts';
import { digestOf } from './algorithms.ts';
import type { TpmQuote } from './attest.ts';
import { TPM_EVIDENCE_FORMATS, type TpmEvidence } from './envelope.ts';
import type { ImaEntry } from './ima-log.ts';
import type { ImaFile } from './ima-template.ts';
import { BOOT_AGGREGATE, bootAggregate, type CoveredEntries } from './judge-ima.ts';
import type { KeyFacts } from './judge-key.ts';
import { keyName } from './key-names.ts';
import { type PcrValues, pcrRole } from './pcrs.ts';
import type { TpmSignature } from './signature.ts';
import type { SigningKey } from './signing-key.ts';

/** Programs and modules that run virtual machines, by the names Linux distributions give them. */
const HYPERVISORS =
  /(?:^|\/)(?:qemu-kvm|qemu-system-[a-z0-9_]+|cloud-hypervisor|firecracker|stratovirt|crosvm|kvm(?:[-_][a-z]+)?\.ko(?:\.[a-z0-9]+)?)$/;

function roleOf({ file }: ImaEntry, aggregate: ImaFile | undefined): MeasurementRole {
  const { path = '', algorithm, digest } = file ?? {};
  // A file of a detached file system has its bare name as path: only what repeats the kernel's own entry is boot.
  const repeats = aggregate !== undefined && algorithm === aggregate.algorithm && digest !== undefined;
  if (path === BOOT_AGGREGATE && repeats && equalBytes(digest, aggregate.digest)) return 'boot';
  return HYPERVISORS.test(path) ? 'hypervisor' : 'workload';
}

const pcrMeasurements = (pcrs: PcrValues): Measurement[] =>
  [...pcrs].flatMap(([algorithm, values]) =>
    [...values]
      .sort(([a], [b]) => a - b)
      .map(([index, value]) => ({ name: `pcr${index}`, role: pcrRole(index), algorithm, value })),
  );

/**
 * An entry as a measurement. Its name says the hash, since a file's owner may choose which one IMA takes: a
 * policy over a role then meets every entry with a value to compare. What has no digest this package
 * knows is measured as well, by the digest of its entry; a violation by zeros.
 */
function imaMeasurement(entry: ImaEntry, bank: LogAlgorithm, aggregate: ImaFile | undefined): Measurement {
  const { file, violation, data } = entry;
  const { path = '', algorithm, digest, kind } = file ?? {};
  const role = roleOf(entry, aggregate);
  if (violation) {
    const value = new Uint8Array(LOG_ALGORITHMS[bank].bytes);
    return { name: `ima:violation:${path}`, role, algorithm: bank, value };
  }
  if (digest === undefined || algorithm === undefined) {
    return { name: `ima:entry:${path}`, role, algorithm: bank, value: digestOf(bank, data) };
  }
  const prefix = kind === 'verity' ? 'ima:verity:' : 'ima:';
  return { name: `${prefix}${algorithm}:${path}`, role, algorithm, value: digest };
}

function imaMeasurements(ima: CoveredEntries | undefined): Measurement[] {
  if (ima === undefined) return [];
  const aggregate = bootAggregate(ima.entries)?.file;
  return ima.entries.map((entry) => imaMeasurement(entry, ima.bank, aggregate));
}

/** Only a key of these hierarchies sees the true version and counters; others see them obfuscated. */
const isTruthful = ({ hierarchy }: KeyFacts): boolean =>
  hierarchy === 'endorsement' || hierarchy === 'platform';

/** The two halves of the version: as one number it could exceed what a policy can compare. */
function versionsOf({ firmwareVersion }: TpmQuote, key: KeyFacts): ComponentVersion[] {
  if (!isTruthful(key)) return [];
  return [
    { name: 'tpm-firmware-1', value: Number(firmwareVersion >> 32n) },
    { name: 'tpm-firmware-2', value: Number(firmwareVersion & 0xffff_ffffn) },
  ];
}

/** The primary endorsement key stands for the TPM; an anchor may name its device otherwise. */
function deviceOf({ parents }: SigningKey, { device, hierarchy }: KeyFacts): Uint8Array | undefined {
  const primary = parents?.at(-1);
  if (device !== undefined || primary === undefined || hierarchy !== 'endorsement') return device;
  return keyName(primary);
}

function imaDetails({ entries, uncovered }: CoveredEntries): JsonValue {
  return {
    entries: entries.length,
    uncovered,
    violations: entries.filter(({ violation }) => violation).length,
    // Entries whose template or hash this package does not know.
    opaque: entries.filter(({ violation, file }) => !violation && file?.algorithm === undefined).length,
  };
}

/** What a verification gathered. @internal */
export interface TpmFindings {
  readonly evidence: TpmEvidence;
  readonly quote: TpmQuote;
  readonly signature: TpmSignature;
  readonly signing: SigningKey;
  readonly key: KeyFacts;
  /** Empty when the quote does not cover them. */
  readonly pcrs: PcrValues;
  readonly ima: CoveredEntries | undefined;
}

/** @internal */
export function tpmClaims(findings: TpmFindings): AttestationClaims {
  const { evidence, quote, signature, signing, key, pcrs, ima } = findings;
  const { area, certificates } = signing;
  const subject = certificates[0]?.subject.commonName;
  return {
    type: evidence.profile,
    format: TPM_EVIDENCE_FORMATS[evidence.profile],
    deployment: 'platform',
    emulated: false,
    reportData: Uint8Array.from(quote.extraData),
    device: deviceOf(signing, key),
    memoryEncryption: 'unknown',
    debug: 'unknown',
    migration: 'unknown',
    versions: versionsOf(quote, key),
    measurements: [...pcrMeasurements(pcrs), ...imaMeasurements(ima)],
    trustedSoftware: ['platform-firmware', 'boot-loader', 'operating-system', `${evidence.profile}-firmware`],
    untrustedSoftware: [],
    details: {
      signature: `${signature.scheme}-${signature.hash}`,
      qualifiedSigner: toHex(quote.qualifiedSigner),
      ...(area === undefined ? {} : { akName: toHex(keyName(area)), akAttributes: area.attributes >>> 0 }),
      ...(subject === undefined ? {} : { akCertificate: subject }),
      hierarchy: key.hierarchy ?? null,
      // False: the five values below are obfuscated, or it cannot be told.
      countersTrue: isTruthful(key),
      firmwareVersion: quote.firmwareVersion.toString(16).padStart(16, '0'),
      clock: quote.clock.toString(),
      resetCount: quote.resetCount,
      restartCount: quote.restartCount,
      clockSafe: quote.safe,
      pcrDigest: toHex(quote.pcrDigest),
      quoted: quote.selections.map(({ bank, indexes }) => ({ bank, indexes })),
      ...(ima === undefined ? {} : { ima: imaDetails(ima) }),
    },
  };
}
