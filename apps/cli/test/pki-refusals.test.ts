import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { cssi, cssiJson } from './support/cli.ts';
import { derOf, desk, failure, PASSPHRASE, TIME } from './support/pki.ts';

const { path, pki, key, root, leaf } = desk();
type Files = { certificate: string; key: string };
let ca: Files;
let person: Files;
let receiver: Files;
beforeAll(async () => {
  ca = await root('ca', 'CN=ca');
  person = await leaf(ca, 'person', 'person');
  receiver = await leaf(ca, 'receiver', 'person-encryption');
  writeFileSync(path('text'), 'text');
});

const by = ({ certificate, key: file }: Files) => ['--key', file, '--certificate', certificate];
const errorOf = async (...argv: string[]) => (await cssi('pki', ...argv)).err;

describe('options that would say nothing, or are wrong', () => {
  const encrypt = (...more: string[]) => [
    'cms',
    'encrypt',
    path('text'),
    '--to',
    receiver.certificate,
    '--out',
    path('n'),
    ...more,
  ];
  const csr = (...more: string[]) => ['csr', '--key', ca.key, '--out', path('n'), ...more];
  const self = (...more: string[]) => [
    'issue',
    '--self',
    '--key',
    ca.key,
    '--subject',
    'CN=x',
    '--out',
    path('n'),
    ...more,
  ];
  const issue = (...more: string[]) => {
    const signed = ['--ca', ca.certificate, '--key', ca.key, '--csr', path('person.csr')];
    return ['issue', ...signed, '--profile', 'person', '--out', path('n'), ...more];
  };
  const crl = (...more: string[]) => {
    const signed = ['--ca', ca.certificate, '--key', ca.key, '--number', '5'];
    return ['crl', ...signed, '--out', path('n'), ...more];
  };
  it.each<[string, string, () => string[]]>([
    ['a cipher with a signer', '--cipher', () => encrypt(...by(person), '--cipher', 'sm4-gcm')],
    ['a certificate without a key', '--certificate', () => encrypt('--certificate', person.certificate)],
    ['a chain without a key', '--chain', () => encrypt('--chain', ca.certificate)],
    ['a signing time of what is encrypted', '--signing-time', () => encrypt('--signing-time', '2026-12-01')],
    ['an identity twice', '--identity', () => csr('--subject', 'CN=a', ...twice('tax'))],
    ['an empty part of a name', '--subject', () => csr('--subject', 'CN=a,,O=b')],
    ['a name that ends in the middle', '--subject', () => csr('--subject', 'CN=a\\')],
    ['a day that is not there', '--time', () => self('--time', '2026-02-30')],
    ['an option twice', '--days', () => self('--days', '5', '--days', '6')],
    ['a CA of a self-signed one', '--ca', () => self('--ca', ca.certificate)],
    ['a request of a self-signed one', '--csr', () => self('--csr', path('person.csr'))],
    ['a certificate that outlives its CA', '--days', () => issue('--days', '3000', ...TIME)],
    ['a host name that is none', '--dns', () => self('--dns', 'a b', ...TIME)],
    ['an address of a list that is none', '--crl-url', () => self('--crl-url', 'no url', ...TIME)],
    ['a base that is no earlier', '--base', () => crl('--base', '7', ...TIME)],
    ['too few iterations', '--iterations', () => ['key', 'new', '--out', path('n'), '--iterations', '1']],
    ['an unknown function', '--prf', () => ['key', 'new', '--out', path('n'), '--prf', 'md5']],
  ])('are wrong use, by name: %s', async (_what, option, argv) => {
    const { exitCode, err } = await cssi('pki', ...argv());
    expect(exitCode, err).toBe(2);
    expect(err.split('\n')[0]).toContain(option);
    expect(existsSync(path('n'))).toBe(false);
  });
  const twice = (kind: string) => ['--identity', `${kind}=1234567`, '--identity', `${kind}=7654321`];
});

describe('the way of showing', () => {
  it.each([[['--lang', 'qq']], [['--lang', 'zh', '--time', 'today']]])(
    'is checked before anything is done: %j',
    async (view: string[]) => {
      const out = path(`never-${view.length}.key`);
      const argv = view.includes('--time') ? self(out, view) : ['key', 'new', '--out', out, ...view];
      expect(await failure(...argv)).toEqual([2, 'ERR_CLI_USAGE']);
      expect(existsSync(out)).toBe(false);
    },
  );
  const self = (out: string, view: string[]) => {
    return ['issue', '--self', '--key', ca.key, '--subject', 'CN=x', '--out', out, ...view];
  };
  it('is checked before a list is made', async () => {
    const argv = ['crl', '--ca', ca.certificate, '--key', ca.key, '--number', '5', '--out', path('n.crl')];
    expect(await failure(...argv, '--entries', 'many')).toEqual([2, 'ERR_CLI_USAGE']);
    expect(existsSync(path('n.crl'))).toBe(false);
  });
});

describe('a signature', () => {
  it('is not made with a certificate for encryption', async () => {
    const { exitCode } = await cssi('pki', 'cms', 'sign', path('text'), ...by(receiver), '--out', path('n'));
    expect([exitCode, existsSync(path('n'))]).toEqual([1, false]);
  });
});

describe('an envelope that nobody signed', () => {
  it('is not opened where a signer was to be judged', async () => {
    await pki('cms', 'encrypt', path('text'), '--to', receiver.certificate, '--out', path('e.p7m'));
    const open = ['cms', 'decrypt', path('e.p7m'), ...by(receiver), '--out', path('e.out')];
    for (const more of [
      ['--anchor', ca.certificate],
      ['--signer-id', 'none'],
      ['--revocation', 'leaf'],
    ]) {
      expect(await failure(...open, ...more)).toEqual([1, 'ERR_PKI_MESSAGE_OPTIONS']);
      expect(existsSync(path('e.out'))).toBe(false);
    }
    await pki(...open);
  });
});

describe('files', () => {
  it('are refused with the reason', async () => {
    mkdirSync(path('folder'));
    writeFileSync(path('large'), Buffer.alloc((1 << 20) + 1));
    writeFileSync(path('locked'), 'x');
    chmodSync(path('locked'), 0);
    expect(await errorOf('inspect', path('missing'))).toMatch(/missing reason=missing/);
    expect(await errorOf('inspect', path('folder'))).toMatch(/folder reason=is a folder/);
    expect(await errorOf('inspect', path('large'))).toMatch(/large reason=larger than/);
    const taken = ['tst', 'request', path('text'), '--out', path('text')];
    expect(await errorOf(...taken)).toMatch(/text reason=exists already: choose another name/);
    if (process.getuid?.() !== 0)
      expect(await errorOf('inspect', path('locked'))).toMatch(/reason=no permission/);
  });

  it('that were mixed up are named, with what was expected and found', async () => {
    const err = await errorOf('verify', person.certificate, '--anchor', person.key);
    expect(err).toContain(`file=${person.key} expected=certificate found=encrypted-private-key`);
    const crl = await errorOf('verify', person.certificate, '--crl', ca.certificate);
    expect(crl).toContain(`file=${ca.certificate} expected=crl found=certificate`);
    const signer = await errorOf('csr', '--key', ca.certificate, '--subject', 'CN=a', '--out', path('n'));
    expect(signer).toContain(`file=${ca.certificate} expected=one private key found=certificate`);
    const message = await errorOf('cms', 'verify', ca.certificate);
    expect(message).toContain('found=certificate');
    expect(await errorOf('verify', path('text'))).toContain(
      `file=${path('text')} reason=neither PEM nor DER`,
    );
  });

  it('with base64 alone are certificates everywhere', async () => {
    const bare = path('bare');
    writeFileSync(bare, Buffer.from(derOf(ca.certificate)).toString('base64'));
    expect(await pki('verify', person.certificate, '--anchor', bare, ...TIME)).toMatchObject({
      accepted: true,
    });
  });

  it('with what is public may be read by all', async () => {
    const mask = process.umask(0o022);
    try {
      await pki('csr', '--key', ca.key, '--subject', 'CN=a', '--out', path('public.csr'));
      await pki('key', 'new', '--plain', '--out', path('p.key'), '--public-out', path('p.pub'));
    } finally {
      process.umask(mask);
    }
    const modes = ['public.csr', 'p.pub', 'p.key'].map((name) => statSync(path(name)).mode & 0o777);
    expect(modes).toEqual([0o644, 0o644, 0o600]);
  });
});

describe('pki key', () => {
  it('says of a passphrase that it may be that of a key', async () => {
    const locked = await key('locked.key');
    const argv = ['key', 'public', locked, '--out', path('n')];
    process.env.CSSI_PASSPHRASE = 'another passphrase';
    const wrong = await errorOf(...argv);
    delete process.env.CSSI_PASSPHRASE;
    const missing = await errorOf(...argv);
    process.env.CSSI_PASSPHRASE = PASSPHRASE;
    expect(wrong).toMatch(/CREDENTIAL: .*private key file.*\n.*私钥文件/);
    expect(missing).toMatch(/PASSPHRASE: .*private key file.*\n.*私钥文件/);
  });

  it('makes keys that OpenSSL opens, with --prf hmac-sha256', async () => {
    const out = path('sha256.key');
    await pki('key', 'new', '--out', out, '--iterations', '1000', '--prf', 'hmac-sha256');
    expect((await cssi('pki', 'inspect', out)).out).toMatch(
      /hmacWithSHA256|1\.2\.840\.113549\.2\.9|hmac-sha256/i,
    );
    const opened = spawnSync('openssl', ['pkey', '-in', out, '-passin', `pass:${PASSPHRASE}`, '-noout']);
    if (opened.error === undefined) expect(opened.status, String(opened.stderr)).toBe(0);
    expect(readFileSync(await key('sm3.key'), 'latin1')).toContain('ENCRYPTED');
  });
});

describe('JSON', () => {
  it.each([[['pki', 'inspekt']], [['nothing']], [['pki']], [[]]])(
    'is one document for a command that is not there: %j',
    async (argv: string[]) => {
      const { exitCode, json } = await cssiJson(...argv);
      expect({ exitCode, code: json.error.code }).toEqual({ exitCode: 2, code: 'ERR_CLI_USAGE' });
    },
  );

  it.each([
    [['pki', 'inspekt', 'file'], 'cssi pki inspect'],
    [['pki', 'key'], 'cssi pki key new'],
    [['pki', 'cms', 'sing'], 'cssi pki cms sign'],
  ])('is not needed to be told what was meant: %j', async (argv: string[], meant: string) => {
    const { exitCode, err } = await cssi(...argv);
    expect(exitCode).toBe(2);
    expect(err).toContain(meant);
    expect(err).toContain('unknown command: pki');
    expect(err.split('\n').length).toBeLessThan(8);
  });
});
