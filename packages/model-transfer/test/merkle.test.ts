import { concatBytes, sm3, toHex } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { MerkleBuilder, matchesLeaf, merkleLeaf, merkleRoot } from '../src/spec/v1/merkle.ts';
import { codeOf, seeded } from './support.ts';

/** The definition, word for word: split at the largest power of two below the number of leaves. */
function top(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 1) return leaves[0]!;
  let left = 1;
  while (left * 2 < leaves.length) left *= 2;
  return sm3(concatBytes(Uint8Array.of(1), top(leaves.slice(0, left)), top(leaves.slice(left))));
}

const listOf = (count: number, label = 'leaf') =>
  Array.from({ length: count }, (_, i) => merkleLeaf(i, seeded(`${label} ${i}`, 50)));

describe('Merkle tree [part of EDGE-018]', () => {
  it('equals the recursive definition for 1 to 70 leaves', () => {
    for (let count = 1; count <= 70; count++) {
      const leaves = listOf(count);
      const expected = sm3(concatBytes(Uint8Array.of(2, 0, 0, 0, count), top(leaves)));
      expect(toHex(merkleRoot(concatBytes(...leaves)))).toBe(toHex(expected));
    }
  });

  it('hashes a leaf as SM3(00 ‖ index ‖ ciphertext)', () => {
    const data = seeded('data', 100);
    expect(toHex(merkleLeaf(258, data))).toBe(toHex(sm3(concatBytes(Uint8Array.of(0, 0, 0, 1, 2), data))));
  });

  it('has another root for another order, number or content of leaves', () => {
    const leaves = listOf(5);
    const roots = new Set(
      [
        leaves,
        leaves.slice(0, 4),
        [...leaves, leaves[4]!],
        [leaves[1]!, leaves[0]!, ...leaves.slice(2)],
        [...leaves.slice(0, 4), merkleLeaf(4, seeded('other', 50))],
      ].map((list) => toHex(merkleRoot(concatBytes(...list)))),
    );
    expect(roots.size).toBe(5);
  });

  it('does not take an inner node for a leaf', () => {
    const [a, b] = listOf(2);
    const node = sm3(concatBytes(Uint8Array.of(1), a!, b!));
    expect(toHex(merkleRoot(node))).not.toBe(toHex(merkleRoot(concatBytes(a!, b!))));
  });

  it('does not match a chunk in another place or of another length', () => {
    const data = seeded('data', 100);
    const leaf = merkleLeaf(3, data);
    expect(matchesLeaf(leaf, 3, data)).toBe(true);
    expect(matchesLeaf(leaf, 4, data)).toBe(false);
    expect(matchesLeaf(leaf, 3, data.subarray(1))).toBe(false);
    expect(matchesLeaf(leaf.subarray(1), 3, data)).toBe(false);
  });

  it('refuses an empty list and half a leaf', async () => {
    expect(await codeOf(() => merkleRoot(new Uint8Array(0)))).toBe('ERR_MODEL_TREE_WRONG');
    expect(await codeOf(() => merkleRoot(new Uint8Array(33)))).toBe('ERR_MODEL_TREE_WRONG');
    expect(await codeOf(() => new MerkleBuilder().root())).toBe('ERR_MODEL_TREE_WRONG');
  });
});
