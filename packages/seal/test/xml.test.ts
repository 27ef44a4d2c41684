import { SmError, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { resolveLocation } from '../src/internal/part-name.ts';
import { textOf } from '../src/internal/xml-query.ts';
import { parseXml } from '../src/internal/xml-read.ts';
import { escapeXml } from '../src/internal/xml-write.ts';

const NS = 'xmlns:ofd="http://www.ofdspec.org/2016"';

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof SmError) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('reading XML', () => {
  it('reads names by namespace, attributes, text and character data', () => {
    const root = parseXml(
      utf8(`<ofd:A ${NS} x="1&amp;2"><ofd:B>甲&lt;乙</ofd:B><B/><ofd:C><![CDATA[<c>]]></ofd:C></ofd:A>`),
      'p',
    );
    expect(root.name).toBe('A');
    expect(root.attributes.get('x')).toBe('1&2');
    expect(root.children.map(({ name, text }) => [name, text])).toEqual([
      ['B', '甲<乙'],
      ['{}B', ''],
      ['C', '<c>'],
    ]);
  });

  it.each<[string, string]>([
    ['a document type', `<!DOCTYPE a><ofd:A ${NS}/>`],
    ['entities that grow', `<!DOCTYPE a [<!ENTITY b "&c;&c;"><!ENTITY c "cc">]><a>&b;</a>`],
    ['an external entity', `<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>`],
    ['an unknown entity', '<a>&b;</a>'],
    ['a processing instruction', '<?run x?><a/>'],
    ['version 1.1', '<?xml version="1.1"?><a/>'],
    ['another encoding', '<?xml version="1.0" encoding="GBK"?><a/>'],
    ['an open element', '<a>'],
    ['two roots', '<a/><b/>'],
    ['an attribute twice', '<a b="1" b="2"/>'],
    ['an undeclared prefix', '<x:a/>'],
    ['nothing', ''],
    ['text', 'hello'],
    ['a control character', '<a>\u0001</a>'],
    ['depth', `${'<a>'.repeat(100)}${'</a>'.repeat(100)}`],
    ['many attributes', `<a ${Array.from({ length: 100 }, (_, i) => `b${i}="1"`).join(' ')}/>`],
    ['many elements', `<a>${'<b/>'.repeat(100_001)}</a>`],
  ])('refuses %s', (_what, text) => {
    expect(codeOf(() => parseXml(utf8(text), 'p'))).toBe('ERR_OFD_XML_MALFORMED');
  });

  it('refuses bytes that are not UTF-8, and too many of them', () => {
    expect(codeOf(() => parseXml(Uint8Array.of(0x3c, 0x61, 0xff, 0x2f, 0x3e), 'p'))).toBe(
      'ERR_OFD_XML_MALFORMED',
    );
    expect(codeOf(() => parseXml(new Uint8Array((8 << 20) + 1), 'p'))).toBe('ERR_OFD_LIMIT');
  });

  it('escapes what a parser would read as markup, and gets it back', () => {
    const text = `<甲> & "乙" ' 𠀀\t`;
    const root = parseXml(utf8(`<a b="${escapeXml(text.trim())}">${escapeXml(text)}</a>`), 'p');
    expect(root.text).toBe(text);
    expect(root.attributes.get('b')).toBe(text.trim());
    for (const bad of ['\u0000', '\u0008', '\ud800', '\uffff']) {
      expect(codeOf(() => escapeXml(bad))).toBe('ERR_OFD_TEXT');
    }
  });
});

describe('text of an element', () => {
  it.each([
    ['a comment', 'a<!-- -->b'],
    ['a comment at its start', '<!-- -->ab'],
    ['an element', 'a<ofd:B/>b'],
    ['nothing but white space', ' \n\t'],
  ])('is refused when it holds %s', (_what, inner) => {
    const root = parseXml(utf8(`<ofd:A ${NS}>${inner}</ofd:A>`), 'p');
    expect(codeOf(() => textOf(root))).toBe('ERR_OFD_STRUCTURE');
  });

  it('loses the white space of XML at its ends, and no other', () => {
    expect(textOf(parseXml(utf8(`<ofd:A ${NS}> \n a b\u00a0\t</ofd:A>`), 'p'))).toBe('a b\u00a0');
    expect(resolveLocation(' a\u3000', 'OFD.xml')).toBe('a\u3000');
  });
});

describe('locations', () => {
  it.each([
    ['/Doc_0/a.xml', 'x/y.xml', 'Doc_0/a.xml'],
    ['a.xml', 'Doc_0/Document.xml', 'Doc_0/a.xml'],
    ['../a.xml', 'Doc_0/Signs/s.xml', 'Doc_0/a.xml'],
    ['./b/./a.xml', 'OFD.xml', 'b/a.xml'],
  ])('resolves %s from %s', (location, from, expected) => {
    expect(resolveLocation(location, from)).toBe(expected);
  });

  it.each(['../a.xml', '/../a', '', '/', 'a\\b', 'file:///a', '//host/a'])('refuses %j', (location) => {
    expect(codeOf(() => resolveLocation(location, 'OFD.xml'))).toBe('ERR_OFD_PART_NAME');
  });
});
