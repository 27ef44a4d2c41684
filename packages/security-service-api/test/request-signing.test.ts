import { fromHex, hmacSm3, sm3, toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { SequenceWindow } from '../src/internal/sequence-window.ts';
import { decodeQuery, encodeQuery } from '../src/spec/v1/query.ts';
import {
  canonicalRequest,
  coversRequiredHeaders,
  formatAuthorization,
  formatKmsDate,
  parseAuthorization,
  parseKmsDate,
  parseSequence,
  REQUIRED_SIGNED_HEADERS,
  responseMacInput,
  stringToSign,
} from '../src/spec/v1/request-signing.ts';
import { encodeActivationStatement, encodeLoginStatement } from '../src/spec/v1/statements.ts';

const body = utf8('{"data":"YWJj"}');
const headers = {
  host: 'kms.example:8443',
  'content-type': 'application/json',
  'x-kms-date': '20261201T000000Z',
  'x-kms-nonce': '1',
  'x-kms-content-sm3': toHex(sm3(body)),
  'x-kms-session': 'ab'.repeat(32),
};
const parts = { method: 'POST', path: '/v1/hash', query: '', headers, contentSm3: toHex(sm3(body)) };

describe('canonical request', () => {
  it('has the written form', () => {
    expect(canonicalRequest(parts, REQUIRED_SIGNED_HEADERS)).toBe(
      [
        'POST',
        '/v1/hash',
        '',
        'content-type:application/json',
        'host:kms.example:8443',
        `x-kms-content-sm3:${toHex(sm3(body))}`,
        'x-kms-date:20261201T000000Z',
        'x-kms-nonce:1',
        `x-kms-session:${'ab'.repeat(32)}`,
        '',
        'content-type;host;x-kms-content-sm3;x-kms-date;x-kms-nonce;x-kms-session',
        toHex(sm3(body)),
      ].join('\n'),
    );
  });
  it('does not exist without a signed header, or with one that is not printable', () => {
    const { host: _host, ...rest } = headers;
    expect(canonicalRequest({ ...parts, headers: rest }, REQUIRED_SIGNED_HEADERS)).toBeUndefined();
    for (const host of ['a\nb', 'a\u0000', 'é']) {
      expect(
        canonicalRequest({ ...parts, headers: { ...headers, host } }, REQUIRED_SIGNED_HEADERS),
      ).toBeUndefined();
    }
    expect(canonicalRequest({ ...parts, headers }, ['toString'])).toBeUndefined();
  });
  it('changes with each part', () => {
    const all = [
      parts,
      { ...parts, method: 'GET' },
      { ...parts, path: '/v1/hash2' },
      { ...parts, query: 'a=1' },
      { ...parts, contentSm3: '00' },
      ...Object.keys(headers).map((name) => ({ ...parts, headers: { ...headers, [name]: '5' } })),
    ].map((changed) => canonicalRequest(changed, REQUIRED_SIGNED_HEADERS));
    expect(new Set(all).size).toBe(all.length);
  });
  it('string to sign carries algorithm, date, scope and digest', () => {
    const canonical = canonicalRequest(parts, REQUIRED_SIGNED_HEADERS)!;
    const signed = stringToSign('KMS1-HMAC-SM3', '20261201T000000Z', 'local', canonical);
    expect(Buffer.from(signed).toString()).toBe(
      `KMS1-HMAC-SM3\n20261201T000000Z\n20261201/local/kms\n${toHex(sm3(utf8(canonical)))}`,
    );
    expect(hmacSm3(new Uint8Array(32), signed)).toHaveLength(32);
  });
});

describe('authorization header', () => {
  const value = {
    algorithm: 'KMS1-HMAC-SM3',
    credential: 'cd'.repeat(32),
    date: '20261201',
    region: 'cn-north.1',
    signedHeaders: REQUIRED_SIGNED_HEADERS,
    signature: fromHex('00ff'.repeat(16)),
  };
  const text = formatAuthorization(value);
  it('survives a round trip', () => {
    expect(parseAuthorization(text)).toEqual(value);
  });
  it.each([
    ['nothing', ''],
    ['a bearer token', 'Bearer abc'],
    ['no scope', text.replace('/kms', '')],
    ['another service', text.replace('/kms', '/oss')],
    ['a short credential', text.replace('cdcd', 'cd')],
    ['a signature in capitals', text.replace(/ff/g, 'FF')],
    ['an odd signature', text.slice(0, -1)],
    ['something behind it', `${text}, Extra=1`],
    ['two lines', `${text}\n`],
    ['header names in capitals', text.replace('host', 'Host')],
    ['a region with a slash', text.replace('cn-north.1', 'cn/north')],
    ['ten thousand headers', text.replace('host', 'host;'.repeat(10_000))],
  ])('is not %s', (_what, bad) => {
    expect(parseAuthorization(bad)).toBeUndefined();
  });
  it('covers the required headers, sorted and once', () => {
    const required = [...REQUIRED_SIGNED_HEADERS];
    expect(coversRequiredHeaders(required)).toBe(true);
    expect(coversRequiredHeaders([...required, 'x-other'])).toBe(true);
    expect(coversRequiredHeaders([...required].reverse())).toBe(false);
    expect(coversRequiredHeaders([...required, 'x-kms-session'])).toBe(false);
    expect(coversRequiredHeaders(Array.from({ length: 30 }, (_, i) => `a${10 + i}`))).toBe(false);
    for (const name of required)
      expect(coversRequiredHeaders(required.filter((other) => other !== name))).toBe(false);
  });
});

describe('date and sequence number', () => {
  it('dates survive a round trip', () => {
    const time = new Date('2026-12-01T23:59:58Z');
    expect(formatKmsDate(time)).toBe('20261201T235958Z');
    expect(parseKmsDate('20261201T235958Z')).toBe(time.getTime());
  });
  it.each([
    '',
    '2026-12-01T00:00:00Z',
    '20261301T000000Z',
    '20261201T250000Z',
    '20261201T000000',
    '20261201T000000z',
  ])('is no date: %j', (text) => {
    expect(parseKmsDate(text)).toBeUndefined();
  });
  it.each(['', '0', '01', '-1', '1.0', '1e3', ' 1', '１', '9007199254740993', '99999999999999999'])(
    'is no sequence number: %j',
    (text) => {
      expect(parseSequence(text)).toBeUndefined();
    },
  );
});

describe('sequence window', () => {
  it('takes each number once, in any order [TCCIA-131]', () => {
    const window = new SequenceWindow();
    for (const n of [1, 3, 2, 1024, 500]) expect(window.accept(n)).toBe(true);
    for (const n of [1, 2, 3, 500, 1024]) expect(window.accept(n)).toBe(false);
  });
  it('forgets nothing when it moves [TCCIA-131]', () => {
    const window = new SequenceWindow();
    expect(window.accept(5)).toBe(true);
    expect(window.accept(1028)).toBe(true);
    expect(window.accept(5)).toBe(false);
    expect(window.accept(4)).toBe(false);
    expect(window.accept(6)).toBe(true);
    expect(window.accept(1029)).toBe(true);
    expect(window.accept(6)).toBe(false);
    expect(window.accept(10_000_000)).toBe(true);
    expect(window.accept(1029)).toBe(false);
    expect(window.accept(10_000_000 - 1023)).toBe(true);
    expect(window.accept(10_000_000 - 1024)).toBe(false);
    expect(window.accept(Number.MAX_SAFE_INTEGER)).toBe(true);
    expect(window.accept(Number.MAX_SAFE_INTEGER)).toBe(false);
  });
  it('agrees with a plain set over random numbers [TCCIA-131]', () => {
    const seed = 20261201;
    console.info(`seed ${seed}`);
    let state = seed;
    const random = () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32;
    };
    const window = new SequenceWindow();
    const used = new Set<number>();
    let highest = 0;
    for (let i = 0; i < 20_000; i++) {
      const n = Math.max(1, highest - 1100 + Math.floor(random() * 1110));
      const expected = n > highest - 1024 && !used.has(n);
      expect(window.accept(n)).toBe(expected);
      if (expected) used.add(n);
      highest = Math.max(highest, expected ? n : highest);
    }
  });
  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('never takes %d', (n) => {
    expect(new SequenceWindow().accept(n)).toBe(false);
  });
});

describe('query', () => {
  it('survives a round trip', () => {
    const query = encodeQuery({ b: 'x y&=%', a: 5, c: true, d: undefined, e: "标签!'()*" });
    expect(query.startsWith('a=5&b=x%20y%26%3D%25&c=true&e=')).toBe(true);
    expect(Object.fromEntries(decodeQuery(query)!)).toEqual({
      a: '5',
      b: 'x y&=%',
      c: 'true',
      e: "标签!'()*",
    });
    expect(decodeQuery('')!.size).toBe(0);
  });
  it.each([
    ['not sorted', 'b=1&a=1'],
    ['twice', 'a=1&a=1'],
    ['a plus for a space', 'a=x+y'],
    ['escapes in small letters', 'a=%2f'],
    ['an escape that is not needed', 'a=%61'],
    ['a broken escape', 'a=%zz'],
    ['not UTF-8', 'a=%ff'],
    ['no name', '=1'],
    ['no value', 'a'],
    ['an empty pair', 'a=1&'],
    ['too many', Array.from({ length: 40 }, (_, i) => `a${10 + i}=1`).join('&')],
    ['too long', `a=${'b'.repeat(5000)}`],
  ])('is not accepted when it is %s', (_what, query) => {
    expect(decodeQuery(query)).toBeUndefined();
  });
});

describe('statements', () => {
  it('are bound to their purpose and to every part', () => {
    const login = {
      serverId: 'a',
      challenge: new Uint8Array(32),
      certificate: new Uint8Array(10),
      ephemeralPublicKey: new Uint8Array(65),
      signing: 'hmac-sm3',
    } as const;
    const all = [
      encodeLoginStatement(login),
      encodeLoginStatement({ ...login, serverId: 'b' }),
      encodeLoginStatement({ ...login, challenge: new Uint8Array(32).fill(1) }),
      encodeLoginStatement({ ...login, certificate: new Uint8Array(11) }),
      encodeLoginStatement({ ...login, ephemeralPublicKey: new Uint8Array(65).fill(1) }),
      encodeLoginStatement({ ...login, signing: 'sm2-sm3' }),
      encodeActivationStatement({ activationToken: 'a', publicKey: new Uint8Array(65) }),
    ].map(toHex);
    expect(new Set(all).size).toBe(all.length);
    expect(Buffer.from(encodeLoginStatement(login)).toString()).toContain('"purpose":"cssi.login.v1"');
  });
  it('MAC input of an answer is bound to the request', () => {
    const all = [
      responseMacInput('a', 1, 200, body),
      responseMacInput('b', 1, 200, body),
      responseMacInput('a', 2, 200, body),
      responseMacInput('a', 1, 201, body),
      responseMacInput('a', 1, 200, utf8('{}')),
    ].map(toHex);
    expect(new Set(all).size).toBe(all.length);
  });
});
