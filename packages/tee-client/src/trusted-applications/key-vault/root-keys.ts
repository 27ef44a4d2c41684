import { ROOT_KEY_LIMITS } from '../../spec/v1/root-key-service.ts';
import { concat, fromUtf8, readU32, u32, utf8 } from '../../ta/bytes.ts';
import { gcmOpen, gcmSeal, hkdf, hmacSm3, NONE, withDerivedGcm, withSecret } from '../../ta/crypto.ts';
import {
  TEE_DATA_FLAG,
  type TEE_ObjectHandle,
  TEE_SEEK,
  TEE_STORAGE_PRIVATE,
  TEE_TYPE,
  TEE_USAGE,
  type Tee,
} from '../../ta/index.ts';
import { Inventory } from '../../ta/inventory.ts';
import { objectIds, readObject, withObject, writeObject } from '../../ta/storage.ts';
import { DOMAIN_KEYS } from './domain-keys.ts';

const BLOB_FORMAT = Uint8Array.of(1);
const SALT_BYTES = 32;
const ROOT_BYTES = 32;
const ROOT_ID = utf8('root');
const STARTS_ID = utf8('starts');
const READ = TEE_DATA_FLAG.ACCESS_READ;
const SHARED = TEE_DATA_FLAG.SHARE_READ | TEE_DATA_FLAG.SHARE_WRITE;
const READ_WRITE = TEE_DATA_FLAG.ACCESS_READ | TEE_DATA_FLAG.ACCESS_WRITE;

/** Counts this start. */
function countStart(tee: Tee, first: boolean): number {
  if (first) {
    // Made last of the two: a crash between them leaves a root key that counts from 1 again.
    writeObject(tee, STARTS_ID, u32(1));
    return 1;
  }
  return withObject(tee, STARTS_ID, READ_WRITE, (object) => {
    const starts = Math.min(readU32(tee.TEE_ReadObjectData(object, 4)) + 1, 0xffffffff);
    tee.TEE_SeekObjectData(object, 0, TEE_SEEK.SET);
    tee.TEE_WriteObjectData(object, u32(starts));
    return starts;
  });
}

const exists = (tee: Tee, id: Uint8Array): boolean => readObject(tee, id) !== undefined;

/** Makes the root key once in the life of this vault. It can derive, and never be read again. */
function makeRoot(tee: Tee): void {
  const value = tee.TEE_GenerateRandom(ROOT_BYTES);
  try {
    withSecret(tee, TEE_TYPE.HKDF_IKM, value, (key) => {
      tee.TEE_RestrictObjectUsage1(key, TEE_USAGE.DERIVE);
      writeObject(tee, ROOT_ID, NONE, key);
    });
  } finally {
    value.fill(0);
  }
}

/** What is derived from the root key (根密钥). Each purpose has keys of its own. */
export class RootKeys {
  readonly #tee: Tee;
  readonly #root: TEE_ObjectHandle;
  /** Starts of this application so far. */
  readonly starts: number;
  /** How many domain keys there are; kept with the root, so that none vanishes while the root stays. */
  readonly domainKeys: Inventory;

  /** Opens the root key, or makes it where the vault is new. */
  constructor(tee: Tee) {
    this.#tee = tee;
    const known = exists(tee, ROOT_ID);
    const counted = exists(tee, STARTS_ID);
    const domainKeys = objectIds(tee, DOMAIN_KEYS).length;
    // A vault that has started before and lost its root must not quietly get another one.
    if (!known && (counted || domainKeys > 0)) throw tee.error('CORRUPT_OBJECT');
    if (!known) makeRoot(tee);
    this.domainKeys = new Inventory(tee, ROOT_ID, [domainKeys]);
    this.starts = countStart(tee, !counted);
    this.#root = tee.TEE_OpenPersistentObject(TEE_STORAGE_PRIVATE, ROOT_ID, READ | SHARED);
  }

  /**
   * Blob: format 01 ‖ salt (32 bytes) ‖ ciphertext ‖ tag. Key and nonce are derived from the root
   * key and the salt, so each blob has its own key and no number of blobs wears one out.
   */
  wrap(plaintext: Uint8Array, aad: Uint8Array, purpose = 'cssi-tee wrap 1'): Uint8Array {
    const salt = this.#tee.TEE_GenerateRandom(SALT_BYTES);
    const sealed = withDerivedGcm(this.#tee, this.#root, salt, purpose, (key, nonce) =>
      gcmSeal(this.#tee, key, nonce, plaintext, concat(BLOB_FORMAT, aad)),
    );
    return concat(BLOB_FORMAT, salt, sealed);
  }

  /** @throws {@link TeeError} MAC_INVALID for every blob that does not open */
  unwrap(
    blob: Uint8Array,
    aad: Uint8Array,
    purpose = 'cssi-tee wrap 1',
    max: number = ROOT_KEY_LIMITS.wrapPlaintext + ROOT_KEY_LIMITS.wrapOverhead,
  ): Uint8Array {
    if (blob.length < ROOT_KEY_LIMITS.wrapOverhead || blob.length > max || blob[0] !== BLOB_FORMAT[0]) {
      throw this.#tee.error('MAC_INVALID');
    }
    const salt = blob.slice(1, 1 + SALT_BYTES);
    return withDerivedGcm(this.#tee, this.#root, salt, purpose, (key, nonce) =>
      gcmOpen(this.#tee, key, nonce, blob.subarray(1 + SALT_BYTES), concat(BLOB_FORMAT, aad)),
    );
  }

  /** HMAC-SM3 under the key of `label`, 1 to 64 bytes of UTF-8. */
  mac(label: Uint8Array, data: Uint8Array): Uint8Array {
    if (fromUtf8(label) === undefined) throw this.#tee.error('BAD_FORMAT');
    const key = hkdf(this.#tee, this.#root, NONE, concat(utf8('cssi-tee mac 1\0'), label), 32);
    try {
      return withSecret(this.#tee, TEE_TYPE.HMAC_SM3, key, (object) => hmacSm3(this.#tee, object, data));
    } finally {
      key.fill(0);
    }
  }

  close(): void {
    this.#tee.TEE_CloseObject(this.#root);
  }
}
