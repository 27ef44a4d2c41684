import { type Certificate, pemDecode } from '@cssi/pki';
import { equalBytes, fromUtf8 } from '@cssi/sm-core';
import type { VerificationOptions } from '../../spec/v1/attestation.ts';
import { malformed } from '../malformed.ts';
import type { FindingText, ReportBuilder } from '../report-builder.ts';
import { judgeChainPath, readCertificate } from '../x509-chain.ts';
import { keepAuthority, keepChain, keptAuthorities, keptChain } from './kept-chains.ts';
import { MAX_QUOTE_CERTIFICATES } from './limits.ts';
import { type PckFacts, readPckFacts } from './pck-facts.ts';
import { CERTIFICATION_PCK_CHAIN, type QuoteSignature } from './quote-signature.ts';

const PCK_RIGHT: FindingText = [
  'PCK_CERTIFICATE_RIGHT',
  'The quote brings the certificate of a provisioning certification key.',
  '证明报告附有配置认证密钥（PCK）证书。',
];
const PCK_WRONG: FindingText = [
  'PCK_CERTIFICATE_WRONG',
  'The first certificate of the quote is not that of a provisioning certification key.',
  '证明报告的首张证书不是配置认证密钥（PCK）证书。',
];
const PCK_ABSENT: FindingText = [
  'PCK_CHAIN_ABSENT',
  'The quote names its platform without certificates, so nobody vouches for it.',
  '证明报告只标识平台而未附证书，无人为其担保。',
];

const PATH_WRONG: FindingText = [
  'PCK_CHAIN_WRONG',
  "The authority that certified the platform is not directly below the vendor's root.",
  '为平台签发证书的机构并非直接隶属于厂商根证书。',
];

/** Name of the one root. @internal */
export const INTEL_ROOT_NAME = 'Intel SGX Root CA';
const PCK_NAME = 'Intel SGX PCK Certificate';
/** The two authorities below the root that issue PCK certificates. */
const PCK_ISSUERS: ReadonlySet<string | undefined> = new Set([
  'Intel SGX PCK Platform CA',
  'Intel SGX PCK Processor CA',
]);

/**
 * Organization in the certificates of synthetic vendors: they say of themselves that no
 * processor stands behind them.
 *
 * @internal
 */
export const SYNTHETIC_ORGANIZATION = 'CSSI synthetic test data, not Intel';

/** The certificates of a quote, leaf first. @internal */
export interface PckChain {
  readonly leaf: Certificate;
  readonly intermediates: readonly Certificate[];
  readonly facts: PckFacts;
  /** The certification data they were read from, a character for each byte. */
  readonly text: string;
}

/** PEM with a zero byte at the end, as some libraries write it. A certificate the verifier has is not read again. */
function certificatesOf(data: Uint8Array, anchors: readonly Certificate[]): readonly Certificate[] {
  const own = anchors.flatMap((anchor) => [anchor, ...keptAuthorities(anchor)]);
  const end = data[data.length - 1] === 0 ? data.length - 1 : data.length;
  let chain: readonly Uint8Array[];
  try {
    chain = pemDecode(fromUtf8(data.subarray(0, end)), 'CERTIFICATE');
  } catch (cause) {
    throw malformed('pck-chain', cause);
  }
  if (chain.length > MAX_QUOTE_CERTIFICATES) throw malformed('pck-chain-length');
  try {
    return chain.map((der) => own.find(({ raw }) => equalBytes(raw, der)) ?? readCertificate(der));
  } catch (cause) {
    throw malformed('pck-chain', cause);
  }
}

/**
 * Reads the PCK chain of a quote and enters whether it is one: the root issues certificates of other
 * kinds too, and none of those may speak for a platform.
 *
 * @param anchors - of the verifier; they, the authorities below them and chains that led to one are not
 *   read anew with every quote
 * @standard Intel SGX PCK Certificate and CRL Profile §1.3
 * @returns the chain when its leaf is a PCK certificate
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED
 * @internal
 */
export function readPckChain(
  report: ReportBuilder,
  signature: QuoteSignature,
  anchors: readonly Certificate[],
): PckChain | undefined {
  if (signature.certificationType !== CERTIFICATION_PCK_CHAIN) {
    report.fail('certificates', PCK_ABSENT, `certificationType=${signature.certificationType}`);
    return undefined;
  }
  const { certificationData: data } = signature;
  const text = Buffer.from(data.buffer, data.byteOffset, data.length).toString('latin1');
  const kept = keptChain(text);
  if (kept !== undefined) {
    report.pass('certificates', PCK_RIGHT);
    return kept;
  }
  const [leaf, ...intermediates] = certificatesOf(data, anchors);
  if (leaf === undefined) throw malformed('pck-chain');
  const facts = readPckFacts(leaf);
  const right =
    facts !== undefined &&
    leaf.subject.commonName === PCK_NAME &&
    PCK_ISSUERS.has(leaf.issuer.commonName) &&
    !leaf.isCa;
  report.check('certificates', right, PCK_RIGHT, PCK_WRONG);
  return right ? { leaf, intermediates, facts, text } : undefined;
}

/**
 * Judges the chain of a platform. Besides what holds for every chain: between the PCK certificate and the
 * root is one authority, and the root has its name. So an anchor of another kind, given for other
 * evidence, cannot set up authorities for platforms. An authority that is an anchor itself needs no root.
 *
 * @standard Intel SGX PCK Certificate and CRL Profile §1.3
 * @throws {@link SmError} ERR_TEE_OPTION_INVALID
 * @internal
 */
export function judgePckChain(report: ReportBuilder, chain: PckChain, options: VerificationOptions): void {
  const keyUsage = ['digitalSignature'] as const;
  const { leaf, intermediates } = chain;
  const { good, path } = judgeChainPath(report, leaf, { ...options, intermediates, keyUsage });
  const [, authority, root] = path;
  if (root !== undefined && (path.length > 3 || root.subject.commonName !== INTEL_ROOT_NAME)) {
    report.fail('certificates', PATH_WRONG);
  } else if (good && authority !== undefined && root !== undefined) {
    keepAuthority(root, authority);
    keepChain(chain);
  }
}
