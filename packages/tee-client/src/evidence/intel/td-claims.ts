import { type JsonValue, toHex } from '@cssi/sm-core';
import type { AttestationClaims, Measurement, MeasurementRole } from '../../spec/v1/attestation.ts';
import type { QuoteJudgement } from './judge-quote.ts';
import { platformClaims } from './platform-claims.ts';
import type { IntelQuote } from './quote.ts';
import type { TdReportBody } from './td-report.ts';

type TdxQuote = Extract<IntelQuote, { tee: 'tdx' }>;

/** Bits of TD attributes by number. @standard Intel TDX Module ABI, TD_ATTRIBUTES */
const ATTRIBUTES: Readonly<Record<string, number>> = {
  debug: 0,
  hgsPlusProfiling: 4,
  perfProfiling: 5,
  pmtProfiling: 6,
  icssd: 16,
  lass: 27,
  septVeDisable: 28,
  migratable: 29,
  protectionKeys: 30,
  keyLocker: 31,
  tpa: 62,
  perfmon: 63,
};
const MIGRATABLE = 29;

const bit = (bytes: Uint8Array, number: number): boolean => ((bytes[number >> 3]! >> (number & 7)) & 1) === 1;

const measurement = (name: string, role: MeasurementRole, value: Uint8Array): Measurement => ({
  name,
  role,
  algorithm: 'sha384',
  value: Uint8Array.from(value),
});

/**
 * The module takes the hypervisor's place for a TD: it, and not the hypervisor of the host, decides
 * over its memory and processor state. RTMR2 and RTMR3 hold what the guest's own software measured.
 */
const measurementsOf = (body: TdReportBody): readonly Measurement[] => [
  measurement('mrtd', 'firmware', body.mrTd),
  measurement('rtmr0', 'firmware', body.rtmrs[0]),
  measurement('rtmr1', 'boot', body.rtmrs[1]),
  measurement('rtmr2', 'workload', body.rtmrs[2]),
  measurement('rtmr3', 'workload', body.rtmrs[3]),
  measurement('mrconfigid', 'configuration', body.mrConfigId),
  measurement('mrowner', 'configuration', body.mrOwner),
  measurement('mrownerconfig', 'configuration', body.mrOwnerConfig),
  measurement('mrseam', 'hypervisor', body.mrSeam),
  measurement('mrsignerseam', 'signer', body.mrSignerSeam),
  ...(body.mrServiceTd === undefined ? [] : [measurement('mrservicetd', 'configuration', body.mrServiceTd)]),
];

/** A TD may move only through service TDs that attest each other. */
const migrationOf = ({ tdAttributes }: TdReportBody): AttestationClaims['migration'] =>
  bit(tdAttributes, MIGRATABLE) ? 'attested' : 'disabled';

/** Any bit of the first byte puts the TD under the eyes of the host (group TUD). */
const debugOf = ({ tdAttributes }: TdReportBody): AttestationClaims['debug'] =>
  tdAttributes[0] === 0 ? 'disabled' : 'enabled';

const detailsOf = (body: TdReportBody): { readonly [name: string]: JsonValue } => ({
  tdReport: body.version,
  tdAttributes: toHex(body.tdAttributes),
  tdAttributesSet: Object.keys(ATTRIBUTES).filter((name) => bit(body.tdAttributes, ATTRIBUTES[name]!)),
  xfam: toHex(body.xfam),
  teeTcbSvn: toHex(body.teeTcbSvn),
  seamAttributes: toHex(body.seamAttributes),
  ...(body.teeTcbSvn2 === undefined ? {} : { teeTcbSvn2: toHex(body.teeTcbSvn2) }),
});

/** @internal */
export function tdClaims(quote: TdxQuote, judged: QuoteJudgement): AttestationClaims {
  const { body } = quote;
  const platform = platformClaims(quote, judged);
  const [svn = 0, major = 0, patch = 0] = body.teeTcbSvn;
  return {
    type: 'tdx',
    format: `tdx-quote/${quote.version}`,
    deployment: 'virtual-machine',
    emulated: platform.emulated,
    reportData: Uint8Array.from(body.reportData),
    device: platform.device,
    memoryEncryption: 'active',
    debug: debugOf(body),
    migration: migrationOf(body),
    versions: [
      { name: 'tdx-module', value: svn },
      { name: 'tdx-module-major', value: major },
      { name: 'seam-patch', value: patch },
      ...platform.versions,
    ],
    measurements: measurementsOf(body),
    trustedSoftware: [
      'processor microcode',
      'tdx module',
      'seam loader',
      'provisioning certification enclave',
      'quoting enclave',
      'guest firmware',
      'guest operating system',
    ],
    untrustedSoftware: ['hypervisor', 'host operating system', 'host firmware'],
    details: { ...detailsOf(body), ...platform.details },
  };
}
