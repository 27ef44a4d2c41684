import type { CaseResult } from '@cssi/sm-core/conformance';
import type { InteropReport, LayerReport, TrialProblem } from '../report.ts';
import { escapeMarkup } from '../text.ts';
import { EMULATED } from './text.ts';

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(6);

const attributes = (values: Readonly<Record<string, string | number>>): string =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeMarkup(String(value))}"`)
    .join('');

const suiteName = ({ layer, suite, subject }: TrialProblem | LayerReport): string =>
  `${layer}: ${suite} on ${subject}`;

function testCase(result: CaseResult, classname: string): string {
  const { id, clause, level, outcome, milliseconds, detail = '' } = result;
  const open = `    <testcase${attributes({ name: id, classname, time: seconds(milliseconds) })}>`;
  const body = {
    pass: '',
    skip: `<skipped${attributes({ message: detail })}/>`,
    fail: `<failure${attributes({ type: level, message: detail })}>${escapeMarkup(`${clause}: ${detail}`)}</failure>`,
  }[outcome];
  return `${open}${body}<system-out>${escapeMarkup(`${level}; ${clause}`)}</system-out></testcase>`;
}

function testSuite(report: LayerReport, timestamp: string): string {
  const name = suiteName(report) + (report.emulated ? ` [${EMULATED}]` : '');
  const classname = `${report.layer}.${report.suite}`;
  const time = seconds(report.results.reduce((sum, { milliseconds }) => sum + milliseconds, 0));
  const counts = {
    tests: report.results.length,
    failures: report.failed,
    errors: 0,
    skipped: report.skipped,
  };
  const properties = {
    specVersion: report.specVersion,
    packageVersion: report.packageVersion,
    subject: report.subject,
    emulated: String(report.emulated),
    seed: report.seed,
  };
  return [
    `  <testsuite${attributes({ name, ...counts, time, timestamp })}>`,
    '    <properties>',
    ...Object.entries(properties).map(
      ([key, value]) => `      <property${attributes({ name: key, value })}/>`,
    ),
    '    </properties>',
    ...report.results.map((result) => testCase(result, classname)),
    '  </testsuite>',
  ].join('\n');
}

/** A problem around a suite is an error of JUnit: neither passed nor failed. */
function errorSuite(trouble: TrialProblem, timestamp: string): string {
  const { layer, suite, problem } = trouble;
  const counts = { tests: 1, failures: 0, errors: 1, skipped: 0 };
  const name = `${suiteName(trouble)} (problem)`;
  return [
    `  <testsuite${attributes({ name, ...counts, time: seconds(0), timestamp })}>`,
    `    <testcase${attributes({ name: 'subject', classname: `${layer}.${suite}`, time: seconds(0) })}>`,
    `      <error${attributes({ type: 'problem', message: problem })}/>`,
    '    </testcase>',
    '  </testsuite>',
  ].join('\n');
}

/** The report as JUnit XML, for continuous integration. Every failed case of any level is a failure. */
export function junitXml(report: InteropReport): string {
  const { summary, reports, problems, started } = report;
  // JUnit wants a local time without zone; UTC serves as such.
  const timestamp = started.replace(/\.\d+Z$|Z$/, '');
  const counts = {
    name: 'cssi-hil',
    tests: summary.passed + summary.failed + summary.skipped + problems.length,
    failures: summary.failed,
    errors: problems.length,
    skipped: summary.skipped,
    time: seconds(report.milliseconds),
  };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes(counts)}>`,
    ...reports.map((each) => testSuite(each, timestamp)),
    ...problems.map((each) => errorSuite(each, timestamp)),
    '</testsuites>',
    '',
  ].join('\n');
}
