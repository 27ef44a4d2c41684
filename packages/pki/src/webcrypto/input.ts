import { fromBase64, toBase64 } from '@cssi/sm-core';
import type { KeyWish } from './algorithm.ts';
import { badData, badUsages } from './dom-errors.ts';
import type {
  AlgorithmIdentifierLike,
  AlgorithmLike,
  BufferSourceLike,
  JsonWebKeyLike,
  KeyUsageLike,
} from './types.ts';

const NAMES: ReadonlyMap<string, string> = new Map(
  ['SM2', 'SM3', 'SM4-CBC', 'SM4-GCM', 'SM4-CTR', 'HMAC', 'PBKDF2', 'HKDF'].map((name) => [
    name.toLowerCase(),
    name,
  ]),
);

/** A copy of the bytes, which nobody else changes. */
export function bytesOf(source: unknown, what: string): Uint8Array {
  if (source instanceof ArrayBuffer) return new Uint8Array(source.slice(0));
  if (ArrayBuffer.isView(source)) {
    return Uint8Array.from(new Uint8Array(source.buffer, source.byteOffset, source.byteLength));
  }
  throw new TypeError(`${what} must be an ArrayBuffer or a view of one`);
}

/** Bytes as an ArrayBuffer of their own. */
export function bufferOf(bytes: Uint8Array): ArrayBuffer {
  const out = new ArrayBuffer(bytes.length);
  new Uint8Array(out).set(bytes);
  return out;
}

/** The result as WebCrypto gives it; the bytes it came in are zeroed. */
export function handOver(bytes: Uint8Array): ArrayBuffer {
  const out = bufferOf(bytes);
  bytes.fill(0);
  return out;
}

/** The algorithm as an object, its name as this provider spells it. */
export function normalize(algorithm: AlgorithmIdentifierLike): AlgorithmLike {
  const given = typeof algorithm === 'string' ? { name: algorithm } : algorithm;
  if (typeof given?.name !== 'string') throw new TypeError('algorithm must be a name or have one');
  return { ...given, name: NAMES.get(given.name.toLowerCase()) ?? given.name };
}

/** Name of the hash of an algorithm; empty when there is none. */
export function hashName({ hash }: AlgorithmLike): string {
  const name = typeof hash === 'string' ? hash : (hash as { name?: unknown } | undefined)?.name;
  return typeof name === 'string' ? name.toUpperCase() : '';
}

/** A whole number of an algorithm's parameters. */
export function numberOf(value: unknown, what: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value))
    throw new TypeError(`${what} must be an integer`);
  return value;
}

/** The usages, all of which must be allowed; at least one where a key without any is of no use. */
export function checkUsages(
  usages: readonly KeyUsageLike[],
  allowed: readonly KeyUsageLike[],
  atLeastOne: boolean,
): void {
  if (!Array.isArray(usages)) throw new TypeError('usages must be an array');
  if (usages.some((usage) => !allowed.includes(usage))) throw badUsages();
  if (atLeastOne && usages.length === 0) throw badUsages();
}

/** Base64 for URLs, without padding. @standard RFC 7515 §2 */
export const toBase64Url = (bytes: Uint8Array): string =>
  toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

/** Bytes of base64 for URLs. @standard RFC 7515 §2 */
export function fromBase64Url(text: unknown): Uint8Array {
  if (typeof text !== 'string' || !/^[A-Za-z0-9_-]*$/.test(text)) throw badData();
  const padded = text.replaceAll('-', '+').replaceAll('_', '/') + '='.repeat((4 - (text.length % 4)) % 4);
  try {
    return fromBase64(padded);
  } catch {
    throw badData();
  }
}

/** Usages that `use` of a JSON Web Key stands for. @standard RFC 7517 §4.2 */
const USES: ReadonlyMap<unknown, readonly KeyUsageLike[]> = new Map([
  ['sig', ['sign', 'verify']],
  ['enc', ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey']],
]);

/** `use` and `key_ops` must allow every usage that is asked for, and name none twice. */
function checkOperations(
  { use, key_ops: operations }: JsonWebKeyLike,
  usages: readonly KeyUsageLike[],
): void {
  const allowed = use === undefined ? usages : USES.get(use);
  if (allowed === undefined || usages.some((usage) => !allowed.includes(usage))) throw badData();
  if (operations === undefined) return;
  if (!Array.isArray(operations) || new Set(operations).size < operations.length) throw badData();
  if (usages.some((usage) => !operations.includes(usage))) throw badData();
}

/** What every JSON Web Key is asked. @standard W3C Web Cryptography API, "JsonWebKey dictionary" */
export function checkJwk(
  data: BufferSourceLike | JsonWebKeyLike,
  { kty, alg }: { readonly kty: string; readonly alg: string },
  { extractable, usages }: KeyWish,
): JsonWebKeyLike {
  if (typeof data !== 'object' || data === null || ArrayBuffer.isView(data) || data instanceof ArrayBuffer) {
    throw new TypeError('data must be a JSON Web Key');
  }
  if (data.kty !== kty || (data.ext === false && extractable)) throw badData();
  if (data.alg !== undefined && data.alg !== alg) throw badData();
  checkOperations(data, usages);
  return data;
}
