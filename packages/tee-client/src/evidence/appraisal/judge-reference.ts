import type { AttestationClaims, Measurement } from '../../spec/v1/attestation.ts';
import type { FindingText, ReportBuilder } from '../report-builder.ts';
import { digestText } from './digest-text.ts';
import type { DigestText, MeasurementRule } from './policy.ts';
import type { ReferenceStore } from './reference-values.ts';

const MATCHES: FindingText = [
  'MEASUREMENT_MATCHES',
  'The measurement is an accepted one.',
  '度量值与参考值相符。',
];
const MISMATCH: FindingText = [
  'MEASUREMENT_MISMATCH',
  'The measurement is not the expected one.',
  '度量值与参考值不符。',
];
const MISSING: FindingText = [
  'MEASUREMENT_MISSING',
  'The evidence has no such measurement.',
  '证据不含该度量值。',
];
const REVOKED: FindingText = [
  'MEASUREMENT_REVOKED',
  'The measurement is of something that was withdrawn.',
  '该度量值对应的内容已被撤销。',
];
const NO_REFERENCE: FindingText = [
  'REFERENCE_MISSING',
  'There is no reference value to compare with.',
  '没有可供比较的参考值。',
];
const OUTDATED: FindingText = [
  'REFERENCE_OUTDATED',
  'The reference values are not in force at this time.',
  '参考值此时不在有效期内。',
];
const NOT_COMPARED: FindingText = [
  'MEASUREMENTS_NOT_COMPARED',
  'No measurement was compared: the TEE is genuine, what runs in it is not known.',
  '未比较任何度量值：TEE 真实，但其中运行的内容未知。',
];

const isAbout = ({ by, of }: MeasurementRule, { name, role }: Measurement): boolean =>
  (by === 'name' ? name : role) === of;

/**
 * A program of an IMA list that its file name alone makes a hypervisor. Whoever names an implant so must
 * not get it past a rule on all workloads.
 */
const isNamedHypervisor = ({ name, role }: Measurement): boolean =>
  role === 'hypervisor' && name.startsWith('ima:');

/** Measurements a rule is about, by their names. */
function selected(
  claims: AttestationClaims,
  rule: MeasurementRule,
  rules: readonly MeasurementRule[],
): readonly (readonly Measurement[])[] {
  const groups = new Map<string, Measurement[]>();
  const all = rule.by === 'role' && rule.of === 'workload';
  for (const measurement of claims.measurements) {
    const also = all && isNamedHypervisor(measurement) && !rules.some((one) => isAbout(one, measurement));
    if (!also && !isAbout(rule, measurement)) continue;
    const group = groups.get(measurement.name);
    if (group === undefined) groups.set(measurement.name, [measurement]);
    else group.push(measurement);
  }
  return [...groups.values()];
}

/**
 * One name may be measured by several algorithms (banks). Those that there are accepted values of
 * have to have one of them, and at least one such has to be there.
 */
function accepted(group: readonly Measurement[], values: ReadonlySet<DigestText>): boolean {
  const algorithms = new Set([...values].map((text) => text.slice(0, text.indexOf(':'))));
  const comparable = group.filter(({ algorithm }) => algorithms.has(algorithm));
  return comparable.length > 0 && comparable.every((measurement) => values.has(digestText(measurement)));
}

function judgeRule(
  report: ReportBuilder,
  claims: AttestationClaims,
  rule: MeasurementRule,
  rules: readonly MeasurementRule[],
  reference: ReferenceStore | undefined,
  time: Date,
): void {
  const detail = `${rule.by}=${JSON.stringify(rule.of)}`;
  const groups = selected(claims, rule, rules);
  if (groups.length === 0) {
    report.fail('reference', MISSING, detail);
    return;
  }
  const withdrawn = groups.flat().find((measurement) => reference?.isRevoked(digestText(measurement)));
  if (withdrawn !== undefined) {
    report.fail('reference', REVOKED, `${detail} value=${digestText(withdrawn)}`);
    return;
  }
  const found = reference?.measurement(claims.type, rule.by, rule.of, time);
  const values = new Set(rule.accept ?? found?.values);
  if (values.size === 0 && rule.accept === null) {
    report.doubt('reference', found?.outdated === true ? OUTDATED : NO_REFERENCE, detail);
    return;
  }
  const wrong = groups.find((group) => !accepted(group, values));
  if (wrong === undefined) report.pass('reference', MATCHES, detail);
  else report.fail('reference', MISMATCH, `${detail} value=${wrong.map(digestText).join(',')}`);
}

/** Compares measurements with what the rules accept. @internal */
export function judgeMeasurements(
  report: ReportBuilder,
  claims: AttestationClaims,
  rules: readonly MeasurementRule[],
  reference: ReferenceStore | undefined,
  time: Date,
): void {
  for (const rule of rules) judgeRule(report, claims, rule, rules, reference, time);
  // What an issuer withdrew is refused also where no rule asks for it.
  const others = claims.measurements.filter((one) => !rules.some((rule) => isAbout(rule, one)));
  const withdrawn = others.find((one) => reference?.isRevoked(digestText(one)));
  if (withdrawn !== undefined) {
    const detail = `name=${JSON.stringify(withdrawn.name)} value=${digestText(withdrawn)}`;
    report.fail('reference', REVOKED, detail);
  }
  if (rules.length === 0) report.doubt('reference', NOT_COMPARED);
}
