import { execFileSync } from 'node:child_process';
import { concatBytes, fromHex } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import {
  type AlgorithmName,
  algorithmByName,
  algorithmByOid,
  algorithmBySgd,
  encodeAlgorithm,
  FOREIGN_ALGORITHMS,
  readAlgorithm,
  SM_ALGORITHMS,
} from '../src/algorithms/index.ts';
import { FindingLog } from '../src/internal/finding-log.ts';
import { DerProblem, readOne } from '../src/internal/tlv.ts';
import { integer, NULL, oid, sequence } from '../src/internal/write.ts';
import { type DeviationPolicy, FINDINGS, type FindingCode } from '../src/spec/v1/finding.ts';
import { SGD } from '../src/spec/v1/sgd.ts';
import { codeOf } from './support/codes.ts';
import { hasOpenssl, NO_OPENSSL } from './support/openssl.ts';

const names = [...Object.keys(SM_ALGORITHMS), ...Object.keys(FOREIGN_ALGORITHMS)] as AlgorithmName[];
const named = names.map((name) => [name] as const);
const aliases = names.flatMap((name) =>
  (algorithmByName(name).aliases ?? []).map(({ oid: alias, finding }) => [name, alias, finding] as const),
);

/** Reads `element` where `expected` may stand. */
function read(element: Uint8Array, expected: readonly AlgorithmName[], policy: DeviationPolicy = 'tolerant') {
  const log = new FindingLog(policy);
  const ref = readAlgorithm(readOne(element, 0x30), { where: 'place', expected, log });
  return { name: ref.name, findings: log.findings.map(({ code }) => code) };
}

describe('table of algorithms', () => {
  it.each(named)('%s comes back from its OID, encoded and alone [part of SEAL-019]', (name) => {
    expect(algorithmByOid(algorithmByName(name).oid)).toBe(name);
    expect(read(encodeAlgorithm(name), [name], 'strict')).toEqual({ name, findings: [] });
  });

  it('gives each OID and each SGD code to one algorithm [part of SEAL-019]', () => {
    const oids = names.map((name) => algorithmByName(name).oid);
    expect(new Set(oids).size).toBe(oids.length);
    const codes = names.flatMap((name) => algorithmByName(name).sgd ?? []);
    expect(new Set(codes).size).toBe(codes.length);
    for (const code of codes) expect(algorithmByName(algorithmBySgd(code)!).sgd).toBe(code);
  });

  it('knows the SGD codes of GB/T 33560 and not those that vendors shifted [SEAL-019]', () => {
    const rows: readonly (readonly [AlgorithmName, number, string])[] = [
      ['sm3', 0x00000001, '1.2.156.10197.1.401'],
      ['sm4', 0x00000400, '1.2.156.10197.1.104'],
      ['sm4-ecb', 0x00000401, '1.2.156.10197.1.104.1'],
      ['sm4-cbc', 0x00000402, '1.2.156.10197.1.104.2'],
      ['sm2', 0x00020100, '1.2.156.10197.1.301'],
      ['sm2-sign', 0x00020200, '1.2.156.10197.1.301.1'],
      ['sm2-exchange', 0x00020400, '1.2.156.10197.1.301.2'],
      ['sm2-encrypt', 0x00020800, '1.2.156.10197.1.301.3'],
      ['sm2-sm3', 0x00020201, '1.2.156.10197.1.501'],
    ];
    for (const [name, sgd, text] of rows) {
      expect(algorithmBySgd(sgd)).toBe(name);
      expect(algorithmByOid(text)).toBe(name);
    }
    // Codes that the standard does not give to an algorithm of the tables.
    for (const code of [0, 0x2, SGD.SM1, 0x00020000, 0x00020101, 0x00040100]) {
      expect(algorithmBySgd(code)).toBeUndefined();
    }
  });

  it.skipIf(!hasOpenssl)('agrees with the names that OpenSSL gives [part of SEAL-019]', () => {
    if (!hasOpenssl) console.info(NO_OPENSSL);
    const theirs = (text: string) =>
      execFileSync('openssl', ['asn1parse', '-genstr', `OID:${text}`], { encoding: 'utf8' })
        .trim()
        .split(':')
        .at(-1);
    const rows: Partial<Record<AlgorithmName, string>> = {
      sm3: 'sm3',
      'sm2-sm3': 'SM2-with-SM3',
      sm2: 'sm2',
      'sm4-ecb': 'sm4-ecb',
      'sm4-cbc': 'sm4-cbc',
      'sm4-ofb': 'sm4-ofb',
      'sm4-cfb': 'sm4-cfb',
      'sm4-ctr': 'sm4-ctr',
      sha256: 'sha256',
      'hmac-sha256': 'hmacWithSHA256',
      'ecdsa-sha384': 'ecdsa-with-SHA384',
      'rsa-pss': 'rsassaPss',
      'rsa-pkcs1-sha512': 'sha512WithRSAEncryption',
      'aes256-cbc': 'aes-256-cbc',
      'des-ede3-cbc': 'des-ede3-cbc',
    };
    for (const [name, text] of Object.entries(rows)) {
      expect(theirs(algorithmByName(name as AlgorithmName).oid)).toBe(text);
    }
  });
});

describe('the tables', () => {
  it('cannot be written to by whoever imports them', () => {
    const entry = SM_ALGORITHMS['sm2-sm3'] as unknown as { oid: string; aliases: object[] };
    expect(() => entry.aliases.push({ oid: '1.2.3', finding: 'SM2_SIGN_OID_CURVE' })).toThrow(TypeError);
    expect(() => Object.assign(entry.aliases[0]!, { oid: '1.2.3' })).toThrow(TypeError);
    expect(() => Object.assign(entry, { oid: '1.2.3' })).toThrow(TypeError);
    expect(() => Object.assign(SM_ALGORITHMS, { other: entry })).toThrow(TypeError);
  });
});

describe('aliases', () => {
  it.each(aliases)(
    '%s is also %s: tolerated with a finding, refused when strict [part of SEAL-019]',
    (...row) => {
      const [name, alias, finding] = row;
      const element = sequence(oid(alias));
      expect(read(element, [name])).toEqual({ name, findings: [finding] });
      expect(codeOf(() => read(element, [name], 'strict'))).toBe('ERR_PKI_DEVIATION_REFUSED');
    },
  );

  it('hold only where their algorithm is expected', () => {
    // .401.2 is HMAC-SM3 in its own right, and .104 is SM4 without a mode.
    expect(read(sequence(oid('1.2.156.10197.1.401.2')), ['hmac-sm3'])).toEqual({
      name: 'hmac-sm3',
      findings: [],
    });
    expect(read(sequence(oid('1.2.156.10197.1.104')), ['aes128-cbc'])).toEqual({ name: 'sm4', findings: [] });
    expect(read(sequence(oid('1.2.156.10197.1.501')), ['sm3'])).toEqual({ name: 'sm2-sm3', findings: [] });
  });

  it('are not made up: what no table has keeps its number', () => {
    for (const text of ['1.2.156.10197.501', '1.2.156.10197.1.502', '1.2.3.4']) {
      expect(read(sequence(oid(text)), names).name).toBe(text);
    }
  });
});

describe('parameters', () => {
  const sm2 = oid('1.2.156.10197.1.501');
  const rsa = oid('1.2.840.113549.1.1.11');

  it('NULL where none should be, and none where NULL should be, are findings', () => {
    const rows: readonly (readonly [Uint8Array, FindingCode[]])[] = [
      [sequence(sm2), []],
      [sequence(sm2, NULL), ['ALGORITHM_PARAMETERS_NULL']],
      [sequence(rsa, NULL), []],
      [sequence(rsa), ['ALGORITHM_PARAMETERS_ABSENT']],
      [sequence(oid('1.2.156.10197.1.401')), []],
      [sequence(oid('1.2.156.10197.1.401'), NULL), []],
    ];
    for (const [element, findings] of rows) {
      expect(read(element, []).findings).toEqual(findings);
      if (findings.length > 0) {
        expect(codeOf(() => read(element, [], 'strict'))).toBe('ERR_PKI_DEVIATION_REFUSED');
      }
    }
  });

  it('of any other kind are refused by both policies', () => {
    const bad = [
      sequence(sm2, integer(0)),
      sequence(sm2, fromHex('050100')),
      sequence(sm2, NULL, NULL),
      sequence(rsa, sequence()),
      sequence(),
      sequence(NULL),
      sequence(NULL, sm2),
      concatBytes(fromHex('3002'), fromHex('0600')),
      concatBytes(fromHex('3003'), fromHex('060180')),
    ];
    for (const element of bad) {
      for (const policy of ['tolerant', 'strict'] as const) {
        expect(() => read(element, ['sm2-sm3'], policy)).toThrow(DerProblem);
      }
    }
  });
});

describe('findings', () => {
  it('all have an English and a Chinese text', () => {
    for (const [en, zh] of Object.values(FINDINGS)) {
      expect(en).toMatch(/^[a-zA-Z]/);
      expect(zh).toMatch(/\p{Script=Han}/u);
    }
  });

  it('are listed once for each place, at most 16 places of each, and none hides another', () => {
    const log = new FindingLog();
    for (let i = 0; i < 3; i++) log.note('BER_ENCODING', 'message');
    log.note('BER_ENCODING', 'other');
    expect(log.findings.map(({ where }) => where)).toEqual(['message', 'other']);
    for (let i = 0; i < 100; i++) log.note('BER_ENCODING', `place ${i}`);
    expect(log.findings).toHaveLength(16);
    log.note('SIGNATURE_RAW', 'signature');
    expect(log.findings.at(-1)).toMatchObject({ code: 'SIGNATURE_RAW' });
  });

  it('of a part keep their place, and a strict log refuses them', () => {
    const part = new FindingLog();
    part.note('SIGNATURE_RAW', 'signature');
    const whole = new FindingLog();
    whole.add(part.findings, 'signer 1');
    expect(whole.findings[0]).toMatchObject({ code: 'SIGNATURE_RAW', where: 'signer 1.signature' });
    expect(codeOf(() => new FindingLog('strict').add(part.findings, 'x'))).toBe('ERR_PKI_DEVIATION_REFUSED');
  });

  it('are not tolerated by a policy that is misspelt', () => {
    for (const policy of ['Tolerant', '', 'lax', null, 1]) {
      expect(codeOf(() => new FindingLog(policy as DeviationPolicy))).toBe('ERR_PKI_DEVIATION_REFUSED');
    }
  });
});
