import { fromHex, toHex } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { certificatesFromPem, pemDecode, pemEncode } from '../src/index.ts';
import { root } from './support/authority.ts';
import { codeOf } from './support/codes.ts';
import { craft } from './support/craft.ts';

const MALFORMED = 'ERR_PKI_PEM_MALFORMED';
const block = (label: string, body: string): string =>
  `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;

describe('PEM', () => {
  it('has lines of 64 characters and reads back at every length', () => {
    for (const length of [0, 1, 2, 3, 47, 48, 49, 96, 1000]) {
      const bytes = Uint8Array.from({ length }, (_, i) => i & 0xff);
      const text = pemEncode('TEST DATA', bytes);
      for (const line of text.split('\n').slice(1, -2)) expect(line.length).toBeLessThanOrEqual(64);
      expect(pemDecode(text, 'TEST DATA').map(toHex)).toEqual([toHex(bytes)]);
    }
  });

  it('gives the certificates of a text in order, past other blocks and words', async () => {
    const [a, b] = [(await root()).certificate, (await root()).certificate];
    const text = `subject: 一\r\n${pemEncode('CERTIFICATE', a.raw).replaceAll('\n', '\r\n')}
${block('EC PARAMETERS', 'BggqgRzPVQGCLQ==')}between${pemEncode('CERTIFICATE', b.raw)}after`;
    expect(certificatesFromPem(text).map(({ fingerprint }) => fingerprint)).toEqual([
      a.fingerprint,
      b.fingerprint,
    ]);
    expect(pemDecode(text)).toHaveLength(3);
  });

  it.each([
    ['nothing', ''],
    ['no block', 'hello'],
    ['only blocks of another label', block('PRIVATE KEY', 'AAAA')],
    ['no end', '-----BEGIN CERTIFICATE-----\nAAAA\n'],
    ['the end of another label', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END X-----\n'],
    ['a block in a block', `-----BEGIN CERTIFICATE-----\n${block('CERTIFICATE', 'AAAA')}`],
    ['base64 without padding', block('CERTIFICATE', 'AAA')],
    ['base64 with unused bits set', block('CERTIFICATE', 'AB==')],
    ['base64 for URLs', block('CERTIFICATE', '-_-_')],
    ['headers of encryption', block('CERTIFICATE', 'Proc-Type: 4,ENCRYPTED\n\nAAAA')],
    ['more than 1 MiB', `${' '.repeat(1 << 20)}x`],
    ['257 blocks', block('CERTIFICATE', 'AAAA').repeat(257)],
  ])('is refused with %s', (_, text) => {
    expect(codeOf(() => pemDecode(text, 'CERTIFICATE'))).toBe(MALFORMED);
  });

  it('is refused for what is no text, and for labels that are none', () => {
    expect(codeOf(() => pemDecode(undefined as unknown as string))).toBe(MALFORMED);
    for (const label of ['', 'a', 'A-B', 'A\nB', ' A', 'A  B']) {
      expect(codeOf(() => pemEncode(label, new Uint8Array(1)))).toBe(MALFORMED);
    }
  });

  it('does not show what it could not read: it may be a private key', () => {
    try {
      pemDecode(block('PRIVATE KEY', 'SECRETSECRET!'));
      expect.unreachable();
    } catch (error) {
      expect((error as Error).message).toBe('The PEM text is malformed. (reason=base64)');
      expect((error as Error).cause).toBeUndefined();
    }
  });

  it('with a block that is no certificate gives the code of the certificate', () => {
    expect(codeOf(() => certificatesFromPem(block('CERTIFICATE', 'MAA=')))).toBe(
      'ERR_PKI_CERTIFICATE_MALFORMED',
    );
    expect(certificatesFromPem(pemEncode('CERTIFICATE', craft()))).toHaveLength(1);
  });

  it('of certificates are read under a policy', () => {
    const outerAlgorithm = fromHex('300c06082a811ccf550183750500');
    const text = pemEncode('CERTIFICATE', craft({ outerAlgorithm }));
    for (const options of [{}, { policy: 'tolerant' }] as const) {
      expect(certificatesFromPem(text, options)[0]!.findings).toHaveLength(1);
    }
    expect(codeOf(() => certificatesFromPem(text, { policy: 'strict' }))).toBe('ERR_PKI_DEVIATION_REFUSED');
    expect(codeOf(() => certificatesFromPem(text, null as never))).toBe('ERR_PKI_CONTAINER_OPTIONS');
  });
});
