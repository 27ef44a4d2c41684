import { concatBytes } from '@cssi/sm-core';
import { decodeCbor } from '../cbor/decode.ts';
import { encodeCbor } from '../cbor/encode.ts';
import { untag } from '../cbor/fields.ts';
import type { CborMap, CborValue } from '../cbor/value.ts';
import { malformed } from '../malformed.ts';
import { type CoseAlgorithm, coseAlgorithmName } from './algorithms.ts';

/** Longest COSE_Sign1 message that is read, in bytes. @group Attestation */
export const COSE_MAX_BYTES = 131_072;
/** Tag of a COSE_Sign1 message. @standard RFC 9052 §2 @group Attestation */
export const COSE_SIGN1_TAG = 18;

/** Labels of header parameters. @standard RFC 9052 §3.1, RFC 9360 §2 @group Attestation */
export const COSE_HEADERS = { alg: 1, crit: 2, contentType: 3, kid: 4, x5chain: 33 } as const;

/**
 * A COSE_Sign1 message that was read. Bytes are views of the input.
 *
 * @standard RFC 9052 §4.2
 * @group Attestation
 */
export interface CoseSign1 {
  /** The protected header as it was sent and signed. */
  readonly protectedBytes: Uint8Array;
  readonly protectedHeader: CborMap;
  /** Not signed: hints only. */
  readonly unprotectedHeader: CborMap;
  /** Empty when it is detached. */
  readonly payload: Uint8Array;
  readonly detached: boolean;
  readonly signature: Uint8Array;
  /** Of the protected header; undefined for one we cannot check. */
  readonly algorithm: CoseAlgorithm | undefined;
}

/** How a message is read. @group Attestation */
export interface CoseReadOptions {
  /** {@link COSE_MAX_BYTES} when left out. */
  readonly maxBytes?: number;
  /** Whether tag 18 is `required`, `forbidden` or free (`any`, the default). */
  readonly tag?: 'required' | 'forbidden' | 'any';
  /** Accept a message without payload; the caller has it from elsewhere. Default: no. */
  readonly detached?: boolean;
}

/**
 * Reads a COSE_Sign1 message, tagged or not. A critical header parameter is refused: we understand none
 * that would have to be marked.
 *
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED, ERR_INPUT_TYPE
 * @standard RFC 9052 §4.2
 * @group Attestation
 */
export function parseCoseSign1(bytes: Uint8Array, options: CoseReadOptions = {}): CoseSign1 {
  return readCoseSign1(decodeCbor(bytes, { maxBytes: options.maxBytes ?? COSE_MAX_BYTES }), options);
}

/**
 * As {@link parseCoseSign1}, of a value that was decoded.
 *
 * @internal
 */
function readCoseSign1(value: CborValue, { tag = 'any', detached = false }: CoseReadOptions): CoseSign1 {
  const list = untag(value, COSE_SIGN1_TAG);
  const tagged = list !== value;
  if (tag === 'required' ? !tagged : tag === 'forbidden' && tagged) throw malformed('cose-tag');
  if (!Array.isArray(list) || list.length !== 4) throw malformed('cose-sign1');
  const [protectedBytes, unprotectedHeader, payload, signature] = list as readonly CborValue[];
  if (!(protectedBytes instanceof Uint8Array)) throw malformed('cose-protected');
  if (!(unprotectedHeader instanceof Map)) throw malformed('cose-unprotected');
  if (!(signature instanceof Uint8Array)) throw malformed('cose-signature');
  const isDetached = payload === null;
  if (!(payload instanceof Uint8Array || (detached && isDetached))) throw malformed('cose-payload');
  const protectedHeader = readProtected(protectedBytes);
  if (protectedHeader.has(COSE_HEADERS.crit)) throw malformed('cose-critical');
  // §3: a parameter must not stand in both headers, or each reader would take the one it likes.
  for (const label of unprotectedHeader.keys()) {
    if (protectedHeader.has(label) || label === COSE_HEADERS.crit) throw malformed('cose-header-repeated');
  }
  return {
    protectedBytes,
    protectedHeader,
    unprotectedHeader,
    payload: payload instanceof Uint8Array ? payload : new Uint8Array(0),
    detached: isDetached,
    signature,
    algorithm: coseAlgorithmName(protectedHeader.get(COSE_HEADERS.alg)),
  };
}

/** §3: an empty header is an empty string; a map of no entries is tolerated. */
function readProtected(bytes: Uint8Array): CborMap {
  if (bytes.length === 0) return new Map();
  const value = decodeCbor(bytes, { maxBytes: COSE_MAX_BYTES });
  if (!(value instanceof Map)) throw malformed('cose-protected');
  return value;
}

/** Head of a byte string of definite length, shortest form. @standard RFC 8949 §3 */
function byteStringHead(length: number): Uint8Array {
  if (length < 24) return Uint8Array.of(0x40 | length);
  if (length < 0x100) return Uint8Array.of(0x58, length);
  if (length < 0x1_0000) return Uint8Array.of(0x59, length >> 8, length & 0xff);
  return Uint8Array.of(0x5a, length >>> 24, (length >>> 16) & 0xff, (length >>> 8) & 0xff, length & 0xff);
}

/** Array of four, text `Signature1`. */
const SIGNATURE1 = /* @__PURE__ */ encodeCbor('Signature1');

/**
 * The bytes that are signed: the Sig_structure of a COSE_Sign1 message.
 *
 * @standard RFC 9052 §4.4
 * @group Attestation
 */
export function coseSigStructure(
  protectedBytes: Uint8Array,
  payload: Uint8Array,
  externalAad: Uint8Array = new Uint8Array(0),
): Uint8Array {
  // Put together by hand: the encoder would take the payload through its token lists.
  return concatBytes(
    Uint8Array.of(0x84),
    SIGNATURE1,
    byteStringHead(protectedBytes.length),
    protectedBytes,
    byteStringHead(externalAad.length),
    externalAad,
    byteStringHead(payload.length),
    payload,
  );
}
