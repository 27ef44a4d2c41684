import {
  AUTHORITY_MAX_SERIAL_BYTES,
  type AuthorityRevocationReason,
  type CertificateRecord,
  type RevocationRecord,
  type SequencedRevocation,
} from '../spec/v1/authority.ts';
import { REVOCATION_REASONS } from '../spec/v1/revocation.ts';
import { type AuthorityContext, checkInput, encodableTime, invalidField, nowOf } from './context.ts';
import { stateProblem } from './records.ts';
import { inTurn } from './turns.ts';

/** How a certificate is revoked (吊销). */
export interface RevokeInput {
  /** Not `certificateHold`: that is `Authority.hold`. */
  readonly reason: Exclude<AuthorityRevocationReason, 'certificateHold'>;
  /**
   * Now when left out; not before the latest list, which said that all was well. For an
   * earlier time there is `invalidityDate`.
   */
  readonly time?: Date;
  /** Since when the key is known or suspected to be lost; from 1950 on. @standard RFC 5280 §5.3.2 */
  readonly invalidityDate?: Date;
}

/** Revoking and making lists take turns: no list comes between a date and the lists it was held against. */
export const REVOCATIONS = 'revocations';

/** A serial number as it is stored: without zero bytes in front. */
export function normalSerial(serial: Uint8Array): Uint8Array {
  if (!(serial instanceof Uint8Array) || serial.length > AUTHORITY_MAX_SERIAL_BYTES + 1) {
    throw invalidField('serial');
  }
  const first = serial.findIndex((byte) => byte !== 0);
  const normal = Uint8Array.from(first < 0 ? [] : serial.subarray(first));
  if (normal.length === 0 || normal.length > AUTHORITY_MAX_SERIAL_BYTES) throw invalidField('serial');
  return normal;
}

interface Found {
  readonly certificate: CertificateRecord;
  readonly revocation: SequencedRevocation | undefined;
}

async function find({ store }: AuthorityContext, serial: Uint8Array): Promise<Found> {
  const certificate = await store.findCertificate(serial);
  if (certificate === undefined) throw stateProblem('serial-unknown');
  return { certificate, revocation: await store.findRevocation(serial) };
}

async function put(context: AuthorityContext, record: RevocationRecord): Promise<RevocationRecord> {
  if (!(await context.store.putRevocation(record))) throw stateProblem('conflict');
  return record;
}

/** What the stored record says without its place in the store. */
function recordOf({ sequence: _, ...record }: SequencedRevocation): RevocationRecord {
  return record;
}

/** A time that a list can carry, in whole seconds and not in the future. @throws SmError ERR_PKI_REQUEST_INVALID */
function pastTime(time: unknown, now: Date, field: string): Date {
  const cut = encodableTime(time);
  if (cut === undefined || cut.getTime() > now.getTime()) throw invalidField(field);
  return cut;
}

/** The time of revocation: not in the future, and not before what was published already. */
async function revocationTime(
  { store }: AuthorityContext,
  { time }: Pick<RevokeInput, 'time'>,
  { issuedAt }: CertificateRecord,
  now: Date,
): Promise<string> {
  if (time === undefined) return now.toISOString();
  const cut = pastTime(time, now, 'time');
  const latest = await Promise.all([store.latestCrl('complete'), store.latestCrl('delta')]);
  const published = latest.map((crl) => Date.parse(crl?.thisUpdate ?? issuedAt));
  if (cut.getTime() < Math.max(...published, Date.parse(issuedAt))) throw invalidField('time');
  return cut.toISOString();
}

/**
 * Revokes for good. A certificate that is revoked keeps its date and reason, except that a
 * lost key is noted later too: everybody must know that one.
 */
export async function revoke(
  context: AuthorityContext,
  serial: Uint8Array,
  input: RevokeInput,
): Promise<RevocationRecord> {
  checkInput(input);
  const [own, copied] = [normalSerial(serial), { ...input }];
  return inTurn(context.store, REVOCATIONS, () => revokeNow(context, own, copied));
}

async function revokeNow(
  context: AuthorityContext,
  serial: Uint8Array,
  input: RevokeInput,
): Promise<RevocationRecord> {
  const now = nowOf(context);
  const { reason } = input;
  const known = typeof reason === 'string' && Object.hasOwn(REVOCATION_REASONS, reason);
  if (!known || (reason as string) === 'certificateHold' || (reason as string) === 'removeFromCRL') {
    throw invalidField('reason');
  }
  const since =
    input.invalidityDate === undefined
      ? {}
      : { invalidityDate: pastTime(input.invalidityDate, now, 'invalidityDate').toISOString() };
  const { certificate, revocation } = await find(context, serial);
  const revoked = revocation?.status === 'revoked';
  if (revoked && (reason !== 'keyCompromise' || revocation.reason === 'keyCompromise')) {
    return recordOf(revocation);
  }
  const standing = revocation !== undefined && revocation.status !== 'released';
  return put(context, {
    ...(standing ? recordOf(revocation) : {}),
    serial: certificate.serial,
    revision: (revocation?.revision ?? 0) + 1,
    status: 'revoked',
    reason,
    revokedAt: standing ? revocation.revokedAt : await revocationTime(context, input, certificate, now),
    ...since,
    changedAt: now.toISOString(),
    notAfter: certificate.notAfter,
  });
}

/** Puts a certificate on hold (挂起), which can be lifted. One on hold stays as it is. */
export async function hold(context: AuthorityContext, serial: Uint8Array): Promise<RevocationRecord> {
  const own = normalSerial(serial);
  return inTurn(context.store, REVOCATIONS, () => holdNow(context, own));
}

async function holdNow(context: AuthorityContext, serial: Uint8Array): Promise<RevocationRecord> {
  const now = nowOf(context);
  const { certificate, revocation } = await find(context, serial);
  if (revocation?.status === 'revoked') throw stateProblem('revoked');
  if (revocation?.status === 'hold') return recordOf(revocation);
  return put(context, {
    serial: certificate.serial,
    revision: (revocation?.revision ?? 0) + 1,
    status: 'hold',
    reason: 'certificateHold',
    revokedAt: now.toISOString(),
    changedAt: now.toISOString(),
    notAfter: certificate.notAfter,
  });
}

/** Lifts a hold (解挂). */
export async function release(context: AuthorityContext, serial: Uint8Array): Promise<RevocationRecord> {
  const own = normalSerial(serial);
  return inTurn(context.store, REVOCATIONS, () => releaseNow(context, own));
}

async function releaseNow(context: AuthorityContext, serial: Uint8Array): Promise<RevocationRecord> {
  const now = nowOf(context);
  const { revocation } = await find(context, serial);
  if (revocation?.status !== 'hold') throw stateProblem('not-on-hold');
  return put(context, {
    ...recordOf(revocation),
    revision: revocation.revision + 1,
    status: 'released',
    changedAt: now.toISOString(),
  });
}
