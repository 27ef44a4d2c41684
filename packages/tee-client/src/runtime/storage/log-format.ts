import { concatBytes, utf8 } from '@cssi/sm-core';

/**
 * Bytes of the log (日志), big endian.
 *
 * ```
 * log    = header, frame …
 * header = "CSSISTOR" 8 | format 1 | generation 8 | salt 32
 * frame  = kind 1 | metaBytes 4 | dataBytes 5 | salt 32 (kind 2 only) | boxes (dataBytes) | meta box
 * ```
 *
 * A frame is one commit. Kind 2 begins a new key with its salt. A box is SM4-GCM ciphertext and tag;
 * its nonce is its offset in the file. The meta box holds the operations of the commit.
 */
export const LOG_MAGIC: Uint8Array = utf8('CSSISTOR');
export const LOG_FORMAT = 1;
export const LOG_HEADER_BYTES = 49;
export const SALT_BYTES = 32;
export const TAG_BYTES = 16;
/** Longest meta box: the operations of one commit. */
export const META_MAX_BYTES = 4 << 20;
export const FRAME_SAME_KEY = 1;
export const FRAME_NEW_KEY = 2;
const FRAME_FIXED_BYTES = 10;
const TWO_32 = 2 ** 32;

/** Begin of a frame. */
export interface FrameHeader {
  readonly kind: number;
  readonly metaBytes: number;
  readonly dataBytes: number;
  /** Empty for {@link FRAME_SAME_KEY}. */
  readonly salt: Uint8Array;
}

/** 64-bit number, up to 2^53. */
export function u64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.floor(value / TWO_32));
  view.setUint32(4, value % TWO_32);
  return bytes;
}

export function readU64(bytes: Uint8Array, at: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return view.getUint32(at) * TWO_32 + view.getUint32(at + 4);
}

export const frameHeaderBytes = (kind: number): number =>
  FRAME_FIXED_BYTES + (kind === FRAME_NEW_KEY ? SALT_BYTES : 0);

/** Longest header of a frame. */
export const FRAME_HEADER_MAX_BYTES: number = frameHeaderBytes(FRAME_NEW_KEY);

export function encodeFrameHeader(header: FrameHeader): Uint8Array {
  const fixed = new Uint8Array(FRAME_FIXED_BYTES);
  const view = new DataView(fixed.buffer);
  fixed[0] = header.kind;
  view.setUint32(1, header.metaBytes);
  fixed[5] = Math.floor(header.dataBytes / TWO_32);
  view.setUint32(6, header.dataBytes % TWO_32);
  return concatBytes(fixed, header.salt);
}

/** `undefined` for anything that is not the whole header of a frame. */
export function decodeFrameHeader(bytes: Uint8Array): FrameHeader | undefined {
  const kind = bytes[0];
  if (kind !== FRAME_SAME_KEY && kind !== FRAME_NEW_KEY) return undefined;
  const size = frameHeaderBytes(kind);
  if (bytes.length < size) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const metaBytes = view.getUint32(1);
  if (metaBytes < TAG_BYTES || metaBytes > META_MAX_BYTES) return undefined;
  const dataBytes = (bytes[5] as number) * TWO_32 + view.getUint32(6);
  return { kind, metaBytes, dataBytes, salt: bytes.slice(FRAME_FIXED_BYTES, size) };
}

export const encodeLogHeader = (generation: number, salt: Uint8Array): Uint8Array =>
  concatBytes(LOG_MAGIC, Uint8Array.of(LOG_FORMAT), u64(generation), salt);

/** The nonce of a box: its place, which no other box under its key ever has. */
export const nonceAt = (offset: number): Uint8Array => concatBytes(new Uint8Array(4), u64(offset));
