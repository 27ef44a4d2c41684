import type { ZucStream } from '../../../src/index.ts';
import { type BrokenEngine, broken, damage, good } from './base.ts';

let sharedStream: ZucStream | undefined;

/** A stream that passes on to the one that `inner` gives at each call. */
const through = (inner: () => ZucStream): ZucStream => ({
  words: (out) => inner().words(out),
  destroy: () => inner().destroy(),
});

const firstByte = (bytes: Uint8Array): Uint8Array => {
  const out = new Uint8Array(16);
  out[0] = bytes[0]!;
  return out;
};

/** Faults in ZUC. */
export const BROKEN_ZUC: readonly BrokenEngine[] = [
  broken(
    'key and initial vector are swapped',
    { zuc: (key, iv) => good.zuc(iv, key) },
    'zuc.annex-random',
    'zuc.annex-long',
  ),
  broken(
    'the first word is not thrown away',
    {
      zuc(key, iv) {
        const stream = good.zuc(key, iv);
        stream.words(new Uint32Array(1));
        return stream;
      },
    },
    'zuc.annex-zeros',
    'zuc.annex-ones',
    'zuc.annex-random',
  ),
  broken(
    'every call rounds up to sixteen words',
    {
      zuc(key, iv) {
        const stream = good.zuc(key, iv);
        return {
          words(out) {
            const whole = new Uint32Array(Math.ceil(out.length / 16) * 16);
            stream.words(whole);
            out.set(whole.subarray(0, out.length));
          },
          destroy: () => stream.destroy(),
        };
      },
    },
    'zuc.pieces-do-not-change-the-stream',
    'zuc.long-pieces-do-not-change-the-stream',
  ),
  broken(
    'fills the whole buffer behind the given words',
    {
      zuc(key, iv) {
        const stream = good.zuc(key, iv);
        return {
          words: (out) => stream.words(new Uint32Array(out.buffer)),
          destroy: () => stream.destroy(),
        };
      },
    },
    'zuc.fills-nothing-but-the-given-words',
  ),
  broken(
    'one state for all streams',
    {
      zuc(key, iv) {
        sharedStream = good.zuc(key, iv);
        return through(() => sharedStream!);
      },
    },
    'zuc.streams-do-not-mix',
  ),
  broken(
    'only the first byte of the key counts',
    { zuc: (key, iv) => good.zuc(firstByte(key), iv) },
    'zuc.another-key-another-stream',
  ),
  broken(
    'only the first byte of the initial vector counts',
    { zuc: (key, iv) => good.zuc(key, firstByte(iv)) },
    'zuc.another-initial-vector-another-stream',
  ),
  broken(
    'starts late, and damages its inputs',
    {
      zuc(key, iv) {
        let stream: ZucStream | undefined;
        return through(() => {
          if (stream === undefined) {
            stream = good.zuc(key, iv);
            damage(key, iv);
          }
          return stream;
        });
      },
    },
    'zuc.inputs-are-not-changed',
    'zuc.inputs-are-not-read-late',
  ),
  broken(
    'goes on after it was destroyed',
    {
      zuc(key, iv) {
        const stream = good.zuc(key, iv);
        return { words: (out) => stream.words(out), destroy: () => undefined };
      },
    },
    'zuc.gives-nothing-after-destroy',
  ),
];
