import { createPublicKey } from 'node:crypto';
import { encodeSm2PublicKeyInfo } from '@cssi/pki';
import { concatBytes, type JsonValue, parseJson, SmError } from '@cssi/sm-core';
import type { TrustedKey } from '../../spec/v1/attestation.ts';
import { notTrustFile } from './errors.ts';

const MAX_KEYS = 64;
const MAX_JSON_BYTES = 1_048_576;
const TRUST_MEMBERS = ['tcbInfo', 'enclaveIdentity', 'kty', 'keys'] as const;
const COORDINATE = /^[A-Za-z0-9_-]{43}$/;

/** What a JSON file holds: keys, or one statement of Intel. @internal */
export type JsonContents =
  | { readonly kind: 'keys'; readonly keys: readonly TrustedKey[] }
  | { readonly kind: 'tcb-info' | 'qe-identity' };

type Members = { readonly [name: string]: JsonValue };

const isObject = (value: JsonValue | undefined): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A key with `crv` `SM2`, a private name: JOSE has none registered for the curve. */
function sm2Key(name: string, { x, y }: Members): Uint8Array {
  const coordinate = (value: JsonValue | undefined): Uint8Array => {
    if (typeof value !== 'string' || !COORDINATE.test(value)) throw notTrustFile(name, 'jwk');
    return Uint8Array.from(Buffer.from(value, 'base64url'));
  };
  try {
    return encodeSm2PublicKeyInfo(concatBytes(Uint8Array.of(4), coordinate(x), coordinate(y)));
  } catch (cause) {
    throw notTrustFile(name, 'jwk', cause);
  }
}

/** @standard RFC 7517 §4 */
function readJwk(name: string, value: JsonValue): TrustedKey {
  if (!isObject(value)) throw notTrustFile(name, 'jwk');
  // A private key among trust files is a mistake that should be seen.
  if (Object.hasOwn(value, 'd') || Object.hasOwn(value, 'k')) throw notTrustFile(name, 'private-key');
  if (value.kty === 'EC' && value.crv === 'SM2') return { publicKeyInfo: sm2Key(name, value) };
  try {
    const key = createPublicKey({ format: 'jwk', key: value as Record<string, string> });
    return { publicKeyInfo: Uint8Array.from(key.export({ format: 'der', type: 'spki' })) };
  } catch (cause) {
    throw notTrustFile(name, 'jwk', cause);
  }
}

/**
 * Reads a JSON file: a JWK, a set of them, or a signed statement of Intel (TCB info, QE identity). What
 * the statement says is read by the verifier, which knows its signer.
 *
 * @internal
 */
export function readJsonFile(name: string, bytes: Uint8Array): JsonContents {
  let value: JsonValue;
  try {
    value = parseJson(bytes, MAX_JSON_BYTES);
  } catch (cause) {
    if (!(cause instanceof SmError)) throw cause;
    throw notTrustFile(name, 'json', cause);
  }
  if (!isObject(value)) throw notTrustFile(name, 'json');
  if (typeof value.signature === 'string' && isObject(value.tcbInfo)) return { kind: 'tcb-info' };
  if (typeof value.signature === 'string' && isObject(value.enclaveIdentity)) return { kind: 'qe-identity' };
  if (typeof value.kty === 'string') return { kind: 'keys', keys: [readJwk(name, value)] };
  const { keys } = value;
  if (!Array.isArray(keys) || keys.length === 0 || keys.length > MAX_KEYS) throw notTrustFile(name, 'json');
  return { kind: 'keys', keys: (keys as readonly JsonValue[]).map((key) => readJwk(name, key)) };
}

/** Whether JSON is a key or a statement of Intel by its members, or cannot be read, so that it may be one. @internal */
export function looksLikeTrustJson(bytes: Uint8Array): boolean {
  let value: JsonValue;
  try {
    value = parseJson(bytes, MAX_JSON_BYTES);
  } catch (cause) {
    if (!(cause instanceof SmError)) throw cause;
    return true;
  }
  return isObject(value) && TRUST_MEMBERS.some((name) => Object.hasOwn(value, name));
}

/** Which TEE a statement of Intel is about: `SGX`, `TDX`, `QE`, `TD_QE`; undefined for those of version 2. @internal */
export function statementId(bytes: Uint8Array): string | undefined {
  const value = parseJson(bytes, MAX_JSON_BYTES) as Members;
  const inner = value.tcbInfo ?? value.enclaveIdentity;
  const id = isObject(inner) ? inner.id : undefined;
  return typeof id === 'string' ? id : undefined;
}
