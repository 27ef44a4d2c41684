import { parseCertificate } from '@cssi/pki';
import { sm3, utf8 } from '@cssi/sm-core';
import type { Attester, EvidenceType, VerificationOptions } from '../spec/v1/attestation.ts';
import { createSyntheticCca, type SyntheticCcaOptions } from './cca.ts';
import { createSyntheticHygon, syntheticCsvAttester } from './csv.ts';
import {
  createSyntheticIntelPlatform,
  createSyntheticIntelVendor,
  syntheticIntelCollateral,
  syntheticIntelCrls,
} from './intel/index.ts';
import { createSyntheticNitro } from './nitro.ts';
import { malformedOption } from './option.ts';
import { createSyntheticSnp } from './snp.ts';
import { SyntheticTpm, type SyntheticTpmOptions } from './tpm.ts';

/**
 * Kinds of synthetic attesters: format, and what is worth telling apart in it.
 *
 * @group Synthetic evidence
 */
export const SYNTHETIC_KINDS = [
  'csv-v1',
  'csv-v2',
  'sgx-v3',
  'tdx-v4',
  'tdx-v5',
  'sev-snp-vcek',
  'sev-snp-vlek',
  'cca',
  'cca-sm',
  'nitro',
  'tpm-ecdsa',
  'tpm-rsa',
  'tpm-sm2',
  'tcm',
] as const;
/** @group Synthetic evidence */
export type SyntheticKind = (typeof SYNTHETIC_KINDS)[number];

/**
 * An attester with a root of its own, and what verifies its evidence.
 *
 * @group Synthetic evidence
 */
export interface SyntheticAttester {
  readonly kind: SyntheticKind;
  readonly attester: Attester;
  /** Trust and endorsements for all evidence of this attester, at the time it was made for. */
  readonly options: Omit<VerificationOptions, 'reportData'>;
  /** Whether a byte of this evidence is neither signed nor compared; left out where every byte is. */
  readonly isUnsigned?: (evidence: Uint8Array, at: number) => boolean;
}

type Make = (time: Date) => Promise<Omit<SyntheticAttester, 'kind'>>;

const DAY_MS = 86_400_000;
const HASH_BYTES = 64;

/** Report data filled up to the one length a format has. */
function filled(reportData: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  out.set(reportData);
  return out;
}

const attester = (
  type: EvidenceType,
  maxReportData: number,
  make: (reportData: Uint8Array) => Uint8Array,
): Attester => ({
  specVersion: '1',
  type,
  maxReportData,
  evidence: async (reportData) => {
    if (reportData.length > maxReportData) throw malformedOption('reportData');
    return make(reportData);
  },
});

const BEGIN = '-----BEGIN CERTIFICATE-----';
const LINE_FEED = 0x0a;

/**
 * A quote carries PCK, authority and root as PEM. The root is not used: the anchor stands in its place. Nor
 * does it matter by which white space lines are broken.
 */
function unsignedInPem(evidence: Uint8Array, at: number): boolean {
  const text = Buffer.from(evidence).toString('latin1');
  if (at >= text.lastIndexOf(BEGIN)) return true;
  return at >= text.indexOf(BEGIN) && evidence[at] === LINE_FEED;
}

const csv =
  (version: 1 | 2): Make =>
  async (time) => {
    const chip = createSyntheticHygon();
    return {
      attester: syntheticCsvAttester(chip, { version, measurement: sm3(utf8('synthetic guest')) }),
      options: { time, anchors: { hygonRoots: [chip.hrk] } },
    };
  };

const intel =
  (version: 3 | 4 | 5): Make =>
  async (time) => {
    const tee = version === 3 ? 'sgx' : 'tdx';
    const fmspc = Uint8Array.of(0, 0x5c, 0x53, 0x53, 0x49, 0);
    const vendor = await createSyntheticIntelVendor(new Date(time.getTime() - DAY_MS));
    const platform = await createSyntheticIntelPlatform(vendor, { fmspc });
    const dates = {
      issueDate: new Date(time.getTime() - DAY_MS),
      nextUpdate: new Date(time.getTime() + DAY_MS),
    };
    const crls = await syntheticIntelCrls(vendor, {
      thisUpdate: dates.issueDate,
      nextUpdate: dates.nextUpdate,
    });
    return {
      attester: attester(tee, HASH_BYTES, (reportData) =>
        version === 3
          ? platform.sgxQuote({ reportData })
          : platform.tdxQuote({ reportData, ...(version === 5 ? { version: '1.5' as const } : {}) }),
      ),
      options: {
        time,
        anchors: { certificates: [vendor.root.certificate] },
        endorsements: { crls, intel: [syntheticIntelCollateral(vendor, { tee, fmspc, ...dates })] },
      },
      isUnsigned: unsignedInPem,
    };
  };

const snp =
  (kind: 'vcek' | 'vlek'): Make =>
  async (time) => {
    const amd = createSyntheticSnp({ notBefore: new Date(time.getTime() - DAY_MS) });
    const key = amd.endorse({ kind });
    const certificates = [key.certificate, kind === 'vcek' ? amd.ask : amd.asvk].map((der) =>
      parseCertificate(der),
    );
    return {
      attester: attester('sev-snp', HASH_BYTES, (reportData) => amd.report(key, { reportData })),
      options: {
        time,
        anchors: { certificates: [parseCertificate(amd.ark)] },
        endorsements: { certificates },
      },
    };
  };

const cca =
  (options: Omit<SyntheticCcaOptions, 'time'>): Make =>
  async (time) => {
    const platform = await createSyntheticCca({ ...options, time });
    return {
      attester: attester('cca', HASH_BYTES, (reportData) =>
        platform.token({ challenge: filled(reportData, HASH_BYTES) }),
      ),
      options: { time, anchors: platform.anchors },
    };
  };

const nitro: Make = async (time) => {
  const hypervisor = await createSyntheticNitro(time);
  return {
    attester: attester('nitro', HASH_BYTES, (nonce) => hypervisor.document({ nonce })),
    options: { time, anchors: hypervisor.anchors },
  };
};

const tpm =
  (options: Omit<SyntheticTpmOptions, 'time'>): Make =>
  async (time) => {
    const device = await SyntheticTpm.create({ ...options, time });
    device.extend(0, utf8('synthetic firmware'));
    device.extend(4, utf8('synthetic boot loader'));
    return {
      attester: attester(options.profile ?? 'tpm', HASH_BYTES, (challenge) => device.evidence(challenge)),
      options: { time, anchors: { certificates: [parseCertificate(device.root)] } },
    };
  };

const MAKERS: Readonly<Record<SyntheticKind, Make>> = {
  'csv-v1': csv(1),
  'csv-v2': csv(2),
  'sgx-v3': intel(3),
  'tdx-v4': intel(4),
  'tdx-v5': intel(5),
  'sev-snp-vcek': snp('vcek'),
  'sev-snp-vlek': snp('vlek'),
  cca: cca({}),
  'cca-sm': cca({ profile: 'sm' }),
  nitro,
  'tpm-ecdsa': tpm({ key: 'ecdsa-p256-sha256' }),
  'tpm-rsa': tpm({ key: 'rsassa-sha256' }),
  'tpm-sm2': tpm({ key: 'sm2-sm3' }),
  tcm: tpm({ profile: 'tcm' }),
};

/**
 * Makes an attester of a kind, with keys and a root of its own. Chips of AMD's kind have RSA keys of 4096
 * bits and take a few seconds.
 *
 * @param time - certificates and statements are in force then, and for at least a day
 * @example
 * ```ts
 * const { attester, options } = await createSyntheticAttester('csv-v2', new Date());
 * const verdict = verifyAttestation(await attester.evidence(nonce), { ...options, reportData: nonce });
 * ```
 * @group Synthetic evidence
 */
export async function createSyntheticAttester(kind: SyntheticKind, time: Date): Promise<SyntheticAttester> {
  return { kind, ...(await MAKERS[kind](time)) };
}
