import { concatBytes, equalBytes, sm3, toHex, utf8 } from '@cssi/sm-core';
import { recordFromText, recordToText, stateProblem } from './records.ts';

/*
 * A journal is lines of `<digest> <record>`; the digest is the first 16 bytes, in hex, of SM3
 * over the digest of the line before and the record. A line is one change: it counts as a
 * whole or not at all. What a kill or a power cut leaves at the end is the beginning of a
 * line, a whole line without its line break, or zeros up to the end. A whole line counts; the
 * rest was never answered for and is cut off. Anything else that does not fit is damage,
 * which nobody may read over.
 */

const DIGEST_BYTES = 16;
const HEAD_BYTES = 2 * DIGEST_BYTES + 1;
const LINE_BREAK = 0x0a;
const START: Uint8Array = /* @__PURE__ */ utf8('cssi-authority-store-v1');
/** A revocation list of 16 MiB, the largest there is, takes 22 MiB. */
const MAX_LINE_BYTES = 67_108_864;
const EMPTY = /* @__PURE__ */ new Uint8Array(0);

const nextDigest = (previous: Uint8Array, text: Uint8Array): Uint8Array =>
  sm3(concatBytes(previous, text)).slice(0, DIGEST_BYTES);

const damaged = () => stateProblem('store-damaged');

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

/** The end of a journal that was read. */
export interface JournalEnd {
  /** Bytes up to the end of the last whole line; what follows is to be cut off. */
  readonly length: number;
  /** The last whole line lacks its line break, which must be written before anything else. */
  readonly openLine: boolean;
  /** Goes on after the last whole line. */
  readonly writer: JournalWriter;
}

/** Reads a journal piece by piece, so that it may be longer than any array. */
export class JournalReader {
  readonly #take: (record: unknown, bytes: number) => void;
  #digest = START;
  #length = 0;
  /** Pieces of the line that has not ended yet. */
  #pieces: Uint8Array[] = [];
  #pending = 0;

  /** @param take - gets each record with the bytes of its line */
  constructor(take: (record: unknown, bytes: number) => void) {
    this.#take = take;
  }

  /** Takes the next piece, which is copied. @throws SmError ERR_PKI_AUTHORITY_STATE when it is damaged */
  push(piece: Uint8Array): void {
    let at = 0;
    for (;;) {
      const end = piece.indexOf(LINE_BREAK, at);
      if (end < 0) break;
      const line = this.#joined(piece.subarray(at, end));
      if (!this.#accept(line, 1)) throw damaged();
      at = end + 1;
    }
    this.#keep(piece.slice(at));
  }

  /** Ends the journal. @throws SmError ERR_PKI_AUTHORITY_STATE when it is damaged */
  end(): JournalEnd {
    const rest = this.#joined(EMPTY);
    const zeros = rest.findLastIndex((byte) => byte !== 0) + 1;
    const line = rest.subarray(0, zeros);
    const openLine = line.length > 0 && this.#accept(line, 0);
    // A line that was whole, or one with a hole in it, is not what a cut write leaves.
    if (!openLine && (line.includes(0) || this.#fits(line.subarray(0, -1)))) throw damaged();
    return { length: this.#length, openLine, writer: new JournalWriter(this.#digest) };
  }

  #keep(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.#pieces.push(piece);
    this.#pending += piece.length;
    if (this.#pending > MAX_LINE_BYTES) throw damaged();
  }

  #joined(last: Uint8Array): Uint8Array {
    if (this.#pieces.length === 0) return last;
    const line = concatBytes(...this.#pieces, last);
    this.#pieces = [];
    this.#pending = 0;
    return line;
  }

  #fits(line: Uint8Array): boolean {
    const next = nextDigest(this.#digest, line.subarray(HEAD_BYTES));
    return equalBytes(line.subarray(0, HEAD_BYTES), utf8(`${toHex(next)} `));
  }

  #accept(line: Uint8Array, breakBytes: number): boolean {
    if (!this.#fits(line)) return false;
    const text = line.subarray(HEAD_BYTES);
    this.#take(recordFromText(text), line.length + breakBytes);
    this.#digest = nextDigest(this.#digest, text);
    this.#length += line.length + breakBytes;
    return true;
  }
}
