import { derElement, fromHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { foldText } from '../src/path/fold-text.ts';
import { NameMatcher } from '../src/path/name-match.ts';
import type { GeneralNameValue } from '../src/spec/v1/certificate.ts';

const match = (kind: 'dns' | 'email' | 'uri', name: string, constraint: string) =>
  new NameMatcher().match({ kind, value: name }, { kind, value: constraint });

/** A Name with one organization in a string type. */
const organization = (value: Uint8Array, tag = 0x0c): GeneralNameValue => ({
  kind: 'directory',
  raw: derElement(
    0x30,
    derElement(0x31, derElement(0x30, derElement(0x06, fromHex('55040a')), derElement(tag, value))),
  ),
});

describe('names that cannot be understood are neither in nor out [part of SEAL-015]', () => {
  const OPEN: readonly [kind: 'dns' | 'email' | 'uri', name: string, constraint: string][] = [
    ['dns', 'a.example.cn', '*.example.cn'],
    ['dns', 'a.example.cn', 'https://example.cn'],
    ['dns', 'a*.example.cn', 'example.cn'],
    ['dns', 'a.*.example.cn', 'example.cn'],
    ['dns', '*.*.example.cn', 'example.cn'],
    ['dns', '*', 'example.cn'],
    ['dns', 'a.example.cn..', 'example.cn'],
    ['dns', 'a..example.cn', 'example.cn'],
    ['dns', 'a.example.cn ', 'example.cn'],
    ['dns', '<a.example.cn>', 'example.cn'],
    ['dns', '-a.example.cn', 'example.cn'],
    ['email', 'a@example.cn', '@example.cn'],
    ['email', 'a@example.cn ', 'example.cn'],
    ['email', '<a@example.cn>', 'example.cn'],
    ['email', 'a@ｅxample.cn', 'example.cn'],
    ['email', 'a@boo\u{212A}.cn', 'book.cn'],
    ['email', 'a@b@example.cn', 'example.cn'],
    ['email', 'a@example.cn..', 'example.cn'],
    ['email', '', 'example.cn'],
    ['uri', 'https://example.cn/', 'https://example.cn'],
    ['uri', 'https://example.cn../', 'example.cn'],
    ['uri', 'https://e%78ample.cn/', 'example.cn'],
  ];
  it.each(OPEN)('%s %s in %s', (kind, name, constraint) => {
    expect(match(kind, name, constraint)).toBeUndefined();
  });

  it('an empty subtree holds all', () => {
    for (const kind of ['dns', 'email', 'uri'] as const) expect(match(kind, 'x y', '')).toBe(true);
  });

  it('a value that is no text, where a subtree has that attribute', () => {
    const subtree = organization(utf8('示例'));
    const matcher = new NameMatcher();
    expect(matcher.match(organization(fromHex('01'), 0x02), subtree)).toBeUndefined();
    expect(matcher.match(organization(fromHex('c4e3'), 0x14), subtree)).toBeUndefined();
    expect(matcher.match(organization(utf8('另'), 0x0c), subtree)).toBe(false);
    const odd = organization(fromHex('01'), 0x02);
    expect(matcher.match(odd, organization(fromHex('01'), 0x02))).toBe(true);
  });

  it('but clean names are told', () => {
    expect(match('dns', 'A.Example.CN.', 'example.cn')).toBe(true);
    expect(match('dns', '*.example.cn', 'example.cn')).toBe(true);
    expect(match('dns', '*.example.cn', 'a.example.cn')).toBeUndefined();
    expect(match('dns', '*.example.cn', 'example.com')).toBe(false);
    expect(match('email', 'A@Example.cn', 'example.cn')).toBe(true);
    expect(match('uri', 'https://x.example.cn/', '.example.cn')).toBe(true);
  });
});

describe('text of names is folded', () => {
  const SAME: readonly [string, string][] = [
    ['Ac\u200Bme', 'ACME'],
    ['Ac\u00ADme', 'acme'],
    ['Straße', 'STRASSE'],
    ['STRAẞE', 'strasse'],
    ['ＡＣＭＥ', 'acme'],
    [' Acme \t Works ', 'acme works'],
    ['ΟΔΟΣ', 'οδος'],
    ['Boo\u{212A}', 'book'],
  ];
  it.each(SAME)('%j is %j', (a, b) => {
    expect(foldText(a)).toBe(foldText(b));
  });

  it('and others stay others', () => {
    expect(foldText('ı')).not.toBe(foldText('i'));
    expect(foldText('示例')).not.toBe(foldText('示例二'));
  });
});
