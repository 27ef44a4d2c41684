import { concatBytes } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../spec/v1/errors.ts';
import { readU64, TAG_BYTES, u64 } from './log-format.ts';
import type { StoreFile, StoreFiles } from './store-files.ts';
import type { StoreKeys } from './store-keys.ts';

export const COUNTER_NAME = 'counter';
export const COUNTER_TEMPORARY = 'counter.tmp';
/** Slots lie in different blocks of the disk, so writing one cannot harm the other. */
const SLOT_DISTANCE = 4096;
const FILE_BYTES = 2 * SLOT_DISTANCE;
/** A byte in the block of a slot that means nothing. */
const SPARE_AT = 2048;
const VALUE_BYTES = 24 + TAG_BYTES;
const SLOT_BYTES = VALUE_BYTES + 32;

/** What the counter file says about the log. */
export interface CounterState {
  /** Number of the last commit. */
  readonly sequence: number;
  /** Which log file is valid. */
  readonly generation: number;
  /** Where its last confirmed frame ends. */
  readonly end: number;
  /** Tag of that frame. */
  readonly tag: Uint8Array;
}

const fail = TEE_CLIENT_ERRORS.create;

function encodeSlot(keys: StoreKeys, state: CounterState): Uint8Array {
  const value = concatBytes(u64(state.sequence), u64(state.generation), u64(state.end), state.tag);
  return concatBytes(value, keys.slotTag(value));
}

function decodeSlot(keys: StoreKeys, slot: Uint8Array, parity: number): CounterState | undefined {
  const value = slot.subarray(0, VALUE_BYTES);
  if (slot.length !== SLOT_BYTES || !keys.isSlotTag(value, slot.subarray(VALUE_BYTES))) return undefined;
  const sequence = readU64(value, 0);
  // A genuine slot in the other one's place is no crash.
  if (sequence % 2 !== parity) return undefined;
  return { sequence, generation: readU64(value, 8), end: readU64(value, 16), tag: value.slice(24) };
}

/**
 * The anti-rollback counter (防回滚计数器): two slots under HMAC-SM3, written in turn.
 */
export class CounterFile {
  readonly #file: StoreFile;
  readonly #keys: StoreKeys;

  constructor(file: StoreFile, keys: StoreKeys) {
    this.#file = file;
    this.#keys = keys;
  }

  /**
   * Makes the file with the states 0 and 1 of an empty log. It is there as a whole or not at all.
   *
   * @throws {@link SmError} ERR_TEE_STORAGE
   */
  static create(files: StoreFiles, keys: StoreKeys, log: Omit<CounterState, 'sequence'>): CounterState {
    if (files.list().includes(COUNTER_TEMPORARY)) files.remove(COUNTER_TEMPORARY);
    const first: CounterState = { ...log, sequence: 1 };
    const file = files.open(COUNTER_TEMPORARY, true);
    try {
      const contents = new Uint8Array(FILE_BYTES);
      contents.set(encodeSlot(keys, { ...log, sequence: 0 }));
      contents.set(encodeSlot(keys, first), SLOT_DISTANCE);
      file.write(0, contents);
      file.sync();
    } finally {
      file.close();
    }
    files.rename(COUNTER_TEMPORARY, COUNTER_NAME);
    files.syncFolder();
    return first;
  }

  /** @throws {@link SmError} ERR_TEE_SEAL_INTEGRITY when no slot is valid, ERR_TEE_SEAL_ROLLBACK */
  read(): { readonly state: CounterState; readonly torn: boolean } {
    const [even, odd] = [0, 1].map((parity) => {
      const slot = new Uint8Array(SLOT_BYTES);
      const length = this.#file.read(parity * SLOT_DISTANCE, slot);
      return decodeSlot(this.#keys, slot.subarray(0, length), parity);
    });
    const state = (even?.sequence ?? -1) > (odd?.sequence ?? -1) ? even : odd;
    if (state === undefined) throw fail('ERR_TEE_SEAL_INTEGRITY', { detail: 'part=counter' });
    if (even && odd && Math.abs(even.sequence - odd.sequence) !== 1) {
      throw fail('ERR_TEE_SEAL_ROLLBACK', { detail: 'part=counter' });
    }
    return { state, torn: even === undefined || odd === undefined };
  }

  /** Moves the counter on; on the disk when it returns. */
  write(state: CounterState): void {
    this.#file.write((state.sequence % 2) * SLOT_DISTANCE, encodeSlot(this.#keys, state));
    this.#file.sync();
  }

  /**
   * Puts on the disk what another process may have written without coming to sync it. Where writes
   * are synced one by one, only a write to the same block does that; it leaves the slot alone.
   */
  settle({ sequence }: CounterState): void {
    this.#file.write((sequence % 2) * SLOT_DISTANCE + SPARE_AT, new Uint8Array(1));
    this.#file.sync();
  }

  close(): void {
    this.#file.close();
  }
}
