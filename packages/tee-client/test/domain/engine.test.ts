import { describe, expect, it } from 'vitest';
import type { DomainEvent, RpcAnswer, RpcRequest } from '../../src/adapters/software/domain-protocol.ts';
import { FrameReader, FrameWriter } from '../../src/adapters/software/link/bytes.ts';
import {
  FRAME,
  plainAnswer,
  readRpcAnswer,
  writeAnswer,
  writeEvent,
  writeRpcRequest,
} from '../../src/adapters/software/link/codec.ts';
import { LinkEngine } from '../../src/adapters/software/link/engine.ts';
import { MAX_FRAME_BYTES } from '../../src/adapters/software/link/limits.ts';
import type { LinkHandlers } from '../../src/adapters/software/link/link.ts';
import { TEEC_RESULTS as R, TEEC_ORIGINS } from '../../src/spec/v1/results.ts';

const OK: RpcAnswer = { result: 0, origin: 3, value: 0, parts: [] };
const CONTROL = { kind: 'control', name: 'x', parts: [] } as const;

const frame = (kind: number, write: (out: FrameWriter) => void): Uint8Array => {
  const out = new FrameWriter();
  out.u8(kind);
  write(out);
  return Uint8Array.from(out.written);
};
const ANSWER = frame(FRAME.ANSWER, (out) => writeAnswer(out, plainAnswer(0, 3)));
const EVENT = frame(FRAME.EVENT, (out) => writeEvent(out, { kind: 'log', detail: 'x' }));
const ask = (request: RpcRequest): Uint8Array => frame(FRAME.RPC, (out) => writeRpcRequest(out, request));

/** An engine over a transport that keeps what it is given. */
function engineOver(handlers: Partial<LinkHandlers> = {}) {
  const sent: Uint8Array[] = [];
  const exits: string[] = [];
  const events: DomainEvent[] = [];
  const transport = {
    send: (bytes: Uint8Array) => sent.push(Uint8Array.from(bytes.subarray(0, 1024))),
    kill: () => queueMicrotask(() => engine.gone()),
    residentBytes: () => undefined,
  };
  const engine: LinkEngine = new LinkEngine(
    transport,
    {
      onRpc: () => OK,
      onEvent: (event) => events.push(event),
      onExit: (reason) => exits.push(reason),
      ...handlers,
    },
    {},
  );
  const call = (timeoutMs = 20_000, signal?: AbortSignal) => engine.call(CONTROL, { timeoutMs, signal });
  return { engine, sent, exits, events, call };
}

const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

describe('a full queue', () => {
  it('takes what must not be lost all the same, in its turn', async () => {
    const { engine, sent, call } = engineOver();
    const waiting = Array.from({ length: 256 }, () => call());
    const close = { kind: 'close', session: 1 } as const;
    expect((await engine.call(close, { timeoutMs: 20_000 })).result).toBe(R.BUSY);
    const last = engine.call(close, { timeoutMs: 20_000, always: true });
    for (let i = 0; i < 257; i++) engine.receive(ANSWER);
    const answers = await Promise.all([...waiting, last]);
    expect(answers.every(({ result }) => result === 0)).toBe(true);
    expect(sent).toHaveLength(257);
  });
});

describe('[part of CC-003] a domain that is no domain any more', () => {
  it.each<[string, Uint8Array]>([
    ['an answer', ANSWER],
    ['an event', EVENT],
    ['a question', ask({ kind: 'cancelled' })],
    ['a frame of the host', Uint8Array.of(FRAME.REQUEST)],
    ['an empty frame', new Uint8Array(0)],
  ])('is ended for %s while it works on nothing', async (_name, bytes) => {
    const { engine, exits, call } = engineOver();
    engine.receive(bytes);
    expect(engine.dead).toBe(true);
    expect(await call()).toEqual(plainAnswer(R.TARGET_DEAD, TEEC_ORIGINS.TEE));
    expect(exits).toEqual(['malformed']);
  });

  it.each<[string, Uint8Array]>([
    ['an answer', ANSWER],
    ['another question', ask({ kind: 'cancelled' })],
  ])('is ended for %s while its question is open', async (_name, bytes) => {
    const { engine, exits, call } = engineOver({ onRpc: () => new Promise(() => {}) });
    const answer = call();
    engine.receive(ask({ kind: 'core', frame: new Uint8Array(1) }));
    engine.receive(bytes);
    expect(await answer).toMatchObject({ result: R.COMMUNICATION, origin: TEEC_ORIGINS.COMMS });
    expect(exits).toEqual(['malformed']);
  });

  it('is ended for a flood of events', async () => {
    const { engine, events, exits, call } = engineOver();
    const answer = call();
    for (let i = 0; i < 10_000; i++) engine.receive(EVENT);
    expect(events.length).toBeLessThan(5000);
    expect((await answer).result).toBe(R.COMMUNICATION);
    expect(exits).toEqual(['malformed']);
  });
});

describe('the host side of a link', () => {
  it('goes on when the one who hears events has a defect', async () => {
    const { engine, call } = engineOver({
      onEvent: () => {
        throw new Error('a defect of the host');
      },
    });
    const answer = call();
    engine.receive(EVENT);
    engine.receive(ANSWER);
    expect((await answer).result).toBe(0);
    expect(engine.dead).toBe(false);
  });

  it('refuses a request that no frame holds, and the domain lives on', async () => {
    const { engine, sent, call } = engineOver();
    const parts = Array.from({ length: 5 }, () => new Uint8Array(MAX_FRAME_BYTES / 4));
    const refused = engine.call({ ...CONTROL, parts }, { timeoutMs: 20_000 });
    expect(await refused).toMatchObject({ result: R.OUT_OF_MEMORY, origin: TEEC_ORIGINS.COMMS });
    expect(sent).toEqual([]);
    const answer = call();
    engine.receive(ANSWER);
    expect((await answer).result).toBe(0);
  });

  it('gives OUT_OF_MEMORY to a question whose answer no frame holds', async () => {
    const parts = Array.from({ length: 5 }, () => new Uint8Array(MAX_FRAME_BYTES / 4));
    const { engine, sent, call } = engineOver({ onRpc: () => ({ ...OK, parts }) });
    const answer = call();
    engine.receive(ask({ kind: 'core', frame: new Uint8Array(1) }));
    expect(readRpcAnswer(new FrameReader(sent[1] as Uint8Array, true, 1))).toMatchObject({
      result: R.OUT_OF_MEMORY,
      parts: [],
    });
    engine.receive(ANSWER);
    expect((await answer).result).toBe(0);
  });

  it('keeps no timer for a domain that died while it waited', async () => {
    const before = timers();
    const { engine, call } = engineOver();
    const answer = call();
    engine.receive(ask({ kind: 'wait', milliseconds: 0xfffffffe, cancellable: true }));
    engine.kill('stopped');
    expect((await answer).result).toBe(R.TARGET_DEAD);
    expect(timers()).toBe(before);
  });

  it('keeps no timer while nobody waits', async () => {
    const before = timers();
    const { engine, call } = engineOver();
    const answer = call();
    expect(timers()).toBe(before + 1);
    engine.receive(ANSWER);
    await answer;
    expect(timers()).toBe(before);
  });

  it('takes a time-out that is longer than any timer', async () => {
    const warnings: string[] = [];
    const onWarning = ({ name }: Error): number => warnings.push(name);
    process.on('warning', onWarning);
    const { engine, call } = engineOver();
    const answer = call(Number.MAX_SAFE_INTEGER);
    await new Promise((resolve) => setTimeout(resolve, 20));
    engine.receive(ANSWER);
    expect((await answer).result).toBe(0);
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  it('gives the whole time to a call after one that was answered in time', async () => {
    const { engine, call } = engineOver();
    const first = call(30);
    engine.receive(ANSWER);
    await first;
    const second = call(20_000);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(engine.dead).toBe(false);
    engine.receive(ANSWER);
    expect((await second).result).toBe(0);
    const third = call(30);
    expect((await third).result).toBe(R.TARGET_DEAD);
  });
});
