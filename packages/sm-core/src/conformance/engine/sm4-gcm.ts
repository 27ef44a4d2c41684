import { concatBytes, equalBytes } from '../../encoding/bytes.ts';
import type { Sm4GcmKey } from '../../spec/v1/engine.ts';
import { KAT_SM4_GCM } from '../../spec/v1/known-answers.ts';
import { expectBytes, expectTrue } from '../kit.ts';
import { run } from './sm4.ts';
import { type EngineCase, expectInputsUnchanged, expectThrows, flip, hex, must, pattern } from './support.ts';

const CLAUSE = 'GB/T 36624-2018, GCM; NIST SP 800-38D §6–§7';
const ZEROIZE = 'GM/T 0028-2014 §7.9';
// Made anew for each use: a subject that damages its inputs must not reach the next case.
const key = () => hex(KAT_SM4_GCM.key);
const aad = () => hex(KAT_SM4_GCM.associatedData);
const plain = () => hex(KAT_SM4_GCM.plaintext);
const cipher = () => hex(KAT_SM4_GCM.ciphertext);
const counter = (value: string) => hex(KAT_SM4_GCM.nonce + value);
const otherKey = () => hex('fedcba98765432100123456789abcdef');
const zeros = () => new Uint8Array(16);
/** Longer than the 32 and 64 KiB that engines may hand on at a time. */
const LONG = 16 * 4100 + 5;

const ghash = (gcm: Sm4GcmKey, ...pieces: readonly Uint8Array[]): Uint8Array => {
  const y = zeros();
  for (const piece of pieces) gcm.ghash(y, piece);
  return y;
};

/** Output and hash of one direction from these counter and hash values. */
function crypt(
  gcm: Sm4GcmKey,
  method: 'gcmEncrypt' | 'gcmDecrypt',
  start: Uint8Array,
  y: Uint8Array,
  input: Uint8Array,
): Uint8Array {
  const output = run(input, (i, o) => gcm[method](start, y, i, o));
  return concatBytes(output, y, start);
}

const METHODS = ['gcmEncrypt', 'gcmDecrypt'] as const;

/** The tag of RFC 8998 out of the hash value after the data. */
function tag(gcm: Sm4GcmKey, y: Uint8Array): Uint8Array {
  const lengths = zeros();
  new DataView(lengths.buffer).setUint32(4, 8 * aad().length);
  new DataView(lengths.buffer).setUint32(12, 8 * plain().length);
  gcm.ghash(y, lengths);
  const mask = run(counter('00000001'), (i, o) => gcm.encryptBlocks(i, o));
  return y.map((byte, i) => byte ^ mask[i]!);
}

/** Multiplication by H must keep sums, and GHASH of one block is that multiplication. */
const LINEAR: readonly EngineCase[] = [
  must('sm4.gcm.hash-of-zeros-is-nothing', CLAUSE, ['sm4.gcm'], (engine) => {
    expectBytes(ghash(engine.sm4Gcm(key()), new Uint8Array(64)), zeros(), 'hash');
  }),
  must('sm4.gcm.hash-is-not-but-linear', CLAUSE, ['sm4.gcm'], (engine) => {
    const gcm = engine.sm4Gcm(key());
    const [a, b] = [pattern(160), pattern(320).slice(160)];
    const sum = a.map((byte, i) => byte ^ b[i]!);
    const [one, other] = [ghash(gcm, a), ghash(gcm, b)];
    expectBytes(
      ghash(gcm, sum),
      one.map((byte, i) => byte ^ other[i]!),
      'hash of a sum',
    );
  }),
  must('sm4.gcm.every-bit-of-the-hash-input-counts', CLAUSE, ['sm4.gcm'], (engine) => {
    const gcm = engine.sm4Gcm(key());
    // x^i · H must be the halves of each other: one step of the field, for every bit.
    let expected = ghash(gcm, flip(zeros(), 0, 7));
    for (let bit = 0; bit < 128; bit++) {
      expectBytes(ghash(gcm, flip(zeros(), bit >> 3, 7 - (bit & 7))), expected, `bit ${bit}`);
      const carry = expected[15]! & 1;
      expected = expected.map((byte, i) => (byte >> 1) | ((expected[i - 1] ?? 0) << 7));
      if (carry === 1) expected[0]! ^= 0xe1;
    }
  }),
];

/** The parts of SM4-GCM. */
export const SM4_GCM_CASES: readonly EngineCase[] = [
  must('sm4.gcm.rfc8998-seals', 'RFC 8998 §A.1', ['sm4.gcm'], (engine) => {
    const gcm = engine.sm4Gcm(key());
    const y = ghash(gcm, aad());
    const out = run(plain(), (i, o) => gcm.gcmEncrypt(counter('00000002'), y, i, o));
    expectBytes(out, cipher(), 'ciphertext');
    expectBytes(tag(gcm, y), hex(KAT_SM4_GCM.tag), 'tag');
  }),
  must('sm4.gcm.rfc8998-opens', 'RFC 8998 §A.1', ['sm4.gcm'], (engine) => {
    const gcm = engine.sm4Gcm(key());
    const y = ghash(gcm, aad());
    const out = run(cipher(), (i, o) => gcm.gcmDecrypt(counter('00000002'), y, i, o));
    expectBytes(out, plain(), 'plaintext');
    expectBytes(tag(gcm, y), hex(KAT_SM4_GCM.tag), 'tag');
  }),
  ...LINEAR,
  must('sm4.gcm.hash-of-short-block-is-not-shortened', CLAUSE, ['sm4.gcm'], (engine) => {
    const gcm = engine.sm4Gcm(key());
    for (const length of [1, 15, 17, 31, 33, 63, 127, 129]) {
      const padded = new Uint8Array((length + 15) & -16);
      padded.set(pattern(length));
      expectBytes(ghash(gcm, pattern(length)), ghash(gcm, padded), `hash of ${length} bytes`);
    }
  }),
  must('sm4.gcm.hash-of-pieces-is-not-another', CLAUSE, ['sm4.gcm'], (engine) => {
    const gcm = engine.sm4Gcm(key());
    const data = pattern(LONG);
    const cut = [0, 16, 48, 64, 176, 4096, 65_536, LONG];
    const pieces = cut.slice(1).map((end, i) => data.slice(cut[i], end));
    expectBytes(ghash(gcm, ...pieces), ghash(gcm, data), 'hash of the pieces');
    // Piece by piece it is one block after the other, whatever is worked on together.
    const blocks = Array.from({ length: 40 }, (_, i) => data.slice(16 * i, 16 * i + 16));
    expectBytes(ghash(gcm, ...blocks), ghash(gcm, data.slice(0, 640)), 'hash of single blocks');
  }),
  must('sm4.gcm.message-in-pieces-is-not-another', CLAUSE, ['sm4.gcm'], (engine) => {
    const gcm = engine.sm4Gcm(key());
    for (const method of METHODS) {
      const whole = crypt(gcm, method, counter('00000002'), zeros(), pattern(LONG));
      const [start, y] = [counter('00000002'), zeros()];
      const output: Uint8Array[] = [];
      for (let at = 0, size = 16; at < LONG; at += size, size = Math.min(LONG - at, 5 * size)) {
        output.push(run(pattern(LONG).slice(at, at + size), (i, o) => gcm[method](start, y, i, o)));
      }
      expectBytes(concatBytes(...output, y, start), whole, `${method}: the pieces together`);
    }
  }),
  must('sm4.gcm.decrypts-every-length', CLAUSE, ['sm4.gcm'], (engine) => {
    const gcm = engine.sm4Gcm(key());
    for (const length of [1, 15, 16, 17, 64, 65, 127, 128, 129, 255, 256, 257, 300]) {
      const y = zeros();
      const sealed = run(pattern(length), (i, o) => gcm.gcmEncrypt(counter('00000002'), y, i, o));
      expectBytes(y, ghash(gcm, sealed), `hash of ${length} bytes of ciphertext`);
      const again = zeros();
      const opened = run(sealed, (i, o) => gcm.gcmDecrypt(counter('00000002'), again, i, o));
      expectBytes(opened, pattern(length), `${length} bytes`);
      expectBytes(again, y, `hash while opening ${length} bytes`);
    }
  }),
  must('sm4.gcm.counter-does-not-carry-beyond-32-bits', CLAUSE, ['sm4.gcm'], (engine) => {
    const gcm = engine.sm4Gcm(key());
    for (const method of METHODS) {
      for (const before of [1, 6, 20]) {
        const start = counter((2 ** 32 - before).toString(16).padStart(8, '0'));
        const out = run(new Uint8Array(16 * (before + 2)), (i, o) => gcm[method](start, zeros(), i, o));
        const stream = run(counter('00000000'), (i, o) => gcm.encryptBlocks(i, o));
        expectBytes(out.subarray(16 * before, 16 * before + 16), stream, 'key stream of counter 0');
        expectBytes(start, counter('00000002'), 'the counter afterwards');
      }
    }
  }),
  must('sm4.gcm.another-counter-changes-the-output', CLAUSE, ['sm4.gcm'], (engine) => {
    const gcm = engine.sm4Gcm(key());
    for (const method of METHODS) {
      const one = crypt(gcm, method, counter('00000002'), zeros(), pattern(32)).subarray(0, 32);
      for (const at of [0, 11, 15]) {
        const start = flip(counter('00000002'), at, 4);
        const other = crypt(gcm, method, start, zeros(), pattern(32)).subarray(0, 32);
        expectTrue(!equalBytes(one, other), `byte ${at} of the counter does not reach the output`);
      }
    }
  }),
  must('sm4.gcm.works-in-place', CLAUSE, ['sm4.gcm'], (engine) => {
    const gcm = engine.sm4Gcm(key());
    for (const method of METHODS) {
      const expected = crypt(gcm, method, counter('00000002'), zeros(), pattern(301));
      const [start, y, data] = [counter('00000002'), zeros(), pattern(301)];
      gcm[method](start, y, data, data);
      expectBytes(concatBytes(data, y, start), expected, `${method} on top of the input`);
    }
  }),
  must('sm4.gcm.nothing-of-no-bytes', CLAUSE, ['sm4.gcm'], (engine) => {
    const gcm = engine.sm4Gcm(key());
    const none = new Uint8Array(0);
    const untouched = concatBytes(counter('00000002'), pattern(16));
    for (const method of METHODS) {
      const [start, y] = [counter('00000002'), pattern(16)];
      gcm[method](start, y, none, none);
      gcm.ghash(y, none);
      expectBytes(concatBytes(start, y), untouched, `state after ${method} of no bytes`);
    }
  }),
  must(
    'sm4.gcm.is-not-less-than-an-sm4-key',
    CLAUSE,
    ['sm4.gcm', 'sm4.blocks', 'sm4.cbc', 'sm4.ctr'],
    (engine) => {
      const [gcm, sm4] = [engine.sm4Gcm(key()), engine.sm4(key())];
      for (const use of [
        (one: typeof sm4) => run(pattern(48), (i, o) => one.encryptBlocks(i, o)),
        (one: typeof sm4) => run(pattern(48), (i, o) => one.decryptBlocks(i, o)),
        (one: typeof sm4) => run(pattern(48), (i, o) => one.cbcEncrypt(pattern(16), i, o)),
        (one: typeof sm4) => run(pattern(48), (i, o) => one.cbcDecrypt(pattern(16), i, o)),
        (one: typeof sm4) => run(pattern(47), (i, o) => one.ctr(new Uint8Array(16).fill(0xff), i, o)),
      ]) {
        expectBytes(use(gcm), use(sm4), 'the block cipher of the GCM key');
      }
    },
  ),
  must('sm4.gcm.key-is-not-read-again', ZEROIZE, ['sm4.gcm'], (engine) => {
    const buffer = key();
    const gcm = engine.sm4Gcm(buffer);
    buffer.fill(0);
    const out = run(plain(), (i, o) => gcm.gcmEncrypt(counter('00000002'), zeros(), i, o));
    expectBytes(out, cipher(), 'ciphertext');
  }),
  must('sm4.gcm.two-keys-do-not-mix', CLAUSE, ['sm4.gcm'], (engine) => {
    const gcm = engine.sm4Gcm(key());
    const [expected, hash] = [
      crypt(gcm, 'gcmEncrypt', counter('00000002'), zeros(), pattern(80)),
      ghash(gcm, pattern(80)),
    ];
    const other = engine.sm4Gcm(otherKey());
    expectTrue(!equalBytes(ghash(other, pattern(80)), hash), 'the key does not reach the hash');
    const sealed = crypt(other, 'gcmEncrypt', counter('00000002'), zeros(), pattern(80));
    expectTrue(!equalBytes(sealed, expected), 'the key does not reach the output');
    other.destroy();
    expectBytes(ghash(gcm, pattern(80)), hash, 'the hash of the first key');
    const again = crypt(gcm, 'gcmEncrypt', counter('00000002'), zeros(), pattern(80));
    expectBytes(again, expected, 'the output of the first key');
  }),
  must('sm4.gcm.gives-nothing-after-destroy', ZEROIZE, ['sm4.gcm'], (engine) => {
    const gcm = engine.sm4Gcm(key());
    gcm.destroy();
    gcm.destroy();
    const [y, out] = [zeros(), zeros()];
    expectThrows(() => gcm.ghash(y, pattern(16)), 'hashing after destroy');
    expectThrows(() => gcm.gcmEncrypt(counter('00000002'), y, pattern(16), out), 'encrypting after destroy');
    expectThrows(() => gcm.gcmDecrypt(counter('00000002'), y, pattern(16), out), 'decrypting after destroy');
    expectThrows(() => gcm.encryptBlocks(pattern(16), out), 'a block after destroy');
    expectBytes(concatBytes(y, out), new Uint8Array(32), 'output after destroy');
  }),
  must('sm4.gcm.inputs-are-not-changed', CLAUSE, ['sm4.gcm'], (engine) => {
    const [secret, data] = [key(), pattern(61)];
    const gcm = engine.sm4Gcm(secret);
    expectInputsUnchanged([secret, data], () => {
      gcm.ghash(zeros(), data);
      for (const method of METHODS) run(data, (i, o) => gcm[method](counter('00000002'), zeros(), i, o));
    });
  }),
];
