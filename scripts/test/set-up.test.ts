import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const run = (script: string, args: readonly string[], env: Record<string, string>) =>
  spawnSync(process.execPath, [join(root, script), ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', ...env },
  });

describe('set-up', () => {
  it('names the right command when npm installs at the root', () => {
    const result = run('scripts/only-pnpm.mjs', [], { npm_config_user_agent: 'npm/11.0.0 node/v20.20.0' });
    expect(result.status).toBe(1);
    expect(result.stderr).toContain('npm start');
    expect(result.stderr).toContain('npm test');
    expect(result.stderr).toContain('pnpm 工作区');
  });

  it('lets pnpm install', () => {
    const result = run('scripts/only-pnpm.mjs', [], {
      npm_config_user_agent: 'pnpm/10.34.9 npm/? node/v20.20.0',
    });
    expect(result.status).toBe(0);
  });

  it('refuses an unknown command with exit code 2 and the list of known ones', () => {
    const result = run('scripts/bootstrap.mjs', ['nonsense'], {});
    expect(result.status).toBe(2);
    expect(result.stderr).toContain('start');
    expect(result.stdout).toBe('');
  });

  it('keeps the root manifest free of dependencies, so that npm fails at once and readably', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, unknown>;
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, unknown>;
    };
    expect(
      manifest.dependencies ?? manifest.devDependencies ?? manifest.optionalDependencies,
    ).toBeUndefined();
    expect(Object.keys(lock.packages)).toEqual(['']);
  });

  it('has no registry or tarball address in the lock file', () => {
    const lock = readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8');
    expect(lock).not.toMatch(/https?:\/\//);
    expect(lock).not.toMatch(/tarball:/);
  });

  it('pins every version exactly', () => {
    const catalog = readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8').split('catalog:')[1] ?? '';
    const versions = [...catalog.matchAll(/^ {2}"?[^":]+"?: (.+)$/gm)].map(([, version]) => version);
    expect(versions.length).toBeGreaterThan(10);
    for (const version of versions) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  });
});
