import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  type Certificate,
  type CertificateRevocationList,
  type CertificateSigner,
  type CertificateSpec,
  type CrlSpecEntry,
  issueCertificate,
  issueCrl,
  parseCertificate,
  parseCrl,
} from '@cssi/pki';
import { SYNTHETIC_ORGANIZATION } from '../../evidence/intel/pck-chain.ts';
import { ecdsaIssuer } from '../signers.ts';

const YEAR_MS = 365 * 86_400_000;
/** So that nobody takes a certificate for a real one; the common names are those the profile asks for. */
const NAME = { organization: SYNTHETIC_ORGANIZATION, country: 'CN' } as const;

/** A key with its certificate. @group Synthetic evidence */
export interface SyntheticHolder {
  readonly privateKey: KeyObject;
  readonly certificate: Certificate;
}

/** Names of the vendor's certificates; they are what tells their kinds apart. @internal */
export const INTEL_NAMES = {
  root: 'Intel SGX Root CA',
  platformCa: 'Intel SGX PCK Platform CA',
  tcbSigning: 'Intel SGX TCB Signing',
  pck: 'Intel SGX PCK Certificate',
} as const;

/**
 * A vendor in the shape of Intel's key hierarchy, with keys of its own: root, the authority for
 * platforms, and the key that signs statements. Its certificates say that they are synthetic.
 *
 * @group Synthetic evidence
 */
export interface SyntheticIntelVendor {
  readonly root: SyntheticHolder;
  readonly platformCa: SyntheticHolder;
  readonly tcbSigning: SyntheticHolder;
  /** Time the certificates start at. */
  readonly notBefore: Date;
  readonly notAfter: Date;
}

const holderSigner = ({ privateKey }: Pick<SyntheticHolder, 'privateKey'>): CertificateSigner =>
  ecdsaIssuer(privateKey);

/**
 * A certificate for a new P-256 key.
 *
 * @param issuer - `'self'` makes a root
 * @internal
 */
export async function newHolder(
  commonName: string,
  issuer: SyntheticHolder | 'self',
  spec: Pick<CertificateSpec, 'profile' | 'notBefore' | 'notAfter'> & Partial<CertificateSpec>,
): Promise<SyntheticHolder> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const own = holderSigner({ privateKey });
  const by = issuer === 'self' ? own : holderSigner(issuer);
  const subject = { ...NAME, commonName };
  const der = await issueCertificate(
    {
      subject,
      issuer: issuer === 'self' ? subject : { raw: issuer.certificate.subjectRaw },
      publicKeyInfo: own.publicKeyInfo,
      issuerPublicKeyInfo: by.publicKeyInfo,
      ...spec,
    },
    by,
  );
  return { privateKey, certificate: parseCertificate(der) };
}

/**
 * Makes a vendor. Nothing it vouches for verifies under Intel's root.
 *
 * @param notBefore - start of the certificates
 * @param notAfter - their end; ten years later when left out
 * @example
 * ```ts
 * const vendor = await createSyntheticIntelVendor(new Date('2026-01-01T00:00:00Z'));
 * const platform = await createSyntheticIntelPlatform(vendor, { fmspc: Uint8Array.of(0, 0, 1, 2, 3, 4) });
 * const evidence = platform.sgxQuote({ reportData: nonce });
 * ```
 * @group Synthetic evidence
 */
export async function createSyntheticIntelVendor(
  notBefore: Date,
  notAfter: Date = new Date(notBefore.getTime() + 10 * YEAR_MS),
): Promise<SyntheticIntelVendor> {
  const dates = { notBefore, notAfter };
  const root = await newHolder(INTEL_NAMES.root, 'self', { ...dates, profile: 'root-ca', pathLength: 1 });
  const platformCa = await newHolder(INTEL_NAMES.platformCa, root, { ...dates, profile: 'sub-ca' });
  const tcbSigning = await newHolder(INTEL_NAMES.tcbSigning, root, { ...dates, profile: 'device-signing' });
  return { root, platformCa, tcbSigning, ...dates };
}

/** Which certificates the lists of a vendor revoke. @group Synthetic evidence */
export interface SyntheticIntelCrlOptions {
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  /** Certificates of the root or of the authority for platforms. */
  readonly revoked?: readonly Certificate[];
}

/**
 * The two lists of a vendor: that of the root and that of the authority for platforms.
 *
 * @group Synthetic evidence
 */
export async function syntheticIntelCrls(
  { root, platformCa }: SyntheticIntelVendor,
  { thisUpdate, nextUpdate, revoked = [] }: SyntheticIntelCrlOptions,
): Promise<readonly CertificateRevocationList[]> {
  const listOf = async (issuer: SyntheticHolder): Promise<CertificateRevocationList> => {
    const entries: CrlSpecEntry[] = revoked
      .filter(({ issuerRaw }) => Buffer.compare(issuerRaw, issuer.certificate.subjectRaw) === 0)
      .map(({ serial }) => ({ serial, revocationDate: thisUpdate, reason: 'keyCompromise' }));
    const spec = { issuer: issuer.certificate, thisUpdate, nextUpdate, crlNumber: 1, entries };
    return parseCrl(await issueCrl(spec, holderSigner(issuer)));
  };
  return [await listOf(root), await listOf(platformCa)];
}
