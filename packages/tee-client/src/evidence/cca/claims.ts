import { toHex } from '@cssi/sm-core';
import type { AttestationClaims, ComponentVersion, Measurement } from '../../spec/v1/attestation.ts';
import { type CcaHash, HASH_BYTES, hashOfLength } from './hashes.ts';
import { REALM_PROFILES } from './labels.ts';
import type { CcaPlatformClaims, CcaSoftwareComponent } from './platform-token.ts';
import type { CcaRealmClaims } from './realm-token.ts';
import type { CcaToken } from './token.ts';

/** States of a platform, by bits 15 to 8. @standard Arm DEN0137 §A7.2.3.2.7 */
const LIFECYCLES: ReadonlyMap<number, readonly [name: string, debug: AttestationClaims['debug']]> = new Map([
  [0x00, ['unknown', 'unknown']],
  [0x10, ['assembly-and-test', 'enabled']],
  [0x20, ['rot-provisioning', 'unknown']],
  [0x30, ['secured', 'disabled']],
  // Debugging of the realm world: whoever does that sees every realm.
  [0x40, ['non-cca-platform-rot-debug', 'enabled']],
  [0x50, ['recoverable-cca-platform-rot-debug', 'enabled']],
  [0x60, ['decommissioned', 'unknown']],
]);
const UNKNOWN_LIFECYCLE = ['unknown', 'unknown'] as const;

const VERSION = /^v?([0-9]{1,3})\.([0-9]{1,3})(?:\.([0-9]{1,3}))?$/;

/**
 * A version of two or three numbers below 1000 as one that can be compared: 1.2.3 is 1002003. Versions are free
 * text, so others give none.
 */
function versionNumber(text: string): number | undefined {
  const parts = VERSION.exec(text)?.slice(1);
  return parts?.reduce<number>((value, part) => value * 1000 + Number(part ?? 0), 0);
}

const componentName = ({ type }: CcaSoftwareComponent, index: number): string =>
  type === undefined || type === '' ? `component-${index}` : type.toLowerCase();

function versionsOf({ components }: CcaPlatformClaims): readonly ComponentVersion[] {
  return components.flatMap((component, index) => {
    const value = component.version === undefined ? undefined : versionNumber(component.version);
    return value === undefined ? [] : [{ name: componentName(component, index), value }];
  });
}

/** A digest without the zeros that firmware fills it up with; what is longer than its algorithm's otherwise is another's. */
function digestOf(value: Uint8Array, hash: CcaHash): Pick<Measurement, 'algorithm' | 'value'> {
  const length = HASH_BYTES[hash];
  const isFilled = value.subarray(length).every((byte) => byte === 0);
  return isFilled
    ? { algorithm: hash, value: value.slice(0, length) }
    : { algorithm: hashOfLength(value.length, hash), value: value.slice() };
}

function realmMeasurements(realm: CcaRealmClaims): Measurement[] {
  const values = [realm.initialMeasurement, ...realm.extensibleMeasurements];
  return values.map((value, index) => ({
    name: index === 0 ? 'rim' : `rem${index - 1}`,
    role: 'workload',
    ...digestOf(value, realm.hash),
  }));
}

/** The realm monitor is what stands in a hypervisor's place for a realm; the rest is firmware. */
function platformMeasurements({ components, hash }: CcaPlatformClaims): Measurement[] {
  return components.flatMap((component, index): Measurement[] => {
    const name = `platform.${componentName(component, index)}`;
    const role = component.type?.toLowerCase().includes('rmm') === true ? 'hypervisor' : 'firmware';
    const signer = component.signerId;
    return [
      { name, role, algorithm: component.algorithm, value: component.value.slice() },
      {
        name: `${name}.signer`,
        role: 'signer',
        algorithm: hashOfLength(signer.length, hash),
        value: signer.slice(),
      },
    ];
  });
}

/**
 * What a token states. Moving realms is in no claim; the device is the platform's instance id. Version 2 says
 * whether a realm has an encryption context of its own, version 1 says nothing.
 *
 * @internal
 */
export function ccaClaims({ platform, realm, devices }: CcaToken): AttestationClaims {
  const [lifecycle, debug] = LIFECYCLES.get(platform.lifecycle >> 8) ?? UNKNOWN_LIFECYCLE;
  return {
    type: 'cca',
    // By what is signed: nobody signs the tag of the collection.
    format: `cca-token/${REALM_PROFILES.get(realm.profile)?.version ?? 'unknown'}`,
    deployment: 'virtual-machine',
    emulated: false,
    reportData: realm.challenge.slice(),
    device: platform.instanceId.slice(),
    memoryEncryption: realm.memoryEncryption === 'private' ? 'active' : 'unknown',
    debug,
    migration: 'unknown',
    versions: versionsOf(platform),
    measurements: [...realmMeasurements(realm), ...platformMeasurements(platform)],
    trustedSoftware: ['realm management monitor', 'root monitor', ...platform.components.map(componentName)],
    untrustedSoftware: ['normal-world hypervisor', 'host operating system', 'secure-world software'],
    details: {
      platformProfile: platform.profile,
      realmProfile: realm.profile ?? null,
      implementationId: toHex(platform.implementationId),
      lifecycle,
      platformConfig: toHex(platform.config),
      verificationService: platform.verificationService ?? null,
      personalization: toHex(realm.personalization),
      realmInstanceId: realm.instanceId === undefined ? null : toHex(realm.instanceId),
      memoryEncryptionPolicy: realm.memoryEncryption ?? null,
      liveActivationPolicy: realm.liveActivation ?? null,
      devicesHash: realm.devicesHash === undefined ? null : toHex(realm.devicesHash),
      devices: devices === undefined ? null : toHex(devices),
    },
  };
}
