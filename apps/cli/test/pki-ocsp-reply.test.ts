import { beforeAll, describe, expect, it } from 'vitest';
import { cssi, cssiJson } from './support/cli.ts';
import { desk, failure, shownBy } from './support/pki.ts';

const { path, pki, root, leaf } = desk();
type Files = { certificate: string; key: string };
let ca: Files;
let serial: string;
let bad: Files;

const by = () => ['--ca', ca.certificate, '--key', ca.key];
const crl = (name: string, time: string, ...more: string[]) =>
  pki('crl', ...by(), '--time', time, '--out', path(name), ...more);

beforeAll(async () => {
  ca = await root('ca', 'CN=测试根 CA,C=CN');
  bad = await leaf(ca, 'bad', 'person');
  serial = (await pki('inspect', bad.certificate))[0].serial;
  await crl('held.crl', '2026-12-01', '--number', '1', '--revoke', `${serial}@certificateHold@2026-12-01`);
  await crl('lifted.crl', '2026-12-02', '--number', '2');
  const lost = ['--revoke', `${serial}@keyCompromise@2026-12-03`];
  await crl('delta.crl', '2026-12-03', '--number', '3', '--base', '2', ...lost);
  await crl('idle.crl', '2026-12-03', '--number', '3', '--base', '2');
  await crl('ahead.crl', '2026-12-03', '--number', '9', '--base', '8', ...lost);
  const about = ['--certificate', bad.certificate, '--issuer', ca.certificate];
  await pki('ocsp', 'request', ...about, '--out', path('req'));
});

let count = 0;
const reply = (...lists: string[]) => {
  const crls = lists.flatMap((name) => ['--crl', path(`${name}.crl`)]);
  return ['ocsp', 'reply', path('req'), ...by(), ...crls, '--out', path(`resp-${count++}`)];
};
const AT = ['--time', '2026-12-04T00:00:00Z'];

describe('pki ocsp reply', () => {
  it('says of a hold that was lifted what the newest complete list says, with its time', async () => {
    const { answers } = await pki(...reply('held', 'lifted'), ...AT);
    expect(answers).toMatchObject([{ status: 'good', thisUpdate: '2026-12-02T00:00:00.000Z' }]);
  });

  it('lays the delta list over the complete one', async () => {
    const { answers } = await pki(...reply('lifted', 'delta'), ...AT);
    expect(answers).toMatchObject([
      { status: 'revoked', revocation: { reason: 'keyCompromise' }, thisUpdate: '2026-12-03T00:00:00.000Z' },
    ]);
  });

  it.each([
    ['a delta list alone', ['idle']],
    ['a delta list on a complete list that is not there', ['lifted', 'ahead']],
    ['a list of the future', ['lifted', 'delta'], ['--time', '2026-12-02T12:00:00Z']],
    ['lists past their next update', ['held', 'lifted'], ['--time', '2027-03-01']],
  ])('answers nothing by %s', async (_what, lists: string[], time: string[] = AT) => {
    expect(await failure(...reply(...lists), ...time)).toEqual([1, 'ERR_PKI_REVOCATION_OPTIONS']);
  });

  it('takes no responder that is not for OCSP, and one that is', async () => {
    const person = ['--certificate', bad.certificate, '--key', bad.key];
    const argv = reply('lifted').filter((word) => word !== '--key' && word !== ca.key);
    expect(await failure(...argv, ...person, ...AT)).toEqual([1, 'ERR_PKI_REVOCATION_OPTIONS']);
    const own = await leaf(ca, 'responder', 'ocsp-responder');
    await pki(...argv, '--certificate', own.certificate, '--key', own.key, ...AT);
  });
});

describe('pki ocsp verify', () => {
  it('names certificate, responder, times, and whether the nonce was compared', async () => {
    const made = reply('lifted');
    await pki(...made, ...AT);
    const file = made.at(-1)!;
    const about = ['--certificate', bad.certificate, '--issuer', ca.certificate, ...AT];
    const verify = ['ocsp', 'verify', file, ...about];
    expect(await pki(...verify)).toMatchObject({
      status: 'good',
      serial,
      thisUpdate: '2026-12-02T00:00:00.000Z',
      nextUpdate: '2026-12-09T00:00:00.000Z',
      nonce: 'not compared',
    });
    expect(await pki(...verify, '--request', path('req'))).toMatchObject({ nonce: 'repeated' });
    const out = await shownBy(...verify);
    expect(out).toContain('– 未比对 not compared');
    expect(out).toContain('CN=bad,O=测试,C=CN');
    expect(out).toMatch(/响应者 Responder: +key hash/);
    await pki('ocsp', 'request', ...about.slice(0, 4), '--out', path('other.req'));
    const other = await cssiJson('pki', ...verify, '--request', path('other.req'));
    expect(other).toMatchObject({ exitCode: 1, json: { nonce: 'wrong' } });
  });

  it('says in its help that the issuer is trusted', async () => {
    const { out } = await cssi('help', 'pki', 'ocsp', 'verify');
    expect(out).toMatch(/--issuer FILE .*trusted/);
  });
});
