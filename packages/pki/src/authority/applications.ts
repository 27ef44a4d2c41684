import { randomBytes, toHex } from '@cssi/sm-core';
import type {
  ApplicationQuery,
  ApplicationRecord,
  ApplicationState,
  ApplicationStep,
} from '../spec/v1/authority.ts';
import { type ApplicationInput, profileOf, readApplication } from './application-input.ts';
import {
  type AuthorityContext,
  after,
  checkActor,
  checkNote,
  invalidField,
  nowOf,
  refused,
  sameActor,
  workingTime,
} from './context.ts';
import { allCovered, checkProofs, type DomainProofInput } from './domain-names.ts';
import { stateProblem } from './records.ts';

const ID = /^[0-9a-f]{32}$/;
/** States from which an application can still expire. */
const OPEN: readonly ApplicationState[] = ['submitted', 'approved', 'issuing'];
/** Applications that one sweep looks at in one piece. */
const SWEEP = 100;

/** A reviewer's decision (审核). */
export interface ReviewInput {
  readonly decision: 'approve' | 'reject';
  /** Another person than the applicant and than whoever agreed before. */
  readonly reviewer: string;
  /** At most 1000 characters. */
  readonly note?: string;
  /** How the reviewer made sure that the applicant controls the domain names. */
  readonly domainProofs?: readonly DomainProofInput[];
}

/** The record one step further. */
export function advance(
  record: ApplicationRecord,
  step: ApplicationStep,
  changes: Partial<ApplicationRecord> = {},
): ApplicationRecord {
  return { ...record, ...changes, revision: record.revision + 1, steps: [...record.steps, step] };
}

/** Writes the record unless somebody else changed it meanwhile. */
export async function replace(
  { store }: AuthorityContext,
  record: ApplicationRecord,
): Promise<ApplicationRecord> {
  if (!(await store.replaceApplication(record))) throw stateProblem('conflict');
  return record;
}

/** Submits an application. */
export async function apply(context: AuthorityContext, input: ApplicationInput): Promise<ApplicationRecord> {
  const now = workingTime(context);
  const facts = await readApplication(context, input);
  const at = now.toISOString();
  const record: ApplicationRecord = {
    ...facts,
    id: toHex(randomBytes(16)),
    revision: 1,
    state: 'submitted',
    submittedAt: at,
    expiresAt: after(now, context.policy.applicationSeconds).toISOString(),
    steps: [{ step: 'apply', at, by: facts.applicant }],
    serials: [],
  };
  const result = await context.store.insertApplication(record);
  if (result === 'csr-taken') throw refused('csr-used-before');
  if (result !== 'inserted') throw stateProblem('conflict');
  return record;
}

async function expire(
  context: AuthorityContext,
  record: ApplicationRecord,
  now: Date,
): Promise<ApplicationRecord> {
  const step: ApplicationStep = { step: 'expire', at: now.toISOString() };
  return replace(context, advance(record, step, { state: 'expired' }));
}

const isDue = ({ state, expiresAt }: ApplicationRecord, now: Date): boolean =>
  OPEN.includes(state) && now.getTime() >= Date.parse(expiresAt);

/** The application, which must be in one of `states` and not be past its time. */
export async function open(
  context: AuthorityContext,
  id: string,
  states: readonly ApplicationState[],
): Promise<ApplicationRecord> {
  if (typeof id !== 'string' || !ID.test(id)) throw invalidField('id');
  const record = await context.store.findApplication(id);
  if (record === undefined) throw stateProblem('application-unknown');
  const now = nowOf(context);
  if (isDue(record, now)) {
    await expire(context, record, now);
    throw stateProblem('application-expired');
  }
  if (!states.includes(record.state)) throw stateProblem(`application-${record.state}`);
  return record;
}

function checkReviewer({ applicant, steps }: ApplicationRecord, reviewer: string): void {
  if (sameActor(applicant, reviewer)) throw refused('reviewer-is-applicant');
  const agreed = steps.filter(({ step }) => step === 'approve');
  if (agreed.some(({ by = '' }) => sameActor(by, reviewer))) throw refused('reviewed-before');
}

/** Records a review; the last one needed makes the application ready to be issued. */
export async function review(
  context: AuthorityContext,
  id: string,
  input: ReviewInput,
): Promise<ApplicationRecord> {
  const { policy } = context;
  const { decision } = input;
  if (decision !== 'approve' && decision !== 'reject') throw invalidField('decision');
  const reviewer = checkActor(input.reviewer, 'reviewer');
  const note = checkNote(input.note);
  const record = await open(context, id, ['submitted']);
  checkReviewer(record, reviewer);
  const now = nowOf(context);
  const domainProofs = checkProofs(input.domainProofs ?? [], now);
  const step: ApplicationStep = {
    step: decision,
    at: now.toISOString(),
    by: reviewer,
    ...(note === undefined ? {} : { note }),
    ...(domainProofs.length === 0 ? {} : { domainProofs }),
  };
  if (decision === 'reject') return replace(context, advance(record, step, { state: 'rejected' }));
  const proofs = [...record.steps.flatMap((earlier) => earlier.domainProofs ?? []), ...domainProofs];
  const { kind } = profileOf(context, record.profile, record.pair);
  if (kind === 'domain' && !allCovered(record.dnsNames, proofs, now, policy.domainProofSeconds)) {
    throw refused('domain-control');
  }
  const agreed = record.steps.filter((earlier) => earlier.step === 'approve').length + 1;
  const state = agreed >= policy.reviewsNeeded ? 'approved' : 'submitted';
  return replace(context, advance(record, step, { state }));
}

/** One application. */
export async function findApplication(
  { store }: AuthorityContext,
  id: string,
): Promise<ApplicationRecord | undefined> {
  if (typeof id !== 'string' || !ID.test(id)) throw invalidField('id');
  return store.findApplication(id);
}

/** Applications in order of their ids. */
export function listApplications(
  { store }: AuthorityContext,
  query: ApplicationQuery,
): Promise<readonly ApplicationRecord[]> {
  return store.listApplications(query);
}

/** Ends all applications that are past their time; tells how many. */
export async function expireApplications(context: AuthorityContext): Promise<number> {
  const now = nowOf(context);
  let count = 0;
  let last: string | undefined;
  for (;;) {
    const found = await context.store.listApplications({
      limit: SWEEP,
      ...(last === undefined ? {} : { after: last }),
    });
    for (const record of found) {
      if (!isDue(record, now)) continue;
      // One that was changed meanwhile is looked at in the next sweep.
      const done = await expire(context, record, now).catch(() => undefined);
      if (done !== undefined) count++;
    }
    last = found.at(-1)?.id;
    if (last === undefined || found.length < SWEEP) return count;
  }
}
