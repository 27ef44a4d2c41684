import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { sm3Digest, sm3Many } from '../src/adapters/noble/sm3.ts';
import { nobleEngine } from '../src/adapters/noble.ts';
import { createKernel } from '../src/adapters/wasm/kernel.ts';
import { createWasmSm3 } from '../src/adapters/wasm/sm3.ts';
import { runSuite, smEngineSuite } from '../src/conformance/index.ts';
import { toHex } from '../src/index.ts';
import { seededBytes, TEST_SEED } from './support/seeded.ts';

const random = seededBytes('wasm-sm3');
/** Another implementation of SM3: OpenSSL. */
const reference = (...parts: readonly Uint8Array[]): string => {
  const hash = createHash('sm3');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};
const MODULES = [true, false].map((simd) => {
  const kernel = createKernel(simd);
  return [kernel.path, kernel, createWasmSm3(kernel)] as const;
});
const below = (bound: number): number => {
  const [a, b, c] = random(3);
  return ((a! << 16) | (b! << 8) | c!) % bound;
};

describe.each(MODULES)('SM3 of the module %s', (_path, kernel, engine) => {
  it('equals OpenSSL for 0 to 300 bytes, whole, in parts and in random pieces', () => {
    for (let length = 0; length <= 300; length++) {
      const message = random(length);
      const expected = reference(message);
      const cut = below(length + 1);
      expect(toHex(engine.sm3Digest(message)), `${length} bytes`).toBe(expected);
      expect(toHex(engine.sm3Digest(message.subarray(0, cut), message.subarray(cut)))).toBe(expected);
      const running = engine.sm3();
      for (let at = 0; at < length; ) {
        const piece = below(Math.min(length - at, 130) + 1);
        running.update(message.subarray(at, at + piece));
        at += piece;
      }
      expect(toHex(running.clone().digest()), `clone of ${length} bytes in pieces`).toBe(expected);
      expect(toHex(running.digest()), `${length} bytes in pieces`).toBe(expected);
    }
  });

  it('equals OpenSSL where a message takes several turns through the module', () => {
    for (const length of [16383, 16384, 16385, 16447, 16448, 32767, 32768, 32769, 100001]) {
      const message = random(length);
      const expected = reference(message);
      const cut = below(length);
      const [head, tail] = [message.subarray(0, cut), message.subarray(cut)];
      expect(toHex(engine.sm3Digest(message)), `${length} bytes`).toBe(expected);
      expect(toHex(engine.sm3Digest(head, tail)), `${length} bytes cut at ${cut}`).toBe(expected);
      expect(toHex(engine.sm3().update(message).digest())).toBe(expected);
      expect(toHex(engine.sm3().update(head).update(tail).digest())).toBe(expected);
    }
  });

  it('equals OpenSSL for many messages of random lengths', () => {
    for (let round = 0; round < 60; round++) {
      const bound = [1, 70, 200, 2000, 40000][round % 5]!;
      const messages = Array.from({ length: below(round < 10 ? 10 : 30) }, () => random(below(bound)));
      expect(engine.sm3Many(messages).map(toHex)).toEqual(messages.map((message) => reference(message)));
    }
  });

  it('leaves nothing in the memory of the module', () => {
    const before = Uint8Array.from(kernel.memory);
    const message = random(50_000).fill(0xc3, 20_000);
    engine.sm3Digest(message);
    engine.sm3Digest(message.subarray(0, 40), message.subarray(0, 60));
    const running = engine.sm3().update(message.subarray(0, 200)).update(message.subarray(0, 1));
    running.clone().digest();
    engine.sm3Many([message, message, message, message.subarray(1), message.subarray(0, 9)]);
    engine.sm3Many([1, 100, 60, 9].map((length) => message.subarray(0, length)));
    const stack = 24 * 1024; // lengths, but never bytes of a message
    expect(kernel.memory.subarray(stack).every((byte, i) => byte === before[stack + i])).toBe(true);
  });

  it('passes the SM3 cases of the conformance suite', async () => {
    const cases = smEngineSuite.cases.filter((item) => item.id.startsWith('sm3.'));
    const subject = { ...nobleEngine, ...engine };
    const capabilities = new Set(['sm3', 'sm3.many', 'hmac-sm3']);
    const report = await runSuite(
      { ...smEngineSuite, cases },
      { name: 'wasm', capabilities, subject },
      { seed: TEST_SEED, now: new Date('2026-12-01T00:00:00Z') },
    );
    expect(report.results.filter((item) => item.outcome !== 'pass')).toEqual([]);
    expect(report.passed).toBeGreaterThan(20);
  });
});

it('the length in bits may need more than 32 bits', { timeout: 30_000 }, () => {
  const piece = new Uint8Array(1 << 20).fill(0x61);
  const running = MODULES[0]![2].sm3();
  for (let i = 0; i < 513; i++) running.update(piece);
  // 513 MiB of 0x61, digest by OpenSSL.
  const expected = '3f802de5739138ed568d792328c2b995d00c5fd12c2badb37697940a2f0086ba';
  expect(toHex(running.digest())).toBe(expected);
});

describe('SM3 in TypeScript', () => {
  it('equals OpenSSL for 0 to 300 bytes and for many messages', () => {
    const messages = Array.from({ length: 301 }, (_, length) => random(length));
    const expected = messages.map((message) => reference(message));
    expect(sm3Many(messages).map(toHex)).toEqual(expected);
    for (const [length, message] of messages.entries()) {
      const cut = below(length + 1);
      expect(toHex(sm3Digest(message.subarray(0, cut), message.subarray(cut)))).toBe(expected[length]);
    }
  });
});
