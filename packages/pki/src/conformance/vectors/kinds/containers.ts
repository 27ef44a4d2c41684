import { equalBytes, Secret, type Sm2KeyPair, sm2, toHex, utf8 } from '@cssi/sm-core';
import { decryptPkcs8 } from '../../../containers/encrypted-key.ts';
import { openEnvelopedKey } from '../../../containers/enveloped-key.ts';
import { openPkcs12 } from '../../../containers/pkcs12-read.ts';
import { decodePrivateKey } from '../../../containers/private-key.ts';
import {
  decodeSm2PrivateKey,
  decodeSm2PublicKeyInfo,
  encodeSm2PublicKeyInfo,
} from '../../../containers/sm2-keys.ts';
import type { DecodedPrivateKey } from '../../../spec/v1/container.ts';
import { expectBytes, expectRefusal, expectSame, fail } from '../case.ts';
import { deciphererOf } from '../decipherer.ts';
import type { VectorFile, VectorRow } from '../vector-file.ts';

const OUT_OF_RANGE = ['ERR_SM2_PRIVATE_KEY_INVALID'];
const WRONG_PASSWORD = ['ERR_DECRYPT_FAILED'];

function pairOf(key: DecodedPrivateKey): Sm2KeyPair {
  return key.kind === 'sm2' ? key.pair : fail(`a key of kind ${key.kind}, expected SM2`);
}

/** The pair works, and its public key is the expected one. */
function checkPair(pair: Sm2KeyPair, publicKey: string | undefined): void {
  const message = utf8('message');
  if (!sm2.verify(pair.publicKey, message, sm2.signWith(pair, message))) fail('the pair does not work');
  if (publicKey !== undefined) expectSame(toHex(pair.publicKey), publicKey, 'public key');
  pair.privateKey.destroy();
}

/** The key as it stands beside, in another form. */
function alike(file: VectorFile, row: VectorRow): string | undefined {
  if (row.has('pub')) return row.text('pub');
  const plain = row.optional('name')?.replace(/\.sec1$/, '');
  return plain === undefined ? undefined : file.publicKeyOf(plain);
}

/** PKCS#8 or SEC 1. A key that the note calls out of range must be refused. */
export async function privateKey(file: VectorFile, row: VectorRow): Promise<void> {
  if (row.optional('note')?.includes('must be rejected') === true) {
    return expectRefusal(OUT_OF_RANGE, () => decodePrivateKey(row.der), 'key');
  }
  checkPair(pairOf(decodePrivateKey(row.der)), alike(file, row));
  for (const owner of file.rows.filter((other) => other.optional('key') === row.optional('name'))) {
    if (!row.has('name') || owner.kind !== 'certificate') continue;
    const { sm2PublicKey } = file.certificateOf(owner);
    expectSame(sm2PublicKey && toHex(sm2PublicKey), file.publicKeyOf(row.text('name')), owner.id);
  }
}

/** SubjectPublicKeyInfo: read, written back the same, and the half of the pair beside it. */
export function publicKey(file: VectorFile, row: VectorRow): void {
  const point = decodeSm2PublicKeyInfo(row.der);
  expectBytes(encodeSm2PublicKeyInfo(point), row.der, 'written back');
  const pair = row.optional('name')?.replace(/\.pub$/, '.key');
  if (pair !== undefined) expectSame(toHex(point), file.publicKeyOf(pair), 'public key');
}

const passwordOf = (row: VectorRow): Uint8Array =>
  row.has('password') ? utf8(row.text('password')) : row.bytes('password_utf8_hex');
const other = (password: Uint8Array): Uint8Array => Uint8Array.of(...password, 0x21);

/** EncryptedPrivateKeyInfo: opens to the very bytes, and to nothing under another password. */
export async function encryptedKey(file: VectorFile, row: VectorRow): Promise<void> {
  const password = passwordOf(row);
  const { pkcs8 } = await decryptPkcs8(row.der, password);
  const clear = row.has('clear') ? file.named(row.text('clear')).der : row.bytes('clear_pkcs8');
  // Where another key stands beside it is the scalar that must be the same, not the encoding.
  if (row.has('clear')) expectSame(publicOf(pkcs8), publicOf(clear), 'public key');
  else pkcs8.use((bytes) => expectBytes(bytes, clear, 'PKCS#8'));
  pkcs8.destroy();
  await expectRefusal(WRONG_PASSWORD, () => decryptPkcs8(row.der, other(password)), 'another password');
}

function publicOf(pkcs8: Secret | Uint8Array): string {
  const pair =
    pkcs8 instanceof Uint8Array
      ? decodeSm2PrivateKey(pkcs8)
      : pkcs8.use((bytes) => decodeSm2PrivateKey(bytes));
  pair.privateKey.destroy();
  return toHex(pair.publicKey);
}

/** PKCS#12 with one key and its certificate. */
export async function keyStore(file: VectorFile, row: VectorRow): Promise<void> {
  const password = passwordOf(row);
  const { keys, certificates } = await openPkcs12(row.der, password);
  if (keys.length !== 1) fail(`${keys.length} keys, expected one`);
  checkPair(pairOf(keys[0]!.key), file.publicKeyOf(row.text('key')));
  const wanted = file.named(row.text('cert')).der;
  if (!certificates.some(({ der }) => equalBytes(der, wanted))) fail('its certificate is missing');
  await expectRefusal(WRONG_PASSWORD, () => openPkcs12(row.der, other(password)), 'another password');
}

/** SM2EnvelopedKey: opens to the pair for its recipient, and for nobody else. */
export async function sm2EnvelopedKey(_file: VectorFile, row: VectorRow): Promise<void> {
  const recipient = sm2.keyPair(Secret.take(row.bytes('recipient_d')));
  const { pair } = await openEnvelopedKey(row.der, deciphererOf(recipient));
  pair.privateKey.use((d) => expectBytes(d, row.bytes('private_key'), 'private key'));
  checkPair(pair, row.text('pub'));
  const stranger = sm2.generateKeyPair();
  await expectRefusal(WRONG_PASSWORD, () => openEnvelopedKey(row.der, deciphererOf(stranger)), 'another key');
  for (const { privateKey } of [recipient, stranger]) privateKey.destroy();
}
