import { randomBytes } from 'node:crypto';
import { parseCertificate } from '@cssi/pki';
import { concatBytes, derElement, isAccepted, SmError, sm3, utf8 } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { createSealFixture, type SealFixture } from '../src/conformance/fixture.ts';
import {
  type MakeSealSpec,
  makeSeal,
  parseSeal,
  parseSealSignature,
  SEAL_ERRORS,
  SEAL_MAX_BYTES,
  SEAL_REASONS,
  verifySeal,
} from '../src/index.ts';
import { NOW } from './support.ts';

const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0);

async function codeOf(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (error) {
    if (error instanceof SmError) return error.code;
    throw error;
  }
  return 'accepted';
}

let fixture: SealFixture;
let seal: Uint8Array;

beforeAll(async () => {
  fixture = await createSealFixture(NOW);
  seal = await makeSeal(fixture.sealSpec(), fixture.maker);
});

describe('making a seal', () => {
  it('keeps what it was given: whole seconds, digests, extensions, picture [part of SEAL-012]', async () => {
    const made = parseSeal(
      await makeSeal(
        fixture.sealSpec({
          certListType: 2,
          createDate: new Date('2026-11-30T01:02:03.987Z'),
          picture: { type: 'PNG', data: PNG, widthMm: 42, heightMm: 43 },
          extensions: [{ oid: '1.2.156.10197.9.1', critical: false, value: utf8('x') }],
        }),
        fixture.maker,
      ),
    );
    expect(made.createDate).toEqual(new Date('2026-11-30T01:02:03Z'));
    expect(made.certificates).toEqual([]);
    expect(made.certificateDigests).toEqual([{ algorithm: 'SM3', value: sm3(fixture.signer.certificate) }]);
    expect(made.extensions).toEqual([{ oid: '1.2.156.10197.9.1', critical: false, value: utf8('x') }]);
    expect(made.picture).toEqual({ type: 'PNG', data: PNG, widthMm: 42, heightMm: 43 });
  });

  const svg = (inner: string, attributes = '') =>
    ({
      type: 'SVG',
      data: utf8(`<svg xmlns="http://www.w3.org/2000/svg"${attributes}>${inner}</svg>`),
      widthMm: 40,
      heightMm: 40,
    }) as const;

  it.each<[string, Partial<MakeSealSpec>, string]>([
    ['a link', { picture: svg('<a href="x">1</a>') }, 'ERR_SEAL_PICTURE'],
    ['an event', { picture: svg('', ' onload="x()"') }, 'ERR_SEAL_PICTURE'],
    ['a loaded image', { picture: svg('<image/>') }, 'ERR_SEAL_PICTURE'],
    ['a loaded fill', { picture: svg('<circle fill="url(http://x)"/>') }, 'ERR_SEAL_PICTURE'],
    ['a loaded fill in escapes', { picture: svg('<circle fill="u\\72l(x)"/>') }, 'ERR_SEAL_PICTURE'],
    ['foreign elements', { picture: svg('<b xmlns="http://www.w3.org/1999/xhtml"/>') }, 'ERR_SEAL_PICTURE'],
    [
      'a document type',
      { picture: { ...svg(''), data: utf8('<!DOCTYPE svg><svg/>') } },
      'ERR_OFD_XML_MALFORMED',
    ],
    ['an unknown type', { picture: { ...svg(''), type: 'OFD' } }, 'ERR_SEAL_PICTURE'],
    ['an empty picture', { picture: { ...svg(''), data: new Uint8Array(0) } }, 'ERR_SEAL_PICTURE'],
    [
      'a huge picture',
      { picture: { ...svg(''), type: 'PNG', data: new Uint8Array(50_000) } },
      'ERR_SEAL_PICTURE',
    ],
    ['a side of no length', { picture: { ...svg(''), widthMm: 0 } }, 'ERR_SEAL_PICTURE'],
    ['a fraction of a millimetre', { picture: { ...svg(''), heightMm: 1.5 } }, 'ERR_SEAL_PICTURE'],
    ['a code in Chinese', { esId: '印章' }, 'ERR_SEAL_PARAMETER'],
    ['a long code', { esId: 'x'.repeat(65) }, 'ERR_SEAL_PARAMETER'],
    ['type 0', { type: 0 }, 'ERR_SEAL_PARAMETER'],
    ['half a character', { name: '\ud800' }, 'ERR_SEAL_PARAMETER'],
    [
      'a date before the maker certificate',
      { createDate: new Date('2026-01-01T00:00:00Z') },
      'ERR_SEAL_NOT_VALID_AT_TIME',
    ],
    ['a date that is none', { createDate: new Date(Number.NaN) }, 'ERR_SEAL_PARAMETER'],
    ['an unknown list type', { certListType: 3 as 1 }, 'ERR_SEAL_PARAMETER'],
    ['a signer that is no certificate', { signerCertificates: [utf8('x')] }, 'ERR_PKI_CERTIFICATE_MALFORMED'],
    [
      'a bad object identifier',
      { extensions: [{ oid: 'x.y', critical: false, value: PNG }] },
      'ERR_SEAL_PARAMETER',
    ],
  ])('refuses %s', async (_what, changes, code) => {
    expect(await codeOf(() => makeSeal(fixture.sealSpec(changes), fixture.maker))).toBe(code);
  });
});

describe('reading a seal', () => {
  it('refuses every truncation', async () => {
    for (let length = 0; length < seal.length; length += 13) {
      expect(await codeOf(() => parseSeal(seal.subarray(0, length)))).toMatch(/^ERR_(SEAL|INPUT)_/);
    }
  });

  it('refuses noise of every kind with a code', async () => {
    const seed = randomBytes(4).readUInt32LE();
    console.info(`seed ${seed}`);
    let state = seed;
    const next = () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state;
    };
    for (let i = 0; i < 300; i++) {
      const noise = Uint8Array.from({ length: next() % 200 }, () => next() >>> 24);
      const wrapped = derElement(0x30, derElement(0x30, noise), noise);
      for (const bytes of [noise, wrapped]) {
        expect(await codeOf(() => parseSeal(bytes))).toMatch(/^ERR_/);
        expect(await codeOf(() => parseSealSignature(bytes))).toMatch(/^ERR_/);
      }
    }
  });

  it('refuses deep nesting and oversize', async () => {
    let deep = Uint8Array.of(0x05, 0);
    for (let i = 0; i < 3000; i++) deep = Uint8Array.from(derElement(0x30, deep));
    expect(await codeOf(() => parseSeal(deep))).toMatch(/^ERR_SEAL_/);
    expect(await codeOf(() => parseSeal(new Uint8Array(SEAL_MAX_BYTES + 1)))).toBe('ERR_INPUT_LENGTH');
    expect(await codeOf(() => parseSeal('text' as unknown as Uint8Array))).toBe('ERR_INPUT_TYPE');
  });

  it('refuses encodings that are BER and not DER', async () => {
    const body = seal.subarray(4);
    const long = concatBytes(Uint8Array.of(0x30, 0x83, 0, body.length >> 8, body.length & 0xff), body);
    const indefinite = concatBytes(Uint8Array.of(0x30, 0x80), body, Uint8Array.of(0, 0));
    for (const bytes of [long, indefinite])
      expect(await codeOf(() => parseSeal(bytes))).toBe('ERR_SEAL_MALFORMED');
  });
});

describe('judging a seal', () => {
  it('leaves integrity open for a critical extension it does not know', async () => {
    const extensions = [{ oid: '1.2.156.10197.9.1', critical: true, value: PNG }];
    const special = await makeSeal(fixture.sealSpec({ extensions }), fixture.maker);
    const { verdict } = verifySeal(special, fixture.judge());
    expect(verdict.integrity.status).toBe('indeterminate');
    expect(verdict.integrity.reasons.map(({ code }) => code)).toContain('SEAL_EXTENSION_CRITICAL');
  });

  it('lets the caller narrow who may be a maker', () => {
    const withUsage = verifySeal(seal, fixture.judge({ makerExtendedKeyUsage: '1.2.3.4' }));
    expect(withUsage.verdict.trust.status).toBe('failed');
    const named = fixture.judge({ makerAnchors: [parseCertificate(fixture.maker.certificate)] });
    expect(isAccepted(verifySeal(seal, named).verdict)).toBe(true);
    const others = fixture.judge({ makerAnchors: [parseCertificate(fixture.strangeMaker.certificate)] });
    expect(verifySeal(seal, others).verdict.trust.status).toBe('failed');
  });

  it('fails an expired maker certificate with its own reason', () => {
    const { verdict } = verifySeal(seal, fixture.judge({ time: fixture.day(400) }));
    expect(verdict.time.reasons.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['MAKER_CERTIFICATE_OUTSIDE_VALIDITY', 'SEAL_EXPIRED']),
    );
  });

  it('refuses a seal of another algorithm', async () => {
    // The algorithm is outside what the maker signs: 1.2.156.10197.1.501 becomes …502.
    const from = Buffer.from('06082a811ccf55018375', 'hex');
    const at = Buffer.from(seal).lastIndexOf(from);
    const other = Uint8Array.from(seal);
    other[at + from.length - 1] = 0x76;
    expect(await codeOf(() => verifySeal(other, fixture.judge()))).toBe('ERR_SEAL_ALGORITHM_UNSUPPORTED');
  });

  it('reports the steps of the clause in order', () => {
    expect(verifySeal(seal, fixture.judge()).steps.map(({ id }) => id)).toEqual([
      'seal-format',
      'maker-signature',
      'maker-certificate',
      'seal-period',
    ]);
  });
});

describe('codes', () => {
  it('carry text in both languages', () => {
    for (const { en, zh } of [...Object.values(SEAL_ERRORS.table), ...Object.values(SEAL_REASONS)]) {
      expect(en).toMatch(/^[ -~]+\.$/);
      expect(zh).toMatch(/[\u4e00-\u9fff].*。$/);
    }
  });
});
