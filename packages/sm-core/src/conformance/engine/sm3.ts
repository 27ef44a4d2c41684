import { concatBytes, equalBytes } from '../../encoding/bytes.ts';
import type { SmEngine } from '../../spec/v1/engine.ts';
import { KAT_SM3_ABC, KAT_SM3_ABCD16, KAT_SM3_EMPTY } from '../../spec/v1/known-answers.ts';
import { expectBytes, expectTrue } from '../kit.ts';
import { type EngineCase, expectInputsUnchanged, hex, must, pattern } from './support.ts';

const CLAUSE = 'GB/T 32905-2016';
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
];
