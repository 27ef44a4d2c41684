import type { ConformanceReport } from '@cssi/sm-core/conformance';
import { describe, expect, it } from 'vitest';
import { buildReport, type InteropReport, trialVerdict } from '../src/report.ts';
import { escapeMarkup, plain } from '../src/text.ts';
import type { TrialResult } from '../src/trial.ts';
import { htmlPage } from '../src/writers/html.ts';
import { junitXml } from '../src/writers/junit.ts';
import { summaryLine, trialLines } from '../src/writers/text.ts';
import { NOW, SEED } from './support/run.ts';
import { elements, parseXml } from './support/xml.ts';

const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</testcase></testsuite>',
  ']]> <!-- & &amp; &#0; -->',
  'line\nbreak\r\ttab',
  'bell\u0007 nul\u0000 escape\u001b[31m',
  'half \ud800 surrogate, \uffff, \ufffe',
  'turned \u202e around',
  '模拟 &lt; 汉字 😀',
  'long '.repeat(5000),
].join(' | ');

const reportOf = (change: Partial<ConformanceReport> = {}): ConformanceReport => ({
  suite: 'suite',
  specVersion: '1',
  packageVersion: '0.1.0',
  subject: 'subject',
  emulated: false,
  seed: SEED,
  passed: 1,
  failed: 1,
  skipped: 1,
  results: [
    { id: 'a', clause: '§1', level: 'MUST', outcome: 'pass', milliseconds: 1.5 },
    { id: 'b', clause: '§2', level: 'MUST', outcome: 'fail', milliseconds: 2, detail: 'reason' },
    { id: 'c', clause: '§3', level: 'MAY', outcome: 'skip', milliseconds: 0, detail: 'capability x' },
  ],
  ...change,
});

const resultOf = (report: ConformanceReport): TrialResult => ({
  layer: 'pki',
  suite: report.suite,
  subject: report.subject,
  milliseconds: 5,
  report,
});

const interop = (...results: readonly TrialResult[]): InteropReport =>
  buildReport(
    {
      tool: { name: 'cssi-hil', version: '0.1.0' },
      started: NOW.toISOString(),
      milliseconds: 5,
      seed: SEED,
      environment: {
        platform: 'linux',
        architecture: 'x64',
        operatingSystem: '6',
        processor: HOSTILE,
        processors: 2,
        memoryGiB: 8,
        node: '20.20.0',
        openssl: '3',
        packages: { [HOSTILE]: HOSTILE },
      },
    },
    results,
  );

const hostileReport = (): ConformanceReport =>
  reportOf({
    suite: HOSTILE,
    subject: HOSTILE,
    specVersion: HOSTILE,
    packageVersion: HOSTILE,
    emulated: true,
    results: (['pass', 'fail', 'skip'] as const).map((outcome) => ({
      id: `${outcome} ${HOSTILE}`,
      clause: HOSTILE,
      level: 'MUST',
      outcome,
      milliseconds: 1,
      detail: HOSTILE,
    })),
  });

const hostile = (): InteropReport =>
  interop(resultOf(hostileReport()), {
    layer: 'kms',
    suite: HOSTILE,
    subject: HOSTILE,
    milliseconds: 1,
    problem: HOSTILE,
  });

describe('texts of a subject', () => {
  it('are bounded, on one line, and without characters that reports cannot hold', () => {
    const text = plain(HOSTILE);
    expect(text.length).toBeLessThan(2100);
    expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Cn}]/u);
    expect(text).toContain('模拟 &lt; 汉字 😀');
  });

  it('leave no character of markup', () => {
    expect(escapeMarkup(`<a href="x" b='y'>&</a>`)).toBe(
      '&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;&lt;/a&gt;',
    );
    expect(escapeMarkup(HOSTILE)).not.toMatch(/[<>"']/);
  });

  it('cannot move the cursor or start a line on a terminal', () => {
    const lines = trialLines({ ...resultOf(hostileReport()), problem: HOSTILE });
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

describe('JUnit XML', () => {
  it('is well formed and tells every case once', () => {
    const root = parseXml(junitXml(interop(resultOf(reportOf()))));
    expect(root.name).toBe('testsuites');
    expect(root.attributes).toMatchObject({ tests: '3', failures: '1', errors: '0', skipped: '1' });
    const [suite] = elements(root, 'testsuite');
    expect(suite?.attributes).toMatchObject({
      name: 'pki: suite on subject',
      tests: '3',
      failures: '1',
      skipped: '1',
      timestamp: '2026-12-01T00:00:00',
      time: '0.003500',
    });
    const cases = elements(root, 'testcase');
    expect(cases.map(({ attributes }) => attributes.name)).toEqual(['a', 'b', 'c']);
    expect(elements(cases[0]!, 'failure')).toEqual([]);
    expect(elements(cases[1]!, 'failure')[0]?.attributes).toEqual({ type: 'MUST', message: 'reason' });
    expect(elements(cases[2]!, 'skipped')[0]?.attributes).toEqual({ message: 'capability x' });
    expect(elements(cases[1]!, 'system-out')[0]?.text).toBe('MUST; §2');
  });

  it('stays well formed with hostile texts, and keeps their harmless parts', () => {
    const root = parseXml(junitXml(hostile()));
    expect(elements(root, 'testsuite')).toHaveLength(2);
    expect(elements(root, 'testcase')).toHaveLength(4);
    expect(elements(root, 'script')).toEqual([]);
    expect(elements(root, 'failure')[0]?.attributes.message).toContain('<script>alert(1)</script>');
  });

  it('reports a subject that could not run as an error', () => {
    const root = parseXml(
      junitXml(
        interop({ layer: 'kms', suite: 's', subject: 'x', milliseconds: 1, problem: 'ERR_X: no device' }),
      ),
    );
    expect(root.attributes).toMatchObject({ tests: '1', failures: '0', errors: '1' });
    expect(elements(root, 'error')[0]?.attributes.message).toBe('ERR_X: no device');
  });

  it('marks emulated subjects', () => {
    const marked = (emulated: boolean) =>
      elements(parseXml(junitXml(interop(resultOf(reportOf({ emulated }))))), 'testsuite')[0]!;
    expect(marked(true).attributes.name).toBe('pki: suite on subject [emulated]');
    expect(marked(false).attributes.name).not.toContain('emulated');
    const value = elements(marked(true), 'property').find(({ attributes }) => attributes.name === 'emulated');
    expect(value?.attributes.value).toBe('true');
  });
});

describe('HTML page', () => {
  const tags = (html: string) => new Set([...html.matchAll(/<\/?([a-z][a-z0-9]*)/gi)].map(([, tag]) => tag));

  it('has one table per suite with all columns, in both languages', () => {
    const html = htmlPage(interop(resultOf(reportOf()), resultOf(reportOf({ suite: 'other' }))));
    expect(html.match(/<section /g)).toHaveLength(2);
    for (const words of [
      'Case 用例',
      'Clause 条款',
      'Level 级别',
      'Outcome 结果',
      'Time 用时',
      'Detail 说明',
    ]) {
      expect(html.split(words)).toHaveLength(3);
    }
    expect(html).toContain('<td>b</td><td>§2</td><td>MUST</td><td class="fail">fail 失败</td>');
    expect(html).toContain('not conformant 不符合');
  });

  it('holds no markup of a subject, no script, and no address to load from', () => {
    const html = htmlPage(hostile());
    const harmless = tags(htmlPage(interop(resultOf(reportOf()))));
    expect([...tags(html)].filter((tag) => !harmless.has(tag))).toEqual([]);
    expect(html).toContain("default-src 'none'");
    expect(html).not.toMatch(/<(?:script|img|link|iframe|object|base|form)\b/i);
    // Everything in quotes inside a tag is ours: no attribute but these, none that loads or acts.
    const names = [...html.matchAll(/<[a-z][a-z0-9]*((?:\s+[a-z-]+="[^"]*")*)\s*>/g)].flatMap(
      ([, attributes = '']) => [...attributes.matchAll(/\s([a-z-]+)="/g)].map(([, name]) => name),
    );
    const ours = ['lang', 'charset', 'http-equiv', 'content', 'name', 'class', 'id', 'href', 'scope'];
    expect([...new Set(names)].filter((name) => !ours.includes(name!))).toEqual([]);
    for (const [, target] of html.matchAll(/href="([^"]*)"/g)) expect(target).toMatch(/^#s\d+$/);
  });

  it('prints emulated beside every emulated subject, twice, and beside no other', () => {
    const pages = [true, false].map((emulated) => htmlPage(interop(resultOf(reportOf({ emulated })))));
    const marks = pages.map((page) => page.split('subject <span class="emulated">emulated').length - 1);
    expect(marks).toEqual([2, 0]);
  });
});

describe('counts and verdicts', () => {
  it('add up over the suites', () => {
    const { summary } = interop(
      resultOf(reportOf()),
      resultOf(reportOf({ passed: 3, failed: 0, skipped: 0, results: reportOf().results.slice(0, 1) })),
    );
    expect(summary).toEqual({
      suites: 2,
      passed: 4,
      failed: 1,
      failedMust: 1,
      skipped: 1,
      problems: 0,
      conformant: false,
    });
    expect(summaryLine(summary, SEED)).toBe(
      `NOT conformant: 2 suites, 4 cases passed, 1 failed (1 of them MUST), 1 skipped, 0 problems; seed ${SEED}`,
    );
  });

  it('never call a run without suites, or a suite without a required pass, conformant', () => {
    expect(interop().summary.conformant).toBe(false);
    const [pass, , skip] = reportOf().results;
    const all = (result: typeof skip) => trialVerdict(resultOf(reportOf({ results: [result!] })));
    expect(all(pass)).toBe('pass');
    expect(all(skip)).toBe('fail');
    expect(all({ ...pass!, level: 'MAY' })).toBe('fail');
  });
});
