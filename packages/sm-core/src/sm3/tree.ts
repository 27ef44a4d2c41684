import type { SmEngine } from '../spec/v1/engine.ts';

/** What stands before a leaf and before the two children of a node. @standard RFC 9162 §2.1.1 */
const LEAF = 0;
const NODE = 1;

const prefixed = (prefix: number, ...parts: readonly Uint8Array[]): Uint8Array => {
  let length = 1;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  out[0] = prefix;
  let at = 1;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
};

/**
 * The root of the Merkle tree over `leaves` with SM3: SM3(0‖leaf), SM3(1‖left‖right), a
 * last child without a sibling moves up, and a tree without leaves is SM3 of nothing.
 *
 * @standard RFC 9162 §2.1.1
 */
export function treeRoot(
  engine: SmEngine,
  many: (messages: readonly Uint8Array[]) => Uint8Array[],
  leaves: readonly Uint8Array[],
): Uint8Array {
  if (leaves.length === 0) return engine.sm3Digest();
  let level = many(leaves.map((leaf) => prefixed(LEAF, leaf)));
  while (level.length > 1) {
    const pairs: Uint8Array[] = [];
    for (let i = 0; i + 1 < level.length; i += 2) pairs.push(prefixed(NODE, level[i]!, level[i + 1]!));
    const next = many(pairs);
    if (level.length % 2 === 1) next.push(level[level.length - 1]!);
    level = next;
  }
  return level[0]!;
}
