import { sm3, utf8 } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseCrl } from '../src/revocation/parse-crl.ts';
import {
  createTimeStampRequest,
  parseTimeStampRequest,
  parseTimeStampToken,
  type TimeStampVerifyOptions,
  verifyTimeStampToken,
} from '../src/timestamp/index.ts';
import { day, type Holder, NOW, root, under } from './support/authority.ts';
import { codeOf, statuses } from './support/codes.ts';
import {
  crlOf,
  POLICY,
  resigned,
  type StampingSite,
  stampingSite,
  tokenBy,
  tokenFor,
} from './support/timestamp.ts';

const CONTENT = utf8('内容');
const GOOD = 'passed passed passed';
let site: StampingSite;
let token: Uint8Array;
beforeAll(async () => {
  site = await stampingSite();
  token = await tokenFor(site.tsa, { content: CONTENT, nonce: 7n }, { accuracy: { seconds: 1 } });
});

const path = () => ({ anchors: [site.ca.certificate] });
const verify = (der: Uint8Array, changes: Partial<TimeStampVerifyOptions> = {}) =>
  verifyTimeStampToken(der, { content: CONTENT, path: path(), ...changes });
const codes = ({ verdict }: ReturnType<typeof verify>) =>
  [verdict.integrity, verdict.trust, verdict.time].flatMap(({ reasons }) => reasons.map(({ code }) => code));

describe('verifyTimeStampToken', () => {
  it('[SEAL-016] accepts a token with SM3 imprint and SM2 signature, and refuses it for other content', () => {
    const report = verify(token, { nonce: 7n, requiredPolicy: POLICY, policy: 'strict' });
    expect(statuses(report.verdict)).toBe(GOOD);
    expect(report).toMatchObject({ info: { time: NOW, nonce: 7n, imprint: { hash: 'sm3' } }, findings: [] });
    expect(report.certificate?.fingerprint).toBe(site.tsa.certificate.fingerprint);
    expect(report.latest).toEqual(new Date(NOW.getTime() + 1000));
    const other = verify(token, { content: utf8('别的内容') });
    expect(statuses(other.verdict)).toBe('failed passed passed');
    expect(codes(other)).toContain('IMPRINT_WRONG');
  });

  it('accepts a parsed token, an imprint in place of content, and both syntaxes', async () => {
    const imprint = { hash: 'sm3', digest: sm3(CONTENT) };
    const options = { imprint, path: path() };
    expect(statuses(verifyTimeStampToken(parseTimeStampToken(token), options).verdict)).toBe(GOOD);
    const gm = await tokenFor(site.tsa, { content: CONTENT }, { syntax: 'gbt35275' });
    expect(statuses(verify(gm, { policy: 'strict' }).verdict)).toBe(GOOD);
  });

  it('checks the request that the token answers', async () => {
    const der = createTimeStampRequest({ content: CONTENT, policy: POLICY });
    const request = parseTimeStampRequest(der);
    expect(statuses(verify(await tokenFor(site.tsa, der), { request }).verdict)).toBe(GOOD);
    const another = parseTimeStampRequest(createTimeStampRequest({ content: CONTENT }));
    expect(codes(verify(await tokenFor(site.tsa, der), { request: another }))).toContain('NONCE_WRONG');
    const elsewhere = parseTimeStampRequest(createTimeStampRequest({ content: utf8('x'), nonce: 7n }));
    expect(codes(verify(token, { request: elsewhere }))).toContain('IMPRINT_WRONG');
    const policied = parseTimeStampRequest(
      createTimeStampRequest({ content: CONTENT, nonce: 7n, policy: '1.2.3' }),
    );
    expect(codes(verify(token, { request: policied }))).toContain('POLICY_WRONG');
  });

  it.each(['sha256', 'sha384', 'sha512'] as const)('accepts imprints by %s', async (hash) => {
    expect(statuses(verify(await tokenFor(site.tsa, { content: CONTENT, hash })).verdict)).toBe(GOOD);
  });

  const REFUSALS: readonly (readonly [string, Partial<TimeStampVerifyOptions>, string, string])[] = [
    ['another nonce', { nonce: 8n }, 'failed passed passed', 'NONCE_WRONG'],
    ['another policy', { requiredPolicy: ['1.2.3', '1.2.4'] }, 'passed failed passed', 'POLICY_WRONG'],
    ['a coarse accuracy', { maxAccuracyMicros: 999_999 }, 'passed passed failed', 'ACCURACY_TOO_COARSE'],
    ['a time to come', { now: day(-1) }, 'passed passed failed', 'TIME_IN_FUTURE'],
    ['no anchor', { path: { anchors: [] } }, 'passed indeterminate passed', 'NO_ANCHOR_GIVEN'],
    [
      'judgement after expiry',
      { path: { anchors: [], time: day(400) } },
      'passed indeterminate failed',
      'CERTIFICATE_EXPIRED',
    ],
  ];
  it.each(REFUSALS)('[part of SEAL-016] does not accept %s', (_, changes, outcome, code) => {
    const report = verify(token, changes);
    expect(statuses(report.verdict)).toBe(outcome);
    expect(codes(report)).toContain(code);
  });

  it('says when there was nothing to compare with', () => {
    const report = verifyTimeStampToken(token, { path: path() });
    expect(statuses(report.verdict)).toBe('indeterminate passed passed');
    expect(codes(report)).toContain('IMPRINT_NOT_COMPARED');
  });

  it('accepts an accuracy that is enough, and doubts one that is not stated', async () => {
    expect(statuses(verify(token, { maxAccuracyMicros: 1_000_000 }).verdict)).toBe(GOOD);
    const unstated = verify(await tokenFor(site.tsa, { content: CONTENT }), { maxAccuracyMicros: 1_000_000 });
    expect(statuses(unstated.verdict)).toBe('passed passed indeterminate');
  });

  it('finds the certificate of a token that carries none, or says that it is missing', async () => {
    const bare = await tokenFor(site.tsa, { content: CONTENT, certReq: false });
    expect(statuses(verify(bare, { certificates: [site.tsa.certificate] }).verdict)).toBe(GOOD);
    const missing = verify(bare);
    expect(statuses(missing.verdict)).toBe('indeterminate indeterminate indeterminate');
    expect(codes(missing)).toContain('AUTHORITY_CERTIFICATE_MISSING');
  });

  it('refuses an authority under another root', async () => {
    const other = await root();
    expect(statuses(verify(token, { path: { anchors: [other.certificate] } }).verdict)).toMatch(
      /^passed failed/,
    );
  });

  const BAD_OPTIONS: readonly (readonly [string, Partial<TimeStampVerifyOptions>])[] = [
    ['content and imprint', { imprint: { hash: 'sm3', digest: sm3(CONTENT) } }],
    ['content that is text', { content: 'text' as never }],
    ['a nonce that is a number', { nonce: 7 as never }],
    ['a policy that is no OID', { requiredPolicy: 'policy' }],
    ['a negative accuracy', { maxAccuracyMicros: -1 }],
    ['a time that is none', { now: new Date(Number.NaN) }],
    ['a time of judgement that is none', { path: { anchors: [], time: new Date(Number.NaN) } }],
    ['no path', { path: null as never }],
  ];
  it.each(BAD_OPTIONS)('throws for %s', (_, changes) => {
    expect(codeOf(() => verify(token, changes))).toBe('ERR_PKI_TIMESTAMP_OPTIONS');
  });

  const JUNK: readonly (readonly [string, Uint8Array])[] = [
    ['a stamp of three bytes', Uint8Array.of(1, 2, 3)],
    ['an empty stamp', new Uint8Array(0)],
    ['a SEQUENCE of nothing', Uint8Array.of(0x30, 0)],
  ];
  it.each(JUNK)('[part of SEAL-016] throws for %s', (_, der) => {
    expect(codeOf(() => verify(der))).toBe('ERR_PKI_TIMESTAMP_MALFORMED');
  });
});

describe('the certificate of the authority', () => {
  const stampedBy = async (holder: Holder, changes: Partial<TimeStampVerifyOptions> = {}) =>
    verify(await tokenBy(holder, CONTENT), changes);

  it('[part of SEAL-016] is refused without the purpose, and with another one', async () => {
    for (const profile of ['person', 'tls-server'] as const) {
      const report = await stampedBy(await under(site.ca, '某人', { profile }));
      expect(statuses(report.verdict)).toBe('passed failed passed');
      expect(codes(report)).toContain('AUTHORITY_PURPOSE_WRONG');
    }
  });

  it('is reported when its purpose is not critical, and refused when strict', async () => {
    const uncritical = await resigned(site.tsa, site.ca, '0603551d250101ff', '0603551d25010100');
    const tolerant = await stampedBy(uncritical);
    expect(statuses(tolerant.verdict)).toBe(GOOD);
    expect(tolerant.findings.map(({ code }) => code)).toContain('PURPOSE_NOT_CRITICAL');
    expect(codes(tolerant)).toContain('AUTHORITY_PURPOSE_TOLERATED');
    const der = await tokenBy(uncritical, CONTENT);
    expect(codeOf(() => verify(der, { policy: 'strict' }))).toBe('ERR_PKI_DEVIATION_REFUSED');
  });

  it('[part of SEAL-016] must be valid at genTime, whatever it is now', async () => {
    const old = await under(site.ca, '旧时间戳', { profile: 'tsa', notBefore: day(-9), notAfter: day(-1) });
    const late = await stampedBy(old);
    expect(statuses(late.verdict)).toBe('passed passed failed');
    expect(codes(late)).toContain('CERTIFICATE_EXPIRED');
    const inTime = await tokenBy(old, CONTENT, { time: day(-2) });
    expect(statuses(verify(inTime).verdict)).toBe(GOOD);
    expect(statuses(verify(inTime, { path: { ...path(), time: NOW } }).verdict)).toBe('passed passed failed');
  });

  const REVOCATIONS = [
    ['before genTime', -1, 'superseded', 'failed', 'CERTIFICATE_REVOKED'],
    ['after genTime, superseded', 1, 'superseded', 'passed', 'CERTIFICATE_REVOKED_LATER'],
    ['after genTime, closed down', 1, 'cessationOfOperation', 'passed', 'CERTIFICATE_REVOKED_LATER'],
    ['after genTime, key lost', 1, 'keyCompromise', 'failed', 'AUTHORITY_KEY_COMPROMISED'],
    ['after genTime, no reason', 1, undefined, 'indeterminate', 'AUTHORITY_REVOKED_UNEXPLAINED'],
  ] as const;
  it.each(REVOCATIONS)('revoked %s', async (_, days, reason, trust, code) => {
    const entry = {
      certificate: site.tsa.certificate,
      date: day(days),
      ...(reason === undefined ? {} : { reason }),
    };
    const crls = [parseCrl(await crlOf(site.ca, [entry], day(2)))];
    const report = verify(token, { now: day(3), path: { ...path(), crls } });
    expect(statuses(report.verdict)).toBe(`passed ${trust} passed`);
    expect(codes(report)).toContain(code);
  });

  it('is not revoked by a list of somebody else', async () => {
    const other = await root();
    const entry = { certificate: site.tsa.certificate, date: day(-1) };
    const crls = [parseCrl(await crlOf(other, [entry], day(0)))];
    expect(verify(token, { path: { ...path(), crls } }).verdict.trust.status).toBe('indeterminate');
  });

  it('must be the one that the signed attributes name', async () => {
    // Another certificate of the same key, name and serial number, by the same CA.
    const twin = await resigned(site.tsa, site.ca, '170d32', '170d32');
    const foreign = await tokenBy(site.tsa, CONTENT, {}, [twin.certificate]);
    const report = verify(foreign);
    expect(report.verdict.integrity.status).toBe('failed');
    expect(codes(report)).toContain('SIGNER_CERTIFICATE_NOT_BOUND');
  });

  it('must have the name that the token gives', async () => {
    const right = await tokenBy(site.tsa, CONTENT, { tsaName: site.tsa.certificate.subjectRaw });
    expect(statuses(verify(right).verdict)).toBe(GOOD);
    const wrong = await tokenBy(site.tsa, CONTENT, { tsaName: site.ca.certificate.subjectRaw });
    expect(codes(verify(wrong))).toContain('AUTHORITY_NAME_WRONG');
  });

  it('does not help when its signature is wrong', async () => {
    const der = Uint8Array.from(token);
    der[der.length - 1]! ^= 1;
    const report = verify(der);
    expect(report.verdict.integrity.status).toBe('failed');
  });
});

describe('a token that was tampered with', () => {
  /** Places of the parts that everything hangs on: TSTInfo, certificate, signed attributes, signature. */
  function vitalPlaces(): Set<number> {
    const { message } = parseTimeStampToken(token);
    const [signer] = message.signers;
    const parts = [message.content!, signer!.signature, message.certificates[0]!.raw];
    const attributes = signer!.signedAttributes!.map(({ raw }) => raw);
    const hex = Buffer.from(token);
    return new Set(
      [...parts, ...attributes].flatMap((part) => {
        const at = hex.indexOf(Buffer.from(part));
        expect(at).toBeGreaterThan(0);
        return Array.from(part, (_, i) => at + i);
      }),
    );
  }

  it('[part of SEAL-016] is never accepted, whichever byte of a vital part is changed', () => {
    const vital = vitalPlaces();
    expect(vital.size).toBeGreaterThan(token.length * 0.8);
    let verdicts = 0;
    for (let at = 0; at < token.length; at++) {
      const changed = Uint8Array.from(token);
      changed[at]! ^= 1 << (at % 8);
      const code = codeOf(() => {
        const report = verify(changed, { nonce: 7n, requiredPolicy: POLICY });
        verdicts++;
        if (statuses(report.verdict) !== GOOD) return;
        // What is not signed may change without harm: it changes nothing of what is stated.
        if (vital.has(at)) throw new Error(`byte ${at} is not covered`);
        expect(report.info.raw).toEqual(parseTimeStampToken(token).info.raw);
        expect(report.certificate!.fingerprint).toBe(site.tsa.certificate.fingerprint);
      });
      expect(code).toMatch(/^(nothing was thrown|ERR_PKI_TIMESTAMP_MALFORMED)$/);
    }
    expect(verdicts).toBeGreaterThan(100);
  });

  it('is never accepted when it is cut', () => {
    for (let length = 0; length < token.length; length += 3) {
      expect(codeOf(() => verify(token.subarray(0, length)))).toBe('ERR_PKI_TIMESTAMP_MALFORMED');
    }
  });
});
