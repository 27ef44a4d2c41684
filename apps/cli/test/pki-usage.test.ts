import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { pki } from '../src/commands/pki/index.ts';
import { cssi, cssiJson } from './support/cli.ts';
import { desk, failure, TIME } from './support/pki.ts';

const { path, root, leaf } = desk();
type Files = { certificate: string; key: string };
let ca: Files;
let person: Files;
beforeAll(async () => {
  ca = await root('ca', 'CN=ca');
  person = await leaf(ca, 'person', 'person');
  writeFileSync(path('text'), 'text');
  mkdirSync(path('folder'));
});

const NAMES = Object.keys(pki);

describe('every command of pki', () => {
  it.each(NAMES)('is wrong use without arguments: %s', async (name) => {
    const words = name.split(' ');
    const plain = await cssi('pki', ...words);
    expect(plain, plain.err).toMatchObject({ exitCode: 2, out: '' });
    expect(plain.err).toContain(`usage: cssi pki ${name} `);
    expect(plain.err).toMatch(/ERR_CLI_USAGE：.*[\u4e00-\u9fff]/);
    expect(await failure(...words)).toEqual([2, 'ERR_CLI_USAGE']);
  });

  it.each(NAMES)('is wrong use with an option that it does not have: %s', async (name) => {
    expect(await failure(...name.split(' '), '--colour')).toEqual([2, 'ERR_CLI_USAGE']);
  });

  it.each(NAMES)('explains itself in both languages: %s', async (name) => {
    const { exitCode, out } = await cssi('help', 'pki', ...name.split(' '));
    expect(exitCode).toBe(0);
    expect(out).toContain(`usage: cssi pki ${name} ${pki[name]!.synopsis}`);
    expect(pki[name]!.summary).toMatch(/[\u4e00-\u9fff]$/);
    for (const option of out.matchAll(/^ {2}(--[a-z-]+)/gm)) {
      expect(Object.keys(pki[name]!.options), option[1]).toContain(option[1]!.slice(2));
    }
    for (const option of pki[name]!.synopsis.matchAll(/--([a-z-]+)/g)) {
      expect(Object.keys(pki[name]!.options), option[1]).toContain(option[1]);
    }
  });
});

describe('wrong use', () => {
  const self = () => ['issue', '--self', '--key', ca.key, '--subject', 'CN=x', '--out', path('n')];
  it.each<[string, () => string[]]>([
    ['a language', () => ['inspect', ca.certificate, '--lang', 'de']],
    ['a number of entries', () => ['inspect', ca.certificate, '--entries', 'many']],
    ['a time', () => ['inspect', ca.certificate, '--time', 'today']],
    ['a purpose', () => ['verify', ca.certificate, '--purpose', 'everything']],
    ['a policy', () => ['verify', ca.certificate, '--policy', 'x']],
    ['a scope of revocation', () => ['verify', ca.certificate, '--revocation', 'some']],
    ['a signer ID', () => ['verify', ca.certificate, '--signer-id', 'hex:zz']],
    ['a profile', () => [...self(), '--profile', 'king']],
    ['a profile of JavaScript', () => [...self(), '--profile', 'toString']],
    ['days', () => [...self(), '--days', '0']],
    ['a subject without CN', () => ['csr', '--key', ca.key, '--subject', 'O=x', '--out', path('n')]],
    [
      'a subject with an unknown part',
      () => ['csr', '--key', ca.key, '--subject', 'CN=a,X=b', '--out', path('n')],
    ],
    [
      'a subject with a part twice',
      () => ['csr', '--key', ca.key, '--subject', 'CN=a,CN=b', '--out', path('n')],
    ],
    [
      'an identity',
      () => ['csr', '--key', ca.key, '--subject', 'CN=a', '--identity', 'king=1', '--out', path('n')],
    ],
    ['a form', () => ['csr', '--key', ca.key, '--subject', 'CN=a', '--out', path('n'), '--form', 'xml']],
    ['a hash', () => ['tst', 'request', path('text'), '--out', path('n'), '--hash', 'md5']],
    ['one file of two', () => ['ca', 'issue', path('folder'), '--out', path('n')]],
    [
      'two decisions',
      () => ['ca', 'review', path('folder'), 'id', '--approve', '--reject', '--reviewer', 'x'],
    ],
    ['a state', () => ['ca', 'list', path('folder'), '--state', 'lost']],
  ])('ends with 2, and makes no file: %s', async (_what, argv) => {
    expect(await failure(...argv())).toEqual([2, 'ERR_CLI_USAGE']);
    expect(existsSync(path('n'))).toBe(false);
  });
});

describe('the environment', () => {
  const missing = () => path('missing');
  it.each<[string, () => string[]]>([
    ['a file to look at', () => ['inspect', missing()]],
    ['a folder in place of a file', () => ['inspect', path('folder')]],
    ['a certificate', () => ['verify', missing()]],
    ['an anchor', () => ['verify', ca.certificate, '--anchor', missing()]],
    ['a revocation list', () => ['verify', ca.certificate, '--crl', missing()]],
    ['an OCSP response', () => ['verify', ca.certificate, '--ocsp', missing()]],
    ['a key', () => ['csr', '--key', missing(), '--subject', 'CN=a', '--out', path('n')]],
    ['a content', () => ['tst', 'request', missing(), '--out', path('n')]],
    ['a token', () => ['tst', 'verify', missing()]],
    ['a message', () => ['cms', 'verify', missing()]],
    ['a folder for the output', () => ['tst', 'request', path('text'), '--out', path('no/where')]],
    ['a CA', () => ['ca', 'crl', missing(), '--out', path('n')]],
  ])('ends with 3 without %s, and makes no file', async (_what, argv) => {
    const [exitCode, code] = await failure(...argv());
    expect([exitCode, code]).toEqual([3, 'ERR_CLI_FILE']);
    expect(existsSync(path('n'))).toBe(false);
  });
});

describe('JSON', () => {
  it('has one shape for verdicts', async () => {
    const { json } = await cssiJson('pki', 'verify', person.certificate, '--anchor', ca.certificate, ...TIME);
    expect(Object.keys(json)).toEqual(['accepted', 'verdict', 'path', 'steps']);
    for (const step of json.steps) {
      expect(Object.keys(step)).toEqual(['certificate', 'check', 'status', 'code', 'en', 'zh', 'clause']);
    }
  });

  it('has the kind of every object first', async () => {
    const { json } = await cssiJson('pki', 'inspect', person.certificate);
    expect(Object.keys(json[0]).slice(0, 4)).toEqual(['kind', 'subject', 'issuer', 'serial']);
  });
});
