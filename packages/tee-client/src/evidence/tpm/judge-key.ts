import type { Certificate } from '@cssi/pki';
import type { VerificationOptions } from '../../spec/v1/attestation.ts';
import type { FindingText, ReportBuilder } from '../report-builder.ts';
import { judgeChain } from '../x509-chain.ts';
import type { TpmQuote } from './attest.ts';
import { hierarchyOf, type TpmHierarchy } from './key-names.ts';
import { TPM_OBJECT_ATTRIBUTES, type TpmPublicArea } from './public-area.ts';
import { type SigningKey, trustedAs } from './signing-key.ts';

/** tcg-kp-AIKCertificate. @standard TCG EK Credential Profile 2.5 §4; TCG OID Registry @internal */
const AK_PURPOSE = '2.23.133.8.3';

const RESTRICTED: FindingText = [
  'AK_RESTRICTED',
  'The attestation key signs only what the TPM made itself.',
  '证明密钥仅对 TPM 自身生成的数据签名。',
];
const NOT_RESTRICTED: FindingText = [
  'AK_NOT_RESTRICTED',
  'The attestation key is no restricted signing key fixed to its TPM, so it could sign made-up quotes.',
  '证明密钥不是绑定于 TPM 的受限签名密钥，可能为伪造的引证签名。',
];
const TRUSTED: FindingText = [
  'AK_TRUSTED',
  'The attestation key is one of the trusted keys.',
  '证明密钥属于受信任的密钥。',
];
const NO_ANCHOR: FindingText = [
  'NO_ANCHOR',
  'No trust anchor was given to judge the attestation key by.',
  '未给出可用于判定证明密钥的信任锚。',
];
const NOT_VOUCHED: FindingText = [
  'AK_NOT_VOUCHED',
  'Neither a certificate nor a trusted key vouches for the attestation key.',
  '证明密钥既无证书，也不是受信任的密钥。',
];
const PURPOSE_RIGHT: FindingText = [
  'AK_PURPOSE_RIGHT',
  'The certificate is one for an attestation key.',
  '该证书用于证明密钥。',
];
const PURPOSE_WRONG: FindingText = [
  'AK_PURPOSE_WRONG',
  'The certificate is not one for an attestation key.',
  '该证书不用于证明密钥。',
];
const SIGNER_MATCHES: FindingText = [
  'QUALIFIED_SIGNER_MATCHES',
  'The quote names the attestation key and its ancestors.',
  '引证指明了该证明密钥及其上级密钥。',
];
const SIGNER_MISMATCH: FindingText = [
  'QUALIFIED_SIGNER_MISMATCH',
  'The quote names another key, or other ancestors of it.',
  '引证指明的是其他密钥或其他上级密钥。',
];
const PARTS_DIFFER: FindingText = [
  'AK_PARTS_DIFFER',
  'Public area, key and certificate are not of one attestation key.',
  '公开区、公钥与证书并非同一证明密钥。',
];

/** What was found out about the key. @internal */
export interface KeyFacts {
  /** Device the trusted key was listed for. */
  readonly device: Uint8Array | undefined;
  /** Where the key's ancestors begin; undefined when its qualified Name could not be derived. */
  readonly hierarchy: TpmHierarchy | undefined;
}

const { restricted, sign, decrypt, fixedTpm, fixedParent, sensitiveDataOrigin } = TPM_OBJECT_ATTRIBUTES;
const DEMANDED: number = restricted | sign | fixedTpm | fixedParent | sensitiveDataOrigin;

/**
 * A key without `restricted` signs any digest, also that of a made-up quote; one that was made outside or can
 * be moved has copies.
 */
const isAttestationKey = ({ attributes }: TpmPublicArea): boolean =>
  (attributes & (DEMANDED | decrypt)) === DEMANDED;

function judgePurpose(report: ReportBuilder, leaf: Certificate): void {
  const { extendedKeyUsage, keyUsage, isCa } = leaf;
  const stated = extendedKeyUsage?.includes(AK_PURPOSE) === true && !isCa;
  const allowed = keyUsage === undefined || keyUsage.has('digitalSignature');
  report.check('certificates', stated && allowed, PURPOSE_RIGHT, PURPOSE_WRONG);
}

function judgeTrust(
  report: ReportBuilder,
  { key, certificates }: SigningKey,
  options: VerificationOptions,
): Uint8Array | undefined {
  const { anchors } = options;
  const trusted = trustedAs(key, anchors.keys);
  if (trusted !== undefined) {
    report.pass('chain', TRUSTED);
    return trusted.device;
  }
  const [leaf, ...intermediates] = certificates;
  const roots = anchors.certificates?.length ?? 0;
  const none = roots + (anchors.keys?.length ?? 0) === 0;
  if (leaf !== undefined && (none || roots > 0)) {
    judgeChain(report, leaf, { ...options, intermediates });
    judgePurpose(report, leaf);
  } else if (none) {
    report.doubt('chain', NO_ANCHOR);
  } else {
    report.fail('chain', NOT_VOUCHED);
  }
  return undefined;
}

function judgeQualifiedSigner(
  report: ReportBuilder,
  area: TpmPublicArea,
  parents: SigningKey['parents'],
  { qualifiedSigner }: TpmQuote,
): TpmHierarchy | undefined {
  const hierarchy = hierarchyOf(area, parents ?? [], qualifiedSigner);
  if (hierarchy !== undefined) report.pass('binding', SIGNER_MATCHES, `hierarchy=${hierarchy}`);
  // Without its ancestors the name of a key that is no primary one cannot be told.
  else if (parents !== undefined) report.fail('binding', SIGNER_MISMATCH);
  return hierarchy;
}

/**
 * Judges the attestation key: its attributes and its certificate's purpose under `certificates`, who vouches for
 * it under `chain`, and whether the quote names it under `binding`.
 *
 * @internal
 */
export function judgeKey(
  report: ReportBuilder,
  signing: SigningKey,
  quote: TpmQuote,
  options: VerificationOptions,
): KeyFacts {
  const { area, parents, agrees } = signing;
  if (!agrees) report.fail('binding', PARTS_DIFFER);
  if (area !== undefined) report.check('certificates', isAttestationKey(area), RESTRICTED, NOT_RESTRICTED);
  const hierarchy = area === undefined ? undefined : judgeQualifiedSigner(report, area, parents, quote);
  return { device: judgeTrust(report, signing, options), hierarchy };
}
