import { decodeCbor } from '../cbor/decode.ts';
import { CborFields } from '../cbor/fields.ts';
import { type CosePublicKey, coseKeyOfPoint, readCoseKey } from '../cose/key.ts';
import type { CoseSign1 } from '../cose/sign1.ts';
import { malformed } from '../malformed.ts';
import { type CcaHash, HASH_BYTES, HASH_LENGTHS, requireHash } from './hashes.ts';
import { REALM_CLAIM } from './labels.ts';

const MAX_TEXT = 512;
const EXTENSIBLE_MEASUREMENTS = 4;
const CHALLENGE_BYTES = 64;
const MAX_KEY_BYTES = 512;
const UNCOMPRESSED_POINT = 0x04;

/**
 * Claims of a CCA realm token.
 *
 * @standard Arm DEN0137 §A7.2.3.1
 * @group Attestation
 */
export interface CcaRealmClaims {
  /** Undefined in tokens of early firmware. */
  readonly profile: string | undefined;
  /** The challenge, 64 bytes. */
  readonly challenge: Uint8Array;
  /** Random identity of the realm, 33 bytes; from version 2 on. */
  readonly instanceId: Uint8Array | undefined;
  readonly personalization: Uint8Array;
  readonly initialMeasurement: Uint8Array;
  readonly extensibleMeasurements: readonly Uint8Array[];
  readonly hash: CcaHash;
  /** The key that signs the realm token, as the platform token's challenge digests it. */
  readonly publicKeyBytes: Uint8Array;
  readonly publicKey: CosePublicKey;
  readonly publicKeyHash: CcaHash;
  /** Whether the realm has a memory encryption context of its own; from version 2 on. */
  readonly memoryEncryption: 'shared' | 'private' | undefined;
  /** Whether firmware may be replaced while the realm runs; from version 2 on. */
  readonly liveActivation: 'disallow' | 'allow' | undefined;
  /** Digest of the claims of assigned devices. */
  readonly devicesHash: Uint8Array | undefined;
}

/**
 * A point 04‖x‖y in tokens of early firmware, else a COSE_Key, whose first byte is never 04. A point of 65 bytes
 * is of P-256 or SM2: the signed header says which.
 */
function readRealmKey(bytes: Uint8Array, algorithm: CoseSign1['algorithm']): CosePublicKey {
  if (bytes[0] !== UNCOMPRESSED_POINT) return readCoseKey(decodeCbor(bytes, { maxBytes: MAX_KEY_BYTES }));
  return coseKeyOfPoint(bytes, algorithm === 'SM2-SM3' ? 'SM2' : undefined);
}

const POLICIES = {
  memoryEncryption: ['shared', 'private'],
  liveActivation: ['disallow', 'allow'],
} as const;

function policy<T>(fields: CborFields, key: number, values: readonly T[]): T | undefined {
  if (!fields.has(key)) return undefined;
  const value = values[fields.uint(key, 'policy')];
  if (value === undefined) throw malformed('cca-realm-policy');
  return value;
}

/**
 * Reads the claims of a realm token.
 *
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED
 * @internal
 */
export function readRealmClaims({ payload, algorithm }: CoseSign1, maxBytes: number): CcaRealmClaims {
  const fields = new CborFields(decodeCbor(payload, { maxBytes, indefinite: true }), 'cca-realm');
  const hash = requireHash(fields.text(REALM_CLAIM.hashAlgorithm, 'hash', MAX_TEXT));
  const extensible = fields.list(REALM_CLAIM.extensibleMeasurements, 'rem', EXTENSIBLE_MEASUREMENTS);
  // The specification leaves the length free of the algorithm; firmware fills digests up with zeros.
  const initialMeasurement = fields.bytes(REALM_CLAIM.initialMeasurement, 'rim', HASH_LENGTHS);
  if (initialMeasurement.length < HASH_BYTES[hash]) throw malformed('cca-realm-rim');
  const publicKeyBytes = fields.bytes(REALM_CLAIM.publicKey, 'public-key', { min: 1, max: MAX_KEY_BYTES });
  const has = (key: number): boolean => fields.has(key);
  return {
    profile: has(REALM_CLAIM.profile) ? fields.text(REALM_CLAIM.profile, 'profile', MAX_TEXT) : undefined,
    challenge: fields.bytes(REALM_CLAIM.challenge, 'challenge', CHALLENGE_BYTES),
    instanceId: has(REALM_CLAIM.instanceId)
      ? fields.bytes(REALM_CLAIM.instanceId, 'instance-id', 33)
      : undefined,
    personalization: fields.bytes(REALM_CLAIM.personalization, 'personalization', 64),
    initialMeasurement,
    extensibleMeasurements: extensible.map((value) => {
      const good = value instanceof Uint8Array && value.length === initialMeasurement.length;
      if (!good) throw malformed('cca-realm-rem');
      return value;
    }),
    hash,
    publicKeyBytes,
    publicKey: readRealmKey(publicKeyBytes, algorithm),
    publicKeyHash: requireHash(fields.text(REALM_CLAIM.publicKeyHashAlgorithm, 'key-hash', MAX_TEXT)),
    memoryEncryption: policy(fields, REALM_CLAIM.memoryEncryptionPolicy, POLICIES.memoryEncryption),
    liveActivation: policy(fields, REALM_CLAIM.liveActivationPolicy, POLICIES.liveActivation),
    devicesHash: has(REALM_CLAIM.devicesHash)
      ? fields.bytes(REALM_CLAIM.devicesHash, 'devices-hash', HASH_LENGTHS)
      : undefined,
  };
}
