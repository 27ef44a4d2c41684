import { randomBytes } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { decodeTaRequest, encodeTaRequestAnswer } from '../../src/adapters/software/core/ta-request.ts';
import { sealTicket } from '../../src/adapters/software/core/ticket.ts';
import type {
  DomainAnswer,
  DomainRequest,
  RpcAnswer,
  RpcRequest,
} from '../../src/adapters/software/domain-protocol.ts';
import { FrameReader, FrameWriter } from '../../src/adapters/software/link/bytes.ts';
import { readAnswer, writeRequest } from '../../src/adapters/software/link/codec.ts';
import { SecureLink } from '../../src/channel/secure-link.ts';
import { TEEC_RESULTS as R } from '../../src/spec/v1/results.ts';
import {
  bytesAt,
  commands,
  type Launched,
  type LaunchOptions,
  launch,
  NIL,
  output,
  script,
  TIMEOUT,
} from './support.ts';

const CALLER = '7d1c3f10-0000-4000-8000-00000000000a';
const CALLEE = '7d1c3f10-0000-4000-8000-00000000000b';
const OK: RpcAnswer = { result: 0, origin: 3, value: 0, parts: [] };
const u32 = (value: number): Uint8Array => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);

/** What a host in the middle may do to the traffic. */
interface Middle {
  readonly ticket?: (ticket: Uint8Array) => Uint8Array;
  readonly frame?: (frame: Uint8Array) => Uint8Array;
  readonly answer?: (frame: Uint8Array) => Uint8Array;
  readonly peer?: string;
  readonly role?: 'initiator' | 'responder';
}

interface Pair {
  readonly caller: Launched;
  readonly callee: Launched;
  readonly sent: Uint8Array[];
  run(command: number, size?: number): Promise<DomainAnswer>;
}

/** Two applications, and a host and a core between them. */
async function pair(
  callerCode: string,
  calleeCode: string,
  middle: Middle = {},
  options: Partial<Record<'caller' | 'callee', LaunchOptions>> = {},
): Promise<Pair> {
  const callee = await launch(calleeCode, {
    ...options.callee,
    manifest: { uuid: CALLEE, ...options.callee?.manifest },
  });
  const sent: Uint8Array[] = [];
  let channels = 0;
  const onRpc = (request: RpcRequest, core: SecureLink): RpcAnswer => {
    if (request.kind === 'connect') {
      if (request.destination !== CALLEE) return { ...OK, result: R.ITEM_NOT_FOUND };
      const key = randomBytes(32);
      const mine = sealTicket(core, { role: middle.role ?? 'initiator', peer: middle.peer ?? CALLEE, key });
      const theirs = sealTicket(callee.core, { role: 'responder', peer: CALLER, key });
      channels++;
      callee.link.callSync?.({ kind: 'control', name: 'ticket', parts: [u32(channels), theirs] });
      return { ...OK, value: channels, parts: [middle.ticket?.(mine) ?? mine] };
    }
    if (request.kind === 'channel') {
      sent.push(request.frame);
      const frame = middle.frame?.(request.frame) ?? request.frame;
      const answer = callee.link.callSync?.({
        kind: 'channel',
        channel: request.channel,
        frame,
      }) as DomainAnswer;
      if (answer.result !== 0) return { ...OK, result: answer.result, origin: answer.origin };
      const [sealed] = answer.parts as [Uint8Array];
      return { ...OK, parts: [middle.answer?.(sealed) ?? sealed] };
    }
    if (request.kind === 'disconnect') {
      callee.link.callSync?.({ kind: 'control', name: 'drop-channel', parts: [u32(request.channel)] });
      return OK;
    }
    return { ...OK, result: R.NOT_SUPPORTED };
  };
  const caller = await launch(callerCode, {
    onRpc,
    ...options.caller,
    manifest: { uuid: CALLER, ...options.caller?.manifest },
  });
  const { session } = await caller.open();
  return {
    caller,
    callee,
    sent,
    run: (command, size = 64) => caller.invoke(session, command, [output(size), { type: 2, a: 0, b: 0 }]),
  };
}

/** Reports what was thrown in parameter 1. */
const reporting = (body: string): string =>
  `try { ${body} } catch (e) { if (typeof e.result !== 'number') throw e; params[1].a = e.result; params[1].b = e.origin }`;
const opening = `const other = tee.TEE_OpenTASession('${CALLEE}', 0xffffffff, [])`;
const CALL = reporting(`${opening};
  const data = [{ type: 5, buffer: new Uint8Array([1, 2, 3]), size: 3 }, { type: 6, buffer: params[0].buffer, size: 10 }, { type: 3, a: 5, b: 6 }, { type: 0 }];
  tee.TEE_InvokeTACommand(other, 0xffffffff, 0, data); params[0].size = data[1].size; params[1].a = data[2].a; tee.TEE_CloseTASession(other)`);
const ECHO = commands(
  `params[1].buffer.set(params[0].buffer); params[1].size = params[0].size; params[2].a += 1`,
  `throw tee.error('NO_DATA')`,
  `tee.TEE_Panic(1)`,
  `params[0].size = 1000; throw tee.error('SHORT_BUFFER')`,
);

describe('[CC-012] calls from one application to another', () => {
  it('carry parameters both ways', async () => {
    const { run, sent } = await pair(commands(CALL), ECHO);
    const answer = await run(0);
    expect(answer.result).toBe(0);
    expect(bytesAt(answer, 0)).toEqual(Uint8Array.of(1, 2, 3));
    expect(answer.params[1]).toEqual({ type: 2, a: 6, b: 0 });
    expect(sent).toHaveLength(3);
    // The host sees ciphertext.
    expect(sent.some((frame) => Buffer.from(frame).includes(Buffer.of(1, 2, 3)))).toBe(false);
  });

  it('tell the called who calls', async () => {
    const identity = script(
      `{ TA_OpenSessionEntryPoint: () => { const { login, uuid } = tee.TEE_GetPropertyAsIdentity(0xfffffffe, 'gpd.client.identity'); tee.CSSI_Log(login + ' ' + uuid) }, TA_InvokeCommandEntryPoint: () => {} }`,
    );
    const { run, callee } = await pair(commands(reporting(opening)), identity);
    await run(0);
    expect(callee.events).toEqual([{ kind: 'log', detail: `${0xf0000000} ${CALLER}` }]);
  });

  it('give the result of the called with its origin', async () => {
    const invoke = (command: number) =>
      reporting(`${opening}; tee.TEE_InvokeTACommand(other, 0xffffffff, ${command}, [])`);
    const { run } = await pair(commands(invoke(1)), ECHO);
    expect((await run(0)).params[1]).toEqual({ type: 2, a: R.NO_DATA, b: 4 });
  });

  it('give TARGET_DEAD of one that panics, and live on', async () => {
    const body = reporting(`${opening}; tee.TEE_InvokeTACommand(other, 0xffffffff, 2, [])`);
    const { run } = await pair(commands(body, 'params[1].a = 3'), ECHO);
    expect((await run(0)).params[1]).toEqual({ type: 2, a: R.TARGET_DEAD, b: 3 });
    expect((await run(1)).params[1]).toMatchObject({ a: 3 });
  });

  it('give the size that is required', async () => {
    const body = `${opening}; const p = [{ type: 6, buffer: new Uint8Array(1), size: 1 }];
      try { tee.TEE_InvokeTACommand(other, 0xffffffff, 3, p) } catch (e) { params[1].a = e.result; params[1].b = p[0].size }`;
    const { run } = await pair(commands(body), ECHO);
    expect((await run(0)).params[1]).toEqual({ type: 2, a: R.SHORT_BUFFER, b: 1000 });
  });

  it.each<[string, string, number]>([
    ['an application that is not there', `tee.TEE_OpenTASession('${CALLER}', 0, [])`, R.ITEM_NOT_FOUND],
  ])('refuse %s', async (_name, body, result) => {
    const { run } = await pair(commands(reporting(body)), ECHO);
    expect((await run(0)).params[1]).toMatchObject({ a: result });
  });

  it.each([
    ['a destination that is no UUID', `tee.TEE_OpenTASession('x', 0, [])`],
    [
      'a closed session',
      `${opening}; tee.TEE_CloseTASession(other); tee.TEE_InvokeTACommand(other, 0, 0, [])`,
    ],
    ['a session that is none', `tee.TEE_InvokeTACommand({ kind: 'session' }, 0, 0, [])`],
    [
      'a buffer shorter than its size',
      `${opening}; tee.TEE_InvokeTACommand(other, 0, 0, [{ type: 5, buffer: new Uint8Array(1), size: 2 }])`,
    ],
    [
      'five parameters',
      `tee.TEE_OpenTASession('${CALLEE}', 0, [{type:0},{type:0},{type:0},{type:0},{type:0}])`,
    ],
    ['a parameter of type 4', `tee.TEE_OpenTASession('${CALLEE}', 0, [{ type: 4 }])`],
    [
      'a fake buffer',
      `tee.TEE_OpenTASession('${CALLEE}', 0, [{ type: 5, buffer: Object.create(Uint8Array.prototype), size: 0 }])`,
    ],
    [
      'a getter that calls back',
      `tee.TEE_OpenTASession('${CALLEE}', 0, [{ get type() { tee.TEE_GetInstanceData(); return 0 } }])`,
    ],
  ])('panic for %s', async (_name, body) => {
    const { run, caller } = await pair(commands(`try { ${body} } catch {}`), ECHO);
    expect((await run(0)).result).toBe(R.TARGET_DEAD);
    expect(caller.events.at(-1)?.kind).toBe('panic');
  });

  it('are closed at the end also where a setter of the parameters threw', async () => {
    const callee = script(`{
      TA_OpenSessionEntryPoint: (types, params) => { params[0].a = 1 },
      TA_InvokeCommandEntryPoint() {},
    }`);
    const caller = commands(
      `const error = tee.error('NO_DATA'); const first = { type: 2, b: 0, get a() { return 0 }, set a(x) { throw error } };
       ${reporting(`tee.TEE_OpenTASession('${CALLEE}', 0xffffffff, [first])`)}`,
    );
    const both = await pair(caller, callee, {}, { caller: { manifest: { instanceKeepAlive: false } } });
    const sessions = async (): Promise<unknown> =>
      JSON.parse(new TextDecoder().decode((await both.callee.control('stats')).parts[0])).sessions;
    expect((await both.run(0)).params[1]).toMatchObject({ a: R.NO_DATA });
    expect(await sessions()).toBe(1);
    await both.caller.link.close();
    expect(await sessions()).toBe(0);
  });

  it('end with the instance: the called is told', async () => {
    const life = script(
      `{ TA_OpenSessionEntryPoint: () => 1, TA_CloseSessionEntryPoint: () => tee.CSSI_Log('closed'), TA_InvokeCommandEntryPoint: () => {} }`,
    );
    const { run, callee } = await pair(commands(reporting(opening), 'tee.TEE_Panic(1)'), life);
    await run(0);
    await run(1);
    expect(callee.events).toEqual([{ kind: 'log', detail: 'closed' }]);
  });
});

describe('[part of CC-012] a host in the middle', () => {
  const flip = (bytes: Uint8Array): Uint8Array => {
    const bad = Uint8Array.from(bytes);
    bad[bad.length - 1] = (bad[bad.length - 1] as number) ^ 1;
    return bad;
  };

  it.each<[string, Middle, number]>([
    ['changes a ticket', { ticket: flip }, R.SECURITY],
    ['connects another application', { peer: CALLER }, R.SECURITY],
    ['gives the ticket of the other end', { role: 'responder' }, R.SECURITY],
    ['gives no ticket', { ticket: () => new Uint8Array(0) }, R.SECURITY],
    ['changes a request', { frame: flip }, R.COMMUNICATION],
    ['cuts a request', { frame: (frame) => frame.subarray(1) }, R.COMMUNICATION],
    ['changes an answer', { answer: flip }, R.COMMUNICATION],
    ['makes up an answer', { answer: () => new Uint8Array(100) }, R.COMMUNICATION],
  ])('that %s gets nowhere', async (_name, middle, result) => {
    const { run, callee } = await pair(commands(CALL), ECHO, middle);
    const answer = await run(0);
    expect(answer.params[1]).toMatchObject({ a: result });
    expect(callee.link.dead).toBe(false);
  });

  it('that repeats a request ends the channel', async () => {
    let first: Uint8Array | undefined;
    const { run } = await pair(commands(CALL), ECHO, { frame: (frame) => (first ??= frame) });
    expect((await run(0)).params[1]).toMatchObject({ a: R.COMMUNICATION });
  });

  it('cannot use the sessions of a channel, nor a channel those of others', async () => {
    const { run, callee } = await pair(commands(reporting(opening)), ECHO);
    await run(0);
    // The first session of the callee is the channel's.
    for (const id of [1, 2, 3]) {
      expect((await callee.invoke(id, 0)).result).toBe(R.BAD_STATE);
      await callee.link.call({ kind: 'close', session: id }, TIMEOUT);
      const request = { service: 'memory-allocate', size: 1 } as const;
      expect((await callee.link.call({ kind: 'service', session: id, request }, TIMEOUT)).result).toBe(
        R.BAD_STATE,
      );
    }
    expect(JSON.parse(new TextDecoder().decode((await callee.control('stats')).parts[0]))).toMatchObject({
      sessions: 1,
    });
  });

  it('cannot give the sessions of a channel to another by giving it the same number', async () => {
    const callee = await launch(ECHO);
    const connect = async (peer: string): Promise<SecureLink> => {
      const key = randomBytes(32);
      const ticket = sealTicket(callee.core, { role: 'responder', peer, key });
      expect((await callee.control('ticket', u32(5), ticket)).result).toBe(0);
      return new SecureLink(key, 'initiator');
    };
    const ask = async (link: SecureLink, request: DomainRequest): Promise<DomainAnswer> => {
      const out = new FrameWriter();
      writeRequest(out, request);
      const frame = link.seal(out.written);
      const { parts } = await callee.link.call({ kind: 'channel', channel: 5, frame }, TIMEOUT);
      return readAnswer(new FrameReader(link.open(parts[0] as Uint8Array), true));
    };
    const first = await connect(CALLER);
    const opened = await ask(first, { kind: 'open', client: { login: 0, uuid: NIL }, params: [] });
    expect(opened.result).toBe(0);
    // A frame that does not open ends the channel, and the number is free again.
    await callee.link.call({ kind: 'channel', channel: 5, frame: new Uint8Array(64) }, TIMEOUT);
    const stats = (await callee.control('stats')).parts[0];
    expect(JSON.parse(new TextDecoder().decode(stats))).toMatchObject({ sessions: 0 });
    const second = await connect(CALLEE);
    const { session } = opened;
    expect((await ask(second, { kind: 'invoke', session, commandId: 1, params: [] })).result).toBe(
      R.BAD_STATE,
    );
  });

  it('has no application end for an answer that is longer than a frame', async () => {
    const callee = await launch(commands('for (const p of params) p.size = p.buffer.length'));
    const key = randomBytes(32);
    await callee.control('ticket', u32(5), sealTicket(callee.core, { role: 'responder', peer: CALLER, key }));
    const link = new SecureLink(key, 'initiator');
    const ask = async (request: DomainRequest): Promise<DomainAnswer> => {
      const out = new FrameWriter();
      writeRequest(out, request);
      const frame = link.seal(out.written);
      const { parts } = await callee.link.call({ kind: 'channel', channel: 5, frame }, TIMEOUT);
      return readAnswer(new FrameReader(link.open(parts[0] as Uint8Array), true));
    };
    const { session } = await ask({ kind: 'open', client: { login: 0, uuid: NIL }, params: [] });
    const params = Array.from({ length: 4 }, () => output(16 << 20));
    expect(await ask({ kind: 'invoke', session, commandId: 0, params })).toMatchObject({
      result: R.OUT_OF_MEMORY,
      origin: 3,
    });
    expect(callee.link.dead).toBe(false);
  });

  it('cannot speak for an application', async () => {
    const { link } = await launch(ECHO);
    expect(
      await link.call({ kind: 'channel', channel: 1, frame: new Uint8Array(64) }, TIMEOUT),
    ).toMatchObject({
      result: R.COMMUNICATION,
      origin: 2,
    });
  });

  it.each([0, 3, 5])(
    'gives BAD_FORMAT to a genuine frame that is no request, or one of control (%i)',
    async (length) => {
      const callee = await launch(ECHO);
      const key = randomBytes(32);
      await callee.control(
        'ticket',
        u32(5),
        sealTicket(callee.core, { role: 'responder', peer: CALLER, key }),
      );
      const link = new SecureLink(key, 'initiator');
      const out = new FrameWriter();
      writeRequest(out, { kind: 'control', name: 'self-check', parts: [] });
      const frame = link.seal(length === 0 ? out.written : new Uint8Array(length).fill(3));
      const { parts, result } = await callee.link.call({ kind: 'channel', channel: 5, frame }, TIMEOUT);
      expect(result).toBe(0);
      const inner = readAnswer(new FrameReader(link.open(parts[0] as Uint8Array), true));
      expect(inner).toMatchObject({ result: R.BAD_FORMAT, origin: 3 });
    },
  );

  it('cannot give a ticket twice', async () => {
    const callee = await launch(ECHO);
    const ticket = sealTicket(callee.core, { role: 'responder', peer: CALLER, key: randomBytes(32) });
    expect((await callee.control('ticket', u32(5), ticket)).result).toBe(0);
    expect((await callee.control('ticket', u32(6), ticket)).error?.code).toBe('ERR_TEE_CHANNEL');
  });
});

describe('[part of CC-042] callers', () => {
  it.each([
    [{ callers: [] as string[] }, R.ACCESS_DENIED],
    [{ callers: [CALLEE] }, R.ACCESS_DENIED],
    [{ logins: [0] }, R.ACCESS_DENIED],
    [{ callers: [CALLER] }, 0],
    [{ callers: [CALLER], logins: [0xf0000000] }, 0],
  ])('are those of the manifest: %o', async (manifest, result) => {
    const { run, callee } = await pair(commands(reporting(opening)), ECHO, {}, { callee: { manifest } });
    expect((await run(0)).params[1]).toMatchObject({ a: result });
    expect(callee.events.map(({ kind }) => kind)).toEqual(result === 0 ? [] : ['undeclared-call']);
  });
});

describe('evidence', () => {
  const asking = commands(
    `const { report, certificates } = tee.CSSI_GetEvidence(new Uint8Array(16).fill(3), new Uint8Array(2));
     params[0].buffer.set(report); params[0].size = report.length; params[1].a = certificates.length`,
    reporting('tee.CSSI_GetEvidence(new Uint8Array(16), new Uint8Array(0))'),
  );
  const run = async (answer: (plain: Uint8Array, core: SecureLink) => RpcAnswer, command: number) => {
    const ta = await launch(asking, {
      onRpc: (request, core) => (request.kind === 'core' ? answer(core.open(request.frame), core) : OK),
    });
    const { session } = await ta.open();
    return ta.invoke(session, command, [output(64), { type: 2, a: 0, b: 0 }]);
  };

  it('comes from the core over the link of the launch', async () => {
    const answer = await run((plain, core) => {
      expect(decodeTaRequest(plain)).toEqual({
        kind: 'evidence',
        nonce: new Uint8Array(16).fill(3),
        userData: new Uint8Array(2),
      });
      const parts = [Uint8Array.of(1, 2, 3), Uint8Array.of(4), Uint8Array.of(5)];
      return { ...OK, parts: [core.seal(encodeTaRequestAnswer({ result: 0, parts }))] };
    }, 0);
    expect(bytesAt(answer, 0)).toEqual(Uint8Array.of(1, 2, 3));
    expect(answer.params[1]).toMatchObject({ a: 2 });
  });

  it.each<[string, (plain: Uint8Array, core: SecureLink) => RpcAnswer, number]>([
    [
      'the core refuses',
      (_, core) => ({
        ...OK,
        parts: [core.seal(encodeTaRequestAnswer({ result: R.ACCESS_DENIED, parts: [] }))],
      }),
      R.ACCESS_DENIED,
    ],
    ['the host makes something up', () => ({ ...OK, parts: [new Uint8Array(99)] }), R.COMMUNICATION],
    ['the host answers nothing', () => OK, R.COMMUNICATION],
    ['the core is gone', () => ({ ...OK, result: R.TARGET_DEAD }), R.COMMUNICATION],
  ])('is an error when %s', async (_name, answer, result) => {
    expect((await run(answer, 1)).params[1]).toMatchObject({ a: result });
  });
});
