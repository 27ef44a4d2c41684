import { utf8 } from '@cssi/sm-core';
import type { KeyReference } from '../../src/index.ts';
import { codeOf, setup } from './kms.ts';

/** `bytes` with one bit changed. */
export const flipBit = (bytes: Uint8Array, bit: number): Uint8Array => {
  const out = Uint8Array.from(bytes);
  out[bit >> 3]! ^= 1 << (bit & 7);
  return out;
};

/** Two tenants with an SM4 and an SM2 key each, and fresh services that have nothing cached. */
export async function world() {
  const first = setup();
  const { kms, store, root } = first;
  for (const tenantId of ['a', 'b']) await kms.createTenant({ tenantId });
  const keys = {
    a: await first.key('a', 'SM4', 'encrypt'),
    a2: await first.key('a', 'SM4', 'encrypt'),
    b: await first.key('b', 'SM4', 'encrypt'),
    sign: await first.key('a', 'SM2', 'sign'),
  };
  const { ciphertext } = await kms.encrypt({ ...keys.a, plaintext: utf8('plaintext') });
  const row = async (key: KeyReference, version = 1) =>
    (await store.inner.readVersion(key.tenantId, key.keyId, version))!;
  const open = () => {
    const next = setup({}, { store, root });
    return { ...next, decrypt: () => codeOf(() => next.kms.decrypt({ ...keys.a, ciphertext })) };
  };
  return { ...first, keys, ciphertext, row, open };
}
