import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from './support/folders.ts';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const folder = temporaryFolder();

function server(argv: string[], environment: Record<string, string> = {}) {
  const { PATH = '' } = process.env;
  const options = { cwd: folder, encoding: 'utf8', env: { PATH, ...environment }, timeout: 30_000 } as const;
  return spawnSync(process.execPath, [main, ...argv], options);
}

describe.skipIf(!existsSync(main))('the server program', () => {
  it('explains itself', () => {
    const { status, stdout } = server(['--help']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^usage: cssi-server /);
  });

  it.each<[string, string[], Record<string, string>]>([
    ['an unknown option', ['--verbose'], {}],
    ['a missing configuration', ['--config', 'none.json'], {}],
    ['a wrong port', [], { CSSI_PORT: 'https' }],
  ])('ends with 2 and a code for %s', (_what, argv, environment) => {
    const { status, stdout, stderr } = server(argv, environment);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^ERR_APP_(?:USAGE|CONFIG_INVALID): .*\nERR_APP_\w+：.*[\u4e00-\u9fff]/);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('ends with 3 and a code when its data folder cannot be used', () => {
    writeFileSync(join(folder, 'a-file'), '');
    const { status, stderr } = server([], { CSSI_DATA_DIR: join(folder, 'a-file') });
    expect(status).toBe(3);
    expect(stderr).toMatch(/^ERR_APP_DATA_FOLDER: /);
  });
});
