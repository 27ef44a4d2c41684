import { AUTHORITY_SPEC_VERSION, type AuthorityStore } from '../spec/v1/authority.ts';
import { copyRecord, stateProblem } from './records.ts';
import type { Plan, StoreChange, StoreState } from './store-state.ts';

/** What an adapter adds to the state in memory. */
export interface StoreMedium {
  readonly name: string;
  /** Makes a change durable; the state changes only when this has resolved. */
  commit(change: StoreChange): Promise<void>;
  close(): Promise<void>;
}

/** A store whose reads come from memory and whose changes go through `medium`, one after the other. */
export function storeOnState(state: StoreState, medium: StoreMedium): AuthorityStore {
  let last: Promise<unknown> = Promise.resolve();
  let closed: Promise<void> | undefined;
  let broken = false;

  async function run<T>(plan: () => Plan<T>): Promise<T> {
    if (broken) throw stateProblem('store-unavailable');
    const { result, change } = plan();
    if (change !== undefined) {
      try {
        await medium.commit(change);
      } catch (cause) {
        // Nobody knows whether it reached the disk: only a fresh start reads what is true.
        broken = true;
        throw stateProblem('store-unavailable', cause);
      }
      state.apply(change);
    }
    return copyRecord(result);
  }

  /** One call at a time; what the caller gave is copied before it waits. */
  function call<A extends unknown[], T>(plan: (...args: A) => Plan<T>): (...args: A) => Promise<T> {
    return async (...args) => {
      if (closed !== undefined) throw stateProblem('store-closed');
      const own = copyRecord(args);
      const mine = last.then(() => run(() => plan.apply(state, own)));
      last = mine.catch(() => undefined);
      return mine;
    };
  }

  return {
    specVersion: AUTHORITY_SPEC_VERSION,
    name: medium.name,
    bind: call(state.bind),
    reserveSerial: call(state.reserveSerial),
    insertApplication: call(state.insertApplication),
    findApplication: call(state.findApplication),
    replaceApplication: call(state.replaceApplication),
    listApplications: call(state.listApplications),
    insertCertificates: call(state.insertCertificates),
    findCertificate: call(state.findCertificate),
    findCertificatesByKey: call(state.findCertificatesByKey),
    findRevocation: call(state.findRevocation),
    putRevocation: call(state.putRevocation),
    draftCrl: call(state.draftCrl),
    insertCrl: call(state.insertCrl),
    latestCrl: call(state.latestCrl),
    close: () => {
      closed ??= last.then(() => medium.close());
      return closed;
    },
  };
}
