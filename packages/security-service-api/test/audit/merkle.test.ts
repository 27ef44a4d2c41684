import { sm3, toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { leafHash, MerkleFrontier, nodeHash } from '../../src/audit/merkle.ts';

/** MTH of RFC 6962 §2.1 word for word: split at the largest power of two below n. */
function definition(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return sm3(new Uint8Array(0));
  if (leaves.length === 1) return leafHash(leaves[0]!);
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return nodeHash(definition(leaves.slice(0, k)), definition(leaves.slice(k)));
}

describe('Merkle frontier', () => {
  it('has the root of the definition at every size', () => {
    const leaves: Uint8Array[] = [];
    const frontier = new MerkleFrontier();
    for (let n = 0; n <= 130; n++) {
      expect(toHex(frontier.root())).toBe(toHex(definition(leaves)));
      expect(frontier.size).toBe(n);
      leaves.push(utf8(`leaf ${n}`));
      frontier.append(leafHash(leaves[n]!));
    }
  });

  it('has SM3 of nothing as the empty root', () => {
    expect(toHex(new MerkleFrontier().root())).toBe(
      '1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b',
    );
  });

  it('does not take an inner node for a leaf', () => {
    const [a, b] = [leafHash(utf8('a')), leafHash(utf8('b'))];
    const joined = new Uint8Array([...a, ...b]);
    expect(toHex(leafHash(joined))).not.toBe(toHex(nodeHash(a, b)));
    expect(toHex(nodeHash(a, b))).not.toBe(toHex(nodeHash(b, a)));
  });

  it('grows copies apart', () => {
    const frontier = new MerkleFrontier();
    frontier.append(leafHash(utf8('a')));
    const before = toHex(frontier.root());
    const copy = frontier.clone();
    copy.append(leafHash(utf8('b')));
    expect(toHex(frontier.root())).toBe(before);
    expect(toHex(copy.root())).not.toBe(before);
  });
});
