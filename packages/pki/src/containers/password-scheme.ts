import { readOid } from '../internal/oids.ts';
import { DerProblem, expectTag, readAll, readOctets, readSmallInteger, type Tlv } from '../internal/tlv.ts';
import { WEAK_CONTAINER_ITERATIONS } from '../spec/v1/container.ts';
import { decryptCbc } from './ciphers.ts';
import {
  decryptPbes2,
  PBES2_OID,
  type Pbes2,
  type ReadingContext,
  readPbes2,
  unsupportedAlgorithm,
} from './pbes2.ts';
import { derivePkcs12 } from './pkcs12-kdf.ts';
import { bmpPassword } from './support.ts';

/** pbeWithSHAAnd3-KeyTripleDES-CBC. @standard RFC 7292 appendix C */
const PBE_SHA1_3DES_OID = '1.2.840.113549.1.12.1.3';
const MAX_SALT_BYTES = 1024;
const TRIPLE_DES = { keyBytes: 24, ivBytes: 8 } as const;

/** How a part of a PKCS#12 container is encrypted: PBES2, or 3DES the way of 1999. */
export type PasswordScheme =
  | { readonly kind: 'pbes2'; readonly plan: Pbes2 }
  | { readonly kind: 'pbe-3des'; readonly salt: Uint8Array; readonly iterations: number };

function readOldScheme(parameters: Tlv, where: string, { log, budget }: ReadingContext): PasswordScheme {
  const [first, second, ...rest] = readAll(expectTag(parameters, 0x30, where).value);
  const salt = readOctets(first, 'salt');
  const iterations = readSmallInteger(second, 'iterations');
  if (rest.length > 0 || salt.length === 0 || salt.length > MAX_SALT_BYTES) throw new DerProblem('salt');
  // The key takes two runs of SHA-1, the IV one more.
  budget.pkcs12(iterations, 3);
  log.note('CONTAINER_WEAK', `${where}.cipher`);
  if (iterations < WEAK_CONTAINER_ITERATIONS) log.note('CONTAINER_WEAK', `${where}.iterations`);
  return { kind: 'pbe-3des', salt, iterations };
}

/** AlgorithmIdentifier of an encryption under a password. @throws SmError ERR_PKI_ALGORITHM_UNSUPPORTED, as RC2 and RC4 */
export function readPasswordScheme(element: Tlv, where: string, context: ReadingContext): PasswordScheme {
  const [name, parameters, ...rest] = readAll(expectTag(element, 0x30, where).value);
  const oid = readOid(name, where);
  if (parameters === undefined || rest.length > 0) throw new DerProblem(where);
  if (oid === PBES2_OID) return { kind: 'pbes2', plan: readPbes2(parameters, where, context) };
  if (oid === PBE_SHA1_3DES_OID) return readOldScheme(parameters, where, context);
  throw unsupportedAlgorithm(oid);
}

/** The plaintext, which the caller zeroes. @throws SmError ERR_DECRYPT_FAILED */
export async function decryptScheme(
  scheme: PasswordScheme,
  password: Uint8Array,
  ciphertext: Uint8Array,
): Promise<Uint8Array> {
  if (scheme.kind === 'pbes2') return decryptPbes2(scheme.plan, password, ciphertext);
  const bmp = bmpPassword(password);
  const { salt, iterations } = scheme;
  const derive = (purpose: 'key' | 'iv', length: number) =>
    derivePkcs12(bmp, { hash: 'sha1', purpose, salt, iterations }, length);
  let key: Uint8Array | undefined;
  try {
    key = await derive('key', TRIPLE_DES.keyBytes);
    return decryptCbc('des-ede3-cbc', key, await derive('iv', TRIPLE_DES.ivBytes), ciphertext);
  } finally {
    key?.fill(0);
    bmp.fill(0);
  }
}
