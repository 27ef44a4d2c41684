import { concatBytes, equalBytes, SM3_DIGEST_BYTES, sm3, sm3Hash } from '@cssi/sm-core';
import { MODEL_TRANSFER_ERRORS } from './errors.ts';

/**
 * Merkle tree (默克尔树) over the encrypted chunks of one file. The shape is that of
 * RFC 6962 §2.1: the left part of n leaves holds the largest power of two below n.
 *
 * | value | computation |
 * |---|---|
 * | leaf | SM3(00 ‖ index (4 bytes) ‖ ciphertext) |
 * | node | SM3(01 ‖ left ‖ right) |
 * | root | SM3(02 ‖ number of leaves (4 bytes) ‖ top node) |
 *
 * The first byte keeps the three apart; the root binds the number of leaves.
 */

const uint32 = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
};

/** Digest of one chunk of ciphertext, tag included. */
export function merkleLeaf(index: number, ciphertext: Uint8Array): Uint8Array {
  return sm3Hash().update(Uint8Array.of(0)).update(uint32(index)).update(ciphertext).digest();
}

const merkleNode = (left: Uint8Array, right: Uint8Array): Uint8Array =>
  sm3(concatBytes(Uint8Array.of(1), left, right));

/** Computes a root leaf by leaf; keeps one digest per level. */
export class MerkleBuilder {
  /** Finished subtrees, largest first; `size` is a power of two. */
  readonly #peaks: { size: number; digest: Uint8Array }[] = [];
  #count = 0;

  /** Adds the next leaf. */
  add(leaf: Uint8Array): void {
    let size = 1;
    let digest = leaf;
    for (let top = this.#peaks.at(-1); top?.size === size; top = this.#peaks.at(-1)) {
      this.#peaks.pop();
      digest = merkleNode(top.digest, digest);
      size *= 2;
    }
    this.#peaks.push({ size, digest });
    this.#count++;
  }

  /**
   * The root of what was added.
   *
   * @throws {@link SmError} ERR_MODEL_TREE_WRONG when nothing was added
   */
  root(): Uint8Array {
    const last = this.#peaks.at(-1);
    if (last === undefined)
      throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_TREE_WRONG', { detail: 'leaves=0' });
    let top = last.digest;
    for (let i = this.#peaks.length - 2; i >= 0; i--) top = merkleNode(this.#peaks[i]!.digest, top);
    return sm3(concatBytes(Uint8Array.of(2), uint32(this.#count), top));
  }
}

/**
 * Root of a list of leaves.
 *
 * @param leaves - the leaves one after the other, 32 bytes each
 * @throws {@link SmError} ERR_MODEL_TREE_WRONG when the list is empty or its length is odd
 */
export function merkleRoot(leaves: Uint8Array): Uint8Array {
  if (leaves.length % SM3_DIGEST_BYTES !== 0) {
    throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_TREE_WRONG', { detail: `length=${leaves.length}` });
  }
  const builder = new MerkleBuilder();
  for (let at = 0; at < leaves.length; at += SM3_DIGEST_BYTES) {
    builder.add(leaves.subarray(at, at + SM3_DIGEST_BYTES));
  }
  return builder.root();
}

/** True when `ciphertext` is the chunk `index` that `leaf` stands for. */
export function matchesLeaf(leaf: Uint8Array, index: number, ciphertext: Uint8Array): boolean {
  return equalBytes(merkleLeaf(index, ciphertext), leaf);
}
