import type { SmEngine, ZucStream } from '../../spec/v1/engine.ts';
import { ConformanceFailure, expectTrue } from '../kit.ts';
import { type EngineCase, expectInputsUnchanged, expectThrows, hex, must } from './support.ts';

const CLAUSE = 'GB/T 33133.1-2016';

/** Key, initial vector, and key words by their place. @standard GB/T 33133.1-2016 Annex C */
const ANSWERS: readonly (readonly [string, string, string, Readonly<Record<number, number>>])[] = [
  ['zeros', '00'.repeat(16), '00'.repeat(16), { 0: 0x27bede74, 1: 0x018082da }],
  ['ones', 'ff'.repeat(16), 'ff'.repeat(16), { 0: 0x0657cfa0, 1: 0x7096398b }],
  [
    'random',
    '3d4c4be96a82fdaeb58f641db17b455b',
    '84319aa8de6915ca1f6bda6bfbd8c766',
    { 0: 0x14f1c272, 1: 0x3279c419 },
  ],
  [
    'long',
    '4d320bfad4c285bfd6b8bd00f39d8b41',
    '52959daba0bf176ece2dc315049eb574',
    { 0: 0xed4400e7, 1: 0x0633e5c5, 1999: 0x7a574cdb },
  ],
];
const KEY = '3d4c4be96a82fdaeb58f641db17b455b';
const IV = '84319aa8de6915ca1f6bda6bfbd8c766';

const start = (engine: SmEngine): ZucStream => engine.zuc(hex(KEY), hex(IV));

function words(stream: ZucStream, count: number): Uint32Array {
  const out = new Uint32Array(count);
  stream.words(out);
  return out;
}

function expectWords(actual: Uint32Array, expected: Uint32Array, what: string): void {
  const at = expected.findIndex((word, i) => word !== actual[i]);
  if (at >= 0) throw new ConformanceFailure(`${what}: word ${at} is ${actual[at]?.toString(16)}`);
}

/** ZUC cases. */
export const ZUC_CASES: readonly EngineCase[] = [
  ...ANSWERS.map(([name, key, iv, expected]) =>
    must(`zuc.annex-${name}`, `${CLAUSE} Annex C`, ['zuc'], (engine) => {
      const out = words(engine.zuc(hex(key), hex(iv)), name === 'long' ? 2000 : 2);
      for (const [at, word] of Object.entries(expected)) {
        expectTrue(
          out[Number(at)] === word,
          `word ${at} is ${out[Number(at)]!.toString(16)}, expected ${word.toString(16)}`,
        );
      }
    }),
  ),
  must('zuc.pieces-do-not-change-the-stream', CLAUSE, ['zuc'], (engine) => {
    const whole = words(start(engine), 300);
    const stream = start(engine);
    let at = 0;
    for (const count of [1, 0, 2, 15, 16, 17, 64, 65, 100]) {
      expectWords(words(stream, count), whole.subarray(at, at + count), `piece of ${count} words at ${at}`);
      at += count;
    }
  }),
  must('zuc.long-pieces-do-not-change-the-stream', CLAUSE, ['zuc'], (engine) => {
    const whole = words(start(engine), 10000);
    const stream = start(engine);
    words(stream, 1);
    expectWords(words(stream, 9999), whole.subarray(1), 'after one word');
  }),
  must('zuc.fills-nothing-but-the-given-words', CLAUSE, ['zuc'], (engine) => {
    const room = new Uint32Array(20).fill(0xa5a5a5a5);
    start(engine).words(room.subarray(5, 15));
    expectWords(room.subarray(5, 15), words(start(engine), 10), 'the middle');
    expectTrue(
      [...room.subarray(0, 5), ...room.subarray(15)].every((word) => word === 0xa5a5a5a5),
      'words around the given ones were written',
    );
  }),
  must('zuc.streams-do-not-mix', CLAUSE, ['zuc'], (engine) => {
    const expected = words(start(engine), 40);
    const first = start(engine);
    const head = words(first, 20);
    const other = engine.zuc(hex(IV), hex(KEY));
    words(other, 7);
    expectWords(head, expected.subarray(0, 20), 'first words');
    expectWords(words(first, 20), expected.subarray(20), 'words after another stream began');
  }),
  must('zuc.another-key-another-stream', CLAUSE, ['zuc'], (engine) => {
    const expected = words(start(engine), 2);
    for (let i = 0; i < 16; i++) {
      const key = hex(KEY);
      key[i]! ^= 0x80;
      const actual = words(engine.zuc(key, hex(IV)), 2);
      expectTrue(
        actual[0] !== expected[0] || actual[1] !== expected[1],
        `byte ${i} of the key counts nothing`,
      );
    }
  }),
  must('zuc.another-initial-vector-another-stream', CLAUSE, ['zuc'], (engine) => {
    const expected = words(start(engine), 2);
    for (let i = 0; i < 16; i++) {
      const iv = hex(IV);
      iv[i]! ^= 1;
      const actual = words(engine.zuc(hex(KEY), iv), 2);
      expectTrue(
        actual[0] !== expected[0] || actual[1] !== expected[1],
        `byte ${i} of the vector counts nothing`,
      );
    }
  }),
  must('zuc.inputs-are-not-changed', CLAUSE, ['zuc'], (engine) => {
    const [key, iv] = [hex(KEY), hex(IV)];
    expectInputsUnchanged([key, iv], () => words(engine.zuc(key, iv), 40));
  }),
  must('zuc.inputs-are-not-read-late', CLAUSE, ['zuc'], (engine) => {
    const [key, iv] = [hex(KEY), hex(IV)];
    const stream = engine.zuc(key, iv);
    key.fill(0);
    iv.fill(0);
    expectWords(words(stream, 20), words(start(engine), 20), 'stream of a key that is gone');
  }),
  must('zuc.gives-nothing-after-destroy', CLAUSE, ['zuc'], (engine) => {
    const stream = start(engine);
    words(stream, 3);
    stream.destroy();
    stream.destroy();
    const out = new Uint32Array(4);
    expectThrows(() => stream.words(out), 'words of a destroyed stream');
    expectTrue(
      out.every((word) => word === 0),
      'a destroyed stream gave words',
    );
  }),
];
