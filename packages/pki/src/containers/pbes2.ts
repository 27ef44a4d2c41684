import { randomBytes } from '@cssi/sm-core';
import { encodeAlgorithm, readAlgorithm } from '../algorithms/index.ts';
import { PKI_ERRORS } from '../errors.ts';
import { Cursor } from '../internal/cursor.ts';
import type { FindingLog } from '../internal/finding-log.ts';
import { readOid } from '../internal/oids.ts';
import { DerProblem, expectTag, readOctets, readSmallInteger, type Tlv } from '../internal/tlv.ts';
import { integer, NULL, octets, oid, sequence } from '../internal/write.ts';
import {
  type ContainerEncryption,
  DEFAULT_CONTAINER_ITERATIONS,
  MAX_CONTAINER_ITERATIONS,
  type Pbkdf2Prf,
  WEAK_CONTAINER_ITERATIONS,
} from '../spec/v1/container.ts';
import { CIPHERS, decryptCbc, encryptCbc, type ReadableCipher } from './ciphers.ts';
import { derivePbkdf2, type Pbkdf2Input, pbkdf2Blocks } from './pbkdf2.ts';
import { badOptions } from './support.ts';
import type { WorkBudget } from './work-budget.ts';

/** @standard RFC 8018 appendix A */
export const PBES2_OID = '1.2.840.113549.1.5.13';
const PBKDF2_OID = '1.2.840.113549.1.5.12';

const MIN_WRITTEN_ITERATIONS = 1_000;
const SALT_BYTES = 16;
/** Shorter salts let tables be made beforehand. @standard RFC 8018 §4.1 */
const WEAK_SALT_BYTES = 8;
const MAX_SALT_BYTES = 1024;
const PRFS: readonly Pbkdf2Prf[] = [
  'hmac-sm3',
  'hmac-sha1',
  'hmac-sha224',
  'hmac-sha256',
  'hmac-sha384',
  'hmac-sha512',
];
const READABLE = Object.keys(CIPHERS) as readonly ReadableCipher[];

/** How something is encrypted under a password (基于口令的加密). */
export interface Pbes2 extends Pbkdf2Input {
  readonly cipher: ReadableCipher;
  readonly iv: Uint8Array;
}

/** What reading needs besides the bytes. */
export interface ReadingContext {
  readonly log: FindingLog;
  readonly budget: WorkBudget;
}

export const unsupportedAlgorithm = (oidText: string): Error =>
  PKI_ERRORS.create('ERR_PKI_ALGORITHM_UNSUPPORTED', { detail: `oid=${oidText}` });

/** Is `name` one of `list`? */
const among = <T extends string>(list: readonly T[], name: string): name is T =>
  (list as readonly string[]).includes(name);

/** PBKDF2 parameters and the length of the key, where they say it; the caller charges the work. @standard RFC 8018 appendix A.2 */
export function readPbkdf2(
  element: Tlv,
  where: string,
  { log }: ReadingContext,
): Pbkdf2Input & { readonly keyLength: number | undefined } {
  const parts = new Cursor(expectTag(element, 0x30, where).value);
  const name = readOid(parts.next(where), where);
  if (name !== PBKDF2_OID) throw unsupportedAlgorithm(name);
  const parameters = new Cursor(parts.take(0x30, where).value);
  parts.end(where);
  const salt = readOctets(parameters.next('salt'), 'salt');
  if (salt.length > MAX_SALT_BYTES) throw new DerProblem('salt');
  const iterations = readSmallInteger(parameters.next('iterations'), 'iterations');
  const keyLength =
    parameters.peek()?.tag === 0x02 ? readSmallInteger(parameters.next(where), where) : undefined;
  let prf: Pbkdf2Prf = 'hmac-sha1';
  const written = parameters.maybe(0x30);
  if (written !== undefined) {
    const ref = readAlgorithm(written, { where: `${where}.prf`, expected: PRFS, log });
    if (!among(PRFS, ref.name)) throw unsupportedAlgorithm(ref.oid);
    prf = ref.name;
  }
  parameters.end(where);
  if (iterations < WEAK_CONTAINER_ITERATIONS) log.note('CONTAINER_WEAK', `${where}.iterations`);
  if (salt.length < WEAK_SALT_BYTES) log.note('CONTAINER_WEAK', `${where}.salt`);
  return { prf, salt, iterations, keyLength };
}

/** PBES2 parameters: a SEQUENCE of key derivation and cipher. @standard RFC 8018 appendix A.4 */
export function readPbes2(parameters: Tlv, where: string, context: ReadingContext): Pbes2 {
  const parts = new Cursor(expectTag(parameters, 0x30, where).value);
  const { keyLength, ...derivation } = readPbkdf2(parts.next(where), `${where}.pbkdf2`, context);
  const scheme = readAlgorithm(parts.next(where), {
    where: `${where}.cipher`,
    expected: READABLE,
    log: context.log,
  });
  parts.end(where);
  if (!among(READABLE, scheme.name)) throw unsupportedAlgorithm(scheme.oid);
  const { keyBytes, blockBytes } = CIPHERS[scheme.name];
  const iv = readOctets(scheme.parameters, 'iv');
  if (iv.length !== blockBytes) throw new DerProblem('iv');
  if (keyLength !== undefined && keyLength !== keyBytes) throw new DerProblem('key length');
  context.budget.pbkdf2(derivation.iterations, pbkdf2Blocks(derivation.prf, keyBytes));
  if (scheme.name === 'des-ede3-cbc') context.log.note('CONTAINER_WEAK', `${where}.cipher`);
  return { ...derivation, cipher: scheme.name, iv };
}

/** The plaintext, which the caller zeroes. @throws SmError ERR_DECRYPT_FAILED */
export async function decryptPbes2(
  plan: Pbes2,
  password: Uint8Array,
  ciphertext: Uint8Array,
): Promise<Uint8Array> {
  const key = await derivePbkdf2(password, plan, CIPHERS[plan.cipher].keyBytes);
  try {
    return decryptCbc(plan.cipher, key, plan.iv, ciphertext);
  } finally {
    key.fill(0);
  }
}

/**
 * The options with everything that was left out, for a file whose reader derives `derivations` times.
 * What our own reader would refuse is not written.
 *
 * @throws SmError ERR_PKI_CONTAINER_OPTIONS
 */
export function encryptionOf(
  given: ContainerEncryption | undefined,
  derivations = 1,
): Required<ContainerEncryption> {
  if (given !== undefined && (typeof given !== 'object' || given === null)) throw badOptions('options');
  const { prf = 'hmac-sm3', cipher = 'sm4-cbc' } = given ?? {};
  if (!among(PRFS, prf)) throw badOptions('prf');
  // Not `in`: the names come from outside, and 3DES is for reading only.
  if (!among(READABLE, cipher) || (cipher as string) === 'des-ede3-cbc') throw badOptions('cipher');
  const runs = derivations * pbkdf2Blocks(prf, CIPHERS[cipher].keyBytes);
  const most = Math.floor(MAX_CONTAINER_ITERATIONS / runs);
  const iterations = given?.iterations ?? Math.min(DEFAULT_CONTAINER_ITERATIONS, most);
  const fits = Number.isInteger(iterations) && iterations >= MIN_WRITTEN_ITERATIONS;
  if (!fits || iterations > most) throw badOptions('iterations');
  return { prf, cipher, iterations };
}

/** What {@link encryptPbes2} gives. */
export interface Pbes2Output {
  readonly algorithm: Uint8Array;
  readonly ciphertext: Uint8Array;
}

function algorithmOf(
  { prf, cipher, iterations }: Required<ContainerEncryption>,
  salt: Uint8Array,
  iv: Uint8Array,
): Uint8Array {
  const derivation = sequence(octets(salt), integer(iterations), encodeAlgorithm(prf, NULL));
  const scheme = encodeAlgorithm(cipher, octets(iv));
  return sequence(oid(PBES2_OID), sequence(sequence(oid(PBKDF2_OID), derivation), scheme));
}

/** As long as what {@link encryptPbes2} gives for so many bytes, and all else of it missing. */
export function blankPbes2(encryption: Required<ContainerEncryption>, length: number): Pbes2Output {
  const { blockBytes } = CIPHERS[encryption.cipher];
  return {
    algorithm: algorithmOf(encryption, new Uint8Array(SALT_BYTES), new Uint8Array(blockBytes)),
    ciphertext: new Uint8Array(length + blockBytes - (length % blockBytes)),
  };
}

/** AlgorithmIdentifier of PBES2 and the ciphertext, under a fresh salt and IV. */
export async function encryptPbes2(
  encryption: Required<ContainerEncryption>,
  password: Uint8Array,
  plaintext: Uint8Array,
): Promise<Pbes2Output> {
  const { prf, cipher, iterations } = encryption;
  const { keyBytes, blockBytes } = CIPHERS[cipher];
  const salt = randomBytes(SALT_BYTES);
  const iv = randomBytes(blockBytes);
  const key = await derivePbkdf2(password, { prf, salt, iterations }, keyBytes);
  try {
    const ciphertext = encryptCbc(cipher, key, iv, plaintext);
    return { algorithm: algorithmOf(encryption, salt, iv), ciphertext };
  } finally {
    key.fill(0);
  }
}
