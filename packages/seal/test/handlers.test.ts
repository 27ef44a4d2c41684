import {
  type AuditNote,
  createDispatcher,
  type Dispatcher,
  type HandlerTable,
  roleAccess,
} from '@cssi/security-service-api';
import { fromBase64, fromUtf8, isAccepted, SmError, toBase64, utf8 } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { softwareSealService } from '../src/adapters/software/index.ts';
import { craftSealed, plainOfd, repack } from '../src/conformance/craft.ts';
import { createSealFixture, type SealFixture } from '../src/conformance/fixture.ts';
import {
  createSealHandlers,
  decodeSealOrder,
  encodeSealOrder,
  parseSeal,
  SEAL_MAX_BYTES,
  SEAL_OPERATIONS,
  type SealKey,
  verifyOfd,
} from '../src/index.ts';
import { NOW } from './support.ts';

const JSON_TYPE = 'application/json';
const STREAM_TYPE = 'application/octet-stream';

/** The canonical query of scalar parameters. */
const query = (params: Record<string, string | number>): string =>
  Object.entries(params)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .sort()
    .join('&');

describe('the seal operations behind the dispatcher', () => {
  let fixture: SealFixture;
  let dispatcher: Dispatcher;
  let tenantId: string | null = 'tenant-a';
  const audited: AuditNote[] = [];

  beforeAll(async () => {
    fixture = await createSealFixture(NOW);
    const keys = new Map<string, SealKey>([
      ['tenant-a/maker', fixture.maker],
      ['tenant-a/signer', fixture.signer],
      ['tenant-b/signer', fixture.signer],
    ]);
    const handlers = createSealHandlers({
      service: softwareSealService(),
      signerFor: async (tenant, keyId) => {
        const key = keys.get(`${tenant}/${keyId}`);
        if (key !== undefined) return key.signer;
        throw new SmError('ERR_TEST_KEY', 0x9ff, {
          n: 0xff,
          category: 'not-found',
          en: 'No key.',
          zh: '无密钥。',
        });
      },
      anchors: fixture.anchors,
    });
    dispatcher = createDispatcher(
      { operations: SEAL_OPERATIONS, handlers: handlers as unknown as HandlerTable },
      {
        sessions: {
          authenticate: async () => ({
            principal: { userId: 'u', tenantId, roles: ['tenant-user'], certificateFingerprint: '00' },
            sessionId: 's',
            signing: 'hmac-sm3' as const,
            responseMac: () => 'mac',
          }),
        },
        access: roleAccess(),
        audit: {
          append: async (event) => {
            audited.push(event as AuditNote);
            return undefined as never;
          },
        },
        clock: () => NOW,
        onInternalError: (error) => {
          throw error;
        },
      },
    );
  });

  const send = async (path: string, body: Uint8Array, contentType: string, text = '') => {
    const response = await dispatcher.handle({
      method: 'POST',
      path,
      query: text,
      headers: { 'content-type': contentType },
      body,
      remoteAddress: '127.0.0.1',
    });
    return response;
  };
  const json = (body: Uint8Array) => JSON.parse(fromUtf8(body)) as Record<string, unknown>;

  const makeParams = (changes: Record<string, unknown> = {}) => ({
    esId: '33010600000001',
    name: '测试公司合同专用章',
    type: 1,
    keyId: 'maker',
    certificate: toBase64(fixture.maker.certificate),
    signerCertificates: [toBase64(fixture.signer.certificate)],
    validFrom: fixture.day(-1).toISOString(),
    validTo: fixture.day(90).toISOString(),
    ...changes,
  });
  const make = (changes: Record<string, unknown> = {}) =>
    send('/v1/seal/make', utf8(JSON.stringify(makeParams(changes))), JSON_TYPE);
  const signParams = (changes: Record<string, string | number> = {}) =>
    query({
      keyId: 'signer',
      certificate: toBase64(fixture.signer.certificate),
      page: 1,
      x: 120,
      y: 200,
      width: 40,
      height: 40,
      ...changes,
    });
  const sign = (body: Uint8Array, changes: Record<string, string | number> = {}) =>
    send('/v1/seal/ofd/sign/stream', body, STREAM_TYPE, signParams(changes));
  const verify = (ofd: Uint8Array) => send('/v1/seal/ofd/verify/stream', ofd, STREAM_TYPE);

  it('makes a seal, seals a document and verifies it [part of TCCIA-025, SEAL-008]', async () => {
    const made = await make();
    expect(made.status).toBe(200);
    const seal = fromBase64(json(made.body).seal as string);
    expect(parseSeal(seal)).toMatchObject({ name: '测试公司合同专用章', picture: { type: 'SVG' } });
    const signed = await sign(encodeSealOrder({ seal, ofd: plainOfd(fixture) }));
    expect(signed.status).toBe(200);
    expect(isAccepted(verifyOfd(signed.body, fixture.judge()).verdict)).toBe(true);
    const judged = await verify(signed.body);
    expect(judged.status).toBe(200);
    expect(json(judged.body)).toMatchObject({
      accepted: true,
      integrity: { status: 'passed' },
      signatures: [{ accepted: true, signer: 'Signer', seal: { esId: '33010600000001' } }],
    });
  });

  it('answers a wrong document with a negative verdict and reasons in two languages [part of SEAL-008]', async () => {
    const changed = repack(
      await craftSealed(fixture),
      (parts) => parts.set('Doc_0/extra.bin', Uint8Array.of(1)),
      NOW,
    );
    const judged = await verify(changed);
    expect(judged.status).toBe(200);
    const answer = json(judged.body) as {
      accepted: boolean;
      integrity: { reasons: { code: string; en: string; zh: string }[] };
    };
    expect(answer.accepted).toBe(false);
    const reason = answer.integrity.reasons.find(({ code }) => code === 'PART_NOT_COVERED');
    expect(reason?.en).toContain('Doc_0/extra.bin');
    expect(reason?.zh).toMatch(/[\u4e00-\u9fff]/);
  });

  it('stays inside its response schema for hostile names in a document', async () => {
    const ofd = await craftSealed(fixture);
    const list = 'Doc_0/Signs/Signatures.xml';
    const hostile = repack(
      ofd,
      (parts) => {
        const text = fromUtf8(parts.get(list)!);
        parts.set(list, utf8(text.replace('ID="s1"', `ID="${'x'.repeat(500)}&#x85;"`)));
        for (let i = 0; i < 3; i++) parts.set(`Doc_0/\u200b${'y'.repeat(300)}${i}`, Uint8Array.of(i));
      },
      NOW,
    );
    expect((await verify(hostile)).status).toBe(200);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['a missing name', { name: undefined }, 'ERR_API_PARAMETERS_INVALID'],
    ['a number as name', { name: 7 }, 'ERR_API_PARAMETERS_INVALID'],
    ['too long a name', { name: '章'.repeat(41) }, 'ERR_API_PARAMETERS_INVALID'],
    ['no signer', { signerCertificates: [] }, 'ERR_API_PARAMETERS_INVALID'],
    ['too many signers', { signerCertificates: Array(17).fill('AAAA') }, 'ERR_API_PARAMETERS_INVALID'],
    ['text as certificate', { certificate: '***' }, 'ERR_API_PARAMETERS_INVALID'],
    ['an unknown member', { extra: 1 }, 'ERR_API_PARAMETERS_INVALID'],
    ['bytes that are no certificate', { signerCertificates: ['AAAA'] }, 'ERR_PKI_CERTIFICATE_MALFORMED'],
    ['a day no calendar has', { validTo: '2027-02-30T00:00:00.000Z' }, 'ERR_SEAL_PARAMETER'],
    ['a reversed period', { validTo: '2020-01-01T00:00:00.000Z' }, 'ERR_SEAL_PARAMETER'],
    ['a code with spaces', { esId: 'a b' }, 'ERR_SEAL_PARAMETER'],
    ['the certificate of another key', { keyId: 'signer' }, 'ERR_SEAL_KEY_MISMATCH'],
    ['an unknown key', { keyId: 'nobody' }, 'ERR_TEST_KEY'],
  ])('seal.make refuses %s', async (_what, changes, code) => {
    const response = await make(changes);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(json(response.body).code).toBe(code);
  });

  it.each(['', '{', '[]', 'null', '"x"', '{"esId":1}', '\u0000'])(
    'seal.make refuses the body %j',
    async (text) => {
      const response = await send('/v1/seal/make', utf8(text), JSON_TYPE);
      expect(json(response.body).code).toMatch(/^ERR_API_(JSON_MALFORMED|PARAMETERS_INVALID)$/);
    },
  );

  it('seal.ofd.sign refuses bodies of another form', async () => {
    const seal = fromBase64(json((await make()).body).seal as string);
    const ofd = plainOfd(fixture);
    const long = Uint8Array.of(0, 1, 0, 1);
    expect(SEAL_MAX_BYTES).toBe(65_536);
    for (const body of [new Uint8Array(0), Uint8Array.of(0, 0, 0, 0, 1), long, ofd]) {
      expect(json((await sign(body)).body).code).toBe('ERR_SEAL_PARAMETER');
    }
    expect(json((await sign(encodeSealOrder({ seal, ofd: utf8('x') }))).body).code).toBe(
      'ERR_OFD_ZIP_MALFORMED',
    );
    expect(json((await sign(encodeSealOrder({ seal: ofd, ofd }))).body).code).toBe('ERR_SEAL_MALFORMED');
    const other = { certificate: toBase64(fixture.otherSigner.certificate) };
    expect(json((await sign(encodeSealOrder({ seal, ofd }), other)).body).code).toBe('ERR_SEAL_KEY_MISMATCH');
    expect(json((await sign(encodeSealOrder({ seal, ofd }), { page: 9 })).body).code).toBe(
      'ERR_OFD_PAGE_UNKNOWN',
    );
    expect(json((await sign(encodeSealOrder({ seal, ofd }), { width: 0 })).body).code).toBe(
      'ERR_API_PARAMETERS_INVALID',
    );
  });

  it('uses the keys of no other tenant, and none for a caller without one', async () => {
    const seal = fromBase64(json((await make()).body).seal as string);
    try {
      tenantId = 'tenant-b';
      expect(json((await make()).body).code).toBe('ERR_TEST_KEY');
      tenantId = null;
      expect(json((await make()).body).code).toBe('ERR_SEAL_TENANT_REQUIRED');
      const body = encodeSealOrder({ seal, ofd: plainOfd(fixture) });
      expect(json((await sign(body)).body).code).toBe('ERR_SEAL_TENANT_REQUIRED');
    } finally {
      tenantId = 'tenant-a';
    }
  });

  it('leaves what was sealed in the audit event, by digest and without content', async () => {
    audited.length = 0;
    await make();
    expect(audited).toHaveLength(1);
    expect(audited[0]).toMatchObject({ object: 'seal/33010600000001', detail: { keyId: 'maker' } });
    expect(JSON.stringify(audited)).not.toContain('测试公司');
  });
});

describe('the sealing order', () => {
  it('comes back as it went in', () => {
    const order = { seal: utf8('seal'), ofd: utf8('ofd') };
    expect(decodeSealOrder(encodeSealOrder(order))).toEqual(order);
  });

  it.each([[[]], [[0, 0, 0]], [[0, 0, 0, 1]], [[0, 0, 0, 1, 7]], [[255, 255, 255, 255, 1, 2]]])(
    'refuses %j',
    (bytes) => {
      expect(decodeSealOrder(Uint8Array.from(bytes))).toBeUndefined();
    },
  );
});
