import { malformed } from '../malformed.ts';

/**
 * What Intel says of a TCB level.
 *
 * @standard Intel SGX/TDX Provisioning Certification Service API v4, tcbStatus
 * @group Attestation
 */
export const TCB_STATUSES = [
  'UpToDate',
  'SWHardeningNeeded',
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
  'OutOfDate',
  'OutOfDateConfigurationNeeded',
  'Revoked',
] as const;
/** @group Attestation */
export type TcbStatus = (typeof TCB_STATUSES)[number];

/** @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED for a word that is no status @internal */
export function readTcbStatus(text: string): TcbStatus {
  const status = TCB_STATUSES.find((one) => one === text);
  if (status === undefined) throw malformed('tcb-status');
  return status;
}

const CONFIGURATION: ReadonlySet<TcbStatus> = new Set([
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
  'OutOfDateConfigurationNeeded',
]);
const OUT_OF_DATE: ReadonlySet<TcbStatus> = new Set(['OutOfDate', 'OutOfDateConfigurationNeeded']);
const HARDENING: ReadonlySet<TcbStatus> = new Set(['SWHardeningNeeded', 'ConfigurationAndSWHardeningNeeded']);

/**
 * The status of a platform together with that of a part of it (quoting enclave, TDX module): as bad
 * as the worse one, and what either needs is needed.
 *
 * @internal
 */
export function worseTcbStatus(platform: TcbStatus, part: TcbStatus): TcbStatus {
  const both = [platform, part];
  if (both.includes('Revoked')) return 'Revoked';
  const configuration = both.some((one) => CONFIGURATION.has(one));
  if (both.some((one) => OUT_OF_DATE.has(one))) {
    return configuration ? 'OutOfDateConfigurationNeeded' : 'OutOfDate';
  }
  const hardening = both.some((one) => HARDENING.has(one));
  if (configuration) return hardening ? 'ConfigurationAndSWHardeningNeeded' : 'ConfigurationNeeded';
  return hardening ? 'SWHardeningNeeded' : 'UpToDate';
}
