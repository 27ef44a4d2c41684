import { constants, createPublicKey, type KeyObject, type VerifyKeyObjectInput } from 'node:crypto';
import type { AlgorithmName, AlgorithmRef } from '../algorithms/index.ts';
import { Cursor } from '../internal/cursor.ts';
import { readOid } from '../internal/oids.ts';
import { DerProblem, expectTag, readOne, readSmallInteger, type Tlv } from '../internal/tlv.ts';
import { OIDS } from '../spec/v1/oids.ts';

/** A signature algorithm that node:crypto checks for us. */
export interface NodeAlgorithm {
  readonly hash: string;
  /** `ec` for any curve. */
  readonly key: 'ec' | 'rsa' | 'rsa-pss';
  readonly options?: Omit<VerifyKeyObjectInput, 'key'>;
}

const MIN_RSA_BITS = 2048;
const MAX_RSA_BITS = 8192;

const ecdsa = (hash: string): NodeAlgorithm => ({ hash, key: 'ec' });
const rsa = (hash: string): NodeAlgorithm => ({ hash, key: 'rsa' });

const FIXED: Readonly<Partial<Record<AlgorithmName, NodeAlgorithm>>> = {
  'ecdsa-sha256': ecdsa('sha256'),
  'ecdsa-sha384': ecdsa('sha384'),
  'ecdsa-sha512': ecdsa('sha512'),
  'rsa-pkcs1-sha256': rsa('sha256'),
  'rsa-pkcs1-sha384': rsa('sha384'),
  'rsa-pkcs1-sha512': rsa('sha512'),
};

const PSS_HASHES: Readonly<Record<string, string>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};
const MGF1 = '1.2.840.113549.1.1.8';
/** Longest salt: that of SHA-512. */
const MAX_SALT_BYTES = 64;

/** OID of a hash that stands alone or before NULL. */
function hashOid(element: Tlv | undefined): string {
  return readOid(new Cursor(expectTag(element, 0x30, 'pss').value).peek(), 'pss');
}

/**
 * RSASSA-PSS with its hash and salt length; SHA-1, which stands for parameters left out, and two
 * different hashes are not supported.
 *
 * @standard RFC 4055 §3.1
 */
function pss(parameters: Tlv | undefined): NodeAlgorithm | undefined {
  if (parameters === undefined) return undefined;
  const cursor = new Cursor(expectTag(parameters, 0x30, 'pss').value);
  const part = (n: number) => cursor.maybe(0xa0 | n)?.value;
  const [hash, mask, salt, trailer] = [part(0), part(1), part(2), part(3)];
  cursor.end('pss');
  if (hash === undefined || mask === undefined) return undefined;
  const oid = hashOid(readOne(hash, 0x30));
  const generator = new Cursor(readOne(mask, 0x30).value);
  if (readOid(generator.next('pss'), 'pss') !== MGF1 || hashOid(generator.next('pss')) !== oid)
    return undefined;
  const saltLength = salt === undefined ? 20 : readSmallInteger(readOne(salt, 0x02), 'pss');
  const name = PSS_HASHES[oid];
  if (trailer !== undefined && readSmallInteger(readOne(trailer, 0x02), 'pss') !== 1) return undefined;
  if (name === undefined || saltLength > MAX_SALT_BYTES) return undefined;
  const options = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
  return { hash: name, key: 'rsa-pss', options };
}

/** How node:crypto checks `algorithm`; `undefined` when it is none of those supported. */
export function nodeAlgorithm({ name, parameters }: AlgorithmRef): NodeAlgorithm | undefined {
  if (name !== 'rsa-pss') return FIXED[name as AlgorithmName];
  try {
    return pss(parameters);
  } catch (error) {
    if (error instanceof DerProblem) return undefined;
    throw error;
  }
}

/** Curves whose signatures are checked. */
const CURVES = new Set<string>([`ec:${OIDS.p256}`, `ec:${OIDS.p384}`, 'ec:1.3.132.0.35']);

const RSA_PSS_KEY = '1.2.840.113549.1.1.10';

/** Is a key of this kind one for the algorithm, and its curve one whose signatures are checked? */
export function keyFit(
  { key }: NodeAlgorithm,
  keyAlgorithm: string,
): 'fits' | 'key-mismatch' | 'unsupported' {
  if (key === 'ec') {
    if (CURVES.has(keyAlgorithm)) return 'fits';
    return keyAlgorithm.startsWith('ec:') ? 'unsupported' : 'key-mismatch';
  }
  const fits = keyAlgorithm === OIDS.rsaEncryption || (key === 'rsa-pss' && keyAlgorithm === RSA_PSS_KEY);
  return fits ? 'fits' : 'key-mismatch';
}

/** Under a smaller exponent, above all 1, everybody signs. @standard NIST SP 800-56B rev. 2 §6.2 */
const MIN_RSA_EXPONENT = 65_537n;

/**
 * Keys that were read, by their bytes: issuers come again and again, and reading one takes longer than a
 * signature check on P-256. The one used longest ago goes first.
 */
const keys = new Map<string, KeyObject | 'wrong' | 'unsupported'>();
const MAX_KEYS = 256;

/** The key for node:crypto; `wrong` for a broken one, which has signed nothing. */
export function nodeKey(publicKeyInfo: Uint8Array): KeyObject | 'wrong' | 'unsupported' {
  const name = Buffer.from(publicKeyInfo.buffer, publicKeyInfo.byteOffset, publicKeyInfo.length).toString(
    'latin1',
  );
  const key = keys.get(name) ?? readKey(publicKeyInfo);
  keys.delete(name);
  keys.set(name, key);
  for (const oldest of keys.keys()) {
    if (keys.size <= MAX_KEYS) break;
    keys.delete(oldest);
  }
  return key;
}

function readKey(publicKeyInfo: Uint8Array): KeyObject | 'wrong' | 'unsupported' {
  let key: KeyObject;
  try {
    key = createPublicKey({ key: Buffer.from(publicKeyInfo), format: 'der', type: 'spki' });
  } catch {
    return 'wrong';
  }
  const { modulusLength: bits, publicExponent: e } = key.asymmetricKeyDetails ?? {};
  if (bits === undefined) return key;
  const weak = bits < MIN_RSA_BITS || bits > MAX_RSA_BITS || e === undefined || e < MIN_RSA_EXPONENT;
  return weak ? 'unsupported' : key;
}
