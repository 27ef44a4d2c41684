import { concatBytes, sm2, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { CHANNEL_REPORT_MARK, ChannelResponder, isChannelReportData } from '../../src/channel/index.ts';
import { openConfidentialQuery } from '../../src/confidential-query.ts';
import { encodeEvidence } from '../../src/evidence/software/codec.ts';
import { openRootKeyService } from '../../src/root-key-service.ts';
import { CONFORMANCE_TA_UUID, CONFORMANCE_TAS } from '../../src/spec/v1/conformance-ta.ts';
import type { ModuleServiceAnswer } from '../../src/spec/v1/module.ts';
import { failureOf, startTee } from '../support.ts';
import { appraiserOf, COPY, COUNT, type Host, pair, startEnclave } from './channel-support.ts';

const plain = (result: number, ...parts: readonly Uint8Array[]): ModuleServiceAnswer => ({
  result,
  origin: 3,
  value: 1,
  parts,
});
const flip = (bytes: Uint8Array, at: number): Uint8Array => bytes.map((b, i) => (i === at ? b ^ 1 : b));
const SECURITY = 'ERR_TEEC_SECURITY';

/** A host that does something to one service. */
const at =
  (service: string, act: Host): Host =>
  (request, next) =>
    request.service === service ? act(request, next) : next(request);
const changesAnswer = (service: string, change: (part: Uint8Array) => readonly Uint8Array[]): Host =>
  at(service, async (request, next) => {
    const answer = await next(request);
    return { ...answer, parts: change(answer.parts[0] as Uint8Array) };
  });
const changesRequest = (service: string, change: (data: Uint8Array) => Uint8Array): Host =>
  at(service, (request, next) =>
    next('data' in request ? { ...request, data: change(request.data) } : request),
  );

describe('[part of CC-006] a host between a client and an enclave', () => {
  it.each<[string, Host, string]>([
    ['changes M1', changesRequest('channel-open', (data) => flip(data, 40)), SECURITY],
    ['changes a nonce of M1', changesRequest('channel-open', (data) => flip(data, 10)), 'ERR_TEE_CHANNEL'],
    ['changes M2', changesAnswer('channel-open', (part) => [flip(part, 200)]), 'ERR_TEE_CHANNEL'],
    ['answers M1 with nothing', changesAnswer('channel-open', () => []), 'ERR_TEEC_COMMUNICATION'],
    ['answers M1 with two', changesAnswer('channel-open', (part) => [part, part]), 'ERR_TEEC_COMMUNICATION'],
    ['changes M3', changesRequest('channel-finish', (data) => flip(data, 30)), SECURITY],
    ['keeps M3 and says it was taken', at('channel-finish', async () => plain(0)), 'ERR_TEEC_COMMUNICATION'],
    [
      'keeps M3 and makes up the confirmation',
      at('channel-finish', async () => plain(0, new Uint8Array(32))),
      'ERR_TEE_CHANNEL',
    ],
    [
      'changes the confirmation',
      changesAnswer('channel-finish', (part) => [flip(part, 20)]),
      'ERR_TEE_CHANNEL',
    ],
    [
      'answers M1 for the application',
      at('channel-open', async () => ({ ...plain(0xffff0001), origin: 4 })),
      'ERR_TEE_CHANNEL',
    ],
    [
      'answers M3 for the application',
      at('channel-finish', async () => ({ ...plain(0xffff0001), origin: 4 })),
      'ERR_TEE_CHANNEL',
    ],
    [
      'reflects M1',
      at('channel-open', async (request) => plain(0, 'data' in request ? request.data : (request as never))),
      'ERR_TEE_CHANNEL',
    ],
  ])('opens no channel when it %s', async (_name, host, code) => {
    const { enclave, options } = await startEnclave(host);
    expect(await failureOf(() => enclave.secureChannel(options))).toMatchObject({ code });
    // The enclave itself goes on.
    expect(await enclave.call(COPY, utf8('x'))).toEqual(utf8('x'));
  });

  it('opens none to an application on a device of its own', async () => {
    const mine = await startTee({ mode: 'in-process' });
    const his = (await startTee({ mode: 'in-process' })).tee;
    const enclave = await his.enclaves().create(CONFORMANCE_TA_UUID);
    const failure = await failureOf(() =>
      enclave.secureChannel({ credential: { kind: 'key', pair }, appraise: appraiserOf(mine.tee) }),
    );
    expect(failure).toMatchObject({ code: 'ERR_TEE_CHANNEL_REFUSED', cause: expect.any(Error) });
  });

  it('opens none to another application of the device', async () => {
    const { tee } = await startTee({ mode: 'in-process' });
    const enclave = await tee.enclaves().create(CONFORMANCE_TAS.second);
    const options = { credential: { kind: 'key', pair }, appraise: appraiserOf(tee) } as const;
    expect(await failureOf(() => enclave.secureChannel(options))).toMatchObject({
      code: 'ERR_TEE_CHANNEL_REFUSED',
      cause: expect.objectContaining({ message: 'another application' }),
    });
    // Nor when the host sends the messages of this enclave's client there: the prologue names the application.
    const main = await startEnclave(async (request) => {
      const second = await tee.module.openSession(
        CONFORMANCE_TAS.second,
        { login: 0, uuid: '00000000-0000-0000-0000-000000000000' },
        [],
      );
      return tee.module.service(second.session as number, request);
    });
    expect(await failureOf(() => main.enclave.secureChannel(main.options))).toMatchObject({
      code: 'ERR_TEE_CHANNEL',
    });
  });

  it('cannot speak for the enclave with evidence that the enclave makes for its clients', async () => {
    // The host answers the client itself, with evidence that it has the real enclave make.
    let attest: (reportData: Uint8Array) => Promise<Uint8Array> = async () => new Uint8Array(1);
    const open = at('channel-open', async (request) => {
      const responder = new ChannelResponder({
        credential: { kind: 'evidence', attest: (reportData) => attest(reportData) },
        accept: { key: () => true },
        prologue: utf8(`cssi-enclave-channel/1 ${CONFORMANCE_TA_UUID}`),
      });
      return plain(0, await responder.answerAsync('data' in request ? request.data : new Uint8Array(0)));
    });
    const { enclave, options, tee } = await startEnclave(open);
    const real = await tee.enclaves().create(CONFORMANCE_TA_UUID);
    let asked = new Uint8Array(0);
    attest = async (reportData) => {
      asked = Uint8Array.from(reportData);
      return encodeEvidence(await real.evidence(reportData));
    };
    expect(await failureOf(() => enclave.secureChannel(options))).toMatchObject({
      code: 'ERR_TEEC_BAD_PARAMETERS',
      detail: expect.stringContaining('service=evidence'),
    });
    expect(isChannelReportData(asked)).toBe(true);
    // What it can have made says nothing of the handshake.
    for (const near of [
      (reportData: Uint8Array) => real.evidence(reportData.subarray(0, 32)),
      (reportData: Uint8Array) => real.evidence(reportData.subarray(0, 63)),
      (reportData: Uint8Array) => real.evidence(reportData.subarray(0, 32), reportData.subarray(32)),
      (reportData: Uint8Array) => real.evidence(new Uint8Array(64), reportData),
    ]) {
      attest = async (reportData) => encodeEvidence(await near(reportData));
      expect(await failureOf(() => enclave.secureChannel(options))).toMatchObject({
        code: 'ERR_TEE_CHANNEL_REFUSED',
        cause: expect.objectContaining({ message: expect.stringContaining('NONCE_MISMATCH') }),
      });
    }
  });

  it('gets no such evidence from the built-in applications either', async () => {
    const { tee } = await startTee({ mode: 'in-process' });
    const marked = concatBytes(new Uint8Array(32).fill(1), CHANNEL_REPORT_MARK);
    const other = flip(marked, 63);
    for (const service of [await openRootKeyService(tee), await openConfidentialQuery(tee)]) {
      expect(await failureOf(() => service.evidence(marked))).toMatchObject({
        code: 'ERR_TEEC_BAD_PARAMETERS',
        origin: 4,
      });
      expect((await service.evidence(other)).certificates.length).toBeGreaterThan(0);
      await service.close();
    }
  });

  it('knows no key of a client: another key is another peer, and no key none', async () => {
    const forged = { ...sm2.generateKeyPair(), publicKey: pair.publicKey };
    const { enclave, options } = await startEnclave();
    expect(
      await failureOf(() => enclave.secureChannel({ ...options, credential: { kind: 'key', pair: forged } })),
    ).toMatchObject({ code: SECURITY });
  });

  it.each<[string, Host, string]>([
    ['changes a call', changesRequest('channel-call', (data) => flip(data, data.length - 1)), SECURITY],
    ['cuts a call', changesRequest('channel-call', (data) => data.subarray(0, 20)), SECURITY],
    [
      'changes an answer',
      changesAnswer('channel-call', (part) => [flip(part, part.length - 1)]),
      'ERR_TEE_CHANNEL',
    ],
    ['makes up an answer', at('channel-call', async () => plain(0, new Uint8Array(64))), 'ERR_TEE_CHANNEL'],
    [
      'gives the call back',
      at('channel-call', async (request) => plain(0, 'data' in request ? request.data : (request as never))),
      'ERR_TEE_CHANNEL',
    ],
    // An answer of the application comes sealed: a client has to be able to tell them apart.
    [
      'answers for the application',
      at('channel-call', async () => ({ ...plain(0xffff0010), origin: 4 })),
      'ERR_TEE_CHANNEL',
    ],
    [
      'says there is no such channel',
      at('channel-call', async () => plain(0xffff0008)),
      'ERR_TEEC_ITEM_NOT_FOUND',
    ],
  ])('ends the channel when it %s', async (_name, host, code) => {
    const { enclave, options } = await startEnclave(host);
    const channel = await enclave.secureChannel(options);
    expect(await failureOf(() => channel.call(COPY, utf8('x')))).toMatchObject({ code });
    expect(await failureOf(() => channel.call(COPY, utf8('x')))).toMatchObject({ code: 'ERR_TEE_CHANNEL' });
    expect(await failureOf(async () => channel.exportKey(utf8('a'), 16))).toMatchObject({
      code: 'ERR_TEE_CHANNEL',
    });
    await channel.close();
  });

  it('loses a call: nothing was done, and the next one is', async () => {
    let lose = true;
    const host = at('channel-call', async (request, next) => {
      if (!lose) return next(request);
      lose = false;
      return plain(0xffff000d);
    });
    const { enclave, options } = await startEnclave(host);
    const channel = await enclave.secureChannel(options);
    expect(await failureOf(() => channel.call(COPY, utf8('x')))).toMatchObject({ code: 'ERR_TEEC_BUSY' });
    expect(await channel.call(COPY, utf8('y'))).toEqual(utf8('y'));
  });

  it('replays a call: it takes effect once, and the channel ends', async () => {
    const seen: Uint8Array[] = [];
    const host = at('channel-call', async (request, next) => {
      const data = 'data' in request ? request.data.slice() : new Uint8Array(0);
      if (seen.length > 0) return next({ ...request, data: seen[0] } as never);
      seen.push(data);
      return next(request);
    });
    const { enclave, options } = await startEnclave(host);
    const channel = await enclave.secureChannel(options);
    expect(await channel.call(COPY, utf8('once'))).toEqual(utf8('once'));
    expect(await failureOf(() => channel.call(COPY, utf8('twice')))).toMatchObject({ code: SECURITY });
  });

  it('gives the answer to an earlier call, or that of another channel', async () => {
    const answers: Uint8Array[] = [];
    let held = false;
    const host = at('channel-call', async (request, next) => {
      const answer = await next(request);
      answers.push((answer.parts[0] as Uint8Array).slice());
      return held ? { ...answer, parts: [answers[0] as Uint8Array] } : answer;
    });
    const { enclave, options } = await startEnclave(host);
    const [one, two] = [await enclave.secureChannel(options), await enclave.secureChannel(options)];
    await one.call(COPY, utf8('first'));
    held = true;
    expect(await failureOf(() => two.call(COPY, utf8('second')))).toMatchObject({ code: 'ERR_TEE_CHANNEL' });
    expect(await failureOf(() => one.call(COPY, utf8('third')))).toMatchObject({ code: 'ERR_TEE_CHANNEL' });
  });

  it('uses channels of other sessions, unknown ones, and steps out of order', async () => {
    const { tee, enclave, options } = await startEnclave();
    const channel = await enclave.secureChannel(options);
    const client = { login: 0, uuid: '00000000-0000-0000-0000-000000000000' } as const;
    const { session = 0 } = await tee.module.openSession(CONFORMANCE_TA_UUID, client, []);
    const service = (request: Parameters<typeof tee.module.service>[1]) =>
      tee.module.service(session, request);
    const data = new Uint8Array(64);
    for (const id of [1, 0, 99]) {
      expect(await service({ service: 'channel-call', id, data })).toMatchObject({ result: 0xffff0008 });
      expect(await service({ service: 'channel-finish', id, data })).toMatchObject({ result: 0xffff0008 });
      expect(await service({ service: 'channel-close', id })).toMatchObject({ result: 0 });
    }
    for (const bad of [new Uint8Array(0), data, concatBytes(Uint8Array.of(1, 1), data)]) {
      expect(await service({ service: 'channel-open', data: bad })).toMatchObject({ result: 0xffff000f });
    }
    const huge = new Uint8Array(600_000);
    expect(await service({ service: 'channel-open', data: huge })).toMatchObject({ result: 0xffff000c });
    expect(await channel.call(COPY, utf8('undisturbed'))).toEqual(utf8('undisturbed'));
    expect(await failureOf(() => channel.call(COUNT, []))).toMatchObject({ origin: 4 });
  });
});
