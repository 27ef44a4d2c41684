import { concatBytes } from '@cssi/sm-core';

const LINE_FEED = 0x0a;

/** Bytes in pieces of any size. */
export type ByteStream = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** One line, or what stands after the last line feed. */
export interface Line {
  readonly bytes: Uint8Array;
  /** False for bytes at the end that no line feed follows. */
  readonly complete: boolean;
  /** Longer than allowed; `bytes` holds only the beginning. */
  readonly tooLong: boolean;
}

/** Splits a stream into lines; holds at most one chunk and one line of `maxBytes`. */
export async function* readLines(
  chunks: ByteStream,
  maxBytes: number,
): AsyncGenerator<Line, void, undefined> {
  let parts: Uint8Array[] = [];
  let length = 0;
  const take = (complete: boolean): Line => {
    const line = { bytes: concatBytes(...parts), complete, tooLong: length > maxBytes };
    parts = [];
    length = 0;
    return line;
  };
  const keep = (part: Uint8Array) => {
    const room = Math.max(0, maxBytes - length);
    if (room > 0) parts.push(Uint8Array.from(part.subarray(0, room)));
    length += part.length;
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      if (length === 0 && end - start <= maxBytes) {
        yield { bytes: chunk.subarray(start, end), complete: true, tooLong: false };
      } else {
        keep(chunk.subarray(start, end));
        yield take(true);
      }
      start = end + 1;
    }
    if (start < chunk.length) keep(chunk.subarray(start));
  }
  if (length > 0) yield take(false);
}
