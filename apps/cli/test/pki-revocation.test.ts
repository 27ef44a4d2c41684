import { beforeAll, describe, expect, it } from 'vitest';
import { cssiJson } from './support/cli.ts';
import { desk, failure, shownBy, TIME } from './support/pki.ts';

const { path, pki, root, leaf } = desk();
type Files = { certificate: string; key: string };
let ca: Files;
let good: Files;
let bad: Files;
let serial: string;
beforeAll(async () => {
  ca = await root('ca', 'CN=测试根 CA,C=CN');
  good = await leaf(ca, 'good', 'person');
  bad = await leaf(ca, 'bad', 'person');
  serial = (await pki('inspect', bad.certificate))[0].serial;
  const by = ['--ca', ca.certificate, '--key', ca.key, ...TIME];
  await pki('crl', ...by, '--number', '1', '--out', path('empty.crl'));
  const revoke = ['--revoke', `${serial}@keyCompromise@2026-12-01`];
  await pki('crl', ...by, '--from', path('empty.crl'), ...revoke, '--out', path('full.crl'));
});

const at = ['--time', '2026-12-02'];
const verify = (file: string, ...more: string[]) =>
  cssiJson('pki', 'verify', file, '--anchor', ca.certificate, ...at, ...more);

describe('pki crl', () => {
  it('lists what was revoked, counting on from the list before', async () => {
    const [list] = await pki('inspect', path('full.crl'), ...at);
    expect(list).toMatchObject({
      kind: 'crl',
      crlNumber: '2',
      count: 1,
      revoked: [{ serial, reason: 'keyCompromise' }],
    });
    expect(await shownBy('inspect', path('full.crl'), ...at)).toContain('密钥泄露 keyCompromise');
  });

  it('decides on certificates [part of TCCIA-024]', async () => {
    expect(await verify(good.certificate, '--crl', path('full.crl'))).toMatchObject({ exitCode: 0 });
    const revoked = await verify(bad.certificate, '--crl', path('full.crl'));
    expect(revoked.exitCode).toBe(1);
    expect(revoked.json.steps).toContainEqual(expect.objectContaining({ code: 'CERTIFICATE_REVOKED' }));
    expect((await verify(bad.certificate)).exitCode).toBe(0);
    expect((await verify(bad.certificate, '--revocation', 'leaf')).exitCode).toBe(1);
  });

  it('shows no more entries than asked for', async () => {
    const many = Array.from({ length: 5 }, (_, i) => ['--revoke', `0${i + 1}@superseded`]).flat();
    const by = ['--ca', ca.certificate, '--key', ca.key, '--number', '7', ...TIME];
    await pki('crl', ...by, ...many, '--out', path('many.crl'), '--form', 'der');
    const out = await shownBy('inspect', path('many.crl'), '--entries', '2');
    expect(out.match(/superseded/g)).toHaveLength(2);
    expect(out).toContain('另有 3 条 3 more');
  });

  it.each<[string, string[]]>([
    ['no number', []],
    ['a serial number that is none', ['--number', '1', '--revoke', 'xyz']],
    ['a serial number of 0', ['--number', '1', '--revoke', '00']],
    ['a reason that is none', ['--number', '1', '--revoke', '01@because']],
    ['no days', ['--number', '1', '--days', '0']],
  ])('is wrong use with %s', async (_what, more) => {
    const by = ['--ca', ca.certificate, '--key', ca.key, '--out', path('never.crl')];
    expect(await failure('crl', ...by, ...more)).toEqual([2, 'ERR_CLI_USAGE']);
  });

  it('does not build on the list of another CA', async () => {
    const other = await root('other', 'CN=另一 CA');
    const by = [
      '--ca',
      other.certificate,
      '--key',
      other.key,
      '--from',
      path('full.crl'),
      '--out',
      path('never.crl'),
    ];
    expect(await failure('crl', ...by)).toEqual([1, 'ERR_PKI_REVOCATION_OPTIONS']);
  });
});

describe('pki ocsp', () => {
  const ask = async (of: Files, name: string) => {
    const about = ['--certificate', of.certificate, '--issuer', ca.certificate, '--out', path(`${name}.req`)];
    await pki('ocsp', 'request', ...about);
    const by = [
      '--ca',
      ca.certificate,
      '--key',
      ca.key,
      '--crl',
      path('full.crl'),
      '--out',
      path(`${name}.resp`),
    ];
    await pki('ocsp', 'reply', path(`${name}.req`), ...by, ...at);
    return ['--certificate', of.certificate, '--issuer', ca.certificate];
  };

  it('asks, answers and verifies: good', async () => {
    const about = await ask(good, 'good');
    const by = [...about, '--request', path('good.req'), ...at];
    expect(await pki('ocsp', 'verify', path('good.resp'), ...by)).toMatchObject({ status: 'good' });
    expect((await verify(good.certificate, '--ocsp', path('good.resp'))).exitCode).toBe(0);
    const [shown] = await pki('inspect', path('good.resp'));
    expect(shown).toMatchObject({
      kind: 'ocsp-response',
      status: 'successful',
      answers: [{ status: 'good' }],
    });
  });

  it('asks, answers and verifies: revoked', async () => {
    const about = await ask(bad, 'bad');
    const { exitCode, json } = await cssiJson('pki', 'ocsp', 'verify', path('bad.resp'), ...about, ...at);
    expect({ exitCode, json }).toMatchObject({ exitCode: 1, json: { status: 'revoked' } });
    expect((await verify(bad.certificate, '--ocsp', path('bad.resp'))).exitCode).toBe(1);
  });

  it('is negative for the answer to another request, or about another certificate', async () => {
    const about = await ask(good, 'first');
    await ask(good, 'second');
    const replayed = [path('first.resp'), ...about, '--request', path('second.req'), ...at];
    expect((await cssiJson('pki', 'ocsp', 'verify', ...replayed)).json).toMatchObject({ status: 'unknown' });
    const other = ['--certificate', bad.certificate, '--issuer', ca.certificate, ...at];
    expect((await cssiJson('pki', 'ocsp', 'verify', path('first.resp'), ...other)).exitCode).toBe(1);
  });

  it('answers only by lists of the CA that are current', async () => {
    await ask(good, 'third');
    const by = ['--ca', ca.certificate, '--key', ca.key, '--out', path('never.resp')];
    expect(await failure('ocsp', 'reply', path('third.req'), ...by)).toEqual([2, 'ERR_CLI_USAGE']);
    const late = ['--crl', path('full.crl'), '--time', '2027-03-01'];
    expect(await failure('ocsp', 'reply', path('third.req'), ...by, ...late)).toEqual([
      1,
      'ERR_PKI_REVOCATION_OPTIONS',
    ]);
    expect(await failure('ocsp', 'reply', path('full.crl'), ...by)).toEqual([1, 'ERR_PKI_OCSP_MALFORMED']);
  });
});
