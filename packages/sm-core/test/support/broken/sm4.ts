import { equalBytes, type Sm4GcmKey, type SmEngine } from '../../../src/index.ts';
import { type BrokenEngine, broken, damage, good } from './base.ts';

let lastGcm: Sm4GcmKey | undefined;

function gcm(change: (inner: Sm4GcmKey, key: Uint8Array) => Partial<Sm4GcmKey>): Partial<SmEngine> {
  return {
    sm4Gcm: (key) => {
      const inner = good.sm4Gcm(key);
      return {
        seal: (nonce, plaintext, aad) => inner.seal(nonce, plaintext, aad),
        open: (nonce, sealed, aad) => inner.open(nonce, sealed, aad),
        destroy: () => inner.destroy(),
        ...change(inner, key),
      };
    },
  };
}

/** Opens without looking at the tag. */
function decryptOnly(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): Uint8Array {
  const ciphertext = sealed.subarray(0, Math.max(0, sealed.length - 16));
  return good.sm4Gcm(key).seal(nonce, ciphertext, new Uint8Array(0)).slice(0, ciphertext.length);
}

/** Faults in SM4 and its modes. */
export const BROKEN_SM4: readonly BrokenEngine[] = [
  broken(
    'SM4 ignores the key',
    { sm4Block: (_key, block, direction) => good.sm4Block(new Uint8Array(16), block, direction) },
    'sm4.block.annex-a1-encrypts',
    'sm4.block.annex-a1-decrypts',
    'sm4.block.another-key-does-not-decrypt',
  ),
  broken(
    'SM4 works in place',
    {
      sm4Block(key, block, direction) {
        block.set(good.sm4Block(key, block, direction));
        return block;
      },
    },
    'sm4.block.inputs-are-not-changed',
  ),
  broken(
    'ECB under the name of CBC',
    {
      sm4Cbc(key, _iv, data, direction) {
        const out = new Uint8Array(data.length);
        for (let at = 0; at < data.length; at += 16) {
          out.set(good.sm4Block(key, data.subarray(at, at + 16), direction), at);
        }
        damage(data);
        return out;
      },
    },
    'sm4.cbc.annex-a2-million',
    'sm4.cbc.annex-encrypts',
    'sm4.cbc.annex-decrypts',
    'sm4.cbc.equal-blocks-do-not-repeat',
    'sm4.cbc.another-iv-changes-the-first-block',
    'sm4.cbc.error-reaches-the-next-block-only',
    'sm4.cbc.inputs-are-not-changed',
  ),
  broken(
    'CBC goes on with the IV of the last call',
    (() => {
      let previous: Uint8Array | undefined;
      return {
        sm4Cbc(key, iv, data, direction) {
          const out = good.sm4Cbc(key, previous ?? iv, data, direction);
          previous = out.slice(-16);
          return out;
        },
      } satisfies Partial<SmEngine>;
    })(),
    'sm4.cbc.calls-do-not-influence-each-other',
  ),
  broken(
    'the counter has 32 bits',
    {
      sm4Ctr(key, counter, data) {
        const out = new Uint8Array(data.length);
        const block = Uint8Array.from(counter);
        const view = new DataView(block.buffer);
        for (let at = 0; at < data.length; at += 16) {
          const stream = good.sm4Block(key, block, 'encrypt');
          for (let i = at; i < Math.min(at + 16, data.length); i++) out[i] = data[i]! ^ stream[i - at]!;
          view.setUint32(12, view.getUint32(12) + 1);
        }
        return out;
      },
    },
    'sm4.ctr.counter-wraps-at-128-bits',
    'sm4.ctr.carry-beyond-32-bits',
    'sm4.ctr.carry-beyond-64-bits',
  ),
  broken(
    'the counter does not count, and inputs are damaged',
    {
      sm4Ctr(key, counter, data) {
        const stream = good.sm4Block(key, counter, 'encrypt');
        const out = data.map((byte, i) => byte ^ stream[i % 16]!);
        damage(counter);
        return out.length % 16 === 0 ? out : out.fill(0);
      },
    },
    'sm4.ctr.annex',
    'sm4.ctr.short-last-block',
    'sm4.ctr.no-block-of-the-stream-repeats',
    'sm4.ctr.inputs-are-not-changed',
  ),
  broken(
    'GCM ignores the tag',
    gcm((_inner, key) => ({ open: (nonce, sealed) => decryptOnly(key, nonce, sealed) })),
    'sm4.gcm.every-bit-of-the-tag-counts',
    'sm4.gcm.rejects-zero-tag',
    'sm4.gcm.rejects-truncated-tag',
    'sm4.gcm.rejects-missing-tag',
    'sm4.gcm.rejects-tag-in-front',
    'sm4.gcm.rejects-first-bit-of-ciphertext',
    'sm4.gcm.rejects-last-bit-of-ciphertext',
    'sm4.gcm.rejects-trailing-byte',
    'sm4.gcm.rejects-changed-associated-data',
    'sm4.gcm.rejects-dropped-associated-data',
    'sm4.gcm.rejects-zero-padded-associated-data',
    'sm4.gcm.rejects-first-bit-of-nonce',
    'sm4.gcm.rejects-last-bit-of-nonce',
    'sm4.gcm.rejects-another-key',
    'sm4.gcm.rejects-shorter-than-a-tag',
    'sm4.gcm.rejects-empty',
    'sm4.gcm.boundary-of-data-counts',
  ),
  broken(
    'GCM compares the first twelve bytes of the tag',
    gcm((inner, key) => ({
      open(nonce, sealed, aad) {
        const plaintext = decryptOnly(key, nonce, sealed);
        const again = inner.seal(nonce, plaintext, aad);
        const same = equalBytes(again.subarray(0, sealed.length - 4), sealed.subarray(0, sealed.length - 4));
        return same ? plaintext : undefined;
      },
    })),
    'sm4.gcm.every-bit-of-the-tag-counts',
  ),
  broken(
    'GCM leaves out the associated data',
    gcm((inner) => ({
      seal: (nonce, plaintext) => inner.seal(nonce, plaintext, new Uint8Array(0)),
      open: (nonce, sealed) => inner.open(nonce, sealed, new Uint8Array(0)),
    })),
    'sm4.gcm.rfc8998-seals',
    'sm4.gcm.rfc8998-opens',
    'sm4.gcm.failed-opening-leaves-the-key-usable',
  ),
  broken(
    'GCM with a constant nonce',
    gcm((inner) => ({ seal: (_nonce, plaintext, aad) => inner.seal(new Uint8Array(12), plaintext, aad) })),
    'sm4.gcm.another-nonce-changes-everything',
    'sm4.gcm.tag-of-nothing',
    'sm4.gcm.every-length-opens',
  ),
  broken(
    'GCM works after destroy and expands the key at each call',
    gcm((_inner, key) => ({
      seal: (nonce, plaintext, aad) => good.sm4Gcm(key).seal(nonce, plaintext, aad),
      open: (nonce, sealed, aad) => good.sm4Gcm(key).open(nonce, sealed, aad),
      destroy: () => undefined,
    })),
    'sm4.gcm.key-buffer-may-be-zeroed',
    'sm4.gcm.seals-nothing-after-destroy',
    'sm4.gcm.opens-nothing-after-destroy',
  ),
  broken(
    'one GCM key for all, inputs damaged',
    gcm((inner) => {
      lastGcm = inner;
      return {
        seal(nonce, plaintext, aad) {
          const sealed = (lastGcm ?? inner).seal(nonce, plaintext, aad);
          damage(plaintext);
          return sealed;
        },
      };
    }),
    'sm4.gcm.two-keys-do-not-mix',
    'sm4.gcm.inputs-are-not-changed',
  ),
];
