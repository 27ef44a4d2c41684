import type { CaseResult } from '@cssi/sm-core/conformance';
import { type InteropReport, type LayerReport, type TrialProblem, verdictOf } from '../report.ts';
import { escapeMarkup } from '../text.ts';
import { EMULATED } from './text.ts';

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; color: #1c1c1c; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 2rem; }
th, td { border: 1px solid #ccc; padding: .25rem .6rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { background: #f0f0f0; }
td.number { text-align: right; white-space: nowrap; }
.pass { color: #14691f; } .fail, .problem { color: #a40000; font-weight: bold; } .skip { color: #66560a; }
.emulated { background: #ffe9a8; color: #4a3b00; border-radius: .3rem; padding: 0 .4rem; font-weight: normal; }
section { break-inside: avoid-page; }
`;

/** Words of the report in both languages. */
const OUTCOMES = { pass: 'pass 通过', fail: 'fail 失败', skip: 'skip 跳过' } as const;

const emulatedMark = (emulated: boolean): string =>
  emulated ? ` <span class="emulated">${EMULATED} 模拟</span>` : '';

const cell = (text: string): string => `<td>${escapeMarkup(text)}</td>`;
const number = (value: number): string => `<td class="number">${value}</td>`;
const outcome = (kind: CaseResult['outcome']): string => `<td class="${kind}">${OUTCOMES[kind]}</td>`;

function table(headings: readonly string[], rows: readonly string[]): string {
  const head = headings.map((heading) => `<th scope="col">${heading}</th>`).join('');
  return `<table>\n<thead><tr>${head}</tr></thead>\n<tbody>\n${rows.join('\n')}\n</tbody>\n</table>`;
}

const pairs = (values: readonly (readonly [string, string])[]): string =>
  `<table>\n<tbody>\n${values
    .map(([name, value]) => `<tr><th scope="row">${name}</th>${cell(value)}</tr>`)
    .join('\n')}\n</tbody>\n</table>`;

function overview(report: InteropReport): string {
  const rows = report.reports.map((each, index) => {
    const link = `<a href="#s${index}">${escapeMarkup(each.suite)}</a>`;
    const subject = `<td>${escapeMarkup(each.subject)}${emulatedMark(each.emulated)}</td>`;
    const counts = number(each.passed) + number(each.failed) + number(each.skipped);
    return `<tr>${cell(each.layer)}<td>${link}</td>${subject}${counts}${outcome(verdictOf(each))}</tr>`;
  });
  const headings = [
    'Layer 层',
    'Suite 测试套件',
    'Subject 被测对象',
    'Passed 通过',
    'Failed 失败',
    'Skipped 跳过',
    'Verdict 结论',
  ];
  return `<h2>Suites 测试套件</h2>\n${table(headings, rows)}`;
}

function problemTable(problems: readonly TrialProblem[]): string {
  if (problems.length === 0) return '';
  const rows = problems.map(
    ({ layer, suite, subject, problem }) =>
      `<tr>${cell(layer)}${cell(suite)}${cell(subject)}<td class="problem">${escapeMarkup(problem)}</td></tr>`,
  );
  const headings = ['Layer 层', 'Suite 测试套件', 'Subject 被测对象', 'Problem 问题'];
  return `<h2>Could not run 未能运行</h2>\n${table(headings, rows)}`;
}

function caseRow({ id, clause, level, outcome: kind, milliseconds, detail = '' }: CaseResult): string {
  return `<tr>${cell(id)}${cell(clause)}${cell(level)}${outcome(kind)}${number(milliseconds)}${cell(detail)}</tr>`;
}

function suiteSection(report: LayerReport, index: number): string {
  const { layer, suite, specVersion, packageVersion, subject, emulated } = report;
  const headings = [
    'Case 用例',
    'Clause 条款',
    'Level 级别',
    'Outcome 结果',
    'Time 用时 (ms)',
    'Detail 说明',
  ];
  return [
    `<section id="s${index}">`,
    `<h3>${escapeMarkup(`${layer}: ${suite}`)} · ${escapeMarkup(subject)}${emulatedMark(emulated)}</h3>`,
    `<p>Specification version 规范版本 ${escapeMarkup(specVersion)}, package version 软件包版本 ${escapeMarkup(packageVersion)}</p>`,
    table(headings, report.results.map(caseRow)),
    '</section>',
  ].join('\n');
}

function runFacts(report: InteropReport): string {
  const { tool, started, milliseconds, seed, environment } = report;
  const { processor, processors, memoryGiB, platform, architecture, operatingSystem } = environment;
  return pairs([
    ['Tool 工具', `${tool.name} ${tool.version}`],
    ['Started 开始时间', started],
    ['Duration 用时', `${(milliseconds / 1000).toFixed(1)} s`],
    ['Seed 随机种子', seed],
    ['Machine 机器', `${processor}, ${processors} processors, ${memoryGiB} GiB`],
    ['System 系统', `${platform} ${operatingSystem}, ${architecture}`],
    ['Runtime 运行环境', `Node.js ${environment.node}, OpenSSL ${environment.openssl}`],
  ]);
}

/** The report as one HTML page that loads nothing from anywhere. */
export function htmlPage(report: InteropReport): string {
  const { summary, environment } = report;
  const verdict = summary.conformant
    ? '<span class="pass">conformant 符合</span>'
    : '<span class="fail">not conformant 不符合</span>';
  const packages = Object.entries(environment.packages).map(
    ([name, version]) => `<tr>${cell(name)}${cell(version)}</tr>`,
  );
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<title>CSSI conformance report 符合性测试报告</title>',
    `<style>${STYLE}</style>`,
    '</head>',
    '<body>',
    '<h1>CSSI conformance report 符合性测试报告</h1>',
    `<p>Verdict 结论: ${verdict}. Suites 套件 ${summary.suites}, passed 通过 ${summary.passed}, failed 失败 ${summary.failed} (MUST ${summary.failedMust}), skipped 跳过 ${summary.skipped}, could not run 未能运行 ${summary.problems}.</p>`,
    `<p>A subject marked <span class="emulated">${EMULATED} 模拟</span> stands in for a device; its result says nothing about a real one. 标注“模拟”的对象代替真实设备，其结果不代表真实设备。</p>`,
    runFacts(report),
    problemTable(report.problems),
    overview(report),
    '<h2>Cases 用例</h2>',
    ...report.reports.map(suiteSection),
    '<h2>Packages 软件包</h2>',
    table(['Package 软件包', 'Version 版本'], packages),
    '</body>',
    '</html>',
    '',
  ].join('\n');
}
