import { concatBytes, equalBytes } from '../../encoding/bytes.ts';
import type { SmEngine } from '../../spec/v1/engine.ts';
import { KAT_SM3_ABC, KAT_SM3_ABCD16, KAT_SM3_EMPTY } from '../../spec/v1/known-answers.ts';
import { expectBytes, expectTrue } from '../kit.ts';
import { type EngineCase, expectInputsUnchanged, hex, must, pattern } from './support.ts';

const CLAUSE = 'GB/T 32905-2016';
/** In pieces: the running computation. */
const digest = (engine: SmEngine, data: Uint8Array): Uint8Array => engine.sm3().update(data).digest();

/** Digests of `pattern(length)` around the padding boundary, computed with OpenSSL. */
const BOUNDARIES: readonly (readonly [number, string])[] = [
  [55, 'a79cf9dcee3404abf7f769698201647fd9d3ff61d629d0f58bb4b5579a427db8'],
  [56, '62f7363b15f4de76dd925c493b9d6d00d4ba0ef2a1f334c1d0f13b293aeb40d1'],
  [63, '6165e4cbb15cde01c6226e0015a47f710f8f8e1f2c296700033bb34d9212109c'],
  [64, '93566f236d157aae078d1ddb5cebdbba1520b5142e22a8915564345ba2ae1d63'],
  [119, '8f3ea392a89a7119982d6634660db1a95f35d68267a2235e3255998a857f4fbf'],
  [1000, 'b38fc481302b502c3f2f6608d060c47c5b6bd8fd65e148b7cd3af4988245f48a'],
];
/** The same for lengths at which an engine may change its way. */
const LONG: readonly (readonly [number, string])[] = [
  [16384, '6bcf858aaffe10b6ee5eadb32bf42d9ad3a5981a09305fa31bf4f62f030d6b3c'],
  [16385, '3052eee0cdbc7802ee5194cd3f7751f46792b82d41eeef2042c3dc681ce6e511'],
  [32768, 'e9d1231581edd231e959a7e2b14139aa76f743a4e0d47f7f402c76bdcd2a30bf'],
  [100000, '49dea748a32d57e17cfcdc4c492c1246271ca7b678e1dd15bd0f2d24ee76128b'],
];
/** Lengths around the borders of a block and of the padding. */
const BORDERS = [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129];

/** Messages that differ in their first byte too. */
const messagesOf = (lengths: readonly number[]): Uint8Array[] =>
  lengths.map((length, i) => pattern(length).map((byte) => byte ^ i));

/** Fails the case unless `sm3Many` gives for each message what one digest gives. */
function expectMany(engine: SmEngine, messages: readonly Uint8Array[], what: string): void {
  const digests = engine.sm3Many(messages);
  expectTrue(digests.length === messages.length, `${what}: ${digests.length} digests`);
  for (const [i, message] of messages.entries()) {
    expectBytes(digests[i], digest(engine, message), `${what}: digest ${i} of ${message.length} bytes`);
  }
}

const answer = (id: string, clause: string, kat: { readonly message: string; readonly digest: string }) =>
  must(id, clause, ['sm3'], (engine) => {
    expectBytes(digest(engine, hex(kat.message)), hex(kat.digest), 'digest');
  });

/** SM3 cases. */
export const SM3_CASES: readonly EngineCase[] = [
  answer('sm3.annex-a1', `${CLAUSE} §A.1, EDGE-010`, KAT_SM3_ABC),
  answer('sm3.annex-a2', `${CLAUSE} §A.2, EDGE-010`, KAT_SM3_ABCD16),
  answer('sm3.empty-message', `${CLAUSE} §5.2`, KAT_SM3_EMPTY),
  must('sm3.padding-boundaries', `${CLAUSE} §5.2`, ['sm3'], (engine) => {
    for (const [length, expected] of BOUNDARIES) {
      expectBytes(digest(engine, pattern(length)), hex(expected), `digest of ${length} bytes`);
    }
  }),
  must('sm3.pieces-equal-whole', CLAUSE, ['sm3'], (engine) => {
    const message = pattern(200);
    const whole = digest(engine, message);
    for (const cut of [0, 1, 55, 63, 64, 65, 128, 199]) {
      const pieces = engine.sm3().update(message.subarray(0, cut)).update(message.subarray(cut));
      expectBytes(pieces.digest(), whole, `digest cut at ${cut}`);
    }
  }),
  must('sm3.interleaved-computations-do-not-mix', CLAUSE, ['sm3'], (engine) => {
    const first = engine.sm3().update(pattern(70));
    const second = engine.sm3().update(hex('ff'));
    first.update(hex('01'));
    second.digest();
    expectBytes(first.digest(), digest(engine, concatBytes(pattern(70), hex('01'))), 'digest');
  }),
  must('sm3.clone-does-not-follow-the-original', CLAUSE, ['sm3'], (engine) => {
    const original = engine.sm3().update(pattern(70));
    const clone = original.clone();
    original.update(hex('ff'));
    expectBytes(clone.digest(), digest(engine, pattern(70)), 'digest of the clone');
  }),
  must('sm3.original-does-not-follow-the-clone', CLAUSE, ['sm3'], (engine) => {
    const original = engine.sm3().update(pattern(70));
    original.clone().update(hex('ff')).digest();
    expectBytes(original.digest(), digest(engine, pattern(70)), 'digest of the original');
  }),
  must('sm3.trailing-zero-is-not-ignored', `${CLAUSE} §5.2`, ['sm3'], (engine) => {
    for (const length of [0, 3, 55, 64]) {
      const longer = concatBytes(pattern(length), Uint8Array.of(0));
      expectTrue(
        !equalBytes(digest(engine, pattern(length)), digest(engine, longer)),
        `${length} bytes and one zero byte more have one digest`,
      );
    }
  }),
  must('sm3.message-is-not-changed', CLAUSE, ['sm3'], (engine) => {
    const message = pattern(130);
    expectInputsUnchanged([message], () => digest(engine, message));
  }),
  must('sm3.message-may-be-reused-after-update', CLAUSE, ['sm3'], (engine) => {
    const message = pattern(130);
    const running = engine.sm3().update(message);
    message.fill(0);
    expectBytes(running.digest(), digest(engine, pattern(130)), 'digest');
  }),
  must('sm3.long-messages', CLAUSE, ['sm3'], (engine) => {
    for (const [length, expected] of LONG) {
      expectBytes(digest(engine, pattern(length)), hex(expected), `digest of ${length} bytes`);
      expectBytes(engine.sm3Digest(pattern(length)), hex(expected), `one-shot digest of ${length} bytes`);
    }
  }),
  must('sm3.one-shot-equals-pieces', CLAUSE, ['sm3'], (engine) => {
    for (const length of [...BORDERS, 1000]) {
      const message = pattern(length);
      expectBytes(engine.sm3Digest(message), digest(engine, message), `digest of ${length} bytes`);
    }
  }),
  must('sm3.one-shot-of-nothing', `${CLAUSE} §5.2`, ['sm3'], (engine) => {
    const expected = hex(KAT_SM3_EMPTY.digest);
    expectBytes(engine.sm3Digest(), expected, 'digest of no parts');
    expectBytes(engine.sm3Digest(hex(''), hex('')), expected, 'digest of two empty parts');
  }),
  must('sm3.one-shot-parts-are-not-separated', CLAUSE, ['sm3'], (engine) => {
    for (const cut of [0, 1, 55, 63, 64, 65, 128, 200]) {
      const [head, tail] = [pattern(200).subarray(0, cut), pattern(200).subarray(cut)];
      expectBytes(engine.sm3Digest(head, hex(''), tail), digest(engine, pattern(200)), `parts cut at ${cut}`);
    }
    const [head, tail] = [pattern(100000).subarray(0, 16390), pattern(100000).subarray(16390)];
    expectBytes(engine.sm3Digest(head, tail), hex(LONG[3]![1]), 'parts of 100000 bytes');
  }),
  must('sm3.one-shot-parts-are-not-swapped', CLAUSE, ['sm3'], (engine) => {
    const [a, b] = [pattern(70), hex('ff00')];
    expectBytes(engine.sm3Digest(a, b, a), digest(engine, concatBytes(a, b, a)), 'digest');
    expectTrue(
      !equalBytes(engine.sm3Digest(a, b), engine.sm3Digest(b, a)),
      'the parts in both orders have one digest',
    );
  }),
  must('sm3.one-shot-does-not-disturb-a-running-computation', CLAUSE, ['sm3'], (engine) => {
    const running = engine.sm3().update(pattern(70));
    engine.sm3Digest(pattern(300));
    running.update(hex('01'));
    engine.sm3Digest(hex(''));
    expectBytes(running.digest(), digest(engine, concatBytes(pattern(70), hex('01'))), 'digest');
  }),
  must('sm3.digests-are-not-overwritten', CLAUSE, ['sm3'], (engine) => {
    const first = engine.sm3Digest(pattern(3));
    const second = digest(engine, pattern(4));
    engine.sm3Digest(pattern(5));
    digest(engine, pattern(6));
    expectBytes(first, digest(engine, pattern(3)), 'digest taken before');
    expectBytes(second, digest(engine, pattern(4)), 'digest taken before');
  }),
  must('sm3.clones-at-every-border', CLAUSE, ['sm3'], (engine) => {
    for (const length of BORDERS) {
      const original = engine.sm3().update(pattern(length));
      const clone = original.clone();
      const second = clone.clone().update(hex('02'));
      clone.update(hex('01'));
      expectBytes(original.digest(), digest(engine, pattern(length)), `original of ${length} bytes`);
      expectBytes(
        clone.digest(),
        digest(engine, concatBytes(pattern(length), hex('01'))),
        `clone of ${length} bytes`,
      );
      expectBytes(
        second.digest(),
        digest(engine, concatBytes(pattern(length), hex('02'))),
        `clone of the clone of ${length} bytes`,
      );
    }
  }),
  must('sm3.pieces-of-every-length', CLAUSE, ['sm3'], (engine, context) => {
    const cuts = context.bytes('cuts', 64);
    for (let round = 0; round < 8; round++) {
      const running = engine.sm3();
      let at = 0;
      for (const cut of cuts.subarray(8 * round, 8 * round + 8)) {
        running.update(pattern(2048).subarray(at, at + cut));
        at += cut;
      }
      expectBytes(running.digest(), digest(engine, pattern(at)), `digest of ${at} bytes in 8 pieces`);
    }
  }),
  must('sm3.many-of-none-to-nine', CLAUSE, ['sm3', 'sm3.many'], (engine) => {
    for (let count = 0; count <= 9; count++) {
      expectMany(engine, messagesOf(new Array(count).fill(64)), `${count} messages of 64 bytes`);
      expectMany(engine, messagesOf(BORDERS.slice(0, count)), `${count} messages around a block`);
    }
  }),
  must('sm3.many-does-not-mix-lengths', CLAUSE, ['sm3', 'sm3.many'], (engine) => {
    expectMany(engine, messagesOf([...BORDERS, ...[...BORDERS].reverse()]), 'borders up and down');
    expectMany(engine, messagesOf([1000, 0, 64, 3, 700, 1, 55, 200]), 'any lengths');
    expectMany(engine, messagesOf([100000, 16384, 0, 16385, 40000, 32768, 32769, 16383]), 'long messages');
    expectMany(engine, messagesOf([40000, 40001, 40063, 40064]), 'four long messages');
  }),
  must('sm3.many-does-not-change-messages', CLAUSE, ['sm3', 'sm3.many'], (engine) => {
    const messages = messagesOf([130, 130, 130, 130, 7]);
    expectInputsUnchanged(messages, () => engine.sm3Many(messages));
  }),
  must('sm3.many-of-one-array-again', CLAUSE, ['sm3', 'sm3.many'], (engine) => {
    const message = pattern(90);
    expectMany(engine, [message, message, message, message, message], 'one message five times');
  }),
];
