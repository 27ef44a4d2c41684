import { SmError } from '../error.ts';

/** What became of one message of a batch. */
export type Sm2SignResult =
  | { readonly ok: true; readonly signature: Uint8Array }
  | { readonly ok: false; readonly error: SmError };

/** What became of one signature of a batch: was it checked, and is it right? */
export type Sm2VerifyResult =
  | { readonly ok: true; readonly valid: boolean }
  | { readonly ok: false; readonly error: SmError };

/** A coded error is the item's own; anything else is a fault of the engine and ends the batch. */
export function itemError(error: unknown): { readonly ok: false; readonly error: SmError } {
  if (error instanceof SmError) return { ok: false, error };
  throw error;
}
