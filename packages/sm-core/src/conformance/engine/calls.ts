import { toHex } from '../../encoding/bytes.ts';
import type { EngineCapability, RandomSource, SmEngine } from '../../spec/v1/engine.ts';
import { ConformanceFailure, expectTrue } from '../kit.ts';
import { disturb, PLAIN, type Probe, type ProbeInput, probesOf } from './probes.ts';
import { type EngineCase, expectThrows, must, ScriptedNonces } from './support.ts';

const CLAUSE = 'SmEngine v1';

const text = (results: readonly Uint8Array[]): string => results.map(toHex).join(' ');

/** What every probe gives, once, with plain inputs. */
function baseline(engine: SmEngine): ReadonlyMap<string, string> {
  return new Map(probesOf(engine).map((probe) => [probe.id, text(probe.run(engine, PLAIN))]));
}

/** Fails the case unless every probe gives with `input` what it gave before. */
function expectBaseline(
  engine: SmEngine,
  expected: ReadonlyMap<string, string>,
  input: ProbeInput,
  how: string,
): void {
  for (const probe of probesOf(engine)) {
    expectTrue(
      text(probe.run(engine, input)) === expected.get(probe.id),
      `${probe.id}: another result ${how}`,
    );
  }
}

/** An array of a class of its own whose `slice` is a view, as that of a Node Buffer is. */
class ViewSlices extends Uint8Array {
  override slice(start?: number, end?: number): Uint8Array<ArrayBuffer> {
    return this.subarray(start, end) as Uint8Array<ArrayBuffer>;
  }
}

/** The bytes in the middle of a longer array, `offset` from its begin, between bytes that are not zero. */
function inside(value: Uint8Array, offset: number): Uint8Array {
  const room = new Uint8Array(offset + value.length + 5).fill(0xa5);
  room.set(value, offset);
  return room.subarray(offset, offset + value.length);
}

const neighbours = (array: Uint8Array): boolean => {
  const room = new Uint8Array(array.buffer);
  const end = array.byteOffset + array.length;
  return [...room.subarray(0, array.byteOffset), ...room.subarray(end)].every((byte) => byte === 0xa5);
};

/** A source that uses the engine for everything it can do before it gives its nonce. */
function busySource(engine: SmEngine, nonce: string, inside: () => void): RandomSource {
  const source = new ScriptedNonces(nonce);
  return {
    fill(out) {
      inside();
      disturb(engine);
      source.fill(out);
    },
  };
}

/** The operation that draws is not disturbed by what its random source does, nor that by the operation. */
const mayBeReentered = (id: string, probeId: string, requires: readonly EngineCapability[]) =>
  must(id, `${CLAUSE}, concurrency`, [...requires, 'sm2.random'], (engine) => {
    const probe = find(engine, probeId);
    const expected = text(probe.run(engine, PLAIN));
    const inside = () =>
      expectTrue(text(probe.run(engine, PLAIN)) === expected, 'another result inside the random source');
    const random = (nonce: string) => busySource(engine, nonce, inside);
    const results = probe.run(engine, { ...PLAIN, random });
    expectTrue(text(results) === expected, 'the random source disturbed the result');
  });

function find(engine: SmEngine, id: string): Probe {
  const probe = probesOf(engine).find((item) => item.id === id);
  if (probe === undefined) throw new ConformanceFailure(`no probe ${id}`);
  return probe;
}

/** Cases on calls in general: whose the bytes are, and what one call may do to another. */
export const CALL_CASES: readonly EngineCase[] = [
  must('engine.same-call-gives-the-same', `${CLAUSE}, concurrency`, [], (engine) => {
    const expected = baseline(engine);
    disturb(engine);
    expectBaseline(engine, expected, PLAIN, 'the second time');
  }),
  must('engine.results-do-not-change-later', `${CLAUSE}, bytes`, [], (engine) => {
    const kept = probesOf(engine).map((probe) => ({ probe, results: probe.run(engine, PLAIN) }));
    const before = kept.map(({ results }) => text(results));
    for (const { probe } of kept) probe.run(engine, PLAIN);
    // Last, so that no probe puts the same bytes back.
    disturb(engine);
    for (const [i, { probe, results }] of kept.entries()) {
      expectTrue(text(results) === before[i], `${probe.id}: a later call changed an earlier result`);
    }
  }),
  must('engine.results-belong-to-the-caller', `${CLAUSE}, bytes`, [], (engine) => {
    const expected = baseline(engine);
    for (const probe of probesOf(engine)) {
      for (const result of probe.run(engine, PLAIN)) {
        expectTrue(
          Object.getPrototypeOf(result) === Uint8Array.prototype,
          `${probe.id}: the result is not a plain Uint8Array`,
        );
        new Uint8Array(result.buffer).fill(0xff);
      }
    }
    expectBaseline(engine, expected, PLAIN, 'after the caller wrote over one');
  }),
  must('engine.takes-inputs-at-any-offset', `${CLAUSE}, bytes`, [], (engine) => {
    const expected = baseline(engine);
    for (const offset of [1, 7]) {
      const used: Uint8Array[] = [];
      const bytes = (value: Uint8Array) => {
        used.push(inside(value, offset));
        return used.at(-1)!;
      };
      expectBaseline(engine, expected, { ...PLAIN, bytes }, `with inputs at offset ${offset}`);
      expectTrue(used.every(neighbours), 'the engine wrote beside a buffer of the caller');
    }
  }),
  must('engine.takes-arrays-of-a-subclass', `${CLAUSE}, bytes`, [], (engine) => {
    const expected = baseline(engine);
    const bytes = (value: Uint8Array) => new ViewSlices(value);
    const input = { ...PLAIN, bytes };
    expectBaseline(engine, expected, input, 'with inputs of a subclass');
    for (const probe of probesOf(engine)) {
      for (const result of probe.run(engine, input)) {
        expectTrue(!(result instanceof ViewSlices), `${probe.id}: the result is of the class of an input`);
      }
    }
  }),
  mayBeReentered('engine.signs-undisturbed-by-its-random-source', 'sm2SignDigest', ['sm2.sign']),
  mayBeReentered('engine.encrypts-undisturbed-by-its-random-source', 'sm2Encrypt', ['sm2.encrypt']),
  mayBeReentered('engine.prepared-key-signs-undisturbed-by-its-random-source', 'sm2PreparePrivate', [
    'sm2.prepared-private',
  ]),
  must('engine.works-again-after-a-failed-source', `${CLAUSE}, failure`, ['sm2.random'], (engine) => {
    for (const probe of probesOf(engine).filter((item) => item.requires.includes('sm2.random'))) {
      const expected = text(probe.run(engine, PLAIN));
      const random = () => ({
        fill() {
          throw new Error('random source failed');
        },
      });
      expectThrows(() => probe.run(engine, { ...PLAIN, random }), `${probe.id} without randomness`);
      expectTrue(text(probe.run(engine, PLAIN)) === expected, `${probe.id}: another result after it failed`);
    }
  }),
];
