import type { LedgerEntry, PrivacyBudget } from '../../spec/v1/query-types.ts';
import { utf8 } from '../../ta/bytes.ts';
import type { Tee } from '../../ta/index.ts';
import type { Inventory } from '../../ta/inventory.ts';
import { decodeJson, encodeJson, type Json } from '../../ta/json.ts';
import { readObject, writeObject } from '../../ta/storage.ts';
import { refuse } from './refusal.ts';

const LEDGER_ID = utf8('ledger');
/** Number of the ledger in the inventory. */
const LEDGER_KIND = 3;
const MAX_BYTES = 1 << 20;

/** 1 when there is a ledger. */
export const countLedger = (tee: Tee): number => (readObject(tee, LEDGER_ID) === undefined ? 0 : 1);

/**
 * What has been taken from each privacy budget (隐私预算). Basic composition: epsilons add up, deltas
 * add up. One object holds all accounts, so a query that takes from several takes from all or none.
 * An account stays when its data set goes: what was learnt is not unlearnt.
 *
 * @see Dwork, Roth: The Algorithmic Foundations of Differential Privacy, 2014, Theorem 3.16
 */
export class Ledger {
  readonly #tee: Tee;
  readonly #inventory: Inventory;
  #entries: Readonly<Record<string, LedgerEntry>>;

  constructor(tee: Tee, inventory: Inventory) {
    this.#tee = tee;
    this.#inventory = inventory;
    const data = readObject(tee, LEDGER_ID);
    this.#entries = data === undefined ? {} : (decodeJson(tee, data, MAX_BYTES) as never);
  }

  entry(account: string): LedgerEntry | undefined {
    return Object.hasOwn(this.#entries, account) ? this.#entries[account] : undefined;
  }

  /** Opens an account, or lowers the total of one that is there. */
  open(account: string, budget: PrivacyBudget): void {
    const known = this.entry(account);
    const total = {
      epsilon: Math.min(known?.total.epsilon ?? budget.epsilon, budget.epsilon),
      delta: Math.min(known?.total.delta ?? budget.delta, budget.delta),
    };
    this.#store({
      ...this.#entries,
      [account]: { total, spent: known?.spent ?? { epsilon: 0, delta: 0 }, queries: known?.queries ?? 0 },
    });
  }

  /**
   * Takes `cost` from every account. When it returns the new state is in storage; nothing gives it back.
   *
   * @throws {@link TeeError} BUDGET; nothing is taken then
   */
  charge(accounts: readonly string[], cost: PrivacyBudget): void {
    const changed: Record<string, LedgerEntry> = {};
    // An account may be there twice, with two data sets of one name; then it pays twice.
    for (const account of accounts) {
      const entry = changed[account] ?? this.entry(account);
      if (entry === undefined) throw refuse(this.#tee, 'UNKNOWN');
      const spent = {
        epsilon: entry.spent.epsilon + cost.epsilon,
        delta: entry.spent.delta + cost.delta,
      };
      if (spent.epsilon > entry.total.epsilon || spent.delta > entry.total.delta) {
        throw refuse(this.#tee, 'BUDGET');
      }
      changed[account] = { total: entry.total, spent, queries: entry.queries + 1 };
    }
    this.#store({ ...this.#entries, ...changed });
  }

  #store(entries: Readonly<Record<string, LedgerEntry>>): void {
    writeObject(this.#tee, LEDGER_ID, encodeJson(entries as unknown as Json));
    this.#entries = entries;
    this.#inventory.note(LEDGER_KIND, 1);
  }
}
