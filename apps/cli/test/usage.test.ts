import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { printable } from '../src/run.ts';
import { AT_NOW, cssi, cssiJson, temporaryFolder } from './support/cli.ts';

const folder = temporaryFolder();
const text = join(folder, 'text.txt');
writeFileSync(text, 'not what you think');

describe('wrong use', () => {
  it.each([
    [[]],
    [['nothing']],
    [['pki']],
    [['pki', 'nothing']],
    [['toString', 'call']],
    [['pki', '__proto__']],
  ])('shows the help on standard error: %j', async (argv) => {
    const { exitCode, out, err } = await cssi(...argv);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    expect(err).toMatch(/^usage: cssi GROUP COMMAND/);
  });

  it.each<[string, string[]]>([
    ['a missing file', ['pki', 'inspect']],
    ['a file too many', ['pki', 'inspect', text, text]],
    ['an unknown option', ['pki', 'inspect', text, '--colour']],
    ['an option without its value', ['pki', 'verify', text, '--anchor']],
    ['a time of another form', ['pki', 'verify', text, '--time', 'yesterday']],
    ['a number as time', ['pki', 'verify', text, '--time', '1']],
    ['an unknown key usage', ['pki', 'verify', text, '--usage', 'everything']],
    ['missing evidence', ['ta', 'verify']],
    ['a nonce that is no hex', ['ta', 'verify', text, '--nonce', 'xyz']],
    ['a long nonce', ['ta', 'verify', text, '--nonce', '00'.repeat(65)]],
    ['a short measurement', ['ta', 'verify', text, '--nonce', '00'.repeat(32), '--measurement', 'aa']],
    ['an age that is no number', ['ta', 'verify', text, '--nonce', '00'.repeat(32), '--max-age', 'old']],
    ['a missing server', ['kms', 'keys', '--credential', text]],
    ['an argument where none belongs', ['kms', 'keys', 'all']],
    ['plain HTTP', ['kms', 'keys', '--server', 'http://localhost', '--ca', text, '--credential', text]],
    ['no address at all', ['kms', 'keys', '--server', 'localhost', '--ca', text, '--credential', text]],
    [
      'a CA file without a certificate',
      ['kms', 'keys', '--server', 'https://localhost', '--ca', text, '--credential', text],
    ],
    ['a malformed link', ['kms', 'activate', 'https://localhost/activate#x', '--ca', text, '--out', text]],
    [
      'a link of plain HTTP',
      ['kms', 'activate', `http://localhost/activate#u.${'A'.repeat(43)}`, '--ca', text, '--out', text],
    ],
    ['a missing package', ['model', 'receive']],
  ])('ends with 2 and says how it is used: %s', async (_what, argv) => {
    const plain = await cssi(...argv);
    expect(plain, plain.err).toMatchObject({ exitCode: 2, out: '' });
    expect(plain.err).toMatch(/^ERR_CLI_(?:USAGE|LINK): .*\nERR_CLI_(?:USAGE|LINK)：.*[\u4e00-\u9fff]/);
    if (plain.err.startsWith('ERR_CLI_USAGE'))
      expect(plain.err).toContain(`usage: cssi ${argv[0]} ${argv[1]} `);
    const { exitCode, json, err } = await cssiJson(...argv);
    expect(exitCode).toBe(2);
    expect(json).toMatchObject({
      error: { code: expect.stringMatching(/^ERR_CLI_/), status: expect.any(Number) },
    });
    expect(err).toContain('ERR_CLI_');
  });
});

describe('help', () => {
  it.each(['help', '--help', '-h'])('is not wrong use: %s', async (word) => {
    const { exitCode, out, err } = await cssi(word);
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    for (const group of ['pki', 'ta', 'kms', 'seal', 'model', 'audit'])
      expect(out).toContain(`cssi ${group} `);
  });
});

describe('files', () => {
  const missing = join(folder, 'missing');
  const large = join(folder, 'large');
  writeFileSync(large, Buffer.alloc((1 << 20) + 1));
  mkdirSync(join(folder, 'a-folder'));
  it.each<[string, string[]]>([
    ['missing', ['pki', 'inspect', missing]],
    ['a folder', ['pki', 'inspect', join(folder, 'a-folder')]],
    ['too large', ['pki', 'inspect', large]],
    ['a missing anchor', ['seal', 'verify', text, '--anchor', missing]],
    ['a missing seal', ['seal', 'verify', missing, ...AT_NOW]],
    ['a missing package', ['model', 'verify', missing, ...AT_NOW]],
    ['a missing log', ['audit', 'verify', missing]],
    ['a missing checkpoint', ['audit', 'verify', folder, '--checkpoint', missing]],
    [
      'a missing CA file',
      ['kms', 'keys', '--server', 'https://localhost', '--ca', missing, '--credential', text],
    ],
  ])('end with 3 when the environment is at fault: %s', async (_what, argv) => {
    const { exitCode, json } = await cssiJson(...argv);
    expect(json.error?.code, JSON.stringify(json)).toMatch(/^ERR_/);
    expect(exitCode).toBe(3);
  });

  it.each<[string, string[]]>([
    ['certificate', ['pki', 'inspect', text]],
    ['seal', ['seal', 'inspect', text]],
    ['sealed document or seal', ['seal', 'verify', text, ...AT_NOW]],
    ['package', ['model', 'verify', text, ...AT_NOW]],
    ['evidence', ['ta', 'verify', text, '--nonce', '00'.repeat(32)]],
    ['checkpoint', ['audit', 'verify', folder, '--checkpoint', text]],
  ])('end with 1 and a code when they are no %s', async (_what, argv) => {
    const { exitCode, json } = await cssiJson(...argv);
    expect(exitCode, JSON.stringify(json)).toBe(1);
    expect(json).toMatchObject({
      error: { code: expect.stringMatching(/^ERR_/), messageZh: expect.any(String) },
    });
  });
});

describe('the terminal', () => {
  it('is not steered by names out of files', () => {
    expect(printable('key \u001b[31mred\u0007 \u009b2J\tend\nnext')).toBe(
      'key \ufffd[31mred\ufffd \ufffd2J\ufffdend\nnext',
    );
    expect(printable('密钥 𠮷')).toBe('密钥 𠮷');
  });
});

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
describe.skipIf(!existsSync(main))('the program', () => {
  const program = (...argv: string[]) => spawnSync(process.execPath, [main, ...argv], { encoding: 'utf8' });
  it('hands exit codes and both streams on', () => {
    expect(program('help')).toMatchObject({ status: 0, stderr: '' });
    expect(program('nothing')).toMatchObject({ status: 2, stdout: '' });
    const refused = program('seal', 'inspect', text, '--json');
    expect(refused.status).toBe(1);
    expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: expect.any(String) } });
    expect(program('pki', 'inspect', join(folder, 'missing'))).toMatchObject({ status: 3, stdout: '' });
  });
});
