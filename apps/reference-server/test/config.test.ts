import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../src/config.ts';
import { codeOf } from './support/codes.ts';
import { temporaryFolder } from './support/folders.ts';

const folder = temporaryFolder();

function fileOf(content: unknown): { configFile: string } {
  const configFile = join(folder, 'cssi.config.json');
  writeFileSync(configFile, typeof content === 'string' ? content : JSON.stringify(content));
  return { configFile };
}

describe('configuration', () => {
  it('has loopback defaults', () => {
    expect(loadConfig({}, fileOf({}))).toEqual({
      host: '127.0.0.1',
      port: 8443,
      healthPort: 9464,
      dataDir: resolve('data'),
      publicNames: [],
      checkpointCopy: undefined,
      readyFile: undefined,
    });
  });

  it('reads every field of the file', () => {
    const file = {
      host: '0.0.0.0',
      port: 0,
      healthPort: 1,
      dataDir: '/srv/cssi',
      publicNames: ['kms.example', '10.0.0.1', '::1'],
      checkpointCopy: '/mnt/other-host/checkpoints.jsonl',
    };
    expect(loadConfig({}, fileOf(file))).toEqual({ ...file, readyFile: undefined });
  });

  it('lets the environment win', () => {
    const config = loadConfig(
      {
        CSSI_HOST: '::1',
        CSSI_PORT: '9000',
        CSSI_HEALTH_PORT: '9001',
        CSSI_DATA_DIR: '/srv/b',
        CSSI_PUBLIC_NAMES: 'a.example, 10.0.0.2',
        CSSI_CHECKPOINT_COPY: '/mnt/b.jsonl',
      },
      fileOf({ host: '0.0.0.0', port: 1, healthPort: 2, dataDir: '/srv/a', publicNames: ['c.example'] }),
    );
    expect(config).toMatchObject({
      host: '::1',
      port: 9000,
      healthPort: 9001,
      dataDir: '/srv/b',
      publicNames: ['a.example', '10.0.0.2'],
      checkpointCopy: '/mnt/b.jsonl',
    });
  });

  it.each([
    ['an unknown field', { prot: 8443 }],
    ['a list', []],
    ['null', null],
    ['a port of the wrong type', { port: true }],
    ['a port with a fraction', { port: 84.43 }],
    ['a port above the range', { port: 65_536 }],
    ['a negative health port', { healthPort: -1 }],
    ['an empty host', { host: '' }],
    ['a host with a space', { host: 'a b' }],
    ['an empty data folder', { dataDir: '' }],
    ['a data folder that is no text', { dataDir: 7 }],
    ['names of the wrong type', { publicNames: [1] }],
    ['a name with a slash', { publicNames: ['a/b'] }],
    ['an empty name', { publicNames: [''] }],
    ['too many names', { publicNames: Array.from({ length: 33 }, (_, i) => `n${i}`) }],
    ['an empty checkpoint copy', { checkpointCopy: '' }],
    ['more than 64 KiB', { dataDir: 'x'.repeat(65 * 1024) }],
  ])('refuses %s', async (_title, content) => {
    expect(await codeOf(() => loadConfig({}, fileOf(content)))).toBe('ERR_APP_CONFIG_INVALID');
  });

  it.each(['', '{', '{"port":8443,}', '\ufeff{}'])('refuses %j, which is no JSON', async (content) => {
    expect(await codeOf(() => loadConfig({}, fileOf(content)))).toBe('ERR_JSON_MALFORMED');
  });

  it.each([
    { CSSI_PORT: '' },
    { CSSI_PORT: 'https' },
    { CSSI_PORT: '0x1f' },
    { CSSI_PORT: '99999' },
    { CSSI_HEALTH_PORT: '-1' },
    { CSSI_HOST: '' },
    { CSSI_PUBLIC_NAMES: 'a,,b' },
    { CSSI_CHECKPOINT_COPY: '' },
  ])('refuses the environment %j', async (environment) => {
    expect(await codeOf(() => loadConfig(environment, fileOf({})))).toBe('ERR_APP_CONFIG_INVALID');
  });

  it('refuses a named file that is missing or a folder', async () => {
    for (const configFile of [join(folder, 'none.json'), folder]) {
      expect(await codeOf(() => loadConfig({}, { configFile }))).toBe('ERR_APP_CONFIG_INVALID');
    }
  });
});
