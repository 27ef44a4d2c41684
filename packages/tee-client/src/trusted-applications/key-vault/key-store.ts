import {
  KEY_VAULT_LIMITS,
  type KeyAccess,
  type KeyTemplate,
  type VaultClient,
  type VaultKey,
  type VaultKeyUsage,
} from '../../spec/v1/key-vault.ts';
import { bigEndian, concat, readBigEndian, toHex } from '../../ta/bytes.ts';
import { TEE_DATA_FLAG, type TEE_ObjectHandle, TEE_USAGE, type Tee } from '../../ta/index.ts';
import { decodeJson, encodeJson, type Json } from '../../ta/json.ts';
import {
  deleteObject,
  objectId,
  objectIds,
  readAll,
  readObject,
  withObject,
  writeObject,
} from '../../ta/storage.ts';
import { clientName } from './templates.ts';

/** Objects with keys, and with their descriptions. */
const KIND = 'k';
const DESCRIPTION = 'm';
const NONCE_BYTES = 12;
/** Random for every key object: a key that is imported or unwrapped again and again starts elsewhere. */
const FIXED_BYTES = 8;
const COUNTER_BYTES = 6;
/** Nonces set aside by one write; a crash loses at most so many. */
const RESERVED = 1024;
const READ = TEE_DATA_FLAG.ACCESS_READ;
const READ_WRITE = READ | TEE_DATA_FLAG.ACCESS_WRITE;

interface Entry {
  key: VaultKey;
  /** First part of every nonce of this key in this vault. */
  readonly fixed: Uint8Array;
  /** Next counter to use, and the first one not set aside. */
  next: number;
  limit: number;
}

const USAGE_BITS: Readonly<Record<VaultKeyUsage, number>> = {
  decrypt: TEE_USAGE.DECRYPT,
  encrypt: TEE_USAGE.ENCRYPT,
  mac: TEE_USAGE.MAC,
  sign: TEE_USAGE.SIGN,
  verify: TEE_USAGE.VERIFY,
  wrap: TEE_USAGE.EXTRACTABLE,
};

/** Bits of the object that holds a key; without `wrap` nothing can read it, this application included. */
const usageBits = ({ type, usages }: KeyTemplate): number =>
  usages.reduce((bits, usage) => bits | USAGE_BITS[usage], type === 'HMAC-SM3' ? TEE_USAGE.MAC : 0);

/**
 * Keys as persistent objects. `k/<id>` holds the key as attributes, and as data counter (6 bytes) ‖
 * fixed part of nonces (8); `m/<id>` the canonical JSON of {@link VaultKey}. A key exists when `k/` does:
 * it is written last and deleted first.
 */
export class KeyStore {
  readonly #tee: Tee;
  readonly #entries = new Map<string, Entry>();

  constructor(tee: Tee) {
    this.#tee = tee;
    for (const id of objectIds(tee, KIND)) {
      const entry = this.#load(id);
      if (entry !== undefined) this.#entries.set(id, entry);
    }
    for (const id of objectIds(tee, DESCRIPTION)) if (!this.#entries.has(id)) this.#remove(DESCRIPTION, id);
  }

  /** `undefined` for a key whose description went bad: it is out of reach, and the others live on. */
  #load(id: string): Entry | undefined {
    const json = readObject(this.#tee, objectId(DESCRIPTION, id));
    if (json === undefined) return undefined;
    const key = decodeJson(this.#tee, json, KEY_VAULT_LIMITS.description) as unknown as VaultKey;
    return withObject(this.#tee, objectId(KIND, id), READ, (object) => {
      const data = readAll(this.#tee, object);
      const counter = readBigEndian(data.subarray(0, COUNTER_BYTES));
      return { key, fixed: data.slice(COUNTER_BYTES), next: counter, limit: counter };
    });
  }

  #describe(key: VaultKey): void {
    const json = encodeJson(key as unknown as Json);
    if (json.length > KEY_VAULT_LIMITS.description) throw this.#tee.error('EXCESS_DATA');
    writeObject(this.#tee, objectId(DESCRIPTION, key.id), json);
  }

  #remove(kind: string, id: string): void {
    deleteObject(this.#tee, objectId(kind, id));
  }

  /** Stores the key in `object` under a new id. */
  add(template: KeyTemplate, owner: VaultClient, object: TEE_ObjectHandle): VaultKey {
    const owned = [...this.#entries.values()].filter(
      ({ key }) => clientName(key.owner) === clientName(owner),
    );
    if (this.#entries.size >= KEY_VAULT_LIMITS.keys || owned.length >= KEY_VAULT_LIMITS.keysPerOwner) {
      throw this.#tee.error('STORAGE_NO_SPACE');
    }
    const id = toHex(this.#tee.TEE_GenerateRandom(KEY_VAULT_LIMITS.id));
    const fixed = this.#tee.TEE_GenerateRandom(FIXED_BYTES);
    const key: VaultKey = { id, owner, ...template };
    this.#tee.TEE_RestrictObjectUsage1(object, usageBits(template));
    this.#describe(key);
    writeObject(this.#tee, objectId(KIND, id), concat(bigEndian(0, COUNTER_BYTES), fixed), object);
    this.#entries.set(id, { key, fixed, next: 0, limit: 0 });
    return key;
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw this.#tee.error('ITEM_NOT_FOUND');
    return entry;
  }

  /** A key `client` may use for `usage`; without `usage`, one it may know of. */
  allowed(id: string, client: VaultClient, usage?: VaultKeyUsage): VaultKey {
    const { key } = this.#entry(id);
    if (!this.#may(key, client, usage)) throw this.#tee.error('ACCESS_DENIED');
    return key;
  }

  /** A key `client` owns. */
  owned(id: string, client: VaultClient): VaultKey {
    const { key } = this.#entry(id);
    if (clientName(key.owner) !== clientName(client)) throw this.#tee.error('ACCESS_DENIED');
    return key;
  }

  #may(key: VaultKey, client: VaultClient, usage: VaultKeyUsage | undefined): boolean {
    const name = clientName(client);
    const usages =
      clientName(key.owner) === name
        ? key.usages
        : key.access.find((entry) => clientName(entry) === name)?.usages;
    return usages !== undefined && (usage === undefined || usages.includes(usage));
  }

  list(client: VaultClient, after: string): readonly VaultKey[] {
    return [...this.#entries.values()]
      .map(({ key }) => key)
      .filter((key) => key.id > after && this.#may(key, client, undefined))
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .slice(0, KEY_VAULT_LIMITS.listed);
  }

  setAccess(id: string, access: readonly KeyAccess[]): void {
    const entry = this.#entry(id);
    const changed: VaultKey = { ...entry.key, access };
    this.#describe(changed);
    entry.key = changed;
  }

  delete(id: string): void {
    this.#entry(id);
    this.#remove(KIND, id);
    this.#entries.delete(id);
    this.#remove(DESCRIPTION, id);
  }

  /** Runs `use` with the object of the key. */
  use<T>(id: string, use: (object: TEE_ObjectHandle) => T): T {
    return withObject(this.#tee, objectId(KIND, id), READ, use);
  }

  /**
   * A nonce this key has not had and will not get again: fixed part ‖ counter. What is set aside is
   * stored before the first of it is used, so neither a crash nor a restart brings one back.
   *
   * @standard NIST SP 800-38D §8.2.1 (deterministic construction)
   */
  nonce(id: string): Uint8Array {
    const entry = this.#entry(id);
    if (entry.next >= KEY_VAULT_LIMITS.messages) throw this.#tee.error('OVERFLOW');
    if (entry.next >= entry.limit) {
      const limit = entry.limit + RESERVED;
      withObject(this.#tee, objectId(KIND, id), READ_WRITE, (object) =>
        this.#tee.TEE_WriteObjectData(object, bigEndian(limit, COUNTER_BYTES)),
      );
      entry.limit = limit;
    }
    return concat(entry.fixed, bigEndian(entry.next++, NONCE_BYTES - entry.fixed.length));
  }
}
