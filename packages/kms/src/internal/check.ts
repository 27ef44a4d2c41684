import { checkBytes, type SmError } from '@cssi/sm-core';
import { KMS_ERRORS, type KmsErrorCode } from '../errors.ts';
import {
  KEY_ALGORITHMS,
  KEY_ID_PATTERN,
  KEY_USAGES,
  type KeyAlgorithm,
  type KeyUsage,
  KMS_MAX_LABEL,
  KMS_MAX_MESSAGE_BYTES,
  TENANT_ID_PATTERN,
} from '../spec/v1/algorithms.ts';
import type { KeyReference } from '../spec/v1/service.ts';

/** Largest number the service contract has for a version; most of them do not exist. */
const MAX_VERSION_NUMBER = 2_147_483_647;

const invalid = (parameter: string): SmError<KmsErrorCode> =>
  KMS_ERRORS.create('ERR_KMS_PARAMETER_INVALID', { detail: `parameter=${parameter}` });

/** The error of everything that is not there or not the caller's. */
export const notFound = (): SmError<KmsErrorCode> => KMS_ERRORS.create('ERR_KMS_NOT_FOUND');

/** Text of a well-formed tenant id. */
export function checkTenantId(value: unknown): string {
  if (typeof value !== 'string' || !TENANT_ID_PATTERN.test(value)) throw invalid('tenantId');
  return value;
}

/**
 * A well-formed reference. An id the service cannot have made is an unknown key, so that
 * the answer tells nothing about ids.
 */
export function checkReference(request: KeyReference): KeyReference {
  const tenantId = checkTenantId(request.tenantId);
  const keyId: unknown = request.keyId;
  if (typeof keyId !== 'string') throw invalid('keyId');
  if (!KEY_ID_PATTERN.test(keyId)) throw notFound();
  return { tenantId, keyId };
}

/** A whole number in `min..max`, or `fallback` when left out. */
export function checkInteger(
  value: unknown,
  parameter: string,
  min: number,
  max: number,
  fallback: number,
): number {
  if (value === undefined) return fallback;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw invalid(parameter);
  }
  return value;
}

/** A version number, or `undefined` when left out. */
export function checkVersion(value: unknown): number | undefined {
  return value === undefined ? undefined : checkInteger(value, 'version', 1, MAX_VERSION_NUMBER, 1);
}

/** A label without control characters and lone surrogates, which a database may alter. */
export function checkLabel(value: unknown): string {
  if (typeof value !== 'string' || value.length > KMS_MAX_LABEL || /[\p{Cc}\p{Cs}]/u.test(value)) {
    throw invalid('label');
  }
  return value;
}

/** A combination of algorithm and usage that is offered. */
export function checkPurpose(
  algorithm: unknown,
  usage: unknown,
): { readonly algorithm: KeyAlgorithm; readonly usage: readonly [KeyUsage] } {
  const known = KEY_ALGORITHMS.find((name) => name === algorithm);
  if (known === undefined) throw KMS_ERRORS.create('ERR_KMS_ALGORITHM_UNSUPPORTED');
  if (!Array.isArray(usage) || usage.length === 0) throw invalid('usage');
  const wanted = usage.length === 1 ? KEY_USAGES[known].find((name) => name === usage[0]) : undefined;
  if (wanted === undefined) throw KMS_ERRORS.create('ERR_KMS_ALGORITHM_UNSUPPORTED');
  return { algorithm: known, usage: [wanted] };
}

/** Exactly one of message and digest, within its bounds. */
export function checkContent(content: { readonly message?: unknown; readonly digest?: unknown }): {
  readonly kind: 'message' | 'digest';
  readonly bytes: Uint8Array;
} {
  const { message, digest } = content;
  if ((message === undefined) === (digest === undefined)) throw invalid('message');
  return message === undefined
    ? { kind: 'digest', bytes: checkBytes(digest, 'digest', 32) }
    : { kind: 'message', bytes: checkBytes(message, 'message', 0, KMS_MAX_MESSAGE_BYTES) };
}
