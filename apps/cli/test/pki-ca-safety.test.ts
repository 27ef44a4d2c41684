import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { cssi } from './support/cli.ts';
import { desk, failure, shownBy, TIME } from './support/pki.ts';

const { path, pki, key } = desk();
const NUMBER = '110101199001011237';
const folder = path('ca');
beforeAll(async () => {
  await pki('ca', 'init', folder, '--subject', 'CN=测试根 CA,C=CN', ...TIME);
});

async function apply(name: string, subject: string, ...more: string[]) {
  const own = await key(`${name}.key`);
  await pki('csr', '--key', own, '--subject', subject, '--out', path(`${name}.csr`));
  const argv = ['--csr', path(`${name}.csr`), '--profile', 'person', '--applicant', 'zhang.san', ...more];
  return await pki('ca', 'apply', folder, ...argv, ...TIME);
}
const review = (id: string, ...more: string[]) =>
  pki('ca', 'review', folder, id, '--reviewer', 'li.si', '--approve', ...more, ...TIME);

describe('what a reviewer sees', () => {
  it('cannot be forged by the applicant: one value stays one value', async () => {
    const forged = 'CN=mallory\\, organization=银行\\,O=银行';
    const record = await apply('forged', forged);
    expect(record.subject).toEqual({ commonName: 'mallory, organization=银行,O=银行' });
    expect(record.subjectText).toBe('CN=mallory\\, organization\\=银行\\,O\\=银行');
    expect(await shownBy('ca', 'list', folder)).toMatch(/Subject: +CN=mallory\\, organization\\=银行\\,O/);
  });

  it('has the SM3 of the key that is to be certified', async () => {
    const { id, publicKeySm3 } = await apply('keyed', 'CN=keyed');
    const [request] = await pki('inspect', path('keyed.csr'));
    expect(publicKeySm3).toBe(request.publicKeySm3);
    expect((await review(id)).publicKeySm3).toBe(publicKeySm3);
    expect(await shownBy('ca', 'list', folder)).toContain(publicKeySm3);
  });

  it('has notes with their ends told, escaped and masked', async () => {
    const { id } = await apply('noted', 'CN=noted');
    const note = `身份证 ${NUMBER}" 2026 issue "wang.wu`;
    const reviewed = await review(id, '--note', note);
    const listed = await shownBy('ca', 'list', folder);
    for (const text of [JSON.stringify(reviewed), listed]) {
      expect(text).not.toContain(NUMBER);
      expect(text).toContain('11**************37');
    }
    expect(listed).toContain('"身份证 11**************37\\" 2026 issue \\"wang.wu"');
    expect(await shownBy('ca', 'list', folder, '--show-identity')).toContain(NUMBER);
  });
});

describe('pki ca init', () => {
  it('encrypts a key that was kept in the clear, for the owner alone', async () => {
    await pki('key', 'new', '--plain', '--out', path('clear.key'));
    const self = ['--self', '--key', path('clear.key'), '--subject', 'CN=自有', '--out', path('own.pem')];
    await pki('issue', ...self, ...TIME);
    writeFileSync(path('open.key'), readFileSync(path('clear.key')), { mode: 0o644 });
    const from = ['--key', path('open.key'), '--certificate', path('own.pem')];
    await pki('ca', 'init', path('own'), ...from, ...TIME);
    expect(readFileSync(path('own/ca-key.pem'), 'latin1')).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY/);
    expect(statSync(path('own/ca-key.pem')).mode & 0o777).toBe(0o600);
    await pki('ca', 'crl', path('own'), '--out', path('own.crl'), ...TIME);
  });

  it.each([
    ['--subject', 'CN=x'],
    ['--days', '10'],
    ['--path-length', '0'],
  ])('refuses %s with a key that is there', async (option, value) => {
    const from = ['--key', path('clear.key'), '--certificate', path('own.pem'), option, value];
    expect(await failure('ca', 'init', path('idle'), ...from)).toEqual([2, 'ERR_CLI_USAGE']);
    expect(existsSync(path('idle'))).toBe(false);
  });

  it('leaves nothing behind when it fails, and nothing that was there is lost', async () => {
    const bad = ['--subject', 'CN=x', '--crl-url', 'no url', ...TIME];
    const { exitCode, err } = await cssi('pki', 'ca', 'init', path('failed'), ...bad);
    expect(exitCode, err).toBe(2);
    expect(err).toContain('--crl-url');
    const country = await cssi('pki', 'ca', 'init', path('failed'), '--subject', 'CN=x,C=China', ...TIME);
    expect(country.exitCode).toBe(2);
    expect(country.err).toContain('--subject has a value that is refused');
    const wrong = ['--key', path('clear.key'), '--certificate', path('ca/ca.pem')];
    expect(await failure('ca', 'init', path('failed'), ...wrong)).toEqual([1, 'ERR_PKI_REQUEST_INVALID']);
    expect(existsSync(path('failed'))).toBe(false);
    expect(await failure('ca', 'init', folder, '--subject', 'CN=x')).toEqual([3, 'ERR_CLI_FILE']);
    expect(existsSync(path('ca/ca.pem'))).toBe(true);
  });
});

describe('pki ca issue', () => {
  it('takes every place before anything is issued', async () => {
    const { id } = await apply('pair', 'CN=pair', '--pair');
    await review(id);
    const out = ['--out', path('p.pem'), '--encryption-out', path('p-enc.pem'), '--key-out', folder];
    expect(await failure('ca', 'issue', folder, id, ...out, ...TIME)).toEqual([3, 'ERR_CLI_FILE']);
    const records = await pki('ca', 'list', folder, '--state', 'approved', ...TIME);
    expect(records.map((record: { id: string }) => record.id)).toContain(id);
    for (const name of ['p.pem', 'p-enc.pem']) expect(existsSync(path(name))).toBe(false);
    const good = [...out.slice(0, 5), path('p.env')];
    await pki('ca', 'issue', folder, id, ...good, ...TIME);
    expect(statSync(path('p.env')).mode & 0o777).toBe(0o600);
  });

  it('refuses places of a pair for one certificate', async () => {
    const { id } = await apply('single', 'CN=single');
    await review(id);
    const out = ['--out', path('s.pem'), '--key-out', path('s.env')];
    expect(await failure('ca', 'issue', folder, id, ...out, ...TIME)).toEqual([2, 'ERR_CLI_USAGE']);
    expect(existsSync(path('s.pem'))).toBe(false);
  });
});
