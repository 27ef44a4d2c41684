import { derElement } from '@cssi/sm-core';
import { FindingLog } from '../internal/finding-log.ts';
import { reading } from '../internal/reading.ts';
import { DerProblem } from '../internal/tlv.ts';
import { parseMessage } from '../messages/parse-message.ts';
import type { DeviationPolicy } from '../spec/v1/finding.ts';
import type { MessageAttribute, MessageSigner } from '../spec/v1/message.ts';
import {
  MAX_TIMESTAMP_BYTES,
  type SigningCertificateId,
  TIMESTAMP_OIDS,
  type TimeStampToken,
} from '../spec/v1/timestamp.ts';
import { readSigningCertificate } from './ess.ts';
import { readTimeStampInfo } from './info.ts';

const ESS_ATTRIBUTES = [
  [TIMESTAMP_OIDS.signingCertificate, 1],
  [TIMESTAMP_OIDS.signingCertificateV2, 2],
] as const;

/** The one value of an attribute; `undefined` when the attribute is absent. */
function onlyValue(attributes: readonly MessageAttribute[], oid: string): Uint8Array | undefined {
  const found = attributes.filter((attribute) => attribute.oid === oid);
  if (found.length === 0) return undefined;
  // RFC 5035 §3: one attribute with one value; of two, nobody knows which one a reader takes.
  if (found.length > 1 || found[0]!.values.length !== 1) throw new DerProblem('signingCertificate');
  return found[0]!.values[0]!;
}

/** What the signed attributes of a signer say about its certificate. */
export function signingCertificates(
  { signedAttributes = [] }: Pick<MessageSigner, 'signedAttributes'>,
  log: FindingLog,
): readonly SigningCertificateId[] {
  return ESS_ATTRIBUTES.flatMap(([oid, version]) => {
    const value = onlyValue(signedAttributes, oid);
    return value === undefined ? [] : [readSigningCertificate(value, version, log)];
  });
}

/** GB/T 35275 may hold TSTInfo without an OCTET STRING around it, and then without its own header. */
const infoOf = (content: Uint8Array): Uint8Array =>
  content[0] === 0x02 ? derElement(0x30, content) : content;

function parse(bytes: Uint8Array, log: FindingLog): TimeStampToken {
  const message = parseMessage(bytes, { policy: log.policy });
  log.add(message.findings, 'token');
  if (message.kind !== 'signedData' || message.contentType !== TIMESTAMP_OIDS.tstInfo) {
    throw new DerProblem('content type');
  }
  if (message.content === undefined) throw new DerProblem('content');
  const [signer, ...others] = message.signers;
  // RFC 3161 §2.4.2: no signatures but that of the authority.
  if (signer === undefined || others.length > 0) throw new DerProblem('signers');
  const info = readTimeStampInfo(infoOf(message.content), log);
  const named = signingCertificates(signer, log);
  return { raw: bytes, info, message, signingCertificates: named, findings: log.findings };
}

/**
 * Reads a time stamp token (时间戳令牌). Nothing is verified: see `verifyTimeStampToken`.
 *
 * @param bytes - ContentInfo, DER, or BER with a note; at most 1,048,576 bytes; copied
 * @standard GB/T 20520, RFC 3161 §2.4.2
 * @throws {@link SmError} ERR_PKI_TIMESTAMP_MALFORMED, ERR_PKI_DEVIATION_REFUSED
 */
export function parseTimeStampToken(
  bytes: Uint8Array,
  options: { readonly policy?: DeviationPolicy } = {},
): TimeStampToken {
  const log = new FindingLog(options.policy);
  return reading('ERR_PKI_TIMESTAMP_MALFORMED', MAX_TIMESTAMP_BYTES, bytes, (copy) => parse(copy, log));
}
