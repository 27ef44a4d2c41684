import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { cssi, cssiJson } from './support/cli.ts';
import { desk, failure, PASSPHRASE, shownBy, TIME } from './support/pki.ts';

const { path, pki, key } = desk();
const NUMBER = '110101199001011237';
const folder = path('ca');
const caPem = path('ca/ca.pem');
beforeAll(async () => {
  const urls = ['--crl-url', 'http://ca.example.cn/ca.crl'];
  await pki('ca', 'init', folder, '--subject', 'CN=测试根 CA,O=测试机构,C=CN', ...urls, ...TIME);
});

async function apply(name: string, ...more: string[]): Promise<string> {
  const own = await key(`${name}.key`);
  await pki('csr', '--key', own, '--subject', `CN=${name},C=CN`, '--out', path(`${name}.csr`));
  const argv = [
    '--csr',
    path(`${name}.csr`),
    '--profile',
    'person',
    '--applicant',
    'zhang.san',
    ...more,
    ...TIME,
  ];
  return (await pki('ca', 'apply', folder, ...argv)).id;
}

const review = (id: string, ...more: string[]) => [
  'ca',
  'review',
  folder,
  id,
  '--reviewer',
  'li.si',
  ...more,
  ...TIME,
];

describe('pki ca', () => {
  it('goes from an application to a certificate that verifies [part of TCCIA-021]', async () => {
    const id = await apply('张三', '--identity', `person=${NUMBER}`);
    expect(await failure('ca', 'issue', folder, id, '--out', path('early.pem'), ...TIME)).toEqual([
      1,
      'ERR_PKI_AUTHORITY_STATE',
    ]);
    expect(existsSync(path('early.pem'))).toBe(false);
    expect(await pki(...review(id, '--approve'))).toMatchObject({ state: 'approved' });
    await pki('ca', 'issue', folder, id, '--out', path('zhang.pem'), ...TIME);
    const [shown] = await pki('inspect', path('zhang.pem'));
    expect(shown).toMatchObject({
      crlDistributionPoints: ['http://ca.example.cn/ca.crl'],
      identity: [{ kind: 'person' }],
    });
    expect(await pki('verify', path('zhang.pem'), '--anchor', caPem, ...TIME)).toMatchObject({
      accepted: true,
    });
    await pki('ca', 'issue', folder, id, '--out', path('zhang-again.pem'), ...TIME);
    expect(readFileSync(path('zhang-again.pem'))).toEqual(readFileSync(path('zhang.pem')));
    const listed = await shownBy('ca', 'list', folder, '--state', 'issued');
    expect(listed).toContain('已签发 issued');
    expect(listed).not.toContain(NUMBER);
  });

  it('issues a pair, whose encryption key only the holder of the signing key opens', async () => {
    const id = await apply('李四', '--pair');
    await pki(...review(id, '--approve'));
    expect(await failure('ca', 'issue', folder, id, '--out', path('li.pem'), ...TIME)).toEqual([
      2,
      'ERR_CLI_USAGE',
    ]);
    const out = [
      '--out',
      path('li.pem'),
      '--encryption-out',
      path('li-enc.pem'),
      '--key-out',
      path('li-enc.env'),
    ];
    await pki('ca', 'issue', folder, id, ...out, ...TIME);
    const [signing] = await pki('inspect', path('li.pem'));
    const [encryption] = await pki('inspect', path('li-enc.pem'));
    expect([signing.role, encryption.role]).toEqual(['signing', 'encryption']);
    const open = ['key', 'open', path('li-enc.env'), '--key', path('李四.key'), '--out', path('li-enc.key')];
    expect(await pki(...open, '--iterations', '1000')).toMatchObject({
      publicKeySm3: encryption.publicKeySm3,
    });
  });

  it('revokes, lists and answers', async () => {
    const id = await apply('王五');
    await pki(...review(id, '--approve'));
    const { certificates } = await pki('ca', 'issue', folder, id, '--out', path('wang.pem'), ...TIME);
    const { serial } = certificates[0];
    const about = ['--certificate', path('wang.pem'), '--issuer', caPem];
    await pki('ocsp', 'request', ...about, '--out', path('wang.req'));
    const at = ['--time', '2026-12-02'];
    expect(await pki('ca', 'revoke', folder, serial, '--hold', ...at)).toMatchObject({ status: 'hold' });
    expect(await pki('ca', 'revoke', folder, serial, '--release', ...at)).toMatchObject({
      status: 'released',
    });
    const lost = ['--reason', 'keyCompromise', '--invalid-since', '2026-12-01'];
    expect(await pki('ca', 'revoke', folder, serial, ...lost, ...at)).toMatchObject({ status: 'revoked' });
    expect(await pki('ca', 'crl', folder, '--out', path('ca.crl'), ...at)).toMatchObject({ count: 1 });
    expect(await pki('ca', 'crl', folder, '--delta', '--out', path('delta.crl'), ...at)).toMatchObject({
      baseCrlNumber: expect.any(String),
    });
    await pki('ca', 'ocsp', folder, path('wang.req'), '--out', path('wang.resp'), ...at);
    expect((await cssiJson('pki', 'ocsp', 'verify', path('wang.resp'), ...about, ...at)).json.status).toBe(
      'revoked',
    );
    const verify = ['verify', path('wang.pem'), '--anchor', caPem, '--crl', path('ca.crl'), ...at];
    expect((await cssiJson('pki', ...verify)).exitCode).toBe(1);
  });

  it('refuses an applicant as reviewer, a request that was used, and an unknown serial number', async () => {
    const id = await apply('赵六');
    const own = ['ca', 'review', folder, id, '--approve', '--reviewer', 'zhang.san', ...TIME];
    expect(await failure(...own)).toEqual([1, 'ERR_PKI_AUTHORITY_REFUSED']);
    const again = ['--csr', path('赵六.csr'), '--profile', 'person', '--applicant', 'qian.qi', ...TIME];
    expect(await failure('ca', 'apply', folder, ...again)).toEqual([1, 'ERR_PKI_AUTHORITY_REFUSED']);
    const revoke = ['ca', 'revoke', folder, '0102', '--reason', 'superseded', ...TIME];
    expect(await failure(...revoke)).toEqual([1, 'ERR_PKI_AUTHORITY_STATE']);
    expect(await pki(...review(id, '--reject', '--note', '材料不全'))).toMatchObject({ state: 'rejected' });
  });

  it('needs the passphrase only to sign', async () => {
    const id = await apply('孙八');
    delete process.env.CSSI_PASSPHRASE;
    try {
      expect(await pki(...review(id, '--approve'))).toMatchObject({ state: 'approved' });
      expect(await failure('ca', 'issue', folder, id, '--out', path('sun.pem'), ...TIME)).toEqual([
        2,
        'ERR_CLI_PASSPHRASE',
      ]);
    } finally {
      process.env.CSSI_PASSPHRASE = PASSPHRASE;
    }
    await pki('ca', 'issue', folder, id, '--out', path('sun.pem'), ...TIME);
  });

  it('is set up once, in a folder of its own', async () => {
    expect(await failure('ca', 'init', folder, '--subject', 'CN=x')).toEqual([3, 'ERR_CLI_FILE']);
    expect(await failure('ca', 'list', path('nowhere'))).toEqual([3, 'ERR_CLI_FILE']);
    const own = await key('own.key');
    await pki('issue', '--self', '--key', own, '--subject', 'CN=自有 CA', '--out', path('own.pem'), ...TIME);
    const from = ['--key', own, '--certificate', path('own.pem'), '--four-eyes'];
    expect(await pki('ca', 'init', path('second'), ...from)).toMatchObject({ isCa: true });
    const wrong = ['--key', own, '--certificate', caPem];
    expect(await failure('ca', 'init', path('third'), ...wrong)).toEqual([1, 'ERR_PKI_REQUEST_INVALID']);
    expect((await cssi('pki', 'ca', 'review', folder, 'id')).exitCode).toBe(2);
  });
});
