import { checkBytes } from '../encoding/bytes.ts';
import { encodeSignature, type Sm2SignatureFormat } from '../encoding/sm2.ts';
import { SM_CORE_ERRORS } from '../errors.ts';
import { requireCapability } from '../internal/capability.ts';
import { choice } from '../internal/choice.ts';
import type { Secret } from '../secret.ts';
import { type RandomSource, SM3_DIGEST_BYTES, type SmEngine } from '../spec/v1/engine.ts';
import { HedgedNonces } from './hedged.ts';
import { checkObject, checkOptions, checkSwitch, MAX_BYTES, nonceSource } from './input.ts';
import { checkPublicKey, type Sm2KeyPair, withPrivateKey, zOf } from './keys.ts';
import { SM2_PARAMETERS } from './parameters.ts';

/** Options of signing and verifying. */
export interface Sm2SignatureOptions {
  /** ID_A, the signer ID (可辨别标识), up to 8,191 bytes; `1234567812345678` when left out, may be empty. */
  readonly id?: Uint8Array;
  /** `der` when left out. */
  readonly format?: Sm2SignatureFormat;
  /** Source of the nonce k; refused by engines without the capability `sm2.random`. */
  readonly random?: RandomSource;
}

/** Options of signing. */
export interface Sm2SignOptions extends Sm2SignatureOptions {
  /**
   * Derive the nonce k from the private key, the digest and fresh entropy, so that a
   * random source that fails unnoticed does not give the key away (our
   * construction on HMAC-SM3, in the spirit of RFC 6979 with additional input). Needs the capabilities `sm2.random` and `hmac-sm3`.
   */
  readonly hedged?: boolean;
  /**
   * Verify each signature before it is released, so that a fault in the computation does
   * not give the key away; ERR_SM2_FAULT in place of a wrong one. Needs the capability `sm2.verify`.
   */
  readonly verifyAfterSign?: boolean;
}

/** Options that were read. */
export interface SignPlan {
  readonly format: Sm2SignatureFormat;
  readonly random: RandomSource;
  readonly hedged: boolean;
  readonly checked: boolean;
}

/** The form of a signature in the options. */
export const signatureFormat = (options: Sm2SignatureOptions): Sm2SignatureFormat =>
  choice(options.format, 'format', SM2_PARAMETERS.signatureFormats);

/** e from outside, 32 bytes. */
export const checkDigest = (e: Uint8Array): Uint8Array => checkBytes(e, 'e', SM3_DIGEST_BYTES);

/** e = H(Z_A‖M). @standard GB/T 32918.2-2016 §6.1 A1, A2 */
export const digestOf = (engine: SmEngine, z: Uint8Array, message: Uint8Array): Uint8Array =>
  engine.sm3Digest(z, checkBytes(message, 'message', 0, MAX_BYTES));

/** Reads the options of signing, and asks the engine for what they need. */
export function signPlan(engine: SmEngine, options: Sm2SignOptions): SignPlan {
  requireCapability(engine, 'sm2.sign');
  const format = signatureFormat(options);
  const hedged = checkSwitch(options.hedged, 'hedged');
  const checked = checkSwitch(options.verifyAfterSign, 'verifyAfterSign');
  if (checked) requireCapability(engine, 'sm2.verify');
  return { format, random: nonceSource(engine, options.random), hedged, checked };
}

/** Runs `sign` with the nonces of the plan. */
export function withNonces(
  engine: SmEngine,
  plan: SignPlan,
  d: Uint8Array,
  e: Uint8Array,
  sign: (random: RandomSource) => Uint8Array,
): Uint8Array {
  const nonces = new HedgedNonces(engine, d, e, plan.random);
  try {
    return sign(nonces);
  } finally {
    nonces.destroy();
  }
}

/** The signature in its form; zeroed and refused when it is not `valid`. */
export function release(rs: Uint8Array, valid: boolean, format: Sm2SignatureFormat): Uint8Array {
  if (valid) return encodeSignature(rs, format);
  rs.fill(0);
  throw SM_CORE_ERRORS.create('ERR_SM2_FAULT');
}

function signE(
  engine: SmEngine,
  privateKey: Secret,
  publicKey: Uint8Array | undefined,
  e: Uint8Array,
  plan: SignPlan,
): Uint8Array {
  return withPrivateKey(privateKey, (d) => {
    const rs = plan.hedged
      ? withNonces(engine, plan, d, e, (random) => engine.sm2SignDigest(d, e, random))
      : engine.sm2SignDigest(d, e, plan.random);
    const valid = !plan.checked || engine.sm2VerifyDigest(publicKey ?? engine.sm2PublicKey(d), e, rs);
    return release(rs, valid, plan.format);
  });
}

/** Signs M with the public key at hand. @standard GB/T 32918.2-2016 §6.1 */
export function signWith(
  engine: SmEngine,
  pair: Sm2KeyPair,
  message: Uint8Array,
  given?: Sm2SignOptions,
): Uint8Array {
  const options = checkOptions(given);
  const plan = signPlan(engine, options);
  const { privateKey, publicKey } = checkObject(pair, 'pair');
  const e = digestOf(engine, zOf(engine, checkPublicKey(engine, publicKey), options.id), message);
  return signE(engine, privateKey, publicKey, e, plan);
}

/** Signs e. @standard GB/T 32918.2-2016 §6.1 A3 */
export function signDigest(
  engine: SmEngine,
  privateKey: Secret,
  e: Uint8Array,
  given?: Omit<Sm2SignOptions, 'id'>,
): Uint8Array {
  const plan = signPlan(engine, checkOptions(given));
  if (plan.checked) requireCapability(engine, 'sm2.keygen');
  return signE(engine, privateKey, undefined, checkDigest(e), plan);
}
