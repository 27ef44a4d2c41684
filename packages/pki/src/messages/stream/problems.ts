import { SmError } from '@cssi/sm-core';
import { PKI_ERRORS } from '../../errors.ts';
import { DerProblem } from '../../internal/tlv.ts';
import { optionProblem } from '../options.ts';

/** What the caller gets for an error inside of a stream. */
export function streamError(error: unknown): unknown {
  if (error instanceof DerProblem) {
    return PKI_ERRORS.create('ERR_PKI_MESSAGE_MALFORMED', { detail: `reason=${error.message}` });
  }
  // A certificate inside with a broken key, and the like.
  if (error instanceof SmError && error.code === 'ERR_SM2_PUBLIC_KEY_INVALID') {
    return PKI_ERRORS.create('ERR_PKI_MESSAGE_MALFORMED', { detail: `reason=${error.code}`, cause: error });
  }
  return error;
}

/** Pieces of a source as copies: many sources use their buffer again. */
export async function* ownPieces(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (typeof source !== 'object' || source === null || !(Symbol.asyncIterator in source)) {
    throw optionProblem('source');
  }
  for await (const piece of source) {
    if (!(piece instanceof Uint8Array)) throw optionProblem('source');
    if (piece.length > 0) yield Uint8Array.from(piece);
  }
}
