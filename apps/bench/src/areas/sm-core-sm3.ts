import { createHash } from 'node:crypto';
import { fromHex, randomBytes, sm3 } from '@cssi/sm-core';
import type { BenchRow } from '../area.ts';
import { agreeBytes } from './agree.ts';
import { smCrypto, smCryptoV2 } from './sm-crypto-peers.ts';

const SIZES = [
  ['sm3.16KiB', 1 << 14],
  ['sm3.1MiB', 1 << 20],
] as const;

/** Rows of SM3, for a message of a request and for a chunk of a file. */
export function sm3Rows(): BenchRow[] {
  return SIZES.map(([id, length]) => {
    const data = randomBytes(length);
    const numbers = Array.from(data);
    const peers = {
      'node:crypto': () => createHash('sm3').update(data).digest(),
      'sm-crypto': () => fromHex(smCrypto.sm3(numbers)),
      'sm-crypto-v2': () => fromHex(smCryptoV2.sm3(data)),
    };
    for (const [name, hash] of Object.entries(peers)) agreeBytes(sm3(data), { [name]: hash() }, id);
    return {
      id,
      unit: 'Mbit/s',
      better: 'higher',
      perOperation: (8 * length) / 1e6,
      goal: 2500,
      requirements: ['TCCIA-036'],
      ours: () => sm3(data),
      peers,
    };
  });
}
