import { equalBytes, toHex } from '@cssi/sm-core';
import type { VerificationOptions } from '../../spec/v1/attestation.ts';
import { malformed } from '../malformed.ts';
import { type FindingText, ReportBuilder } from '../report-builder.ts';
import { spkiKey, verifyEcdsa } from '../signatures.ts';
import { CollateralSigner, enterAll } from './collateral-signer.ts';
import { MAX_COLLATERAL_SETS } from './limits.ts';
import type { PckFacts } from './pck-facts.ts';
import { type EnclaveIdentity, readSignedEnclaveIdentity } from './qe-identity.ts';
import type { SignedJson } from './signed-json.ts';
import { readSignedTcbInfo, type TcbInfo } from './tcb-info.ts';

const SIGNATURE_RIGHT: FindingText = [
  'COLLATERAL_SIGNATURE_RIGHT',
  'The vendor signed the statement about the platform.',
  '厂商已对平台声明签名。',
];
const SIGNATURE_WRONG: FindingText = [
  'COLLATERAL_SIGNATURE_WRONG',
  'The statement about the platform was not signed by the key of its certificate.',
  '平台声明并非由其证书所载密钥签名。',
];
const IN_FORCE: FindingText = [
  'COLLATERAL_IN_FORCE',
  'The statement is in force at the time of judgement.',
  '该声明在判定时间有效。',
];
const EXPIRED: FindingText = [
  'COLLATERAL_EXPIRED',
  'A newer statement was due before the time of judgement.',
  '在判定时间之前应已发布更新的声明。',
];
const NOT_YET: FindingText = [
  'COLLATERAL_NOT_YET_VALID',
  'The statement was issued after the time of judgement.',
  '该声明的签发时间晚于判定时间。',
];
const OTHER_PLATFORM: FindingText = [
  'COLLATERAL_OTHER_PLATFORM',
  'The statements given are about other kinds of platform.',
  '所给声明针对其他类型的平台。',
];

const QE_IDS = { sgx: 'QE', tdx: 'TD_QE' } as const;

/** Statements about the platform of a quote. @internal */
export interface PlatformStatements {
  readonly tcb: TcbInfo;
  readonly qe: EnclaveIdentity;
}

/** What statements of both kinds have. */
type Dated = Pick<TcbInfo, 'issueDate' | 'nextUpdate' | 'evaluationNumber'>;

interface Candidate<T extends Dated> {
  readonly name: 'tcbInfo' | 'enclaveIdentity';
  readonly stated: T;
  readonly json: SignedJson;
  readonly signer: CollateralSigner;
}

function judgeDates(report: ReportBuilder, name: string, { issueDate, nextUpdate }: Dated, time: Date): void {
  const detail = `statement=${name} issued=${issueDate.toISOString()} next=${nextUpdate.toISOString()}`;
  if (time < issueDate) report.fail('validity', NOT_YET, detail);
  else report.check('validity', time <= nextUpdate, IN_FORCE, EXPIRED, detail);
}

function judgeStatement({ name, stated, json, signer }: Candidate<Dated>, time: Date): ReportBuilder {
  const report = new ReportBuilder();
  const { certificate } = signer;
  if (certificate !== undefined) {
    const key = spkiKey(certificate.publicKeyInfo);
    const good = verifyEcdsa(key, 'P-256', 'sha256', json.signed, json.signature);
    report.check('collateral', good, SIGNATURE_RIGHT, SIGNATURE_WRONG, `statement=${name}`);
  }
  judgeDates(report, name, stated, time);
  return report;
}

const newestFirst = ({ stated: a }: Candidate<Dated>, { stated: b }: Candidate<Dated>): number =>
  b.evaluationNumber - a.evaluationNumber || b.issueDate.getTime() - a.issueDate.getTime();

/** Enters the findings about the newest usable statement, or about the newest when none is. */
function choose<T extends Dated>(
  report: ReportBuilder,
  candidates: readonly Candidate<T>[],
  time: Date,
): T | undefined {
  let first: readonly [CollateralSigner, ReportBuilder] | undefined;
  for (const candidate of [...candidates].sort(newestFirst)) {
    const findings = judgeStatement(candidate, time);
    if (!findings.failed && candidate.signer.isVouched) {
      candidate.signer.enter(report);
      enterAll(report, findings);
      return candidate.stated;
    }
    first ??= [candidate.signer, findings];
  }
  first?.[0].enter(report);
  if (first !== undefined) enterAll(report, first[1]);
  return undefined;
}

/**
 * Chooses the newest statements about the platform that are signed and in force, and enters what was
 * found about them under `collateral`, `validity` and `revocation`. Nothing they say is used before.
 * Each kind is chosen by itself: an old identity cannot come in beside newer TCB information.
 *
 * @returns the statements, unless one of the two kinds has none that can be used
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED, ERR_TEE_OPTION_INVALID
 * @internal
 */
export function judgeCollateral(
  report: ReportBuilder,
  tee: 'sgx' | 'tdx',
  { fmspc, pceId }: PckFacts,
  options: VerificationOptions,
): PlatformStatements | undefined {
  const sets = options.endorsements?.intel ?? [];
  if (sets.length > MAX_COLLATERAL_SETS) throw malformed('collateral-sets');
  if (sets.length === 0) return undefined;
  const tcbs: Candidate<TcbInfo>[] = [];
  const identities: Candidate<EnclaveIdentity>[] = [];
  for (const { tcbInfo, qeIdentity, issuers } of sets) {
    const signer = new CollateralSigner(issuers, options);
    const { info, ...tcbJson } = readSignedTcbInfo(tcbInfo);
    const { identity, ...qeJson } = readSignedEnclaveIdentity(qeIdentity);
    const isOurs = info.tee === tee && equalBytes(info.fmspc, fmspc) && equalBytes(info.pceId, pceId);
    if (isOurs) tcbs.push({ name: 'tcbInfo', stated: info, json: tcbJson, signer });
    if (identity.id === QE_IDS[tee]) {
      identities.push({ name: 'enclaveIdentity', stated: identity, json: qeJson, signer });
    }
  }
  if (tcbs.length === 0 || identities.length === 0) {
    report.doubt('collateral', OTHER_PLATFORM, `fmspc=${toHex(fmspc)} pceId=${toHex(pceId)}`);
    return undefined;
  }
  const tcb = choose(report, tcbs, options.time);
  const qe = choose(report, identities, options.time);
  return tcb === undefined || qe === undefined ? undefined : { tcb, qe };
}
