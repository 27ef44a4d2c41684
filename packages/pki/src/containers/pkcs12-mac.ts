import { createHmac } from 'node:crypto';
import { equalBytes, hmacSm3, randomBytes } from '@cssi/sm-core';
import { type AlgorithmName, encodeAlgorithm, readAlgorithm } from '../algorithms/index.ts';
import { Cursor } from '../internal/cursor.ts';
import { readOid } from '../internal/oids.ts';
import { DerProblem, readAll, readOctets, readSmallInteger, type Tlv } from '../internal/tlv.ts';
import { integer, NULL, octets, sequence } from '../internal/write.ts';
import { type Pbkdf2Prf, WEAK_CONTAINER_ITERATIONS } from '../spec/v1/container.ts';
import { type ReadingContext, readPbkdf2, unsupportedAlgorithm } from './pbes2.ts';
import { derivePbkdf2, type Pbkdf2Input, pbkdf2Blocks } from './pbkdf2.ts';
import { derivePkcs12, PKCS12_HASHES, type Pkcs12Hash } from './pkcs12-kdf.ts';
import { bmpPassword } from './support.ts';

/** @standard RFC 9579 §5 */
const PBMAC1_OID = '1.2.840.113549.1.5.14';
const SALT_BYTES = 16;
const MAX_SALT_BYTES = 1024;
const HASHES = Object.keys(PKCS12_HASHES) as readonly Pkcs12Hash[];
const MACS: Readonly<Partial<Record<AlgorithmName, Pkcs12Hash>>> = {
  'hmac-sm3': 'sm3',
  'hmac-sha1': 'sha1',
  'hmac-sha256': 'sha256',
  'hmac-sha384': 'sha384',
  'hmac-sha512': 'sha512',
};
const MAC_NAMES = Object.keys(MACS) as readonly (Pbkdf2Prf & AlgorithmName)[];

/** How a container is authenticated under its password. */
export interface Pkcs12Mac {
  readonly hash: Pkcs12Hash;
  readonly value: Uint8Array;
  /** Derivation of the MAC key: that of PKCS#12, or PBKDF2 with a length. */
  readonly derivation:
    | { readonly kind: 'pkcs12'; readonly salt: Uint8Array; readonly iterations: number }
    | { readonly kind: 'pbmac1'; readonly input: Pbkdf2Input; readonly length: number };
}

const hmac = (hash: Pkcs12Hash, key: Uint8Array, data: Uint8Array): Uint8Array =>
  hash === 'sm3' ? hmacSm3(key, data) : new Uint8Array(createHmac(hash, key).update(data).digest());

/** The salt and the count that stand beside PBMAC1 and mean nothing. @standard RFC 9579 §5 */
function skipUnused(parts: Cursor): void {
  readOctets(parts.next('macData.salt'), 'macData.salt');
  if (parts.peek() !== undefined) readSmallInteger(parts.next('iterations'), 'iterations');
  parts.end('macData');
}

/** PBMAC1 parameters. @standard RFC 9579 §5 */
function readPbmac1(parameters: Tlv | undefined, value: Uint8Array, context: ReadingContext): Pkcs12Mac {
  if (parameters?.tag !== 0x30) throw new DerProblem('macData.pbmac1');
  const parts = new Cursor(parameters.value);
  const { keyLength, ...input } = readPbkdf2(parts.next('macData.pbmac1'), 'macData.pbkdf2', context);
  const { log, budget } = context;
  const ref = readAlgorithm(parts.next('macData.mac'), { where: 'macData.mac', expected: MAC_NAMES, log });
  parts.end('macData.pbmac1');
  const hash = MACS[ref.name as AlgorithmName];
  if (hash === undefined) throw unsupportedAlgorithm(ref.oid);
  // §5: the length must be there; keys under 20 bytes must not be used.
  if (keyLength === undefined || keyLength < 20 || keyLength > 64) throw new DerProblem('key length');
  budget.pbkdf2(input.iterations, pbkdf2Blocks(input.prf, keyLength));
  return { hash, value, derivation: { kind: 'pbmac1', input, length: keyLength } };
}

function readPkcs12Kdf(
  digestInfo: Tlv,
  parts: Cursor,
  value: Uint8Array,
  { log, budget }: ReadingContext,
): Pkcs12Mac {
  const ref = readAlgorithm(digestInfo, { where: 'macData.digest', expected: HASHES, log });
  const hash = HASHES.find((name) => name === ref.name);
  if (hash === undefined) throw unsupportedAlgorithm(ref.oid);
  const salt = readOctets(parts.next('macData.salt'), 'macData.salt');
  const iterations =
    parts.peek() === undefined ? 1 : readSmallInteger(parts.next('iterations'), 'iterations');
  parts.end('macData');
  budget.pkcs12(iterations, 1);
  if (salt.length === 0 || salt.length > MAX_SALT_BYTES) throw new DerProblem('macData.salt');
  if (value.length !== PKCS12_HASHES[hash].bytes) throw new DerProblem('macData.digest');
  if (hash === 'sha1') log.note('CONTAINER_WEAK', 'macData.digest');
  if (iterations < WEAK_CONTAINER_ITERATIONS) log.note('CONTAINER_WEAK', 'macData.iterations');
  return { hash, value, derivation: { kind: 'pkcs12', salt, iterations } };
}

/** MacData. @standard RFC 7292 §4, RFC 9579 §5 */
export function readMacData(element: Tlv, context: ReadingContext): Pkcs12Mac {
  const parts = new Cursor(element.value);
  const digestInfo = new Cursor(parts.take(0x30, 'macData').value);
  const algorithm = digestInfo.take(0x30, 'macData.digest');
  const value = readOctets(digestInfo.next('macData.digest'), 'macData.digest');
  digestInfo.end('macData.digest');
  const [name, parameters, ...rest] = readAll(algorithm.value);
  if (readOid(name, 'macData.digest') === PBMAC1_OID) {
    if (rest.length > 0) throw new DerProblem('macData.digest');
    skipUnused(parts);
    return readPbmac1(parameters, value, context);
  }
  return readPkcs12Kdf(algorithm, parts, value, context);
}

async function macKey(
  { hash, derivation }: Omit<Pkcs12Mac, 'value'>,
  password: Uint8Array,
): Promise<Uint8Array> {
  if (derivation.kind === 'pbmac1') return derivePbkdf2(password, derivation.input, derivation.length);
  const { salt, iterations } = derivation;
  const bmp = bmpPassword(password);
  try {
    return await derivePkcs12(bmp, { hash, purpose: 'mac', salt, iterations }, PKCS12_HASHES[hash].bytes);
  } finally {
    bmp.fill(0);
  }
}

/** Is the MAC over `content` right under this password? */
export async function macFits(mac: Pkcs12Mac, password: Uint8Array, content: Uint8Array): Promise<boolean> {
  const key = await macKey(mac, password);
  try {
    return equalBytes(hmac(mac.hash, key, content), mac.value);
  } finally {
    key.fill(0);
  }
}

const macData = (hash: Pkcs12Hash, value: Uint8Array, salt: Uint8Array, iterations: number): Uint8Array =>
  sequence(sequence(encodeAlgorithm(hash, NULL), octets(value)), octets(salt), integer(iterations));

/** As long as what {@link writeMacData} gives. */
export const blankMacData = (hash: Pkcs12Hash, iterations: number): Uint8Array =>
  macData(hash, new Uint8Array(PKCS12_HASHES[hash].bytes), new Uint8Array(SALT_BYTES), iterations);

/** MacData over `content`. @standard RFC 7292 §4 */
export async function writeMacData(
  hash: Pkcs12Hash,
  iterations: number,
  password: Uint8Array,
  content: Uint8Array,
): Promise<Uint8Array> {
  const salt = randomBytes(SALT_BYTES);
  const key = await macKey({ hash, derivation: { kind: 'pkcs12', salt, iterations } }, password);
  try {
    return macData(hash, hmac(hash, key, content), salt, iterations);
  } finally {
    key.fill(0);
  }
}
