import { equalBytes } from '@cssi/sm-core';
import { PKI_ERRORS } from '../errors.ts';
import { type BerResult, readImplicitOctets, toDer } from '../internal/ber.ts';
import { Cursor } from '../internal/cursor.ts';
import { FindingLog } from '../internal/finding-log.ts';
import { readOid } from '../internal/oids.ts';
import { reading } from '../internal/reading.ts';
import {
  DerProblem,
  expectTag,
  readAll,
  readOctets,
  readOne,
  readSmallInteger,
  type Tlv,
} from '../internal/tlv.ts';
import {
  type ContainerPassword,
  type DecodedPrivateKey,
  MAX_CONTAINER_BYTES,
  type Pkcs12Certificate,
  type Pkcs12Contents,
  type Pkcs12Key,
  type Pkcs12Reading,
} from '../spec/v1/container.ts';
import { certificateKeyOf } from './certificate-key.ts';
import { decryptScheme, type PasswordScheme, readPasswordScheme } from './password-scheme.ts';
import type { ReadingContext } from './pbes2.ts';
import { type Bag, BagReader } from './pkcs12-bags.ts';
import { macFits, type Pkcs12Mac, readMacData } from './pkcs12-mac.ts';
import { PKCS12_OIDS } from './pkcs12-oids.ts';
import { decodePrivateKey, destroyKey } from './private-key.ts';
import { badOptions, decryptFailed, orDecryptFailed, readingOptions, withPassword } from './support.ts';
import { WorkBudget } from './work-budget.ts';

const MALFORMED = 'ERR_PKI_CONTAINER_MALFORMED';
const unsupported = (oid: string) =>
  PKI_ERRORS.create('ERR_PKI_ALGORITHM_UNSUPPORTED', { detail: `oid=${oid}` });

/** SafeContents of one part, encrypted or not. */
type SafePart =
  | { readonly kind: 'plain'; readonly contents: Uint8Array }
  | { readonly kind: 'encrypted'; readonly scheme: PasswordScheme; readonly ciphertext: Uint8Array };

interface Outer {
  /** Contents of the authenticated safe: what the MAC covers. */
  readonly content: Uint8Array;
  readonly mac: Pkcs12Mac | undefined;
}

/** PKCS#12 may be written in BER. @standard RFC 7292 §4 */
function fromBer(bytes: Uint8Array, where: string, { log }: ReadingContext): Uint8Array {
  const { der, wasBer }: BerResult = toDer(bytes);
  if (wasBer) log.note('BER_ENCODING', where);
  return der;
}

/** Type and explicitly tagged contents. */
function readContentInfo(element: Tlv | undefined, where: string): { oid: string; content: Tlv } {
  const parts = new Cursor(expectTag(element, 0x30, where).value);
  const oid = readOid(parts.next(where), where);
  const [content, ...rest] = readAll(parts.take(0xa0, where).value);
  parts.end(where);
  if (content === undefined || rest.length > 0) throw new DerProblem(where);
  return { oid, content };
}

/** PFX: version 3, authenticated safe, MAC. @standard RFC 7292 §4 */
function readPfx(bytes: Uint8Array, context: ReadingContext, macRequired: boolean): Outer {
  const parts = new Cursor(readOne(fromBer(bytes, 'pfx', context), 0x30).value);
  if (readSmallInteger(parts.next('version'), 'version') !== 3) throw new DerProblem('version');
  const { oid, content } = readContentInfo(parts.next('authSafe'), 'authSafe');
  // Integrity by a signature: signedData in its place.
  if (oid !== PKCS12_OIDS.data) throw unsupported(oid);
  const macData = parts.maybe(0x30);
  parts.end('pfx');
  if (macData === undefined && macRequired) throw new DerProblem('no-mac');
  if (macData === undefined) context.log.note('CONTAINER_WEAK', 'macData');
  return {
    content: readOctets(content, 'authSafe'),
    mac: macData === undefined ? undefined : readMacData(macData, context),
  };
}

/** EncryptedData around SafeContents. @standard RFC 2315 §13 */
function readEncryptedData(content: Tlv, context: ReadingContext): SafePart {
  const parts = new Cursor(expectTag(content, 0x30, 'encryptedData').value);
  if (readSmallInteger(parts.next('version'), 'version') !== 0) throw new DerProblem('version');
  const inner = new Cursor(parts.take(0x30, 'encryptedData').value);
  const oid = readOid(inner.next('encryptedData'), 'encryptedData');
  if (oid !== PKCS12_OIDS.data) throw unsupported(oid);
  const scheme = readPasswordScheme(inner.next('encryptedData'), 'encryptedData', context);
  const ciphertext = readImplicitOctets(inner.next('encryptedData'), 0, () =>
    context.log.note('BER_ENCODING', 'encryptedData'),
  );
  inner.end('encryptedData');
  return { kind: 'encrypted', scheme, ciphertext };
}

/** AuthenticatedSafe. @standard RFC 7292 §4.1 */
function readSafes(content: Uint8Array, context: ReadingContext): readonly SafePart[] {
  return readAll(readOne(fromBer(content, 'authSafe', context), 0x30).value).map((element) => {
    const { oid, content: inner } = readContentInfo(element, 'safe');
    if (oid === PKCS12_OIDS.encryptedData) return readEncryptedData(inner, context);
    // Privacy by public keys: envelopedData in its place.
    if (oid !== PKCS12_OIDS.data) throw unsupported(oid);
    return { kind: 'plain', contents: readOctets(inner, 'safe') };
  });
}

/** One opening of a container: keeps what must be zeroed when it fails. */
class Opening {
  readonly #context: ReadingContext;
  readonly #password: Uint8Array;
  readonly #bags: BagReader;
  readonly #keys: { key: DecodedPrivateKey; bag: Bag }[] = [];
  readonly #macRequired: boolean;
  /** A MAC that fits says that the password is right and nobody changed the contents. */
  #authentic = false;

  constructor(context: ReadingContext, password: Uint8Array, macRequired: boolean) {
    this.#macRequired = macRequired;
    this.#context = context;
    this.#password = password;
    this.#bags = new BagReader(context);
  }

  async run(bytes: Uint8Array): Promise<Pkcs12Contents> {
    const { content, mac } = reading(MALFORMED, MAX_CONTAINER_BYTES, bytes, (copy) =>
      readPfx(copy, this.#context, this.#macRequired),
    );
    if (mac !== undefined) {
      if (!(await macFits(mac, this.#password, content))) throw decryptFailed();
      this.#authentic = true;
    }
    const safes = reading(MALFORMED, MAX_CONTAINER_BYTES, content, (copy) => readSafes(copy, this.#context));
    try {
      for (const safe of safes) await this.#readSafe(safe);
      for (const bag of this.#bags.bags) await this.#readKey(bag);
      return this.#contents();
    } catch (error) {
      for (const { key } of this.#keys) destroyKey(key);
      throw error;
    } finally {
      this.#bags.destroy();
    }
  }

  /** What is wrong with a plaintext is told only when it is known to be authentic. */
  #judged<T>(plaintext: Uint8Array, read: (bytes: Uint8Array) => T): T {
    const run = () =>
      reading(MALFORMED, MAX_CONTAINER_BYTES, plaintext, (copy) => {
        try {
          return read(copy);
        } finally {
          copy.fill(0);
        }
      });
    return this.#authentic ? run() : orDecryptFailed(run);
  }

  async #readSafe(safe: SafePart): Promise<void> {
    const plaintext =
      safe.kind === 'plain'
        ? safe.contents
        : await decryptScheme(safe.scheme, this.#password, safe.ciphertext);
    try {
      // BER becomes DER by copies that nobody zeroes: only what everybody can see may be BER.
      this.#judged(plaintext, (copy) =>
        this.#bags.read(safe.kind === 'plain' ? fromBer(copy, 'safeContents', this.#context) : copy),
      );
    } finally {
      plaintext.fill(0);
    }
  }

  async #readKey(bag: Bag): Promise<void> {
    if (bag.kind === 'key') bag.pkcs8.use((bytes) => this.#decode(bytes, bag));
    if (bag.kind !== 'shrouded') return;
    const plaintext = await decryptScheme(bag.scheme, this.#password, bag.ciphertext);
    try {
      this.#decode(plaintext, bag);
    } finally {
      plaintext.fill(0);
    }
  }

  #decode(pkcs8: Uint8Array, bag: Bag): void {
    this.#judged(pkcs8, (copy) => {
      const key = decodePrivateKey(copy, { policy: this.#context.log.policy });
      this.#keys.push({ key, bag });
      this.#context.log.add(key.findings, `keys[${this.#keys.length - 1}]`);
    });
  }

  #contents(): Pkcs12Contents {
    const certificates: Pkcs12Certificate[] = [];
    const crls: Uint8Array[] = [];
    const unread: string[] = [];
    for (const bag of this.#bags.bags) {
      if (bag.kind === 'certificate') certificates.push({ der: bag.der, ...bag.attributes });
      if (bag.kind === 'crl') crls.push(bag.der);
      if (bag.kind === 'unread') unread.push(bag.oid);
    }
    const keys = this.#keys.map(({ key, bag }) => withCertificate({ key, ...bag.attributes }, certificates));
    const { findings } = this.#context.log;
    return { keys, certificates, crls, unread, authenticated: this.#authentic, findings };
  }
}

/** The key with the certificate of its `localKeyId`, which must be that of its public key. */
function withCertificate(key: Pkcs12Key, certificates: readonly Pkcs12Certificate[]): Pkcs12Key {
  const { localKeyId } = key;
  if (localKeyId === undefined) return key;
  const found = certificates.find(
    (one) => one.localKeyId !== undefined && equalBytes(one.localKeyId, localKeyId),
  );
  if (found === undefined) return key;
  if (key.key.kind === 'sm2' && !equalBytes(certificateKeyOf(found.der), key.key.pair.publicKey)) {
    throw PKI_ERRORS.create(MALFORMED, { detail: 'reason=certificate of another key' });
  }
  return { ...key, certificate: found.der };
}

/**
 * Opens a PKCS#12 container (个人信息交换, PFX): the MAC first, with the derivation of PKCS#12 or PBMAC1 over
 * SM3, SHA-1 or SHA-2; then keys, certificates and revocation lists under PBES2 or
 * pbeWithSHAAnd3-KeyTripleDES-CBC. RC2 and RC4 are unsupported, and so is protection by public keys.
 *
 * A container without a MAC is refused (`reason=no-mac`) unless `mac` is `optional`; `authenticated` says then
 * whether there was one. What is decrypted must be DER.
 *
 * Findings: BER_ENCODING, CONTAINER_WEAK (no MAC, a MAC key derived by SHA-1 the way of PKCS#12, 3DES, a short
 * salt, fewer than 10,000 iterations; HMAC-SHA-1 in PBKDF2 is not weak), and those of the keys.
 *
 * @param bytes - DER or BER, at most 1 MiB and 256 bags
 * @standard RFC 7292 §4, RFC 9579 §5
 * @throws {@link SmError} ERR_PKI_CONTAINER_MALFORMED, ERR_PKI_ALGORITHM_UNSUPPORTED,
 *   ERR_PKI_DEVIATION_REFUSED, ERR_PKI_WORK_LIMIT, ERR_PKI_CONTAINER_OPTIONS, ERR_DECRYPT_FAILED for a wrong password and for
 *   what cannot be told from one
 */
export async function openPkcs12(
  bytes: Uint8Array,
  password: ContainerPassword,
  options: Pkcs12Reading = {},
): Promise<Pkcs12Contents> {
  const { policy, mac = 'required' } = readingOptions(options);
  if (mac !== 'required' && mac !== 'optional') throw badOptions('mac');
  const context = { log: new FindingLog(policy), budget: new WorkBudget(options) };
  return withPassword(password, (secret) => new Opening(context, secret, mac === 'required').run(bytes));
}
