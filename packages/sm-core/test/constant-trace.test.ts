import { describe, expect, it } from 'vitest';
import { createWasmSm2 } from '../src/adapters/wasm/sm2.ts';
import { createWasmSm3 } from '../src/adapters/wasm/sm3.ts';
import { createWasmSm4 } from '../src/adapters/wasm/sm4.ts';
import { createWasmZuc } from '../src/adapters/wasm/zuc.ts';
import { fromHex, type RandomSource, toHex } from '../src/index.ts';
import { type Trace, TracedKernel } from './support/trace/trace.ts';

/** Reproducible bytes (xorshift32). */
function seeded(seed: number): (length: number) => Uint8Array {
  let state = seed;
  return (length) =>
    Uint8Array.from({ length }, () => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return state & 0xff;
    });
}

const SEED = 20_261_121;
console.info(`seed ${SEED}`);
const random = seeded(SEED);

const N_MINUS_2 = 'fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54121';
/** Scalars that an implementation could treat in a way of their own. */
const SCALARS: readonly Uint8Array[] = [
  '1',
  '2',
  '3',
  '10',
  '1f',
  '20',
  '3ff',
  N_MINUS_2,
  N_MINUS_2.replace(/21$/, '20'),
  '7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  '8000000000000000000000000000000000000000000000000000000000000000',
  '5555555555555555555555555555555555555555555555555555555555555555',
  'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  '00000000ffffffff00000000ffffffff00000000ffffffff00000000ffffffff',
  '1000000000000000000000000000000000000000000000000000000000000001',
]
  .map((text) => fromHex(text.padStart(64, '0')))
  .concat(Array.from({ length: 9 }, () => random(32).fill(0x7a, 0, 1)));

/** 16-byte keys, and data of some length, in the same spirit. */
const KEYS: readonly Uint8Array[] = [
  new Uint8Array(16),
  new Uint8Array(16).fill(0xff),
  Uint8Array.from({ length: 16 }, (_, i) => i),
  ...Array.from({ length: 9 }, () => random(16)),
];
const dataOf = (length: number, key: number): Uint8Array =>
  key === 0 ? new Uint8Array(length) : key === 1 ? new Uint8Array(length).fill(0xff) : random(length);

const only = (k: Uint8Array): RandomSource => ({ fill: (out) => out.set(k) });
const E = fromHex('f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640');

/** All traces are one and the same, and not empty. */
function expectOneTrace(traced: TracedKernel, actions: readonly (() => unknown)[]): void {
  const traces: Trace[] = actions.map((action) => traced.run(action));
  const first = traces[0]!;
  expect(first.events).toBeGreaterThan(10);
  const other = traces.findIndex(({ digest }) => digest !== first.digest);
  if (other > 0) expect(traced.firstDivergence(actions[0]!, actions[other]!)).toBeUndefined();
  expect(new Set(traces.map(({ digest }) => digest)).size).toBe(1);
}

describe.each([
  ['with SIMD', true],
  ['without SIMD', false],
] as const)('the kernel %s takes the same steps [CC-009]', (_name, simd) => {
  const traced = new TracedKernel(simd);
  const { kernel } = traced;
  const sm3 = createWasmSm3(kernel);
  const sm2 = createWasmSm2(kernel, sm3.sm3);
  const sm4 = createWasmSm4(kernel);
  const zuc = createWasmZuc(kernel);
  const peer = sm2.sm2PublicKey(random(32).fill(1, 0, 1)); // also builds the tables
  const peer2 = sm2.sm2PublicKey(random(32).fill(1, 0, 1));

  it('whatever the private key: public key', () => {
    expectOneTrace(
      traced,
      SCALARS.map((d) => () => sm2.sm2PublicKey(d)),
    );
  });

  it('whatever the private key and the nonce: signing', () => {
    const signing = SCALARS.flatMap((d, i) => [
      () => sm2.sm2SignDigest(d, E, only(SCALARS[(i * 7 + 3) % SCALARS.length]!)),
      () => sm2.sm2SignDigest(d, E, only(SCALARS[9]!)),
    ]);
    expectOneTrace(traced, signing);
  });

  it('whatever the private key: multiplying a point', () => {
    expectOneTrace(
      traced,
      SCALARS.map((d) => () => sm2.sm2Multiply(d, peer)),
    );
  });

  it('whatever the private keys: exchange', () => {
    const own = sm2.sm2PublicKey(SCALARS[11]!);
    expectOneTrace(
      traced,
      SCALARS.map((d, i) => () => {
        const ephemeral = SCALARS[(i * 5 + 2) % SCALARS.length]!;
        return sm2.sm2ExchangePoint({
          privateKey: d,
          ephemeralPrivateKey: ephemeral,
          ephemeralPublicKey: own,
          peerPublicKey: peer,
          peerEphemeralPublicKey: peer2,
        });
      }),
    );
  });

  it('whatever the nonce and the message: encryption, and decryption whatever the key', () => {
    expectOneTrace(
      traced,
      SCALARS.map((k, i) => () => sm2.sm2Encrypt(peer, dataOf(40, i), only(k))),
    );
    const boxes = SCALARS.map((d, i) => {
      const ciphertext = sm2.sm2Encrypt(sm2.sm2PublicKey(d), dataOf(40, i), only(SCALARS[12]!));
      return { d, ciphertext };
    });
    expectOneTrace(
      traced,
      boxes.map(
        ({ d, ciphertext }) =>
          () =>
            sm2.sm2Decrypt(d, ciphertext),
      ),
    );
  });

  it('whatever the message: SM3 and what is keyed with it', () => {
    for (const length of [0, 1, 55, 56, 64, 119, 1000]) {
      expectOneTrace(
        traced,
        KEYS.map((_, i) => {
          const data = dataOf(length, i);
          return () => sm3.sm3Digest(data);
        }),
      );
    }
    expectOneTrace(
      traced,
      KEYS.map((_, i) => {
        const messages = [130, 130, 64, 1, 0].map((length) => dataOf(length, i));
        return () => sm3.sm3Many(messages);
      }),
    );
  });

  it('whatever the key and the data: SM4', () => {
    for (const length of [16, 64, 256, 1024 + 48]) {
      const cases = KEYS.map((key, i) => ({ key, data: dataOf(length, i), chain: dataOf(16, i) }));
      const out = new Uint8Array(length);
      const each = (run: (c: (typeof cases)[number]) => unknown) =>
        expectOneTrace(
          traced,
          cases.map((c) => () => run(c)),
        );
      each(({ key, data }) => sm4.sm4(key).encryptBlocks(data, out));
      each(({ key, data }) => sm4.sm4(key).decryptBlocks(data, out));
      each(({ key, data, chain }) => sm4.sm4(key).cbcEncrypt(chain.slice(), data, out));
      each(({ key, data, chain }) => sm4.sm4(key).cbcDecrypt(chain.slice(), data, out));
      each(({ key, data }) => sm4.sm4(key).ctr(new Uint8Array(16), data, out));
    }
  });

  it('whatever the key and the data: GHASH and the two directions of GCM', () => {
    for (const length of [1, 16, 100, 512, 1040]) {
      const cases = KEYS.map((key, i) => ({ key, data: dataOf(length, i), y: dataOf(16, i) }));
      const out = new Uint8Array(length);
      const each = (run: (c: (typeof cases)[number]) => unknown) =>
        expectOneTrace(
          traced,
          cases.map((c) => () => run(c)),
        );
      each(({ key, data, y }) => sm4.sm4Gcm(key).ghash(y.slice(), data));
      each(({ key, data, y }) => sm4.sm4Gcm(key).gcmEncrypt(new Uint8Array(16), y.slice(), data, out));
      each(({ key, data, y }) => sm4.sm4Gcm(key).gcmDecrypt(new Uint8Array(16), y.slice(), data, out));
    }
  });

  it('whatever the key: ZUC', () => {
    expectOneTrace(
      traced,
      KEYS.map((key, i) => () => zuc.zuc(key, dataOf(16, i)).words(new Uint32Array(40))),
    );
  });

  it('but other ones where secrets do not matter, so that the trace would show it', () => {
    const signatures = [1, 2].map((n) => {
      const e = random(32);
      return { e, signature: sm2.sm2SignDigest(SCALARS[n]!, e, only(SCALARS[n + 10]!)), n };
    });
    const verify = signatures.map(
      ({ e, signature, n }) =>
        () =>
          sm2.sm2VerifyDigest(sm2.sm2PublicKey(SCALARS[n]!), e, signature),
    );
    expect(traced.run(verify[0]!).digest).not.toBe(traced.run(verify[1]!).digest);

    const fast = createWasmSm4(kernel, { profile: 'fast' });
    const table = KEYS.map(
      (key) => () => fast.sm4(key).cbcEncrypt(new Uint8Array(16), new Uint8Array(64), new Uint8Array(64)),
    );
    expect(traced.run(table[0]!).digest).not.toBe(traced.run(table[3]!).digest);
    expect(traced.firstDivergence(table[0]!, table[3]!)?.kind).toBe('load');
  });
});

describe('the traced kernel', () => {
  it('computes what the kernel computes', () => {
    const traced = new TracedKernel(true);
    const digest = createWasmSm3(traced.kernel).sm3Digest(new TextEncoder().encode('abc'));
    expect(toHex(digest)).toBe('66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0');
  });

  it('refuses modules that it cannot follow', async () => {
    const { instrument } = await import('./support/trace/instrument.ts');
    expect(() => instrument(new Uint8Array(8))).toThrow('no section');
    expect(() => instrument(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 200))).toThrow('too early');
  });
});
