import { createHash } from 'node:crypto';
import { equalBytes, Secret, SmError, sm2 } from '@cssi/sm-core';
import { encodeAlgorithm } from '../algorithms/index.ts';
import { PKI_ERRORS } from '../errors.ts';
import type { FindingLog } from '../internal/finding-log.ts';
import { readAll, readBytesOfBits, readOne } from '../internal/tlv.ts';
import { implicit, integer, octets, sequence, setOf, unsigned } from '../internal/write.ts';
import { readPublicKeyInfo } from '../signature/public-key.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import type { KeyDecipherer } from '../spec/v1/decipherer.ts';
import { MAX_MESSAGE_PARTIES, type MessageRecipient, type MessageSyntax } from '../spec/v1/message.ts';
import { CIPHER_FORMS, cipherReadings, noteForm, type Sm2CipherForm } from './cipher-forms.ts';
import { CONTENT_KEY_BYTES } from './content-cipher.ts';
import { decryptFailed, optionProblem } from './options.ts';
import { names } from './read-parts.ts';

/** One recipient of a message that is made. */
export interface MessageRecipientSpec {
  /** The encryption certificate, with an SM2 key. */
  readonly certificate: Certificate;
  /** How the certificate is named; by key identifier in CMS only. */
  readonly identifiedBy?: 'issuerAndSerial' | 'keyIdentifier';
}

/** A certificate that says what its key is for must say that it is for encryption. */
const mayReceive = ({ keyUsage }: Certificate): boolean =>
  keyUsage === undefined || keyUsage.has('keyEncipherment') || keyUsage.has('dataEncipherment');

/** Refuses recipients for whom nothing can be encrypted. @internal */
export function checkRecipients(
  recipients: readonly MessageRecipientSpec[],
  syntax: MessageSyntax,
  options: { readonly anyKeyUsage?: boolean } = {},
): void {
  if (!Array.isArray(recipients) || recipients.length === 0 || recipients.length > MAX_MESSAGE_PARTIES) {
    throw optionProblem('recipients');
  }
  for (const { certificate, identifiedBy } of recipients as readonly MessageRecipientSpec[]) {
    if (certificate.sm2PublicKey === undefined) throw optionProblem('recipient-key');
    if (options.anyKeyUsage !== true && !mayReceive(certificate)) throw optionProblem('recipient-key-usage');
    const byKey = identifiedBy === 'keyIdentifier';
    if (byKey && (syntax === 'gbt35275' || certificate.subjectKeyIdentifier === undefined)) {
      throw optionProblem('identified-by');
    }
  }
}

function encodeRecipient(
  { certificate, identifiedBy }: MessageRecipientSpec,
  syntax: MessageSyntax,
  key: Secret,
): Uint8Array {
  const byKey = identifiedBy === 'keyIdentifier';
  const cipher = key.use((bytes) => sm2.encrypt(certificate.sm2PublicKey!, bytes));
  return sequence(
    integer(byKey ? 2 : syntax === 'gbt35275' ? 1 : 0),
    byKey
      ? implicit(0, certificate.subjectKeyIdentifier!)
      : sequence(certificate.issuerRaw, unsigned(certificate.serial)),
    encodeAlgorithm('sm2-encrypt'),
    octets(cipher),
  );
}

/** recipientInfos: the content key for each recipient. @standard GB/T 35275-2017, RFC 5652 §6.2.1 @internal */
export const encodeRecipients = (
  recipients: readonly MessageRecipientSpec[],
  syntax: MessageSyntax,
  key: Secret,
): Uint8Array => setOf(recipients.map((recipient) => encodeRecipient(recipient, syntax, key)));

/** Version of EnvelopedData for these recipients. @internal */
export const envelopedVersion = (
  recipients: readonly MessageRecipientSpec[],
  syntax: MessageSyntax,
): Uint8Array => {
  const byKey = recipients.some(({ identifiedBy }) => identifiedBy === 'keyIdentifier');
  return integer(syntax === 'gbt35275' ? 1 : byKey ? 2 : 0);
};

/** With what a message is opened. */
export interface RecipientOptions {
  readonly decipherer: KeyDecipherer;
  /** Certificate of the decipherer's key; the recipient is found by it. */
  readonly certificate: Certificate;
  /**
   * Forms of the encrypted key that are accepted, in the order in which they are tried; `der`
   * alone when left out. Which of the raw forms a value has shows only when it is decrypted:
   * name them for senders that are known to write them.
   */
  readonly cipherFormats?: readonly Sm2CipherForm[];
}

/** SHA-1 over the key's bits, which stands for certificates without the extension. @standard RFC 5280 §4.2.1.2 (1) */
function usualKeyIdentifier({ publicKeyInfo }: Certificate): Uint8Array {
  const [, bits] = readAll(readOne(publicKeyInfo, 0x30).value);
  return Uint8Array.from(createHash('sha1').update(readBytesOfBits(bits, 'public key')).digest());
}

function isFor(recipient: MessageRecipient, certificate: Certificate): boolean {
  if (recipient.kind !== 'keyTransport') return false;
  const { reference } = recipient;
  if (reference.by === 'keyIdentifier' && certificate.subjectKeyIdentifier === undefined) {
    return equalBytes(reference.keyIdentifier, usualKeyIdentifier(certificate));
  }
  return names(reference, certificate);
}

function checkRecipientOptions({ decipherer, certificate, cipherFormats = ['der'] }: RecipientOptions): void {
  const own = certificate.sm2PublicKey;
  if (own === undefined) throw optionProblem('recipient-key');
  const theirs = readPublicKeyInfo(decipherer.publicKeyInfo).sm2PublicKey;
  if (theirs === undefined || !equalBytes(own, theirs)) throw optionProblem('decipherer');
  const known = Array.isArray(cipherFormats) && cipherFormats.every((form) => CIPHER_FORMS.includes(form));
  if (!known || cipherFormats.length === 0) throw optionProblem('cipher-formats');
}

/** A content key, and whether it is one of the right length. */
export interface OpenedKey {
  readonly key: Secret;
  readonly genuine: boolean;
}

/** A key of another length cannot be told apart from one that is merely wrong. @standard RFC 3218 §2.3.2 */
function asContentKey(secret: Secret): OpenedKey {
  if (secret.length === CONTENT_KEY_BYTES) return { key: secret, genuine: true };
  secret.destroy();
  return { key: Secret.random(CONTENT_KEY_BYTES), genuine: false };
}

async function decipher(
  value: Uint8Array,
  { decipherer, cipherFormats = ['der'] }: RecipientOptions,
  log: FindingLog,
): Promise<OpenedKey> {
  for (const { form, cipher } of cipherReadings(value, cipherFormats)) {
    // Under the strict policy this refuses the form before any key is used.
    if (log.policy === 'strict') noteForm(form, log);
    try {
      const secret = await decipherer.decrypt(cipher);
      noteForm(form, log);
      return asContentKey(secret);
    } catch (error) {
      if (!(error instanceof SmError) || error.code !== 'ERR_DECRYPT_FAILED') throw error;
    }
  }
  throw decryptFailed();
}

/**
 * The content key for the holder of `certificate`, to be destroyed by the caller.
 *
 * @throws SmError ERR_PKI_MESSAGE_OPTIONS, ERR_PKI_RECIPIENT_UNKNOWN, ERR_PKI_ALGORITHM_UNSUPPORTED,
 *   ERR_PKI_DEVIATION_REFUSED, ERR_DECRYPT_FAILED, and errors of the decipherer
 * @internal
 */
export async function openContentKey(
  recipients: readonly MessageRecipient[],
  options: RecipientOptions,
  log: FindingLog,
): Promise<OpenedKey> {
  checkRecipientOptions(options);
  const mine = recipients.find((recipient) => isFor(recipient, options.certificate));
  if (mine?.kind !== 'keyTransport') throw PKI_ERRORS.create('ERR_PKI_RECIPIENT_UNKNOWN');
  if (mine.keyEncryptionAlgorithm.name !== 'sm2-encrypt') {
    throw PKI_ERRORS.create('ERR_PKI_ALGORITHM_UNSUPPORTED', { detail: 'use=key' });
  }
  return decipher(mine.encryptedKey, options, log);
}
