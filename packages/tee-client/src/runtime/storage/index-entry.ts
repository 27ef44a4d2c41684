import { TAG_BYTES } from './log-format.ts';
import type { BoxRef, LogOperation } from './log-operations.ts';

/**
 * Data are sealed in pieces of this size: a small write costs one piece, and SM4-GCM of this
 * runtime is at its full speed from 4 KiB on.
 */
export const CHUNK_BYTES = 16_384;

const boxBytes = (ref: BoxRef | undefined): number => (ref === undefined ? 0 : ref.bytes + TAG_BYTES);

/** An object in memory: where its pieces are, none of its contents. */
export class IndexEntry {
  size = 0;
  /** Bytes its boxes take in the log. */
  boxBytes = 0;
  /** One per {@link CHUNK_BYTES}; a hole has none. */
  readonly chunks: (BoxRef | undefined)[] = [];
  #attributes: BoxRef | undefined;

  get attributes(): BoxRef | undefined {
    return this.#attributes;
  }

  set attributes(ref: BoxRef | undefined) {
    this.boxBytes += boxBytes(ref) - boxBytes(this.#attributes);
    this.#attributes = ref;
  }

  /** Cuts, or extends by a hole. */
  resize(size: number): void {
    const count = Math.ceil(size / CHUNK_BYTES);
    while (this.chunks.length > count) this.boxBytes -= boxBytes(this.chunks.pop());
    const last = this.chunks[count - 1];
    const rest = size - (count - 1) * CHUNK_BYTES;
    if (last !== undefined && last.valid > rest) this.chunks[count - 1] = { ...last, valid: rest };
    while (this.chunks.length < count) this.chunks.push(undefined);
    this.size = size;
  }

  /** @throws RangeError for a chunk behind the end */
  setChunks(chunks: readonly (readonly [number, BoxRef])[]): void {
    for (const [index, ref] of chunks) {
      const room = this.size - index * CHUNK_BYTES;
      if (room <= 0 || ref.valid > Math.min(room, CHUNK_BYTES) || ref.valid > ref.bytes) {
        throw new RangeError('chunk');
      }
      this.boxBytes += boxBytes(ref) - boxBytes(this.chunks[index]);
      this.chunks[index] = ref;
    }
  }

  /** The operation that makes the object as it is. */
  asPut(key: string, moved: (ref: BoxRef) => BoxRef): LogOperation & { readonly kind: 'put' } {
    const chunks: [number, BoxRef][] = [];
    for (const [i, ref] of this.chunks.entries()) if (ref !== undefined) chunks.push([i, moved(ref)]);
    const attributes = this.#attributes === undefined ? undefined : moved(this.#attributes);
    return { kind: 'put', id: key, size: this.size, attributes, chunks };
  }
}
