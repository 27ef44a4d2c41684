/** Bytes as WebCrypto takes them. */
export type BufferSourceLike = ArrayBuffer | ArrayBufferView;

/** Name of an algorithm with its parameters. */
export interface AlgorithmLike {
  readonly name: string;
  readonly [parameter: string]: unknown;
}

/** Algorithm with or without parameters. */
export type AlgorithmIdentifierLike = string | AlgorithmLike;

/** Forms of keys. */
export type KeyFormatLike = 'raw' | 'spki' | 'pkcs8' | 'jwk';

/** What a key may be used for. */
export type KeyUsageLike =
  | 'encrypt'
  | 'decrypt'
  | 'sign'
  | 'verify'
  | 'deriveKey'
  | 'deriveBits'
  | 'wrapKey'
  | 'unwrapKey';

/** A key whose bytes are out of sight, in the shape of WebCrypto's `CryptoKey`. */
export interface CryptoKeyLike {
  readonly type: 'public' | 'private' | 'secret';
  readonly extractable: boolean;
  readonly algorithm: AlgorithmLike;
  readonly usages: readonly KeyUsageLike[];
}

/** A key pair in the shape of WebCrypto's `CryptoKeyPair`. */
export interface CryptoKeyPairLike {
  readonly publicKey: CryptoKeyLike;
  readonly privateKey: CryptoKeyLike;
}

/**
 * JSON Web Key. SM2 is `kty: "EC"` with `crv: "SM2"`, which no registry has: keep such keys among
 * programs that agree on it.
 */
export interface JsonWebKeyLike {
  readonly kty?: string;
  readonly crv?: string;
  readonly x?: string;
  readonly y?: string;
  readonly d?: string;
  readonly k?: string;
  readonly ext?: boolean;
  readonly key_ops?: readonly string[];
  readonly [member: string]: unknown;
}

/**
 * The shape of WebCrypto's `SubtleCrypto`.
 *
 * Guarantee: SM2, SM3, SM4 and what is built on SM3 are computed by sm-core; everything else goes to
 * the platform unchanged. Failure: rejects with a `DOMException` named as WebCrypto names it, or a
 * `TypeError` for arguments of a wrong shape. Concurrency: any number of calls at once.
 * Ownership: inputs are copied; results are the caller's.
 */
export interface SubtleLike {
  digest(algorithm: AlgorithmIdentifierLike, data: BufferSourceLike): Promise<ArrayBuffer>;
  generateKey(
    algorithm: AlgorithmIdentifierLike,
    extractable: boolean,
    usages: readonly KeyUsageLike[],
  ): Promise<CryptoKeyLike | CryptoKeyPairLike>;
  importKey(
    format: KeyFormatLike,
    data: BufferSourceLike | JsonWebKeyLike,
    algorithm: AlgorithmIdentifierLike,
    extractable: boolean,
    usages: readonly KeyUsageLike[],
  ): Promise<CryptoKeyLike>;
  exportKey(format: KeyFormatLike, key: CryptoKeyLike): Promise<ArrayBuffer | JsonWebKeyLike>;
  sign(algorithm: AlgorithmIdentifierLike, key: CryptoKeyLike, data: BufferSourceLike): Promise<ArrayBuffer>;
  verify(
    algorithm: AlgorithmIdentifierLike,
    key: CryptoKeyLike,
    signature: BufferSourceLike,
    data: BufferSourceLike,
  ): Promise<boolean>;
  encrypt(
    algorithm: AlgorithmIdentifierLike,
    key: CryptoKeyLike,
    data: BufferSourceLike,
  ): Promise<ArrayBuffer>;
  decrypt(
    algorithm: AlgorithmIdentifierLike,
    key: CryptoKeyLike,
    data: BufferSourceLike,
  ): Promise<ArrayBuffer>;
  deriveBits(
    algorithm: AlgorithmIdentifierLike,
    baseKey: CryptoKeyLike,
    length: number,
  ): Promise<ArrayBuffer>;
  deriveKey(
    algorithm: AlgorithmIdentifierLike,
    baseKey: CryptoKeyLike,
    derivedKeyAlgorithm: AlgorithmIdentifierLike,
    extractable: boolean,
    usages: readonly KeyUsageLike[],
  ): Promise<CryptoKeyLike>;
  wrapKey(
    format: KeyFormatLike,
    key: CryptoKeyLike,
    wrappingKey: CryptoKeyLike,
    algorithm: AlgorithmIdentifierLike,
  ): Promise<ArrayBuffer>;
  unwrapKey(
    format: KeyFormatLike,
    wrappedKey: BufferSourceLike,
    unwrappingKey: CryptoKeyLike,
    unwrapAlgorithm: AlgorithmIdentifierLike,
    unwrappedKeyAlgorithm: AlgorithmIdentifierLike,
    extractable: boolean,
    usages: readonly KeyUsageLike[],
  ): Promise<CryptoKeyLike>;
}

/** The shape of WebCrypto's `Crypto`. */
export interface CryptoLike {
  readonly subtle: SubtleLike;
  /** Fills an integer array of at most 65,536 bytes. */
  getRandomValues<T extends ArrayBufferView>(array: T): T;
  randomUUID(): `${string}-${string}-${string}-${string}-${string}`;
}
