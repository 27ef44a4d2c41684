import { describe, expect, it, vi } from 'vitest';
import type { ManagementAction } from '../../src/spec/v1/management.ts';
import { TA_UUID } from '../core/core-support.ts';
import { begin, Conversation, Device, exporting, importing, STEPS } from './core-pump.ts';

vi.setConfig({ testTimeout: 600_000 });

const SEEDS = [20_261_201, 303, 7, 1234, 310];
const ROUNDS = 300;
/** What was done in all runs, and how often. */
const DONE = new Map<string, number>();

function randomOf(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const has = ({ core }: Device): boolean => core.snapshot().applications.some(({ uuid }) => uuid === TA_UUID);

/** Who has the application, or is the only one that can still get it. */
function holders(devices: readonly Device[]): readonly Device[] {
  return devices.filter((one) => {
    if (has(one)) return true;
    const { state, transfer } = one.step('status', 'target').answer;
    if (state !== 'incoming') return false;
    // Waits for a key that is there.
    return devices.some((other) => {
      const { answer } = other.step('status', 'source');
      return answer.state === 'departed' && answer.transfer === transfer;
    });
  });
}

/** Hosts of three devices that do anything in any order. */
class Hosts {
  readonly devices: readonly Device[] = [new Device(), new Device(), new Device()];
  readonly #random: (below: number) => number;
  readonly #heard: Uint8Array[] = [];
  #open: { readonly conversation: Conversation; next: number }[] = [];
  written = 'first';

  constructor(random: (below: number) => number) {
    this.#random = random;
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#random(list.length)] as T;
  }

  /** What refuses is no failure here; what the devices are in afterwards is looked at. */
  async #try(name: string, action: () => unknown): Promise<boolean> {
    try {
      await action();
      DONE.set(name, (DONE.get(name) ?? 0) + 1);
      return true;
    } catch (error) {
      const { code, name: kind } = error as { code?: string; name?: string };
      // A stage whose files do not come out right.
      if (code?.startsWith('ERR_') !== true && kind !== 'AssertionError') throw error;
      return false;
    }
  }

  async #command(device: Device, action: ManagementAction): Promise<void> {
    const { effect } = await device.core.execute(action);
    if (effect.forget.includes(TA_UUID)) device.forget();
  }

  async act(): Promise<unknown> {
    const one = this.#pick(this.devices);
    const other = this.#pick(this.devices);
    const holder = holders(this.devices)[0] as Device;
    const cancelTa = { action: 'cancel-migration', ta: TA_UUID } as const;
    const roll = this.#random(100);
    if (roll < 55) return this.#advance();
    if (roll < 66) {
      // Mostly to one that is told of it, too.
      if (this.#random(4) > 0) await this.#try('import', () => importing(holder, other));
      return this.#try('export', () => exporting(holder, other));
    }
    if (roll < 70) return this.#try('import', () => importing(holder, one));
    if (roll < 72) return this.#try('cancel', () => this.#command(one, cancelTa));
    if (roll < 75) return this.#replay(one);
    if (roll < 77) return this.#try('restart', () => one.restart());
    if (roll < 88 && holder.canRun()) {
      this.written = `${roll} ${this.#random(1000)}`;
      return this.#try('write', () => holder.write(this.written));
    }
    return this.#begin(one, other);
  }

  #begin(one: Device, other: Device): void {
    if (this.#open.length > 4) this.#open = this.#open.slice(1);
    const source = this.devices.find((device) => device.state('source') !== 'none') ?? one;
    const awaited = this.devices.filter((device) => device !== source && device.state('target') !== 'none');
    const target = this.#random(4) > 0 && awaited.length > 0 ? this.#pick(awaited) : other;
    this.#open.push({ conversation: new Conversation(source, target), next: 0 });
  }

  async #advance(): Promise<void> {
    // Nothing to carry: a new conversation.
    if (this.#open.length === 0) this.#begin(this.#pick(this.devices), this.#pick(this.devices));
    // Mostly the newest: any other ends what it interrupts.
    const at = this.#random(5) === 0 ? this.#random(this.#open.length) : this.#open.length - 1;
    const one = this.#open[at] as { conversation: Conversation; next: number };
    const step = STEPS[one.next++];
    const went =
      step === undefined || (await this.#try(step, () => this.#heard.push(one.conversation.run(step))));
    // What failed is mostly given up; sometimes its host goes on as if nothing had happened.
    if (step === undefined || (!went && this.#random(4) > 0)) this.#open.splice(at, 1);
  }

  /** Anything that was ever said, to anybody. */
  async #replay(device: Device): Promise<void> {
    if (this.#heard.length === 0) return;
    const message = this.#pick(this.#heard);
    await this.#try('replay', () =>
      device.step('message', this.#pick(['source', 'target'] as const), message),
    );
  }
}

describe('three devices whose hosts do anything in any order [part of CC-024]', () => {
  it.each(SEEDS)('have one copy at every moment, with all it stored (seed %i)', async (seed) => {
    const random = randomOf(seed);
    const hosts = new Hosts(random);
    const first = hosts.devices[0] as Device;
    await first.install();
    first.write(hosts.written);
    for (let round = 0; round < ROUNDS; round++) {
      await hosts.act();
      const copies = hosts.devices.filter((device) => has(device));
      expect(copies.length, `round=${round}`).toBeLessThanOrEqual(1);
      expect(holders(hosts.devices), `round=${round}`).toHaveLength(1);
    }
    // Brought to its end, whatever it is in.
    const target = holders(hosts.devices)[0] as Device;
    const { transfer } = target.step('status', 'target').answer;
    // One whose target went on before it said that it had begun stays as it is until it is told otherwise.
    const source = hosts.devices.find((device) => {
      const { answer } = device.step('status', 'source');
      return answer.state === 'departed' && answer.transfer === transfer;
    });
    if (source !== undefined) new Conversation(source, target).finish();
    if (target.state('source') === 'exporting') {
      await target.core.execute({ action: 'cancel-migration', ta: TA_UUID });
    }
    expect(target.read()).toBe(hosts.written);
    for (const device of hosts.devices) if (device !== target) expect(device.canRun()).toBe(false);
  });

  it('did not walk on the spot there', () => {
    for (const step of ['export', 'import', 'cancel', 'write', 'restart', 'replay', ...STEPS]) {
      expect(DONE.get(step) ?? 0, step).toBeGreaterThan(1);
    }
  });

  it('that migrate to each other all the time find the application where it is', async () => {
    const devices = [new Device(), new Device(), new Device()];
    await (devices[0] as Device).install();
    for (let n = 0; n < 7; n++) {
      const source = devices[n % 3] as Device;
      const target = devices[(n + (n % 2) + 1) % 3] as Device;
      if (!source.canRun()) continue;
      source.write(`round ${n}`);
      await begin(source, target);
      new Conversation(source, target).finish();
      expect(target.read()).toBe(`round ${n}`);
      expect(devices.filter((device) => device.canRun())).toEqual([target]);
    }
  });
});
