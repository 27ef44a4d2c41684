import { isAccepted, type JsonValue, toHex, type Verdict, type VerdictStatus } from '@cssi/sm-core';
import {
  ATTESTATION_STEPS,
  type AttestationClaims,
  type AttestationStep,
  type AttestationStepName,
  type AttestationVerdict,
  type AttestedDeployment,
  type EvidenceType,
} from '@cssi/tee-client/evidence';
import { EXIT, type Outcome } from '../command.ts';
import {
  around,
  type Entry,
  entry,
  entryLinesOf,
  group,
  type Label,
  type Language,
  label,
  words,
} from '../pki/entry.ts';

const TYPES: Readonly<Record<EvidenceType, Label>> = {
  software: label('软件 TEE 证据', 'evidence of the software TEE'),
  csv: label('海光 CSV 证明报告', 'Hygon CSV attestation report'),
  sgx: label('Intel SGX 引证', 'Intel SGX quote'),
  tdx: label('Intel TDX 引证', 'Intel TDX quote'),
  'sev-snp': label('AMD SEV-SNP 证明报告', 'AMD SEV-SNP attestation report'),
  cca: label('Arm CCA 令牌', 'Arm CCA token'),
  nitro: label('AWS Nitro 证明文档', 'AWS Nitro attestation document'),
  tpm: label('TPM 2.0 引证', 'TPM 2.0 quote'),
  tcm: label('TCM 引证', 'TCM quote'),
  'event-log': label('度量启动事件日志', 'measured-boot event log'),
};

const STATUSES: Readonly<Record<VerdictStatus, Label>> = {
  passed: label('通过', 'passed'),
  failed: label('失败', 'failed'),
  indeterminate: label('无法判定', 'indeterminate'),
};

const ASPECTS: Readonly<Record<keyof Verdict, Label>> = {
  integrity: label('完整性', 'integrity'),
  trust: label('信任', 'trust'),
  time: label('时间', 'time'),
};

const STEPS: Readonly<Record<AttestationStepName, Label>> = {
  format: label('编码格式', 'format'),
  certificates: label('证书', 'certificates'),
  chain: label('证书链', 'chain'),
  revocation: label('吊销', 'revocation'),
  collateral: label('厂商声明', 'collateral'),
  signature: label('签名', 'signature'),
  binding: label('绑定关系', 'binding'),
  'event-log': label('事件日志', 'event log'),
  freshness: label('新鲜性', 'freshness'),
  validity: label('有效期', 'validity'),
  tcb: label('可信计算基', 'TCB'),
  reference: label('参考值', 'reference values'),
  configuration: label('配置', 'configuration'),
};

const DEPLOYMENTS: Readonly<Record<AttestedDeployment, Label>> = {
  'trusted-application': label('可信应用', 'trusted application'),
  enclave: label('飞地', 'enclave'),
  'virtual-machine': label('虚拟机', 'virtual machine'),
  container: label('容器', 'container'),
  platform: label('平台', 'platform'),
};

const STATES: Readonly<Record<string, Label>> = {
  active: label('启用', 'active'),
  none: label('未启用', 'none'),
  disabled: label('禁止', 'disabled'),
  enabled: label('允许', 'enabled'),
  attested: label('仅限已证明的目标', 'attested targets only'),
  unrestricted: label('不受限', 'unrestricted'),
  unknown: label('证据未说明', 'not stated'),
};

const YES = label('是', 'yes');
const NO = label('否', 'no');

const plain = (value: unknown): JsonValue =>
  JSON.parse(
    JSON.stringify(value, (_, item: unknown) => (item instanceof Uint8Array ? toHex(item) : item)),
  ) as JsonValue;

/** How often each of these codes stands there, in order of first appearance. */
function codeCounts(steps: readonly AttestationStep[]): string {
  const counts = new Map<string, number>();
  for (const { code } of steps) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts].map(([code, count]) => (count === 1 ? code : `${code} ×${count}`)).join(', ');
}

/** One line for each finding that is not well; several that are, of one step, share a line. */
function stepEntries(steps: readonly AttestationStep[]): Entry[] {
  return ATTESTATION_STEPS.flatMap((name) => {
    const own = steps.filter(({ step }) => step === name);
    const passed = own.filter(({ status }) => status === 'passed');
    const rest = own.filter(({ status }) => status !== 'passed');
    if (passed.length < 2) return own.map(stepEntry);
    const value = around(STATUSES.passed, '', ` ${codeCounts(passed)}`);
    return [{ label: STEPS[name], value }, ...rest.map(stepEntry)];
  });
}

const stepEntry = ({ step, status, code, en, zh, detail }: AttestationStep): Entry => ({
  label: STEPS[step],
  // The code between the two words of its status and the two of its text, one line in every language.
  value: [
    around(STATUSES[status], '', ` ${code}`),
    { ...label(zh, en), ...(detail === undefined ? {} : { after: ` (${detail})` }) },
  ],
});

const list = (items: readonly string[]): string => items.join(', ');

function claimEntries(claims: AttestationClaims): Entry[] {
  const { memoryEncryption, debug, migration, device, versions, measurements, issuedAt } = claims;
  return [
    ...entry(label('格式', 'format'), claims.format),
    ...entry(label('部署形态', 'deployment'), DEPLOYMENTS[claims.deployment]),
    ...entry(label('模拟环境', 'emulated'), claims.emulated ? YES : NO),
    ...entry(label('报告数据', 'report data'), toHex(claims.reportData) || undefined),
    ...entry(label('设备标识', 'device'), device === undefined ? undefined : toHex(device)),
    ...entry(label('签发时间', 'issued'), issuedAt?.toISOString()),
    ...entry(label('内存加密', 'memory encryption'), STATES[memoryEncryption]),
    ...entry(label('调试', 'debugging'), STATES[debug]),
    ...entry(label('迁移', 'migration'), STATES[migration]),
    ...entry(label('须信任的软件', 'trusted software'), list(claims.trustedSoftware) || undefined),
    ...entry(label('被隔离的特权软件', 'software kept out'), list(claims.untrustedSoftware) || undefined),
    ...group(
      label('组件版本', 'versions'),
      versions.map(({ name, value }) => ({ label: name, value: String(value) })),
    ),
    ...group(
      label('度量值', 'measurements'),
      measurements.map(({ name, role, algorithm, value }) => ({
        label: `${name} (${role})`,
        value: `${algorithm}:${toHex(value)}`,
      })),
    ),
  ];
}

/** A verdict on evidence for people and for programs; exit code 0 only when every aspect passed. */
export function attestationOutcome(
  verdict: AttestationVerdict,
  language: Language,
  extra: Readonly<Record<string, JsonValue>> = {},
  passedOver: readonly string[] = [],
): Outcome {
  const { claims, steps, integrity, trust, time } = verdict;
  const accepted = isAccepted(verdict);
  const shown: Entry[] = [
    { label: label('证据类型', 'evidence'), value: TYPES[claims.type] },
    ...Object.entries({ integrity, trust, time }).map(([name, { status }]) => ({
      label: ASPECTS[name as keyof Verdict],
      value: STATUSES[status],
    })),
    ...group(label('步骤', 'steps'), stepEntries(steps)),
    ...group(label('声明', 'claims'), claimEntries(claims)),
    ...entry(label('未使用的文件', 'files passed over'), passedOver),
  ];
  return {
    exitCode: accepted ? EXIT.done : EXIT.negative,
    json: {
      accepted,
      type: claims.type,
      verdict: plain({ integrity, trust, time }),
      steps: plain(steps),
      claims: plain(claims),
      ...extra,
      ...(passedOver.length === 0 ? {} : { passedOver }),
    },
    lines: [
      words(accepted ? label('接受', 'accepted') : label('不接受', 'not accepted'), language),
      ...entryLinesOf(shown, language),
    ],
  };
}
