import { Secret } from '@cssi/sm-core';
import { FindingLog } from '../internal/finding-log.ts';
import { explicit, integer, oid, sequence, setOf } from '../internal/write.ts';
import type { SignedAndEnvelopedMessage } from '../spec/v1/message.ts';
import type { SignedMessageReport } from '../spec/v1/message-report.ts';
import { CONTENT_KEY_BYTES, ciphertextOf, openCbc, readContentCipher, sealCbc } from './content-cipher.ts';
import { GM_CONTENT_TYPES } from './content-types.ts';
import { type DecryptMessageOptions, withContentKey } from './encrypt-message.ts';
import { checkSize, optionProblem, ownContent, refuseFindings } from './options.ts';
import {
  checkRecipients,
  encodeRecipients,
  type MessageRecipientSpec,
  openContentKey,
} from './recipients.ts';
import {
  checkSignedSpec,
  encodeCertificates,
  encodeDigestAlgorithms,
  makeSignerInfo,
  type SignedMessageSpec,
} from './sign-message.ts';
import { reportOnContent } from './verify-message.ts';
import { checkVerifyOptions, type VerifyMessageOptions } from './verify-options.ts';

/** How a message is signed and encrypted. */
export interface SignedAndEncryptedSpec
  extends Omit<SignedMessageSpec, 'syntax' | 'detached' | 'contentType'> {
  /** Only GB/T 35275 has this type; in CMS a signed message goes into an enveloped one. */
  readonly syntax: 'gbt35275';
  readonly recipients: readonly MessageRecipientSpec[];
}

/**
 * Signs content and encrypts it for recipients (带签名的数字信封), DER.
 *
 * The signature is over the plaintext, and its value is not encrypted once more, as PKCS#7 1.5
 * §11.2 had it: GmSSL and gmsm write and read it like this. Whoever can guess the content can
 * therefore check the guess against the signature. Key usage of the recipients is not asked for,
 * because authorities deliver encryption keys in this form to signing certificates.
 *
 * @param content - at most 15,728,640 bytes
 * @standard GB/T 35275-2017 (GM/T 0010)
 * @throws {@link SmError} ERR_PKI_MESSAGE_OPTIONS, ERR_PKI_SIGNING_FAILED
 */
export async function signAndEncryptMessage(
  content: Uint8Array,
  spec: SignedAndEncryptedSpec,
): Promise<Uint8Array> {
  if (spec.syntax !== 'gbt35275') throw optionProblem('syntax');
  const { recipients, syntax } = spec;
  const contentType = checkSignedSpec(spec);
  checkRecipients(recipients, syntax, { anyKeyUsage: true });
  const certificates = encodeCertificates(spec);
  const own = ownContent(content);
  const key = Secret.random(CONTENT_KEY_BYTES);
  try {
    const signers: Uint8Array[] = [];
    for (const signer of spec.signers) signers.push(await makeSignerInfo(signer, syntax, contentType, own));
    const body = sequence(
      integer(1),
      encodeRecipients(recipients, syntax, key),
      encodeDigestAlgorithms(spec),
      sealCbc(own, key, contentType),
      ...certificates,
      setOf(signers),
    );
    return checkSize(sequence(oid(GM_CONTENT_TYPES.signedAndEnvelopedData), explicit(0, body)));
  } finally {
    key.destroy();
    own.fill(0);
  }
}

/** Content that was decrypted, and what its signatures are worth. */
export interface DecryptedSignedMessage {
  /**
   * `undefined` unless the integrity of all signatures passed: what was altered under SM4-CBC would
   * tell about the plaintext. To be used only when the report accepts it; the caller's to zero.
   */
  readonly content: Uint8Array | undefined;
  readonly contentType: string;
  readonly report: SignedMessageReport;
}

/**
 * Decrypts a signed and enveloped message for one recipient and judges its signatures as
 * {@link verifySignedMessage} does. A wrong signature is a verdict, without the content.
 *
 * Signatures do not keep whoever alters the message from seeing, by ERR_DECRYPT_FAILED or a
 * verdict, whether padding was right: do not answer senders with more than one kind of failure.
 *
 * @standard GB/T 35275-2017 (GM/T 0010)
 * @throws {@link SmError} ERR_DECRYPT_FAILED, ERR_PKI_RECIPIENT_UNKNOWN, ERR_PKI_MESSAGE_OPTIONS,
 *   ERR_PKI_ALGORITHM_UNSUPPORTED, ERR_PKI_MESSAGE_MALFORMED, ERR_PKI_DEVIATION_REFUSED, ERR_PKI_PATH_OPTIONS
 */
export async function decryptAndVerifyMessage(
  message: SignedAndEnvelopedMessage,
  options: DecryptMessageOptions & Omit<VerifyMessageOptions, 'content'>,
): Promise<DecryptedSignedMessage> {
  if (message.kind !== 'signedAndEnvelopedData') throw optionProblem('kind');
  const { encrypted } = message;
  const log = new FindingLog(options.policy ?? message.policy);
  const cipher = readContentCipher(encrypted.algorithm);
  const ciphertext = ciphertextOf(encrypted);
  refuseFindings(message.findings, log);
  checkVerifyOptions(options);
  const opened = await openContentKey(message.recipients, options, log);
  const content = withContentKey(opened, (key) => openCbc(cipher, ciphertext, key));
  const { contentType } = encrypted;
  let passed = false;
  try {
    const report = reportOnContent({ ...message, contentType }, content, options);
    passed = report.verdict.integrity.status === 'passed';
    const findings = [...report.findings, ...log.findings];
    return { content: passed ? content : undefined, contentType, report: { ...report, findings } };
  } finally {
    if (!passed) content.fill(0);
  }
}
