import { derElement, type Secret, type Sm2KeyPair, sm3 } from '@cssi/sm-core';
import { explicit, implicit, integer, octets, oid, sequence, set, setOf } from '../internal/write.ts';
import {
  type ContainerEncryption,
  type ContainerPassword,
  MAX_CONTAINER_BYTES,
  MAX_PKCS12_BAGS,
  MAX_PKCS12_ITERATIONS,
  type Pkcs12Input,
  type Pkcs12KeyInput,
} from '../spec/v1/container.ts';
import { certificateKeyOf } from './certificate-key.ts';
import { encryptPkcs8, pkcs8Of } from './encrypted-key.ts';
import { encryptionOf, encryptPbes2 } from './pbes2.ts';
import { writeMacData } from './pkcs12-mac.ts';
import { PKCS12_OIDS } from './pkcs12-oids.ts';
import { badOptions, utf16be, withPassword } from './support.ts';

/** How a PKCS#12 container is written. */
export interface Pkcs12Options extends ContainerEncryption {
  /** Hash of the MAC and its derivation; `sm3` when left out. */
  readonly macHash?: 'sm3' | 'sha256' | 'sha384' | 'sha512';
  /** 1,000 to 2,000,000; those of the encryption when left out, as the MAC lets passwords be guessed as well. */
  readonly macIterations?: number;
}

const MAX_NAME_CHARACTERS = 256;
const KEY_ID_BYTES = 20;
const MAC_HASHES = ['sm3', 'sha256', 'sha384', 'sha512'] as const;

type Encryption = Required<ContainerEncryption>;

const attribute = (name: string, value: Uint8Array): Uint8Array => sequence(oid(name), set(value));

const bag = (name: string, value: Uint8Array, attributes: readonly Uint8Array[]): Uint8Array =>
  sequence(oid(name), explicit(0, value), ...(attributes.length === 0 ? [] : [setOf(attributes)]));

function nameAttribute(friendlyName: string | undefined): readonly Uint8Array[] {
  if (friendlyName === undefined) return [];
  if (typeof friendlyName !== 'string' || friendlyName.length > MAX_NAME_CHARACTERS)
    throw badOptions('friendlyName');
  return [attribute(PKCS12_OIDS.friendlyName, derElement(0x1e, utf16be(friendlyName)))];
}

/** Ties key and certificate together: the beginning of the certificate's SM3. */
const keyIdAttribute = (certificate: Uint8Array): Uint8Array =>
  attribute(PKCS12_OIDS.localKeyId, octets(sm3(certificate).subarray(0, KEY_ID_BYTES)));

function certificateBag(der: Uint8Array, attributes: readonly Uint8Array[]): Uint8Array {
  if (!(der instanceof Uint8Array) || der.length > MAX_CONTAINER_BYTES) throw badOptions('certificate');
  const value = sequence(oid(PKCS12_OIDS.x509Certificate), explicit(0, octets(der)));
  return bag(PKCS12_OIDS.certificateBag, value, attributes);
}

const isPair = (key: Sm2KeyPair | Secret): key is Sm2KeyPair => 'publicKey' in key;

/** A container that says two things about one key would be refused by our own reader. */
function checkPair({ key, certificate }: Pkcs12KeyInput): void {
  if (certificate === undefined || !isPair(key)) return;
  let own: Uint8Array;
  try {
    own = certificateKeyOf(certificate);
  } catch {
    throw badOptions('certificate');
  }
  if (own.length !== key.publicKey.length || own.some((byte, i) => byte !== key.publicKey[i])) {
    throw badOptions('certificate of another key');
  }
}

async function keyBag(
  input: Pkcs12KeyInput,
  password: Uint8Array,
  encryption: Encryption,
): Promise<Uint8Array> {
  const { certificate, friendlyName } = input;
  const ids = certificate === undefined ? [] : [keyIdAttribute(certificate)];
  const attributes = [...nameAttribute(friendlyName), ...ids];
  const pkcs8 = pkcs8Of(input.key);
  try {
    const encrypted = await encryptPkcs8(pkcs8, password, encryption);
    return bag(PKCS12_OIDS.shroudedKeyBag, encrypted, attributes);
  } finally {
    pkcs8.fill(0);
  }
}

function certificateBags({ keys, certificates = [] }: Pkcs12Input): readonly Uint8Array[] {
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
async function encryptedData(
  contents: Uint8Array,
  password: Uint8Array,
  encryption: Encryption,
): Promise<Uint8Array> {
  const { algorithm, ciphertext } = await encryptPbes2(encryption, password, contents);
  const info = sequence(oid(PKCS12_OIDS.data), algorithm, implicit(0, ciphertext));
  return sequence(oid(PKCS12_OIDS.encryptedData), explicit(0, sequence(integer(0), info)));
}

function macOptions({ macHash = 'sm3', macIterations }: Pkcs12Options, { iterations }: Encryption) {
  if (!MAC_HASHES.includes(macHash)) throw badOptions('macHash');
  const count = macIterations ?? Math.min(iterations, MAX_PKCS12_ITERATIONS);
  const fits = Number.isInteger(count) && count >= 1_000 && count <= MAX_PKCS12_ITERATIONS;
  if (!fits) throw badOptions('macIterations');
  return { macHash, macIterations: count };
}

function checkInput(input: Pkcs12Input): void {
  if (!Array.isArray(input?.keys) || !Array.isArray(input.certificates ?? [])) throw badOptions('contents');
  const bags = 2 * input.keys.length + (input.certificates?.length ?? 0);
  if (bags === 0 || bags > MAX_PKCS12_BAGS) throw badOptions('contents');
  for (const key of input.keys) checkPair(key);
}

/**
 * Writes a PKCS#12 container (个人信息交换, PFX): keys and certificates under PBES2 with
 * PBKDF2-HMAC-SM3 and SM4-CBC, the MAC over SM3, unless asked otherwise. OpenSSL 3.0 opens it with
 * `prf: 'hmac-sha256'`; the key store of BouncyCastle 1.72 wants that, AES and `macHash: 'sha256'`. A dual pair is two keys, each with its certificate.
 *
 * Each key costs one derivation, the certificates and the MAC one more each.
 *
 * @param password - 1 to 1,024 bytes of UTF-8
 * @standard RFC 7292 §4, RFC 8018 §6.2
 * @throws {@link SmError} ERR_PKI_CONTAINER_OPTIONS, ERR_SECRET_DESTROYED
 */
export async function sealPkcs12(
  input: Pkcs12Input,
  password: ContainerPassword,
  options: Pkcs12Options = {},
): Promise<Uint8Array> {
  const encryption = encryptionOf(options);
  const { macHash, macIterations } = macOptions(options, encryption);
  checkInput(input);
  const certificates = certificateBags(input);
  return withPassword(password, async (secret) => {
    if (secret.length === 0) throw badOptions('password');
    const chain =
      certificates.length === 0 ? [] : [encryptedData(sequence(...certificates), secret, encryption)];
    // Side by side: each derivation has a thread of its own.
    const [encryptedChain, ...keys] = await Promise.all([
      Promise.all(chain),
      ...input.keys.map((key) => keyBag(key, secret, encryption)),
    ]);
    const safes = [...(keys.length === 0 ? [] : [data(sequence(...keys))]), ...encryptedChain];
    const content = sequence(...safes);
    const mac = await writeMacData(macHash, macIterations, secret, content);
    return sequence(integer(3), data(content), mac);
  });
}
