import { concatBytes, sm3, sm3Hash } from '@cssi/sm-core';

const LEAF = Uint8Array.of(0x00);
const NODE = Uint8Array.of(0x01);

/** Hash of one leaf: SM3(0x00 ‖ data), as in RFC 6962 §2.1 with SM3. */
export function leafHash(data: Uint8Array): Uint8Array {
  return sm3Hash().update(LEAF).update(data).digest();
}

/** Hash of an inner node: SM3(0x01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sm3(concatBytes(NODE, left, right));
}

/**
 * The right edge of a growing Merkle tree (默克尔树): the roots of its complete subtrees, one
 * per bit set in the size. It gives the root at every size from at most 53 hashes.
 */
export class MerkleFrontier {
  readonly #roots: Uint8Array[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds the next leaf by its {@link leafHash}. */
  append(leaf: Uint8Array): void {
    let root = leaf;
    // Two complete subtrees of equal size become one, as a carry in a binary counter.
    for (let rest = this.#size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
      root = nodeHash(this.#roots.pop()!, root);
    }
    this.#roots.push(root);
    this.#size++;
  }

  /** Root at the present size; SM3 of nothing for the empty tree. */
  root(): Uint8Array {
    if (this.#roots.length === 0) return sm3(new Uint8Array(0));
    return this.#roots.reduceRight((right, left) => nodeHash(left, right));
  }

  /** A copy that grows on its own. */
  clone(): MerkleFrontier {
    const copy = new MerkleFrontier();
    copy.#roots.push(...this.#roots);
    copy.#size = this.#size;
    return copy;
  }
}
