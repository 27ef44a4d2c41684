import { fromUtf8, isAccepted, SmError, utf8 } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  bytesOf,
  craftSealed,
  FIRST_SIGNATURE,
  plainOfd,
  repack,
  replaceText,
} from '../src/conformance/craft.ts';
import { createSealFixture, type SealFixture } from '../src/conformance/fixture.ts';
import {
  drawRoundSeal,
  makeSeal,
  parseSealSignature,
  sealOfd,
  verifyOfd,
  writeTextOfd,
} from '../src/index.ts';
import { parseXml } from '../src/internal/xml-read.ts';
import { readParts } from '../src/internal/zip-read.ts';
import { NOW } from './support.ts';

async function codeOf(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (error) {
    if (error instanceof SmError) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('writing a document', () => {
  it('writes the parts of GB/T 33190 with the text as given [part of SEAL-013]', () => {
    const lines = ['甲方 & 乙方 <签字>', '', 'it\'s "quoted"'];
    const parts = readParts(writeTextOfd({ title: '合同 <1>', lines, created: NOW }));
    expect([...parts.keys()]).toEqual([
      'OFD.xml',
      'Doc_0/Document.xml',
      'Doc_0/PublicRes.xml',
      'Doc_0/Pages/Page_0/Content.xml',
    ]);
    const page = parseXml(parts.get('Doc_0/Pages/Page_0/Content.xml')!, 'page');
    const objects = page.children[0]!.children[0]!.children;
    expect(objects.map((object) => object.children[0]!.text)).toEqual(['合同 <1>', lines[0], lines[2]]);
    expect(fromUtf8(parts.get('Doc_0/PublicRes.xml')!)).toContain('FontName="宋体"');
  });

  it('gives each character but the last an advance, wraps long lines and turns pages', () => {
    const lines = ['汉'.repeat(100), ...Array.from({ length: 60 }, (_, i) => `第 ${i} 行`)];
    const parts = readParts(writeTextOfd({ title: 'T', lines, created: NOW }));
    expect(parts.has('Doc_0/Pages/Page_1/Content.xml')).toBe(true);
    const page = parseXml(parts.get('Doc_0/Pages/Page_0/Content.xml')!, 'page');
    const objects = page.children[0]!.children[0]!.children;
    expect(objects.slice(1, 4).map((object) => object.children[0]!.text.length)).toEqual([40, 40, 20]);
    for (const { children } of objects) {
      const { text, attributes } = children[0]!;
      const advances = attributes.get('DeltaX')?.split(' ') ?? [];
      expect(advances.length).toBe([...text].length - 1);
    }
    const ids = objects.map((object) => object.attributes.get('ID'));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each([
    [{ title: '', lines: [] }],
    [{ title: 'x'.repeat(201), lines: [] }],
    [{ title: 'x', lines: Array.from({ length: 2001 }, () => '') }],
    [{ title: 'x', lines: ['y'.repeat(2001)] }],
    [{ title: 'x', lines: ['\u0007'] }],
    [{ title: 'x', lines: [7 as unknown as string] }],
    [{ title: 'x', lines: 'no list' as unknown as string[] }],
  ])('refuses text outside its bounds (%#)', async (text) => {
    expect(await codeOf(() => writeTextOfd({ ...text, created: NOW }))).toBe('ERR_OFD_TEXT');
  });

  it('refuses a date that is none', async () => {
    const created = new Date(Number.NaN);
    expect(await codeOf(() => writeTextOfd({ title: 'x', lines: [], created }))).toBe('ERR_SEAL_PARAMETER');
  });
});

describe('the round seal', () => {
  it('draws and escapes every character', () => {
    const picture = drawRoundSeal({ name: '<甲>&"乙"', diameterMm: 42 });
    expect(picture).toMatchObject({ type: 'SVG', widthMm: 42, heightMm: 42 });
    const svg = fromUtf8(picture.data);
    expect(svg).toContain('&lt;</text>');
    expect(parseXml(picture.data, 'svg', 'http://www.w3.org/2000/svg').name).toBe('svg');
  });

  it.each([
    { name: '' },
    { name: 'x'.repeat(41) },
    { name: 'x', diameterMm: 10 },
    { name: 'x', diameterMm: 40.5 },
  ])('refuses %j', async (spec) => {
    expect(await codeOf(() => drawRoundSeal(spec))).toBe('ERR_SEAL_PARAMETER');
  });
});

describe('sealing a document', () => {
  let fixture: SealFixture;
  let seal: Uint8Array;
  let sealed: Uint8Array;

  beforeAll(async () => {
    fixture = await createSealFixture(NOW);
    seal = await makeSeal(fixture.sealSpec(), fixture.maker);
    sealed = await craftSealed(fixture);
  });

  const order = (ofd: Uint8Array, page = 1) => ({
    ofd,
    seal,
    signer: fixture.signer,
    page,
    boundary: { x: 120.5, y: 200, width: 40, height: 40 },
    time: NOW,
  });

  it('writes the algorithm identifiers of GB/T 33560 and DER signatures of GB/T 35276 [part of SEAL-018, SEAL-019]', async () => {
    const parts = readParts(await sealOfd(order(plainOfd(fixture))));
    const text = fromUtf8(bytesOf(parts, `${FIRST_SIGNATURE}/Signature.xml`));
    expect(text).toContain('<ofd:SignatureMethod>1.2.156.10197.1.501</ofd:SignatureMethod>');
    expect(text).toContain('CheckMethod="1.2.156.10197.1.401"');
    const value = parseSealSignature(bytesOf(parts, `${FIRST_SIGNATURE}/SignedValue.dat`));
    expect(value.signatureAlgorithm).toBe('1.2.156.10197.1.501');
    expect(value.seal.signatureAlgorithm).toBe('1.2.156.10197.1.501');
    for (const signature of [value.signature, value.seal.makerSignature]) {
      expect(signature[0]).toBe(0x30);
      expect(signature[1]).toBe(signature.length - 2);
    }
  });

  it('adds no more to OFD.xml than the name of the signature list', async () => {
    const before = plainOfd(fixture);
    const root = fromUtf8(bytesOf(readParts(await sealOfd(order(before))), 'OFD.xml'));
    const added = '<ofd:Signatures>/Doc_0/Signs/Signatures.xml</ofd:Signatures>';
    expect(root).toContain(added);
    expect(root.replace(added, '')).toBe(fromUtf8(bytesOf(readParts(before), 'OFD.xml')));
  });

  it('seals a package of another producer: other order, prefix and relative paths', async () => {
    const foreign = repack(
      plainOfd(fixture),
      (parts) => {
        const root =
          '<OFD xmlns="http://www.ofdspec.org/2016"><DocBody><DocRoot>./Doc_0/Document.xml</DocRoot><DocInfo/></DocBody></OFD>';
        parts.set('OFD.xml', utf8(root));
        replaceText(parts, 'Doc_0/Document.xml', 'Pages/Page_0', '/Doc_0/Pages/Page_0');
      },
      NOW,
    );
    const result = await sealOfd(order(foreign));
    expect(isAccepted(verifyOfd(result, fixture.judge()).verdict)).toBe(true);
  });

  it('refuses to follow a signature that protects the signature list', async () => {
    const locked = repack(
      sealed,
      (parts) =>
        replaceText(
          parts,
          `${FIRST_SIGNATURE}/Signature.xml`,
          'FileRef="/OFD.xml"',
          'FileRef="/Doc_0/Signs/Signatures.xml"',
        ),
      NOW,
    );
    expect(await codeOf(() => sealOfd(order(locked)))).toBe('ERR_OFD_LOCKED');
  });

  it('refuses to number a signature beyond what readers of the list count', async () => {
    const full = repack(
      sealed,
      (parts) => replaceText(parts, 'Doc_0/Signs/Signatures.xml', 'MaxSignId>1<', 'MaxSignId>999999999<'),
      NOW,
    );
    expect(await codeOf(() => sealOfd(order(full)))).toBe('ERR_OFD_LIMIT');
  });

  it('refuses to rewrite a signature list with more in it than it knows', async () => {
    const rich = repack(
      sealed,
      (parts) => replaceText(parts, 'Doc_0/Signs/Signatures.xml', 'Type="Seal"', 'Type="Seal" Relative="s0"'),
      NOW,
    );
    expect(await codeOf(() => sealOfd(order(rich)))).toBe('ERR_OFD_UNSUPPORTED');
  });

  it.each<[string, string, (parts: Map<string, Uint8Array>) => void]>([
    ['no OFD.xml', 'ERR_OFD_STRUCTURE', (parts) => parts.delete('OFD.xml')],
    ['another root', 'ERR_OFD_STRUCTURE', (parts) => parts.set('OFD.xml', utf8('<a/>'))],
    ['another namespace', 'ERR_OFD_STRUCTURE', (parts) => replaceText(parts, 'OFD.xml', '/2016', '/2015')],
    ['no Document.xml', 'ERR_OFD_STRUCTURE', (parts) => parts.delete('Doc_0/Document.xml')],
    ['no page', 'ERR_OFD_STRUCTURE', (parts) => parts.delete('Doc_0/Pages/Page_0/Content.xml')],
    [
      'two documents',
      'ERR_OFD_UNSUPPORTED',
      (parts) => replaceText(parts, 'OFD.xml', '</ofd:DocBody>', '</ofd:DocBody><ofd:DocBody/>'),
    ],
    [
      'a repeated value',
      'ERR_OFD_STRUCTURE',
      (parts) =>
        replaceText(parts, 'OFD.xml', '</ofd:DocRoot>', '</ofd:DocRoot><ofd:DocRoot>x</ofd:DocRoot>'),
    ],
    [
      'a path outside',
      'ERR_OFD_PART_NAME',
      (parts) => replaceText(parts, 'OFD.xml', 'Doc_0/Document', '../../etc/x'),
    ],
  ])('refuses a package with %s', async (_what, code, change) => {
    expect(await codeOf(() => sealOfd(order(repack(plainOfd(fixture), change, NOW))))).toBe(code);
  });

  it.each([0, 2, -1, 1.5, Number.NaN])('refuses page %s', async (page) => {
    expect(await codeOf(() => sealOfd(order(plainOfd(fixture), page)))).toBe('ERR_OFD_PAGE_UNKNOWN');
  });

  it.each<[string, (parts: Map<string, Uint8Array>) => void]>([
    [
      'a reference twice',
      (parts) =>
        replaceText(
          parts,
          `${FIRST_SIGNATURE}/Signature.xml`,
          'FileRef="/Doc_0/Document.xml"',
          'FileRef="/OFD.xml"',
        ),
    ],
    [
      'a digest that is no base64',
      (parts) =>
        replaceText(parts, `${FIRST_SIGNATURE}/Signature.xml`, '=</ofd:CheckValue>', '*</ofd:CheckValue>'),
    ],
    [
      'a hexadecimal boundary',
      (parts) => replaceText(parts, `${FIRST_SIGNATURE}/Signature.xml`, '120 200 40 40', '120 200 0x28 40'),
    ],
    [
      'a boundary of words',
      (parts) => replaceText(parts, `${FIRST_SIGNATURE}/Signature.xml`, '120 200 40 40', 'a b c d'),
    ],
    ['no seal value', (parts) => parts.delete(`${FIRST_SIGNATURE}/SignedValue.dat`)],
    [
      'an unknown row in the list',
      (parts) =>
        replaceText(parts, 'Doc_0/Signs/Signatures.xml', '</ofd:MaxSignId>', '</ofd:MaxSignId><ofd:Extra/>'),
    ],
  ])('verification refuses %s', async (_what, change) => {
    expect(await codeOf(() => verifyOfd(repack(sealed, change, NOW), fixture.judge()))).toBe(
      'ERR_OFD_STRUCTURE',
    );
  });

  it('refuses to judge without a time or a list of anchors', async () => {
    const time = new Date(Number.NaN);
    expect(await codeOf(() => verifyOfd(sealed, fixture.judge({ time })))).toBe('ERR_SEAL_PARAMETER');
    const anchors = undefined as unknown as [];
    expect(await codeOf(() => verifyOfd(sealed, fixture.judge({ anchors })))).toBe('ERR_SEAL_PARAMETER');
  });

  it('takes anchors for makers apart from those for signers', () => {
    const judged = verifyOfd(sealed, fixture.judge({ makerAnchors: [] })).verdict;
    expect(judged.trust.reasons.map(({ code }) => code)).toContain('MAKER_NO_TRUST_ANCHOR');
    expect(judged.trust.status).toBe('indeterminate');
  });
});
