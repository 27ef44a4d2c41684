import { createCipheriv, createHash } from 'node:crypto';
import { TEST_SEED } from './seeded.ts';

/** A fast reproducible stream that looks random: AES-CTR under a key from the seed and `label`. */
export function seededStream(label: string): (out: Uint8Array) => void {
  const key = createHash('sha256').update(`${TEST_SEED} ${label}`).digest();
  const cipher = createCipheriv('aes-256-ctr', key, new Uint8Array(16));
  return (out) => out.set(cipher.update(new Uint8Array(out.length)));
}
