import { concatBytes, equalBytes, SM3_DIGEST_BYTES, sm3Hash, utf8 } from '@cssi/sm-core';
import { MAX_HEADER_BYTES } from './constants.ts';
import { MODEL_TRANSFER_ERRORS } from './errors.ts';
import { cipherBytesOf, leavesBytesOf } from './layout.ts';
import type { Manifest } from './manifest.ts';
import type { PackageParts } from './source.ts';

/**
 * The package file, format SMP1:
 *
 * | part | bytes |
 * |---|---|
 * | magic | 8: `SMP1` CR LF 1A LF, which shows a transfer in text mode |
 * | length of the header | 4, big-endian |
 * | header | CBOR: manifest, signature, certificates |
 * | chunks | ciphertext ‖ tag of every chunk, file after file |
 * | leaves | 32 per chunk |
 * | total length | 8, big-endian, all parts |
 * | trailer digest | 32: SM3 over magic, length, header, leaves and total length |
 * | end mark | 8: `SMP1END` LF |
 */

/** First bytes of a package. */
const SMP1_MAGIC: Uint8Array = Uint8Array.of(0x53, 0x4d, 0x50, 0x31, 0x0d, 0x0a, 0x1a, 0x0a);
/** Last bytes of a package. */
const SMP1_END: Uint8Array = utf8('SMP1END\n');
/** Magic and length of the header. */
export const PRELUDE_BYTES: number = SMP1_MAGIC.length + 4;
/** What follows the leaves. */
export const TRAILER_BYTES: number = 8 + SM3_DIGEST_BYTES + SMP1_END.length;

const malformed = (reason: string) =>
  MODEL_TRANSFER_ERRORS.create('ERR_MODEL_PACKAGE_MALFORMED', { detail: `reason=${reason}` });

/** Offsets of the parts of a package file. */
export interface ContainerLayout {
  readonly chunks: number;
  readonly leaves: number;
  readonly trailer: number;
  readonly total: number;
}

/** Magic and length of a header. */
export function encodePrelude(headerBytes: number): Uint8Array {
  const prelude = new Uint8Array(PRELUDE_BYTES);
  prelude.set(SMP1_MAGIC);
  new DataView(prelude.buffer).setUint32(SMP1_MAGIC.length, headerBytes);
  return prelude;
}

/**
 * Length of the header.
 *
 * @throws {@link SmError} ERR_MODEL_PACKAGE_MALFORMED
 */
export function decodePrelude(prelude: Uint8Array): number {
  if (prelude.length < PRELUDE_BYTES || !equalBytes(prelude.subarray(0, SMP1_MAGIC.length), SMP1_MAGIC)) {
    throw malformed('magic');
  }
  const length = new DataView(prelude.buffer, prelude.byteOffset).getUint32(SMP1_MAGIC.length);
  if (length === 0 || length > MAX_HEADER_BYTES) throw malformed('header-length');
  return length;
}

/** Where the parts of a package with this header are. */
export function containerLayout(headerBytes: number, manifest: Manifest): ContainerLayout {
  const chunks = PRELUDE_BYTES + headerBytes;
  const leaves = chunks + cipherBytesOf(manifest);
  const trailer = leaves + leavesBytesOf(manifest);
  return { chunks, leaves, trailer, total: trailer + TRAILER_BYTES };
}

/** The trailer of a package. */
export function encodeTrailer(header: Uint8Array, leaves: Uint8Array, total: number): Uint8Array {
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(total));
  const digest = sm3Hash()
    .update(encodePrelude(header.length))
    .update(header)
    .update(leaves)
    .update(length)
    .digest();
  return concatBytes(length, digest, SMP1_END);
}

/**
 * Checks a trailer against the rest of the package.
 *
 * @throws {@link SmError} ERR_MODEL_PACKAGE_MALFORMED
 */
export function checkTrailer(
  trailer: Uint8Array,
  header: Uint8Array,
  leaves: Uint8Array,
  total: number,
): void {
  if (!equalBytes(trailer, encodeTrailer(header, leaves, total))) throw malformed('trailer');
}

/** A whole package file in memory, for small payloads. */
export function encodePackageFile({ header, leaves, chunks }: PackageParts): Uint8Array {
  const front = [encodePrelude(header.length), header, ...chunks, leaves];
  const total = front.reduce((sum, part) => sum + part.length, TRAILER_BYTES);
  return concatBytes(...front, encodeTrailer(header, leaves, total));
}
