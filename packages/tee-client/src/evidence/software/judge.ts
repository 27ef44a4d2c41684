import { type Certificate, parseCertificate } from '@cssi/pki';
import { checkBytes, sm2, type VerdictStatus } from '@cssi/sm-core';
import type { AttestationStepName } from '../../spec/v1/attestation.ts';
import { codeMeasurement, type EvidenceClaims, replayEvents } from '../../spec/v1/evidence.ts';
import type { DecodedReport } from '../../spec/v1/evidence-codec.ts';
import { malformed } from '../malformed.ts';
import type { FindingText } from '../report-builder.ts';
import { MAX_SOFTWARE_CERTIFICATE_BYTES, MAX_SOFTWARE_CERTIFICATES } from './codec.ts';

/** How old evidence may be where nobody says otherwise, in seconds. @internal */
export const DEFAULT_MAX_AGE_SECONDS = 300;
/** How far the clock of the device may be ahead of the verifier's. */
const CLOCK_SKEW_MS = 60_000;

/** A finding on software evidence, for the report of steps and for the verdict of aspects. @internal */
export interface SoftwareFinding {
  readonly step: AttestationStepName;
  readonly status: VerdictStatus;
  readonly text: FindingText;
}

const finding = (
  step: AttestationStepName,
  good: boolean,
  right: FindingText,
  wrong: FindingText,
): SoftwareFinding => ({ step, status: good ? 'passed' : 'failed', text: good ? right : wrong });

/**
 * The certificates of evidence, the attestation certificate first.
 *
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED
 * @internal
 */
export function readCertificates(list: unknown): [Certificate, ...Certificate[]] {
  if (!Array.isArray(list) || list.length > MAX_SOFTWARE_CERTIFICATES) throw malformed('certificates');
  let parsed: Certificate[];
  try {
    parsed = list.map((der: unknown) =>
      parseCertificate(checkBytes(der as Uint8Array, 'certificate', 1, MAX_SOFTWARE_CERTIFICATE_BYTES)),
    );
  } catch (cause) {
    throw malformed('certificate', cause);
  }
  const [leaf, ...rest] = parsed;
  if (leaf === undefined) throw malformed('certificates');
  return [leaf, ...rest];
}

/**
 * Signature of the report, its log against its register, and its measurement against its log.
 *
 * @internal
 */
export function judgeReport(leaf: Certificate, report: DecodedReport): SoftwareFinding[] {
  const { claims, signingInput, signature } = report;
  const publicKey = leaf.sm2PublicKey;
  return [
    finding(
      'signature',
      publicKey !== undefined && sm2.verify(publicKey, signingInput, signature, { format: 'raw' }),
      ['EVIDENCE_SIGNATURE_RIGHT', 'The report was signed by the attestation key.', '报告由证明密钥签名。'],
      [
        'EVIDENCE_SIGNATURE_WRONG',
        'The report was not signed by the attestation key.',
        '报告并非由证明密钥签名。',
      ],
    ),
    finding(
      'event-log',
      replayEvents(claims.boot.events) === claims.boot.register,
      ['EVENT_LOG_MATCHES', 'The event log leads to the register.', '事件日志重放结果与度量寄存器一致。'],
      [
        'EVENT_LOG_MISMATCH',
        'The event log does not lead to the register.',
        '事件日志重放结果与度量寄存器不符。',
      ],
    ),
    finding(
      'binding',
      codeMeasurement(claims.boot.events) === claims.ta.measurement,
      ['MEASUREMENT_IN_LOG', 'The measurement follows from the event log.', '度量值可由事件日志得出。'],
      [
        'MEASUREMENT_NOT_IN_LOG',
        'The measurement does not follow from the event log.',
        '度量值无法由事件日志得出。',
      ],
    ),
  ];
}

/** TCB version at the end of the certificate's common name, `… tcb 3`. */
function certifiedTcb(leaf: Certificate): number | undefined {
  const digits = / tcb (0|[1-9][0-9]{0,9})$/.exec(leaf.subject.commonName ?? '')?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/**
 * Whether the attestation certificate vouches for the TCB version stated: a key of an older TCB cannot
 * speak for a newer one.
 *
 * @param needed - whether a certificate that names no version is a failure
 * @internal
 */
export function judgeCertifiedTcb(
  { tcbVersion }: EvidenceClaims,
  leaf: Certificate,
  needed: boolean,
): SoftwareFinding {
  const certified = certifiedTcb(leaf);
  if (certified === undefined && !needed) {
    return {
      step: 'tcb',
      status: 'indeterminate',
      text: [
        'TCB_NOT_JUDGED',
        'The attestation certificate names no TCB version.',
        '证明证书未载明 TCB 版本。',
      ],
    };
  }
  return finding(
    'tcb',
    certified !== undefined && tcbVersion <= certified,
    ['TCB_CERTIFIED', 'The attestation certificate names the TCB version.', '证明证书载明了该 TCB 版本。'],
    [
      'TCB_NOT_CERTIFIED',
      'The attestation certificate does not name the TCB version.',
      '证明证书未载明该 TCB 版本。',
    ],
  );
}

/**
 * Whether the time of issue lies near the time of judgement.
 *
 * @internal
 */
export function judgeAge(
  { issuedAt }: EvidenceClaims,
  time: Date,
  maxAgeSeconds: number = DEFAULT_MAX_AGE_SECONDS,
): SoftwareFinding {
  const ageMs = time.getTime() - issuedAt.getTime();
  if (ageMs < -CLOCK_SKEW_MS) {
    return {
      step: 'validity',
      status: 'failed',
      text: ['EVIDENCE_FROM_FUTURE', 'The evidence is dated in the future.', '证据签发时间在未来。'],
    };
  }
  return finding(
    'validity',
    ageMs <= maxAgeSeconds * 1000,
    ['EVIDENCE_RECENT', 'The evidence is recent.', '证据签发时间在允许范围内。'],
    ['EVIDENCE_TOO_OLD', 'The evidence is too old.', '证据已过期。'],
  );
}
