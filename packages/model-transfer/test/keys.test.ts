import { concatBytes, hkdfSm3, hmacSm3, Secret, sm2, sm3, sm4, toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { memoryPackageSource } from '../src/adapters/memory.ts';
import { forge, mapsIn } from '../src/conformance/forge.ts';
import { openPackage } from '../src/index.ts';
import { encodeCbor } from '../src/spec/v1/cbor.ts';
import { chunkAssociatedData, chunkNonce, encodeWrap } from '../src/spec/v1/keys.ts';
import { codeOf, pack, receiveOptions, seeded, theWorld } from './support.ts';

const parts = await pack();
const { manifest } = parts;
const { device, publisher } = await theWorld();
const wrap = sm2.decrypt(device.keyPair.privateKey, manifest.recipients[0]!.wrappedKey);
const contentKey = wrap.slice(-16);
const model = seeded('model', 131_393);

describe('keys of SMP1, recomputed from the tables of the specification [part of EDGE-011, EDGE-033]', () => {
  it('wraps label, core digest, device, end of the grant and content key', () => {
    const end = new Uint8Array(8);
    new DataView(end.buffer).setBigUint64(0, BigInt(manifest.expires.getTime()));
    const head = [utf8('cssi SMP1 wrap v1'), manifest.coreDigest, sm3(device.certificate), end];
    expect(toHex(wrap)).toBe(toHex(concatBytes(...head, contentKey)));
  });

  it('commits to the content key', () => {
    const commitment = hkdfSm3(contentKey, manifest.salt, utf8('cssi SMP1 commitment v1'), 32);
    expect(toHex(manifest.keyCommitment)).toBe(toHex(commitment));
  });

  it('encrypts each chunk under the file key with its own nonce and associated data', () => {
    const info = concatBytes(utf8('cssi SMP1 file v1'), manifest.coreDigest, new Uint8Array(4));
    const okm = hkdfSm3(contentKey, manifest.salt, info, 23);
    const gcm = sm4.gcm(Secret.copy(okm.subarray(0, 16)));
    const opened = parts.chunks.map((chunk, i) => {
      const nonce = concatBytes(okm.subarray(16), Uint8Array.of(0, 0, 0, i, i === 2 ? 1 : 0));
      return gcm.open(nonce, chunk, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, i, 0, 0, 0, 3));
    });
    expect(toHex(sm3(concatBytes(...opened)))).toBe(toHex(sm3(model)));
    // The nonce of the last chunk opens no other, and the other way round.
    const wrong = concatBytes(okm.subarray(16), Uint8Array.of(0, 0, 0, 2, 0));
    expect(() => gcm.open(wrong, parts.chunks[2]!, chunkAssociatedData(0, 2, 3))).toThrow(
      'Decryption failed',
    );
  });

  it('tags the whole plaintext under a key of its own', () => {
    const info = concatBytes(utf8('cssi SMP1 content v1'), manifest.coreDigest, new Uint8Array(4));
    const key = hkdfSm3(contentKey, manifest.salt, info, 32);
    const size = new Uint8Array(8);
    new DataView(size.buffer).setBigUint64(0, BigInt(model.length));
    expect(toHex(manifest.files[0]!.contentTag)).toBe(toHex(hmacSm3(key, size, sm3(model))));
  });

  it('never makes one nonce twice', () => {
    const nonces = new Set<string>();
    for (let total = 1; total <= 40; total++) {
      for (let i = 0; i < total; i++)
        nonces.add(`${i === total - 1} ${toHex(chunkNonce(new Uint8Array(7), i, total))}`);
    }
    // 40 numbers as the last chunk, 39 as another one.
    expect(new Set([...nonces].map((text) => text.split(' ')[1])).size).toBe(79);
  });
});

describe('key commitment', () => {
  it('refuses a key that the manifest does not commit to before any chunk is read', async () => {
    // A publisher could otherwise give two devices two keys that open one ciphertext differently.
    const forged = await forge(parts, publisher, ({ core, manifest: rest }) => {
      core.keyCommitment = seeded('another commitment', 32);
      const binding = {
        coreDigest: sm3(encodeCbor(core)),
        device: sm3(device.certificate),
        notAfter: manifest.expires,
      };
      const plaintext = encodeWrap(binding, Secret.copy(contentKey));
      mapsIn(rest, 'recipients')[0]!.wrappedKey = sm2.encrypt(device.keyPair.publicKey, plaintext);
    });
    let asked = 0;
    const source = {
      ...memoryPackageSource(forged),
      leaves: async () => {
        asked++;
        return forged.leaves;
      },
    };
    expect(await codeOf(async () => openPackage(await receiveOptions(source)))).toBe('ERR_DECRYPT_FAILED');
    expect(asked).toBe(0);
  });
});
