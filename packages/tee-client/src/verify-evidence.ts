import { type Certificate, PURPOSE_OIDS, verifyCertificatePath } from '@cssi/pki';
import { AspectBuilder, checkBytes, equalBytes, type SmError, type Verdict } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from './errors.ts';
import {
  judgeAge,
  judgeCertifiedTcb,
  judgeReport,
  readCertificates,
  type SoftwareFinding,
} from './evidence/software/judge.ts';
import { EVIDENCE_FORMAT, type EvidenceClaims, isDigestText } from './spec/v1/evidence.ts';
import { decodeReport } from './spec/v1/evidence-codec.ts';
import { type Evidence, ROOT_KEY_LIMITS, ROOT_KEY_SERVICE_UUID } from './spec/v1/root-key-service.ts';
import { normalizeUuid } from './spec/v1/uuid.ts';

/**
 * What a verifier expects of the evidence besides its signature.
 *
 * @group Evidence
 */
export interface EvidenceReference {
  /** Expected measurement, hex SM3. Without it trust is at best indeterminate. */
  readonly taMeasurement?: string;
  /** Lowest acceptable version of the application. */
  readonly minimumVersion?: number;
  /**
   * Lowest acceptable TCB version of the TEE. The attestation certificate must name the version the
   * evidence states, or a higher one: a key of an older TCB cannot vouch for a newer.
   */
  readonly minimumTcb?: number;
  /** Expected application; the root key service when left out. */
  readonly taUuid?: string;
  /** Refuse evidence of a TEE without memory encryption. */
  readonly requireMemoryEncryption?: boolean;
  /** Refuse evidence of an emulated TEE. */
  readonly refuseEmulated?: boolean;
}

/**
 * Options of {@link verifyEvidence}.
 *
 * @group Evidence
 */
export interface VerifyEvidenceOptions {
  /** The nonce the verifier gave, 16 to 64 bytes. */
  readonly nonce: Uint8Array;
  /** Device roots the verifier trusts. */
  readonly anchors: readonly Certificate[];
  /** Time of judgement. */
  readonly time: Date;
  readonly reference?: EvidenceReference;
  /** How old evidence may be; 300 s when left out. */
  readonly maxAgeSeconds?: number;
}

/**
 * The verdict on evidence, with what the evidence states. Claims are worth no more than the verdict.
 *
 * @group Evidence
 */
export interface EvidenceVerdict extends Verdict {
  readonly claims: EvidenceClaims;
}

function checkOptions({ nonce, time, reference, maxAgeSeconds }: VerifyEvidenceOptions): void {
  checkBytes(nonce, 'nonce', ROOT_KEY_LIMITS.nonceMin, ROOT_KEY_LIMITS.nonceMax);
  const invalid = (option: string) =>
    TEE_CLIENT_ERRORS.create('ERR_TEE_OPTION_INVALID', { detail: `option=${option}` });
  if (!(time instanceof Date) || Number.isNaN(time.getTime())) throw invalid('time');
  if (maxAgeSeconds !== undefined && !(maxAgeSeconds >= 0)) throw invalid('maxAgeSeconds');
  checkReferenceForm(reference ?? {}, invalid);
  const { taMeasurement, minimumVersion, minimumTcb } = reference ?? {};
  // A reference value that can never match would hide a mistake behind a plain refusal.
  if (taMeasurement !== undefined && !isDigestText(taMeasurement)) throw invalid('taMeasurement');
  if (minimumVersion !== undefined && !Number.isSafeInteger(minimumVersion)) throw invalid('minimumVersion');
  if (minimumTcb !== undefined && !Number.isSafeInteger(minimumTcb)) throw invalid('minimumTcb');
}

const REFERENCE_FIELDS: Readonly<Record<keyof EvidenceReference, true>> = {
  taMeasurement: true,
  minimumVersion: true,
  minimumTcb: true,
  taUuid: true,
  requireMemoryEncryption: true,
  refuseEmulated: true,
};

/** A misspelt rule, or one with a value it does not know, would not be kept and nobody would notice. */
function checkReferenceForm(reference: EvidenceReference, invalid: (option: string) => SmError): void {
  for (const name of Object.keys(reference)) {
    if (!Object.hasOwn(REFERENCE_FIELDS, name)) throw invalid('reference');
  }
  for (const name of ['requireMemoryEncryption', 'refuseEmulated'] as const) {
    const flag: unknown = reference[name];
    if (flag !== undefined && typeof flag !== 'boolean') throw invalid(name);
  }
}

/** Takes over what did not pass: a verdict of aspects lists reasons against, and those of the path. */
function enter(findings: readonly SoftwareFinding[], aspect: AspectBuilder): AspectBuilder {
  for (const { status, text } of findings) {
    if (status === 'failed') aspect.fail(...text);
  }
  return aspect;
}

function judgeReference(claims: EvidenceClaims, reference: EvidenceReference, trust: AspectBuilder): void {
  if (claims.ta.uuid !== normalizeUuid(reference.taUuid ?? ROOT_KEY_SERVICE_UUID)) {
    trust.fail('TA_UNEXPECTED', 'The evidence is of another application.', '证据属于其他可信应用。');
  }
  if (reference.taMeasurement === undefined) {
    trust.doubt('TA_MEASUREMENT_NOT_COMPARED', 'No reference measurement was given.', '未提供度量参考值。');
  } else if (reference.taMeasurement !== claims.ta.measurement) {
    trust.fail('TA_MEASUREMENT_MISMATCH', 'The measurement is not the expected one.', '度量值与参考值不符。');
  }
  if (claims.ta.version < (reference.minimumVersion ?? 0)) {
    trust.fail('TA_VERSION_TOO_OLD', 'The application is too old.', '可信应用版本过低。');
  }
  if (reference.requireMemoryEncryption === true && claims.memoryEncryption !== 'active') {
    trust.fail('MEMORY_NOT_ENCRYPTED', 'Memory encryption is not active.', '内存加密未启用。');
  }
  if (reference.refuseEmulated === true && claims.emulated) {
    trust.fail('PLATFORM_EMULATED', 'The TEE is emulated.', '该 TEE 为模拟环境。');
  }
}

function judgeTcb(
  claims: EvidenceClaims,
  leaf: Certificate,
  minimum: number | undefined,
  trust: AspectBuilder,
): void {
  enter([judgeCertifiedTcb(claims, leaf, minimum !== undefined)], trust);
  if (minimum !== undefined && claims.tcbVersion < minimum) {
    trust.fail('TCB_TOO_OLD', 'The TCB of the TEE is too old.', 'TEE 的 TCB 版本过低。');
  }
}

function judgeTime(claims: EvidenceClaims, options: VerifyEvidenceOptions): AspectBuilder {
  const time = new AspectBuilder();
  if (!equalBytes(claims.nonce, options.nonce)) {
    time.fail('NONCE_MISMATCH', 'The evidence answers another challenge.', '证据应答的是其他挑战值。');
  }
  return enter([judgeAge(claims, options.time, options.maxAgeSeconds)], time);
}

/**
 * Verifies evidence: its signature, the chain of its attestation certificate, the event log
 * against the register, the reference values, and that it is a fresh answer to the nonce.
 *
 * Reasons: `EVIDENCE_SIGNATURE_WRONG`, `EVENT_LOG_MISMATCH`, `MEASUREMENT_NOT_IN_LOG` (integrity);
 * those of the certificate path, `TA_UNEXPECTED`, `TA_MEASUREMENT_MISMATCH`,
 * `TA_MEASUREMENT_NOT_COMPARED`, `TA_VERSION_TOO_OLD`, `TCB_TOO_OLD`, `TCB_NOT_CERTIFIED`, `MEMORY_NOT_ENCRYPTED`,
 * `PLATFORM_EMULATED` (trust); `NONCE_MISMATCH`, `EVIDENCE_FROM_FUTURE`, `EVIDENCE_TOO_OLD` (time).
 *
 * @example
 * ```ts
 * const verdict = verifyEvidence(evidence, { nonce, anchors, time: new Date(), reference: { taMeasurement } });
 * if (isAccepted(verdict)) console.log(verdict.claims.platform);
 * ```
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED, ERR_TEE_OPTION_INVALID, ERR_INPUT_LENGTH
 * @group Evidence
 */
export function verifyEvidence(evidence: Evidence, options: VerifyEvidenceOptions): EvidenceVerdict {
  checkOptions(options);
  if (evidence.format !== EVIDENCE_FORMAT) {
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_EVIDENCE_MALFORMED', { detail: 'reason=format' });
  }
  const report = decodeReport(evidence.report);
  const [leaf, ...intermediates] = readCertificates(evidence.certificates);
  const path = verifyCertificatePath(leaf, {
    intermediates,
    anchors: [...options.anchors],
    time: options.time,
    keyUsage: ['digitalSignature'],
    extendedKeyUsage: PURPOSE_OIDS.teeAttestation,
  });
  const integrity = enter(judgeReport(leaf, report), new AspectBuilder()).add(path.integrity);
  const trust = new AspectBuilder().add(path.trust);
  judgeReference(report.claims, options.reference ?? {}, trust);
  judgeTcb(report.claims, leaf, options.reference?.minimumTcb, trust);
  const time = judgeTime(report.claims, options).add(path.time);
  return {
    integrity: integrity.build(),
    trust: trust.build(),
    time: time.build(),
    claims: report.claims,
  };
}
