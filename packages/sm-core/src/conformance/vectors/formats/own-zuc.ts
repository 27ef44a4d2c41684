import type { ZucFrame } from '../../../zuc.ts';
import { hex, number, type Row } from '../fields.ts';
import { type OwnTest, ownReader } from '../own-tests.ts';
import { check, expectEqual, fail, type VectorCase, type VectorReader } from '../vector-case.ts';

/** Most words that a case may skip. */
const MAX_SKIPPED = 1 << 20;

/** Key words as bytes, the first byte the highest. */
function wordBytes(words: Uint32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(words.length * 4));
  for (const [i, word] of words.entries()) view.setUint32(i * 4, word);
  return new Uint8Array(view.buffer);
}

function frameOf(fields: Row): ZucFrame {
  const direction = number(fields, 'direction');
  if (direction !== 0 && direction !== 1) fail('field direction is neither 0 nor 1');
  return {
    key: hex(fields, 'key'),
    count: number(fields, 'count'),
    bearer: number(fields, 'bearer'),
    direction: direction as 0 | 1,
  };
}

function* zucCases({ id, type, fields }: OwnTest): Iterable<VectorCase> {
  if (type === 'ZucKeystream') {
    yield check(id, ['zuc'], ({ zuc }) => {
      const skip = number(fields, 'skipWords');
      if (skip > MAX_SKIPPED) fail('too many words to skip');
      const expected = hex(fields, 'keystream');
      const stream = zuc.stream(hex(fields, 'key'), hex(fields, 'iv'));
      stream.words(new Uint32Array(skip));
      const words = new Uint32Array(expected.length / 4);
      // In two calls: the stream goes on where it was.
      stream.words(words.subarray(0, 1));
      stream.words(words.subarray(1));
      expectEqual(wordBytes(words), expected, 'key stream');
    });
  } else if (type === 'ZucEea3') {
    yield check(id, ['zuc'], ({ zuc }) => {
      const [msg, ct, bits] = [hex(fields, 'msg'), hex(fields, 'ct'), number(fields, 'bits')];
      expectEqual(zuc.eea3(frameOf(fields), msg, bits), ct, 'ciphertext');
      const back = zuc.eea3(frameOf(fields), ct, bits);
      expectEqual(zuc.eea3(frameOf(fields), back, bits), ct, 'ciphertext of the plaintext');
    });
  } else {
    yield check(id, ['zuc'], ({ zuc }) => {
      const [msg, mac, bits] = [hex(fields, 'msg'), hex(fields, 'mac'), number(fields, 'bits')];
      expectEqual(zuc.eia3(frameOf(fields), msg, bits), mac, 'MAC');
      if (!zuc.verifyEia3(frameOf(fields), msg, mac, bits)) fail('the MAC is refused');
      const turned = mac.map((byte, i) => (i === 3 ? byte ^ 1 : byte));
      if (zuc.verifyEia3(frameOf(fields), msg, turned, bits)) fail('another MAC is accepted');
    });
  }
}

/** `zuc`. */
export const ownZuc: VectorReader = ownReader(zucCases);
