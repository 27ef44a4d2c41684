import { equalBytes } from '@cssi/sm-core';
import { PKI_ERRORS } from '../errors.ts';
import { addUnsignedAttribute } from '../messages/change-message.ts';
import type { MessageAttributeSpec, SignedMessage } from '../spec/v1/message.ts';
import { TIMESTAMP_OIDS } from '../spec/v1/timestamp.ts';
import type { TimeStampReport } from '../spec/v1/timestamp-report.ts';
import { createTimeStampRequest, parseTimeStampRequest } from '../timestamp/request.ts';
import { grantedToken, parseTimeStampResponse } from '../timestamp/response.ts';
import { verifyTimeStampToken } from '../timestamp/verify.ts';
import { type CollectedEvidence, collectEvidence, joinEvidence } from './collector.ts';
import { checkTime } from './options.ts';
import { writeRevocationValues } from './revocation-values.ts';
import type { PartySigner, StampTransport } from './signer-options.ts';
import { worst } from './steps.ts';
import { readSignedMessage } from './verify.ts';

const DEFAULT_SKEW_SECONDS = 300;

const refused = (reason: string) =>
  PKI_ERRORS.create('ERR_PKI_TIMESTAMP_OPTIONS', { detail: `reason=${reason}` });

/** Index of the signer with this signature; an index does not outlive a change of the message. */
function indexOf(message: SignedMessage, signature: Uint8Array): number {
  return message.signers.findIndex((signer) => equalBytes(signer.signature, signature));
}

const addAttribute = (
  message: SignedMessage,
  signature: Uint8Array,
  attribute: MessageAttributeSpec,
): SignedMessage =>
  readSignedMessage(addUnsignedAttribute(message, indexOf(message, signature), attribute), undefined);

/** A token that was checked, and the evidence about its authority. */
interface Stamped {
  readonly token: Uint8Array;
  readonly evidence: CollectedEvidence;
}

/** How far the authority's clock may be from ours, in milliseconds. */
const skewOf = ({ maxSkewSeconds = DEFAULT_SKEW_SECONDS }: PartySigner): number => maxSkewSeconds * 1000;

function checkReport({ verdict, info }: TimeStampReport, options: PartySigner): void {
  const bad = [verdict.integrity, verdict.trust, verdict.time].filter((aspect) => worst(aspect) !== 'passed');
  if (bad.length > 0) throw refused('token');
  const now = checkTime(options.clock(), 'clock').getTime();
  const skew = skewOf(options);
  // An authority whose clock is far from ours would make a signature that nobody believes later.
  if (!(Math.abs(info.time.getTime() - now) <= skew)) throw refused('clock');
}

async function stampSignature(
  signature: Uint8Array,
  stamp: StampTransport,
  options: PartySigner,
): Promise<Stamped> {
  const { stampPolicy, anchors, tsaAnchors = anchors, collect } = options;
  const request = createTimeStampRequest({
    content: signature,
    ...(stampPolicy === undefined ? {} : { policy: stampPolicy }),
  });
  const token = grantedToken(parseTimeStampResponse(await stamp(Uint8Array.from(request))));
  const verify = (evidence?: CollectedEvidence): TimeStampReport =>
    verifyTimeStampToken(token, {
      content: signature,
      request: parseTimeStampRequest(request),
      path: {
        anchors: tsaAnchors,
        // Evidence is newer than the stamp, by clocks that may differ.
        evidenceTime: new Date(checkTime(options.clock(), 'clock').getTime() + skewOf(options)),
        revocation: evidence === undefined ? 'none' : 'leaf',
        ...(evidence === undefined ? {} : evidence.read),
      },
    });
  const first = verify();
  const evidence = await collectEvidence(collect, first.path?.path ?? []);
  checkReport(collect === undefined ? first : verify(evidence), options);
  return { token, evidence };
}

/**
 * Adds the time stamp over one signature, and the evidence about both certificates, as unsigned
 * attributes.
 *
 * @throws SmError ERR_PKI_TIMESTAMP_OPTIONS, ERR_PKI_TIMESTAMP_MALFORMED, and what transport and collector throw
 */
export async function completeSignature(
  message: SignedMessage,
  signature: Uint8Array,
  own: CollectedEvidence,
  options: PartySigner,
): Promise<SignedMessage> {
  let done = message;
  let evidence = own.raw;
  if (options.stamp !== undefined) {
    const stamped = await stampSignature(signature, options.stamp, options);
    evidence = joinEvidence(evidence, stamped.evidence.raw);
    const attribute = { oid: TIMESTAMP_OIDS.signatureTimeStamp, values: [stamped.token] };
    done = addAttribute(done, signature, attribute);
  }
  if (evidence.crls.length + evidence.ocspResponses.length > 0) {
    const attribute = { oid: TIMESTAMP_OIDS.revocationValues, values: [writeRevocationValues(evidence)] };
    done = addAttribute(done, signature, attribute);
  }
  return done;
}
