import { SmError } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import {
  CIPHERTEXT_HEADER_BYTES,
  decodeCiphertext,
  isKeyTransition,
  KMS_MAX_CIPHERTEXT_BYTES,
} from '../src/index.ts';
import { dataBinding } from '../src/spec/v1/binding.ts';
import { ciphertextHeader, encodeCiphertext } from '../src/spec/v1/ciphertext.ts';
import { seeded } from './support/random.ts';

const codeOf = (bytes: Uint8Array): string => {
  try {
    decodeCiphertext(bytes);
    return 'accepted';
  } catch (error) {
    expect(error).toBeInstanceOf(SmError);
    return (error as SmError).code;
  }
};

const sample = (version = 258): Uint8Array =>
  encodeCiphertext(ciphertextHeader('SM4', version), new Uint8Array(12).fill(2), new Uint8Array(20).fill(3));

describe('ciphertext format 1', () => {
  it('lays format, algorithm and version out as written down', () => {
    const bytes = sample();
    expect([...bytes.subarray(0, CIPHERTEXT_HEADER_BYTES)]).toEqual([1, 1, 0, 0, 1, 2]);
    const parts = decodeCiphertext(bytes);
    expect([parts.algorithm, parts.version, parts.nonce.length, parts.body.length]).toEqual([
      'SM4',
      258,
      12,
      20,
    ]);
    expect([...ciphertextHeader('SM2', 1)]).toEqual([1, 2, 0, 0, 0, 1]);
  });

  it('reads from the middle of a larger buffer', () => {
    const large = new Uint8Array(100);
    large.set(sample(7), 31);
    expect(decodeCiphertext(large.subarray(31, 31 + sample().length)).version).toBe(7);
  });

  it.each<[string, (bytes: Uint8Array) => Uint8Array]>([
    ['nothing', () => new Uint8Array(0)],
    ['the header alone', (bytes) => bytes.subarray(0, 6)],
    ['no room for the tag', (bytes) => bytes.subarray(0, 6 + 12 + 15)],
    ['another format', (bytes) => Uint8Array.of(2, ...bytes.subarray(1))],
    ['another algorithm', (bytes) => Uint8Array.of(1, 3, ...bytes.subarray(2))],
    ['version 0', (bytes) => Uint8Array.of(1, 1, 0, 0, 0, 0, ...bytes.subarray(6))],
    ['version 1001', (bytes) => Uint8Array.of(1, 1, 0, 0, 3, 233, ...bytes.subarray(6))],
    ['a byte too many', () => new Uint8Array(KMS_MAX_CIPHERTEXT_BYTES + 1).fill(1)],
  ])('refuses %s', (_what, change) => {
    expect(codeOf(change(sample()))).toBe('ERR_DECRYPT_FAILED');
  });

  it('has one code for whatever bytes come', () => {
    const below = seeded('ciphertext noise');
    for (let i = 0; i < 2000; i++) {
      const bytes = Uint8Array.from({ length: below(60) }, () => below(256) % (i % 3 === 0 ? 4 : 256));
      expect(['accepted', 'ERR_DECRYPT_FAILED']).toContain(codeOf(bytes));
    }
  });

  it('binds data so that no part can move into its neighbour', () => {
    const header = ciphertextHeader('SM4', 1);
    const none = new Uint8Array(0);
    const bindings = [
      dataBinding('ab', 'c', header, none),
      dataBinding('a', 'bc', header, none),
      dataBinding('a', 'b', header, Uint8Array.of(0x63)),
      dataBinding('a', 'bc', header.subarray(1), none),
      dataBinding('a', 'bc', ciphertextHeader('SM4', 2), none),
    ];
    expect(new Set(bindings.map((bytes) => bytes.join())).size).toBe(bindings.length);
  });
});

describe('state machine', () => {
  it('has no way back from destroyed and none past disabled', () => {
    const states = ['enabled', 'disabled', 'destroyed'] as const;
    const ways = states.flatMap((from) =>
      states.filter((to) => isKeyTransition(from, to)).map((to) => `${from}>${to}`),
    );
    expect(ways).toEqual(['enabled>disabled', 'disabled>enabled', 'disabled>destroyed']);
  });
});
