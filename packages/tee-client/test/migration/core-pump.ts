import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalJson, parseJson, Secret, sm2, sm3, toHex, utf8 } from '@cssi/sm-core';
import { expect } from 'vitest';
import { openAdoptedStore } from '../../src/adapters/software/domain/adoption.ts';
import { settleStore } from '../../src/adapters/software/domain/settle-store.ts';
import type { CoreMigration, CoreMigrationStep } from '../../src/adapters/software/domain-protocol.ts';
import { storeFiles } from '../../src/adapters/software/migration-files.ts';
import {
  nodeStoreFiles,
  type ObjectStore,
  openObjectStore,
  type StoreStep,
} from '../../src/runtime/storage/object-store.ts';
import { onCleanup } from '../basics.ts';
import { bundleOf, type CoreOptions, codeOf, TA_UUID, TestCore, TIME } from '../core/core-support.ts';

const NO_BYTES = new Uint8Array(0);
const OBJECT = utf8('value');
export const digest = (bytes: Uint8Array): string => toHex(sm3(bytes));

/** A device: its core, and the folder of the sample application beside it. Cores come and go. */
export class Device {
  readonly folder: string;
  readonly storage: string;
  readonly #options: CoreOptions;
  core: TestCore;

  constructor(options: CoreOptions = {}) {
    const root = mkdtempSync(join(tmpdir(), 'cssi-move-'));
    onCleanup(() => rmSync(root, { recursive: true, force: true }));
    this.folder = join(root, 'core');
    this.storage = join(root, 'ta');
    this.#options = options;
    this.core = new TestCore({ ...options, folder: this.folder });
  }

  get name(): string {
    return this.core.info.device;
  }

  /** The core of a device that was switched off and on. */
  restart(change: CoreOptions = {}): void {
    this.core.stop();
    this.core = new TestCore({ ...this.#options, ...change, folder: this.folder });
    // What the host does at each start.
    if (this.core.info.forget.includes(TA_UUID)) this.forget();
  }

  forget(): void {
    rmSync(this.storage, { recursive: true, force: true });
  }

  step(
    step: CoreMigrationStep['step'],
    role: 'source' | 'target',
    message: Uint8Array = NO_BYTES,
    ta: string = TA_UUID,
  ): { readonly answer: CoreMigration; readonly message: Uint8Array } {
    const request = canonicalJson({ step, ta, role, time: TIME });
    const [answer = NO_BYTES, said = NO_BYTES] = this.core.control('migrate', request, message);
    return { answer: parseJson(answer, 1 << 20) as unknown as CoreMigration, message: said };
  }

  state(role: 'source' | 'target'): string {
    return this.step('status', role).answer.state;
  }

  /** Opens the application's storage as its own domain does at a start. */
  openStorage(): ObjectStore {
    const { grant, link, info } = this.core.launch();
    const seed = Secret.copy(grant.seed);
    const options = { files: nodeStoreFiles(this.storage), seed, uuid: TA_UUID, quotaBytes: 65_536 };
    try {
      if (grant.adoption === undefined) return openObjectStore(options);
      return openAdoptedStore(options, grant.adoption, () => {
        const request = canonicalJson({ instance: info.instance, time: TIME });
        const [answer = NO_BYTES] = this.core.control('ta-request', request, link.seal(Uint8Array.of(2)));
        link.open(answer);
      });
    } finally {
      seed.destroy();
    }
  }

  write(text: string): void {
    const store = this.openStorage();
    store.put(OBJECT, utf8(text));
    store.close();
  }

  read(): string {
    const store = this.openStorage();
    try {
      const found = store.get(OBJECT);
      return found === undefined ? 'nothing' : new TextDecoder().decode(found);
    } finally {
      store.close();
    }
  }

  seed(): string {
    return toHex(this.core.launch().grant.seed);
  }

  canRun(): boolean {
    return codeOf(() => this.core.launch()) === 'succeeded';
  }

  async install(): Promise<void> {
    const bundle = await bundleOf();
    await this.core.execute({ action: 'install-ta', bundleDigest: digest(bundle) }, bundle);
  }

  /** What the domain that the host opens for it does. */
  settle(): void {
    const pair = sm2.generateKeyPair();
    const { message: grant } = this.step('storage-grant', 'source', pair.publicKey);
    const start = { kind: 'ta', uuid: TA_UUID, folder: this.storage, memoryLimit: 0, tcbVersion: 1 } as const;
    const frame = settleStore(pair, start, grant);
    pair.privateKey.destroy();
    this.step('storage', 'source', frame);
  }

  /** Copies the files of another device's storage, as the host does when the core asks for them. */
  take(other: Device): void {
    rmSync(this.storage, { recursive: true, force: true });
    mkdirSync(this.storage);
    if (existsSync(other.storage)) cpSync(other.storage, this.storage, { recursive: true });
  }

  files(): readonly string[] {
    return existsSync(this.storage) ? readdirSync(this.storage).filter((name) => name !== '.sync') : [];
  }

  /** True when the files are those the core named. */
  has(files: CoreMigration['files']): boolean {
    const found = existsSync(this.storage) ? storeFiles(nodeStoreFiles(this.storage)) : [];
    const textOf = (list: CoreMigration['files']) =>
      list?.map(({ name, size, digest: sm3Hex }) => `${name} ${size} ${sm3Hex}`).join();
    return textOf(found) === textOf(files);
  }
}

/** Two devices; the first has the application with something stored. */
export async function twoDevices(
  options: { readonly source?: CoreOptions; readonly target?: CoreOptions } = {},
): Promise<{ readonly source: Device; readonly target: Device }> {
  const source = new Device(options.source);
  const target = new Device(options.target);
  await source.install();
  source.write('kept');
  return { source, target };
}

export const exporting = (source: Device, target: Device, measurements: readonly string[] = []) =>
  source.core.execute({ action: 'export-ta', ta: TA_UUID, target: target.name, measurements });

export const importing = (source: Device, target: Device, measurements: readonly string[] = []) =>
  target.core.execute({ action: 'import-ta', ta: TA_UUID, source: source.name, measurements });

/** Both commands, and the storage settled. */
export async function begin(source: Device, target: Device): Promise<void> {
  await importing(source, target);
  await exporting(source, target);
  source.settle();
}

/** Steps of a conversation, one message each; a step that throws leaves the rest undone. */
export const STEPS = ['hello', 'answer', 'package', 'stage', 'release', 'activate', 'close'] as const;
export type Step = (typeof STEPS)[number];

/** One conversation, step by step; what was said last is what the next step is given. */
export class Conversation {
  readonly source: Device;
  readonly target: Device;
  /** All that was said, in order. */
  readonly said: Uint8Array[] = [];

  constructor(source: Device, target: Device) {
    this.source = source;
    this.target = target;
  }

  get last(): Uint8Array {
    return this.said.at(-1) ?? NO_BYTES;
  }

  #say(message: Uint8Array): Uint8Array {
    this.said.push(message);
    return message;
  }

  run(step: Step): Uint8Array {
    const { source, target, last } = this;
    switch (step) {
      case 'hello':
        if (source.step('status', 'source').answer.unsettled) source.settle();
        return this.#say(source.step('open', 'source').message);
      case 'answer':
        return this.#say(target.step('message', 'target', last).message);
      case 'package':
        return this.#say(source.step('message', 'source', last).message);
      case 'stage': {
        const { answer, message } = target.step('message', 'target', last);
        // A source that has departed sends the key at once.
        if (answer.files === null) return this.#say(message);
        if (!target.has(answer.files)) target.take(source);
        expect(target.has(answer.files)).toBe(true);
        return this.#say(target.step('staged', 'target').message);
      }
      case 'release': {
        const { answer, message } = source.step('message', 'source', last);
        if (answer.forget) source.forget();
        return this.#say(message);
      }
      case 'activate':
        return this.#say(target.step('message', 'target', last).message);
      case 'close': {
        const { answer } = source.step('message', 'source', last);
        if (answer.forget) source.forget();
        return NO_BYTES;
      }
    }
  }

  /** Up to and with a step. */
  upTo(step: Step): this {
    for (const one of STEPS) {
      this.run(one);
      if (one === step) break;
    }
    return this;
  }

  /** To the end, also where the source has departed. */
  finish(): void {
    this.upTo('stage');
    if (this.source.state('source') === 'departed' && this.target.state('target') === 'activated') {
      this.run('release');
      return;
    }
    this.run('release');
    this.run('activate');
    this.run('close');
  }
}

export class Crash extends Error {}

/** Stops in front of the step number `budget` that changes the disk, and lets nothing through after it. */
export function crashing(): {
  readonly before: (step: StoreStep) => void;
  arm(budget: number): void;
  readonly crashed: boolean;
} {
  let left = Number.POSITIVE_INFINITY;
  let crashed = false;
  return {
    before: () => {
      if (crashed || left-- <= 0) {
        crashed = true;
        throw new Crash();
      }
    },
    arm: (budget) => {
      left = budget;
    },
    get crashed() {
      return crashed;
    },
  };
}

/**
 * What holds at every moment: exactly one of the two has the application, or is the only one that can
 * still get it.
 */
export function whoLives(source: Device, target: Device): 'source' | 'target' {
  const from = source.state('source');
  const to = target.state('target');
  const runs = { source: source.canRun(), target: target.canRun() };
  expect(runs.source && runs.target, `both run: ${from} ${to}`).toBe(false);
  const atSource = runs.source || from === 'exporting';
  const atTarget = runs.target || (from === 'departed' && to === 'incoming');
  expect([atSource, atTarget].filter(Boolean), `states: ${from} ${to}`).toHaveLength(1);
  return atSource ? 'source' : 'target';
}
