import type {
  ApplicationRecord,
  ApplicationState,
  ApplicationStep,
  CertificateRecord,
} from '../spec/v1/authority.ts';
import { type AuthorityContext, invalidField, nowOf } from './context.ts';
import { stateProblem } from './records.ts';

const ID = /^[0-9a-f]{32}$/;
/** How often the end of an application is noted again when somebody else changed it meanwhile. */
const MAX_TRIES = 8;

/** States from which an application can still expire. */
export const OPEN: readonly ApplicationState[] = ['submitted', 'approved', 'issuing'];

/** @throws SmError ERR_PKI_REQUEST_INVALID */
export function checkId(id: unknown): string {
  if (typeof id !== 'string' || !ID.test(id)) throw invalidField('id');
  return id;
}

/** Name of the turn in which an application is issued or ended. */
export const turnOf = (id: string): string => `application ${id}`;

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

/** Certificates of an application that are stored already: none or all. */
export async function storedOf(
  { store }: AuthorityContext,
  { serials, id }: ApplicationRecord,
): Promise<readonly CertificateRecord[]> {
  const found = await Promise.all(serials.map((serial) => store.findCertificate(serial)));
  const records = found.filter((record) => record !== undefined);
  if (records.some(({ applicationId }) => applicationId !== id)) throw stateProblem('serial');
  return records;
}

/** Notes that the certificates are stored. That is so whatever anybody else noted meanwhile. */
export async function finish(
  { store }: AuthorityContext,
  record: ApplicationRecord,
  step: ApplicationStep,
): Promise<ApplicationRecord> {
  let current: ApplicationRecord | undefined = record;
  for (let i = 0; i < MAX_TRIES && current !== undefined; i++) {
    if (current.state === 'issued') return current;
    const done = advance(current, step, { state: 'issued' });
    if (await store.replaceApplication(done)) return done;
    current = await store.findApplication(record.id);
  }
  throw stateProblem('conflict');
}

export const isDue = ({ state, expiresAt }: ApplicationRecord, now: Date): boolean =>
  OPEN.includes(state) && now.getTime() >= Date.parse(expiresAt);

/** What an application is that is past its time: one whose certificates are stored was issued. */
export async function stateAt(
  context: AuthorityContext,
  record: ApplicationRecord,
  now: Date,
): Promise<ApplicationState> {
  if (!isDue(record, now)) return record.state;
  const stored = record.state === 'issuing' && (await storedOf(context, record)).length > 0;
  return stored ? 'issued' : 'expired';
}

/** Ends an application that is past its time; any other one stays as it is. */
export async function settle(
  context: AuthorityContext,
  record: ApplicationRecord,
  now: Date,
): Promise<ApplicationRecord> {
  const state = await stateAt(context, record, now);
  if (state === record.state) return record;
  const at = now.toISOString();
  if (state === 'issued') return finish(context, record, { step: 'issue', at });
  const ended = await replace(context, advance(record, { step: 'expire', at }, { state: 'expired' }));
  // Another process may have stored them between the look and the note.
  const late = record.state === 'issuing' && (await storedOf(context, ended)).length > 0;
  return late ? finish(context, ended, { step: 'issue', at }) : ended;
}

/** The application, which must be in one of `states` and not be past its time. */
export async function open(
  context: AuthorityContext,
  id: string,
  states: readonly ApplicationState[],
): Promise<ApplicationRecord> {
  const found = await context.store.findApplication(checkId(id));
  if (found === undefined) throw stateProblem('application-unknown');
  const record = await settle(context, found, nowOf(context));
  if (!states.includes(record.state)) throw stateProblem(`application-${record.state}`);
  return record;
}
