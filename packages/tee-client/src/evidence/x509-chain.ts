import {
  type Certificate,
  MAX_PATH_CANDIDATES,
  type PathOptions,
  type PathReport,
  type PathStep,
  PKI_ERRORS,
  parseCertificate,
  validateCertificatePath,
} from '@cssi/pki';
import { TEE_CLIENT_ERRORS } from '../errors.ts';
import type { AttestationStepName, VerificationOptions } from '../spec/v1/attestation.ts';
import { bytesKey, Kept } from './kept.ts';
import type { ReportBuilder } from './report-builder.ts';

const STEPS: Readonly<Partial<Record<PathStep['check'], AttestationStepName>>> = {
  validity: 'validity',
  revocation: 'revocation',
  'key-usage': 'certificates',
  'extended-key-usage': 'certificates',
  'key-algorithm': 'certificates',
  'critical-extensions': 'certificates',
};
const INTEGRITY: ReadonlySet<PathStep['check']> = new Set(['signature']);

/** What is asked of a chain besides its signatures. @internal */
export interface ChainOptions
  extends Pick<VerificationOptions, 'time' | 'anchors' | 'endorsements'>,
    Pick<PathOptions, 'keyUsage' | 'extendedKeyUsage'> {
  readonly intermediates: readonly Certificate[];
}

/** What came of a chain. @internal */
export interface JudgedChain {
  /** Whether no step failed. */
  readonly good: boolean;
  /** Leaf first; the last one is the anchor when one was reached. */
  readonly path: readonly Certificate[];
}

/** Certificates read lately, by their bytes: a platform sends the same ones with all of its evidence. */
const certificates = /* @__PURE__ */ new Kept<Certificate>(64);
/** Longer ones, which no platform has, are read every time. */
const MAX_KEPT_BYTES = 4096;

/**
 * `parseCertificate`, which reads the same bytes once only. Nothing is believed because of that: every
 * check is made again. What comes out is shared and must not be handed to the caller of a verifier, who
 * could write into it.
 *
 * @throws {@link SmError} as `parseCertificate`
 * @internal
 */
export function readCertificate(der: Uint8Array): Certificate {
  if (der.length > MAX_KEPT_BYTES) return parseCertificate(der);
  return certificates.take(bytesKey(der), () => parseCertificate(der));
}

/**
 * `validateCertificatePath`; options that judge nothing are the caller's mistake, not the evidence's.
 *
 * @throws {@link SmError} ERR_TEE_OPTION_INVALID
 * @internal
 */
export function pathOf(leaf: Certificate, options: PathOptions): PathReport {
  try {
    return validateCertificatePath(leaf, options);
  } catch (cause) {
    if (!PKI_ERRORS.is(cause) || cause.code !== 'ERR_PKI_PATH_OPTIONS') throw cause;
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_OPTION_INVALID', { detail: cause.detail ?? '', cause });
  }
}

/**
 * Judges the chain of `leaf` and enters the findings: signatures and names under `chain`, dates under
 * `validity`, revocation under `revocation`, the rest under `certificates`. Revocation is judged
 * where lists were given; without any its step is indeterminate and does not count. Intermediates come
 * with the evidence: they may not push out what the verifier brought.
 *
 * @throws {@link SmError} ERR_TEE_OPTION_INVALID
 * @internal
 */
export function judgeChainPath(
  report: ReportBuilder,
  leaf: Certificate,
  { time, anchors, endorsements, intermediates, ...demands }: ChainOptions,
): JudgedChain {
  const { crls = [], certificates = [] } = endorsements ?? {};
  const room = Math.max(0, MAX_PATH_CANDIDATES - certificates.length);
  const { steps, path } = pathOf(leaf, {
    ...(demands.keyUsage === undefined ? {} : { keyUsage: demands.keyUsage }),
    ...(demands.extendedKeyUsage === undefined ? {} : { extendedKeyUsage: demands.extendedKeyUsage }),
    anchors: anchors.certificates ?? [],
    intermediates: [...intermediates.slice(0, room), ...certificates],
    time,
    ...(crls.length === 0 ? {} : { crls, revocation: 'all' as const }),
  });
  const details = path.map(({ subject: { commonName } }, i) =>
    commonName === undefined ? `certificate=${i + 1}` : `certificate=${JSON.stringify(commonName)}`,
  );
  let good = true;
  for (const { check, status, code, en, zh, certificate } of steps) {
    // Nobody asked about it: the steps say so once, below.
    if (check === 'revocation' && crls.length === 0) continue;
    if (status === 'failed') good = false;
    const step = STEPS[check] ?? 'chain';
    // A step about the whole path is about certificate 0.
    const detail = details[certificate - 1] ?? `certificate=${certificate}`;
    report.add(step, status, INTEGRITY.has(check) ? 'integrity' : undefined, [code, en, zh], detail);
  }
  return { good, path };
}

/**
 * As {@link judgeChainPath}, for those who need no more.
 *
 * @returns whether no step failed
 * @throws {@link SmError} ERR_TEE_OPTION_INVALID
 * @internal
 */
export const judgeChain = (report: ReportBuilder, leaf: Certificate, options: ChainOptions): boolean =>
  judgeChainPath(report, leaf, options).good;
