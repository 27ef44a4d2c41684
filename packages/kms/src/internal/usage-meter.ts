import { KMS_ERRORS } from '../errors.ts';
import { KMS_MAX_ENCRYPTIONS } from '../spec/v1/algorithms.ts';
import type { KeyStore } from '../spec/v1/store.ts';
import { notFound } from './check.ts';
import type { RowGuard } from './row-guard.ts';

interface Meter {
  /** Encryptions that are set aside in the store and not yet made. */
  budget: number;
  /** What to set aside next time; doubles, so that idle keys waste little. */
  step: number;
  refill: Promise<void> | undefined;
}

const FIRST_STEP = 256;
const LAST_STEP = 65_536;
const MAX_METERS = 65_536;
const ATTEMPTS = 16;

/**
 * Counts encryptions per key version. The store is told before the encryptions are made
 * and never after: a crash loses the rest of a step and so counts too many, never too few.
 */
export class UsageMeter {
  readonly #store: KeyStore;
  readonly #guard: RowGuard;
  readonly #meters = new Map<string, Meter>();

  constructor(store: KeyStore, guard: RowGuard) {
    this.#store = store;
    this.#guard = guard;
  }

  /** Takes one encryption, or answers `false`: then `refill` first. */
  take(name: string): boolean {
    const meter = this.#meters.get(name);
    if (meter === undefined || meter.budget === 0) return false;
    meter.budget--;
    return true;
  }

  /**
   * Sets the next step aside in the store; calls at the same time share one.
   *
   * @throws SmError ERR_KMS_USAGE_LIMIT, ERR_KMS_CONFLICT, ERR_KMS_ROW_INTEGRITY
   */
  refill(name: string, tenantId: string, keyId: string, version: number): Promise<void> {
    const meter = this.#meter(name);
    if (meter.budget > 0) return Promise.resolve();
    meter.refill ??= this.#reserve(meter, tenantId, keyId, version).finally(() => {
      meter.refill = undefined;
    });
    return meter.refill;
  }

  #meter(name: string): Meter {
    let meter = this.#meters.get(name);
    if (meter === undefined) {
      meter = { budget: 0, step: FIRST_STEP, refill: undefined };
      this.#meters.set(name, meter);
      // The oldest meter loses its budget, which counts too many, never too few.
      if (this.#meters.size > MAX_METERS) {
        for (const oldest of this.#meters.keys()) {
          this.#meters.delete(oldest);
          break;
        }
      }
    }
    return meter;
  }

  async #reserve(meter: Meter, tenantId: string, keyId: string, version: number): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const found = await this.#store.readVersion(tenantId, keyId, version);
      if (found === undefined) throw notFound();
      const key = await this.#guard.checkKey(found.key, tenantId, keyId);
      const row = await this.#guard.checkVersion(found.version, key, version);
      if (key.state !== 'enabled') throw KMS_ERRORS.create('ERR_KMS_KEY_STATE');
      const next = Math.min(KMS_MAX_ENCRYPTIONS, row.reservedUses + meter.step);
      if (next <= row.reservedUses) throw KMS_ERRORS.create('ERR_KMS_USAGE_LIMIT');
      const changed = await this.#guard.sealVersion({
        ...row,
        revision: row.revision + 1,
        reservedUses: next,
      });
      if (await this.#store.commit({ versions: [changed] })) {
        meter.budget += next - row.reservedUses;
        meter.step = Math.min(LAST_STEP, meter.step * 2);
        return;
      }
    }
    throw KMS_ERRORS.create('ERR_KMS_CONFLICT');
  }
}
