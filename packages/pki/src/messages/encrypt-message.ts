import { Secret } from '@cssi/sm-core';
import { PKI_ERRORS } from '../errors.ts';
import { FindingLog } from '../internal/finding-log.ts';
import { readOid } from '../internal/oids.ts';
import { DerProblem, readOne } from '../internal/tlv.ts';
import { explicit, integer, octets, oid, sequence } from '../internal/write.ts';
import type { DeviationPolicy, Finding } from '../spec/v1/finding.ts';
import type { AuthEnvelopedMessage, EnvelopedMessage, MessageSyntax } from '../spec/v1/message.ts';
import {
  CONTENT_KEY_BYTES,
  ciphertextOf,
  openCbc,
  openGcm,
  readContentCipher,
  sealCbc,
  sealGcm,
} from './content-cipher.ts';
import { ATTRIBUTE_OIDS, CMS_CONTENT_TYPES, contentTypeOf, dataType } from './content-types.ts';
import {
  checkSize,
  checkSyntax,
  decryptFailed,
  optionProblem,
  ownContent,
  refuseFindings,
} from './options.ts';
import {
  checkRecipients,
  encodeRecipients,
  envelopedVersion,
  type MessageRecipientSpec,
  type OpenedKey,
  openContentKey,
  type RecipientOptions,
} from './recipients.ts';

/** How a message is encrypted. */
export interface EncryptedMessageSpec {
  readonly syntax: MessageSyntax;
  readonly recipients: readonly MessageRecipientSpec[];
  /**
   * `sm4-cbc` gives envelopedData; `sm4-gcm`, in CMS only, authEnvelopedData. `sm4-cbc` when left
   * out, because other software reads it.
   */
  readonly cipher?: 'sm4-cbc' | 'sm4-gcm';
}

/**
 * Encrypts content for recipients (数字信封) under a fresh SM4 key, DER.
 *
 * envelopedData says nothing about who made it, and SM4-CBC lets whoever alters it see from the
 * answers of a receiver whether padding was right, and so in many tries what the content is. A
 * signature inside does not help against that: it is looked at after the padding. Take `sm4-gcm`
 * where messages may be altered and answers seen.
 *
 * @param content - at most 15,728,640 bytes; {@link encryptMessageStream} takes more
 * @standard GB/T 35275-2017 (GM/T 0010), RFC 5652 §6, RFC 5083
 * @throws {@link SmError} ERR_PKI_MESSAGE_OPTIONS
 */
export async function encryptMessage(content: Uint8Array, spec: EncryptedMessageSpec): Promise<Uint8Array> {
  const { syntax, recipients, cipher = 'sm4-cbc' } = spec;
  checkSyntax(syntax);
  checkRecipients(recipients, syntax);
  if (cipher !== 'sm4-cbc' && (cipher !== 'sm4-gcm' || syntax !== 'rfc5652')) throw optionProblem('cipher');
  const own = ownContent(content);
  const key = Secret.random(CONTENT_KEY_BYTES);
  try {
    const infos = encodeRecipients(recipients, syntax, key);
    if (cipher === 'sm4-gcm') {
      const { info, tag } = sealGcm(own, key, dataType(syntax));
      const body = sequence(integer(0), infos, info, octets(tag));
      return checkSize(sequence(oid(CMS_CONTENT_TYPES.authEnvelopedData), explicit(0, body)));
    }
    const body = sequence(envelopedVersion(recipients, syntax), infos, sealCbc(own, key, dataType(syntax)));
    return checkSize(sequence(oid(contentTypeOf(syntax, 'envelopedData')!), explicit(0, body)));
  } finally {
    key.destroy();
    own.fill(0);
  }
}

/** Content that was decrypted. */
export interface DecryptedMessage {
  /** The caller's to zero. */
  readonly content: Uint8Array;
  readonly contentType: string;
  /** Was it protected against alteration by the encryption itself? */
  readonly authenticated: boolean;
  readonly findings: readonly Finding[];
}

/** How a message is decrypted. */
export interface DecryptMessageOptions extends RecipientOptions {
  /**
   * That of the message when left out. `strict` refuses a message that was read tolerantly and has
   * findings.
   */
  readonly policy?: DeviationPolicy;
}

/** Runs `open` with the key; a key of a wrong length fails after the same work as a wrong one. @internal */
export function withContentKey<T extends Uint8Array>(
  { key, genuine }: OpenedKey,
  open: (key: Secret) => T,
): T {
  try {
    const content = open(key);
    if (genuine) return content;
    content.fill(0);
    throw decryptFailed();
  } finally {
    key.destroy();
  }
}

const wrongType = () =>
  PKI_ERRORS.create('ERR_PKI_MESSAGE_MALFORMED', { detail: 'reason=authenticated content type' });

/**
 * The tag covers the content type only where an authenticated attribute repeats it; plain data may
 * go without.
 *
 * @standard RFC 5083 §2.1
 */
function checkAuthenticatedType({ encrypted, authenticatedAttributes }: AuthEnvelopedMessage): void {
  const found = authenticatedAttributes.filter(({ oid: type }) => type === ATTRIBUTE_OIDS.contentType);
  const [value, ...more] = found.flatMap(({ values }) => values);
  if (value === undefined) {
    if (encrypted.contentType !== CMS_CONTENT_TYPES.data) throw wrongType();
    return;
  }
  try {
    const same = readOid(readOne(value, 0x06), 'content type') === encrypted.contentType;
    if (!same || more.length > 0) throw wrongType();
  } catch (error) {
    if (error instanceof DerProblem) throw wrongType();
    throw error;
  }
}

/**
 * Decrypts envelopedData or authEnvelopedData for one recipient, found by issuer and serial
 * number or by key identifier. Whatever goes wrong once the private key is used has one code and
 * no detail. The content of envelopedData is not authenticated: see {@link encryptMessage}.
 *
 * @standard GB/T 35275-2017 (GM/T 0010), RFC 5652 §6, RFC 5083
 * @throws {@link SmError} ERR_DECRYPT_FAILED, ERR_PKI_RECIPIENT_UNKNOWN, ERR_PKI_MESSAGE_OPTIONS,
 *   ERR_PKI_ALGORITHM_UNSUPPORTED, ERR_PKI_MESSAGE_MALFORMED, ERR_PKI_DEVIATION_REFUSED
 */
export async function decryptMessage(
  message: EnvelopedMessage | AuthEnvelopedMessage,
  options: DecryptMessageOptions,
): Promise<DecryptedMessage> {
  if (message.kind !== 'envelopedData' && message.kind !== 'authEnvelopedData') throw optionProblem('kind');
  const { encrypted, recipients } = message;
  const log = new FindingLog(options.policy ?? message.policy);
  const cipher = readContentCipher(encrypted.algorithm);
  const ciphertext = ciphertextOf(encrypted);
  refuseFindings(message.findings, log);
  if (message.kind === 'authEnvelopedData') checkAuthenticatedType(message);
  const opened = await openContentKey(recipients, options, log);
  const content = withContentKey(opened, (key) =>
    message.kind === 'envelopedData'
      ? openCbc(cipher, ciphertext, key)
      : openGcm(
          cipher,
          ciphertext,
          message.tag,
          message.authenticatedAttributesRaw ?? new Uint8Array(0),
          key,
        ),
  );
  return {
    content,
    contentType: encrypted.contentType,
    authenticated: message.kind === 'authEnvelopedData',
    findings: [...message.findings, ...log.findings],
  };
}
