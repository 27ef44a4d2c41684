import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { issueCrl, pemEncode } from '../src/index.ts';
import { day, root, under } from './support/authority.ts';

const text = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const examples = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code);
const folder = mkdtempSync(join(tmpdir(), 'cssi-pki-readme-'));
/** Beside the tests, so that the package finds itself by its own name, as built. */
const script = fileURLToPath(new URL('./.readme-example.mjs', import.meta.url));

/** Runs an example as plain JavaScript with Node, in a folder of its own, and gives what it prints. */
function run(code: string, more = ''): string {
  writeFileSync(script, code + more);
  return execFileSync(process.execPath, [script], { cwd: folder, encoding: 'utf8' });
}

describe('examples of README.md', () => {
  afterAll(() => {
    rmSync(folder, { recursive: true });
    rmSync(script, { force: true });
  });

  it('are short', () => {
    for (const code of examples) {
      const statements = code.split('\n').filter((line) => !/^import|^$/.test(line));
      expect(statements.length).toBeLessThanOrEqual(20);
    }
  });

  it('issue a dual pair whose encryption key is delivered [part of SEAL-015, TCCIA-021]', () => {
    const printed = run(
      examples[0]!,
      'console.log(JSON.stringify([[...signing.keyUsage], [...parseCertificate(issued.encryption.certificate).keyUsage], encryptionPair.publicKey.length]));',
    );
    expect(JSON.parse(printed)).toEqual([
      ['digitalSignature', 'nonRepudiation'],
      ['keyEncipherment', 'dataEncipherment', 'keyAgreement'],
      65,
    ]);
  });

  it('judge a foreign chain with its list', async () => {
    const top = await root({ pathLength: 0 });
    const leaf = await under(top, '服务器', { profile: 'tls-server', dnsNames: ['a.cn'] });
    const validity = { thisUpdate: day(-400), nextUpdate: day(400) };
    const list = await issueCrl(
      { issuer: top.certificate, ...validity, crlNumber: 1, entries: [] },
      top.signer,
    );
    const pem = (raw: Uint8Array) => pemEncode('CERTIFICATE', raw);
    writeFileSync(join(folder, 'server.pem'), pem(leaf.certificate.raw));
    writeFileSync(join(folder, 'trusted-root.pem'), pem(top.certificate.raw));
    writeFileSync(join(folder, 'ca.crl'), list);
    // The example judges now; the certificates live around the time of the tests.
    const printed = run(examples[1]!.replace('new Date()', "new Date('2026-12-01T00:00:00Z')"));
    const [first, ...rest] = printed.split('\n');
    expect(first).toBe('passed passed passed');
    expect(rest.some((line) => /^1 revocation passed/.test(line))).toBe(true);
    expect(printed).toContain('[]');
  });
});
