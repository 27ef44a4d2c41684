import type { Certificate } from '@cssi/pki';
import { equalBytes } from '@cssi/sm-core';
import { spkiKey, verifyEcdsa } from '../signatures.ts';
import { SNP_ECDSA_P384, type SnpReport } from './report.ts';
import { productOf, type SnpProduct, type SnpTcbPart, tcbParts } from './tcb.ts';

/** `ec:` and the curve of every endorsement key, P-384. */
const KEY_ALGORITHM = 'ec:1.3.132.0.34';
const ARC = '1.3.6.1.4.1.3704.1.';

/**
 * Extensions of an endorsement key's certificate.
 *
 * @standard AMD 57230 §3
 * @internal
 */
export const SNP_OIDS = {
  structVersion: `${ARC}1`,
  productName: `${ARC}2`,
  bootloader: `${ARC}3.1`,
  tee: `${ARC}3.2`,
  snp: `${ARC}3.3`,
  spl4: `${ARC}3.4`,
  spl5: `${ARC}3.5`,
  spl6: `${ARC}3.6`,
  spl7: `${ARC}3.7`,
  microcode: `${ARC}3.8`,
  fmc: `${ARC}3.9`,
  hwId: `${ARC}4`,
  cspId: `${ARC}5`,
} as const;

/** An endorsement key's certificate (VCEK or VLEK) with what its extensions say. @internal */
export interface SnpEndorsement {
  readonly certificate: Certificate;
  /** The chip's own key, or one that AMD leases to a provider. */
  readonly kind: 'vcek' | 'vlek';
  /** For example `Milan-B0`. */
  readonly productName: string;
  readonly product: SnpProduct | undefined;
  readonly tcb: Readonly<Partial<Record<SnpTcbPart, number>>>;
  /** Of a VCEK: 64 bytes, or 8 from Turin on. */
  readonly hwId?: Uint8Array;
  /** Of a VLEK: the provider it is leased to. */
  readonly cspId?: string;
}

/** Contents of a short DER element with this tag that is the whole value. */
function contents(value: Uint8Array | undefined, tag: number): Uint8Array | undefined {
  if (value === undefined || value.length < 3 || value[0] !== tag || value[1] !== value.length - 2) {
    return undefined;
  }
  return value[1] < 0x80 ? value.subarray(2) : undefined;
}

/** INTEGER of 0 to 255. */
function version(value: Uint8Array | undefined): number | undefined {
  const bytes = contents(value, 0x02);
  if (bytes === undefined || bytes.length > 2) return undefined;
  const [first = 0, second] = bytes;
  if (second === undefined) return first < 0x80 ? first : undefined;
  return first === 0 && second >= 0x80 ? second : undefined;
}

/** IA5String of printable characters. */
function text(value: Uint8Array | undefined): string | undefined {
  const bytes = contents(value, 0x16);
  if (bytes === undefined || bytes.some((byte) => byte < 0x20 || byte > 0x7e)) return undefined;
  return Buffer.from(bytes).toString('latin1');
}

/** The identifier as it stands, or as an OCTET STRING. */
function hardwareId(value: Uint8Array): Uint8Array | undefined {
  const bytes = value.length === 64 || value.length === 8 ? value : contents(value, 0x04);
  return bytes?.length === 64 || bytes?.length === 8 ? bytes : undefined;
}

/**
 * Whether a certificate means to be one of an endorsement key: it has an extension of AMD's and is no CA.
 *
 * @internal
 */
const isEndorsement = ({ isCa, extensions }: Certificate): boolean =>
  !isCa && extensions.some(({ oid }) => oid.startsWith(ARC));

/**
 * Reads what the extensions say.
 *
 * @returns undefined where one of them is missing or not as specified
 * @internal
 */
export function readEndorsement(certificate: Certificate): SnpEndorsement | undefined {
  const value = (oid: string) => certificate.extensions.find((extension) => extension.oid === oid)?.value;
  const productName = text(value(SNP_OIDS.productName));
  const structVersion = version(value(SNP_OIDS.structVersion));
  if (certificate.keyAlgorithm !== KEY_ALGORITHM) return undefined;
  if (productName === undefined || structVersion === undefined) return undefined;
  const tcb: Partial<Record<SnpTcbPart, number>> = {};
  for (const part of ['bootloader', 'tee', 'snp', 'microcode', 'fmc'] as const) {
    const der = value(SNP_OIDS[part]);
    if (der === undefined) continue;
    const read = version(der);
    if (read === undefined) return undefined;
    tcb[part] = read;
  }
  const product = (['Milan', 'Genoa', 'Turin'] as const).find(
    (name) => productName === name || productName.startsWith(`${name}-`),
  );
  const [hwIdDer, cspIdDer] = [value(SNP_OIDS.hwId), value(SNP_OIDS.cspId)];
  const common = { certificate, productName, product, tcb };
  if (hwIdDer !== undefined && cspIdDer === undefined) {
    const hwId = hardwareId(hwIdDer);
    return hwId === undefined ? undefined : { ...common, kind: 'vcek', hwId };
  }
  const cspId = hwIdDer === undefined ? text(cspIdDer) : undefined;
  return cspId === undefined ? undefined : { ...common, kind: 'vlek', cspId };
}

/** True for a report whose platform hides the chip. @internal */
export const isChipHidden = ({ chipId }: SnpReport): boolean => chipId.every((byte) => byte === 0);

/** Whether a VCEK's chip is the report's. @internal */
export function isSameChip({ hwId }: SnpEndorsement, { chipId }: SnpReport): boolean {
  if (hwId === undefined) return false;
  return (
    equalBytes(hwId, chipId.subarray(0, hwId.length)) && chipId.subarray(hwId.length).every((b) => b === 0)
  );
}

/** Whether the certificate was issued for exactly the TCB version the report states. @internal */
export const isSameTcb = ({ tcb, product }: SnpEndorsement, report: SnpReport): boolean =>
  tcbParts(report.reportedTcb, report.product ?? product).every(([part, value]) => tcb[part] === value);

/**
 * Whether the authority that is named as issuer is the one of AMD's for this kind of key and processor.
 *
 * @standard AMD 57230 §3
 * @internal
 */
export const isRightIssuer = ({ kind, product, certificate }: SnpEndorsement): boolean =>
  certificate.issuer.commonName === (kind === 'vcek' ? `SEV-${product}` : `SEV-VLEK-${product}`);

/** Whether the certificate is of the processor the report states; reports before version 3 state none. @internal */
export const isSameProduct = ({ product }: SnpEndorsement, { cpu }: SnpReport): boolean =>
  cpu === undefined || (product !== undefined && product === productOf(cpu.family, cpu.model));

/** Whether the key of the certificate signed the report. @internal */
export const isSignedBy = ({ certificate }: SnpEndorsement, report: SnpReport): boolean =>
  report.signatureAlgorithm === SNP_ECDSA_P384 &&
  verifyEcdsa(spkiKey(certificate.publicKeyInfo), 'P-384', 'sha384', report.signed, report.signature);

/**
 * The endorsement that fits a report best: of the kind that signed it, of its chip, of its TCB version. Where
 * that leaves more than one, as with leased keys and hidden chips, the one that signed it.
 *
 * @returns `unusable` where there are only such as cannot be read
 * @internal
 */
export function chooseEndorsement(
  candidates: readonly Certificate[],
  report: SnpReport,
): SnpEndorsement | 'missing' | 'unusable' {
  const meant = candidates.filter(isEndorsement);
  let best: SnpEndorsement[] = [];
  let bestScore = -1;
  for (const certificate of meant) {
    const endorsement = readEndorsement(certificate);
    if (endorsement === undefined) continue;
    const score =
      (endorsement.kind === report.signingKey ? 4 : 0) +
      (endorsement.kind === 'vlek' || isSameChip(endorsement, report) ? 2 : 0) +
      (isSameTcb(endorsement, report) ? 1 : 0);
    if (score > bestScore) [best, bestScore] = [[], score];
    const isNew = !best.some((other) => equalBytes(other.certificate.raw, certificate.raw));
    if (score === bestScore && isNew) best.push(endorsement);
  }
  const [first, ...others] = best;
  if (first === undefined) return meant.length === 0 ? 'missing' : 'unusable';
  return others.length === 0 ? first : (best.find((one) => isSignedBy(one, report)) ?? first);
}
