import { caseId, casesOf, hex, number, type Row, rows, text } from '../fields.ts';
import { check, expectEqual, fail, skip, type VectorCase, type VectorReader } from '../vector-case.ts';

/** The first `length` bytes of a key stream, drawn in two pieces. */
function keyStream(words: (out: Uint32Array) => void, length: number): Uint8Array {
  const all = new Uint32Array(Math.ceil(length / 4));
  const half = all.length >> 1;
  words(all.subarray(0, half));
  words(all.subarray(half));
  const out = new Uint8Array(4 * all.length);
  const view = new DataView(out.buffer);
  for (const [i, word] of all.entries()) view.setUint32(4 * i, word, false);
  return out.subarray(0, length);
}

/** `generated/zuc`: alg, key, iv, keystream. */
export const zucCases: VectorReader = (content) =>
  casesOf(content).map((item, i) => {
    const id = caseId(item, i);
    const alg = text(item, 'alg');
    if (alg === 'zuc-256-keystream') return skip(id, 'zuc-256');
    if (alg !== 'zuc-128-keystream') return skip(id, 'unknown-file');
    return check(id, ['zuc'], ({ zuc }) => {
      const expected = hex(item, 'keystream');
      const stream = zuc.stream(hex(item, 'key'), hex(item, 'iv'));
      expectEqual(
        keyStream((out) => stream.words(out), expected.length),
        expected,
        'key stream',
      );
    });
  });

function eea3Case(item: Row, id: string): VectorCase {
  return check(id, ['zuc'], ({ zuc }) => {
    const direction = number(item, 'direction');
    if (direction !== 0 && direction !== 1) fail('direction is neither 0 nor 1');
    const frame = {
      key: hex(item, 'key'),
      count: number(item, 'count'),
      bearer: number(item, 'bearer'),
      direction: direction as 0 | 1,
    };
    const [plain, cipher] = [hex(item, 'in'), hex(item, 'out')];
    expectEqual(zuc.eea3(frame, plain), cipher, 'ciphertext');
    expectEqual(zuc.eea3(frame, cipher), plain, 'plaintext');
  });
}

/**
 * The tables on ZUC of `annex/gmsm_standard_annex_tables`: EEA3 is run; the tables on
 * ZUC-256, and on the modes GXM and MUR that no requirement asks for, are skipped.
 */
export function* gmsmZucTable(table: Row, title: string): Iterable<VectorCase> {
  const path = text(table, 'path');
  for (const [i, item] of rows(table.rows, 'rows').entries()) {
    const id = `${title} ${i + 1}`;
    if (path === 'zuc/eea_test.go') yield eea3Case(item, id);
    else yield skip(id, /zuc_(gxm|mur)/.test(path) ? 'zuc.modes' : 'zuc-256');
  }
}
