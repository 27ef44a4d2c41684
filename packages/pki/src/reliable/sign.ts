import { PKI_ERRORS } from '../errors.ts';
import { signMessage } from '../messages/sign-message.ts';
import type { MessageSignerSpec } from '../messages/write-signer.ts';
import type { MessageSyntax } from '../spec/v1/message.ts';
import { signingCertificateAttribute } from '../timestamp/sign-token.ts';
import { checkSignerCertificate } from './check-signer.ts';
import { completeSignature } from './complete.ts';
import { checkTime, ownBytes } from './options.ts';
import type { PartySigner, ReliableForm, ReliableSigner } from './signer-options.ts';
import { worst } from './steps.ts';
import { readSignedMessage, verifyReliably } from './verify.ts';

/** The syntax of new messages when none is named. */
const DEFAULT_SYNTAX: MessageSyntax = 'gbt35275';

/** The signer as the message is made with it: attributes name the time it claims and its certificate. */
export const signerSpec = ({ signer, certificate, clock }: PartySigner): MessageSignerSpec => ({
  signer,
  certificate,
  attributes: 'standard',
  signingTime: checkTime(clock(), 'clock'),
  signedAttributes: [signingCertificateAttribute(certificate)],
});

/** First signature of a new message, complete with what its signer brings. */
export async function firstSignature(
  content: Uint8Array,
  options: PartySigner & ReliableForm,
): Promise<Uint8Array> {
  const { syntax = DEFAULT_SYNTAX, detached, contentType, chain = [] } = options;
  const evidence = await checkSignerCertificate(options);
  const der = await signMessage(content, {
    syntax,
    signers: [signerSpec(options)],
    certificates: chain,
    ...(detached === undefined ? {} : { detached }),
    ...(contentType === undefined ? {} : { contentType }),
  });
  const message = readSignedMessage(der, undefined);
  return (await completeSignature(message, message.signers[0]!.signature, evidence, options)).raw;
}

/**
 * Makes a reliable electronic signature (可靠电子签名): a signed message whose signature names
 * its certificate, is time stamped, and carries the chain and the evidence that nothing was
 * revoked, so that it can be verified later without asking anybody.
 *
 * Before anything is signed, the signer's certificate is judged as of `clock`: path, validity,
 * key usage, revocation; a certificate that is not good signs nothing. What was made is verified
 * before it is given out.
 *
 * The stamp is the unsigned attribute id-aa-signatureTimeStampToken over the signature value;
 * revocation lists and OCSP responses are in id-aa-ets-revocationValues, because they can be
 * added there after the signature, and certificates are in the message.
 *
 * @returns GB/T 35275 or RFC 5652 signed data, DER
 * @standard GB/T 35285, RFC 3161, RFC 5126 §6.1.1, §6.3.4
 * @throws {@link SmError} ERR_PKI_MESSAGE_OPTIONS (`reason=signer-certificate`),
 * ERR_PKI_TIMESTAMP_OPTIONS, ERR_PKI_TIMESTAMP_MALFORMED, ERR_PKI_SIGNING_FAILED, and what
 * signer, transport and collector throw
 */
export async function signReliably(
  content: Uint8Array,
  options: ReliableSigner & ReliableForm,
): Promise<Uint8Array> {
  if (typeof options.stamp !== 'function' || typeof options.collect !== 'function') {
    throw PKI_ERRORS.create('ERR_PKI_MESSAGE_OPTIONS', { detail: 'reason=stamp and collect' });
  }
  const own = ownBytes(content, 'content');
  const der = await firstSignature(own, options);
  const { anchors, tsaAnchors, revocation, keyUsage, clock, maxSkewSeconds } = options;
  const { verdict } = verifyReliably(der, {
    anchors,
    time: checkTime(clock(), 'clock'),
    // The authority's clock may be ahead of ours.
    toleranceSeconds: maxSkewSeconds ?? 300,
    ...(options.detached === true ? { content: own } : {}),
    ...(tsaAnchors === undefined ? {} : { tsaAnchors }),
    ...(revocation === undefined ? {} : { revocation }),
    ...(keyUsage === undefined ? {} : { keyUsage }),
  });
  if (worst(verdict.integrity, verdict.trust, verdict.time) !== 'passed') {
    throw PKI_ERRORS.create('ERR_PKI_SIGNING_FAILED', { detail: 'reason=verdict' });
  }
  return der;
}
