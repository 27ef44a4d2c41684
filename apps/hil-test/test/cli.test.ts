import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HIL_ERRORS } from '../src/errors.ts';
import { LAYERS, trial } from '../src/trial.ts';
import { cli, suiteOf, temporaryFolder } from './support/run.ts';

const folder = temporaryFolder();
const trials = [trial('pki', suiteOf('MUST.a'), 'injected', () => ({ subject: {} }))];

describe('wrong use', () => {
  it.each<[string, string[]]>([
    ['no command', []],
    ['an unknown command', ['runs']],
    ['a command that is a name of every object', ['constructor']],
    ['an unknown option', ['run', '--output', folder]],
    ['a further word', ['run', 'pki']],
    ['an unknown layer', ['run', '--layer', 'pkl']],
    ['a layer that is a name of every object', ['run', '--layer', 'toString']],
    ['a layer without a name', ['run', '--layer']],
    ['an empty folder', ['run', '--out', '']],
    ['two folders', ['run', '--out', folder, '--out', folder]],
    ['a seed that is no hex', ['run', '--seed', 'xyz']],
    ['a seed of half bytes', ['run', '--seed', 'abc']],
    ['an overlong seed', ['run', '--seed', 'ab'.repeat(33)]],
    ['a value for a flag', ['run', '--json=yes']],
    ['vectors without a folder', ['vectors']],
    ['vectors with an unknown engine', ['vectors', '--dir', folder, '--engine', 'openssl']],
    ['vectors with the engine of every object', ['vectors', '--dir', folder, '--engine', '__proto__']],
    ['an option of another command', ['vectors', '--dir', folder, '--seed', 'ab']],
    ['an option that list does not know', ['list', '--layer', 'pki']],
  ])('%s ends with 2 and shows how it is done', async (_, argv) => {
    const { exitCode, out, log } = await cli(argv, { trials: [] });
    expect(exitCode).toBe(2);
    expect(out).toEqual([]);
    expect(log[0]).toMatch(/^ERR_HIL_USAGE: /);
    expect(log[1]).toMatch(/^ERR_HIL_USAGE：命令用法错误。/);
    expect(log.join('\n')).toContain('usage: cssi-hil COMMAND');
  });

  it('with --json gives the error as JSON and nothing else on standard output', async () => {
    const { exitCode, out } = await cli(['run', '--layer', 'nonsense', '--json']);
    expect(exitCode).toBe(2);
    expect(out).toHaveLength(1);
    expect(JSON.parse(out[0]!)).toMatchObject({ error: { code: 'ERR_HIL_USAGE', status: 0x0960 } });
  });

  it('prints no control characters of what it was given', async () => {
    const { log } = await cli(['run', '--layer', '\u001b]0;title\u0007\n'.repeat(2000)]);
    for (const line of log.slice(0, 2)) {
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(line.length).toBeLessThan(500);
    }
  });
});

describe('environment', () => {
  it('a folder that is a file ends with 3 before any suite runs', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    let ran = false;
    const watched = trial('pki', suiteOf('MUST.a'), 'watched', () => {
      ran = true;
      return { subject: {} };
    });
    const { exitCode, log } = await cli(['run', '--out', file], { trials: [watched] });
    expect(exitCode).toBe(3);
    expect(log[0]).toMatch(/^ERR_HIL_REPORT_FOLDER: /);
    expect(ran).toBe(false);
  });

  it('removes the reports of the run before, and nothing else in the folder', async () => {
    const out = join(folder, 'kept');
    mkdirSync(out);
    writeFileSync(join(out, 'notes.txt'), '');
    writeFileSync(join(out, 'junit.xml'), 'old');
    let during: string[] = [];
    const watched = trial('pki', suiteOf('MUST.a'), 'watched', () => {
      during = readdirSync(out);
      return { subject: {} };
    });
    expect((await cli(['run', '--out', out], { trials: [watched] })).exitCode).toBe(0);
    expect(during).toEqual(['notes.txt']);
    expect(readdirSync(out).sort()).toEqual(['junit.xml', 'notes.txt', 'report.html', 'report.json']);
  });
});

describe('help and list', () => {
  it.each([['help'], ['--help'], ['-h'], ['run', '--help'], ['vectors', '-h']])(
    '%s %s ends with 0',
    async (...argv) => {
      const { exitCode, out, log } = await cli(argv);
      expect(exitCode).toBe(0);
      expect(log).toEqual([]);
      for (const name of ['run', 'vectors', 'list']) expect(out.join('\n')).toContain(`cssi-hil ${name} `);
    },
  );

  it('lists every layer, each suite with its number of cases', async () => {
    const { exitCode, out } = await cli(['list', '--json']);
    expect(exitCode).toBe(0);
    const { suites } = JSON.parse(out[0]!) as { suites: { layer: string; subject: string; cases: number }[] };
    expect([...new Set(suites.map(({ layer }) => layer))]).toEqual([...LAYERS]);
    for (const { cases } of suites) expect(cases).toBeGreaterThan(10);
    const { out: lines } = await cli(['list']);
    expect(lines).toHaveLength(suites.length);
    expect(lines[0]).toMatch(/^sm-core: .+ on wasm: \d+ cases$/);
  });

  it('runs one layer only when told so', async () => {
    const { exitCode, log } = await cli(['run', '--layer', 'seal', '--out', join(folder, 'none')], {
      trials,
    });
    // The injected trials have no subject in that layer: a run of nothing is not conformant.
    expect(exitCode).toBe(3);
    expect(log.join('\n')).toContain('NOT conformant: 0 suites');
  });
});

describe('error table', () => {
  it('stays in its part of the block and has both languages', () => {
    for (const [code, { n, en, zh }] of Object.entries(HIL_ERRORS.table)) {
      expect(code).toMatch(/^ERR_HIL_/);
      expect(n).toBeGreaterThanOrEqual(0x60);
      expect(n).toBeLessThanOrEqual(0x7f);
      expect(en).toMatch(/\.$/);
      expect(zh).toMatch(/。$/);
    }
  });
});
