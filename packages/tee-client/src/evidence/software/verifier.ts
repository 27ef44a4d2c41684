import { type Certificate, PURPOSE_OIDS } from '@cssi/pki';
import { sm3, toHex } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../errors.ts';
import type {
  AttestationClaims,
  AttestationVerdict,
  EvidenceVerifier,
  VerificationOptions,
} from '../../spec/v1/attestation.ts';
import { type BootStage, EVIDENCE_FORMAT, type EvidenceClaims } from '../../spec/v1/evidence.ts';
import { decodeReport } from '../../spec/v1/evidence-codec.ts';
import { judgeFreshness } from '../freshness.ts';
import { ReportBuilder } from '../report-builder.ts';
import { judgeChainPath } from '../x509-chain.ts';
import { decodeEvidence, looksEncoded } from './codec.ts';
import {
  DEFAULT_MAX_AGE_SECONDS,
  judgeAge,
  judgeCertifiedTcb,
  judgeReport,
  readCertificates,
} from './judge.ts';

/** Stages outside of the trusted side: an application has to trust them where nothing isolates it. */
const HOST_STAGES: readonly BootStage[] = ['runtime', 'adapter'];

/** SM3 of the root's public key: what management commands name a device by. */
function deviceOf(path: readonly Certificate[]): Uint8Array | undefined {
  const root = path.length > 1 ? path[path.length - 1] : undefined;
  return root?.sm2PublicKey === undefined ? undefined : sm3(root.sm2PublicKey);
}

function claimsOf(claims: EvidenceClaims, device: Uint8Array | undefined): AttestationClaims {
  const { ta, boot, platform, emulated, memoryEncryption, nonce, userData } = claims;
  const hostSoftware = boot.events.filter(({ stage }) => HOST_STAGES.includes(stage)).map(({ name }) => name);
  const trusted = boot.events.filter(({ stage }) => !HOST_STAGES.includes(stage)).map(({ name }) => name);
  return {
    type: 'software',
    format: EVIDENCE_FORMAT,
    deployment: 'trusted-application',
    emulated,
    reportData: nonce.slice(),
    device,
    memoryEncryption,
    // The format says nothing of either.
    debug: 'unknown',
    migration: 'unknown',
    versions: [
      { name: 'tcb', value: claims.tcbVersion },
      { name: 'ta', value: ta.version },
    ],
    measurements: [
      { name: 'ta', role: 'workload', algorithm: 'sm3', value: fromHexDigest(ta.measurement) },
      { name: 'register', role: 'boot', algorithm: 'sm3', value: fromHexDigest(boot.register) },
    ],
    // Emulated: the host with all its software can reach the trusted side.
    trustedSoftware: emulated ? [...trusted, ...hostSoftware, 'host operating system'] : trusted,
    untrustedSoftware: emulated ? [] : hostSoftware,
    issuedAt: new Date(claims.issuedAt),
    details: {
      platform,
      uuid: ta.uuid,
      userData: toHex(userData),
      starts: claims.starts,
      events: boot.events.map(({ stage, name, digest }) => ({ stage, name, digest })),
    },
  };
}

const fromHexDigest = (digest: string): Uint8Array => Uint8Array.from(Buffer.from(digest, 'hex'));

function verify(
  evidence: Uint8Array,
  options: VerificationOptions,
  maxAgeSeconds: number,
): AttestationVerdict {
  const { report: bytes, certificates } = decodeEvidence(evidence);
  const decoded = decodeReport(bytes);
  const [leaf, ...intermediates] = readCertificates(certificates);
  const report = new ReportBuilder();
  report.pass('format', ['FORMAT_RIGHT', 'The evidence is encoded as specified.', '证据编码符合规范。']);
  const chain = judgeChainPath(report, leaf, {
    ...options,
    intermediates,
    keyUsage: ['digitalSignature'],
    extendedKeyUsage: PURPOSE_OIDS.teeAttestation,
  });
  const findings = [
    ...judgeReport(leaf, decoded),
    judgeCertifiedTcb(decoded.claims, leaf, false),
    judgeAge(decoded.claims, options.time, maxAgeSeconds),
  ];
  for (const { step, status, text } of findings) report.add(step, status, undefined, text);
  judgeFreshness(report, decoded.claims.nonce, options.reportData);
  return report.build(claimsOf(decoded.claims, deviceOf(chain.path)));
}

/**
 * A verifier of software evidence with another limit on its age than {@link softwareVerifier}.
 *
 * @param maxAgeSeconds - 0 or more; `Infinity` leaves the age to the appraisal
 * @throws {@link SmError} ERR_TEE_OPTION_INVALID
 * @group Attestation
 */
export function createSoftwareVerifier(maxAgeSeconds: number = DEFAULT_MAX_AGE_SECONDS): EvidenceVerifier {
  if (!(maxAgeSeconds >= 0)) {
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_OPTION_INVALID', { detail: 'option=maxAgeSeconds' });
  }
  return {
    specVersion: '1',
    type: 'software',
    recognises: looksEncoded,
    verify: (evidence, options) => verify(evidence, options, maxAgeSeconds),
  };
}

/**
 * Verifies evidence of the software TEE, as {@link encodeEvidence} writes it: the same judgement as
 * `verifyEvidence` without its reference values. The challenge is compared with the nonce. Evidence
 * older than 300 s fails; see {@link createSoftwareVerifier} for another limit.
 *
 * Codes of its own: `EVIDENCE_SIGNATURE_WRONG`, `EVENT_LOG_MISMATCH`, `MEASUREMENT_NOT_IN_LOG`,
 * `TCB_NOT_CERTIFIED`, `TCB_NOT_JUDGED`, `EVIDENCE_FROM_FUTURE`, `EVIDENCE_TOO_OLD`.
 *
 * @example
 * ```ts
 * const verdict = softwareVerifier.verify(encodeEvidence(evidence), {
 *   time: new Date(),
 *   anchors: { certificates: [deviceRoot] },
 *   reportData: nonce,
 * });
 * if (isAccepted(verdict)) console.log(verdict.claims.measurements);
 * ```
 * @group Attestation
 */
export const softwareVerifier: EvidenceVerifier = /* @__PURE__ */ createSoftwareVerifier();
