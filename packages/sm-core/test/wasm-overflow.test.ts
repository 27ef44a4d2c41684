import { describe, expect, it } from 'vitest';
import { nobleEngine } from '../src/adapters/noble.ts';
import { createKernel, type Kernel } from '../src/adapters/wasm/kernel.ts';
import { createWasmSm2 } from '../src/adapters/wasm/sm2.ts';
import { createWasmSm3 } from '../src/adapters/wasm/sm3.ts';
import { createWasmSm4 } from '../src/adapters/wasm/sm4.ts';
import { createWasmZuc } from '../src/adapters/wasm/zuc.ts';
import { toHex, utf8 } from '../src/index.ts';
import { seededBytes } from './support/seeded.ts';

const SEED = 'overflow';
console.info(`seed ${SEED}`);
const bytes = seededBytes(SEED);
const [d, e, k, key, data] = [bytes(32), bytes(32), bytes(32), bytes(16), bytes(3000)];
for (const value of [d, k]) value[0]! &= 0x7f;
const random = { fill: (out: Uint8Array) => out.set(k) };
const peer = nobleEngine.sm2PublicKey(d);
const signature = nobleEngine.sm2SignDigest(d, e, random);

function engineOf(kernel: Kernel) {
  const sm3 = createWasmSm3(kernel);
  return {
    ...sm3,
    ...createWasmSm2(kernel, sm3.sm3),
    ...createWasmSm4(kernel),
    ...createWasmZuc(kernel),
  };
}

/** Uses up the stack and calls `action` at each depth on the way back, until it succeeds. */
function atTheEndOfTheStack(action: () => void): number {
  let failures = 0;
  let done = false;
  const descend = (depth: number): void => {
    if (depth < 200_000) {
      try {
        descend(depth + 1);
      } catch {
        // the stack is used up: on the way back there is more and more of it
      }
    }
    if (done) return;
    try {
      action();
      done = true;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      failures++;
    }
  };
  descend(0);
  return failures;
}

describe.each([
  ['with SIMD', true],
  ['without SIMD', false],
] as const)('a stack that overflows inside the kernel %s', (_name, simd) => {
  const kernel = createKernel(simd);
  const engine = engineOf(kernel);
  const sm4 = engine.sm4(key);
  const prepared = engine.sm2PreparePublic(peer);
  const out = new Uint8Array(data.length);

  /** Everything once, compared with the engine in TypeScript. */
  function expectRight(): void {
    expect(toHex(engine.sm2PublicKey(d))).toBe(toHex(peer));
    expect(toHex(engine.sm2SignDigest(d, e, random))).toBe(toHex(signature));
    expect(engine.sm2VerifyDigest(peer, e, signature)).toBe(true);
    expect(prepared.verifyDigest(e, signature)).toBe(true);
    expect(prepared.verifyDigest(k, signature)).toBe(false);
    expect(toHex(engine.sm3Digest(data))).toBe(toHex(nobleEngine.sm3Digest(data)));
    const expected = new Uint8Array(data.length);
    const [y, expectedY] = [new Uint8Array(16), new Uint8Array(16)];
    engine.sm4Gcm(key).gcmEncrypt(new Uint8Array(16), y, data, out);
    nobleEngine.sm4Gcm(key).gcmEncrypt(new Uint8Array(16), expectedY, data, expected);
    expect([toHex(out), toHex(y)]).toEqual([toHex(expected), toHex(expectedY)]);
    const [words, expectedWords] = [new Uint32Array(9), new Uint32Array(9)];
    engine.zuc(key, key).words(words);
    nobleEngine.zuc(key, key).words(expectedWords);
    expect(words).toEqual(expectedWords);
  }

  /** Nothing of key or data stands anywhere in the module. */
  function expectNoTrace(): void {
    const memory = Buffer.from(kernel.memory.buffer as ArrayBuffer);
    for (const secret of [d, k, key, data.subarray(0, 32), utf8('no such text')])
      expect(memory.includes(Buffer.from(secret))).toBe(false);
  }

  it.each<readonly [string, () => void]>([
    ['signing', () => void engine.sm2SignDigest(d, e, random)],
    ['verifying', () => void engine.sm2VerifyDigest(peer, e, signature)],
    ['verifying with a table', () => void prepared.verifyDigest(e, signature)],
    ['multiplying', () => void engine.sm2Multiply(d, peer)],
    ['hashing', () => void engine.sm3Digest(data)],
    ['hashing side by side', () => void engine.sm3Many([data, data, data, data])],
    ['CTR', () => sm4.ctr(new Uint8Array(16), data, out)],
    ['a GCM key', () => engine.sm4Gcm(key).ghash(new Uint8Array(16), data)],
    ['ZUC', () => engine.zuc(key, key).words(new Uint32Array(64))],
  ])('in %s does no lasting harm and leaves no secret', (_what, action) => {
    let failures = 0;
    for (let round = 0; round < 12; round++) {
      failures += atTheEndOfTheStack(action);
      expectRight();
    }
    expect(failures).toBeGreaterThan(0);
    expectNoTrace();
  });

  it('did happen inside the module, which was put back to its beginning', () => {
    expect(kernel.restarts).toBeGreaterThan(0);
  });
});
