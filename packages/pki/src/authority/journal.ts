import { concatBytes, equalBytes, sm3, toHex, utf8 } from '@cssi/sm-core';
import { recordFromText, recordToText, stateProblem } from './records.ts';

/*
 * A journal is lines of `<digest> <record>`; the digest is the first 16 bytes, in hex, of SM3
 * over the digest of the line before and the record. A line is one change: it counts as a
 * whole or not at all. What a kill or a power cut leaves at the end is a line without its
 * line break, or with blocks of zeros in it; such an end was never answered for and is cut
 * off. Anything else that does not fit is damage, which nobody may read over.
 */

const DIGEST_BYTES = 16;
const HEAD_BYTES = 2 * DIGEST_BYTES + 1;
const LINE_BREAK = 0x0a;
const START: Uint8Array = /* @__PURE__ */ utf8('cssi-authority-store-v1');

const nextDigest = (previous: Uint8Array, text: Uint8Array): Uint8Array =>
  sm3(concatBytes(previous, text)).slice(0, DIGEST_BYTES);

/** Writes lines, each bound to the one before. */
export class JournalWriter {
  #digest: Uint8Array;

  constructor(digest: Uint8Array = START) {
    this.#digest = digest;
  }

  line(record: unknown): Uint8Array {
    const text = utf8(recordToText(record));
    this.#digest = nextDigest(this.#digest, text);
    return concatBytes(utf8(`${toHex(this.#digest)} `), text, Uint8Array.of(LINE_BREAK));
  }
}

/** A journal that was read. */
export interface ReadJournal {
  readonly records: readonly unknown[];
  /** Bytes up to the end of the last good line. */
  readonly length: number;
  /** Goes on after the last good line. */
  readonly writer: JournalWriter;
}

/** Reads a journal up to its torn end. @throws SmError ERR_PKI_AUTHORITY_STATE when it is damaged */
export function readJournal(bytes: Uint8Array): ReadJournal {
  const records: unknown[] = [];
  let digest = START;
  let at = 0;
  while (at < bytes.length) {
    const end = bytes.indexOf(LINE_BREAK, at);
    if (end < 0) break;
    const line = bytes.subarray(at, end);
    const text = line.subarray(HEAD_BYTES);
    const next = nextDigest(digest, text);
    if (!equalBytes(line.subarray(0, HEAD_BYTES), utf8(`${toHex(next)} `))) {
      if (end === bytes.length - 1 && line.includes(0)) break;
      throw stateProblem('store-damaged');
    }
    records.push(recordFromText(text));
    digest = next;
    at = end + 1;
  }
  return { records, length: at, writer: new JournalWriter(digest) };
}
