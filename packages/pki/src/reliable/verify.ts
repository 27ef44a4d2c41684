import { PKI_ERRORS } from '../errors.ts';
import { parseMessage } from '../messages/parse-message.ts';
import type { SignedMessage } from '../spec/v1/message.ts';
import { MAX_RELIABLE_SIGNERS, type ReliableReport, type ReliableSignature } from '../spec/v1/reliable.ts';
import { judgeSignature, type SignatureRules } from './judge-signature.ts';
import { checkTime, type ReliableVerifyOptions } from './options.ts';
import { StepLog, together } from './steps.ts';

/** Reads a signed message within bounds. @throws SmError ERR_PKI_MESSAGE_MALFORMED, ERR_PKI_DEVIATION_REFUSED */
export function readSignedMessage(
  message: Uint8Array | SignedMessage,
  policy: ReliableVerifyOptions['policy'],
): SignedMessage {
  const read =
    message instanceof Uint8Array ? parseMessage(message, policy === undefined ? {} : { policy }) : message;
  if (read.kind !== 'signedData') {
    throw PKI_ERRORS.create('ERR_PKI_MESSAGE_MALFORMED', { detail: 'reason=not signedData' });
  }
  if (read.signers.length > MAX_RELIABLE_SIGNERS) {
    throw PKI_ERRORS.create('ERR_PKI_WORK_LIMIT', { detail: `signers=${MAX_RELIABLE_SIGNERS}` });
  }
  return read;
}

/** Judges every signature of a message. */
export function judgeSignatures(
  message: SignedMessage,
  options: ReliableVerifyOptions,
  rules: SignatureRules,
): readonly ReliableSignature[] {
  checkTime(options.time, 'time');
  return message.signers.map((_, index) => judgeSignature(message, index, options, rules));
}

/** The content that the signatures are over. */
export const contentOf = (
  message: SignedMessage,
  { content }: ReliableVerifyOptions,
): { content?: Uint8Array } => {
  const bytes = message.content ?? content;
  return bytes === undefined ? {} : { content: bytes };
};

/**
 * Verifies a reliable electronic signature (可靠电子签名): the signature, the certificate it
 * names, the time stamp over it, and the certificate's path and revocation **at the time of the
 * stamp** (genTime and its accuracy added). A certificate that expired or was revoked after
 * that time leaves the signature good; one that was revoked by then does not.
 *
 * Without a time stamp, time is indeterminate; without evidence about revocation, trust is.
 * Evidence comes from the caller, from the message's crls and from the unsigned attribute
 * revocationValues. All signatures must be good, each with its own stamp.
 *
 * @param message - GB/T 35275 or RFC 5652 signed data, as bytes or as `parseMessage` gave it
 * @standard GB/T 35285
 * @throws {@link SmError} ERR_PKI_MESSAGE_MALFORMED, ERR_PKI_MESSAGE_OPTIONS, ERR_PKI_PATH_OPTIONS,
 * ERR_PKI_TIMESTAMP_OPTIONS, ERR_PKI_DEVIATION_REFUSED, ERR_PKI_WORK_LIMIT
 */
export function verifyReliably(
  message: Uint8Array | SignedMessage,
  options: ReliableVerifyOptions,
): ReliableReport {
  const read = readSignedMessage(message, options.policy);
  const signatures = judgeSignatures(read, options, { stampRequired: true });
  const none = new StepLog();
  if (signatures.length === 0) {
    for (const aspect of ['integrity', 'trust', 'time'] as const) {
      none.say('signature', aspect, 'indeterminate', 'SIGNATURE_MISSING');
    }
  }
  return {
    verdict: together([none.verdict(), ...signatures.map(({ verdict }) => verdict)]),
    signatures,
    ...contentOf(read, options),
    findings: [...read.findings, ...signatures.flatMap(({ signature }) => signature.findings)],
  };
}
