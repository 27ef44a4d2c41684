import { concatBytes, type Sm3Hash } from '../../../src/index.ts';
import { type BrokenEngine, broken, damage, good } from './base.ts';

let sharedHash = good.sm3();
const sharedDigest = new Uint8Array(32);

/** A digest of zeros whatever the message. */
function zeroHash(): Sm3Hash {
  const hash = { update: () => hash, digest: () => new Uint8Array(32), clone: zeroHash };
  return hash as unknown as Sm3Hash;
}

/** Faults in SM3. */
export const BROKEN_SM3: readonly BrokenEngine[] = [
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
  broken(
    'one-shot digests of nothing but the first part',
    { sm3Digest: (first = new Uint8Array(1)) => good.sm3Digest(first) },
    'sm3.one-shot-of-nothing',
    'sm3.one-shot-parts-are-not-separated',
    'sm3.one-shot-parts-are-not-swapped',
  ),
  broken(
    'one-shot digests with the parts in another order',
    { sm3Digest: (...parts) => good.sm3Digest(...[...parts].sort((a, b) => b.length - a.length)) },
    'sm3.one-shot-parts-are-not-swapped',
  ),
  broken(
    'one-shot digests lose the length above two blocks',
    { sm3Digest: (...parts) => good.sm3Digest(concatBytes(...parts).subarray(0, 128)) },
    'sm3.one-shot-equals-pieces',
    'sm3.long-messages',
  ),
  broken(
    'one buffer for all digests',
    {
      sm3Digest(...parts) {
        sharedDigest.set(good.sm3Digest(...parts));
        return sharedDigest;
      },
    },
    'sm3.digests-are-not-overwritten',
  ),
  broken(
    'a one-shot digest restarts the running computation',
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
      sm3Digest(...parts) {
        sharedHash = good.sm3();
        return good.sm3Digest(...parts);
      },
    },
    'sm3.one-shot-does-not-disturb-a-running-computation',
    'sm3.clones-at-every-border',
  ),
  broken(
    'pieces are dropped once 256 bytes are there',
    {
      sm3: () => {
        const make = (inner: Sm3Hash, length: number): Sm3Hash => {
          let total = length;
          const hash = {
            update(data: Uint8Array) {
              total += data.length;
              if (total === data.length || total < 256) inner.update(data);
              return hash;
            },
            digest: () => inner.digest(),
            clone: () => make(inner.clone(), total),
          };
          return hash as unknown as Sm3Hash;
        };
        return make(good.sm3(), 0);
      },
    },
    'sm3.pieces-of-every-length',
  ),
  broken(
    'four lanes that all have the length of the first',
    {
      sm3Many: (messages) =>
        messages.map((message, i) => {
          const length = messages[i - (i % 4)]!.length;
          return good.sm3Digest(message.subarray(0, length));
        }),
    },
    'sm3.many-does-not-mix-lengths',
    'sm3.many-of-none-to-nine',
  ),
  broken(
    'many digests forget the messages after the last four',
    {
      sm3Many(messages) {
        damage(...messages);
        return messages.slice(0, messages.length & -4).map((message) => good.sm3Digest(message));
      },
    },
    'sm3.many-of-none-to-nine',
    'sm3.many-does-not-change-messages',
    'sm3.many-of-one-array-again',
  ),
];
