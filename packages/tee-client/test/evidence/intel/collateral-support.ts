import type { CertificateRevocationList } from '@cssi/pki';
import { sgxVerifier, tdxVerifier } from '../../../src/evidence/intel/index.ts';
import type {
  EvidenceVerifier,
  IntelCollateral,
  VerificationOptions,
} from '../../../src/spec/v1/attestation.ts';
import {
  createSyntheticIntelPlatform,
  createSyntheticIntelVendor,
  type SyntheticCollateralSpec,
  type SyntheticIntelPlatform,
  type SyntheticIntelVendor,
  syntheticIntelCollateral,
  syntheticIntelCrls,
} from '../../../src/synthetic/intel/index.ts';
import { TIME } from './support.ts';

export const FMSPC: Uint8Array = Uint8Array.of(0, 0x90, 0x6e, 0xd5, 0, 0);
export const NONCE: Uint8Array = new Uint8Array(64).fill(0x5a);
export const ISSUED: Date = new Date('2026-11-20T00:00:00Z');
export const NEXT: Date = new Date('2026-12-20T00:00:00Z');

/** A vendor with one platform of components 4, 4, 3 and PCE 11, and its revocation lists. */
export interface World {
  readonly vendor: SyntheticIntelVendor;
  readonly platform: SyntheticIntelPlatform;
  readonly crls: readonly CertificateRevocationList[];
  readonly sgx: Uint8Array;
  readonly tdx: Uint8Array;
  /** Statements that the platform reaches unless `spec` says otherwise. */
  statements(spec: Partial<SyntheticCollateralSpec>): IntelCollateral;
  options(intel: readonly IntelCollateral[], more?: Partial<VerificationOptions>): VerificationOptions;
}

export async function createWorld(): Promise<World> {
  const vendor = await createSyntheticIntelVendor(new Date('2026-01-01T00:00:00Z'));
  const facts = { fmspc: FMSPC, components: [4, 4, 3], pceSvn: 11 };
  const platform = await createSyntheticIntelPlatform(vendor, facts);
  const crls = await syntheticIntelCrls(vendor, { thisUpdate: ISSUED, nextUpdate: NEXT });
  return {
    vendor,
    platform,
    crls,
    sgx: platform.sgxQuote({ reportData: NONCE }),
    tdx: platform.tdxQuote({ reportData: NONCE, teeTcbSvn: Uint8Array.of(5, 0, 6) }),
    statements: (spec) =>
      syntheticIntelCollateral(vendor, {
        tee: 'sgx',
        fmspc: FMSPC,
        issueDate: ISSUED,
        nextUpdate: NEXT,
        ...spec,
      }),
    options: (intel, more = {}) => ({
      time: TIME,
      anchors: { certificates: [vendor.root.certificate] },
      endorsements: { intel, crls },
      reportData: NONCE,
      ...more,
    }),
  };
}

export const VERIFIERS: Readonly<Record<'sgx' | 'tdx', EvidenceVerifier>> = {
  sgx: sgxVerifier,
  tdx: tdxVerifier,
};
