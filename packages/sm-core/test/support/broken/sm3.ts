import { concatBytes, type Sm3Hash } from '../../../src/index.ts';
import { type BrokenEngine, broken, damage, good } from './base.ts';

let sharedHash = good.sm3();

/** A digest of zeros whatever the message. */
function zeroHash(): Sm3Hash {
  const hash = { update: () => hash, digest: () => new Uint8Array(32), clone: zeroHash };
  return hash as unknown as Sm3Hash;
}

/** Faults in what an engine says of itself, and in SM3. */
export const BROKEN_SM3: readonly BrokenEngine[] = [
  broken('another interface version', { specVersion: '2' as '1' }, 'engine.names-its-version'),
  broken(
    'computes what it does not declare',
    { capabilities: new Set(['sm3']) },
    'engine.refuses-by-name-what-it-lacks',
  ),
  broken(
    'hash of nothing whatever the message',
    { sm3: zeroHash },
    'sm3.annex-a1',
    'sm3.annex-a2',
    'sm3.empty-message',
    'sm3.padding-boundaries',
    'sm3.trailing-zero-is-not-ignored',
  ),
  broken(
    'pieces of a message are swapped',
    {
      sm3: () => {
        let message = new Uint8Array(0);
        const make = (): Sm3Hash => {
          const hash = {
            update(data: Uint8Array) {
              message = Uint8Array.from(concatBytes(data, message));
              return hash;
            },
            digest: () => good.sm3().update(message).digest(),
            clone: make,
          };
          return hash as unknown as Sm3Hash;
        };
        return make();
      },
    },
    'sm3.pieces-equal-whole',
    'sm3.clone-does-not-follow-the-original',
    'sm3.original-does-not-follow-the-clone',
  ),
  broken(
    'one state for all computations',
    {
      sm3: () => {
        sharedHash = good.sm3();
        const hash = {
          update(data: Uint8Array) {
            sharedHash.update(data);
            return hash;
          },
          digest: () => sharedHash.clone().digest(),
          clone: () => hash,
        };
        return hash as unknown as Sm3Hash;
      },
    },
    'sm3.interleaved-computations-do-not-mix',
  ),
  broken(
    'hash changes the message, or reads it late',
    {
      sm3: () => {
        const parts: Uint8Array[] = [];
        const hash = {
          update(data: Uint8Array) {
            parts.push(data);
            return hash;
          },
          digest() {
            const digest = good
              .sm3()
              .update(concatBytes(...parts))
              .digest();
            damage(...parts);
            return digest;
          },
          clone: () => hash,
        };
        return hash as unknown as Sm3Hash;
      },
    },
    'sm3.message-is-not-changed',
    'sm3.message-may-be-reused-after-update',
  ),
];
