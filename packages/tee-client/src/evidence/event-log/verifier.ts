import type {
  AttestationVerdict,
  EvidenceVerifier,
  Measurement,
  VerificationOptions,
} from '../../spec/v1/attestation.ts';
import { type FindingText, ReportBuilder } from '../report-builder.ts';
import { eventLogDetails } from './details.ts';
import { judgeEventData } from './judge.ts';
import { isEventLog } from './parse.ts';
import { replayEventLog } from './replay.ts';

const FORMAT_RIGHT: FindingText = [
  'EVENT_LOG_READ',
  'The event log is encoded as its specification says.',
  '事件日志的编码符合规范。',
];
const UNSIGNED: FindingText = [
  'EVENT_LOG_UNSIGNED',
  'Nothing signs an event log: it says something only beside evidence that signs its registers.',
  '事件日志本身没有签名，只有与签名了度量寄存器的证明证据一起才有意义。',
];
const NO_NONCE: FindingText = [
  'NONCE_NOT_CARRIED',
  'An event log carries no challenge.',
  '事件日志中没有挑战值。',
];

/**
 * Verifies a measurement log (事件日志) that comes without evidence: is it encoded right, and are the digests of
 * events those of the data they carry? `integrity` says no more than that; `trust` and `time` are always
 * indeterminate, because nobody signed it. The registers it leads to are in the claims as `register<n>`.
 *
 * @standard TCG PC Client Platform Firmware Profile 1.06 §10; UEFI 2.10 §38.4
 * @group Attestation
 * @example
 * ```ts
 * import { eventLogVerifier } from '@cssi/tee-client/evidence';
 *
 * declare const log: Uint8Array;
 * const { claims, integrity } = eventLogVerifier.verify(log, { time: new Date(), anchors: {} });
 * console.log(integrity.status, claims.measurements.length);
 * ```
 */
export const eventLogVerifier: EvidenceVerifier = {
  specVersion: '1',
  type: 'event-log',
  recognises: isEventLog,
  verify(evidence: Uint8Array, _options: VerificationOptions): AttestationVerdict {
    const replay = replayEventLog(evidence);
    const report = new ReportBuilder().pass('format', FORMAT_RIGHT, `events=${replay.log.events.length}`);
    judgeEventData(report, replay);
    report.add('binding', 'indeterminate', 'trust', UNSIGNED).doubt('freshness', NO_NONCE);
    const measurements = replay.registers.map(
      ({ register, algorithm, value }): Measurement => ({
        name: `register${register}`,
        role: 'boot',
        algorithm,
        value,
      }),
    );
    return report.build({
      type: 'event-log',
      format: replay.log.format === 'tcg2' ? 'tcg-event-log/2' : 'tcg-event-log/1',
      deployment: 'platform',
      emulated: false,
      reportData: new Uint8Array(0),
      device: undefined,
      memoryEncryption: 'unknown',
      debug: 'unknown',
      migration: 'unknown',
      versions: [],
      measurements,
      trustedSoftware: [],
      untrustedSoftware: [],
      details: eventLogDetails(replay),
    });
  },
};
