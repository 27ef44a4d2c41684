import { decodeCbor } from '../cbor/decode.ts';
import { CborFields } from '../cbor/fields.ts';
import type { CborValue } from '../cbor/value.ts';
import { malformed } from '../malformed.ts';
import { type CcaHash, HASH_BYTES, HASH_LENGTHS, hashOfLength, hashOfName, requireHash } from './hashes.ts';
import { COMPONENT_CLAIM, PLATFORM_CLAIM } from './labels.ts';

const MAX_TEXT = 512;
const MAX_COMPONENTS = 64;
const MAX_CONFIG_BYTES = 4096;
const INSTANCE_ID_BYTES = 33;
/** First byte of an instance id: a random identifier. @standard RFC 9711 §4.2.1 */
const UEID_RANDOM = 0x01;

/** A piece of firmware a platform token measures. @group Attestation */
export interface CcaSoftwareComponent {
  readonly type: string | undefined;
  readonly algorithm: CcaHash;
  readonly value: Uint8Array;
  readonly version: string | undefined;
  /** Digest of the key that signed the component. */
  readonly signerId: Uint8Array;
}

/**
 * Claims of a CCA platform token.
 *
 * @standard Arm DEN0137 §A7.2.3.2
 * @group Attestation
 */
export interface CcaPlatformClaims {
  readonly profile: string;
  /** Digest of the realm's public key. */
  readonly challenge: Uint8Array;
  readonly implementationId: Uint8Array;
  /** Identity of the platform's attestation key, 33 bytes. */
  readonly instanceId: Uint8Array;
  readonly config: Uint8Array;
  /** Bits 15 to 8: state; bits 7 to 0: the implementation's own. */
  readonly lifecycle: number;
  readonly components: readonly CcaSoftwareComponent[];
  readonly verificationService: string | undefined;
  readonly hash: CcaHash;
}

/**
 * The name of a component's algorithm is free text that early firmware filled with other words, so that only a
 * known name counts.
 */
function componentHash(name: string | undefined, value: Uint8Array, fallback: CcaHash): CcaHash {
  const named = name === undefined ? undefined : hashOfName(name);
  if (named !== undefined) {
    if (HASH_BYTES[named] !== value.length) throw malformed('cca-component-value');
    return named;
  }
  return hashOfLength(value.length, fallback);
}

function readComponent(value: CborValue, fallback: CcaHash): CcaSoftwareComponent {
  const fields = new CborFields(value, 'cca-component');
  const text = (key: number, name: string): string | undefined =>
    fields.has(key) ? fields.text(key, name, MAX_TEXT) : undefined;
  const digest = fields.bytes(COMPONENT_CLAIM.value, 'value', HASH_LENGTHS);
  return {
    type: text(COMPONENT_CLAIM.type, 'type'),
    algorithm: componentHash(text(COMPONENT_CLAIM.hashAlgorithm, 'hash'), digest, fallback),
    value: digest,
    version: text(COMPONENT_CLAIM.version, 'version'),
    signerId: fields.bytes(COMPONENT_CLAIM.signerId, 'signer', HASH_LENGTHS),
  };
}

/**
 * Reads the claims of a platform token.
 *
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED
 * @internal
 */
export function readPlatformClaims(payload: Uint8Array, maxBytes: number): CcaPlatformClaims {
  const fields = new CborFields(decodeCbor(payload, { maxBytes, indefinite: true }), 'cca-platform');
  const hash = requireHash(fields.text(PLATFORM_CLAIM.hashAlgorithm, 'hash', MAX_TEXT));
  const instanceId = fields.bytes(PLATFORM_CLAIM.instanceId, 'instance-id', INSTANCE_ID_BYTES);
  if (instanceId[0] !== UEID_RANDOM) throw malformed('cca-platform-instance-id');
  const lifecycle = fields.uint(PLATFORM_CLAIM.lifecycle, 'lifecycle');
  if (lifecycle > 0xffff) throw malformed('cca-platform-lifecycle');
  const size = { min: 1, max: MAX_COMPONENTS };
  const components = fields.list(PLATFORM_CLAIM.softwareComponents, 'components', size);
  const service = PLATFORM_CLAIM.verificationService;
  return {
    profile: fields.text(PLATFORM_CLAIM.profile, 'profile', MAX_TEXT),
    challenge: fields.bytes(PLATFORM_CLAIM.challenge, 'challenge', HASH_LENGTHS),
    implementationId: fields.bytes(PLATFORM_CLAIM.implementationId, 'implementation-id', 32),
    instanceId,
    config: fields.bytes(PLATFORM_CLAIM.config, 'config', { min: 0, max: MAX_CONFIG_BYTES }),
    lifecycle,
    components: components.map((component) => readComponent(component, hash)),
    verificationService: fields.has(service) ? fields.text(service, 'service', MAX_TEXT) : undefined,
    hash,
  };
}
