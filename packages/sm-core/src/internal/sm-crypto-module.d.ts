/** The part of sm-crypto 0.5.8 that the adapter calls; the package itself has no types. */
declare module 'sm-crypto' {
  interface Sm4Options {
    readonly mode?: 'cbc';
    readonly iv?: readonly number[];
    readonly padding: 'none';
    readonly output: 'array';
  }

  interface SmCrypto {
    readonly sm2: {
      /** 04‖x‖y as hex. */
      getPublicKeyFromPrivateKey(d: string): string;
      verifyPublicKey(publicKey: string): boolean;
      /** With `hash: false` the first argument is e; the result is r‖s as hex. */
      doSignature(e: readonly number[], d: string, options: { readonly hash: false }): string;
      doVerifySignature(
        e: readonly number[],
        signature: string,
        publicKey: string,
        options: { readonly hash: false },
      ): boolean;
      /** x1‖y1‖C3‖C2 as hex for mode 1. */
      doEncrypt(message: readonly number[], publicKey: string, mode: 1): string;
      /** No bytes when the decryption failed. */
      doDecrypt(ciphertext: string, d: string, mode: 1, options: { readonly output: 'array' }): number[];
    };
    /** Digest as hex. */
    sm3(data: readonly number[]): string;
    readonly sm4: {
      encrypt(data: readonly number[], key: readonly number[], options: Sm4Options): number[];
      decrypt(data: readonly number[], key: readonly number[], options: Sm4Options): number[];
    };
  }

  const smCrypto: SmCrypto;
  export default smCrypto;
}
