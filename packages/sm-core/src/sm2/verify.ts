import { decodeSignature, type Sm2SignatureFormat } from '../encoding/sm2.ts';
import { requireCapability } from '../internal/capability.ts';
import { SM2_PUBLIC_KEY_BYTES, type SmEngine } from '../spec/v1/engine.ts';
import { itemError, type Sm2VerifyResult } from './batch.ts';
import { checkList, checkObject, checkOptions } from './input.ts';
import { checkPublicKey, zOf } from './keys.ts';
import { checkDigest, digestOf, type Sm2SignatureOptions, signatureFormat } from './sign.ts';

/** Does r‖s sign e under one key? */
export type SignatureCheck = (e: Uint8Array, rs: Uint8Array) => boolean;

/** Options of verifying with a key made ready. */
export type Sm2VerifyOptions = Omit<Sm2SignatureOptions, 'random'>;

/** A public key with its options, made ready for many verifications: Z_A and, where the engine can, tables are computed once. */
export interface Sm2Verifier {
  /** A copy of the public key, 65 bytes. */
  readonly publicKey: Uint8Array;
  /** Does `signature` sign M? @standard GB/T 32918.2-2016 §7.1 @throws {@link SmError} ERR_SM2_SIGNATURE_MALFORMED, ERR_INPUT_TYPE */
  verify(message: Uint8Array, signature: Uint8Array): boolean;
  /** Verifies over e of 32 bytes. @standard GB/T 32918.2-2016 §7.1 B3 @throws {@link SmError} ERR_SM2_SIGNATURE_MALFORMED, ERR_INPUT_LENGTH */
  verifyDigest(e: Uint8Array, signature: Uint8Array): boolean;
}

/** One signature of a batch. */
export interface Sm2VerifyItem extends Sm2VerifyOptions {
  /** P_A as 04‖x‖y, 65 bytes. */
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

/** From so many signatures under one key on its tables, which cost about ten verifications on the wasm engine, are worth it. */
const PREPARE_FROM = 16;

/** The check under a key that was checked, prepared where the engine can. */
export function publicKeyCheck(engine: SmEngine, publicKey: Uint8Array): SignatureCheck {
  if (engine.capabilities.has('sm2.prepared-public')) {
    const prepared = engine.sm2PreparePublic(publicKey);
    return (e, rs) => prepared.verifyDigest(e, rs);
  }
  const own = Uint8Array.from(publicKey);
  return (e, rs) => engine.sm2VerifyDigest(own, e, rs);
}

/** Does `signature` sign M? @standard GB/T 32918.2-2016 §7.1 */
export function verify(
  engine: SmEngine,
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  given?: Sm2SignatureOptions,
): boolean {
  requireCapability(engine, 'sm2.verify');
  const options = checkOptions(given);
  const format = signatureFormat(options);
  const e = digestOf(engine, zOf(engine, checkPublicKey(engine, publicKey), options.id), message);
  return engine.sm2VerifyDigest(publicKey, e, decodeSignature(signature, format));
}

/** Verifies over e. @standard GB/T 32918.2-2016 §7.1 B3 */
export function verifyDigest(
  engine: SmEngine,
  publicKey: Uint8Array,
  e: Uint8Array,
  signature: Uint8Array,
  given?: Omit<Sm2SignatureOptions, 'id'>,
): boolean {
  requireCapability(engine, 'sm2.verify');
  const format = signatureFormat(checkOptions(given));
  checkPublicKey(engine, publicKey);
  return engine.sm2VerifyDigest(publicKey, checkDigest(e), decodeSignature(signature, format));
}

class Verifier implements Sm2Verifier {
  readonly #engine: SmEngine;
  readonly #publicKey: Uint8Array;
  readonly #format: Sm2SignatureFormat;
  readonly #z: Uint8Array;
  readonly #check: SignatureCheck;

  constructor(engine: SmEngine, publicKey: Uint8Array, options: Sm2VerifyOptions) {
    requireCapability(engine, 'sm2.verify');
    this.#engine = engine;
    this.#format = signatureFormat(options);
    this.#publicKey = Uint8Array.from(checkPublicKey(engine, publicKey));
    this.#z = zOf(engine, this.#publicKey, options.id);
    this.#check = publicKeyCheck(engine, this.#publicKey);
  }

  get publicKey(): Uint8Array {
    return Uint8Array.from(this.#publicKey);
  }

  verify(message: Uint8Array, signature: Uint8Array): boolean {
    return this.#check(digestOf(this.#engine, this.#z, message), decodeSignature(signature, this.#format));
  }

  verifyDigest(e: Uint8Array, signature: Uint8Array): boolean {
    return this.#check(checkDigest(e), decodeSignature(signature, this.#format));
  }
}

/** A verifier on `engine`. */
export function createVerifier(
  engine: SmEngine,
  publicKey: Uint8Array,
  options?: Sm2VerifyOptions,
): Sm2Verifier {
  return new Verifier(engine, publicKey, checkOptions(options));
}

/** What the signatures of a batch under one key have in common. */
class KeyGroup {
  count = 0;
  #check: SignatureCheck | undefined;
  /** Z_A with the default ID. */
  #z: Uint8Array | undefined;

  verify(engine: SmEngine, item: Sm2VerifyItem): boolean {
    const format = signatureFormat(item);
    const { publicKey, id } = item;
    if (this.#check === undefined) {
      checkPublicKey(engine, publicKey);
      this.#check =
        this.count >= PREPARE_FROM
          ? publicKeyCheck(engine, publicKey)
          : (e, rs) => engine.sm2VerifyDigest(publicKey, e, rs);
    }
    if (id === undefined) this.#z ??= zOf(engine, publicKey);
    const z = id === undefined ? this.#z! : zOf(engine, publicKey, id);
    return this.#check(digestOf(engine, z, item.message), decodeSignature(item.signature, format));
  }
}

/** The key as text, for a map; the empty text for what cannot be one. */
function keyText(item: Sm2VerifyItem | undefined): string {
  const publicKey: unknown = item?.publicKey;
  if (!(publicKey instanceof Uint8Array) || publicKey.length !== SM2_PUBLIC_KEY_BYTES) return '';
  return String.fromCharCode.apply(null, publicKey as unknown as number[]);
}

/** Verifies many signatures; a key that occurs often is prepared. @standard GB/T 32918.2-2016 §7.1 */
export function verifyMany(engine: SmEngine, items: readonly Sm2VerifyItem[]): Sm2VerifyResult[] {
  requireCapability(engine, 'sm2.verify');
  requireCapability(engine, 'sm3');
  const groups = new Map<string, KeyGroup>();
  const groupOf = (item: Sm2VerifyItem): KeyGroup => {
    const text = keyText(item);
    let group = groups.get(text);
    if (group === undefined) {
      group = new KeyGroup();
      groups.set(text, group);
    }
    return group;
  };
  for (const item of checkList(items, 'items')) groupOf(item).count++;
  return Array.from(items, (item): Sm2VerifyResult => {
    try {
      return { ok: true, valid: groupOf(checkObject(item, 'item')).verify(engine, item) };
    } catch (error) {
      return itemError(error);
    }
  });
}
