import { toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import type { SecureChannel } from '../../src/channel/index.ts';
import { failure, run } from './support.ts';

const exported = (channel: SecureChannel, label: string, length = 32): string => {
  const key = channel.exportKey(utf8(label), length);
  try {
    return key.use((bytes) => toHex(bytes));
  } finally {
    key.destroy();
  }
};

describe('[part of CC-006] the channel after the handshake', () => {
  it('takes each frame once and in order, each way', () => {
    const { client, enclave } = run();
    const frames = ['a', 'b', 'c'].map((text) => client.channel.seal(utf8(text)));
    expect(enclave.channel.open(frames[0] as Uint8Array)).toEqual(utf8('a'));
    // One that is lost is lost; the next is taken.
    expect(enclave.channel.open(frames[2] as Uint8Array)).toEqual(utf8('c'));
    expect(failure(() => enclave.channel.open(frames[1] as Uint8Array))).toBe('ERR_TEE_CHANNEL reason=order');
    expect(enclave.channel.dead).toBe(true);
    expect(failure(() => enclave.channel.seal(utf8('d')))).toBe('ERR_TEE_CHANNEL reason=dead');
  });

  it('takes no answer to an earlier question, no frame of its own and none of another channel', () => {
    for (const deliver of [
      ({ client, enclave }: ReturnType<typeof run>) => {
        enclave.channel.open(client.channel.seal(utf8('first')));
        const late = enclave.channel.seal(utf8('answer to the first'));
        client.channel.seal(utf8('second'));
        return late;
      },
      ({ client }: ReturnType<typeof run>) => client.channel.seal(utf8('question')),
      () => {
        const other = run();
        other.enclave.channel.open(other.client.channel.seal(utf8('question')));
        return other.enclave.channel.seal(utf8('answer'));
      },
    ]) {
      const pair = run();
      const frame = deliver(pair);
      expect(failure(() => pair.client.channel.open(frame))).toMatch(/^ERR_TEE_CHANNEL reason=/);
      expect(pair.client.channel.dead).toBe(true);
    }
  });

  it('takes no frame that was changed or cut anywhere', () => {
    const sample = run().client.channel.seal(utf8('text'));
    for (let at = 0; at < sample.length; at++) {
      const { client, enclave } = run();
      const frame = client.channel.seal(utf8('text'));
      frame[at] = (frame[at] as number) ^ 1;
      expect([at, failure(() => enclave.channel.open(frame))]).toEqual([
        at,
        expect.stringMatching(/^ERR_TEE_CHANNEL reason=(frame|order)/),
      ]);
    }
    for (let length = 0; length < sample.length; length++) {
      const { client, enclave } = run();
      const frame = client.channel.seal(utf8('text')).subarray(0, length);
      expect(failure(() => enclave.channel.open(frame))).toBe('ERR_TEE_CHANNEL reason=frame');
    }
  });

  it('exports the same keys at both ends, each label and length its own', () => {
    const { client, enclave } = run();
    const names: readonly (readonly [string, number])[] = [
      ['a', 16],
      ['a', 32],
      ['a', 64],
      ['b', 32],
      ['a\0', 32],
      ['a'.repeat(64), 32],
    ];
    const keys = names.map(([label, length]) => exported(client.channel, label, length));
    expect(names.map(([label, length]) => exported(enclave.channel, label, length))).toEqual(keys);
    expect(keys.map((key) => key.length / 2)).toEqual([16, 32, 64, 32, 32, 32]);
    // A short key is not the beginning of a long one.
    expect(new Set(keys.map((key) => key.slice(0, 32))).size).toBe(keys.length);
    // Use of the channel changes nothing.
    enclave.channel.open(client.channel.seal(utf8('x')));
    expect(exported(client.channel, 'a')).toBe(exported(enclave.channel, 'a'));
    expect(exported(run().client.channel, 'a')).not.toBe(exported(client.channel, 'a'));
  });

  it.each<[string, unknown, unknown]>([
    ['an empty label', new Uint8Array(0), 32],
    ['a long label', new Uint8Array(65), 32],
    ['a label that is text', 'label', 32],
    ['a short key', new Uint8Array(1), 15],
    ['a long key', new Uint8Array(1), 65],
    ['half a byte', new Uint8Array(1), 16.5],
  ])('exports nothing for %s', (_name, label, length) => {
    const { channel } = run().client;
    expect(failure(() => channel.exportKey(label as Uint8Array, length as number))).toMatch(
      /^ERR_TEE_OPTION_INVALID option=/,
    );
  });

  it('exports nothing after its end, by whoever', () => {
    const { client, enclave } = run();
    client.channel.destroy();
    client.channel.destroy();
    expect(failure(() => exported(client.channel, 'a'))).toBe('ERR_TEE_CHANNEL reason=dead');
    expect(failure(() => enclave.channel.open(new Uint8Array(40)))).toMatch(/^ERR_TEE_CHANNEL/);
    expect(failure(() => exported(enclave.channel, 'a'))).toBe('ERR_TEE_CHANNEL reason=dead');
  });
});
