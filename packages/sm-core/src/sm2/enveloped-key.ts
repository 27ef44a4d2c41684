import { checkBytes, concatBytes, equalBytes, fromHex } from '../encoding/bytes.ts';
import { DerReader, derBitString, derElement } from '../encoding/der.ts';
import { SM_CORE_ERRORS } from '../errors.ts';
import { requireCapability } from '../internal/capability.ts';
import { Secret } from '../secret.ts';
import {
  type RandomSource,
  SM2_PRIVATE_KEY_BYTES,
  SM4_BLOCK_BYTES,
  type SmEngine,
} from '../spec/v1/engine.ts';
import { decrypt, encrypt } from './cipher.ts';
import { checkObject, checkOptions, checkRandom, MAX_BYTES, nonceSource } from './input.ts';
import { checkPublicKey, isPrivateKey, type Sm2KeyPair, withPrivateKey } from './keys.ts';

/** Options of enveloping a key pair. */
export interface Sm2EnvelopeOptions {
  /** Source of the SM4 key and of the nonce k; the latter is refused by engines without `sm2.random`. */
  readonly random?: RandomSource;
}

const SEQUENCE = 0x30;
/** SM4-ECB, 1.2.156.10197.1.104.1. @standard GB/T 33560-2017 */
const SM4_ECB = /* @__PURE__ */ fromHex('06082a811ccf55016801');
const NULL = /* @__PURE__ */ fromHex('0500');

/** Runs SM4-ECB without padding over the private key: random bits, two blocks. */
function ecb(
  engine: SmEngine,
  key: Uint8Array,
  input: Uint8Array,
  direction: 'encrypt' | 'decrypt',
): Uint8Array {
  const cipher = engine.sm4(key);
  const out = new Uint8Array(input.length);
  try {
    if (direction === 'encrypt') cipher.encryptBlocks(input, out);
    else cipher.decryptBlocks(input, out);
    return out;
  } catch (error) {
    out.fill(0);
    throw error;
  } finally {
    cipher.destroy();
  }
}

/** SM2EnvelopedKey of a pair for one recipient. @standard GB/T 35276-2017 §7.4 */
export function envelopeKey(
  engine: SmEngine,
  recipient: Uint8Array,
  pair: Sm2KeyPair,
  given?: Sm2EnvelopeOptions,
): Uint8Array {
  requireCapability(engine, 'sm4.blocks');
  const { random } = checkOptions(given);
  nonceSource(engine, random);
  const { privateKey, publicKey } = checkObject(pair, 'pair');
  checkPublicKey(engine, recipient);
  checkPublicKey(engine, publicKey);
  const key = new Uint8Array(SM4_BLOCK_BYTES);
  try {
    checkRandom(random).fill(key);
    const wrapped = withPrivateKey(privateKey, (d) => ecb(engine, key, d, 'encrypt'));
    const cipher = encrypt(engine, recipient, key, random === undefined ? {} : { random });
    const algorithm = derElement(SEQUENCE, SM4_ECB, NULL);
    return derElement(SEQUENCE, algorithm, cipher, derBitString(publicKey), derBitString(wrapped));
  } finally {
    key.fill(0);
  }
}

/** The parts of an SM2EnvelopedKey. */
function readEnvelope(der: Uint8Array): { cipher: Uint8Array; publicKey: Uint8Array; wrapped: Uint8Array } {
  const outer = new DerReader(checkBytes(der, 'envelopedKey', 0, MAX_BYTES));
  const inner = new DerReader(outer.element(SEQUENCE));
  outer.end();
  const algorithm = inner.element(SEQUENCE);
  // The parameters are NULL, or left out.
  if (!equalBytes(algorithm, concatBytes(SM4_ECB, NULL)) && !equalBytes(algorithm, SM4_ECB)) {
    throw SM_CORE_ERRORS.create('ERR_INPUT_VALUE', { detail: 'parameter=symAlgID allowed=sm4-ecb' });
  }
  const cipher = derElement(SEQUENCE, inner.element(SEQUENCE));
  const publicKey = inner.bitString();
  const wrapped = inner.bitString();
  inner.end();
  return { cipher, publicKey, wrapped };
}

const failed = () => SM_CORE_ERRORS.create('ERR_DECRYPT_FAILED');

/** The pair in an SM2EnvelopedKey; its two keys belong together, or nothing is given. @standard GB/T 35276-2017 §7.4 */
export function openEnvelopedKey(engine: SmEngine, privateKey: Secret, der: Uint8Array): Sm2KeyPair {
  requireCapability(engine, 'sm4.blocks');
  requireCapability(engine, 'sm2.keygen');
  const { cipher, publicKey, wrapped } = readEnvelope(der);
  const key = decrypt(engine, privateKey, cipher);
  let d: Uint8Array | undefined;
  try {
    if (key.length !== SM4_BLOCK_BYTES || wrapped.length !== SM2_PRIVATE_KEY_BYTES) throw failed();
    d = ecb(engine, key, wrapped, 'decrypt');
    // ECB notices nothing: that the public key is the one of d is all the check there is.
    if (!isPrivateKey(d) || !equalBytes(engine.sm2PublicKey(d), publicKey)) throw failed();
    return { privateKey: Secret.copy(d), publicKey: Uint8Array.from(publicKey) };
  } finally {
    key.fill(0);
    d?.fill(0);
  }
}
