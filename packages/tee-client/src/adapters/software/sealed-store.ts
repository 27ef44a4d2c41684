import { join } from 'node:path';
import {
  concatBytes,
  equalBytes,
  hkdfSm3,
  hmacSm3,
  randomBytes,
  Secret,
  SM4_GCM_NONCE_BYTES,
  SM4_GCM_TAG_BYTES,
  sm4,
  utf8,
} from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../errors.ts';
import { uuidToOctets } from '../../spec/v1/uuid.ts';
import { isOpenToOthers, readIfPresent, writeAtomic } from './files.ts';

const HUK_BYTES = 32;
const MAGIC = utf8('CSSISEAL');
const FORMAT = 1;
/** magic 8 ‖ format 1 ‖ uuid 16 ‖ version 4 ‖ counter 4. */
const HEADER_BYTES = 33;
const COUNTER_BYTES = 36;
const MAX_SEALED_BYTES = 65_536;
const MAX_COUNTER = 0xffffffff;
const NO_BYTES = new Uint8Array(0);

const fail = TEE_CLIENT_ERRORS.create;

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

const readU32 = (bytes: Uint8Array, at: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);

/** Who a store belongs to. */
export interface SealedStoreOwner {
  readonly uuid: string;
  /** Version of the application; state of a higher version is refused. */
  readonly version: number;
}

/**
 * One sealed file of one trusted application (密封存储).
 *
 * The file opens only under the hardware unique key (HUK, 硬件唯一密钥) it was written under, for
 * the same application, and only while its counter matches the device's counter file. The key is
 * HKDF-SM3(HUK, uuid), the mode SM4-GCM, the header is associated data.
 *
 * @standard GB/T 36624-2018
 */
export class SealedStore {
  readonly #folder: string;
  readonly #owner: SealedStoreOwner;
  readonly #uuid: Uint8Array;
  #counter = 0;

  constructor(folder: string, owner: SealedStoreOwner) {
    this.#folder = folder;
    this.#owner = owner;
    this.#uuid = uuidToOctets(owner.uuid);
  }

  /** How often this store was written on this device. */
  get counter(): number {
    return this.#counter;
  }

  /**
   * The contents, or `undefined` when this device has never written any. Whatever does not fit
   * together is refused; nothing is ever made anew in its place.
   *
   * @throws {@link SmError} ERR_TEE_HUK_MISSING, ERR_TEE_HUK_INVALID, ERR_TEE_SEAL_INTEGRITY,
   * ERR_TEE_SEAL_MISSING, ERR_TEE_SEAL_ROLLBACK, ERR_TEE_SEAL_NEWER, ERR_TEE_STORAGE
   */
  load(): Secret | undefined {
    const sealed = readIfPresent(this.#path('sealed'), MAX_SEALED_BYTES);
    const huk = this.#readHuk();
    if (huk === undefined) {
      if (sealed !== undefined || this.#readCounterFile() !== undefined) throw fail('ERR_TEE_HUK_MISSING');
      return undefined;
    }
    try {
      const device = this.#deviceCounter(huk);
      if (sealed === undefined) {
        if (device !== 0) throw fail('ERR_TEE_SEAL_MISSING');
        return undefined;
      }
      const contents = this.#open(huk, sealed);
      const counter = readU32(sealed, HEADER_BYTES - 4);
      // The file is written before the counter: one ahead means a crash in between.
      if (counter !== device && counter !== device + 1) {
        contents.destroy();
        throw fail('ERR_TEE_SEAL_ROLLBACK');
      }
      this.#counter = counter;
      if (counter !== device) this.#writeCounter(huk, counter);
      return contents;
    } finally {
      huk.destroy();
    }
  }

  /**
   * Seals `contents` and moves the device's counter on. Makes the HUK file at the first use.
   *
   * @throws {@link SmError} ERR_TEE_HUK_INVALID, ERR_TEE_STORAGE
   */
  save(contents: Secret): void {
    const huk = this.#readHuk() ?? this.#makeHuk();
    try {
      if (this.#counter >= MAX_COUNTER) throw fail('ERR_TEE_STORAGE', { detail: 'reason=counter' });
      const counter = this.#counter + 1;
      const header = concatBytes(
        MAGIC,
        Uint8Array.of(FORMAT),
        this.#uuid,
        u32(this.#owner.version),
        u32(counter),
      );
      const gcm = this.#gcm(huk);
      const box = contents.use((bytes) => gcm.sealBox(bytes, header));
      gcm.destroy();
      writeAtomic(this.#path('sealed'), concatBytes(header, box));
      this.#writeCounter(huk, counter);
      this.#counter = counter;
    } finally {
      huk.destroy();
    }
  }

  #open(huk: Secret, sealed: Uint8Array): Secret {
    const header = sealed.subarray(0, HEADER_BYTES);
    const minimum = HEADER_BYTES + SM4_GCM_NONCE_BYTES + SM4_GCM_TAG_BYTES;
    const expected = concatBytes(MAGIC, Uint8Array.of(FORMAT), this.#uuid);
    if (
      sealed.length < minimum ||
      sealed.length > MAX_SEALED_BYTES ||
      !equalBytes(header.subarray(0, expected.length), expected)
    ) {
      throw fail('ERR_TEE_SEAL_INTEGRITY');
    }
    const gcm = this.#gcm(huk);
    let contents: Secret;
    try {
      contents = Secret.take(gcm.openBox(sealed.subarray(HEADER_BYTES), header));
    } catch {
      throw fail('ERR_TEE_SEAL_INTEGRITY');
    } finally {
      gcm.destroy();
    }
    // Only now: the version is known to be what was written.
    if (readU32(sealed, expected.length) > this.#owner.version) {
      contents.destroy();
      throw fail('ERR_TEE_SEAL_NEWER');
    }
    return contents;
  }

  #gcm(huk: Secret) {
    const key = Secret.take(hkdfSm3(huk, NO_BYTES, concatBytes(utf8('cssi-tee seal 1'), this.#uuid), 16));
    try {
      return sm4.gcm(key);
    } finally {
      key.destroy();
    }
  }

  #path(kind: 'sealed' | 'counter'): string {
    return join(this.#folder, `${this.#owner.uuid}.${kind}`);
  }

  #hukPath(): string {
    return join(this.#folder, 'huk.key');
  }

  #readHuk(): Secret | undefined {
    const path = this.#hukPath();
    const bytes = readIfPresent(path, HUK_BYTES);
    if (bytes === undefined) return undefined;
    if (bytes.length !== HUK_BYTES) throw fail('ERR_TEE_HUK_INVALID', { detail: 'reason=length' });
    if (isOpenToOthers(path)) throw fail('ERR_TEE_HUK_INVALID', { detail: 'reason=mode expected=0600' });
    return Secret.take(bytes);
  }

  #makeHuk(): Secret {
    const bytes = randomBytes(HUK_BYTES);
    writeAtomic(this.#hukPath(), bytes);
    return Secret.take(bytes);
  }

  #readCounterFile(): Uint8Array | undefined {
    return readIfPresent(this.#path('counter'), COUNTER_BYTES);
  }

  #counterTag(huk: Secret, value: Uint8Array): Uint8Array {
    const key = hkdfSm3(huk, NO_BYTES, utf8('cssi-tee counter 1'), 32);
    const tag = hmacSm3(key, this.#uuid, value);
    key.fill(0);
    return tag;
  }

  /** The device's counter, 0 before the first write. */
  #deviceCounter(huk: Secret): number {
    const file = this.#readCounterFile();
    if (file === undefined) return 0;
    const value = file.subarray(0, 4);
    if (file.length !== COUNTER_BYTES || !equalBytes(this.#counterTag(huk, value), file.subarray(4))) {
      throw fail('ERR_TEE_SEAL_INTEGRITY');
    }
    return readU32(value, 0);
  }

  #writeCounter(huk: Secret, counter: number): void {
    const value = u32(counter);
    writeAtomic(this.#path('counter'), concatBytes(value, this.#counterTag(huk, value)));
  }
}
