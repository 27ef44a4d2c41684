import { decodeSignature, type Sm2SignatureFormat } from '../encoding/sm2.ts';
import { SmError } from '../error.ts';
import { SM_CORE_ERRORS } from '../errors.ts';
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

/** An item as it was read, once: a getter could give another key for the second look. */
interface ReadItem {
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  readonly id: Uint8Array | undefined;
  readonly format: Sm2SignatureFormat | undefined;
  readonly group: KeyGroup;
}

/** What the signatures of a batch under one key have in common. */
class KeyGroup {
  count = 0;
  #check: SignatureCheck | undefined;
  /** Z_A with the default ID. */
  #z: Uint8Array | undefined;

  /** All items that come here have the same bytes as their key. */
  verify(engine: SmEngine, item: ReadItem): boolean {
    const format = signatureFormat(item.format === undefined ? {} : { format: item.format });
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

/** A copy of the key; no bytes, which are no key, of what cannot be one. */
function ownKey(publicKey: unknown): Uint8Array {
  if (!(publicKey instanceof Uint8Array) || publicKey.length !== SM2_PUBLIC_KEY_BYTES) {
    return new Uint8Array(0);
  }
  const own = new Uint8Array(SM2_PUBLIC_KEY_BYTES);
  own.set(publicKey);
  return own;
}

/** Reads the items of a batch and counts them by their keys; one that cannot be read gives its error. */
function readItems(items: readonly Sm2VerifyItem[]): (ReadItem | SmError)[] {
  const groups = new Map<string, KeyGroup>();
  const read = (index: number): ReadItem | SmError => {
    try {
      const { publicKey, message, signature, id, format } = checkObject(items[index]!, 'item');
      const own = ownKey(publicKey);
      const text = String.fromCharCode.apply(null, own as unknown as number[]);
      const group = groups.get(text) ?? new KeyGroup();
      groups.set(text, group);
      group.count++;
      return { publicKey: own, message, signature, id, format, group };
    } catch {
      // Not an object, or a getter that throws, whatever it says.
      return SM_CORE_ERRORS.create('ERR_INPUT_TYPE', { detail: 'parameter=item expected=object' });
    }
  };
  return Array.from({ length: checkList(items, 'items').length }, (_, index) => read(index));
}

/** Verifies many signatures; a key that occurs often is prepared. @standard GB/T 32918.2-2016 §7.1 */
export function verifyMany(engine: SmEngine, items: readonly Sm2VerifyItem[]): Sm2VerifyResult[] {
  requireCapability(engine, 'sm2.verify');
  requireCapability(engine, 'sm3');
  return readItems(items).map((item): Sm2VerifyResult => {
    if (item instanceof SmError) return { ok: false, error: item };
    try {
      return { ok: true, valid: item.group.verify(engine, item) };
    } catch (error) {
      return itemError(error);
    }
  });
}
