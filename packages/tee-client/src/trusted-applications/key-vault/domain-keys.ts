import {
  DOMAIN_BLOB,
  DOMAIN_KEY_FORMAT,
  type DomainKeyInfo,
  KEY_VAULT_LIMITS,
  type VaultClient,
} from '../../spec/v1/key-vault.ts';
import { concat, fromBase64, fromHex, toHex, utf8 } from '../../ta/bytes.ts';
import { gcmOpen, gcmSeal, hkdf, NONE, withDerivedGcm, withSecret } from '../../ta/crypto.ts';
import { TEE_DATA_FLAG, type TEE_ObjectHandle, TEE_TYPE, TEE_USAGE, type Tee } from '../../ta/index.ts';
import type { Inventory } from '../../ta/inventory.ts';
import { decodeJson, encodeJson, type Json, JsonReader } from '../../ta/json.ts';
import { objectId, objectIds, readObject, withObject, writeObject } from '../../ta/storage.ts';
import { clientName, TemplateReader } from './templates.ts';

/** Kind of the objects of domain keys. */
export const DOMAIN_KEYS = 'd';
const MAX_DATA = 8_192;
const DOMAIN = /^[a-z0-9][a-z0-9.-]{0,31}$/;
const READ = TEE_DATA_FLAG.ACCESS_READ;
const HEADER = concat(utf8(DOMAIN_BLOB.magic), Uint8Array.of(DOMAIN_BLOB.format, DOMAIN_BLOB.suite));

interface DomainEntry extends DomainKeyInfo {
  readonly clients: readonly VaultClient[] | null;
}

/** Domain keys (域密钥): one object each, named by its key id, with the rest as JSON in its data. */
export class DomainKeys {
  readonly #tee: Tee;
  readonly #inventory: Inventory;
  readonly #entries = new Map<string, DomainEntry>();

  /** `inventory`: one that misses a key that is gone, as otherwise an older version would be the newest. */
  constructor(tee: Tee, inventory: Inventory) {
    this.#tee = tee;
    this.#inventory = inventory;
    for (const keyId of objectIds(tee, DOMAIN_KEYS)) {
      const data = readObject(tee, objectId(DOMAIN_KEYS, keyId)) ?? NONE;
      this.#entries.set(keyId, decodeJson(tee, data, MAX_DATA) as unknown as DomainEntry);
    }
  }

  /** Takes a domain key from the security domain. */
  personalise(data: Uint8Array): void {
    const json = new JsonReader(this.#tee);
    const templates = new TemplateReader(this.#tee);
    const fields = json.object(decodeJson(this.#tee, data, MAX_DATA), [
      'format',
      'domain',
      'version',
      'key',
      'clients',
    ]);
    json.oneOf(fields.format, [DOMAIN_KEY_FORMAT]);
    const domain = json.text(fields.domain, DOMAIN);
    const version = json.integer(fields.version, 1, 0x7fffffff);
    const clients =
      fields.clients === null
        ? null
        : json.list(fields.clients, 1, KEY_VAULT_LIMITS.domainClients).map((item) => templates.client(item));
    const key = fromBase64(json.text(fields.key, /^[A-Za-z0-9+/]{43}=$/));
    if (key === undefined || key.length !== 32) throw json.fail();
    try {
      withSecret(this.#tee, TEE_TYPE.HKDF_IKM, key, (object) =>
        this.#store(object, { domain, version, clients }),
      );
    } finally {
      key.fill(0);
    }
  }

  #store(object: TEE_ObjectHandle, facts: Omit<DomainEntry, 'keyId'>): void {
    const keyId = toHex(hkdf(this.#tee, object, NONE, utf8(DOMAIN_BLOB.keyIdInfo), DOMAIN_BLOB.keyIdBytes));
    const known = this.#entries.get(keyId);
    const newest = this.#newest(facts.domain);
    // The same key again changes who may use it; another one must be newer, so that an old command,
    // were it accepted again, could not bring back a key that was replaced.
    const renewed = known !== undefined && known.domain === facts.domain && known.version === facts.version;
    if (!renewed && (known !== undefined || facts.version <= (newest?.version ?? 0))) {
      throw this.#tee.error('BAD_STATE');
    }
    if (!renewed && this.#entries.size >= KEY_VAULT_LIMITS.domainKeys) {
      throw this.#tee.error('STORAGE_NO_SPACE');
    }
    const entry: DomainEntry = { keyId, ...facts };
    this.#tee.TEE_RestrictObjectUsage1(object, TEE_USAGE.DERIVE);
    writeObject(this.#tee, objectId(DOMAIN_KEYS, keyId), encodeJson(entry as unknown as Json), object);
    this.#entries.set(keyId, entry);
    this.#inventory.note(0, this.#entries.size);
  }

  #newest(domain: string): DomainEntry | undefined {
    let newest: DomainEntry | undefined;
    for (const entry of this.#entries.values()) {
      if (entry.domain === domain && entry.version > (newest?.version ?? 0)) newest = entry;
    }
    return newest;
  }

  #check(entry: DomainEntry | undefined, client: VaultClient): DomainEntry {
    if (entry === undefined) throw this.#tee.error('ITEM_NOT_FOUND');
    const name = clientName(client);
    if (entry.clients !== null && !entry.clients.some((one) => clientName(one) === name)) {
      throw this.#tee.error('ACCESS_DENIED');
    }
    return entry;
  }

  /** What `client` may use, by domain and version. */
  list(client: VaultClient): readonly DomainKeyInfo[] {
    const name = clientName(client);
    return [...this.#entries.values()]
      .filter(({ clients }) => clients?.some((one) => clientName(one) === name) ?? true)
      .map(({ domain, version, keyId }) => ({ domain, version, keyId }))
      .sort((a, b) => (a.domain < b.domain ? -1 : a.domain > b.domain ? 1 : a.version - b.version));
  }

  protect(domain: string, plaintext: Uint8Array, aad: Uint8Array, client: VaultClient): Uint8Array {
    if (!DOMAIN.test(domain)) throw this.#tee.error('BAD_PARAMETERS');
    const { keyId } = this.#check(this.#newest(domain), client);
    const salt = this.#tee.TEE_GenerateRandom(DOMAIN_BLOB.saltBytes);
    return withObject(this.#tee, objectId(DOMAIN_KEYS, keyId), READ, (key) => {
      const header = concat(HEADER, fromHex(keyId) ?? NONE, salt);
      const sealed = withDerivedGcm(this.#tee, key, salt, DOMAIN_BLOB.protectInfo, (sm4, nonce) =>
        gcmSeal(this.#tee, sm4, nonce, plaintext, concat(header, aad)),
      );
      return concat(header, sealed);
    });
  }

  unprotect(blob: Uint8Array, aad: Uint8Array, client: VaultClient): Uint8Array {
    const known = blob.length >= DOMAIN_BLOB.overhead && HEADER.every((byte, i) => blob[i] === byte);
    if (!known) throw this.#tee.error('MAC_INVALID');
    const at = HEADER.length;
    const keyId = toHex(blob.subarray(at, at + DOMAIN_BLOB.keyIdBytes));
    this.#check(this.#entries.get(keyId), client);
    const header = blob.slice(0, DOMAIN_BLOB.headerBytes);
    const salt = header.slice(at + DOMAIN_BLOB.keyIdBytes);
    return withObject(this.#tee, objectId(DOMAIN_KEYS, keyId), READ, (key) =>
      withDerivedGcm(this.#tee, key, salt, DOMAIN_BLOB.protectInfo, (sm4, nonce) =>
        gcmOpen(this.#tee, sm4, nonce, blob.subarray(DOMAIN_BLOB.headerBytes), concat(header, aad)),
      ),
    );
  }
}
