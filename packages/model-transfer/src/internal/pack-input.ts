import { open, stat } from 'node:fs/promises';
import { MODEL_TRANSFER_ERRORS } from '../spec/v1/errors.ts';

/** Plaintext of one file: a path, bytes, or a stream whose length is declared beside it. */
export type PackInput = string | Uint8Array | AsyncIterable<Uint8Array>;

const unreadable = (cause: unknown) => MODEL_TRANSFER_ERRORS.create('ERR_MODEL_INPUT_UNREADABLE', { cause });
const changed = () => MODEL_TRANSFER_ERRORS.create('ERR_MODEL_INPUT_CHANGED');

/**
 * Length of an input in bytes.
 *
 * @throws SmError ERR_MODEL_INPUT_UNREADABLE, ERR_MODEL_PARAMETER_INVALID
 */
export async function inputSize(input: PackInput, declared: number | undefined): Promise<number> {
  if (input instanceof Uint8Array) return input.length;
  if (typeof input !== 'string') {
    if (declared !== undefined && Number.isSafeInteger(declared) && declared >= 0) return declared;
    throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_PARAMETER_INVALID', { detail: 'parameter=size' });
  }
  const found = await stat(input).catch((cause: unknown) => {
    throw unreadable(cause);
  });
  if (!found.isFile()) throw unreadable(undefined);
  return found.size;
}

async function* pieces(input: PackInput, buffer: Uint8Array): AsyncGenerator<Uint8Array> {
  if (input instanceof Uint8Array) {
    yield input;
    return;
  }
  if (typeof input !== 'string') {
    yield* input;
    return;
  }
  const file = await open(input, 'r');
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** As {@link pieces}, with every failure of the input coded. */
async function* safePieces(input: PackInput, buffer: Uint8Array): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of pieces(input, buffer)) {
      if (!(piece instanceof Uint8Array)) throw new TypeError('the stream gave something else than bytes');
      yield piece;
    }
  } catch (cause) {
    throw unreadable(cause);
  }
}

/**
 * Cuts an input into chunks: all of `chunkBytes` but the last, one empty chunk for an empty
 * input. The array that is yielded is used again for the next chunk and zeroed at the end.
 *
 * @throws SmError ERR_MODEL_INPUT_CHANGED when the input has more or fewer bytes than `size`,
 * ERR_MODEL_INPUT_UNREADABLE
 */
export async function* cutInput(
  input: PackInput,
  size: number,
  chunkBytes: number,
): AsyncGenerator<Uint8Array> {
  const chunk = new Uint8Array(Math.min(chunkBytes, size));
  const buffer = new Uint8Array(typeof input === 'string' ? 65_536 : 0);
  let filled = 0;
  let total = 0;
  try {
    for await (const piece of safePieces(input, buffer)) {
      total += piece.length;
      if (total > size) throw changed();
      for (let at = 0; at < piece.length; ) {
        if (filled === chunk.length) {
          yield chunk;
          filled = 0;
        }
        const taken = piece.subarray(at, at + chunk.length - filled);
        chunk.set(taken, filled);
        filled += taken.length;
        at += taken.length;
      }
    }
    if (total !== size) throw changed();
    yield chunk.subarray(0, filled);
  } finally {
    chunk.fill(0);
    buffer.fill(0);
  }
}
