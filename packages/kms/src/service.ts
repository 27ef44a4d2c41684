import type { CertificateSigner } from '@cssi/pki';
import { encodeSm2PublicKeyInfo } from '@cssi/pki';
import { KMS_ERRORS } from './errors.ts';
import { checkInteger, checkReference, checkTenantId, checkVersion, notFound } from './internal/check.ts';
import { CryptoOperations } from './internal/crypto-operations.ts';
import { describeKeyRow, summarizeKey } from './internal/describe.ts';
import { KeyVault } from './internal/key-vault.ts';
import { LifeCycle } from './internal/life-cycle.ts';
import { type NamedRandom, recordedRandom } from './internal/random.ts';
import { type KmsAlert, RowGuard } from './internal/row-guard.ts';
import { UsageMeter } from './internal/usage-meter.ts';
import { KEY_ID_PATTERN, KMS_MAX_PAGE } from './spec/v1/algorithms.ts';
import type { KeyPage, PublicKeyDescription } from './spec/v1/descriptions.ts';
import type { RootKeyProvider } from './spec/v1/root.ts';
import type { KeyManagementService, KeyReference, ListKeysRequest } from './spec/v1/service.ts';
import type { KeyRow, KeyStore } from './spec/v1/store.ts';

/** Options of {@link createKeyManagementService}. */
export interface KeyManagementOptions {
  /** Most unlocked key versions in memory: 8 to 100,000; 1,024 when left out. */
  readonly cacheKeys?: number;
  /**
   * Longest time in seconds a cached key is used without a look at the store: 1 to 3,600; 60
   * when left out. Another instance's change of state takes effect here within this time.
   */
  readonly cacheSeconds?: number;
}

/** What {@link createKeyManagementService} is built on. The caller closes the store and the root. */
export interface KeyManagementDeps {
  readonly store: KeyStore;
  readonly root: RootKeyProvider;
  readonly clock: () => Date;
  /** Source of all keys and nonces; the platform's when left out. */
  readonly random?: NamedRandom;
  /** Told of every altered record, before the call that met it fails. */
  readonly alert?: (alert: KmsAlert) => void;
}

const DEFAULT_PAGE = 100;

class Service implements KeyManagementService {
  readonly specVersion = '1';
  readonly #store: KeyStore;
  readonly #guard: RowGuard;
  readonly #vault: KeyVault;
  readonly #life: LifeCycle;
  readonly #crypto: CryptoOperations;
  #closed = false;

  constructor(options: KeyManagementOptions, deps: KeyManagementDeps) {
    const { store, root, clock } = deps;
    const random = recordedRandom(deps.random);
    this.#store = store;
    this.#guard = new RowGuard(root, deps.alert ?? (() => undefined));
    this.#vault = new KeyVault(store, root, this.#guard, {
      capacity: checkInteger(options.cacheKeys, 'cacheKeys', 8, 100_000, 1024),
      maxAgeMilliseconds: checkInteger(options.cacheSeconds, 'cacheSeconds', 1, 3600, 60) * 1000,
      now: () => clock().getTime(),
    });
    this.#life = new LifeCycle({ store, root, guard: this.#guard, vault: this.#vault, random, clock });
    const meter = new UsageMeter(store, this.#guard);
    this.#crypto = new CryptoOperations({ vault: this.#vault, meter, random, clock });
  }

  createTenant: KeyManagementService['createTenant'] = (request) =>
    this.#run(() => this.#life.createTenant(request));
  createKey: KeyManagementService['createKey'] = (request) => this.#run(() => this.#life.createKey(request));
  rotateKey: KeyManagementService['rotateKey'] = (reference) =>
    this.#run(() => this.#life.rotateKey(checkReference(reference)));
  disableKey: KeyManagementService['disableKey'] = (reference) =>
    this.#run(() => this.#life.changeState(checkReference(reference), 'disabled'));
  enableKey: KeyManagementService['enableKey'] = (reference) =>
    this.#run(() => this.#life.changeState(checkReference(reference), 'enabled'));
  destroyKey: KeyManagementService['destroyKey'] = (reference) =>
    this.#run(() => this.#life.changeState(checkReference(reference), 'destroyed'));
  sign: KeyManagementService['sign'] = (request) => this.#run(() => this.#crypto.sign(request));
  verify: KeyManagementService['verify'] = (request) => this.#run(() => this.#crypto.verify(request));
  encrypt: KeyManagementService['encrypt'] = (request) => this.#run(() => this.#crypto.encrypt(request));
  decrypt: KeyManagementService['decrypt'] = (request) => this.#run(() => this.#crypto.decrypt(request));
  listKeys: KeyManagementService['listKeys'] = (request) => this.#run(() => this.#list(request));
  getPublicKey: KeyManagementService['getPublicKey'] = (request) => this.#run(() => this.#publicKey(request));
  signer: KeyManagementService['signer'] = (tenantId, keyId) =>
    this.#run(() => this.#signer({ tenantId, keyId }));

  describeKey: KeyManagementService['describeKey'] = (reference) =>
    this.#run(async () => {
      const { tenantId, keyId } = checkReference(reference);
      const { key, row } = await this.#vault.readVersion(tenantId, keyId);
      return describeKeyRow(key, row);
    });

  async close(): Promise<void> {
    this.#closed = true;
    this.#vault.clear();
  }

  /** Every call comes this way: nothing starts after `close`, and nothing stays unlocked. */
  async #run<T>(call: () => Promise<T>): Promise<T> {
    if (this.#closed) throw KMS_ERRORS.create('ERR_KMS_CLOSED');
    try {
      return await call();
    } finally {
      // A call that was under way when `close` came may have loaded a key since.
      if (this.#closed) this.#vault.clear();
    }
  }

  async #list(request: ListKeysRequest): Promise<KeyPage> {
    const tenantId = checkTenantId(request.tenantId);
    const limit = checkInteger(request.limit, 'limit', 1, KMS_MAX_PAGE, DEFAULT_PAGE);
    const after: unknown = request.afterKeyId;
    if (after !== undefined && (typeof after !== 'string' || !KEY_ID_PATTERN.test(after))) {
      throw KMS_ERRORS.create('ERR_KMS_PARAMETER_INVALID', { detail: 'parameter=afterKeyId' });
    }
    const tenant = await this.#store.readTenant(tenantId);
    if (tenant === undefined) throw notFound();
    await this.#guard.checkTenant(tenant, tenantId);
    // One more than asked for tells whether there is a next page.
    const found = await this.#store.listKeys(tenantId, {
      limit: limit + 1,
      ...(after === undefined ? {} : { after }),
    });
    const rows: KeyRow[] = [];
    for (const row of found.slice(0, limit)) rows.push(await this.#guard.checkKey(row, tenantId, row.keyId));
    const last = found.length > limit ? rows[rows.length - 1] : undefined;
    return { keys: rows.map(summarizeKey), ...(last === undefined ? {} : { next: last.keyId }) };
  }

  async #publicKey(request: KeyReference & { readonly version?: number }): Promise<PublicKeyDescription> {
    const { tenantId, keyId } = checkReference(request);
    const { row } = await this.#vault.readVersion(tenantId, keyId, checkVersion(request.version));
    if (row.publicKey === null) throw KMS_ERRORS.create('ERR_KMS_ALGORITHM_UNSUPPORTED');
    const publicKey = Uint8Array.from(row.publicKey);
    return { version: row.version, publicKey, publicKeyInfo: encodeSm2PublicKeyInfo(publicKey) };
  }

  async #signer(request: KeyReference): Promise<CertificateSigner> {
    const reference = checkReference(request);
    const { tenantId, keyId } = reference;
    const { key, row } = await this.#vault.readVersion(tenantId, keyId);
    if (!key.usage.includes('sign')) throw KMS_ERRORS.create('ERR_KMS_USAGE_DENIED');
    if (key.state !== 'enabled') throw KMS_ERRORS.create('ERR_KMS_KEY_STATE');
    const { version, publicKeyInfo } = await this.#publicKey({ ...reference, version: row.version });
    return {
      algorithm: 'sm2-sm3',
      publicKeyInfo,
      sign: (message) =>
        this.#run(async () => (await this.#crypto.sign({ ...reference, message }, version)).signature),
    };
  }
}

/**
 * Makes a key management service over a store and a root.
 *
 * @example
 * ```ts
 * const kms = createKeyManagementService({}, { store: memoryKeyStore(), root, clock: () => new Date() });
 * await kms.createTenant({ tenantId: 'acme' });
 * const key = await kms.createKey({ tenantId: 'acme', algorithm: 'SM4', usage: ['encrypt'], label: 'files' });
 * ```
 * @throws {@link SmError} ERR_KMS_PARAMETER_INVALID for options outside their bounds
 */
export function createKeyManagementService(
  options: KeyManagementOptions,
  deps: KeyManagementDeps,
): KeyManagementService {
  return new Service(options, deps);
}
