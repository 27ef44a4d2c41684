import { Secret, SmError, utf8 } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../../errors.ts';
import { type ObjectStore, openObjectStore } from '../../../runtime/storage/object-store.ts';
import { TeeError } from '../../../spec/v1/internal/error.ts';
import { type AuditEntry, AuditLog } from './audit-log.ts';
import { type CoreFiles, readWhole, removeIfPresent, writeWhole } from './core-files.ts';
import {
  type DeviceIdentity,
  decodeDevice,
  encodeDevice,
  makeDevice,
  reprovision,
} from './device-identity.ts';
import { coreStoreSeed, openHuk } from './huk.ts';
import { decodeRegistry, encodeRegistry, type Registry } from './registry.ts';

const NIL_UUID = '00000000-0000-0000-0000-000000000000';
const DEVICE = /* @__PURE__ */ utf8('device');
const REGISTRY = /* @__PURE__ */ utf8('registry');
const QUOTA_BYTES = 32 << 20;
const BUNDLE = /^bundle-([0-9a-f]{64})\.csta(?:\.tmp)?$/;

const bundleName = (digest: string): string => `bundle-${digest}.csta`;

/**
 * What the core keeps on disk. The sealed registry is the one truth: a change is one write of it,
 * so that a crash leaves the old state or the new one. Bundles and audit records are written
 * before and count once the registry names them.
 */
export class CoreState {
  readonly huk: Secret;
  readonly #files: CoreFiles;
  readonly #store: ObjectStore;
  readonly #log: AuditLog;
  #registry: Registry | undefined;
  #stale = false;

  /** @throws {@link SmError} ERR_TEE_HUK_MISSING, ERR_TEE_HUK_INVALID, ERR_TEE_SEAL_…, ERR_TEE_STORAGE */
  constructor(files: CoreFiles) {
    this.#files = files;
    this.#log = new AuditLog(files.folder);
    this.huk = openHuk(files);
    const seed = coreStoreSeed(this.huk);
    try {
      this.#store = openObjectStore({ files: files.state, seed, uuid: NIL_UUID, quotaBytes: QUOTA_BYTES });
    } catch (error) {
      this.huk.destroy();
      throw error;
    } finally {
      seed.destroy();
    }
    this.#registry = this.#readRegistry();
  }

  /** `undefined` before the first start of the device. */
  get registry(): Registry | undefined {
    if (this.#stale) {
      // A write failed half-way: what the disk has is what counts.
      this.#registry = this.#readRegistry();
      this.#stale = false;
    }
    return this.#registry;
  }

  /**
   * The device's keys, made at the first start and again in part for a newer TCB. The private key
   * of the device root is gone from memory when this returns: only the sealed copy is left.
   *
   * @throws {@link SmError} ERR_TEE_SEAL_INTEGRITY, ERR_TEE_STORAGE
   */
  openDevice(time: Date, tcbVersion: number): DeviceIdentity {
    const sealed = this.#store.get(DEVICE);
    if (sealed === undefined && this.#registry !== undefined) {
      throw TEE_CLIENT_ERRORS.create('ERR_TEE_SEAL_INTEGRITY');
    }
    let device: DeviceIdentity;
    if (sealed === undefined) device = makeDevice(time, tcbVersion);
    else {
      const contents = Secret.take(sealed);
      device = decodeDevice(contents);
      contents.destroy();
    }
    const newer = tcbVersion > device.tcbVersion;
    if (newer) {
      const old = device;
      device = reprovision(old, time, tcbVersion);
      old.attestation.privateKey.destroy();
    }
    if (newer || sealed === undefined) {
      const encoded = encodeDevice(device);
      try {
        encoded.use((bytes) => this.#store.put(DEVICE, bytes));
      } finally {
        encoded.destroy();
      }
    }
    device.root.privateKey.destroy();
    return device;
  }

  /**
   * Makes `next` the state, with a record of why. Gives the digest of the record.
   *
   * @throws {@link SmError} ERR_TEE_STORAGE; the state then is the old one or the new one
   */
  commit(next: Registry, entry: AuditEntry): string {
    const before = next.audit.segments[0]?.number;
    const { state: audit, digest } = this.#log.append(next.audit, entry);
    const registry: Registry = { ...next, audit };
    this.#stale = true;
    this.#store.put(REGISTRY, encodeRegistry(registry));
    this.#stale = false;
    this.#registry = registry;
    if (audit.segments[0]?.number !== before) this.#later(() => this.#log.trim(audit));
    return digest;
  }

  /** Removes what the registry does not name: rests of writes that did not end. */
  clean(registry: Registry): void {
    this.#log.trim(registry.audit);
    const coming = registry.transfers.flatMap((one) =>
      one.role === 'target' && one.arrival !== null ? [one.arrival] : [],
    );
    const known = new Set([...registry.applications, ...coming].map(({ bundle }) => bundleName(bundle)));
    for (const name of this.#files.folder.list()) {
      if (BUNDLE.test(name) && !known.has(name)) removeIfPresent(this.#files.folder, name);
    }
  }

  /** {@link clean} after a change that is done: where the disk refuses, the next start cleans. */
  tidy(): void {
    const registry = this.#registry;
    if (registry !== undefined) this.#later(() => this.clean(registry));
  }

  /** What the state does not hang on: a failure must not pass for that of the change before it. */
  #later(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof SmError || error instanceof TeeError)) throw error;
    }
  }

  get audit(): AuditLog {
    return this.#log;
  }

  writeBundle(digest: string, bundle: Uint8Array): void {
    writeWhole(this.#files.folder, bundleName(digest), bundle);
  }

  /** Without one `undefined`; of a longer file `maxBytes` + 1 bytes. */
  readBundle(digest: string, maxBytes: number): Uint8Array | undefined {
    return readWhole(this.#files.folder, bundleName(digest), maxBytes);
  }

  close(): void {
    this.huk.destroy();
    this.#store.close();
  }

  #readRegistry(): Registry | undefined {
    const bytes = this.#store.get(REGISTRY);
    return bytes === undefined ? undefined : decodeRegistry(bytes);
  }
}
