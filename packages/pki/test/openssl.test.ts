import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toHex } from '@cssi/sm-core';
import { afterAll, describe, expect, it } from 'vitest';
import {
  certificatesFromPem,
  checkCertificateSignature,
  formatDistinguishedName,
  OIDS,
  pemEncode,
  verifyCertificatePath,
} from '../src/index.ts';
import { day, type Holder, NOW, root, under } from './support/authority.ts';
import { troubles } from './support/codes.ts';
import { hasOpenssl, NO_OPENSSL } from './support/openssl.ts';

const DISTID = 'distid:1234567812345678';

describe.skipIf(!hasOpenssl)('OpenSSL as a second reader', () => {
  if (!hasOpenssl) console.info(NO_OPENSSL);
  const folder = mkdtempSync(join(tmpdir(), 'cssi-pki-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const file = (name: string, ...holders: readonly Holder[]): string => {
    const path = join(folder, name);
    writeFileSync(path, holders.map((h) => pemEncode('CERTIFICATE', h.certificate.raw)).join(''));
    return path;
  };
  const verify = (leaf: string, ca: string, between: string, ...more: readonly string[]) => {
    const chain = ['-partial_chain', '-CAfile', ca, '-untrusted', between];
    const time = ['-attime', String(NOW.getTime() / 1000)];
    const args = ['verify', '-x509_strict', ...chain, ...time, '-vfyopt', more[0] ?? DISTID, leaf];
    const { status, stdout, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
    return { status, text: stdout + stderr };
  };
  const chain = async () => {
    const top = await root({ pathLength: 1 });
    const ca = await under(top, '二级 CA', { profile: 'root-ca', pathLength: 0 });
    const leaf = await under(ca, '张三', { dnsNames: ['a.cn'], ipAddresses: ['::1'] });
    return {
      top,
      ca,
      leaf,
      files: [file('leaf.pem', leaf), file('top.pem', top), file('ca.pem', ca)] as const,
    };
  };

  it('accepts our SM2 chain by its strict rules, certificate by certificate [part of SEAL-015]', async () => {
    // It gives the ID to the one certificate that it is asked about, so each step is a call.
    const { files } = await chain();
    const [leaf, top, ca] = files;
    for (const [file, issuer] of [
      [leaf, ca],
      [ca, top],
      [top, top],
    ] as const) {
      expect(verify(file, issuer, issuer)).toEqual({ status: 0, text: `${file}: OK\n` });
    }
  });

  it('refuses it under another distinguishing ID, and under another root', async () => {
    const { files } = await chain();
    expect(verify(files[0], files[2], files[2], 'distid:other').text).toContain(
      'certificate signature failure',
    );
    expect(verify(files[2], file('other.pem', await root()), files[1]).status).not.toBe(0);
  });

  it('refuses what we refuse: expired, a person that issues, a path too long [part of EDGE-020]', async () => {
    const { top, ca } = await chain();
    const [topFile, caFile] = [file('t.pem', top), file('c.pem', ca)];
    const expired = await under(ca, 'old', { notBefore: day(-9), notAfter: day(-1) });
    expect(verify(file('e.pem', expired), caFile, caFile).text).toContain('certificate has expired');
    const person = await under(ca, 'person');
    const issued = await under(person, 'leaf');
    expect(verify(file('i.pem', issued), topFile, file('p.pem', ca, person)).text).toContain(
      'invalid CA certificate',
    );
    const third = await under(ca, 'third', { profile: 'root-ca' });
    const deep = await under(third, 'deep');
    expect(verify(file('d.pem', deep), topFile, file('q.pem', ca, third)).text).toContain(
      'path length constraint exceeded',
    );
    for (const [leaf, between] of [
      [expired, [ca]],
      [issued, [ca, person]],
      [deep, [ca, third]],
    ] as const) {
      const intermediates = between.map((h) => h.certificate);
      const options = { anchors: [top.certificate], intermediates, time: NOW };
      expect(troubles(verifyCertificatePath(leaf.certificate, options))).not.toEqual([]);
    }
  });

  it('prints the names, serial numbers and extensions that we wrote', async () => {
    const { leaf, files } = await chain();
    const show = (...args: readonly string[]) =>
      execFileSync('openssl', ['x509', '-in', files[0], '-noout', ...args], { encoding: 'utf8' });
    expect(show('-subject', '-nameopt', 'RFC2253,-esc_msb,utf8').trim()).toBe(
      `subject=${formatDistinguishedName(leaf.certificate.subjectRaw)}`,
    );
    expect(show('-serial').trim().toLowerCase()).toBe(`serial=${toHex(leaf.certificate.serial)}`);
    const text = show('-text');
    expect(text).toContain('Signature Algorithm: SM2-with-SM3');
    expect(text).toMatch(/X509v3 Key Usage: critical\s+Digital Signature, Non Repudiation/);
    expect(text).toContain('DNS:a.cn, IP Address:0:0:0:0:0:0:0:1');
    expect(text).toMatch(/X509v3 Basic Constraints: \n\s+CA:FALSE/);
  });

  it('makes an SM2 certificate that we accept, and one with another ID that we refuse by its reason', () => {
    const key = join(folder, 'made.key');
    execFileSync('openssl', ['genpkey', '-algorithm', 'SM2', '-out', key], { stdio: 'ignore' });
    const make = (id: string) => {
      const subject = ['-subj', '/C=CN/O=测试/CN=自签', '-utf8', '-days', '30'];
      const args = ['req', '-x509', '-new', '-key', key, '-sm3', ...subject, '-sigopt', `distid:${id}`];
      return certificatesFromPem(
        execFileSync('openssl', args, { encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] }),
      )[0]!;
    };
    const right = make('1234567812345678');
    expect(formatDistinguishedName(right.subjectRaw)).toBe('CN=自签,O=测试,C=CN');
    expect(checkCertificateSignature(right, right)).toBe('right');
    const other = make('another');
    expect(checkCertificateSignature(other, other)).toBe('wrong');
    expect(checkCertificateSignature(other, other, [new TextEncoder().encode('another')])).toBe('right');
    const verdict = verifyCertificatePath(right, {
      anchors: [right],
      time: right.notBefore,
      keyAlgorithm: 'sm2',
    });
    expect(troubles(verdict)).toEqual([]);
    expect(right.extensions.map(({ oid }) => oid)).toContain(OIDS.basicConstraints);
  });
});
