/**
 * WebCrypto with SM2, SM3 and SM4: `createCrypto` for libraries that take a `crypto`, and what
 * `@peculiar/x509` needs besides.
 *
 * @packageDocumentation
 */

export {
  type AlgorithmProviderLike,
  type AlgorithmProviderOptions,
  type AsnAlgorithmClass,
  type AsnAlgorithmLike,
  sm2AlgorithmProvider,
} from './algorithm-provider.ts';
export { createCrypto } from './crypto.ts';
export { createSubtle } from './subtle.ts';
export type {
  AlgorithmIdentifierLike,
  AlgorithmLike,
  BufferSourceLike,
  CryptoKeyLike,
  CryptoKeyPairLike,
  CryptoLike,
  JsonWebKeyLike,
  KeyFormatLike,
  KeyUsageLike,
  SubtleLike,
} from './types.ts';
