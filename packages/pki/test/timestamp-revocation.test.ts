import { utf8 } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { addUnsignedAttribute } from '../src/messages/change-message.ts';
import { parseMessage } from '../src/messages/parse-message.ts';
import { signMessage } from '../src/messages/sign-message.ts';
import { verifyReliably } from '../src/reliable/index.ts';
import { writeRevocationValues } from '../src/reliable/revocation-values.ts';
import { createOcspRequest, parseOcspRequest } from '../src/revocation/ocsp-request.ts';
import { createOcspResponse } from '../src/revocation/ocsp-response.ts';
import { parseCrl } from '../src/revocation/parse-crl.ts';
import { parseOcspResponse } from '../src/revocation/parse-ocsp-response.ts';
import type { SignedMessage } from '../src/spec/v1/message.ts';
import type { RevocationReason } from '../src/spec/v1/revocation.ts';
import { TIMESTAMP_OIDS, type TimeStampVerifyOptions, verifyTimeStampToken } from '../src/timestamp/index.ts';
import { day, type Holder, root, under } from './support/authority.ts';
import { statuses } from './support/codes.ts';
import { crlOf, type StampingSite, stampingSite, tokenBy, tokenCarrying } from './support/timestamp.ts';

const CONTENT = utf8('内容');
const GOOD = 'passed passed passed';
let site: StampingSite;
let token: Uint8Array;
beforeAll(async () => {
  site = await stampingSite();
  token = await tokenBy(site.tsa, CONTENT);
});

const verify = (der: Uint8Array, path: Partial<TimeStampVerifyOptions['path']> = {}) =>
  verifyTimeStampToken(der, {
    content: CONTENT,
    now: day(9),
    path: { anchors: [site.ca.certificate], ...path },
  });
const trustCodes = ({ verdict }: ReturnType<typeof verify>) => verdict.trust.reasons.map(({ code }) => code);

/** A list that revokes one certificate a day before the list. */
const listOf = (ca: Holder, { certificate }: Holder, reason: RevocationReason | undefined, days: number) =>
  crlOf(ca, [{ certificate, date: day(days - 1), ...(reason === undefined ? {} : { reason }) }], day(days));
const listed = async (...of: Parameters<typeof listOf>) => parseCrl(await listOf(...of));

async function answered(reason: RevocationReason, days: number): Promise<Uint8Array> {
  const { ca, tsa } = site;
  const { certIds } = parseOcspRequest(
    createOcspRequest({ certificate: tsa.certificate, issuer: ca.certificate }),
  );
  const answers = certIds.map((certId) => ({
    certId,
    status: 'revoked' as const,
    revocation: { revocationDate: day(days - 1), reason },
    thisUpdate: day(days),
    nextUpdate: day(days + 5),
  }));
  return createOcspResponse({ responder: ca.certificate, producedAt: day(days), answers }, ca.signer);
}

describe('an authority whose key was lost after genTime', () => {
  it('[part of SEAL-016] is not saved by older evidence that says superseded', async () => {
    const lost = await listed(site.ca, site.tsa, 'keyCompromise', 4);
    const older = await listed(site.ca, site.tsa, 'superseded', 2);
    const ocspResponses = [parseOcspResponse(await answered('superseded', 2))];
    for (const evidence of [
      { crls: [lost], ocspResponses },
      { crls: [older, lost] },
      { crls: [lost, older] },
    ]) {
      const report = verify(token, evidence);
      expect(report.verdict.trust.status).toBe('failed');
      expect(trustCodes(report)).toContain('AUTHORITY_KEY_COMPROMISED');
    }
    expect(statuses(verify(token, { crls: [older], ocspResponses }).verdict)).toBe(GOOD);
  });

  it('[part of SEAL-016] is not saved by what its own token carries', async () => {
    const crls = [await listOf(site.ca, site.tsa, 'superseded', 2)];
    const carrying = await tokenCarrying(site.tsa, CONTENT, { crls });
    expect(statuses(verify(carrying).verdict)).toBe(GOOD);
    const lost = [await listed(site.ca, site.tsa, 'keyCompromise', 4)];
    expect(trustCodes(verify(carrying, { crls: lost }))).toContain('AUTHORITY_KEY_COMPROMISED');
    // And what the token carries about a lost key counts without the caller's evidence.
    const honest = await tokenCarrying(site.tsa, CONTENT, {
      crls: [await listOf(site.ca, site.tsa, 'keyCompromise', 4)],
    });
    expect(verify(honest).verdict.trust.status).toBe('failed');
  });

  it('[part of SEAL-020] is not saved by what a reliable signature carries', async () => {
    const person = await under(site.ca, '签名人');
    const der = await signMessage(CONTENT, {
      syntax: 'rfc5652',
      signers: [{ ...person, attributes: 'standard' }],
    });
    const message = parseMessage(der) as SignedMessage;
    const stamp = await tokenBy(site.tsa, message.signers[0]!.signature);
    const stamped = addUnsignedAttribute(message, 0, {
      oid: TIMESTAMP_OIDS.signatureTimeStamp,
      values: [stamp],
    });
    const values = { crls: [], ocspResponses: [await answered('superseded', 2)] };
    const full = addUnsignedAttribute(parseMessage(stamped) as SignedMessage, 0, {
      oid: TIMESTAMP_OIDS.revocationValues,
      values: [writeRevocationValues(values)],
    });
    const judge = async (reason: RevocationReason) =>
      verifyReliably(full, {
        anchors: [site.ca.certificate],
        time: day(9),
        crls: [await listed(site.ca, site.tsa, reason, 4)],
      });
    expect(statuses((await judge('superseded')).verdict)).toBe(GOOD);
    expect((await judge('keyCompromise')).verdict.time.status).toBe('failed');
  });
});

describe('a CA above the authority that was revoked after genTime', () => {
  const REASONS = [
    ['superseded', 'passed', undefined],
    ['cessationOfOperation', 'passed', undefined],
    ['keyCompromise', 'failed', 'ISSUER_KEY_COMPROMISED'],
    ['cACompromise', 'failed', 'ISSUER_KEY_COMPROMISED'],
    [undefined, 'indeterminate', 'ISSUER_REVOKED_UNEXPLAINED'],
  ] as const;
  it.each(REASONS)('[part of SEAL-016] for the reason %s: trust has %s', async (reason, trust, code) => {
    const sub = await under(site.ca, '下级机构', { profile: 'sub-ca' });
    const tsa = await under(sub, '时间戳服务', { profile: 'tsa' });
    const der = await tokenBy(tsa, CONTENT, {}, [tsa.certificate, sub.certificate]);
    const none = parseCrl(await crlOf(sub, [], day(-1)));
    expect(statuses(verify(der, { crls: [none] }).verdict)).toBe(GOOD);
    const report = verify(der, { crls: [none, await listed(site.ca, sub, reason, 4)] });
    expect(report.verdict.trust.status).toBe(trust);
    if (code !== undefined) expect(trustCodes(report)).toContain(code);
  });
});

describe('evidence that a token carries', () => {
  it('does no harm when it is a list of somebody else, and the caller asked for nothing', async () => {
    const stranger = await root();
    const junk = [await crlOf(stranger, [], day(-1))];
    const forged = Uint8Array.from(await crlOf(site.ca, [], day(-1)));
    forged[forged.length - 1]! ^= 1;
    const der = await tokenCarrying(site.tsa, CONTENT, { crls: [...junk, forged, Uint8Array.of(0x30, 0)] });
    const report = verify(der);
    expect(statuses(report.verdict)).toBe(GOOD);
    expect(trustCodes(report)).toContain('REVOCATION_NOT_CHECKED');
    // What the caller asks for, or brings along, must be answered.
    expect(verify(der, { revocation: 'leaf' }).verdict.trust.status).toBe('indeterminate');
    const crls = [parseCrl(await crlOf(stranger, [], day(-1)))];
    expect(verify(der, { crls }).verdict.trust.status).toBe('indeterminate');
  });

  it('counts when it is right', async () => {
    const good = await tokenCarrying(site.tsa, CONTENT, { crls: [await crlOf(site.ca, [], day(-1))] });
    expect(trustCodes(verify(good))).toContain('NOT_REVOKED');
    const revoked = await listOf(site.ca, site.tsa, 'superseded', -1);
    const bad = await tokenCarrying(site.tsa, CONTENT, { crls: [revoked] });
    expect(verify(bad).verdict.trust.status).toBe('failed');
  });

  it('of a later date shows nobody as good unless the present time is given', () => {
    const later = async () => [parseCrl(await crlOf(site.ca, [], day(2)))];
    const judge = async (changes: Partial<TimeStampVerifyOptions>) =>
      verifyTimeStampToken(token, {
        content: CONTENT,
        path: { anchors: [site.ca.certificate], crls: await later() },
        ...changes,
      }).verdict.trust.status;
    return Promise.all([
      expect(judge({})).resolves.toBe('indeterminate'),
      expect(judge({ now: day(1) })).resolves.toBe('indeterminate'),
      expect(judge({ now: day(3) })).resolves.toBe('passed'),
    ]);
  });
});
