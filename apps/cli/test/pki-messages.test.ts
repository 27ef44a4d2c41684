import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { cssi, cssiJson } from './support/cli.ts';
import { desk, failure, shownBy, TIME } from './support/pki.ts';

const { path, pki, root, leaf } = desk();
type Files = { certificate: string; key: string };
let ca: Files;
let signer: Files;
let receiver: Files;
let other: Files;
const TEXT = '合同正文，第一条。\n';
beforeAll(async () => {
  ca = await root('ca', 'CN=测试根 CA,C=CN');
  signer = await leaf(ca, 'signer', 'person');
  receiver = await leaf(ca, 'receiver', 'person-encryption');
  other = await leaf(ca, 'other', 'person-encryption');
  writeFileSync(path('text'), TEXT);
  writeFileSync(path('changed'), `${TEXT} `);
});

const by = (files: Files) => ['--key', files.key, '--certificate', files.certificate];
const anchor = () => ['--anchor', ca.certificate, ...TIME];
const SYNTAXES = ['gbt35275', 'rfc5652'];

describe('pki cms', () => {
  it.each(SYNTAXES)('signs and verifies, with the content: %s [part of TCCIA-021]', async (syntax) => {
    const file = path(`${syntax}.p7s`);
    const made = await pki('cms', 'sign', path('text'), ...by(signer), '--syntax', syntax, '--out', file);
    expect(made).toMatchObject({ syntax, messageKind: 'signedData', signers: [{ signature: 'right' }] });
    const out = path(`${syntax}.out`);
    const json = await pki('cms', 'verify', file, ...anchor(), '--out', out);
    expect(json).toMatchObject({ accepted: true, signers: [{ digest: 'right', signature: 'right' }], out });
    expect(readFileSync(out, 'utf8')).toBe(TEXT);
    const shown = await shownBy('inspect', file);
    expect(shown).toMatch(/^密码消息：签名数据 Message: signedData\n/);
    expect(shown).toContain('✓ 签名正确 signature right');
  });

  it.each(SYNTAXES)('signs and verifies, without the content: %s', async (syntax) => {
    const file = path(`${syntax}-detached.p7s`);
    const options = ['--syntax', syntax, '--detached', '--form', 'pem'];
    await pki('cms', 'sign', path('text'), ...by(signer), ...options, '--out', file);
    expect(await pki('cms', 'verify', file, '--content', path('text'), ...anchor())).toMatchObject({
      accepted: true,
    });
    expect(await shownBy('inspect', file)).not.toContain('✓ 内容一致');
    const missing = await cssiJson('pki', 'cms', 'verify', file, ...anchor());
    expect(missing).toMatchObject({ exitCode: 1, json: { accepted: false } });
    const changed = await cssiJson('pki', 'cms', 'verify', file, '--content', path('changed'), ...anchor());
    expect(changed).toMatchObject({ exitCode: 1, json: { verdict: { integrity: { status: 'failed' } } } });
  });

  it('writes the content only when everything passed', async () => {
    const file = path('unwritten.p7s');
    await pki('cms', 'sign', path('text'), ...by(signer), '--out', file);
    const { exitCode, json } = await cssiJson(
      'pki',
      'cms',
      'verify',
      file,
      ...TIME,
      '--out',
      path('unwritten'),
    );
    expect({ exitCode, out: json.out }).toEqual({ exitCode: 1, out: null });
    expect(existsSync(path('unwritten'))).toBe(false);
  });

  it.each(SYNTAXES)('encrypts and decrypts: %s', async (syntax) => {
    const file = path(`${syntax}.p7m`);
    const to = ['--to', receiver.certificate, '--syntax', syntax];
    expect(await pki('cms', 'encrypt', path('text'), ...to, '--out', file)).toMatchObject({
      messageKind: 'envelopedData',
      contentEncryption: 'sm4-cbc',
    });
    const out = path(`${syntax}.clear`);
    const json = await pki('cms', 'decrypt', file, ...by(receiver), '--out', out);
    expect(json).toMatchObject({ out, authenticated: false });
    expect(readFileSync(out, 'utf8')).toBe(TEXT);
    expect(await failure('cms', 'decrypt', file, ...by(other), '--out', path('never'))).toEqual([
      1,
      'ERR_PKI_RECIPIENT_UNKNOWN',
    ]);
    expect(existsSync(path('never'))).toBe(false);
  });

  it('encrypts with SM4-GCM where it is asked to', async () => {
    const options = ['--to', receiver.certificate, '--syntax', 'rfc5652', '--cipher', 'sm4-gcm'];
    await pki('cms', 'encrypt', path('text'), ...options, '--out', path('gcm.p7m'));
    const json = await pki('cms', 'decrypt', path('gcm.p7m'), ...by(receiver), '--out', path('gcm.clear'));
    expect(json).toMatchObject({ authenticated: true });
    const bytes = readFileSync(path('gcm.p7m'));
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(path('gcm-changed.p7m'), bytes);
    const changed = ['decrypt', path('gcm-changed.p7m'), ...by(receiver), '--out', path('never')];
    expect(await failure('cms', ...changed)).toEqual([1, 'ERR_DECRYPT_FAILED']);
  });

  it('signs and encrypts at once; the content comes out when the signer is trusted', async () => {
    const file = path('both.p7m');
    await pki('cms', 'encrypt', path('text'), '--to', receiver.certificate, ...by(signer), '--out', file);
    const open = ['cms', 'decrypt', file, ...by(receiver)];
    expect(await cssiJson('pki', ...open, ...TIME, '--out', path('both.never'))).toMatchObject({
      exitCode: 1,
    });
    expect(existsSync(path('both.never'))).toBe(false);
    await pki(...open, ...anchor(), '--out', path('both.out'));
    expect(readFileSync(path('both.out'), 'utf8')).toBe(TEXT);
  });

  it.each<[string, () => string[], number]>([
    ['another syntax', () => ['sign', path('text'), ...by(signer), '--out', path('n'), '--syntax', 'pgp'], 2],
    ['no recipient', () => ['encrypt', path('text'), '--out', path('n')], 2],
    [
      'a signing certificate as recipient',
      () => ['encrypt', path('text'), '--to', signer.certificate, '--out', path('n')],
      1,
    ],
    [
      'the key of another certificate',
      () => [
        'sign',
        path('text'),
        '--key',
        other.key,
        '--certificate',
        signer.certificate,
        '--out',
        path('n'),
      ],
      1,
    ],
    ['a file that is no message', () => ['verify', path('text')], 1],
    ['a file that is missing', () => ['sign', path('nowhere'), ...by(signer), '--out', path('n')], 3],
    [
      'a place that is taken',
      () => ['encrypt', path('text'), '--to', receiver.certificate, '--out', path('text')],
      3,
    ],
  ])('refuses %s', async (_what, argv, expected) => {
    const { exitCode, out, err } = await cssi('pki', 'cms', ...argv());
    expect(exitCode, err).toBe(expected);
    expect(out).toBe('');
    expect(existsSync(path('n'))).toBe(false);
  });
});

describe('pki tst', () => {
  let tsa: Files;
  const POLICY = '1.2.156.10197.9.9.1';
  beforeAll(async () => {
    tsa = await leaf(ca, 'tsa', 'tsa');
    await pki('tst', 'request', path('text'), '--policy', POLICY, '--out', path('text.tsq'));
    const options = ['--policy', POLICY, '--accuracy', '1', '--out', path('text.tsr'), ...TIME];
    await pki('tst', 'reply', path('text.tsq'), ...by(tsa), ...options);
  });
  const verify = (...more: string[]) =>
    cssiJson('pki', 'tst', 'verify', path('text.tsr'), '--anchor', ca.certificate, ...more);

  it('asks, stamps and verifies [part of SEAL-018]', async () => {
    const held = ['--content', path('text'), '--request', path('text.tsq'), '--time', '2026-12-02'];
    const { exitCode, json } = await verify(...held, '--policy', POLICY);
    expect(exitCode, JSON.stringify(json)).toBe(0);
    expect(json).toMatchObject({
      accepted: true,
      time: '2026-12-01T00:00:00.000Z',
      accuracy: { seconds: 1 },
    });
  });

  it('is negative for another content, another policy and without an anchor', async () => {
    expect((await verify('--content', path('changed'), '--time', '2026-12-02')).exitCode).toBe(1);
    expect(
      (await verify('--content', path('text'), '--policy', '1.2.3', '--time', '2026-12-02')).exitCode,
    ).toBe(1);
    expect(
      (await cssiJson('pki', 'tst', 'verify', path('text.tsr'), '--content', path('text'))).exitCode,
    ).toBe(1);
  });

  it('shows request, answer and what is stamped', async () => {
    expect(await pki('inspect', path('text.tsq'))).toMatchObject([
      { kind: 'time-stamp-request', hash: 'sm3' },
    ]);
    const [answer] = await pki('inspect', path('text.tsr'));
    expect(answer).toMatchObject({
      kind: 'time-stamp-response',
      status: 'granted',
      token: { policy: POLICY },
    });
    expect(await shownBy('inspect', path('text.tsr'))).toMatch(/时间 Time:\s+2026-12-01 00:00:00Z/);
  });

  it('rejects what the authority does not do, with the answer as its output', async () => {
    await pki('tst', 'request', path('text'), '--policy', '1.2.3', '--out', path('other.tsq'));
    const options = ['--policy', POLICY, '--out', path('other.tsr'), ...TIME];
    const { exitCode, json } = await cssiJson(
      'pki',
      'tst',
      'reply',
      path('other.tsq'),
      ...by(tsa),
      ...options,
    );
    expect({ exitCode, json }).toMatchObject({ exitCode: 1, json: { failures: ['unacceptedPolicy'] } });
    expect(await failure('tst', 'verify', path('other.tsr'))).toEqual([1, 'ERR_PKI_TIMESTAMP_OPTIONS']);
  });

  it('does not stamp with a certificate for something else', async () => {
    const options = ['--policy', POLICY, '--out', path('never.tsr')];
    expect(await failure('tst', 'reply', path('text.tsq'), ...by(signer), ...options)).toEqual([
      1,
      'ERR_PKI_TIMESTAMP_OPTIONS',
    ]);
  });
});
