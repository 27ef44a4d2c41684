import { Secret, type Sm2KeyPair, sm2 } from '@cssi/sm-core';
import { encodeSm2PublicKeyInfo } from '../../containers/sm2-keys.ts';
import type { KeyDecipherer } from '../../spec/v1/decipherer.ts';

/** A decipherer over a pair of the file; the runner uses no adapter. */
export const deciphererOf = (pair: Sm2KeyPair): KeyDecipherer => ({
  publicKeyInfo: encodeSm2PublicKeyInfo(pair.publicKey),
  decrypt: async (cipher) => Secret.take(sm2.decrypt(pair.privateKey, cipher, { format: 'der' })),
});
