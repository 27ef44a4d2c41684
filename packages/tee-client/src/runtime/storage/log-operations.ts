import { keyBytes, STORE_ID_MAX_BYTES } from './store-interface.ts';

/**
 * Operations in the meta box of a frame, big endian.
 *
 * ```
 * put        1 | id | size 5 | attributes ref | count 4 | count × (chunk 4 | ref)
 * patch      2 | id | size 5 | count 4 | count × (chunk 4 | ref)
 * attributes 3 | id | ref
 * delete     4 | id
 * rename     5 | id | id
 * moved      6 | generation 8 | end 8 | tag 16
 * id  = length 1 | bytes           ref = offset 6 | bytes 4 | valid 4
 * ```
 */

/** A sealed piece in the log file. */
export interface BoxRef {
  /** Number of the key in the file. */
  readonly key: number;
  readonly offset: number;
  /** Length of the plaintext in the box. */
  readonly bytes: number;
  /** How much of it is still part of the object; the rest reads as zeroes. */
  readonly valid: number;
}

/** One change of the index. */
export type LogOperation =
  | {
      readonly kind: 'put';
      readonly id: string;
      readonly size: number;
      readonly attributes: BoxRef | undefined;
      readonly chunks: readonly (readonly [number, BoxRef])[];
    }
  | {
      readonly kind: 'patch';
      readonly id: string;
      readonly size: number;
      readonly chunks: readonly (readonly [number, BoxRef])[];
    }
  | { readonly kind: 'attributes'; readonly id: string; readonly attributes: BoxRef | undefined }
  | { readonly kind: 'delete'; readonly id: string }
  | { readonly kind: 'rename'; readonly id: string; readonly to: string }
  | { readonly kind: 'moved'; readonly generation: number; readonly end: number; readonly tag: Uint8Array };

const KINDS = { put: 1, patch: 2, attributes: 3, delete: 4, rename: 5, moved: 6 } as const;
const TWO_32 = 2 ** 32;
const REF_BYTES = 14;
const CHUNK_BYTES = 4 + REF_BYTES;
const NO_BOX = { key: 0, offset: 0, bytes: 0, valid: 0 };

/** Length of an encoded operation. */
export function operationBytes(operation: LogOperation): number {
  if (operation.kind === 'moved') return 33;
  const id = 2 + operation.id.length;
  switch (operation.kind) {
    case 'put':
      return id + 9 + REF_BYTES + operation.chunks.length * CHUNK_BYTES;
    case 'patch':
      return id + 9 + operation.chunks.length * CHUNK_BYTES;
    case 'attributes':
      return id + REF_BYTES;
    case 'delete':
      return id;
    case 'rename':
      return id + 1 + operation.to.length;
  }
}

class Writer {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
  }

  number(value: number, size: number): this {
    let rest = value;
    for (let i = size - 1; i >= 0; i--) {
      this.bytes[this.#at + i] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    this.#at += size;
    return this;
  }

  raw(bytes: Uint8Array): this {
    this.bytes.set(bytes, this.#at);
    this.#at += bytes.length;
    return this;
  }

  id(key: string): this {
    return this.number(key.length, 1).raw(keyBytes(key));
  }

  ref(ref: BoxRef): this {
    this.#view.setUint16(this.#at, Math.floor(ref.offset / TWO_32));
    this.#view.setUint32(this.#at + 2, ref.offset % TWO_32);
    this.#view.setUint32(this.#at + 6, ref.bytes);
    this.#view.setUint32(this.#at + 10, ref.valid);
    this.#at += REF_BYTES;
    return this;
  }

  chunks(chunks: readonly (readonly [number, BoxRef])[]): this {
    this.number(chunks.length, 4);
    for (const [index, ref] of chunks) this.number(index, 4).ref(ref);
    return this;
  }
}

export function encodeOperations(operations: readonly LogOperation[]): Uint8Array {
  const writer = new Writer(operations.reduce((sum, operation) => sum + operationBytes(operation), 0));
  for (const operation of operations) {
    writer.number(KINDS[operation.kind], 1);
    if (operation.kind === 'moved') {
      writer.number(operation.generation, 8).number(operation.end, 8).raw(operation.tag);
      continue;
    }
    writer.id(operation.id);
    if (operation.kind === 'rename') writer.id(operation.to);
    if (operation.kind === 'put' || operation.kind === 'patch') writer.number(operation.size, 5);
    if (operation.kind === 'put' || operation.kind === 'attributes')
      writer.ref(operation.attributes ?? NO_BOX);
    if (operation.kind === 'put' || operation.kind === 'patch') writer.chunks(operation.chunks);
  }
  return writer.bytes;
}

/** Reads what this code wrote and sealed itself; the checks are against errors of its own. */
class Reader {
  readonly #bytes: Uint8Array;
  readonly #key: number;
  #at = 0;

  constructor(bytes: Uint8Array, key: number) {
    this.#bytes = bytes;
    this.#key = key;
  }

  get done(): boolean {
    return this.#at === this.#bytes.length;
  }

  raw(size: number): Uint8Array {
    if (size > this.#bytes.length - this.#at) throw new RangeError('operation');
    this.#at += size;
    return this.#bytes.slice(this.#at - size, this.#at);
  }

  number(size: number): number {
    const end = this.#at + size;
    if (end > this.#bytes.length) throw new RangeError('operation');
    let value = 0;
    while (this.#at < end) value = value * 256 + (this.#bytes[this.#at++] as number);
    return value;
  }

  id(): string {
    const length = this.number(1);
    if (length > STORE_ID_MAX_BYTES) throw new RangeError('operation');
    return String.fromCharCode(...this.raw(length));
  }

  ref(): BoxRef {
    return { key: this.#key, offset: this.number(6), bytes: this.number(4), valid: this.number(4) };
  }

  attributes(): BoxRef | undefined {
    const ref = this.ref();
    return ref.offset === 0 ? undefined : ref;
  }

  chunks(): [number, BoxRef][] {
    const count = this.number(4);
    if (count * CHUNK_BYTES > this.#bytes.length - this.#at) throw new RangeError('operation');
    return Array.from({ length: count }, () => [this.number(4), this.ref()]);
  }
}

/**
 * @param key - number of the key the frame is sealed under; its boxes are, too
 * @throws RangeError for anything `encodeOperations` does not write
 */
export function decodeOperations(bytes: Uint8Array, key: number): LogOperation[] {
  const reader = new Reader(bytes, key);
  const operations: LogOperation[] = [];
  while (!reader.done) {
    const kind = reader.number(1);
    if (kind === KINDS.moved) {
      operations.push({
        kind: 'moved',
        generation: reader.number(8),
        end: reader.number(8),
        tag: reader.raw(16),
      });
      continue;
    }
    const id = reader.id();
    if (kind === KINDS.put) {
      const size = reader.number(5);
      operations.push({ kind: 'put', id, size, attributes: reader.attributes(), chunks: reader.chunks() });
    } else if (kind === KINDS.patch) {
      operations.push({ kind: 'patch', id, size: reader.number(5), chunks: reader.chunks() });
    } else if (kind === KINDS.attributes) {
      operations.push({ kind: 'attributes', id, attributes: reader.attributes() });
    } else if (kind === KINDS.delete) operations.push({ kind: 'delete', id });
    else if (kind === KINDS.rename) operations.push({ kind: 'rename', id, to: reader.id() });
    else throw new RangeError('operation');
  }
  return operations;
}
