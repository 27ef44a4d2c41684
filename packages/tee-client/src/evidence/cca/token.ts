import { decodeCbor } from '../cbor/decode.ts';
import { CborFields } from '../cbor/fields.ts';
import { type CborMap, CborTagged, type CborValue } from '../cbor/value.ts';
import { type CoseSign1, parseCoseSign1 } from '../cose/sign1.ts';
import { malformed } from '../malformed.ts';
import { CCA_CONTENT_FORMAT, CCA_PART, CCA_TAG } from './labels.ts';
import { type CcaPlatformClaims, readPlatformClaims } from './platform-token.ts';
import { type CcaRealmClaims, readRealmClaims } from './realm-token.ts';

/** Longest CCA token in bytes; certificates of the platform key may be inside. @group Attestation */
export const CCA_MAX_BYTES = 65_536;

/**
 * A CCA attestation token: what a realm and the platform below it state.
 *
 * @standard Arm DEN0137 §A7.2.3
 * @group Attestation
 */
export interface CcaToken {
  /** `399` of RMM 1.0, `907` of RMM 2.0. */
  readonly collection: 399 | 907;
  readonly platformMessage: CoseSign1;
  readonly platform: CcaPlatformClaims;
  readonly realmMessage: CoseSign1;
  readonly realm: CcaRealmClaims;
  /** Claims of assigned devices, CBOR as sent. */
  readonly devices: Uint8Array | undefined;
}

/** Heads of the two tags in shortest form. */
const HEADS: readonly (readonly number[])[] = [
  [0xd9, 0x01, 0x8f],
  [0xd9, 0x03, 0x8b],
];
/** The key 44234 and a byte string, or an array of a content format and one, after the head of the map. */
const PLATFORM_KEY = [0x19, 0xac, 0xca] as const;
const REALM_KEY = [0x19, 0xac, 0xd1] as const;

const startsWith = (bytes: Uint8Array, from: number, wanted: readonly number[]): boolean =>
  wanted.every((byte, index) => bytes[from + index] === byte);

/** Whether the bytes look like a CCA token. @group Attestation */
export function isCcaToken(evidence: Uint8Array): boolean {
  if (evidence.length > CCA_MAX_BYTES || !HEADS.some((head) => startsWith(evidence, 0, head))) return false;
  const map = evidence[3];
  const isMap = map === 0xa2 || map === 0xa3 || map === 0xbf;
  return isMap && (startsWith(evidence, 4, PLATFORM_KEY) || startsWith(evidence, 4, REALM_KEY));
}

/** A part as a byte string, or in a CMW record of its content format. */
function part(value: CborValue | undefined, tag: number, format: number): Uint8Array {
  let bytes = value;
  if (tag === CCA_TAG.cmw) {
    if (!Array.isArray(value) || value.length !== 2 || value[0] !== format) throw malformed('cca-part');
    bytes = value[1];
  }
  if (!(bytes instanceof Uint8Array)) throw malformed('cca-part');
  return bytes;
}

/**
 * Reads a CCA token and the claims inside. Bytes are views of the input. The profiles are not judged.
 *
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED, ERR_INPUT_TYPE
 * @standard Arm DEN0137 §A7.2.3, draft-ffm-rats-cca-token §4
 * @group Attestation
 */
export function parseCcaToken(evidence: Uint8Array): CcaToken {
  const outer = decodeCbor(evidence, { maxBytes: CCA_MAX_BYTES, indefinite: true });
  if (!(outer instanceof CborTagged)) throw malformed('cca-tag');
  const { tag } = outer;
  if (tag !== CCA_TAG.collection && tag !== CCA_TAG.cmw) throw malformed('cca-tag');
  const fields = new CborFields(outer.value, 'cca-token');
  const parts = outer.value as CborMap;
  const token = (key: number): CoseSign1 =>
    parseCoseSign1(part(parts.get(key), tag, CCA_CONTENT_FORMAT.token), { maxBytes: CCA_MAX_BYTES });
  const platformMessage = token(CCA_PART.platform);
  const realmMessage = token(CCA_PART.realm);
  return {
    collection: tag,
    platformMessage,
    platform: readPlatformClaims(platformMessage.payload, CCA_MAX_BYTES),
    realmMessage,
    realm: readRealmClaims(realmMessage, CCA_MAX_BYTES),
    devices: fields.has(CCA_PART.devices)
      ? part(parts.get(CCA_PART.devices), tag, CCA_CONTENT_FORMAT.devices)
      : undefined,
  };
}
