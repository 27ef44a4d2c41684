import type { Sm4GcmKey, SmEngine } from '../../../src/index.ts';
import { type BrokenEngine, broken, damage, good } from './base.ts';

/** The good GCM key with some methods replaced. */
function gcm(change: (inner: Sm4GcmKey, key: Uint8Array) => Partial<Sm4GcmKey>): Partial<SmEngine> {
  return {
    sm4Gcm(key) {
      const inner = good.sm4Gcm(key);
      return { ...copyOf(() => inner), ...change(inner, key) };
    },
  };
}

/** A key of which every call goes to what `inner` gives. */
function copyOf(inner: () => Sm4GcmKey): Sm4GcmKey {
  return {
    encryptBlocks: (input, output) => inner().encryptBlocks(input, output),
    decryptBlocks: (input, output) => inner().decryptBlocks(input, output),
    cbcEncrypt: (iv, input, output) => inner().cbcEncrypt(iv, input, output),
    cbcDecrypt: (iv, input, output) => inner().cbcDecrypt(iv, input, output),
    ctr: (counter, input, output) => inner().ctr(counter, input, output),
    ghash: (y, data) => inner().ghash(y, data),
    gcmEncrypt: (counter, y, input, output) => inner().gcmEncrypt(counter, y, input, output),
    gcmDecrypt: (counter, y, input, output) => inner().gcmDecrypt(counter, y, input, output),
    destroy: () => inner().destroy(),
  };
}

type Call = Sm4GcmKey['gcmEncrypt'];

/** Both directions behind one function. */
const wrapped = (wrap: (call: Call, inner: Sm4GcmKey) => Call): Partial<SmEngine> =>
  gcm((inner) => ({
    gcmEncrypt: wrap((counter, y, input, output) => inner.gcmEncrypt(counter, y, input, output), inner),
    gcmDecrypt: wrap((counter, y, input, output) => inner.gcmDecrypt(counter, y, input, output), inner),
  }));

let lastKey: Sm4GcmKey | undefined;

/** Faults in the parts of GCM. */
export const BROKEN_SM4_GCM: readonly BrokenEngine[] = [
  broken(
    'GHASH with the bits of a block the other way round',
    gcm((inner) => ({
      ghash(y, data) {
        const turned = (bytes: Uint8Array) =>
          bytes.map((byte) => Number.parseInt([...byte.toString(2).padStart(8, '0')].reverse().join(''), 2));
        inner.ghash(y, turned(data));
      },
    })),
    'sm4.gcm.rfc8998-seals',
    'sm4.gcm.rfc8998-opens',
    'sm4.gcm.every-bit-of-the-hash-input-counts',
    'sm4.gcm.decrypts-every-length',
  ),
  broken(
    'GHASH starts from H instead of y',
    gcm((inner) => ({
      ghash(y, data) {
        inner.encryptBlocks(new Uint8Array(16), y);
        inner.ghash(y, data);
      },
    })),
    'sm4.gcm.hash-of-zeros-is-nothing',
    'sm4.gcm.hash-is-not-but-linear',
    'sm4.gcm.hash-of-pieces-is-not-another',
    'sm4.gcm.nothing-of-no-bytes',
  ),
  broken(
    'GHASH leaves out a short last block',
    gcm((inner) => ({ ghash: (y, data) => inner.ghash(y, data.subarray(0, data.length & -16)) })),
    'sm4.gcm.hash-of-short-block-is-not-shortened',
    'sm4.gcm.rfc8998-seals',
    'sm4.gcm.rfc8998-opens',
  ),
  broken(
    'GHASH is right for four blocks at a time only',
    gcm((inner) => ({
      ghash(y, data) {
        inner.ghash(y, data);
        if (data.length % 64 !== 0 && data.length > 64) damage(y);
      },
    })),
    'sm4.gcm.hash-of-pieces-is-not-another',
  ),
  broken(
    'the hash is of the plaintext',
    wrapped((call, inner) => (counter, y, input, output) => {
      const plaintext = Uint8Array.from(input);
      call(counter, new Uint8Array(16), input, output);
      inner.ghash(y, plaintext);
    }),
    'sm4.gcm.rfc8998-seals',
    'sm4.gcm.decrypts-every-length',
  ),
  broken(
    'the hash while opening is of the output',
    gcm((inner) => ({
      gcmDecrypt(counter, y, input, output) {
        inner.ctr(counter, input, output);
        inner.ghash(y, output);
      },
    })),
    'sm4.gcm.rfc8998-opens',
    'sm4.gcm.decrypts-every-length',
    'sm4.gcm.counter-does-not-carry-beyond-32-bits',
  ),
  broken(
    'the hash while opening is taken after the input was overwritten',
    gcm((inner) => ({
      gcmDecrypt(counter, y, input, output) {
        inner.gcmDecrypt(counter, new Uint8Array(16), input, output);
        inner.ghash(y, input);
      },
    })),
    'sm4.gcm.works-in-place',
  ),
  broken(
    'the GCM counter has 128 bits',
    gcm((inner) => ({
      gcmEncrypt(counter, y, input, output) {
        inner.ctr(counter, input, output);
        inner.ghash(y, output);
      },
    })),
    'sm4.gcm.counter-does-not-carry-beyond-32-bits',
  ),
  broken(
    'the GCM counter stays where it is',
    wrapped((call) => (counter, y, input, output) => call(Uint8Array.from(counter), y, input, output)),
    'sm4.gcm.message-in-pieces-is-not-another',
    'sm4.gcm.counter-does-not-carry-beyond-32-bits',
  ),
  broken(
    'the hash value stays where it is',
    wrapped((call) => (counter, y, input, output) => call(counter, Uint8Array.from(y), input, output)),
    'sm4.gcm.decrypts-every-length',
    'sm4.gcm.rfc8998-seals',
  ),
  broken(
    'GCM with a constant counter',
    wrapped((call) => (_counter, y, input, output) => call(new Uint8Array(16), y, input, output)),
    'sm4.gcm.another-counter-changes-the-output',
    'sm4.gcm.rfc8998-seals',
    'sm4.gcm.rfc8998-opens',
  ),
  broken(
    'no bytes begin a block',
    wrapped((call) => (counter, y, input, output) => {
      call(counter, y, input, output);
      if (input.length === 0) damage(counter);
    }),
    'sm4.gcm.nothing-of-no-bytes',
  ),
  broken(
    'the GCM key encrypts blocks under another key',
    gcm(() => {
      const other = good.sm4(new Uint8Array(16));
      return { decryptBlocks: (input, output) => other.decryptBlocks(input, output) };
    }),
    'sm4.gcm.is-not-less-than-an-sm4-key',
  ),
  broken(
    'the GCM key is expanded at each call, and there is no destroy',
    {
      sm4Gcm: (key) => ({ ...copyOf(() => good.sm4Gcm(key)), destroy: () => undefined }),
    },
    'sm4.gcm.key-is-not-read-again',
    'sm4.gcm.gives-nothing-after-destroy',
  ),
  broken(
    'destroyed GCM keys still hash',
    gcm((inner, key) => {
      const other = good.sm4Gcm(key);
      return { ghash: (y, data) => other.ghash(y, data), destroy: () => inner.destroy() };
    }),
    'sm4.gcm.gives-nothing-after-destroy',
  ),
  broken(
    'one GCM key for all, inputs damaged',
    {
      sm4Gcm(key) {
        lastKey = good.sm4Gcm(key);
        const shared = copyOf(() => lastKey!);
        return {
          ...shared,
          ghash(y, data) {
            shared.ghash(y, data);
            damage(data);
          },
        };
      },
    },
    'sm4.gcm.two-keys-do-not-mix',
    'sm4.gcm.inputs-are-not-changed',
  ),
];
