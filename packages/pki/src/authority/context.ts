import { type SmError, sm3 } from '@cssi/sm-core';
import { PKI_ERRORS } from '../errors.ts';
import type { AuthorityStore } from '../spec/v1/authority.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import type { CertificateSigner } from '../spec/v1/signer.ts';
import type { KeyCentre, KeyEscrow } from './key-delivery.ts';
import type { AuthorityPolicy } from './policy.ts';
import { stateProblem } from './records.ts';

/** Where relying parties find what the authority publishes; written into each certificate. */
export interface AuthorityUrls {
  readonly crlDistributionPoints?: readonly string[];
  readonly freshestCrl?: readonly string[];
  readonly ocspUrls?: readonly string[];
  readonly caIssuerUrls?: readonly string[];
}

/** Whoever signs in the authority's name, with the certificate. */
export interface SigningParty {
  readonly certificate: Certificate;
  readonly signer: CertificateSigner;
}

/** An authority's parts, checked. */
export interface AuthorityContext {
  readonly certificate: Certificate;
  readonly signer: CertificateSigner;
  readonly store: AuthorityStore;
  readonly clock: () => Date;
  readonly policy: AuthorityPolicy;
  readonly urls: AuthorityUrls;
  readonly keyCentre: KeyCentre;
  readonly escrow: KeyEscrow | undefined;
  readonly responder: SigningParty | undefined;
  readonly deliverySigner: SigningParty | undefined;
}

/** The authority refuses. `reason` is a fixed word. */
export const refused = (reason: string): SmError =>
  PKI_ERRORS.create('ERR_PKI_AUTHORITY_REFUSED', { detail: `reason=${reason}` });

export const invalidField = (field: string): SmError =>
  PKI_ERRORS.create('ERR_PKI_REQUEST_INVALID', { detail: `field=${field}` });

/** What a caller gives as one object. @throws SmError ERR_PKI_REQUEST_INVALID */
export function checkInput(input: unknown, field = 'input'): void {
  if (typeof input !== 'object' || input === null) throw invalidField(field);
}

/** The time cut to whole seconds when certificates and lists can carry it, else undefined. */
export function encodableTime(time: unknown): Date | undefined {
  if (!(time instanceof Date)) return undefined;
  const cut = new Date(Math.floor(time.getTime() / 1000) * 1000);
  const year = cut.getUTCFullYear();
  return year >= 1950 && year <= 9999 ? cut : undefined;
}

/** The time in whole seconds, as certificates and lists carry it. @throws SmError ERR_PKI_AUTHORITY_STATE */
export function nowOf({ clock }: AuthorityContext): Date {
  const now = encodableTime(clock());
  if (now === undefined) throw stateProblem('clock');
  return now;
}

/** The time, which must be within the validity of the authority's own certificate. */
export function workingTime(context: AuthorityContext): Date {
  const now = nowOf(context);
  const { notBefore, notAfter } = context.certificate;
  if (now < notBefore || now > notAfter) throw stateProblem('authority-not-valid');
  return now;
}

export const after = (time: Date, seconds: number): Date => new Date(time.getTime() + seconds * 1000);

/** By which certificates of one key are found. */
export const keyDigest = (publicKeyInfo: Uint8Array): Uint8Array => sm3(publicKeyInfo);

const ACTOR = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;
const MAX_NOTE = 1000;

/** Name of a person or program; ASCII, so that no two that look alike are two persons. */
export function checkActor(actor: unknown, field: string): string {
  if (typeof actor !== 'string' || !ACTOR.test(actor)) throw invalidField(field);
  return actor;
}

/** Names that differ in case only are one person. */
export const sameActor = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** A note of at most 1000 characters without control characters. */
export function checkNote(note: unknown): string | undefined {
  if (note === undefined) return undefined;
  if (typeof note !== 'string' || note.length > MAX_NOTE || /[\p{Cc}\p{Cs}]/u.test(note)) {
    throw invalidField('note');
  }
  return note;
}

/** A digest of 32 bytes, copied. */
export function checkDigest(digest: unknown, field: string): Uint8Array {
  if (!(digest instanceof Uint8Array) || digest.length !== 32) throw invalidField(field);
  return Uint8Array.from(digest);
}
