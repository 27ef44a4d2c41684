import { type SmError, sm3, toHex, utf8 } from '@cssi/sm-core';
import { isPrintable } from '../audit/printable.ts';
import { SECURITY_SERVICE_ERRORS, type SecurityServiceErrorCode } from '../errors.ts';
import {
  ACTIVATION_MAX_SECONDS,
  IDENTIFIER_PATTERN,
  IDENTITY_MAX_CERTIFICATE_BYTES,
  IDENTITY_MAX_NAME,
  type Role,
  roleProblem,
} from '../spec/v1/identity.ts';

const TOKEN = /^[A-Za-z0-9_-]{43}$/;
const FINGERPRINT = /^[0-9a-f]{64}$/;
const MAX_LIST = 1000;

const input = (field: string): SmError<SecurityServiceErrorCode> =>
  SECURITY_SERVICE_ERRORS.create('ERR_IDENTITY_INPUT', { detail: `field=${field}` });

/** @throws SmError ERR_IDENTITY_INPUT unless the call got an object to read from */
export function checkObject<T>(value: T): T {
  if (typeof value !== 'object' || value === null) throw input('request');
  return value;
}

/** Identifier of a tenant or user. @throws SmError ERR_IDENTITY_INPUT */
export function checkIdentifier(field: string, value: unknown): string {
  if (typeof value !== 'string' || !IDENTIFIER_PATTERN.test(value)) throw input(field);
  return value;
}

/** Display name. @throws SmError ERR_IDENTITY_INPUT */
export function checkName(value: unknown): string {
  if (typeof value !== 'string' || value.length < 1 || value.length > IDENTITY_MAX_NAME) throw input('name');
  if (!isPrintable(value)) throw input('name');
  return value;
}

/** Roles that fit together and the tenant. @throws SmError ERR_IDENTITY_INPUT, ERR_IDENTITY_ROLE_CONFLICT */
export function checkRoles(roles: unknown, tenantId: string | null): readonly Role[] {
  if (!Array.isArray(roles) || roles.some((role) => typeof role !== 'string')) throw input('roles');
  const problem = roleProblem(roles as string[], tenantId);
  if (problem === 'unknown' || problem === 'repeated') throw input('roles');
  if (problem !== undefined) {
    throw SECURITY_SERVICE_ERRORS.create('ERR_IDENTITY_ROLE_CONFLICT', { detail: `reason=${problem}` });
  }
  return (roles as Role[]).toSorted();
}

/** A copy of a certificate and its fingerprint. @throws SmError ERR_IDENTITY_INPUT */
export function checkCertificate(value: unknown): {
  readonly certificate: Uint8Array;
  readonly certificateFingerprint: string;
} {
  if (!(value instanceof Uint8Array) || value.length < 1 || value.length > IDENTITY_MAX_CERTIFICATE_BYTES) {
    throw input('certificate');
  }
  const certificate = Uint8Array.from(value);
  return { certificate, certificateFingerprint: toHex(sm3(certificate)) };
}

/** @throws SmError ERR_IDENTITY_INPUT */
export function checkFingerprint(value: unknown): string {
  if (typeof value !== 'string' || !FINGERPRINT.test(value)) throw input('fingerprint');
  return value;
}

/** @throws SmError ERR_IDENTITY_INPUT */
export function checkListLimit(value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 1 || (value as number) > MAX_LIST)
    throw input('limit');
  return value as number;
}

/** @throws SmError ERR_IDENTITY_INPUT */
export function checkLifetime(value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 1 || (value as number) > ACTIVATION_MAX_SECONDS) {
    throw input('lifetimeSeconds');
  }
  return value as number;
}

/** Digest under which a token is stored; a text that cannot be a token has the same error as a wrong one. */
export function tokenDigest(token: unknown): string {
  if (typeof token !== 'string' || !TOKEN.test(token)) {
    throw SECURITY_SERVICE_ERRORS.create('ERR_IDENTITY_TOKEN_INVALID');
  }
  return toHex(sm3(utf8(`cssi-activation/1\n${token}`)));
}
