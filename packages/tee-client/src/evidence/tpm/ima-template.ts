import { ByteReader } from '../byte-reader.ts';
import { LOG_ALGORITHMS, type LogAlgorithm } from '../event-log/types.ts';
import { malformed } from '../malformed.ts';

/**
 * A file or buffer that IMA measured.
 *
 * @group Attestation
 */
export interface ImaFile {
  /** Path, or name of the buffer. Bytes that are no printable UTF-8 stand as `\xhh`. */
  readonly path: string;
  /** Undefined for a hash this package does not know; the value stands in `digest` all the same. */
  readonly algorithm: LogAlgorithm | undefined;
  readonly digest: Uint8Array;
  /** `verity`: root of a Merkle tree (fs-verity), not the hash of the contents. */
  readonly kind: 'ima' | 'verity';
}

/** PATH_MAX of Linux, which counts the zero byte. */
const MAX_NAME = 4096;

/** Templates by their fields. @standard Linux kernel, Documentation/security/IMA-templates.rst */
const TEMPLATES: ReadonlyMap<string, { readonly kinds: boolean; readonly fields: number }> = new Map([
  ['ima-ng', { kinds: false, fields: 2 }],
  ['ima-sig', { kinds: false, fields: 3 }],
  ['ima-buf', { kinds: false, fields: 3 }],
  ['ima-ngv2', { kinds: true, fields: 2 }],
  ['ima-sigv2', { kinds: true, fields: 3 }],
]);

/** Names of the kernel. */
const ALGORITHMS: ReadonlyMap<string, LogAlgorithm> = new Map([
  ...(Object.keys(LOG_ALGORITHMS) as LogAlgorithm[]).map((name) => [name, name] as const),
  ['sm3-256', 'sm3'],
]);

/** `sha256:` or `ima:sha256:`, a zero byte, the digest. */
function readDigest(field: Uint8Array, kinds: boolean): Omit<ImaFile, 'path'> {
  const end = field.indexOf(0);
  const prefix = Buffer.from(field.subarray(0, Math.max(end, 0))).toString('latin1');
  const match = (kinds ? /^(ima|verity):([a-z0-9-]{1,16}):$/ : /^()([a-z0-9-]{1,16}):$/).exec(prefix);
  if (match === null) throw malformed('ima-digest');
  const algorithm = ALGORITHMS.get(match[2]!);
  const digest = field.subarray(end + 1);
  if (digest.length === 0 || (algorithm !== undefined && digest.length !== LOG_ALGORITHMS[algorithm].bytes)) {
    throw malformed('ima-digest');
  }
  return { algorithm, digest, kind: match[1] === 'verity' ? 'verity' : 'ima' };
}

const hexByte = (byte: number): string => `\\x${byte.toString(16).padStart(2, '0')}`;

/** A name that ends with one zero byte, made printable without two names becoming one. */
function readName(field: Uint8Array): string {
  if (field.length > MAX_NAME || field.indexOf(0) !== field.length - 1 || field.length === 0) {
    throw malformed('ima-name');
  }
  const name = Buffer.from(field.buffer, field.byteOffset, field.length - 1);
  const text = name.toString('utf8');
  if (!/[\p{C}\\]/u.test(text) && name.equals(Buffer.from(text))) return text;
  return Array.from(name, (byte) =>
    byte > 0x20 && byte < 0x7f && byte !== 0x5c ? String.fromCharCode(byte) : hexByte(byte),
  ).join('');
}

/**
 * The file an entry is about, out of its template data.
 *
 * @returns undefined for a template whose fields this package does not know
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED
 * @internal
 */
export function readImaFile(template: string, data: Uint8Array): ImaFile | undefined {
  const known = TEMPLATES.get(template);
  if (known === undefined) return undefined;
  const reader = new ByteReader(data, 'ima-data');
  const digest = reader.bytes(reader.u32());
  const name = reader.bytes(reader.u32());
  if (known.fields === 3) reader.skip(reader.u32());
  reader.end();
  return { path: readName(name), ...readDigest(digest, known.kinds) };
}
