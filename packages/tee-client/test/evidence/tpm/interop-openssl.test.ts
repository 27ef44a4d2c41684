import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pemEncode } from '@cssi/pki';
import { DerReader, derElement, derUnsigned, sm3 } from '@cssi/sm-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTpmSignature } from '../../../src/evidence/tpm/index.ts';
import type { SyntheticTpm } from '../../../src/synthetic/tpm.ts';
import { programsPresent } from './interop.ts';
import { anchored, changed, found, machine, NONCE, verify } from './support.ts';

const present = programsPresent('Debian package openssl', 'openssl');

describe.skipIf(!present)('SM2 over SM3 without Z, against OpenSSL', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cssi-tcm-'));
  const file = (name: string): string => join(folder, name);
  let tcm: SyntheticTpm;
  beforeAll(async () => {
    tcm = await machine({ profile: 'tcm' });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('[part of CC-006] OpenSSL verifies a synthetic TCM quote over the plain digest', () => {
    const { quote, signature } = tcm.quote(NONCE);
    const parsed = parseTpmSignature(signature);
    if (!('r' in parsed)) throw new Error('not SM2');
    writeFileSync(file('key.pem'), pemEncode('PUBLIC KEY', tcm.publicKeyInfo));
    writeFileSync(file('signature'), derElement(0x30, derUnsigned(parsed.r), derUnsigned(parsed.s)));
    const check = (digest: Uint8Array): number | null => {
      writeFileSync(file('digest'), digest);
      const args = ['-verify', '-pubin', '-inkey', file('key.pem'), '-in', file('digest')];
      return spawnSync('openssl', ['pkeyutl', ...args, '-sigfile', file('signature')]).status;
    };
    expect(check(sm3(quote))).toBe(0);
    expect(check(sm3(sm3(quote)))).not.toBe(0);
  });

  it('[part of CC-006] a quote whose digest OpenSSL signed verifies; one it signed with Z does not', () => {
    const evidence = tcm.evidence(NONCE);
    execFileSync(
      'openssl',
      ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:SM2', '-out', file('sm2.pem')],
      {
        stdio: 'ignore',
      },
    );
    execFileSync('openssl', [
      'pkey',
      '-in',
      file('sm2.pem'),
      '-pubout',
      '-outform',
      'DER',
      '-out',
      file('sm2.pub'),
    ]);
    const publicKeyInfo = Uint8Array.from(readFileSync(file('sm2.pub')));
    const { quote } = tcm.quote(NONCE);
    writeFileSync(file('quote'), quote);
    writeFileSync(file('digest'), sm3(quote));
    const sign = (...args: readonly string[]): Uint8Array => {
      execFileSync('openssl', ['pkeyutl', '-sign', '-inkey', file('sm2.pem'), '-out', file('out'), ...args]);
      const rs = new DerReader(new DerReader(Uint8Array.from(readFileSync(file('out')))).element(0x30));
      return Uint8Array.of(0, 0x1b, 0, 0x12, 0, 32, ...rs.unsigned(32), 0, 32, ...rs.unsigned(32));
    };
    const judged = (signature: Uint8Array): string[] => {
      const own = changed(evidence, () => ({ publicKeyInfo, quote, signature }));
      const parts = changed(
        own,
        () => ({ publicArea: undefined, parents: undefined, certificates: undefined }) as never,
      );
      return found(verify(parts, { ...anchored(tcm), anchors: { keys: [{ publicKeyInfo }] } }));
    };
    expect(judged(sign('-in', file('digest')))).toEqual([]);
    const withZ = sign(
      '-rawin',
      '-digest',
      'sm3',
      '-pkeyopt',
      'distid:1234567812345678',
      '-in',
      file('quote'),
    );
    expect(judged(withZ)).toEqual(['signature:EVIDENCE_SIGNATURE_WRONG']);
  });
});
