import {
  defaultEngine,
  Secret,
  type Sm2Signer,
  type Sm2Verifier,
  type Sm3Hash,
  type Sm4GcmKey,
  type Sm4Key,
  sm2,
} from '@cssi/sm-core';
import { TEE_ATTR } from '../../spec/v1/internal/constants.ts';
import type { MemoryAccount } from '../context.ts';
import type { AttributeMap } from './attributes.ts';
import { HmacKey } from './modes/hmac.ts';
import type { ObjectState } from './object-table.ts';
import { OBJECT_TYPES, type ObjectType, secretAttribute } from './object-types.ts';
import { FIELD_BYTES } from './populate.ts';

const POINT_BYTES = 1 + 2 * FIELD_BYTES;
const RAW = { format: 'raw' } as const;
/** Tables of a public key cost about ten verifications: they are made for a key that has had more. */
const PREPARE_FROM = 16;
/** What the tables take of the memory of the instance. */
const TABLE_BYTES = 54 * 1024;

function pointFrom(attributes: AttributeMap): Uint8Array {
  const point = new Uint8Array(POINT_BYTES);
  point[0] = 4;
  point.set(attributes.get(TEE_ATTR.ECC_PUBLIC_VALUE_X) as Uint8Array, 1);
  point.set(attributes.get(TEE_ATTR.ECC_PUBLIC_VALUE_Y) as Uint8Array, 1 + FIELD_BYTES);
  return point;
}

/**
 * An operation's own copy of a key, with what is computed from it once: key schedules, (1 + d)^-1,
 * multiples of the point. The object it came from may be freed.
 */
export class OperationKey {
  readonly bits: number;
  /** The secret, or d of a pair; nothing for a public key. */
  readonly #secret: Secret | undefined;
  /** 04‖x‖y of an SM2 key. */
  readonly #point: Uint8Array | undefined;
  #sm4: Sm4Key | undefined;
  #gcm: Sm4GcmKey | undefined;
  #hmac: HmacKey | undefined;
  #signer: Sm2Signer | undefined;
  #verifier: Sm2Verifier | undefined;
  #verified = 0;
  /** Whose the tables are. */
  #memory: MemoryAccount | undefined;

  private constructor(bits: number, secret: Secret | undefined, point: Uint8Array | undefined) {
    this.bits = bits;
    this.#secret = secret;
    this.#point = point;
  }

  /** The key of an initialized object. */
  static of(state: ObjectState): OperationKey {
    const type = OBJECT_TYPES.get(state.objectType) as ObjectType;
    const isSecret = type.kind === 'secret';
    const bytes = state.attributes.get(isSecret ? secretAttribute(type) : TEE_ATTR.ECC_PRIVATE_VALUE);
    const secret = bytes instanceof Uint8Array ? Secret.copy(bytes) : undefined;
    return new OperationKey(state.objectSize, secret, isSecret ? undefined : pointFrom(state.attributes));
  }

  copy(): OperationKey {
    return new OperationKey(
      this.bits,
      this.#secret?.use((bytes) => Secret.copy(bytes)),
      this.#point,
    );
  }

  /** The secret bytes; a public key is refused before it comes here. */
  get secret(): Secret {
    return this.#secret as Secret;
  }

  /** 04‖x‖y. */
  get point(): Uint8Array {
    return this.#point as Uint8Array;
  }

  sm4(): Sm4Key {
    this.#sm4 ??= this.secret.use((bytes) => defaultEngine.sm4(bytes));
    return this.#sm4;
  }

  gcm(): Sm4GcmKey {
    this.#gcm ??= this.secret.use((bytes) => defaultEngine.sm4Gcm(bytes));
    return this.#gcm;
  }

  /** The inner hash of HMAC after the block of the key, to be cloned, and the end of it. */
  hmac(): { start(): Sm3Hash; finish(inner: Sm3Hash): Uint8Array } {
    this.#hmac ??= this.secret.use((bytes) => new HmacKey(bytes));
    return this.#hmac;
  }

  /** Signatures r‖s; the nonces stay good where the random source fails unnoticed. */
  signer(): Sm2Signer {
    this.#signer ??= sm2.signer(
      { privateKey: this.secret, publicKey: this.point },
      { format: 'raw', hedged: true },
    );
    return this.#signer;
  }

  /** Is r‖s a signature of e? @throws SmError ERR_SM2_SIGNATURE_MALFORMED */
  verify(e: Uint8Array, rs: Uint8Array, memory: MemoryAccount): boolean {
    this.#verified++;
    if (this.#verifier === undefined && this.#verified > PREPARE_FROM) this.#prepare(memory);
    return this.#verifier?.verifyDigest(e, rs) ?? sm2.verifyDigest(this.point, e, rs, RAW);
  }

  destroy(): void {
    this.#secret?.destroy();
    this.#sm4?.destroy();
    this.#gcm?.destroy();
    this.#hmac?.destroy();
    this.#signer?.destroy();
    this.#verifier = undefined;
    this.#memory?.release(TABLE_BYTES);
    this.#memory = undefined;
  }

  /** They are for speed only: they take a quarter of what is free at most, and are not missed. */
  #prepare(memory: MemoryAccount): void {
    if (memory.quota - memory.used < 4 * TABLE_BYTES || !memory.reserve(TABLE_BYTES)) return;
    this.#memory = memory;
    this.#verifier = sm2.verifier(this.point, RAW);
  }
}
