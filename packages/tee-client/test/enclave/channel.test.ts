import { randomBytes, sm2, sm3, toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { CHANNEL_REPORT_MARK } from '../../src/channel/index.ts';
import { CONFORMANCE_TAS } from '../../src/spec/v1/conformance-ta.ts';
import { KEY_VAULT_COMMANDS, KEY_VAULT_UUID } from '../../src/spec/v1/key-vault.ts';
import { failureOf, startTee } from '../support.ts';
import { CALL, COPY, PANIC, PEER_PROGRAM, pair, peerIn, startEnclave } from './channel-support.ts';

const ITEM_NOT_FOUND = 'ffff0008';

describe('[part of CC-006] a channel into an enclave', () => {
  it('carries calls that the host cannot read', async () => {
    const { enclave, options, wire } = await startEnclave();
    const channel = await enclave.secureChannel(options);
    for (const size of [0, 1, 1000, 65_536, (1 << 20) - 128]) {
      const input = randomBytes(size);
      const answer = await channel.call(COPY, input, { maxOutput: size });
      expect(Buffer.compare(answer, input)).toBe(0);
      const head = Buffer.from(input.subarray(0, 16));
      if (size >= 16) expect(wire.some((data) => Buffer.from(data).includes(head))).toBe(false);
    }
    await channel.close();
    // Without the channel the host reads the same.
    const evident = randomBytes(64);
    expect(await enclave.call(COPY, evident)).toEqual(evident);
  });

  it('tells the application whose key is at the other end, in calls by the channel alone', async () => {
    const { enclave, options } = await startEnclave();
    const first = await enclave.secureChannel(options);
    const other = sm2.generateKeyPair();
    const second = await enclave.secureChannel({ ...options, credential: { kind: 'key', pair: other } });
    expect(peerIn(await first.call(CALL, PEER_PROGRAM))).toBe(toHex(sm3(pair.publicKey)));
    expect(peerIn(await second.call(CALL, PEER_PROGRAM))).toBe(toHex(sm3(other.publicKey)));
    expect(peerIn(await enclave.call(CALL, PEER_PROGRAM))).toBe(ITEM_NOT_FOUND);
    expect(peerIn(await first.call(CALL, PEER_PROGRAM))).toBe(toHex(sm3(pair.publicKey)));
  });

  it('answers as the application does, errors too', async () => {
    const { enclave, options } = await startEnclave();
    const channel = await enclave.secureChannel(options);
    expect(await failureOf(() => channel.call(COPY, utf8('longer'), { maxOutput: 2 }))).toMatchObject({
      code: 'ERR_TEEC_SHORT_BUFFER',
      origin: 4,
      detail: expect.stringContaining('required=6'),
    });
    expect(await failureOf(() => channel.call(999, utf8('x')))).toMatchObject({
      code: 'ERR_TEEC_NOT_SUPPORTED',
      origin: 4,
    });
    expect(await failureOf(() => channel.call(COPY, utf8('x'), { output: false }))).toMatchObject({
      code: 'ERR_TEEC_BAD_PARAMETERS',
      origin: 4,
    });
    expect(await channel.call(COPY, utf8('still there'))).toEqual(utf8('still there'));
  });

  it('takes calls in the order they were made', async () => {
    const { enclave, options } = await startEnclave();
    const channel = await enclave.secureChannel(options);
    const done: number[] = [];
    const calls = Array.from({ length: 12 }, async (_, i) => {
      const answer = await channel.call(COPY, Uint8Array.of(i));
      done.push(i);
      return answer[0];
    });
    const closing = channel.close();
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 12 }, (_, i) => i));
    expect(done).toEqual([...done].sort((a, b) => a - b));
    await closing;
    await channel.close();
    expect(await failureOf(() => channel.call(COPY, utf8('x')))).toMatchObject({
      code: 'ERR_TEEC_BAD_STATE',
    });
    expect(await failureOf(async () => channel.exportKey(utf8('a'), 32))).toMatchObject({
      code: 'ERR_TEEC_BAD_STATE',
    });
  });

  it('copies inputs before the call returns, and checks them', async () => {
    const { enclave, options } = await startEnclave();
    const channel = await enclave.secureChannel(options);
    const input = utf8('as it was');
    const call = channel.call(COPY, input);
    input.fill(0);
    expect(await call).toEqual(utf8('as it was'));
    for (const [command, bytes, callOptions] of [
      [-1, utf8('x'), {}],
      [COPY, 'text', {}],
      [COPY, [utf8('x'), 'text'], {}],
      [COPY, Array.from({ length: 4 }, () => utf8('x')), {}],
      [COPY, Array.from({ length: 5 }, () => utf8('x')), { output: false }],
      [COPY, utf8('x'), { maxOutput: 1 << 20 }],
      [COPY, utf8('x'), { maxOutput: -1 }],
      [COPY, utf8('x'), { signal: {} }],
    ] as const) {
      expect(
        await failureOf(() => channel.call(command, bytes as never, callOptions as never)),
      ).toMatchObject({
        code: 'ERR_TEEC_BAD_PARAMETERS',
        origin: 1,
      });
    }
    const large = new Uint8Array(1 << 20);
    expect(await failureOf(() => channel.call(COPY, large))).toMatchObject({
      code: 'ERR_TEEC_OUT_OF_MEMORY',
    });
    const halves = [large.subarray(0, 1 << 19), large.subarray(0, 1 << 19)];
    expect(await failureOf(() => channel.call(COPY, halves))).toMatchObject({
      code: 'ERR_TEEC_OUT_OF_MEMORY',
      origin: 1,
    });
    expect(await channel.call(COPY, utf8('x'))).toEqual(utf8('x'));
  });

  it('can be cancelled before it begins, and goes on', async () => {
    const { enclave, options } = await startEnclave();
    const channel = await enclave.secureChannel(options);
    const controller = new AbortController();
    controller.abort();
    expect(await failureOf(() => channel.call(COPY, utf8('x'), { signal: controller.signal }))).toMatchObject(
      {
        code: 'ERR_TEEC_CANCEL',
        origin: 1,
      },
    );
    expect(await channel.call(COPY, utf8('y'))).toEqual(utf8('y'));
  });

  it('ends with the enclave and with the application', async () => {
    const { enclave, options } = await startEnclave();
    const [one, two] = [await enclave.secureChannel(options), await enclave.secureChannel(options)];
    expect(await failureOf(() => one.call(PANIC, utf8('')))).toMatchObject({
      code: 'ERR_TEEC_TARGET_DEAD',
      origin: 3,
    });
    expect(await failureOf(() => two.call(COPY, utf8('x')))).toMatchObject({ code: 'ERR_TEEC_TARGET_DEAD' });
    expect(await failureOf(async () => two.exportKey(utf8('a'), 16))).toMatchObject({
      code: 'ERR_TEEC_TARGET_DEAD',
    });
    await two.close();
    const again = await startEnclave();
    const channel = await again.enclave.secureChannel(again.options);
    await again.enclave.destroy();
    expect(await failureOf(() => channel.call(COPY, utf8('x')))).toMatchObject({
      code: 'ERR_TEEC_BAD_STATE',
    });
    await channel.close();
  });

  it('is limited in number, and given back', async () => {
    const { enclave, options } = await startEnclave();
    const channels = [];
    for (let i = 0; i < 16; i++) channels.push(await enclave.secureChannel(options));
    expect(await failureOf(() => enclave.secureChannel(options))).toMatchObject({ code: 'ERR_TEEC_BUSY' });
    await channels[3]?.close();
    const channel = await enclave.secureChannel(options);
    expect(await channel.call(COPY, utf8('x'))).toEqual(utf8('x'));
    // Handshakes that come to nothing leave nothing behind.
    await channel.close();
    for (let i = 0; i < 20; i++) {
      const refusing = { ...options, appraise: () => Promise.reject(new Error('late')) as never };
      expect(await failureOf(() => enclave.secureChannel(refusing))).toMatchObject({
        code: 'ERR_TEE_CHANNEL_REFUSED',
      });
    }
    await enclave.secureChannel(options);
  });

  it.each<[string, object]>([
    ['no options', undefined as never],
    ['an anonymous client', { credential: { kind: 'anonymous' } }],
    ['a client with evidence', { credential: { kind: 'evidence', attest: () => new Uint8Array(1) } }],
    ['no judgement of the evidence', { appraise: undefined }],
  ])('is not opened with %s', async (_name, changes) => {
    const { enclave, options, wire } = await startEnclave();
    const given = changes === undefined ? undefined : { ...options, ...changes };
    expect(await failureOf(() => enclave.secureChannel(given as never))).toMatchObject({
      code: 'ERR_TEEC_BAD_PARAMETERS',
      origin: 1,
    });
    expect(wire).toEqual([]);
  });

  it('is not there for an application whose manifest does not declare it, and that is reported', async () => {
    const { tee, events } = await startTee({ mode: 'in-process' });
    const enclave = await tee.enclaves().create(CONFORMANCE_TAS.limited);
    const options = { credential: { kind: 'key', pair }, appraise: () => {} } as const;
    expect(await failureOf(() => enclave.secureChannel(options))).toMatchObject({
      code: 'ERR_TEEC_ACCESS_DENIED',
      origin: 3,
    });
    expect(events.some(({ kind }) => kind === 'undeclared-call')).toBe(true);
  });

  it('does not let a client have evidence made that would serve in a handshake', async () => {
    const { enclave } = await startEnclave();
    const nonce = new Uint8Array(64);
    nonce.set(CHANNEL_REPORT_MARK, 32);
    expect(await failureOf(() => enclave.evidence(nonce))).toMatchObject({ code: 'ERR_TEEC_BAD_PARAMETERS' });
    nonce[63] = (nonce[63] as number) ^ 1;
    expect((await enclave.evidence(nonce)).certificates.length).toBeGreaterThan(0);
  });
});

describe('[part of CC-006, CC-002] keys given to the vault by a channel', () => {
  it('are not seen by the host, which carries them', async () => {
    const { enclave, options, wire } = await startEnclave(undefined, KEY_VAULT_UUID);
    const channel = await enclave.secureChannel(options);
    const key = randomBytes(16);
    const template = utf8('{"access":[],"label":"provisioned","type":"SM4","usages":["decrypt","encrypt"]}');
    const described = await channel.call(KEY_VAULT_COMMANDS.IMPORT, [template, key]);
    const { id, label } = JSON.parse(new TextDecoder().decode(described)) as { id: string; label: string };
    expect(label).toBe('provisioned');
    const bytes = Uint8Array.from(Buffer.from(id, 'hex'));
    const sealed = await channel.call(KEY_VAULT_COMMANDS.ENCRYPT, [bytes, utf8('text'), utf8('aad')]);
    const opened = await channel.call(KEY_VAULT_COMMANDS.DECRYPT, [bytes, sealed, utf8('aad')]);
    expect(opened).toEqual(utf8('text'));
    expect(await channel.call(KEY_VAULT_COMMANDS.DELETE, bytes, { output: false })).toHaveLength(0);
    expect(wire.length).toBeGreaterThan(8);
    for (const data of wire) {
      expect(Buffer.from(data).includes(Buffer.from(key))).toBe(false);
      expect(Buffer.from(data).includes('provisioned')).toBe(false);
    }
  });
});
