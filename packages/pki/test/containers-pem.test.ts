import { Secret, sm2 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import {
  encodeSm2PrivateKey,
  encryptPrivateKey,
  pemEncode,
  privateKeyFromPem,
  type Sm2PrivateKeyRead,
} from '../src/containers/index.ts';
import { pemDecode } from '../src/index.ts';
import { rejectionOf } from './support/containers.ts';

const MALFORMED = 'ERR_PKI_PEM_MALFORMED';
const pair = sm2.generateKeyPair();
const clear = pemEncode('PRIVATE KEY', encodeSm2PrivateKey(pair));
const legacy = (info: string, body = 'AAAAAAAAAAAAAAAAAAAAAA==') =>
  `-----BEGIN EC PRIVATE KEY-----\n${info}\n\n${body}\n-----END EC PRIVATE KEY-----\n`;
const IV = '00112233445566778899AABBCCDDEEFF';

describe('private key in PEM', () => {
  it('is read past other blocks, encrypted or not', async () => {
    const parameters = pemEncode('EC PARAMETERS', Uint8Array.of(6, 1, 0));
    const encrypted = pemEncode(
      'ENCRYPTED PRIVATE KEY',
      await encryptPrivateKey(pair, 'p', { iterations: 1000 }),
    );
    for (const [text, password] of [
      [`words\n${parameters}${clear}`, undefined],
      [clear.replaceAll('\n', '\r\n'), 'not needed'],
      [parameters + encrypted, 'p'],
      [encrypted, Secret.copy(Uint8Array.of(0x70))],
    ] as const) {
      const key = await privateKeyFromPem(text, password === undefined ? {} : { password });
      expect((key as Sm2PrivateKeyRead).pair.privateKey.equals(pair.privateKey)).toBe(true);
    }
    expect(await rejectionOf(privateKeyFromPem(encrypted))).toBe('ERR_PKI_CONTAINER_OPTIONS');
    expect(await rejectionOf(privateKeyFromPem(encrypted, { password: 'q' }))).toBe('ERR_DECRYPT_FAILED');
  });

  it.each([
    ['nothing', '', MALFORMED],
    ['no key', pemEncode('CERTIFICATE', Uint8Array.of(0)), MALFORMED],
    ['two keys', clear + clear, MALFORMED],
    ['base64 that is none', clear.replace('\nMI', '\n*I'), MALFORMED],
    ['no text', 7 as unknown as string, MALFORMED],
    ['a key that is none', pemEncode('PRIVATE KEY', Uint8Array.of(0x30, 0)), 'ERR_PKI_KEY_MALFORMED'],
    ['a key of 40 KiB', pemEncode('PRIVATE KEY', new Uint8Array(40_000)), MALFORMED],
    ['another type of headers', legacy('Proc-Type: 4,MIC-ONLY\nDEK-Info: SM4-CBC,00'), MALFORMED],
    ['no DEK-Info', legacy('Proc-Type: 4,ENCRYPTED'), MALFORMED],
    ['a third header', legacy(`Proc-Type: 4,ENCRYPTED\nDEK-Info: SM4-CBC,${IV}\nX: y`), MALFORMED],
    ['an IV of 8 bytes', legacy(`Proc-Type: 4,ENCRYPTED\nDEK-Info: SM4-CBC,${IV.slice(16)}`), MALFORMED],
    ['an odd IV', legacy(`Proc-Type: 4,ENCRYPTED\nDEK-Info: SM4-CBC,${IV.slice(1)}`), MALFORMED],
    [
      'DES',
      legacy(`Proc-Type: 4,ENCRYPTED\nDEK-Info: DES-CBC,${IV.slice(16)}`),
      'ERR_PKI_ALGORITHM_UNSUPPORTED',
    ],
    [
      'a name of the language',
      legacy(`Proc-Type: 4,ENCRYPTED\nDEK-Info: CONSTRUCTOR,${IV}`),
      'ERR_PKI_ALGORITHM_UNSUPPORTED',
    ],
    ['data that are no key', legacy(`Proc-Type: 4,ENCRYPTED\nDEK-Info: SM4-CBC,${IV}`), 'ERR_DECRYPT_FAILED'],
    [
      'headers of the old kind on the new one',
      legacy(`Proc-Type: 4,ENCRYPTED\nDEK-Info: SM4-CBC,${IV}`).replaceAll('EC PRIVATE', 'ENCRYPTED PRIVATE'),
      MALFORMED,
    ],
  ])('is refused: %s', async (_, text, code) => {
    expect(await rejectionOf(privateKeyFromPem(text, { password: 'p' }))).toBe(code);
  });

  it('with headers does not get in the way of other blocks, and is no plain block', () => {
    const text = legacy(`Proc-Type: 4,ENCRYPTED\nDEK-Info: SM4-CBC,${IV}`) + clear;
    expect(pemDecode(text, 'PRIVATE KEY')).toHaveLength(1);
    expect(() => pemDecode(text)).toThrow(/headers/);
    expect(
      pemDecode(`-----BEGIN X-----\nComment: none\n-----END X-----\n${clear}`, 'PRIVATE KEY'),
    ).toHaveLength(1);
  });

  it('of a text made to be slow is read at once', async () => {
    const begin = performance.now();
    for (const text of [
      '-----BEGIN '.repeat(90_000),
      `-----BEGIN A-----\n${':\n'.repeat(400_000)}-----END A-----`,
    ]) {
      expect(await rejectionOf(privateKeyFromPem(text))).toBe(MALFORMED);
    }
    expect(performance.now() - begin).toBeLessThan(3000);
  });
});
