import { SmError } from '@cssi/sm-core';
import {
  type ApplicationQuery,
  type ApplicationRecord,
  type ApplicationState,
  AUTHORITY_MAX_LIST,
} from '../spec/v1/authority.ts';
import { checkId, isDue, OPEN, settle, stateAt, turnOf } from './application-state.ts';
import { type AuthorityContext, checkInput, invalidField, nowOf } from './context.ts';
import { inTurn } from './turns.ts';

/** In which states an application may still be stored that is shown in this one. */
const STORED_AS: Readonly<Record<ApplicationState, readonly ApplicationState[]>> = {
  submitted: ['submitted'],
  approved: ['approved'],
  rejected: ['rejected'],
  issuing: ['issuing'],
  issued: ['issued', 'issuing'],
  expired: ['expired', ...OPEN],
};

/** The record as it is now; what is past its time shows so before anybody has noted it. */
async function shown(
  context: AuthorityContext,
  record: ApplicationRecord,
  now: Date,
): Promise<ApplicationRecord> {
  const state = await stateAt(context, record, now);
  return state === record.state ? record : { ...record, state };
}

/** One application. */
export async function findApplication(
  context: AuthorityContext,
  id: string,
): Promise<ApplicationRecord | undefined> {
  const record = await context.store.findApplication(checkId(id));
  return record === undefined ? undefined : shown(context, record, nowOf(context));
}

/** Up to `limit` of those stored in one state that show as `wanted`. */
async function matching(
  context: AuthorityContext,
  query: ApplicationQuery,
  wanted: ApplicationState,
  now: Date,
): Promise<readonly ApplicationRecord[]> {
  const found: ApplicationRecord[] = [];
  let next = query;
  for (;;) {
    const page = await context.store.listApplications(next);
    for (const record of page) {
      const item = await shown(context, record, now);
      if (item.state === wanted) found.push(item);
      if (found.length === query.limit) return found;
    }
    const last = page.at(-1)?.id;
    if (last === undefined || page.length < query.limit) return found;
    next = { ...query, after: last };
  }
}

/** Applications in order of their ids. */
export async function listApplications(
  context: AuthorityContext,
  query: ApplicationQuery,
): Promise<readonly ApplicationRecord[]> {
  checkInput(query, 'query');
  const { state, after, limit } = query;
  if (after !== undefined && typeof after !== 'string') throw invalidField('after');
  if (state !== undefined && !Object.hasOwn(STORED_AS, state)) throw invalidField('state');
  const now = nowOf(context);
  const page = { limit, ...(after === undefined ? {} : { after }) };
  if (state === undefined) {
    const all = await context.store.listApplications(page);
    return Promise.all(all.map((record) => shown(context, record, now)));
  }
  const found: ApplicationRecord[] = [];
  for (const stored of STORED_AS[state]) {
    found.push(...(await matching(context, { ...page, state: stored }, state, now)));
  }
  return found.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit);
}

const isConflict = (error: unknown): boolean =>
  error instanceof SmError && error.code === 'ERR_PKI_AUTHORITY_STATE' && error.detail === 'reason=conflict';

/** Ends one application in its turn, so that none is ended that is just being issued. */
async function end(context: AuthorityContext, id: string, now: Date): Promise<boolean> {
  const record = await context.store.findApplication(id);
  if (record === undefined || !isDue(record, now)) return false;
  try {
    return (await settle(context, record, now)).state === 'expired';
  } catch (error) {
    // One that was changed meanwhile is looked at in the next sweep.
    if (isConflict(error)) return false;
    throw error;
  }
}

/** Ends all applications that are past their time; tells how many expired. */
export async function expireApplications(context: AuthorityContext): Promise<number> {
  const now = nowOf(context);
  let count = 0;
  for (const state of OPEN) {
    let after = '';
    for (;;) {
      const page = await context.store.listApplications({ state, after, limit: AUTHORITY_MAX_LIST });
      for (const { id } of page.filter((record) => isDue(record, now))) {
        if (await inTurn(context.store, turnOf(id), () => end(context, id, now))) count++;
      }
      after = page.at(-1)?.id ?? '';
      if (page.length < AUTHORITY_MAX_LIST) break;
    }
  }
  return count;
}
