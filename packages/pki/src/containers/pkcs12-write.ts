import { derElement, sm3 } from '@cssi/sm-core';
import { explicit, implicit, integer, octets, oid, sequence, set, setOf } from '../internal/write.ts';
import {
  type ContainerEncryption,
  type ContainerPassword,
  MAX_CONTAINER_BYTES,
  MAX_PKCS12_ITERATIONS,
  type Pkcs12Input,
} from '../spec/v1/container.ts';
import { blankPbes2, encryptionOf, encryptPbes2, type Pbes2Output } from './pbes2.ts';
import {
  checkPassword,
  derivationsOf,
  forget,
  listsOf,
  type PreparedInput,
  type PreparedKey,
  prepare,
} from './pkcs12-input.ts';
import { blankMacData, writeMacData } from './pkcs12-mac.ts';
import { PKCS12_OIDS } from './pkcs12-oids.ts';
import { badOptions, utf16be, withPassword } from './support.ts';

/** How a PKCS#12 container is written. */
export interface Pkcs12Options extends ContainerEncryption {
  /** Hash of the MAC and its derivation; `sm3` when left out. */
  readonly macHash?: 'sm3' | 'sha256' | 'sha384' | 'sha512';
  /**
   * 1,000 to 2,000,000; when left out, those of the encryption, as the MAC lets passwords be guessed as
   * well, but at most 2,000,000.
   */
  readonly macIterations?: number;
}

const KEY_ID_BYTES = 20;
const MAC_HASHES = ['sm3', 'sha256', 'sha384', 'sha512'] as const;

type Encryption = Required<ContainerEncryption>;

const attribute = (name: string, value: Uint8Array): Uint8Array => sequence(oid(name), set(value));

const bag = (name: string, value: Uint8Array, attributes: readonly Uint8Array[]): Uint8Array =>
  sequence(oid(name), explicit(0, value), ...(attributes.length === 0 ? [] : [setOf(attributes)]));

function nameAttribute(friendlyName: string | undefined): readonly Uint8Array[] {
  if (friendlyName === undefined) return [];
  return [attribute(PKCS12_OIDS.friendlyName, derElement(0x1e, utf16be(friendlyName)))];
}

/** Ties key and certificate together: the beginning of the certificate's SM3. */
const keyIdAttribute = (certificate: Uint8Array): Uint8Array =>
  attribute(PKCS12_OIDS.localKeyId, octets(sm3(certificate).subarray(0, KEY_ID_BYTES)));

function certificateBag(der: Uint8Array, attributes: readonly Uint8Array[]): Uint8Array {
  const value = sequence(oid(PKCS12_OIDS.x509Certificate), explicit(0, octets(der)));
  return bag(PKCS12_OIDS.certificateBag, value, attributes);
}

/** How the parts are protected: under the password, or by nothing to learn how long it all becomes. */
interface Protection {
  encrypt(plaintext: Uint8Array): Promise<Pbes2Output>;
  mac(content: Uint8Array): Promise<Uint8Array>;
}

async function keyBag(
  { pkcs8, certificate, friendlyName }: PreparedKey,
  { encrypt }: Protection,
): Promise<Uint8Array> {
  const ids = certificate === undefined ? [] : [keyIdAttribute(certificate)];
  const { algorithm, ciphertext } = await encrypt(pkcs8);
  const attributes = [...nameAttribute(friendlyName), ...ids];
  return bag(PKCS12_OIDS.shroudedKeyBag, sequence(algorithm, octets(ciphertext)), attributes);
}

function certificateBags({ keys, certificates }: PreparedInput): readonly Uint8Array[] {
  const own = keys.flatMap(({ certificate, friendlyName }) =>
    certificate === undefined
      ? []
      : [certificateBag(certificate, [...nameAttribute(friendlyName), keyIdAttribute(certificate)])],
  );
  return [...own, ...certificates.map((der) => certificateBag(der, []))];
}

const data = (contents: Uint8Array): Uint8Array =>
  sequence(oid(PKCS12_OIDS.data), explicit(0, octets(contents)));

/** EncryptedData with SafeContents. @standard RFC 2315 §13 */
async function encryptedData(contents: Uint8Array, { encrypt }: Protection): Promise<Uint8Array> {
  const { algorithm, ciphertext } = await encrypt(contents);
  const info = sequence(oid(PKCS12_OIDS.data), algorithm, implicit(0, ciphertext));
  return sequence(oid(PKCS12_OIDS.encryptedData), explicit(0, sequence(integer(0), info)));
}

/** The whole container. */
async function written(input: PreparedInput, protection: Protection): Promise<Uint8Array> {
  const certificates = certificateBags(input);
  const chain = certificates.length === 0 ? [] : [encryptedData(sequence(...certificates), protection)];
  // Side by side: each derivation has a thread of its own.
  const [encryptedChain, ...keys] = await Promise.all([
    Promise.all(chain),
    ...input.keys.map((key) => keyBag(key, protection)),
  ]);
  const safes = [...(keys.length === 0 ? [] : [data(sequence(...keys))]), ...encryptedChain];
  const content = sequence(...safes);
  return sequence(integer(3), data(content), await protection.mac(content));
}

type MacOptions = Required<Pick<Pkcs12Options, 'macHash' | 'macIterations'>>;

function macOptions(
  { macHash = 'sm3', macIterations }: Pkcs12Options,
  { iterations }: Encryption,
): MacOptions {
  if (!MAC_HASHES.includes(macHash)) throw badOptions('macHash');
  const count = macIterations ?? Math.min(iterations, MAX_PKCS12_ITERATIONS);
  const fits = Number.isInteger(count) && count >= 1_000 && count <= MAX_PKCS12_ITERATIONS;
  if (!fits) throw badOptions('macIterations');
  return { macHash, macIterations: count };
}

/** The length is known before anything is derived. @throws SmError ERR_PKI_CONTAINER_OPTIONS */
async function checkSize(input: PreparedInput, encryption: Encryption, mac: MacOptions): Promise<void> {
  const blank = await written(input, {
    encrypt: async ({ length }) => blankPbes2(encryption, length),
    mac: async () => blankMacData(mac.macHash, mac.macIterations),
  });
  if (blank.length > MAX_CONTAINER_BYTES) throw badOptions('size');
}

/**
 * Writes a PKCS#12 container (个人信息交换, PFX): keys and certificates under PBES2 with
 * PBKDF2-HMAC-SM3 and SM4-CBC, the MAC over SM3, unless asked otherwise. OpenSSL 3.0 opens it with
 * `prf: 'hmac-sha256'`; the key store of BouncyCastle 1.72 wants that, AES and `macHash: 'sha256'`. A
 * dual pair is two keys, each with its certificate.
 *
 * Each key costs one derivation, the certificates and the MAC one more each. `openPkcs12` takes
 * 10,000,000 iterations of all keys and the certificates together, so that
 * (keys + 1) × iterations × ⌈key of the cipher / output of the hash⌉ may not be more: 600,000 for up to 15
 * keys with certificates. For more keys the iterations that are written when the caller does not say are as
 * many as fit (77,519 for 128 keys); when the caller says, too many are refused. The MAC does not count.
 *
 * @param input - keys whose halves, and whose certificates, belong together; at most 256 keys and
 *   certificates, and 1 MiB when written
 * @param password - 1 to 1,024 bytes of UTF-8
 * @standard RFC 7292 §4, RFC 8018 §6.2
 * @throws {@link SmError} ERR_PKI_CONTAINER_OPTIONS, ERR_SECRET_DESTROYED; before anything is derived
 */
export async function sealPkcs12(
  input: Pkcs12Input,
  password: ContainerPassword,
  options: Pkcs12Options = {},
): Promise<Uint8Array> {
  const lists = listsOf(input);
  const encryption = encryptionOf(options, derivationsOf(lists));
  const mac = macOptions(options, encryption);
  const prepared = prepare(lists);
  try {
    return await withPassword(password, async (secret) => {
      checkPassword(secret);
      await checkSize(prepared, encryption, mac);
      return written(prepared, {
        encrypt: (plaintext) => encryptPbes2(encryption, secret, plaintext),
        mac: (content) => writeMacData(mac.macHash, mac.macIterations, secret, content),
      });
    });
  } finally {
    forget(prepared);
  }
}
