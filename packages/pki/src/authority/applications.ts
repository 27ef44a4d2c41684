import { randomBytes, toHex } from '@cssi/sm-core';
import type { ApplicationRecord, ApplicationStep } from '../spec/v1/authority.ts';
import { type ApplicationInput, profileOf, readApplication } from './application-input.ts';
import { advance, open, replace } from './application-state.ts';
import {
  type AuthorityContext,
  after,
  checkActor,
  checkInput,
  checkNote,
  invalidField,
  nowOf,
  refused,
  sameActor,
  workingTime,
} from './context.ts';
import { checkProofs, type DomainProofInput, isProven } from './domain-names.ts';
import { stateProblem } from './records.ts';

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
  checkInput(input);
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
  const { kind } = profileOf(context, record.profile, record.pair);
  const proven = { ...record, steps: [...record.steps, step] };
  if (kind === 'domain' && !isProven(proven, now, policy.domainProofSeconds)) throw refused('domain-control');
  const agreed = record.steps.filter((earlier) => earlier.step === 'approve').length + 1;
  const state = agreed >= policy.reviewsNeeded ? 'approved' : 'submitted';
  return replace(context, advance(record, step, { state }));
}
