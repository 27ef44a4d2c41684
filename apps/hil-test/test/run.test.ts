import { readdirSync } from 'node:fs';
import { isIP, Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TRIALS } from '../src/subjects/index.ts';
import { LAYERS } from '../src/trial.ts';
import { cli, type Ended, NOW, reportsIn, SEED, temporaryFolder } from './support/run.ts';
import { elements, parseXml } from './support/xml.ts';

const PATIENCE = 600_000;

describe('one layer', () => {
  it('runs end to end, the same twice for one seed', async () => {
    const ids = [];
    for (const _ of [1, 2]) {
      const out = temporaryFolder();
      const argv = ['run', '--layer', 'pki', '--seed', SEED, '--out', out, '--json'];
      const { exitCode, out: printed, log } = await cli(argv);
      expect(exitCode).toBe(0);
      const { json } = reportsIn(out);
      expect(JSON.parse(printed.join('\n'))).toEqual(json);
      expect(json).toMatchObject({ seed: SEED, started: NOW.toISOString(), reportVersion: '1' });
      expect(json.environment.packages['@cssi/pki']).toMatch(/^\d+\.\d+\.\d+$/);
      expect(json.environment.node).toBe(process.versions.node);
      expect(log.filter((line) => line.startsWith('pass pki: '))).toHaveLength(6);
      ids.push(json.reports.flatMap(({ results }) => results.map(({ id, outcome }) => [id, outcome])));
    }
    expect(ids[0]).toEqual(ids[1]);
  });
});

// The workers of the TEE and of the database run from dist: `tsc -b` first.
describe('all layers', { timeout: PATIENCE }, () => {
  const out = temporaryFolder();
  const hosts = new Set<string>();
  const workplace = temporaryFolder();
  let ended: Ended;

  beforeAll(async () => {
    vi.stubEnv('TMPDIR', workplace);
    const connect = Socket.prototype.connect;
    vi.spyOn(Socket.prototype, 'connect').mockImplementation(function (this: Socket, ...args: unknown[]) {
      const [first] = args.flat() as { host?: string; path?: string }[];
      hosts.add(first?.path ?? first?.host ?? 'unknown');
      return (connect as (...all: unknown[]) => Socket).apply(this, args);
    });
    ended = await cli(['run', '--out', out, '--seed', SEED]);
    for (const line of ended.log) console.info(line);
  }, PATIENCE);
  afterAll(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });

  it('passes on every subject, in three forms of report [part of CSSI-008]', () => {
    const { json, xml, html } = reportsIn(out);
    expect(json.problems).toEqual([]);
    expect(
      json.reports.flatMap(({ results }) => results.filter(({ outcome }) => outcome === 'fail')),
    ).toEqual([]);
    expect(ended.exitCode).toBe(0);
    expect(json.summary).toMatchObject({ suites: TRIALS.length, failed: 0, problems: 0, conformant: true });
    expect([...new Set(json.reports.map(({ layer }) => layer))]).toEqual([...LAYERS]);
    const cases = json.reports.reduce((sum, { results }) => sum + results.length, 0);
    expect(elements(parseXml(xml), 'testcase')).toHaveLength(cases);
    expect(html.match(/<section /g)).toHaveLength(TRIALS.length);
  });

  it('runs one suite on subjects of different technology with the same results [part of CSSI-008]', () => {
    const { reports } = reportsIn(out).json;
    const outcomes = (suite: string) =>
      reports
        .filter((report) => report.suite === suite)
        .map(({ results }) => new Map(results.map(({ id, outcome }) => [id, outcome])));
    for (const suite of new Set(reports.map((report) => report.suite))) {
      const [first, ...others] = outcomes(suite);
      for (const other of others) {
        expect([...other.keys()]).toEqual([...first!.keys()]);
        // A case may be skipped for a missing capability; what both ran ended the same way.
        for (const [id, outcome] of other) {
          if (outcome !== 'skip' && first!.get(id) !== 'skip') expect(outcome).toBe(first!.get(id));
        }
      }
    }
    expect(outcomes('pki.certificate-signer').length).toBeGreaterThanOrEqual(3);
  });

  it('reports the compliance of the algorithms in a form for machines [EDGE-062]', () => {
    const { reports, seed } = reportsIn(out).json;
    const engines = reports.filter(({ layer }) => layer === 'sm-core');
    expect(engines.map(({ subject, failed }) => [subject, failed])).toEqual([
      ['wasm', 0],
      ['wasm-scalar', 0],
      ['noble', 0],
      ['node', 0],
      ['sm-crypto', 0],
    ]);
    for (const algorithm of ['sm2', 'sm3', 'sm4']) {
      for (const { results } of engines.filter(({ subject }) => subject !== 'node' || algorithm !== 'sm2')) {
        const passed = results.filter(({ id, outcome }) => id.startsWith(algorithm) && outcome === 'pass');
        expect(passed.length).toBeGreaterThan(5);
        for (const { clause } of passed) expect(clause).not.toBe('');
      }
    }
    expect(engines[0]?.seed).toBe(seed);
    expect(engines[0]?.skipped).toBe(0);
  });

  it('prints emulated beside every subject that stands in for a device', () => {
    const { reports } = reportsIn(out).json;
    const onTee = (subject: string) => subject.includes('software TEE');
    for (const { subject, emulated } of reports) if (onTee(subject)) expect(emulated).toBe(true);
    for (const { layer, emulated } of reports) {
      if (['sm-core', 'pki', 'seal', 'model-transfer'].includes(layer)) expect(emulated).toBe(false);
    }
    const lines = ended.log.filter((line) => line.startsWith('pass '));
    expect(lines).toHaveLength(reports.length);
    for (const line of lines) if (onTee(line)) expect(line).toContain('[emulated]');
  });

  it('needs no network: calls leave for the loopback interface only [part of EDGE-065]', () => {
    expect(hosts.size).toBeGreaterThan(0);
    for (const host of hosts) expect(isIP(host) === 4 && host.startsWith('127.')).toBe(true);
  });

  it('leaves no temporary folder', () => {
    expect(readdirSync(workplace)).toEqual([]);
  });

  it('puts no path of this machine into the reports', () => {
    const { json, xml, html } = reportsIn(out);
    const root = join(import.meta.dirname, '../../..');
    for (const text of [JSON.stringify(json), xml, html]) {
      expect(text).not.toContain(root);
      expect(text).not.toContain(workplace);
    }
  });
});
