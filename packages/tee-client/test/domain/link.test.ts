import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type {
  DomainAnswer,
  DomainEvent,
  DomainStart,
  RpcAnswer,
  RpcRequest,
} from '../../src/adapters/software/domain-protocol.ts';
import { outermost } from '../../src/adapters/software/link/code-folders.ts';
import { InProcessLink } from '../../src/adapters/software/link/in-process-link.ts';
import {
  type DomainLink,
  type LinkHandlers,
  type LinkOptions,
  openLink,
} from '../../src/adapters/software/link/link.ts';
import { onCleanup } from '../basics.ts';

const UUID = '01234567-89ab-cdef-0123-456789abcdef';
const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
const { createEchoService } = (await import(fixture('echo-service.mjs'))) as {
  createEchoService: ConstructorParameters<typeof InProcessLink>[2];
};

interface Opened {
  readonly link: DomainLink;
  readonly events: DomainEvent[];
  readonly exits: string[];
  control(
    name: string,
    part?: Uint8Array,
    options?: { timeoutMs?: number; signal?: AbortSignal },
  ): Promise<DomainAnswer>;
}

type Mode = 'process' | 'worker' | 'in-process';

async function open(
  mode: Mode,
  options: LinkOptions & { onRpc?: LinkHandlers['onRpc']; memoryLimit?: number } = {},
): Promise<Opened> {
  const folder = mkdtempSync(join(tmpdir(), 'cssi-link-'));
  onCleanup(() => rmSync(folder, { recursive: true, force: true }));
  const events: DomainEvent[] = [];
  const exits: string[] = [];
  const start: DomainStart = {
    kind: 'core',
    uuid: UUID,
    folder,
    memoryLimit: options.memoryLimit ?? 32 << 20,
    tcbVersion: 1,
  };
  const nothing: RpcAnswer = { result: 0xffff000a, origin: 3, value: 0, parts: [] };
  const handlers: LinkHandlers = {
    onRpc: options.onRpc ?? (() => nothing),
    onEvent: (event) => events.push(event),
    onExit: (reason) => exits.push(reason),
  };
  const link =
    mode === 'in-process'
      ? new InProcessLink(start, handlers, createEchoService)
      : await openLink(mode, start, handlers, { entry: fixture(`echo-${mode}.mjs`), ...options });
  onCleanup(() => link.close());
  return {
    link,
    events,
    exits,
    control: (name, part = Uint8Array.of(1, 2, 3), { timeoutMs = 20_000, signal } = {}) =>
      link.call({ kind: 'control', name, parts: [part] }, { timeoutMs, signal }),
  };
}

describe.each<Mode>(['process', 'worker', 'in-process'])('link in mode %s', (mode) => {
  it('carries requests and answers, from a byte to eight megabytes', async () => {
    const { control } = await open(mode);
    for (const size of [1, 1000, 65_530, 70_000, 300_000, 8 << 20]) {
      const part = new Uint8Array(size).fill(size & 0xff);
      const answer = await control('echo', part);
      expect(answer.result).toBe(0);
      expect(Buffer.from(answer.parts[0] as Uint8Array).equals(part)).toBe(true);
    }
  });

  it('answers in the order of the calls', async () => {
    const { control } = await open(mode);
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const answer = await control('echo', Uint8Array.of(i));
        order.push((answer.parts[0] as Uint8Array)[0] as number);
      }),
    );
    expect(order).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });

  it('hears events, drops a flood of log lines, and never a panic', async () => {
    const { control, events } = await open(mode);
    await control('event');
    if (mode !== 'in-process') expect(events.filter(({ kind }) => kind === 'log')).toHaveLength(64);
    expect(events[0]?.detail).toBe('line 0 密 \u{1f512}');
    expect(events.at(-1)).toEqual({ kind: 'panic', detail: 'code=1' });
  });

  it('answers questions of the domain while it waits', async () => {
    const asked: RpcRequest[] = [];
    const { control } = await open(mode, {
      onRpc: (request) => {
        asked.push(request);
        return { result: 0, origin: 3, value: 7, parts: [Uint8Array.of(9)] };
      },
    });
    const answer = await control('ask', Uint8Array.of(5, 6));
    expect(asked).toEqual([{ kind: 'core', frame: Uint8Array.of(5, 6) }]);
    expect(answer).toMatchObject({ result: 0, value: 7, parts: [Uint8Array.of(9)] });
  });

  it('gives GENERIC to a question whose answer throws', async () => {
    const { control } = await open(mode, {
      onRpc: () => {
        throw new Error('a defect of the host');
      },
    });
    expect((await control('ask')).result).toBe(0xffff0000);
  });

  it('dies with the answer that is the last, before that answer is heard', async () => {
    const { link, control, exits } = await open(mode);
    const answer = await control('last');
    expect(answer.result).toBe(0xffff3024);
    expect(link.dead).toBe(true);
    expect(await control('echo')).toMatchObject({ result: 0xffff3024, origin: 3 });
    await link.close();
    expect(exits).toEqual(['panicked']);
  });

  it('answers CANCEL to a call that is cancelled before it starts', async () => {
    const { control } = await open(mode);
    expect((await control('echo', undefined, { signal: AbortSignal.abort() })).result).toBe(0xffff0002);
  });

  it('ends once when closed, twice or more', async () => {
    const { link, control, exits } = await open(mode);
    await control('echo');
    await Promise.all([link.close(), link.close()]);
    await link.close();
    expect(exits).toEqual(['closed']);
    expect(link.dead).toBe(true);
    expect((await control('echo')).result).toBe(0xffff3024);
  });

  it('says the reason it was killed for', async () => {
    const { link, exits } = await open(mode);
    link.kill('drifted');
    await link.close();
    expect(exits).toEqual(['drifted']);
  });

  it('ends when the domain has a defect', async () => {
    const { link, control, exits } = await open(mode);
    expect(await control('throw')).toMatchObject({ result: 0xffff3024, origin: 3 });
    await link.close();
    expect(exits).toEqual(['died']);
  });
});

describe.each<Mode>(['process', 'worker'])('link in mode %s, of its own thread or process', (mode) => {
  it('[part of CC-003] survives a domain that never returns, and the host goes on meanwhile', async () => {
    const { link, control, exits } = await open(mode);
    let turns = 0;
    const ticking = setInterval(() => turns++, 5);
    const waiting = [control('hang', undefined, { timeoutMs: 300 }), control('echo')];
    const answers = await Promise.all(waiting);
    clearInterval(ticking);
    expect(answers.map(({ result, origin }) => [result, origin])).toEqual([
      [0xffff3024, 3],
      [0xffff3024, 3],
    ]);
    expect(turns).toBeGreaterThan(5);
    await link.close();
    expect(exits).toEqual(['hung']);
  });

  it('[part of CC-003] survives a domain that ends by itself', async () => {
    const { link, control, exits } = await open(mode);
    expect((await control('exit')).result).toBe(0xffff3024);
    await link.close();
    expect(exits).toEqual(['died']);
  });

  it('[part of CC-003] survives a domain that fills its heap', async () => {
    const { link, control, exits } = await open(mode, { memoryLimit: 16 << 20 });
    expect((await control('heap', undefined, { timeoutMs: 60_000 })).result).toBe(0xffff3024);
    await link.close();
    expect(exits).toEqual(['died']);
  }, 90_000);

  it('refuses above the most that may wait', async () => {
    const { control } = await open(mode, { maxPending: 3 });
    const answers = await Promise.all(Array.from({ length: 6 }, () => control('echo')));
    expect(answers.map(({ result }) => result)).toEqual([0, 0, 0, 0xffff000d, 0xffff000d, 0xffff000d]);
  });

  it('withdraws a waiting call and shows a running one its cancellation', async () => {
    const { control } = await open(mode);
    const abort = new AbortController();
    const running = control('wait', Uint8Array.of(200, 1), { signal: abort.signal });
    const waiting = control('echo', undefined, { signal: abort.signal });
    const other = control('cancelled');
    await delay(20);
    abort.abort();
    expect((await waiting).result).toBe(0xffff0002);
    expect((await running).value).toBe(1);
    expect((await other).value).toBe(0);
  });

  it('waits to the end where the domain wants no cancellation', async () => {
    const { control } = await open(mode);
    const abort = new AbortController();
    const running = control('wait', Uint8Array.of(5, 0), { signal: abort.signal });
    abort.abort();
    expect((await running).value).toBe(0);
  });

  it('lets the host call other domains while one waits for it', async () => {
    const other = await open(mode);
    const { control } = await open(mode, {
      onRpc: async () => {
        const { parts } = await other.control('echo', Uint8Array.of(4));
        return { result: 0, origin: 3, value: 0, parts };
      },
    });
    expect((await control('ask')).parts).toEqual([Uint8Array.of(4)]);
  });

  it('lets a running call end before it closes, and refuses those that wait', async () => {
    const { link, control } = await open(mode);
    const running = control('wait', Uint8Array.of(5, 0));
    const waiting = control('echo');
    await link.close();
    expect((await running).result).toBe(0);
    expect((await waiting).result).toBe(0xffff3024);
  });

  it('kills a domain that hangs while it closes', async () => {
    const { link, control, exits } = await open(mode);
    const hanging = control('hang', undefined, { timeoutMs: 200 });
    await link.close();
    expect((await hanging).result).toBe(0xffff3024);
    expect(exits).toEqual(['hung']);
  });

  it.each([1, 2, 3])(
    '[part of CC-003] ends a domain whose answer does not fit the question (%i)',
    async (commandId) => {
      const { link, exits } = await open(mode);
      const params = [{ type: 6 as const, size: 4, buffer: new Uint8Array(0) }];
      const good = await link.call({ kind: 'invoke', session: 1, commandId: 0, params }, { timeoutMs: 5000 });
      expect(good.params).toEqual([{ type: 6, size: 4, buffer: new Uint8Array(4).fill(9) }]);
      const bad = await link.call({ kind: 'invoke', session: 1, commandId, params }, { timeoutMs: 5000 });
      expect(bad).toMatchObject({ result: 0xffff000e, origin: 2 });
      await link.close();
      expect(exits).toEqual(['malformed']);
    },
  );

  it('answers what a domain asks while it ends', async () => {
    const asked: RpcRequest[] = [];
    const { link, control, exits } = await open(mode, {
      onRpc: (request) => {
        asked.push(request);
        return { result: 0, origin: 3, value: 0, parts: [] };
      },
    });
    await control('ask-at-end');
    await link.close();
    expect(asked).toEqual([{ kind: 'disconnect', channel: 9 }]);
    expect(exits).toEqual(['closed']);
  });

  it('ends a domain whose question was answered with what is no answer', async () => {
    const parts = Array.from({ length: 20 }, () => new Uint8Array(1));
    const { link, control, exits } = await open(mode, {
      onRpc: () => ({ result: 0, origin: 3, value: 0, parts }),
    });
    expect((await control('ask')).result).toBe(0xffff3024);
    await link.close();
    expect(exits).toEqual(['died']);
  });

  it('gives the domain nothing of the host: no environment, no flags of its own', async () => {
    process.env.CSSI_TEST_SECRET = 'of the host';
    const { control } = await open(mode);
    const [text] = (await control('environment')).parts;
    delete process.env.CSSI_TEST_SECRET;
    expect(new TextDecoder().decode(text)).not.toContain('CSSI_TEST_SECRET');
  });

  it('refuses a request that has no binary form', async () => {
    const { link } = await open(mode);
    const client = { login: 0, uuid: 'not a uuid' };
    const answer = await link.call({ kind: 'open', client, params: [] }, { timeoutMs: 5000 });
    expect(answer).toMatchObject({ result: 0xffff0006, origin: 2 });
  });

  it('says what is wrong when the domain does not start', async () => {
    const entry = fixture('no-such-file.mjs');
    await expect(open(mode, { entry })).rejects.toMatchObject({ code: 'ERR_TEE_START_FAILED' });
  });
});

describe('link to a worker', () => {
  it('hears the last answer of a thread that ended before the host looked', async () => {
    const { link, control, exits } = await open('worker', { entry: fixture('last-words-worker.mjs') });
    expect((await control('last')).origin).toBe(3);
    await link.close();
    expect(exits).toEqual(['panicked']);
  });
});

describe('link to a child process', () => {
  it.each([0, 1, 2, 3, 4, 5, 6])('[part of CC-003] ends a domain that speaks wrongly (%i)', async (how) => {
    const { link, control, exits } = await open('process', { entry: fixture('hostile-process.mjs') });
    const answer = await control('x', Uint8Array.of(how));
    expect(answer).toMatchObject({ result: 0xffff000e, origin: 2 });
    await link.close();
    expect(exits).toEqual(['malformed']);
  });

  it('[part of CC-003] ends a domain that answers and does not read', async () => {
    const { link, control } = await open('process', { entry: fixture('deaf-process.mjs') });
    const results: number[] = [];
    const part = new Uint8Array(16 << 20);
    for (let i = 0; i < 10 && !link.dead; i++) {
      results.push((await control('echo', part)).result);
    }
    expect(results.slice(0, 2)).toEqual([0, 0]);
    expect(results.at(-1)).toBe(0xffff000e);
    expect(link.dead).toBe(true);
  });

  it('does not start without descriptors, and the host lives on', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cssi-link-'));
    onCleanup(() => rmSync(folder, { recursive: true, force: true }));
    const script = `ulimit -n 64; exec "$0" "$@"`;
    const args = [
      '-c',
      script,
      process.execPath,
      ...[fixture('no-descriptors.mjs'), fixture('echo-process.mjs'), folder],
    ];
    const { stdout } = await promisify(execFile)('/bin/sh', args);
    const [none, few, enough] = stdout.split(' ');
    expect([none, few]).toEqual(['ERR_TEE_START_FAILED', 'ERR_TEE_START_FAILED']);
    expect(enough).toBe('opened');
  });

  it('leaves no descriptor and no process behind, however it ends', async () => {
    const count = (): number => readdirSync('/proc/self/fd').length;
    if (!existsSync('/proc/self/fd')) return;
    await (await open('process')).link.close();
    const before = count();
    for (let i = 0; i < 6; i++) {
      const { link, control } = await open('process');
      if (i % 3 === 1) link.kill('stopped');
      if (i % 3 === 2) await control('exit');
      await link.close();
    }
    const entry = fixture('no-such-file.mjs');
    await open('process', { entry }).catch(() => {});
    await delay(200);
    expect(count()).toBeLessThanOrEqual(before);
    expect(children()).toEqual([]);
  });

  it('[part of CC-003] bounds the memory outside of the heap', async () => {
    const { link, control, exits } = await open('process', { memoryLimit: 16 << 20 });
    expect((await control('eat', undefined, { timeoutMs: 60_000 })).result).toBe(0xffff3024);
    await link.close();
    expect(exits).toEqual(['died']);
  });

  it('tells the resident bytes', async () => {
    const { link } = await open('process');
    if (existsSync('/proc/self/statm')) expect(link.residentBytes()).toBeGreaterThan(1 << 20);
    await link.close();
    expect(link.residentBytes()).toBeUndefined();
  });

  it('takes everything with it that it started', async () => {
    const { link } = await open('process');
    const before = children();
    expect(before.length).toBeGreaterThan(0);
    await link.close();
    await delay(200);
    expect(before.filter(isAlive)).toEqual([]);
  });
});

/** Processes below this one, on Linux. */
function children(): number[] {
  const of = (pid: number): number[] => {
    try {
      const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
      return text === '' ? [] : text.split(' ').map(Number);
    } catch {
      return [];
    }
  };
  const all: number[] = [];
  for (const pending = of(process.pid); pending.length > 0; ) {
    const pid = pending.pop() as number;
    all.push(pid);
    pending.push(...of(pid));
  }
  return all;
}

function isAlive(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

describe('folders of code', () => {
  it('are given without those inside others', () => {
    expect(outermost(['/a/b', '/a', '/a', '/ab', '/a/c/d'])).toEqual(['/a', '/ab']);
  });
});
