import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { cssi, cssiJson } from './support/cli.ts';
import { desk, failure, shownBy, TIME } from './support/pki.ts';

const { path, pki, key, root, leaf } = desk();
type Files = { certificate: string; key: string };
let ca: Files;
let person: Files;
beforeAll(async () => {
  ca = await root('ca', 'CN=测试根 CA,O=测试机构,C=CN');
  person = await leaf(ca, '张三', 'person');
});

const verify = (...more: string[]) =>
  cssiJson('pki', 'verify', person.certificate, '--anchor', ca.certificate, ...TIME, ...more);

describe('pki csr and issue', () => {
  it('make certificates that verify under the CA that made them [part of TCCIA-021]', async () => {
    expect(await verify()).toMatchObject({ exitCode: 0, json: { accepted: true } });
    expect(await verify('--usage', 'digitalSignature')).toMatchObject({ exitCode: 0 });
    expect(await verify('--usage', 'keyEncipherment')).toMatchObject({ exitCode: 1 });
    expect(await verify('--purpose', 'timeStamping')).toMatchObject({ exitCode: 1 });
  });

  it('put the names of the command line into request and certificate', async () => {
    const own = await key('host.key');
    const names = ['--dns', 'example.cn', '--ip', '192.0.2.1', '--email', 'a@example.cn'];
    const csr = ['--key', own, '--subject', 'CN=example.cn,C=CN', '--out', path('host.csr'), ...names];
    const asked = await pki('csr', ...csr, '--usage', 'digitalSignature', '--purpose', 'serverAuth');
    expect(asked).toMatchObject({
      proofOfPossession: 'right',
      requested: { keyUsage: ['digitalSignature'] },
    });
    const by = [
      '--ca',
      ca.certificate,
      '--key',
      ca.key,
      '--csr',
      path('host.csr'),
      '--profile',
      'tls-server',
    ];
    const made = await pki('issue', ...by, '--out', path('host.pem'), '--dns', 'example.cn', ...TIME);
    expect(made.alternativeNames).toEqual([{ kind: 'dns', value: 'example.cn' }]);
    expect(made.extendedKeyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  });

  it('issue nothing for a request whose signature is wrong', async () => {
    const der = Buffer.from(
      readFileSync(path('张三.csr'), 'latin1').replace(/-----[^-]+-----|\s/g, ''),
      'base64',
    );
    der[der.length - 3]! ^= 1;
    writeFileSync(path('changed.csr'), der);
    const by = ['--ca', ca.certificate, '--key', ca.key, '--csr', path('changed.csr'), '--profile', 'person'];
    expect(await failure('issue', ...by, '--out', path('never.pem'))).toEqual([
      1,
      'ERR_PKI_AUTHORITY_REFUSED',
    ]);
  });

  it('issue nothing by a leaf, nor with the key of another certificate', async () => {
    const csr = ['--csr', path('张三.csr'), '--profile', 'person', '--out', path('never.pem')];
    const byLeaf = ['--ca', person.certificate, '--key', person.key];
    expect(await failure('issue', ...byLeaf, ...csr)).toEqual([1, 'ERR_PKI_REQUEST_INVALID']);
    const byOther = ['--ca', ca.certificate, '--key', person.key];
    expect(await failure('issue', ...byOther, ...csr)).toEqual([1, 'ERR_PKI_REQUEST_INVALID']);
  });

  it('take keys of other algorithms', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' }));
    writeFileSync(path('p256.key'), pem.export({ format: 'pem', type: 'sec1' }));
    const self = ['--self', '--key', path('p256.key'), '--subject', 'CN=P-256', '--out', path('p256.pem')];
    expect(await pki('issue', ...self, ...TIME)).toMatchObject({ signatureAlgorithm: 'ecdsa-p256-sha256' });
  });

  it('mask the number of a person, in both forms of output, unless it is asked for', async () => {
    const number = '110101199001011237';
    const own = await key('li.key');
    const csr = ['--key', own, '--subject', `CN=李四@${number},C=CN`, '--identity', `person=${number}`];
    const made = await cssi('pki', 'csr', ...csr, '--out', path('li.csr'));
    expect(made).toMatchObject({ exitCode: 0 });
    const by = ['--ca', ca.certificate, '--key', ca.key, '--csr', path('li.csr'), '--profile', 'person'];
    await pki('issue', ...by, '--identity', `person=${number}`, '--out', path('li.pem'), ...TIME);
    for (const file of ['li.csr', 'li.pem']) {
      const plain = await shownBy('inspect', path(file));
      const json = await shownBy('inspect', path(file), '--json');
      for (const out of [plain, json, made.out]) {
        expect(out).not.toContain(number);
        expect(out).not.toContain(Buffer.from(number).toString('hex').slice(6, 30));
        expect(out).toContain('11**************37');
      }
      expect(await shownBy('inspect', path(file), '--show-identity')).toContain(number);
    }
  });
});

describe('pki verify', () => {
  it('reports every step with its reason in both languages', async () => {
    const out = await shownBy('verify', person.certificate, '--anchor', ca.certificate, ...TIME);
    expect(out).toMatch(/^✓ 通过 accepted\n/);
    expect(out).toMatch(/✓ #1 signature:\s.*证书签名正确.*its signature is right.*\[RFC 5280/);
    expect(out).toMatch(/#2:\s+CN=测试根 CA/);
    const { json } = await verify();
    expect(json.steps[0]).toMatchObject({ certificate: 1, status: 'passed', en: expect.any(String) });
  });

  it('says in one language what it is asked to say in one', async () => {
    const argv = ['verify', person.certificate, '--anchor', ca.certificate, ...TIME];
    expect(await shownBy(...argv, '--lang', 'en')).not.toMatch(/签名|通过/);
    expect(await shownBy(...argv, '--lang', 'zh')).not.toMatch(/signature is right|accepted/);
    expect(await failure(...argv, '--lang', 'fr')).toEqual([2, 'ERR_CLI_USAGE']);
  });

  it('is negative without an anchor, under another CA, after the end, and of no certificate', async () => {
    const other = await root('other', 'CN=另一 CA');
    expect(await cssiJson('pki', 'verify', person.certificate, ...TIME)).toMatchObject({
      exitCode: 1,
      json: { accepted: false, verdict: { trust: { status: 'indeterminate' } } },
    });
    const under = ['verify', person.certificate, '--anchor', other.certificate, ...TIME];
    expect(await shownBy(...under)).toMatch(/^✗ 未通过 not accepted\n/);
    const late = ['--anchor', ca.certificate, '--time', '2040-01-01'];
    expect((await cssiJson('pki', 'verify', person.certificate, ...late)).json).toMatchObject({
      verdict: { time: { status: 'failed' } },
    });
    expect(await failure('verify', person.key)).toEqual([1, 'ERR_PKI_CERTIFICATE_MALFORMED']);
  });

  it('takes signer IDs as text, as hex, the empty one and plain SM3', async () => {
    for (const id of ['none', 'plain-sm3', 'hex:00ff', 'Alice']) {
      expect((await verify('--signer-id', id)).exitCode, id).toBe(1);
      expect((await verify('--signer-id', id, '--signer-id', '1234567812345678')).exitCode, id).toBe(0);
    }
    expect((await verify('--signer-id', 'hex:31323334353637383132333435363738')).exitCode).toBe(0);
    expect((await verify('--signer-id', 'hex:0')).exitCode).toBe(2);
  });
});
