import { issueCrl } from '../revocation/issue-crl.ts';
import type { CrlDraft, CrlRecord, SequencedRevocation } from '../spec/v1/authority.ts';
import type { CrlSpec, CrlSpecEntry } from '../spec/v1/revocation.ts';
import { type AuthorityContext, after, workingTime } from './context.ts';
import { stateProblem } from './records.ts';
import { REVOCATIONS } from './revoking.ts';
import { inTurn } from './turns.ts';

function entryOf(record: SequencedRevocation): CrlSpecEntry {
  const { serial, status, reason, revokedAt, invalidityDate } = record;
  const released = status === 'released';
  const since = invalidityDate === undefined || released ? {} : { invalidityDate: new Date(invalidityDate) };
  return {
    serial,
    revocationDate: new Date(revokedAt),
    reason: released ? 'removeFromCRL' : reason,
    ...since,
  };
}

/**
 * A certificate stays on the lists until one complete list was made after its end, so that
 * nobody misses a revocation shortly before it. @standard RFC 5280 §3.3
 */
function stillListed(
  { policy }: AuthorityContext,
  { notAfter, sequence }: SequencedRevocation,
  last: CrlRecord | undefined,
): boolean {
  if (policy.keepExpiredRevocations || last === undefined) return true;
  // What changed since is on the delta lists, so it stands on one complete list too.
  if (sequence > last.sequence) return true;
  return Date.parse(last.thisUpdate) <= Date.parse(notAfter);
}

/**
 * Draws what a list is made from, and its time: read after the draft, so that the list says
 * nothing about a moment whose revocations it lacks, and never before that of an older list.
 */
async function draft(context: AuthorityContext): Promise<CrlDraft & { readonly thisUpdate: Date }> {
  const { certificate, store } = context;
  if (certificate.keyUsage?.has('cRLSign') === false) throw stateProblem('authority-key-usage');
  const latest = await Promise.all([store.latestCrl('complete'), store.latestCrl('delta')]);
  checkTime(context, latest);
  const drawn = await store.draftCrl();
  const since = await Promise.all([store.latestCrl('complete'), store.latestCrl('delta')]);
  // Another process published what was drawn later: this one would pass for the newer list.
  if (since.some((last) => last !== undefined && last.number > drawn.number)) throw stateProblem('conflict');
  return { ...drawn, thisUpdate: checkTime(context, since) };
}

function checkTime(context: AuthorityContext, latest: readonly (CrlRecord | undefined)[]): Date {
  const now = workingTime(context);
  const ahead = latest.some((last) => last !== undefined && Date.parse(last.thisUpdate) > now.getTime());
  if (ahead) throw stateProblem('clock');
  return now;
}

async function publish(
  context: AuthorityContext,
  spec: Omit<CrlSpec, 'issuer'>,
  record: Omit<CrlRecord, 'der' | 'thisUpdate'>,
): Promise<Uint8Array> {
  const { certificate, signer, store, policy } = context;
  const expired = policy.keepExpiredRevocations ? { expiredCertsSince: certificate.notBefore } : {};
  const der = await issueCrl({ ...spec, ...expired, issuer: certificate }, signer);
  const thisUpdate = spec.thisUpdate.toISOString();
  if (!(await store.insertCrl({ ...record, thisUpdate, der }))) throw stateProblem('conflict');
  return der;
}

/** A new complete list (完整吊销列表), DER. */
export const completeCrl = (context: AuthorityContext): Promise<Uint8Array> =>
  inTurn(context.store, REVOCATIONS, () => completeNow(context));

async function completeNow(context: AuthorityContext): Promise<Uint8Array> {
  const { store, policy, urls } = context;
  const { number, sequence, revocations, thisUpdate } = await draft(context);
  const last = await store.latestCrl('complete');
  const entries = revocations
    .filter((record) => record.status !== 'released' && stillListed(context, record, last))
    .map(entryOf);
  const nextUpdate = after(thisUpdate, policy.crlPeriodSeconds);
  const delta = urls.freshestCrl === undefined ? {} : { freshestCrl: urls.freshestCrl };
  const spec = { thisUpdate, nextUpdate, crlNumber: number, entries, ...delta };
  return publish(context, spec, { number, sequence });
}

/**
 * A new delta list (增量吊销列表) on the latest complete one, DER: everything that changed
 * since. A hold that was lifted is there as removeFromCRL, also when the complete list had
 * nothing of it, for an earlier delta list may have had. @standard RFC 5280 §5.2.4
 */
export const deltaCrl = (context: AuthorityContext): Promise<Uint8Array> =>
  inTurn(context.store, REVOCATIONS, () => deltaNow(context));

async function deltaNow(context: AuthorityContext): Promise<Uint8Array> {
  const { store, policy } = context;
  const base = await store.latestCrl('complete');
  if (base === undefined) throw stateProblem('no-complete-list');
  const { number, sequence, revocations, thisUpdate } = await draft(context);
  const entries = revocations.filter((record) => record.sequence > base.sequence).map(entryOf);
  const nextUpdate = after(thisUpdate, policy.deltaCrlPeriodSeconds);
  const spec = { thisUpdate, nextUpdate, crlNumber: number, baseCrlNumber: base.number, entries };
  return publish(context, spec, { number, sequence, base: base.number });
}
