import { concatBytes, sm2, sm3, toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { decodeTaRequest, encodeTaRequestAnswer } from '../../src/adapters/software/core/ta-request.ts';
import type { DomainAnswer } from '../../src/adapters/software/domain-protocol.ts';
import { CHANNEL_REPORT_MARK, ChannelInitiator, type SecureChannel } from '../../src/channel/index.ts';
import { decodeEvidence } from '../../src/evidence/software/codec.ts';
import {
  type ChannelRequest,
  decodeChannelAnswer,
  encodeChannelRequest,
} from '../../src/spec/v1/channel-codec.ts';
import type { ModuleServiceRequest } from '../../src/spec/v1/module.ts';
import { TEEC_RESULTS as R } from '../../src/spec/v1/results.ts';
import { commands, type LaunchOptions, session, TIMEOUT, UUID } from './support.ts';

/** The application under test: what each command shows of the channel it was called by. */
const CODE = commands(
  // 0: peer as text, into the output
  `const text = new TextEncoder().encode(tee.TEE_GetPropertyAsString(0xfffffffe, 'cssi.channel.peer'));
   params[0].buffer.set(text); params[0].size = text.length;`,
  // 1: exported key for the label in parameter 0
  `const key = tee.CSSI_ExportChannelKey(params[0].buffer.slice(0, params[0].size), params[1].size);
   params[1].buffer.set(key);`,
  // 2: evidence over the nonce in parameter 0
  'tee.CSSI_GetEvidence(params[0].buffer.slice(0, params[0].size), new Uint8Array(0));',
  // 3: how many parameters of which types
  'params[3].buffer[0] = types & 255; params[3].buffer[1] = types >> 8; params[3].size = 2;',
  // 4
  'tee.TEE_Panic(1);',
  // 5: names of the client's properties
  `const at = tee.TEE_AllocatePropertyEnumerator(); tee.TEE_StartPropertyEnumerator(at, 0xfffffffe);
   let names = '';
   for (;;) { names += tee.TEE_GetPropertyName(at) + ' '; try { tee.TEE_GetNextProperty(at); } catch { break; } }
   const text = new TextEncoder().encode(names); params[0].buffer.set(text); params[0].size = text.length;`,
  // 6
  'throw tee.error(types);',
);
const pair = sm2.generateKeyPair();

async function started(options: LaunchOptions = {}) {
  /** Nonces the core was asked to make evidence over. */
  const asked: Uint8Array[] = [];
  const launched = await session(CODE, {
    onRpc: (request, core) => {
      if (request.kind !== 'core') return { result: R.NOT_SUPPORTED, origin: 3, value: 0, parts: [] };
      const question = decodeTaRequest(core.open(request.frame));
      if (question.kind !== 'evidence') throw new Error(question.kind);
      const { nonce } = question;
      asked.push(nonce);
      const answer = { result: 0, parts: [nonce, utf8('certificate')] };
      return { result: 0, origin: 3, value: 0, parts: [core.seal(encodeTaRequestAnswer(answer))] };
    },
    ...options,
  });
  const service = (request: ModuleServiceRequest, id = launched.id): Promise<DomainAnswer> =>
    launched.link.call({ kind: 'service', session: id, request }, TIMEOUT);
  return { ...launched, service, asked };
}

type Started = Awaited<ReturnType<typeof started>>;

async function connect({ service }: Started, inSession?: number, key = pair) {
  const initiator = new ChannelInitiator({
    credential: { kind: 'key', pair: key },
    accept: {
      evidence: (evidence, reportData) => {
        expect(decodeEvidence(evidence).report).toEqual(reportData);
      },
    },
    prologue: utf8(`cssi-enclave-channel/1 ${UUID}`),
  });
  const opened = await service({ service: 'channel-open', data: initiator.hello() }, inSession);
  expect(opened.result).toBe(0);
  const { message, channel } = initiator.finish(opened.parts[0] as Uint8Array);
  const finished = await service({ service: 'channel-finish', id: opened.value, data: message }, inSession);
  expect(finished.result).toBe(0);
  expect(channel.open(finished.parts[0] as Uint8Array)).toHaveLength(0);
  return { id: opened.value, channel };
}

async function call(
  { service }: Started,
  { id, channel }: { readonly id: number; readonly channel: SecureChannel },
  request: ChannelRequest | Uint8Array,
) {
  const data = channel.seal(request instanceof Uint8Array ? request : encodeChannelRequest(request));
  const answer = await service({ service: 'channel-call', id, data });
  expect(answer.result).toBe(0);
  return decodeChannelAnswer(channel.open(answer.parts[0] as Uint8Array));
}

const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

describe('[part of CC-006] the end of a channel inside a domain', () => {
  it('shows the application the key of the other end as a property, and none without a channel', async () => {
    const ta = await started();
    const channel = await connect(ta);
    const expected = Buffer.from(sm3(pair.publicKey)).toString('base64');
    const shown = await call(ta, channel, { command: 0, inputs: [], maxOutput: 64 });
    expect([shown?.result, shown?.origin, text(shown?.output)]).toEqual([0, 4, expected]);
    const listed = await call(ta, channel, { command: 5, inputs: [], maxOutput: 200 });
    expect(text(listed?.output)).toContain('cssi.channel.peer');
    const clear = [{ type: 6 as const, size: 200, buffer: new Uint8Array(0) }];
    expect((await ta.invoke(ta.id, 0, clear)).result).toBe(R.ITEM_NOT_FOUND);
    const names = await ta.invoke(ta.id, 5, clear);
    expect(names.result).toBe(0);
    expect(text((names.params[0] as { buffer: Uint8Array }).buffer)).not.toContain('channel');
  });

  it('gives the application the exported keys its client has, and none without a channel', async () => {
    const ta = await started();
    const one = await connect(ta);
    const two = await connect(ta);
    for (const length of [16, 32, 64]) {
      const request = { command: 1, inputs: [utf8('label')], maxOutput: length };
      const mine = one.channel.exportKey(utf8('label'), length).use((key) => toHex(key));
      expect(toHex((await call(ta, one, request))?.output as Uint8Array)).toBe(mine);
      expect(toHex((await call(ta, two, request))?.output as Uint8Array)).not.toBe(mine);
    }
    for (const [label, length] of [
      ['', 32],
      ['a'.repeat(65), 32],
      ['a', 15],
      ['a', 65],
    ] as const) {
      const answer = await call(ta, one, { command: 1, inputs: [utf8(label)], maxOutput: length });
      expect(answer).toMatchObject({ result: R.BAD_PARAMETERS, origin: 4 });
    }
    const clear = await ta.invoke(ta.id, 1, [
      { type: 5, size: 1, buffer: utf8('a') },
      { type: 6, size: 32, buffer: new Uint8Array(0) },
    ]);
    expect(clear.result).toBe(R.ITEM_NOT_FOUND);
  });

  it('has evidence with the mark made for its own handshakes and for nothing else', async () => {
    const ta = await started();
    await connect(ta);
    const marked = ta.asked[0] as Uint8Array;
    expect(toHex(marked.subarray(32))).toBe(toHex(CHANNEL_REPORT_MARK));
    const asClient = await ta.service({ service: 'evidence', nonce: marked, userData: new Uint8Array(0) });
    expect(asClient).toMatchObject({ result: R.BAD_PARAMETERS, parts: [] });
    const byApplication = await ta.invoke(ta.id, 2, [{ type: 5, size: 64, buffer: marked.slice() }]);
    expect(byApplication).toMatchObject({ result: R.BAD_PARAMETERS, origin: 4 });
    expect(ta.asked).toHaveLength(1);
    const other = await ta.invoke(ta.id, 2, [{ type: 5, size: 32, buffer: new Uint8Array(32) }]);
    expect([other.result, ta.asked.length]).toEqual([0, 2]);
  });

  it('hands over up to four inputs, and an output where one is asked for', async () => {
    const ta = await started();
    const channel = await connect(ta);
    const [a, b, c] = [utf8('a'), utf8('bb'), utf8('ccc')];
    const types = await call(ta, channel, { command: 3, inputs: [a, b, c], maxOutput: 8 });
    expect(types?.output).toEqual(Uint8Array.of(0x55, 0x65));
    const four = await call(ta, channel, { command: 6, inputs: [a, b, c, a], maxOutput: undefined });
    // The application answers with the types it saw.
    expect(four).toMatchObject({ result: 0x5555, origin: 4, size: 0, output: new Uint8Array(0) });
  });

  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array(0)],
    ['half a header', new Uint8Array(5)],
    ['an unknown flag', Uint8Array.of(0, 0, 0, 0, 2, 0)],
    ['five inputs', Uint8Array.of(0, 0, 0, 0, 0, 5)],
    ['four inputs and an output', Uint8Array.of(0, 0, 0, 0, 1, 4, 0, 0, 0, 1)],
    ['an output without its size', Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0)],
    ['an input that is not there', Uint8Array.of(0, 0, 0, 0, 0, 1)],
    ['an input longer than the frame', Uint8Array.of(0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 9)],
    ['something behind', Uint8Array.of(0, 0, 0, 0, 0, 0, 9)],
    ['an output of 4 GiB', Uint8Array.of(0, 0, 0, 0, 1, 0, 255, 255, 255, 255)],
  ])('answers a call that is %s with BAD_FORMAT, sealed', async (_name, bytes) => {
    const ta = await started();
    const channel = await connect(ta);
    expect(await call(ta, channel, bytes)).toMatchObject({ result: R.BAD_FORMAT, origin: 3, size: 0 });
    expect((await call(ta, channel, { command: 0, inputs: [], maxOutput: 64 }))?.result).toBe(0);
  });

  it('keeps to the commands of the manifest, and reports what it refuses', async () => {
    const ta = await started({ manifest: { commands: [1] } });
    const channel = await connect(ta);
    const refused = await call(ta, channel, { command: 0, inputs: [], maxOutput: 64 });
    expect(refused).toMatchObject({ result: R.ACCESS_DENIED, origin: 3 });
    expect(ta.events).toContainEqual({ kind: 'undeclared-call', detail: 'command=0' });
  });

  it('is not there for a manifest without it', async () => {
    const ta = await started({ manifest: { services: ['evidence'] } });
    const data = new Uint8Array(101);
    for (const request of [
      { service: 'channel-open', data },
      { service: 'channel-finish', id: 1, data },
      { service: 'channel-call', id: 1, data },
      { service: 'channel-close', id: 1 },
    ] as const) {
      expect(await ta.service(request)).toMatchObject({ result: R.ACCESS_DENIED, origin: 3, parts: [] });
      expect(ta.events).toContainEqual({ kind: 'undeclared-call', detail: `service=${request.service}` });
    }
  });

  it('belongs to its session: not to another, and it ends with it', async () => {
    const ta = await started();
    const other = (await ta.open()).session;
    const channel = await connect(ta);
    const theirs = await connect(ta, other);
    expect(theirs.id).toBe(channel.id);
    // The number is the session's: another session's frame does not open, and ends only its own channel.
    const frame = channel.channel.seal(encodeChannelRequest({ command: 0, inputs: [], maxOutput: 64 }));
    const crossed = await ta.service({ service: 'channel-call', id: theirs.id, data: frame }, other);
    expect(crossed).toMatchObject({ result: R.SECURITY, parts: [] });
    const known = { service: 'channel-call', id: theirs.id, data: frame } as const;
    expect((await ta.service(known, other)).result).toBe(R.ITEM_NOT_FOUND);
    expect((await ta.service({ ...known, data: frame })).result).toBe(0);
    await ta.link.call({ kind: 'close', session: ta.id }, TIMEOUT);
    expect((await ta.service(known)).result).toBe(R.BAD_STATE);
  });

  it('takes steps in their order only', async () => {
    const ta = await started();
    const hello = new ChannelInitiator({ credential: { kind: 'key', pair }, accept: { evidence: () => {} } });
    const opened = await ta.service({ service: 'channel-open', data: hello.hello() });
    const data = new Uint8Array(64);
    expect((await ta.service({ service: 'channel-call', id: opened.value, data })).result).toBe(R.BAD_STATE);
    expect((await ta.service({ service: 'channel-finish', id: opened.value, data })).result).toBe(R.SECURITY);
    expect((await ta.service({ service: 'channel-finish', id: opened.value, data })).result).toBe(
      R.ITEM_NOT_FOUND,
    );
    const { id } = await connect(ta);
    expect((await ta.service({ service: 'channel-finish', id, data })).result).toBe(R.BAD_STATE);
    await ta.service({ service: 'channel-close', id });
    expect((await ta.service({ service: 'channel-call', id, data })).result).toBe(R.ITEM_NOT_FOUND);
  });

  it('gives back what it took of the quota', async () => {
    const ta = await started();
    const used = async (): Promise<number> =>
      (JSON.parse(text((await ta.control('stats')).parts[0])) as { memory: { used: number } }).memory.used;
    const before = await used();
    const { id } = await connect(ta);
    expect(await used()).toBeGreaterThan(before);
    await ta.service({ service: 'channel-close', id });
    expect(await used()).toBe(before);
    await ta.service({ service: 'channel-open', data: concatBytes(Uint8Array.of(1, 1), new Uint8Array(99)) });
    expect(await used()).toBe(before);
    const small = await started({ manifest: { memoryBytes: 4096 } });
    const results = [];
    for (let i = 0; i < 3; i++) {
      const hello = new ChannelInitiator({
        credential: { kind: 'key', pair },
        accept: { evidence: () => {} },
      });
      results.push((await small.service({ service: 'channel-open', data: hello.hello() })).result);
    }
    expect(results).toEqual([0, 0, R.OUT_OF_MEMORY]);
  });

  it('says why there is no evidence', async () => {
    const ta = await started({ onRpc: () => ({ result: R.COMMUNICATION, origin: 3, value: 0, parts: [] }) });
    const hello = new ChannelInitiator({ credential: { kind: 'key', pair }, accept: { evidence: () => {} } });
    expect(await ta.service({ service: 'channel-open', data: hello.hello() })).toMatchObject({
      result: R.COMMUNICATION,
      value: 0,
      parts: [],
    });
  });

  it('ends with an application that panics', async () => {
    const ta = await started({ manifest: { singleInstance: false, multiSession: false } });
    const other = (await ta.open()).session;
    const { id, channel } = await connect(ta);
    const data = channel.seal(encodeChannelRequest({ command: 4, inputs: [], maxOutput: undefined }));
    expect(await ta.service({ service: 'channel-call', id, data })).toMatchObject({
      result: R.TARGET_DEAD,
      parts: [],
    });
    expect((await ta.service({ service: 'channel-close', id })).result).toBe(R.TARGET_DEAD);
    // The domain and its other instances go on.
    const clear = [{ type: 6 as const, size: 200, buffer: new Uint8Array(0) }];
    expect((await ta.invoke(other, 5, clear)).result).toBe(0);
    expect(ta.exits).toEqual([]);
  });
});
