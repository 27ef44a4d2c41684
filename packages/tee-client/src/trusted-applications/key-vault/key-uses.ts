import {
  KEY_VAULT_COMMANDS as COMMANDS,
  KEY_VAULT_LIMITS as LIMITS,
  type VaultClient,
  type VaultKeyUsage,
} from '../../spec/v1/key-vault.ts';
import { concat, toHex } from '../../ta/bytes.ts';
import { gcmOpen, gcmSeal, hmacSm3, sm2PublicKey, withOperation } from '../../ta/crypto.ts';
import { TEE_ALG, TEE_MODE, type TEE_Params, type Tee } from '../../ta/index.ts';
import { expectTypes, inputAt, requireRoom, writeOutputs, writeSecret } from '../../ta/parameters.ts';
import type { KeyStore } from './key-store.ts';

const PKE_CIPHERTEXT_MAX = LIMITS.pkePlaintext + 256;
const DIGEST_BYTES = 32;
const SIGNATURE_BYTES = 64;
const MAC_BYTES = 32;

/** Commands that use a key: encryption, MACs, signatures. */
export class KeyUses {
  readonly #tee: Tee;
  readonly #keys: KeyStore;

  constructor(tee: Tee, keys: KeyStore) {
    this.#tee = tee;
    this.#keys = keys;
  }

  #id(params: TEE_Params): string {
    return toHex(inputAt(this.#tee, params, 0, LIMITS.id, LIMITS.id));
  }

  /** False for a command that is none of these. */
  invoke(command: number, params: TEE_Params, client: VaultClient): boolean {
    switch (command) {
      case COMMANDS.ENCRYPT: {
        expectTypes(this.#tee, params, 5, 5, 5, 6);
        const id = this.#usable(params, client, 'SM4', 'encrypt');
        const plaintext = inputAt(this.#tee, params, 1, LIMITS.plaintext);
        const aad = inputAt(this.#tee, params, 2, LIMITS.associatedData);
        requireRoom(this.#tee, params, [3, plaintext.length + LIMITS.encryptOverhead]);
        const nonce = this.#keys.nonce(id);
        const sealed = this.#keys.use(id, (key) => gcmSeal(this.#tee, key, nonce, plaintext, aad));
        writeOutputs(this.#tee, params, [3, concat(nonce, sealed)]);
        return true;
      }
      case COMMANDS.DECRYPT: {
        expectTypes(this.#tee, params, 5, 5, 5, 6);
        const id = this.#usable(params, client, 'SM4', 'decrypt');
        const sealed = inputAt(this.#tee, params, 1, LIMITS.plaintext + LIMITS.encryptOverhead);
        if (sealed.length < LIMITS.encryptOverhead) throw this.#tee.error('MAC_INVALID');
        const aad = inputAt(this.#tee, params, 2, LIMITS.associatedData);
        const plaintext = this.#keys.use(id, (key) =>
          gcmOpen(this.#tee, key, sealed.slice(0, 12), sealed.subarray(12), aad),
        );
        writeSecret(this.#tee, params, 3, plaintext);
        return true;
      }
      case COMMANDS.MAC:
      case COMMANDS.MAC_VERIFY:
        return this.#mac(command, params, client);
      case COMMANDS.SIGN:
      case COMMANDS.VERIFY:
        return this.#signature(command, params, client);
      case COMMANDS.PUBLIC_KEY: {
        expectTypes(this.#tee, params, 5, 6);
        const key = this.#keys.allowed(this.#id(params), client);
        if (!key.type.startsWith('SM2')) throw this.#tee.error('BAD_PARAMETERS');
        const value = this.#keys.use(key.id, (object) => sm2PublicKey(this.#tee, object));
        writeOutputs(this.#tee, params, [1, value]);
        return true;
      }
      case COMMANDS.PKE_ENCRYPT:
      case COMMANDS.PKE_DECRYPT:
        return this.#publicKeyEncryption(command, params, client);
      default:
        return false;
    }
  }

  /** Id of a key of `type` that `client` may use so. */
  #usable(params: TEE_Params, client: VaultClient, type: string, usage: VaultKeyUsage): string {
    const key = this.#keys.allowed(this.#id(params), client);
    if (key.type !== type) throw this.#tee.error('BAD_PARAMETERS');
    return this.#keys.allowed(key.id, client, usage).id;
  }

  #mac(command: number, params: TEE_Params, client: VaultClient): true {
    const verify = command === COMMANDS.MAC_VERIFY;
    expectTypes(this.#tee, params, 5, 5, verify ? 5 : 6);
    const id = this.#usable(params, client, 'HMAC-SM3', verify ? 'verify' : 'mac');
    const data = inputAt(this.#tee, params, 1, LIMITS.plaintext);
    const mac = this.#keys.use(id, (key) => hmacSm3(this.#tee, key, data));
    if (!verify) writeOutputs(this.#tee, params, [2, mac]);
    else {
      const given = inputAt(this.#tee, params, 2, MAC_BYTES, MAC_BYTES);
      if (this.#tee.TEE_MemCompare(given, mac, MAC_BYTES) !== 0) throw this.#tee.error('MAC_INVALID');
    }
    return true;
  }

  #signature(command: number, params: TEE_Params, client: VaultClient): true {
    const verify = command === COMMANDS.VERIFY;
    expectTypes(this.#tee, params, 5, 5, verify ? 5 : 6);
    const id = this.#usable(params, client, 'SM2-sign', verify ? 'verify' : 'sign');
    const digest = inputAt(this.#tee, params, 1, DIGEST_BYTES, DIGEST_BYTES);
    const mode = verify ? TEE_MODE.VERIFY : TEE_MODE.SIGN;
    this.#keys.use(id, (key) =>
      withOperation(this.#tee, TEE_ALG.SM2_DSA_SM3, mode, key, (operation) => {
        if (verify) {
          const signature = inputAt(this.#tee, params, 2, SIGNATURE_BYTES, SIGNATURE_BYTES);
          this.#tee.TEE_AsymmetricVerifyDigest(operation, [], digest, signature);
        } else {
          requireRoom(this.#tee, params, [2, SIGNATURE_BYTES]);
          writeOutputs(this.#tee, params, [2, this.#tee.TEE_AsymmetricSignDigest(operation, [], digest)]);
        }
      }),
    );
    return true;
  }

  #publicKeyEncryption(command: number, params: TEE_Params, client: VaultClient): true {
    expectTypes(this.#tee, params, 5, 5, 6);
    const encrypt = command === COMMANDS.PKE_ENCRYPT;
    const id = this.#usable(params, client, 'SM2-encrypt', encrypt ? 'encrypt' : 'decrypt');
    const data = inputAt(this.#tee, params, 1, encrypt ? LIMITS.pkePlaintext : PKE_CIPHERTEXT_MAX, 1);
    const mode = encrypt ? TEE_MODE.ENCRYPT : TEE_MODE.DECRYPT;
    const out = this.#keys.use(id, (key) =>
      withOperation(this.#tee, TEE_ALG.SM2_PKE, mode, key, (operation) =>
        encrypt
          ? this.#tee.TEE_AsymmetricEncrypt(operation, [], data)
          : this.#tee.TEE_AsymmetricDecrypt(operation, [], data),
      ),
    );
    writeSecret(this.#tee, params, 2, out);
    return true;
  }
}
