import { createRequire } from 'node:module';

/** Options of the block cipher that both libraries share. */
interface CipherOptions {
  readonly mode: 'cbc' | 'gcm';
  readonly iv: Uint8Array | readonly number[];
  readonly output: 'array';
  readonly associatedData?: Uint8Array;
  readonly outputTag?: boolean;
}

/**
 * The part of sm-crypto 0.5.8 and of sm-crypto-v2 1.15.1 that is measured. `Bytes` is
 * the form in which the library takes data at its fastest.
 */
export interface SmCryptoPeer<Bytes> {
  readonly sm2: {
    generateKeyPairHex(): { readonly publicKey: string; readonly privateKey: string };
    doSignature(message: Bytes, d: string, options: { hash: true; der: true; publicKey: string }): string;
    doVerifySignature(
      message: Bytes,
      signature: string,
      publicKey: string,
      options: { hash: true; der: true },
    ): boolean;
    doEncrypt(message: Bytes, publicKey: string, mode: 1): string;
    doDecrypt(ciphertext: string, d: string, mode: 1, options: { output: 'array' }): ArrayLike<number>;
  };
  sm3(data: Bytes): string;
  readonly sm4: {
    encrypt(data: Bytes, key: Bytes, options: CipherOptions): ArrayLike<number> | GcmOutput;
    decrypt(data: Bytes, key: Bytes, options: CipherOptions): ArrayLike<number>;
  };
}

/** What sm-crypto-v2 gives for GCM. */
export interface GcmOutput {
  readonly output: Uint8Array;
  readonly tag?: Uint8Array;
}

const require = createRequire(import.meta.url);

/** sm-crypto has no types and takes arrays of numbers. */
export const smCrypto = require('sm-crypto') as SmCryptoPeer<readonly number[]>;

/** The types of sm-crypto-v2 need another version of noble-curves than ours. */
export const smCryptoV2 = require('sm-crypto-v2') as SmCryptoPeer<Uint8Array>;
