import type { OperationKey } from '../operation-key.ts';
import type { Running } from '../operation-table.ts';

/** A message that is encrypted or decrypted in pieces. Copies share no state. */
export interface CipherRun extends Running {
  /** Bytes `update` gives for so many more. */
  updateBytes(input: number): number;
  /** Most bytes `final` gives for so many more. */
  finalBytes(input: number): number;
  /** May so many more bytes come? */
  canTake(input: number): boolean;
  /** May the message end after so many more bytes? */
  canEnd(input: number): boolean;
  update(input: Uint8Array): Uint8Array;
  /** The rest; nothing where the padding is wrong. The run is to be destroyed afterwards. */
  final(input: Uint8Array): Uint8Array | undefined;
  /** Without keys: under the same ones. */
  clone(keys: readonly OperationKey[]): CipherRun;
}
