import { parseCertificate } from '@cssi/pki';
import { concatBytes, isAccepted, SmError, sm2, sm3, toHex } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../../errors.ts';
import { codeMeasurement, EVIDENCE_FORMAT, replayEvents } from '../../../spec/v1/evidence.ts';
import { decodeReport, EVIDENCE_MAX_REPORT_BYTES, encodeReport } from '../../../spec/v1/evidence-codec.ts';
import { lengthPrefixed, partAt } from '../../../spec/v1/parts.ts';
import type { TeecUuid } from '../../../spec/v1/uuid.ts';
import { verifyEvidence } from '../../../verify-evidence.ts';
import type { EvidenceContext } from './evidence-maker.ts';

/**
 * The core in evidence. No application can have this uuid: its evidence would pass for the core's.
 */
export const CORE_UUID: TeecUuid = '00000000-0000-0000-0000-000000000002';
const CORE_VERSION = 1;
const MAX_CERTIFICATE_BYTES = 16_384;

/** What a core states of itself: the code that runs on the trusted side, without any application. */
export const coreMeasurement = ({ events }: Pick<EvidenceContext, 'events'>): string =>
  codeMeasurement(events);

/**
 * Evidence of the core itself that binds `reportData`: report, attestation certificate and device root
 * certificate, each after its length. The root shows which device it is; it makes nobody trust it.
 */
export function coreEvidence(context: EvidenceContext, reportData: Uint8Array): Uint8Array {
  const { device, tcbVersion, starts, events, time } = context;
  const report = encodeReport(
    {
      platform: 'software',
      emulated: true,
      memoryEncryption: 'none',
      nonce: reportData,
      userData: new Uint8Array(0),
      ta: { uuid: CORE_UUID, version: CORE_VERSION, measurement: coreMeasurement(context) },
      boot: { events, register: replayEvents(events) },
      tcbVersion,
      starts,
      issuedAt: time,
    },
    (input) => sm2.signWith(device.attestation, input, { format: 'raw' }),
  );
  return concatBytes(...[report, device.attestationCertificate, device.rootCertificate].map(lengthPrefixed));
}

/** The core that is accepted. */
export interface ExpectedCore {
  /** SM3 of its device root's public key, hex. */
  readonly device: string;
  readonly measurements: readonly string[];
  readonly minimumTcb: number;
  readonly time: Date;
}

const refused = (reason: string, cause?: unknown): SmError =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_MIGRATION_REFUSED', { detail: `reason=${reason}`, cause });

function split(evidence: Uint8Array): readonly [Uint8Array, Uint8Array, Uint8Array] {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const max of [EVIDENCE_MAX_REPORT_BYTES, MAX_CERTIFICATE_BYTES, MAX_CERTIFICATE_BYTES]) {
    const part = partAt(evidence, at, max);
    if (part === undefined) throw refused('evidence');
    parts.push(part);
    at += 4 + part.length;
  }
  const [report, attestation, root] = parts;
  if (at !== evidence.length || report === undefined || attestation === undefined || root === undefined) {
    throw refused('evidence');
  }
  return [report, attestation, root];
}

/**
 * Judges the evidence of another core: fresh, of the device that was named, of code that is accepted.
 *
 * @throws {@link SmError} ERR_TEE_MIGRATION_REFUSED with the reason
 */
export function judgeCore(evidence: Uint8Array, reportData: Uint8Array, expected: ExpectedCore): void {
  const [report, attestation, rootBytes] = split(evidence);
  try {
    const root = parseCertificate(rootBytes);
    if (root.sm2PublicKey === undefined || toHex(sm3(root.sm2PublicKey)) !== expected.device) {
      throw refused('device');
    }
    // As an anchor its own signature counts for nothing, but nothing of what came is to be altered.
    if (!sm2.verify(root.sm2PublicKey, root.tbsRaw, root.signature)) throw refused('root');
    const { measurement } = decodeReport(report).claims.ta;
    if (!expected.measurements.includes(measurement)) throw refused('measurement');
    const { integrity, trust, time } = verifyEvidence(
      { format: EVIDENCE_FORMAT, report, certificates: [attestation] },
      {
        nonce: reportData,
        anchors: [root],
        time: expected.time,
        reference: { taUuid: CORE_UUID, taMeasurement: measurement, minimumTcb: expected.minimumTcb },
      },
    );
    if (isAccepted({ integrity, trust, time })) return;
    const codes = [integrity, trust, time]
      .filter(({ status }) => status !== 'passed')
      .flatMap(({ reasons }) => reasons.map(({ code }) => code));
    throw refused(codes.slice(0, 4).join(','));
  } catch (error) {
    if (!(error instanceof SmError) || error.code === 'ERR_TEE_MIGRATION_REFUSED') throw error;
    throw refused('evidence', error);
  }
}
