import type { OperationKey } from '../operation-key.ts';

/** An authenticated mode under way: associated data, then the payload, then the tag. */
export interface AeadMode {
  /** Pieces of any length, all of them before the payload. */
  aad(data: Uint8Array): void;
  /** Only the last piece may end inside a block; `output` may be `input`. */
  encrypt(input: Uint8Array, output: Uint8Array): void;
  /** As `encrypt`. The output must not leave before the tag was compared. */
  decrypt(input: Uint8Array, output: Uint8Array): void;
  /** The whole tag, 16 bytes; ends the message. */
  tag(): Uint8Array;
  clone(key: OperationKey): AeadMode;
  wipe(): void;
}
