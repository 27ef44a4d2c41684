import { sm3, toHex } from '@cssi/sm-core';
import type { AttestationClaims, ComponentVersion, Measurement } from '../../spec/v1/attestation.ts';
import { eventLogDetails } from '../event-log/details.ts';
import type { JudgedEventLog } from '../event-log/judge.ts';
import type { CsvChain } from './chain-judge.ts';
import { idText } from './fields.ts';
import type { CsvPolicy } from './policy.ts';
import type { CsvReport } from './report.ts';

/** Signer ids of generated hierarchies begin with it; those of the maker do not. @internal */
export const SYNTHETIC_UID = 'CSSI-SYNTHETIC-';

/** What the registers hold, by the event log's own rules: firmware settings, boot, system, run time. */
const RTMR_ROLES: readonly Measurement['role'][] = ['workload', 'firmware', 'boot', 'boot', 'workload'];

function migrationOf({ noSend, domain }: CsvPolicy): AttestationClaims['migration'] {
  if (noSend) return 'disabled';
  return domain ? 'attested' : 'unrestricted';
}

/**
 * What the host cannot do differs by generation: up to CSV2 it arranges the guest's memory, with CSV3 it does not
 * reach it, unless the guest may be debugged.
 */
function softwareOf({
  csv3,
  noDebug,
}: CsvPolicy): Pick<AttestationClaims, 'trustedSoftware' | 'untrustedSoftware'> {
  const own = ['security processor firmware', 'guest firmware', 'guest kernel'];
  const host = ['hypervisor', 'host operating system'];
  return csv3 && noDebug
    ? { trustedSoftware: own, untrustedSoftware: host }
    : { trustedSoftware: [...own, ...host], untrustedSoftware: [] };
}

function measurementsOf({ measurement, rtmrs }: CsvReport): readonly Measurement[] {
  return [
    { name: 'launch', role: 'workload', algorithm: 'sm3', value: measurement },
    ...rtmrs.map(
      (value, i): Measurement => ({
        name: `rtmr${i}`,
        role: RTMR_ROLES[i] ?? 'workload',
        algorithm: 'sm3',
        value,
      }),
    ),
  ];
}

/** The version in the PEK is that of the firmware which made the key: another may have taken its place since. */
function versionsOf({ pek, build, policy }: CsvReport): readonly ComponentVersion[] {
  return [
    { name: 'pek-firmware', value: pek.firmware.major * 256 + pek.firmware.minor },
    { name: 'policy-api', value: policy.apiMajor * 256 + policy.apiMinor },
    ...(build === undefined ? [] : [{ name: 'build', value: build }]),
  ];
}

/**
 * Claims of a report. `device` is SM3 of the chip key's point, which the chain vouches for; the serial number
 * stands in the details, because nothing signs it.
 *
 * @internal
 */
export function csvClaims(
  report: CsvReport,
  chain: CsvChain,
  log: JudgedEventLog | undefined,
): AttestationClaims {
  const { version, policy, pek, rtmrVersion } = report;
  const uid = idText(pek.uid);
  return {
    type: 'csv',
    format: `csv-report/${version}`,
    deployment: 'virtual-machine',
    emulated: uid.startsWith(SYNTHETIC_UID),
    reportData: report.reportData.slice(),
    device: chain.cek === undefined ? undefined : sm3(chain.cek.publicKey),
    // Only the security processor makes reports, and only of guests whose memory it encrypts.
    memoryEncryption: 'active',
    debug: policy.noDebug ? 'disabled' : 'enabled',
    migration: migrationOf(policy),
    versions: versionsOf(report),
    measurements: measurementsOf(report),
    ...softwareOf(policy),
    details: {
      policy: { ...policy },
      generation: policy.csv3 ? 'CSV3' : policy.encryptedState ? 'CSV2' : 'CSV',
      userKeyDigest: toHex(report.userKeyDigest),
      vmId: toHex(report.vmId),
      vmVersion: toHex(report.vmVersion),
      mnonce: toHex(report.mnonce),
      pekId: uid,
      serialNumber: report.serialNumber,
      unsigned: version === 1 ? ['anonce', 'serialNumber'] : ['serialNumber'],
      ...(version === 1 ? { anonce: report.anonce } : {}),
      ...(rtmrVersion === undefined ? {} : { rtmrVersion }),
      ...(log === undefined ? {} : { eventLog: eventLogDetails(log, log.bound) }),
    },
  };
}
