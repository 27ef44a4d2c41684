import { concatBytes, equalBytes } from '../../encoding/bytes.ts';
import type { EngineCapability, Sm4Key } from '../../spec/v1/engine.ts';
import { KAT_SM4_BLOCK, KAT_SM4_CBC, KAT_SM4_CTR, KAT_SM4_MILLION } from '../../spec/v1/known-answers.ts';
import { expectBytes, expectTrue } from '../kit.ts';
import { type EngineCase, expectInputsUnchanged, expectThrows, flip, hex, must, pattern } from './support.ts';

const BLOCK = 'GB/T 32907-2016 §7';
const CBC = 'GB/T 17964-2021 §6';
const CTR = 'GB/T 17964-2021 §9';
const ZEROIZE = 'GM/T 0028-2014 §7.9';
// Made anew for each use: a subject that damages its inputs must not reach the next case.
const key = () => hex(KAT_SM4_BLOCK.key);
const iv = () => hex(KAT_SM4_CBC.iv);
const otherKey = () => hex('fedcba98765432100123456789abcdef');
/** Block counts around the groups that engines work on at a time. */
const COUNTS = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 18, 31, 33, 65];
/** Longer than the 32 and 64 KiB that engines may hand on at a time. */
const LONG = 16 * 4100;

/** What a method of an {@link Sm4Key} gives for `input`, in a new array. */
export function run(input: Uint8Array, use: (input: Uint8Array, output: Uint8Array) => void): Uint8Array {
  const output = new Uint8Array(input.length);
  use(input, output);
  return output;
}

const xor = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((byte, i) => byte ^ b[i]!);
const encrypt = (sm4: Sm4Key, input: Uint8Array) => run(input, (i, o) => sm4.encryptBlocks(i, o));
const decrypt = (sm4: Sm4Key, input: Uint8Array) => run(input, (i, o) => sm4.decryptBlocks(i, o));
const cbcEncrypt = (sm4: Sm4Key, value: Uint8Array, input: Uint8Array) =>
  run(input, (i, o) => sm4.cbcEncrypt(value, i, o));
const cbcDecrypt = (sm4: Sm4Key, value: Uint8Array, input: Uint8Array) =>
  run(input, (i, o) => sm4.cbcDecrypt(value, i, o));
const ctr = (sm4: Sm4Key, value: Uint8Array, input: Uint8Array) => run(input, (i, o) => sm4.ctr(value, i, o));

/** The methods of one capability, as functions of a state, an input and an output. */
type Method = (sm4: Sm4Key, state: Uint8Array, input: Uint8Array, output: Uint8Array) => void;
const METHODS = {
  blocks: [(sm4, _, i, o) => sm4.encryptBlocks(i, o), (sm4, _, i, o) => sm4.decryptBlocks(i, o)],
  cbc: [(sm4, s, i, o) => sm4.cbcEncrypt(s, i, o), (sm4, s, i, o) => sm4.cbcDecrypt(s, i, o)],
  ctr: [(sm4, s, i, o) => sm4.ctr(s, i, o)],
} as const satisfies Record<string, readonly Method[]>;

/** Cases that hold for each of the three capabilities alike. */
function common(name: keyof typeof METHODS, clause: string): readonly EngineCase[] {
  const capability: EngineCapability = `sm4.${name}`;
  const methods: readonly Method[] = METHODS[name];
  const all = (sm4: Sm4Key, data: Uint8Array): Uint8Array =>
    concatBytes(...methods.map((method) => run(data, (i, o) => method(sm4, iv(), i, o))));
  return [
    must(`${capability}.works-in-place`, clause, [capability], (engine) => {
      for (const method of methods) {
        const data = pattern(16 * 37);
        const expected = run(data, (i, o) => method(engine.sm4(key()), iv(), i, o));
        method(engine.sm4(key()), iv(), data, data);
        expectBytes(data, expected, 'output on top of the input');
      }
    }),
    must(`${capability}.input-is-not-changed`, clause, [capability], (engine) => {
      const [secret, data] = [key(), pattern(48)];
      const sm4 = engine.sm4(secret);
      for (const method of methods) {
        expectInputsUnchanged([secret, data], () => run(data, (i, o) => method(sm4, iv(), i, o)));
      }
    }),
    must(`${capability}.key-is-not-read-again`, ZEROIZE, [capability], (engine) => {
      const expected = all(engine.sm4(key()), pattern(48));
      const buffer = key();
      const sm4 = engine.sm4(buffer);
      buffer.fill(0);
      expectBytes(all(sm4, pattern(48)), expected, 'with the buffer of the key zeroed');
    }),
    must(`${capability}.two-keys-do-not-mix`, clause, [capability], (engine) => {
      const sm4 = engine.sm4(key());
      const expected = all(sm4, pattern(48));
      const other = engine.sm4(otherKey());
      expectTrue(!equalBytes(all(other, pattern(48)), expected), 'the key was ignored');
      expectBytes(all(sm4, pattern(48)), expected, 'the same call again');
      other.destroy();
      expectBytes(all(sm4, pattern(48)), expected, 'after another key was destroyed');
    }),
    must(`${capability}.gives-nothing-after-destroy`, ZEROIZE, [capability], (engine) => {
      const sm4 = engine.sm4(key());
      sm4.destroy();
      sm4.destroy();
      for (const method of methods) {
        const output = new Uint8Array(16);
        expectThrows(() => method(sm4, iv(), pattern(16), output), 'a call after destroy');
        expectBytes(output, new Uint8Array(16), 'output after destroy');
      }
    }),
    must(`${capability}.nothing-of-no-bytes`, clause, [capability], (engine) => {
      for (const method of methods) {
        const state = iv();
        method(engine.sm4(key()), state, new Uint8Array(0), new Uint8Array(0));
        expectBytes(state, iv(), 'the state after no bytes');
      }
    }),
  ];
}

const BLOCK_CASES: readonly EngineCase[] = [
  must('sm4.blocks.annex-a1-encrypts', 'GB/T 32907-2016 §A.1, EDGE-010', ['sm4.blocks'], (engine) => {
    const ciphertext = encrypt(engine.sm4(key()), hex(KAT_SM4_BLOCK.plaintext));
    expectBytes(ciphertext, hex(KAT_SM4_BLOCK.ciphertext), 'ciphertext');
  }),
  must('sm4.blocks.annex-a1-decrypts', 'GB/T 32907-2016 §A.1, EDGE-010', ['sm4.blocks'], (engine) => {
    const plaintext = decrypt(engine.sm4(key()), hex(KAT_SM4_BLOCK.ciphertext));
    expectBytes(plaintext, hex(KAT_SM4_BLOCK.plaintext), 'plaintext');
  }),
  must('sm4.blocks.another-key-does-not-decrypt', BLOCK, ['sm4.blocks'], (engine) => {
    const ciphertext = encrypt(engine.sm4(key()), iv());
    expectTrue(!equalBytes(decrypt(engine.sm4(otherKey()), ciphertext), iv()), 'the key was ignored');
  }),
  must('sm4.blocks.blocks-do-not-influence-each-other', BLOCK, ['sm4.blocks'], (engine) => {
    const sm4 = engine.sm4(key());
    const one = Array.from({ length: 65 }, (_, i) => pattern(16 * 65).subarray(16 * i, 16 * i + 16));
    const forward = one.map((block) => encrypt(sm4, block));
    const backward = one.map((block) => decrypt(sm4, block));
    for (const count of COUNTS) {
      const data = concatBytes(...one.slice(0, count));
      expectBytes(encrypt(sm4, data), concatBytes(...forward.slice(0, count)), `${count} blocks encrypted`);
      expectBytes(decrypt(sm4, data), concatBytes(...backward.slice(0, count)), `${count} blocks decrypted`);
    }
  }),
  must('sm4.blocks.long-data-are-not-cut', BLOCK, ['sm4.blocks'], (engine) => {
    const sm4 = engine.sm4(key());
    const ciphertext = encrypt(sm4, pattern(LONG));
    for (const at of [0, 32_768, 65_536, LONG - 16]) {
      const block = encrypt(sm4, pattern(LONG).slice(at, at + 16));
      expectBytes(ciphertext.subarray(at, at + 16), block, `the block at ${at}`);
    }
    expectBytes(decrypt(sm4, ciphertext), pattern(LONG), 'plaintext');
  }),
  ...common('blocks', BLOCK),
];

const CBC_CASES: readonly EngineCase[] = [
  must('sm4.cbc.annex-a2-million', 'GB/T 32907-2016 §A.2, EDGE-010', ['sm4.cbc'], (engine) => {
    // CBC over zero blocks with the plaintext as IV encrypts it again and again.
    const sm4 = engine.sm4(hex(KAT_SM4_MILLION.key));
    const zeros = new Uint8Array(16 * 10_000);
    const output = new Uint8Array(zeros.length);
    const block = hex(KAT_SM4_MILLION.plaintext);
    for (let done = 0; done < KAT_SM4_MILLION.iterations; done += 10_000)
      sm4.cbcEncrypt(block, zeros, output);
    expectBytes(block, hex(KAT_SM4_MILLION.ciphertext), 'ciphertext');
  }),
  must('sm4.cbc.annex-encrypts', CBC, ['sm4.cbc'], (engine) => {
    const { plaintext, ciphertext } = KAT_SM4_CBC;
    expectBytes(cbcEncrypt(engine.sm4(key()), iv(), hex(plaintext)), hex(ciphertext), 'ciphertext');
  }),
  must('sm4.cbc.annex-decrypts', CBC, ['sm4.cbc'], (engine) => {
    const { plaintext, ciphertext } = KAT_SM4_CBC;
    expectBytes(cbcDecrypt(engine.sm4(key()), iv(), hex(ciphertext)), hex(plaintext), 'plaintext');
  }),
  must('sm4.cbc.equal-blocks-do-not-repeat', CBC, ['sm4.cbc'], (engine) => {
    const out = cbcEncrypt(engine.sm4(key()), iv(), new Uint8Array(48));
    expectTrue(!equalBytes(out.subarray(0, 16), out.subarray(16, 32)), 'blocks are not chained');
    expectTrue(!equalBytes(out.subarray(16, 32), out.subarray(32)), 'blocks are not chained');
  }),
  must('sm4.cbc.another-iv-changes-the-first-block', CBC, ['sm4.cbc'], (engine) => {
    const one = cbcEncrypt(engine.sm4(key()), iv(), pattern(32));
    const other = cbcEncrypt(engine.sm4(key()), flip(iv(), 15), pattern(32));
    expectTrue(!equalBytes(one.subarray(0, 16), other.subarray(0, 16)), 'the IV was ignored');
  }),
  must('sm4.cbc.error-does-not-reach-beyond-the-next-block', CBC, ['sm4.cbc'], (engine) => {
    const sm4 = engine.sm4(key());
    const ciphertext = cbcEncrypt(sm4, iv(), pattern(64));
    const out = cbcDecrypt(sm4, iv(), flip(ciphertext, 16, 3));
    expectTrue(!equalBytes(out.subarray(16, 32), pattern(64).subarray(16, 32)), 'the changed block decrypts');
    expectBytes(out.subarray(32), flip(pattern(64).subarray(32), 0, 3), 'the blocks after it');
  }),
  must('sm4.cbc.encryption-moves-the-iv-on', CBC, ['sm4.cbc'], (engine) => {
    for (const length of [16, 32, 256, 272]) {
      const state = iv();
      const ciphertext = cbcEncrypt(engine.sm4(key()), state, pattern(length));
      expectBytes(state, ciphertext.subarray(-16), `the IV after ${length} bytes`);
    }
  }),
  must('sm4.cbc.decryption-moves-the-iv-on', CBC, ['sm4.cbc'], (engine) => {
    for (const length of [16, 32, 256, 272]) {
      const [state, data] = [iv(), pattern(length)];
      engine.sm4(key()).cbcDecrypt(state, data, data);
      expectBytes(state, pattern(length).subarray(-16), `the IV after ${length} bytes`);
    }
  }),
  must('sm4.cbc.pieces-are-not-another-message', CBC, ['sm4.cbc'], (engine) => {
    const sm4 = engine.sm4(key());
    for (const method of METHODS.cbc) {
      const whole = run(pattern(LONG), (i, o) => method(sm4, iv(), i, o));
      const state = iv();
      const pieces: Uint8Array[] = [];
      for (let at = 0, size = 16; at < LONG; at += size, size = Math.min(LONG - at, 5 * size)) {
        pieces.push(run(pattern(LONG).slice(at, at + size), (i, o) => method(sm4, state, i, o)));
      }
      expectBytes(concatBytes(...pieces), whole, 'the pieces together');
    }
  }),
  must('sm4.cbc.every-length-is-not-lost', CBC, ['sm4.cbc'], (engine) => {
    const sm4 = engine.sm4(key());
    for (const count of COUNTS) {
      const ciphertext = cbcEncrypt(sm4, iv(), pattern(16 * count));
      expectBytes(cbcDecrypt(sm4, iv(), ciphertext), pattern(16 * count), `${count} blocks`);
    }
  }),
  ...common('cbc', CBC),
];

/** The counter mode must give this key stream from these counters in turn. */
const counts = (id: string, before: number, counters: readonly string[]) =>
  must(id, CTR, ['sm4.ctr', 'sm4.blocks'], (engine) => {
    const sm4 = engine.sm4(key());
    const stream = ctr(sm4, hex(counters[0]!), new Uint8Array(16 * counters.length));
    const expected = encrypt(sm4, concatBytes(...counters.map((counter) => hex(counter))));
    expectBytes(stream, expected, 'key stream');
    // The same border inside a group of blocks that are worked on together.
    const state = hex(counters[0]!);
    for (let i = 0; i < before; i++) {
      let at = 15;
      while (at >= 0 && state[at] === 0) state[at--] = 0xff;
      if (at >= 0) state[at]! -= 1;
    }
    const long = ctr(sm4, state, new Uint8Array(16 * (before + counters.length)));
    expectBytes(long.subarray(16 * before), expected, `key stream behind ${before} blocks`);
  });

const CTR_CASES: readonly EngineCase[] = [
  must('sm4.ctr.annex', CTR, ['sm4.ctr'], (engine) => {
    const { counter, plaintext, ciphertext } = KAT_SM4_CTR;
    expectBytes(ctr(engine.sm4(key()), hex(counter), hex(plaintext)), hex(ciphertext), 'ciphertext');
  }),
  must('sm4.ctr.short-last-block-is-not-filled', CTR, ['sm4.ctr'], (engine) => {
    const sm4 = engine.sm4(key());
    const whole = ctr(sm4, iv(), pattern(304));
    for (const length of [0, 1, 15, 16, 17, 63, 255, 257, 303]) {
      expectBytes(ctr(sm4, iv(), pattern(length)), whole.subarray(0, length), `${length} bytes`);
    }
  }),
  counts('sm4.ctr.wraps-not-before-128-bits', 5, ['ff'.repeat(16), '00'.repeat(16), `${'00'.repeat(15)}01`]),
  counts('sm4.ctr.carry-does-not-end-at-32-bits', 12, [
    '000102030405060708090a0bffffffff',
    '000102030405060708090a0c00000000',
  ]),
  counts('sm4.ctr.carry-does-not-end-at-64-bits', 14, [
    '0001020304050607ffffffffffffffff',
    '00010203040506080000000000000000',
  ]),
  counts('sm4.ctr.carry-does-not-end-at-96-bits', 1, [
    '00010203ffffffffffffffffffffffff',
    '00010204000000000000000000000000',
  ]),
  must('sm4.ctr.no-block-of-the-stream-repeats', CTR, ['sm4.ctr'], (engine) => {
    const data = pattern(48);
    const stream = xor(ctr(engine.sm4(key()), iv(), data), data);
    expectTrue(!equalBytes(stream.subarray(0, 16), stream.subarray(16, 32)), 'the counter does not count');
    expectTrue(!equalBytes(stream.subarray(16, 32), stream.subarray(32)), 'the counter does not count');
  }),
  must('sm4.ctr.counter-moves-on', CTR, ['sm4.ctr'], (engine) => {
    for (const [length, last] of [
      [1, 0x10],
      [16, 0x10],
      [17, 0x11],
      [272, 0x20],
    ] as const) {
      const state = iv();
      ctr(engine.sm4(key()), state, pattern(length));
      expectBytes(
        state,
        concatBytes(iv().subarray(0, 15), Uint8Array.of(last)),
        `counter after ${length} bytes`,
      );
    }
  }),
  must('sm4.ctr.pieces-are-not-another-message', CTR, ['sm4.ctr'], (engine) => {
    const sm4 = engine.sm4(key());
    const whole = ctr(sm4, iv(), pattern(LONG));
    const state = iv();
    const pieces: Uint8Array[] = [];
    for (let at = 0, size = 16; at < LONG; at += size, size = Math.min(LONG - at, 5 * size)) {
      pieces.push(ctr(sm4, state, pattern(LONG).slice(at, at + size)));
    }
    expectBytes(concatBytes(...pieces), whole, 'the pieces together');
  }),
  ...common('ctr', CTR),
];

/** SM4 block, CBC and CTR cases. */
export const SM4_CASES: readonly EngineCase[] = [...BLOCK_CASES, ...CBC_CASES, ...CTR_CASES];
