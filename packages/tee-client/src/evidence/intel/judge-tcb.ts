import { equalBytes, type VerdictStatus } from '@cssi/sm-core';
import type { FindingText, ReportBuilder } from '../report-builder.ts';
import type { SgxReportBody } from './enclave-report.ts';
import type { PlatformStatements } from './judge-collateral.ts';
import type { PckFacts } from './pck-facts.ts';
import type { EnclaveIdentity } from './qe-identity.ts';
import type { IntelQuote } from './quote.ts';
import type { TcbStatement } from './tcb-info.ts';
import { equalUnderMask, findSvnLevel, findTcbLevel, findTdxModule } from './tcb-level.ts';
import { type TcbStatus, worseTcbStatus } from './tcb-status.ts';
import type { TdReportBody } from './td-report.ts';

const QE_RIGHT: FindingText = [
  'QE_IDENTITY_RIGHT',
  'The quoting enclave is the one the vendor describes.',
  '引用飞地（QE）与厂商所述一致。',
];
const QE_WRONG: FindingText = [
  'QE_IDENTITY_WRONG',
  'The quoting enclave is not the one the vendor describes.',
  '引用飞地（QE）与厂商所述不一致。',
];
const MODULE_RIGHT: FindingText = [
  'TDX_MODULE_RIGHT',
  'The TDX module is one the vendor describes.',
  'TDX 模块与厂商所述一致。',
];
const MODULE_WRONG: FindingText = [
  'TDX_MODULE_WRONG',
  'The TDX module is none that the vendor describes.',
  'TDX 模块与厂商所述均不一致。',
];
const LEVEL_UNKNOWN: FindingText = [
  'TCB_LEVEL_UNKNOWN',
  'The versions of the platform are below every level the vendor lists.',
  '平台版本低于厂商列出的所有级别。',
];
const NOT_JUDGED: FindingText = [
  'TCB_NOT_JUDGED',
  'Without statements of the vendor about it the TCB cannot be judged.',
  '缺少厂商的相关声明，无法判定 TCB。',
];
/** A finding of its own: a policy that lets versions go unjudged must not accept whoever made the quote. */
const QE_NOT_JUDGED: FindingText = [
  'QE_IDENTITY_NOT_JUDGED',
  'Without statements of the vendor nobody knows whose enclave made the quote.',
  '缺少厂商声明，无法得知证明报告由谁的飞地生成。',
];
const MODULE_NOT_JUDGED: FindingText = [
  'TDX_MODULE_NOT_JUDGED',
  'Without statements of the vendor nobody knows whose TDX module protects the trust domain.',
  '缺少厂商声明，无法得知保护可信域的 TDX 模块由谁提供。',
];

/** What each status means for the step `tcb`. */
const STATUSES: Readonly<Record<TcbStatus, readonly [VerdictStatus, FindingText]>> = {
  UpToDate: ['passed', ['TCB_UP_TO_DATE', 'The platform is up to date.', '平台为最新版本。']],
  SWHardeningNeeded: [
    'indeterminate',
    [
      'TCB_HARDENING_NEEDED',
      'The platform is up to date if the workload itself hardens against known weaknesses.',
      '平台版本有效，但工作负载须自行加固以应对已知弱点。',
    ],
  ],
  ConfigurationNeeded: [
    'indeterminate',
    [
      'TCB_CONFIGURATION_NEEDED',
      'The platform is up to date if it is configured as advised, which the evidence does not show.',
      '平台版本有效，但须按建议配置，而证据无法表明其配置。',
    ],
  ],
  ConfigurationAndSWHardeningNeeded: [
    'indeterminate',
    [
      'TCB_CONFIGURATION_AND_HARDENING_NEEDED',
      'The platform is up to date if configured as advised and the workload hardens itself.',
      '平台版本有效，但须按建议配置且工作负载自行加固。',
    ],
  ],
  OutOfDate: ['failed', ['TCB_TOO_OLD', 'The TCB of the TEE is too old.', 'TEE 的 TCB 版本过低。']],
  OutOfDateConfigurationNeeded: [
    'failed',
    ['TCB_TOO_OLD', 'The TCB of the TEE is too old.', 'TEE 的 TCB 版本过低。'],
  ],
  Revoked: [
    'failed',
    ['TCB_REVOKED', 'The vendor revoked this level of the TCB.', '厂商已吊销该 TCB 级别。'],
  ],
};

/** How the TCB came out, for the claims. @internal */
export interface TcbOutcome {
  /** Undefined when nothing or no level could be judged. */
  readonly status: TcbStatus | undefined;
  readonly advisories: readonly string[];
  readonly evaluationNumber: number | undefined;
  /** A TD started under an older module than runs now would be up to date when started again. */
  readonly relaunchAdvised: boolean;
}

const NOTHING: TcbOutcome = {
  status: undefined,
  advisories: [],
  evaluationNumber: undefined,
  relaunchAdvised: false,
};

/** miscSelect as it stands in the report. */
function littleEndian(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

/** Whether a report is of the enclave that `identity` describes. @internal */
const isEnclave = (report: SgxReportBody, identity: EnclaveIdentity): boolean =>
  equalBytes(report.mrSigner, identity.mrSigner) &&
  report.isvProdId === identity.isvProdId &&
  equalUnderMask(report.attributes, identity.attributes, identity.attributesMask) &&
  equalUnderMask(littleEndian(report.miscSelect), identity.miscSelect, identity.miscSelectMask);

/** Statements about all parts, or `undefined` for a part nobody lists. */
type Levels = readonly (readonly [part: string, level: TcbStatement | undefined])[];

/** The levels of a TD whose module has the versions `teeTcbSvn`; undefined when the module is a stranger. */
function tdxLevels(
  { tcb }: PlatformStatements,
  pck: PckFacts,
  body: TdReportBody,
  teeTcbSvn: Uint8Array,
): Levels | undefined {
  const module = findTdxModule(tcb, body, teeTcbSvn);
  if (module.kind === 'mismatch') return undefined;
  const platform = findTcbLevel(tcb, pck, teeTcbSvn);
  return [['platform', platform], ...(module.kind === 'level' ? [[module.id, module.level] as const] : [])];
}

function combine(levels: Levels): TcbStatus | undefined {
  let status: TcbStatus | undefined;
  for (const [, level] of levels) {
    if (level === undefined) return undefined;
    status = status === undefined ? level.status : worseTcbStatus(status, level.status);
  }
  return status;
}

const describe = ([part, level]: Levels[number]): string =>
  level === undefined ? `${part}=none` : `${part}=${level.status} date=${level.date.toISOString()}`;

/** Would the module that runs now be up to date, when the one the TD started with is not? */
function relaunchAdvised(
  statements: PlatformStatements,
  pck: PckFacts,
  body: TdReportBody,
  qe: Levels[number],
): boolean {
  if (body.teeTcbSvn2 === undefined || equalBytes(body.teeTcbSvn, body.teeTcbSvn2)) return false;
  const now = tdxLevels(statements, pck, body, body.teeTcbSvn2);
  return now !== undefined && combine([...now, qe]) === 'UpToDate';
}

function levelsOf(
  report: ReportBuilder,
  quote: IntelQuote,
  pck: PckFacts,
  statements: PlatformStatements,
): Levels | undefined {
  if (quote.tee === 'sgx') return [['platform', findTcbLevel(statements.tcb, pck)]];
  const levels = tdxLevels(statements, pck, quote.body, quote.body.teeTcbSvn);
  report.check('collateral', levels !== undefined, MODULE_RIGHT, MODULE_WRONG);
  return levels;
}

/**
 * Compares the platform, its quoting enclave and its TDX module with what Intel says of them. Whose
 * enclave or module it is counts under `collateral`, the versions under `tcb`; what nobody described is
 * open under both.
 *
 * @standard Intel SGX/TDX Provisioning Certification Service API v4, TCB info and enclave identity
 * @internal
 */
export function judgeTcb(
  report: ReportBuilder,
  quote: IntelQuote,
  pck: PckFacts | undefined,
  statements: PlatformStatements | undefined,
): TcbOutcome {
  if (statements === undefined || pck === undefined) {
    report.doubt('collateral', QE_NOT_JUDGED);
    if (quote.tee === 'tdx') report.doubt('collateral', MODULE_NOT_JUDGED);
    report.doubt('tcb', NOT_JUDGED);
    return NOTHING;
  }
  const { qeReport } = quote.signature;
  report.check('collateral', isEnclave(qeReport, statements.qe), QE_RIGHT, QE_WRONG);
  const evaluationNumber = Math.min(statements.tcb.evaluationNumber, statements.qe.evaluationNumber);
  const own = levelsOf(report, quote, pck, statements);
  if (own === undefined) {
    report.doubt('tcb', NOT_JUDGED);
    return { ...NOTHING, evaluationNumber };
  }
  const qe = ['quoting-enclave', findSvnLevel(statements.qe.levels, qeReport.isvSvn)] as const;
  const levels = [...own, qe];
  const advisories = [...new Set(levels.flatMap(([, level]) => level?.advisories ?? []))].sort();
  const facts = levels.map(describe).join(' ');
  const detail = advisories.length === 0 ? facts : `${facts} advisories=${advisories.join(',')}`;
  const status = combine(levels);
  if (status === undefined) {
    report.fail('tcb', LEVEL_UNKNOWN, detail);
    return { ...NOTHING, advisories, evaluationNumber };
  }
  const relaunch =
    status !== 'UpToDate' && quote.tee === 'tdx' && relaunchAdvised(statements, pck, quote.body, qe);
  const [outcome, text] = STATUSES[status];
  report.add('tcb', outcome, undefined, text, relaunch ? `${detail} relaunch=advised` : detail);
  return { status, advisories, evaluationNumber, relaunchAdvised: relaunch };
}
