import { describe, expect, it } from 'vitest';
import { judgeRevocation } from '../src/revocation/index.ts';
import type { RevocationOptions } from '../src/spec/v1/revocation.ts';
import { day, type Holder, NOW, root, under } from './support/authority.ts';
import { codeOf } from './support/codes.ts';
import { crlOf, type ResponseChanges, responseOf, revokedEntry } from './support/revocation.ts';

const scene = async (): Promise<{ ca: Holder; leaf: Holder }> => {
  const ca = await root();
  return { ca, leaf: await under(ca, 'leaf') };
};

const judge = ({ ca, leaf }: { ca: Holder; leaf: Holder }, options: Partial<RevocationOptions>) =>
  judgeRevocation(leaf.certificate, ca.certificate, { time: NOW, ...options });

const revokedAnswer = (changes: ResponseChanges['answer'] = {}): ResponseChanges => ({
  answer: { status: 'revoked', revocation: { revocationDate: day(-2), reason: 'keyCompromise' }, ...changes },
});

/** The same response with another form of bytes around it, so that it is no copy. */
const variants = (response: Awaited<ReturnType<typeof responseOf>>, count: number) =>
  Array.from({ length: count }, (_, i) => ({
    ...response,
    raw: Uint8Array.of(i, ...response.raw),
    basic: { ...response.basic! },
  }));

describe('much evidence [part of SEAL-015]', () => {
  it('of OCSP does not keep lists from being read, copies or not', async () => {
    const path = await scene();
    const good = await responseOf(path.ca, path.leaf);
    const crls = [await crlOf(path.ca, { entries: [revokedEntry(path.leaf)] })];
    for (const ocspResponses of [Array.from({ length: 64 }, () => good), variants(good, 64)]) {
      expect(judge(path, { ocspResponses, crls })).toMatchObject({ status: 'revoked', source: 'crl' });
    }
  });

  it('of which not all was read shows nobody as good; a revocation in it counts', async () => {
    const path = await scene();
    const good = await responseOf(path.ca, path.leaf);
    const altered = { ...good, basic: { ...good.basic!, signature: new Uint8Array(70) } };
    const signerIds = [
      ...Array.from({ length: 7 }, (_, i) => Uint8Array.of(i)),
      new TextEncoder().encode('1234567812345678'),
    ];
    const junk = variants(altered, 20);
    expect(judge(path, { signerIds, ocspResponses: [good, ...junk] })).toMatchObject({
      status: 'unknown',
      code: 'REVOCATION_LIMIT',
    });
    const crls = [await crlOf(path.ca, { entries: [revokedEntry(path.leaf)] })];
    expect(judge(path, { signerIds, ocspResponses: [good, ...junk], crls }).status).toBe('revoked');
  });

  it('that is the same again and again costs one check', async () => {
    const path = await scene();
    const good = await responseOf(path.ca, path.leaf);
    const junk = { ...good, basic: { ...good.basic!, signature: new Uint8Array(70) } };
    const ocspResponses = [...Array.from({ length: 63 }, () => ({ ...junk, raw: Uint8Array.of(1) })), good];
    const signerIds = [
      ...Array.from({ length: 7 }, (_, i) => Uint8Array.of(i)),
      new TextEncoder().encode('1234567812345678'),
    ];
    expect(judge(path, { signerIds, ocspResponses }).status).toBe('good');
  });

  it('with thousands of answers about one certificate is judged in no time', async () => {
    const path = await scene();
    const good = await responseOf(path.ca, path.leaf);
    const single = good.basic!.responses[0]!;
    const responses = Array.from({ length: 256 }, (_, i) => ({
      ...single,
      thisUpdate: new Date(day(-1).getTime() - i),
    }));
    const ocspResponses = variants({ ...good, basic: { ...good.basic!, responses } }, 64);
    const start = performance.now();
    expect(judge(path, { ocspResponses }).status).toBe('good');
    expect(performance.now() - start).toBeLessThan(5000);
    // The one answer that says revoked is not lost among the others.
    const revocation = { revocationDate: day(-2), reason: 'keyCompromise' } as const;
    const last = { ...single, status: 'revoked', revocation, thisUpdate: day(-5) } as const;
    const hidden = { ...good, basic: { ...good.basic!, responses: [...responses, last] } };
    expect(judge(path, { ocspResponses: [hidden] }).status).toBe('revoked');
  });
});

describe('newer evidence [part of SEAL-015]', () => {
  it('that does not know of it does not undo a revocation for good', async () => {
    const path = await scene();
    const old = { thisUpdate: day(-3), nextUpdate: day(6) };
    const revoked = await responseOf(path.ca, path.leaf, revokedAnswer(old));
    for (const status of ['good', 'unknown'] as const) {
      const newer = await responseOf(path.ca, path.leaf, { answer: { status } });
      expect(judge(path, { ocspResponses: [revoked, newer] }).status).toBe('revoked');
    }
    const listed = await crlOf(path.ca, { ...old, entries: [revokedEntry(path.leaf)] });
    expect(judge(path, { crls: [listed, await crlOf(path.ca, { crlNumber: 2 })] }).status).toBe('revoked');
  });

  it('ends a hold of its own responder, unless it says unknown', async () => {
    const path = await scene();
    const revocation = { revocationDate: day(-3), reason: 'certificateHold' } as const;
    const hold = await responseOf(
      path.ca,
      path.leaf,
      revokedAnswer({ thisUpdate: day(-3), nextUpdate: day(6), revocation }),
    );
    const good = await responseOf(path.ca, path.leaf);
    const unknown = await responseOf(path.ca, path.leaf, { answer: { status: 'unknown' } });
    const responder = await under(path.ca, 'OCSP', { profile: 'ocsp-responder' });
    const other = await responseOf(path.ca, path.leaf, { responder });
    expect(judge(path, { ocspResponses: [hold, good] }).status).toBe('good');
    expect(judge(path, { ocspResponses: [hold, unknown] }).status).toBe('revoked');
    expect(judge(path, { ocspResponses: [hold, other] }).status).toBe('revoked');
  });

  it('that is a silent delta list out of date leaves its fresh complete list fresh', async () => {
    const path = await scene();
    const complete = await crlOf(path.ca, { thisUpdate: day(-3), nextUpdate: day(1), crlNumber: 5 });
    const delta = await crlOf(path.ca, {
      thisUpdate: day(-2),
      nextUpdate: day(-1),
      crlNumber: 7,
      baseCrlNumber: 4,
    });
    expect(judge(path, { crls: [complete, delta] })).toMatchObject({ status: 'good', thisUpdate: day(-3) });
  });
});

describe('a revocation of a later date [part of SEAL-015]', () => {
  it('counts when a list of the time of judgement or earlier has it', async () => {
    const path = await scene();
    const entries = [revokedEntry(path.leaf, { revocationDate: day(3) })];
    for (const thisUpdate of [day(-1), NOW]) {
      expect(judge(path, { crls: [await crlOf(path.ca, { thisUpdate, entries })] }).status).toBe('revoked');
    }
    const later = await crlOf(path.ca, { thisUpdate: day(1), entries });
    expect(judge(path, { crls: [later], evidenceTime: day(1) })).toMatchObject({
      status: 'good',
      code: 'CERTIFICATE_REVOKED_LATER',
    });
    expect(judge(path, { crls: [later] })).toMatchObject({
      status: 'unknown',
      code: 'REVOCATION_EVIDENCE_FUTURE',
    });
  });

  it('is told with all others that right evidence states, and without a reason where none is stated', async () => {
    const path = await scene();
    const superseded = { revocationDate: day(2), reason: 'superseded' } as const;
    const lists = await Promise.all(
      [{ revocationDate: day(1) }, superseded].map((entry) =>
        crlOf(path.ca, { thisUpdate: day(4), nextUpdate: day(9), entries: [revokedEntry(path.leaf, entry)] }),
      ),
    );
    const forged = await crlOf(await root(), {
      entries: [revokedEntry(path.leaf, { reason: 'aACompromise' })],
    });
    const report = judge(path, { crls: [forged, ...lists], evidenceTime: day(5) });
    expect(report.code).toBe('CERTIFICATE_REVOKED_LATER');
    expect(report.revocation).toMatchObject({ reason: 'unspecified', reasonStated: false });
    expect(report.revocations).toEqual([{ revocationDate: day(1) }, superseded]);
    expect(judge(path, { crls: [await crlOf(path.ca)] }).revocations).toBeUndefined();
  });
});

describe('OCSP responders [part of SEAL-015]', () => {
  const withoutNoCheck = ({ certificate, signer }: Holder): Holder => ({
    signer,
    certificate: {
      ...certificate,
      extensions: certificate.extensions.filter(({ oid }) => oid !== '1.3.6.1.5.5.7.48.1.5'),
    },
  });
  /** A response of a delegated responder, which comes along without nocheck. */
  async function delegated(ca: Holder, leaf: Holder, changes: ResponseChanges = {}) {
    const responder = withoutNoCheck(await under(ca, 'OCSP', { profile: 'ocsp-responder' }));
    const { basic, ...rest } = await responseOf(ca, leaf, { responder, ...changes });
    return { responder, response: { ...rest, basic: { ...basic!, certificates: [responder.certificate] } } };
  }

  it('do not vouch for themselves', async () => {
    const ca = await root();
    const responder = await under(ca, 'OCSP', { profile: 'ocsp-responder' });
    const leaf = withoutNoCheck(responder);
    const { basic, ...rest } = await responseOf(ca, leaf, { responder });
    const response = { ...rest, basic: { ...basic!, certificates: [leaf.certificate] } };
    expect(judge({ ca, leaf }, { ocspResponses: [response] })).toMatchObject({ status: 'unknown' });
    const byCa = await responseOf(ca, leaf);
    expect(judge({ ca, leaf }, { ocspResponses: [response, byCa] }).status).toBe('good');
  });

  it('that the CA says are revoked do not count, by a list or by an answer of its own', async () => {
    const path = await scene();
    const { responder, response } = await delegated(path.ca, path.leaf);
    const about = await responseOf(path.ca, responder, revokedAnswer());
    expect(judge(path, { ocspResponses: [response, about] })).toMatchObject({
      status: 'unknown',
      code: 'OCSP_RESPONDER_REVOKED',
    });
    const good = await responseOf(path.ca, responder);
    expect(judge(path, { ocspResponses: [response, good] })).toMatchObject({
      status: 'good',
      notes: [{ code: 'OCSP_NO_ANSWER' }],
    });
  });

  it('are judged at the time of their answer when that is later', async () => {
    const path = await scene();
    const times = { thisUpdate: day(4), nextUpdate: day(9) };
    const { responder, response } = await delegated(path.ca, path.leaf, {
      producedAt: day(4),
      answer: times,
    });
    const entries = [revokedEntry(responder, { revocationDate: day(2) })];
    const crls = [await crlOf(path.ca, { thisUpdate: day(3), nextUpdate: day(9), entries })];
    const inner = { ocspResponses: [response], crls, evidenceTime: day(1) };
    expect(judge(path, inner)).toMatchObject({
      status: 'unknown',
      code: 'OCSP_RESPONDER_REVOKED',
    });
  });

  it('that the caller trusts must be valid', async () => {
    const path = await scene();
    const name = { commonName: 'OCSP' };
    const expired = await root({ subject: name, issuer: name, notAfter: day(-0.5) });
    const response = await responseOf(path.ca, path.leaf, { responder: expired, chain: [] });
    const trustedResponders = [expired.certificate];
    expect(judge(path, { ocspResponses: [response], trustedResponders })).toMatchObject({
      status: 'unknown',
      code: 'OCSP_RESPONDER_NOT_AUTHORISED',
    });
  });

  it('are not asked about a certificate of another issuer', async () => {
    const path = await scene();
    const name = { commonName: 'other' };
    const other = await root({ subject: name, issuer: name });
    expect(codeOf(() => judge({ ca: other, leaf: path.leaf }, {}))).toBe('ERR_PKI_PATH_OPTIONS');
    expect(codeOf(() => judge({ ca: { certificate: undefined } as never, leaf: path.leaf }, {}))).toBe(
      'ERR_PKI_PATH_OPTIONS',
    );
  });
});
