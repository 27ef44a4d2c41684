import type { SmCryptoKey } from './crypto-key.ts';
import type {
  AlgorithmLike,
  BufferSourceLike,
  JsonWebKeyLike,
  KeyFormatLike,
  KeyUsageLike,
} from './types.ts';

/** What a key is to be. */
export interface KeyWish {
  readonly algorithm: AlgorithmLike;
  readonly extractable: boolean;
  readonly usages: readonly KeyUsageLike[];
}

/** One algorithm of this provider; its key and its usage were checked before. */
export interface SmAlgorithm {
  generateKey?(wish: KeyWish): SmCryptoKey | { publicKey: SmCryptoKey; privateKey: SmCryptoKey };
  importKey(format: KeyFormatLike, data: BufferSourceLike | JsonWebKeyLike, wish: KeyWish): SmCryptoKey;
  exportKey?(format: KeyFormatLike, key: SmCryptoKey): ArrayBuffer | JsonWebKeyLike;
  sign?(algorithm: AlgorithmLike, key: SmCryptoKey, data: Uint8Array): Uint8Array;
  verify?(algorithm: AlgorithmLike, key: SmCryptoKey, signature: Uint8Array, data: Uint8Array): boolean;
  encrypt?(algorithm: AlgorithmLike, key: SmCryptoKey, data: Uint8Array): Uint8Array;
  decrypt?(algorithm: AlgorithmLike, key: SmCryptoKey, data: Uint8Array): Uint8Array;
  deriveBits?(algorithm: AlgorithmLike, key: SmCryptoKey, bytes: number): Promise<Uint8Array>;
}
