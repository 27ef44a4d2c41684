import type { Certificate } from '@cssi/pki';
import type { VerificationOptions } from '../../spec/v1/attestation.ts';
import { type FindingText, ReportBuilder } from '../report-builder.ts';
import { judgeChainPath } from '../x509-chain.ts';
import { INTEL_ROOT_NAME } from './pck-chain.ts';

const SIGNER_WRONG: FindingText = [
  'COLLATERAL_SIGNER_WRONG',
  "The certificate with the statement is not one that the vendor's root issued for signing such statements.",
  '随声明提供的证书不是厂商根证书为签署此类声明而签发的证书。',
];
const SIGNER_VOUCHED: FindingText = [
  'COLLATERAL_SIGNER_RIGHT',
  'A trust anchor vouches for whoever signed the statements.',
  '信任锚为声明的签署者担保。',
];

const SIGNER_NAME = 'Intel SGX TCB Signing';

/** Enters the steps of another report as they are. @internal */
export function enterAll(report: ReportBuilder, { steps }: ReportBuilder): void {
  for (const { step, status, aspect, code, en, zh, detail } of steps) {
    report.add(step, status, aspect, [code, en, zh], detail);
  }
}

/**
 * The certificates beside a set of statements: judged when first needed, and entered once.
 *
 * @standard Intel SGX PCK Certificate and CRL Profile §1.3 (TCB signing certificate)
 * @internal
 */
export class CollateralSigner {
  readonly #certificates: readonly Certificate[];
  readonly #options: VerificationOptions;
  #findings: ReportBuilder | undefined;
  #isEntered = false;

  constructor(certificates: readonly Certificate[], options: VerificationOptions) {
    this.#certificates = certificates;
    this.#options = options;
  }

  /** Certificate of the key that signs statements; undefined for one of another kind. */
  get certificate(): Certificate | undefined {
    const [leaf] = this.#certificates;
    const right = leaf?.subject.commonName === SIGNER_NAME && leaf.issuer.commonName === INTEL_ROOT_NAME;
    return right && !leaf.isCa ? leaf : undefined;
  }

  /** Only an anchor's word makes statements usable: where none was given they stay unused. */
  get isVouched(): boolean {
    const { steps, failed } = this.#judged;
    return !failed && steps.every(({ step, status }) => step !== 'collateral' || status === 'passed');
  }

  enter(report: ReportBuilder): void {
    if (this.#isEntered) return;
    this.#isEntered = true;
    enterAll(report, this.#judged);
  }

  /** The findings are about the statements, not about the quote. */
  get #judged(): ReportBuilder {
    if (this.#findings !== undefined) return this.#findings;
    const report = new ReportBuilder();
    this.#findings = report;
    const leaf = this.certificate;
    if (leaf === undefined) return report.fail('collateral', SIGNER_WRONG);
    const chain = new ReportBuilder();
    const demands = { intermediates: this.#certificates.slice(1), keyUsage: ['digitalSignature'] } as const;
    const { path } = judgeChainPath(chain, leaf, { ...this.#options, ...demands });
    // An authority of that name below another anchor is not the vendor's root.
    if (path.length > 2) return report.fail('collateral', SIGNER_WRONG);
    const findings = chain.steps.filter(({ status }) => status !== 'passed');
    for (const { step, status, code, en, zh, detail } of findings) {
      const own = step === 'validity' || step === 'revocation' ? step : 'collateral';
      report.add(own, status, undefined, [code, en, zh], detail);
    }
    return findings.length === 0 ? report.pass('collateral', SIGNER_VOUCHED) : report;
  }
}
