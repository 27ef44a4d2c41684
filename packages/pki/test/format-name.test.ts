import { concatBytes, derElement, fromHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { formatDistinguishedName } from '../src/index.ts';
import { root } from './support/authority.ts';
import { codeOf } from './support/codes.ts';
import { commonName, sequence } from './support/craft.ts';

const cn = (text: string): string => formatDistinguishedName(commonName(derElement(0x0c, utf8(text))));
const attribute = (oidHex: string, value: Uint8Array): Uint8Array =>
  sequence(derElement(0x06, fromHex(oidHex)), value);
const text = (value: string): Uint8Array => derElement(0x0c, utf8(value));

describe('a distinguished name in print', () => {
  it('begins with the most specific part; Chinese stays Chinese', async () => {
    const { certificate } = await root({
      subject: { commonName: '张三', organizationalUnit: '研发部', organization: '测试公司', country: 'CN' },
      issuer: { commonName: 'x' },
    });
    expect(formatDistinguishedName(certificate.subjectRaw)).toBe('CN=张三,OU=研发部,O=测试公司,C=CN');
  });

  it.each([
    ['a,b', 'CN=a\\,b'],
    ['a+b=c', 'CN=a\\+b\\=c'],
    ['"<>;\\', 'CN=\\"\\<\\>\\;\\\\'],
    [' a ', 'CN=\\ a\\ '],
    ['#a#', 'CN=\\#a#'],
    ['a b', 'CN=a b'],
    ['a\nb\0', 'CN=a\\0Ab\\00'],
    ['a\u202eb', 'CN=a\\E2\\80\\AEb'],
    ['\u{1F510}', 'CN=\u{1F510}'],
    [' ', 'CN=\\ '],
    ['', 'CN='],
  ])('escapes %j', (value, printed) => {
    expect(cn(value)).toBe(printed);
  });

  it('joins the attributes of one relative name, and prints unknown ones as DER', () => {
    const set = derElement(
      0x31,
      attribute('550403', text('a')),
      attribute('55042d', derElement(0x0c, utf8('u'))),
    );
    const second = derElement(0x31, attribute('550406', derElement(0x13, utf8('CN'))));
    expect(formatDistinguishedName(sequence(second, set))).toBe('CN=a+2.5.4.45=#0c0175,C=CN');
    expect(formatDistinguishedName(commonName(derElement(0x04, Uint8Array.of(1))))).toBe('CN=#040101');
  });

  it('reads the older string types', () => {
    const print = (tag: number, hex: string) =>
      formatDistinguishedName(commonName(derElement(tag, fromHex(hex))));
    expect(print(0x1e, '5f204e09')).toBe('CN=张三');
    expect(print(0x13, '4142')).toBe('CN=AB');
    expect(print(0x14, 'e9')).toBe('CN=é');
    expect(print(0x16, '40')).toBe('CN=@');
  });

  it('of no parts is empty', () => {
    expect(formatDistinguishedName(sequence())).toBe('');
  });

  it.each([
    ['no bytes', new Uint8Array(0)],
    ['bytes after it', concatBytes(sequence(), Uint8Array.of(0))],
    ['a set in place of the sequence', fromHex('3100')],
    ['an empty relative name', sequence(fromHex('3100'))],
    ['UTF-8 that is none', commonName(fromHex('0c01ff'))],
  ])('is refused with %s', (_, raw) => {
    expect(codeOf(() => formatDistinguishedName(raw))).toBe('ERR_PKI_NAME_INVALID');
  });
});
