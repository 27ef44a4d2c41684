import { type JsonValue, toHex } from '@cssi/sm-core';
import type { AttestationClaims, ComponentVersion, Measurement } from '../../spec/v1/attestation.ts';
import { isChipHidden, type SnpEndorsement } from './certificate.ts';
import { SNP_HOST_VMPL, type SnpFirmware, type SnpReport } from './report.ts';
import { type SnpProduct, tcbVersions } from './tcb.ts';

/** Orders as the versions do: major, minor, build, a byte each. */
const firmwareNumber = ({ major, minor, build }: SnpFirmware): number =>
  major * 0x1_00_00 + minor * 0x1_00 + build;

const firmwareText = ({ major, minor, build }: SnpFirmware): string => `${major}.${minor}.${build}`;

const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

/** The version that counts is the reported one: the key that signed is derived from it. */
function versionsOf(report: SnpReport, product: SnpProduct | undefined): ComponentVersion[] {
  return [
    ...tcbVersions(report.reportedTcb, product, ''),
    ...tcbVersions(report.currentTcb, product, 'current-'),
    ...tcbVersions(report.committedTcb, product, 'committed-'),
    ...tcbVersions(report.launchTcb, product, 'launch-'),
    { name: 'firmware', value: firmwareNumber(report.current) },
    { name: 'committed-firmware', value: firmwareNumber(report.committed) },
    { name: 'guest-svn', value: report.guestSvn },
  ];
}

function measurementsOf(report: SnpReport): Measurement[] {
  const { measurement, hostData, idKeyDigest, authorKeyDigest } = report;
  const list: Measurement[] = [
    { name: 'launch', role: 'workload', algorithm: 'sha384', value: measurement.slice() },
    // 32 bytes as the host gave them; by custom a SHA-256 or SM3 of the workload's configuration.
    { name: 'host-data', role: 'configuration', algorithm: 'sha256', value: hostData.slice() },
  ];
  if (!isZero(idKeyDigest)) {
    list.push({ name: 'id-key', role: 'signer', algorithm: 'sha384', value: idKeyDigest.slice() });
  }
  if (!isZero(authorKeyDigest)) {
    list.push({ name: 'author-key', role: 'signer', algorithm: 'sha384', value: authorKeyDigest.slice() });
  }
  return list;
}

/** What the workload has to trust: what stands below it, and the host only where it lets it look in. */
function trustedOf({ policy, vmpl }: SnpReport): string[] {
  const trusted = ['AMD secure processor firmware', 'CPU microcode', 'guest image'];
  if (vmpl > 0 && vmpl !== SNP_HOST_VMPL) trusted.push('services at more privileged VMPLs');
  if (policy.migrationAgentAllowed) trusted.push('migration agent');
  return policy.debugAllowed ? [...trusted, 'hypervisor'] : trusted;
}

function detailsOf(report: SnpReport, endorsement: SnpEndorsement | undefined): Record<string, JsonValue> {
  const { cpu, mitigations } = report;
  return {
    version: report.version,
    vmpl: report.vmpl,
    policy: { ...report.policy },
    platform: { ...report.platform },
    signingKey: report.signingKey,
    maskChipKey: report.maskChipKey,
    authorKeyEnabled: report.authorKeyEnabled,
    familyId: toHex(report.familyId),
    imageId: toHex(report.imageId),
    reportId: toHex(report.reportId),
    migrationAgentReportId: toHex(report.migrationAgentReportId),
    firmware: firmwareText(report.current),
    committedFirmware: firmwareText(report.committed),
    ...(cpu === undefined ? {} : { cpu: { ...cpu } }),
    ...(mitigations === undefined
      ? {}
      : {
          launchMitigations: toHex(mitigations.launch),
          currentMitigations: toHex(mitigations.current),
        }),
    ...(endorsement === undefined ? {} : { product: endorsement.productName }),
    ...(endorsement?.cspId === undefined ? {} : { provider: endorsement.cspId }),
  };
}

/**
 * What a report states, in the words of all formats.
 *
 * @internal
 */
export function snpClaims(report: SnpReport, endorsement: SnpEndorsement | undefined): AttestationClaims {
  const product = report.product ?? endorsement?.product;
  const { policy, version } = report;
  const host = ['host operating system', 'host firmware', 'system management mode'];
  return {
    type: 'sev-snp',
    format: `sev-snp-report/${version}`,
    deployment: 'virtual-machine',
    emulated: false,
    reportData: report.reportData.slice(),
    device: isChipHidden(report) ? undefined : report.chipId.slice(),
    // The firmware runs no SNP guest without it.
    memoryEncryption: 'active',
    debug: policy.debugAllowed ? 'enabled' : 'disabled',
    // Only by a migration agent, which has to attest itself.
    migration: policy.migrationAgentAllowed ? 'attested' : 'disabled',
    versions: versionsOf(report, product),
    measurements: measurementsOf(report),
    trustedSoftware: trustedOf(report),
    untrustedSoftware: policy.debugAllowed ? host : ['hypervisor', ...host],
    details: detailsOf(report, endorsement),
  };
}
