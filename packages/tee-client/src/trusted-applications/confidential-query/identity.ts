import { QUERY_SIGNED, type SignedQueryCommand } from '../../spec/v1/confidential-query.ts';
import { concat, utf8 } from '../../ta/bytes.ts';
import {
  hmacSm3,
  sm2MessageDigest,
  sm2PublicKey,
  sm3,
  withOperation,
  withSm2PublicKey,
} from '../../ta/crypto.ts';
import { TEE_ALG, TEE_DATA_FLAG, TEE_MODE, TEE_TYPE, TEE_USAGE, type Tee } from '../../ta/index.ts';
import { readObject, withObject, writeObject } from '../../ta/storage.ts';
import { refuse } from './refusal.ts';

/** The key uploads are encrypted to; its data are the inventory. */
export const UPLOAD_KEY_ID: Uint8Array = utf8('upload-key');
const PSEUDONYM_KEY_ID = utf8('pseudonym-key');
const READ = TEE_DATA_FLAG.ACCESS_READ;
const NO_BYTES = new Uint8Array(0);
const KEY_BYTES = 16;
/** Bytes of a pseudonym; 128 bits of HMAC-SM3. */
export const PSEUDONYM_BYTES = 16;

function make(tee: Tee, id: Uint8Array, type: number, usage: number): void {
  const key = tee.TEE_AllocateTransientObject(type, 256);
  try {
    tee.TEE_GenerateKey(key, 256, []);
    tee.TEE_RestrictObjectUsage1(key, usage);
    writeObject(tee, id, NO_BYTES, key);
  } finally {
    tee.TEE_FreeTransientObject(key);
  }
}

/** The application's own keys. Made once; neither can be read, by anybody. */
export class Identity {
  readonly #tee: Tee;
  /** 04 ‖ x ‖ y; upload keys are encrypted to it. */
  readonly publicKey: Uint8Array;
  /** SM3 of the public key. */
  readonly digest: Uint8Array;

  /** `used`: there are owners, data or budgets already; then lost keys are not made anew. */
  constructor(tee: Tee, used: boolean) {
    this.#tee = tee;
    const [known, pseudonyms] = [UPLOAD_KEY_ID, PSEUDONYM_KEY_ID].map(
      (id) => readObject(tee, id) !== undefined,
    );
    if ((known || used) && !(known && pseudonyms)) throw tee.error('CORRUPT_OBJECT');
    // The upload key last: without it nothing was ever given to this application.
    if (!pseudonyms) make(tee, PSEUDONYM_KEY_ID, TEE_TYPE.HMAC_SM3, TEE_USAGE.MAC);
    if (!known) make(tee, UPLOAD_KEY_ID, TEE_TYPE.SM2_PKE_KEYPAIR, TEE_USAGE.DECRYPT);
    this.publicKey = withObject(tee, UPLOAD_KEY_ID, READ, (key) => sm2PublicKey(tee, key));
    this.digest = sm3(tee, this.publicKey);
  }

  /** @throws {@link TeeError} SIGNATURE unless `publicKey` signed `body` for `command` of this application */
  check(command: SignedQueryCommand, publicKey: Uint8Array, body: Uint8Array, signature: Uint8Array): void {
    const separator = Uint8Array.of(0);
    const message = concat(utf8(QUERY_SIGNED), separator, utf8(command), separator, this.digest, body);
    try {
      const digest = sm2MessageDigest(this.#tee, publicKey, message);
      withSm2PublicKey(this.#tee, TEE_TYPE.SM2_DSA_PUBLIC_KEY, publicKey, (key) =>
        withOperation(this.#tee, TEE_ALG.SM2_DSA_SM3, TEE_MODE.VERIFY, key, (operation) =>
          this.#tee.TEE_AsymmetricVerifyDigest(operation, [], digest, signature),
        ),
      );
    } catch {
      throw refuse(this.#tee, 'SIGNATURE');
    }
  }

  /** The SM4 key an owner encrypted to this application; the caller zeroes it. */
  openUploadKey(ciphertext: Uint8Array): Uint8Array {
    let key: Uint8Array;
    try {
      key = withObject(this.#tee, UPLOAD_KEY_ID, READ, (pair) =>
        withOperation(this.#tee, TEE_ALG.SM2_PKE, TEE_MODE.DECRYPT, pair, (operation) =>
          this.#tee.TEE_AsymmetricDecrypt(operation, [], ciphertext),
        ),
      );
    } catch {
      throw refuse(this.#tee, 'UPLOAD');
    }
    if (key.length !== KEY_BYTES) throw refuse(this.#tee, 'UPLOAD');
    return key;
  }

  /** Gives the pseudonyms (假名) of persons: the same in all data sets, of no use without the key. */
  withPseudonyms<T>(use: (pseudonymOf: (person: string) => Uint8Array) => T): T {
    return withObject(this.#tee, PSEUDONYM_KEY_ID, READ, (key) =>
      use((person) => hmacSm3(this.#tee, key, utf8(person)).slice(0, PSEUDONYM_BYTES)),
    );
  }
}
