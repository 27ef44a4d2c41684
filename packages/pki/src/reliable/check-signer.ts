import { PKI_ERRORS } from '../errors.ts';
import { validateCertificatePath } from '../path/verify-path.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import { maySign } from '../timestamp/purpose.ts';
import { type CollectedEvidence, collectEvidence } from './collector.ts';
import { checkTime } from './options.ts';
import type { PartySigner } from './signer-options.ts';
import { worst } from './steps.ts';

const refused = (code: string) =>
  PKI_ERRORS.create('ERR_PKI_MESSAGE_OPTIONS', { detail: `reason=signer-certificate code=${code}` });

/**
 * Judges the certificate that is to sign, now: path, validity, key usage, revocation. One that
 * is not good makes no signature.
 *
 * @returns the evidence on which it is good
 * @throws SmError ERR_PKI_MESSAGE_OPTIONS with the code of the reason
 */
export async function checkSignerCertificate(options: PartySigner): Promise<CollectedEvidence> {
  const { certificate, chain = [], anchors, collect, keyUsage, revocation = 'all' } = options;
  const time = checkTime(options.clock(), 'clock');
  if (!maySign(certificate)) throw refused('SIGNER_KEY_USAGE_WRONG');
  const above: readonly Certificate[] = [certificate, ...chain];
  const evidence = await collectEvidence(collect, above);
  const { verdict } = validateCertificatePath(certificate, {
    anchors,
    intermediates: chain,
    time,
    evidenceTime: time,
    revocation,
    ...(keyUsage === undefined ? {} : { keyUsage }),
    ...(evidence.read.crls.length === 0 ? {} : { crls: evidence.read.crls }),
    ...(evidence.read.ocspResponses.length === 0 ? {} : { ocspResponses: evidence.read.ocspResponses }),
  });
  const bad = [verdict.integrity, verdict.trust, verdict.time].filter((aspect) => worst(aspect) !== 'passed');
  if (bad.length === 0) return evidence;
  // The last reason of an aspect need not be the bad one, but it is never personal.
  throw refused(bad.flatMap(({ reasons }) => reasons.map(({ code }) => code)).join(','));
}
