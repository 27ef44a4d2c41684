import { concatBytes, fromHex, Secret, sm4 } from '@cssi/sm-core';
import { type ConformanceCase, expectBytes } from '@cssi/sm-core/conformance';
import type { TeeClient } from '../../spec/v1/client.ts';
import { TEE_ALG, TEE_TYPE } from '../../spec/v1/internal/constants.ts';
import { inside, refuses } from '../support.ts';
import { CBC_TEXT, CIPHER, IV, started, TEXT } from './cipher-support.ts';
import { DECRYPT, ENCRYPT, SM4_KEY, secretKey } from './keys.ts';

const { SM4_ECB_NOPAD, SM4_ECB_PKCS5, SM4_CBC_NOPAD, SM4_CBC_PKCS5, SM4_CTR, SM4_XTS } = TEE_ALG;

const vector = (
  id: string,
  clause: string,
  algorithm: number,
  mode: number,
  iv: Uint8Array | null,
  input: Uint8Array,
  output: Uint8Array,
): ConformanceCase<TeeClient> =>
  inside(id, `${CIPHER}; ${clause}`, async (t) => {
    expectBytes(
      await t.TEE_CipherDoFinal(await started(t, algorithm, mode, iv), input),
      output,
      'the output',
    );
  });

const DRAFT = 'draft-ribose-cfrg-sm4-10 A.2';
const badPadding = (
  id: string,
  what: string,
  ciphertext: (key: Secret) => Uint8Array,
): ConformanceCase<TeeClient> =>
  refuses(id, CIPHER, ['CIPHERTEXT_INVALID', 'BAD_PARAMETERS'], what, async (t) => {
    const handle = await started(t, SM4_CBC_PKCS5, DECRYPT, IV);
    const input = ciphertext(Secret.copy(SM4_KEY));
    return () => t.TEE_CipherDoFinal(handle, input);
  });

/** Ciphers without authentication. */
export const cipherCases: readonly ConformanceCase<TeeClient>[] = [
  vector(
    'crypto.sm4.standard',
    'GB/T 32907-2016 annex A.1',
    SM4_ECB_NOPAD,
    ENCRYPT,
    null,
    SM4_KEY,
    fromHex('681edf34d206965e86b3e94f536e4246'),
  ),
  vector(
    'crypto.sm4.standard-decrypt',
    'GB/T 32907-2016 annex A.1',
    SM4_ECB_NOPAD,
    DECRYPT,
    null,
    fromHex('681edf34d206965e86b3e94f536e4246'),
    SM4_KEY,
  ),
  vector('crypto.sm4.cbc', DRAFT, SM4_CBC_NOPAD, ENCRYPT, IV, TEXT, CBC_TEXT),
  vector('crypto.sm4.cbc-decrypt', DRAFT, SM4_CBC_NOPAD, DECRYPT, IV, CBC_TEXT, TEXT),
  vector(
    'crypto.sm4.ctr',
    DRAFT,
    SM4_CTR,
    ENCRYPT,
    IV,
    fromHex('aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbcccccccccccccccc'),
    fromHex('ac3236cb970cc20791364c395a1342d1a3cbc1878c6f30cd'),
  ),
  inside('crypto.sm4.ctr-wraps', CIPHER, async (t, { bytes }) => {
    const [counter, message] = [new Uint8Array(16).fill(0xff), bytes('message', 50)];
    const expected = sm4.ctr(Secret.copy(SM4_KEY), counter, message);
    const handle = await started(t, SM4_CTR, DECRYPT, counter);
    expectBytes(await t.TEE_CipherDoFinal(handle, message), expected, 'a counter that goes through 0');
  }),
  inside('crypto.sm4.ecb-padded', CIPHER, async (t, { bytes }) => {
    const message = bytes('message', 32);
    const sealed = await t.TEE_CipherDoFinal(await started(t, SM4_ECB_PKCS5, ENCRYPT, null), message);
    const whole = concatBytes(message, new Uint8Array(16).fill(16));
    expectBytes(sealed, sm4.ecbEncryptBlocks(Secret.copy(SM4_KEY), whole), 'a whole block of padding');
    const opened = await t.TEE_CipherDoFinal(await started(t, SM4_ECB_PKCS5, DECRYPT, null), sealed);
    expectBytes(opened, message, 'the message');
  }),
  inside('crypto.sm4.cbc-padded', CIPHER, async (t, { bytes }) => {
    const message = bytes('message', 21);
    const sealed = await t.TEE_CipherDoFinal(await started(t, SM4_CBC_PKCS5, ENCRYPT, IV), message);
    expectBytes(sealed, sm4.cbcEncrypt(Secret.copy(SM4_KEY), IV, message), 'the padded message');
    const opened = await t.TEE_CipherDoFinal(await started(t, SM4_CBC_PKCS5, DECRYPT, IV), sealed);
    expectBytes(opened, message, 'the message');
  }),
  badPadding('crypto.sm4.padding-zero', 'padding of 0 bytes', (key) =>
    sm4.cbcEncrypt(key, IV, new Uint8Array(16), { padding: 'none' }),
  ),
  badPadding('crypto.sm4.padding-too-long', 'padding of 17 bytes', (key) =>
    sm4.cbcEncrypt(key, IV, new Uint8Array(16).fill(17), { padding: 'none' }),
  ),
  badPadding('crypto.sm4.padding-uneven', 'padding whose bytes differ', (key) =>
    sm4.cbcEncrypt(key, IV, new Uint8Array(16).fill(4).fill(3, 12, 13), { padding: 'none' }),
  ),
  inside(
    'crypto.sm4.xts',
    `${CIPHER}; GB/T 17964-2021`,
    async (t, { bytes }) => {
      const [key, tweak, message] = [bytes('key', 32), bytes('tweak', 16), bytes('message', 53)];
      const handle = await t.TEE_AllocateOperation(SM4_XTS, ENCRYPT, 256);
      const [one, two] = [key.subarray(0, 16), key.subarray(16)];
      await t.TEE_SetOperationKey2(
        handle,
        await secretKey(t, TEE_TYPE.SM4, one),
        await secretKey(t, TEE_TYPE.SM4, two),
      );
      await t.TEE_CipherInit(handle, tweak);
      const sealed = await t.TEE_CipherDoFinal(handle, message);
      expectBytes(
        sealed,
        sm4.xtsIeeeEncrypt(Secret.copy(key), tweak, message),
        'the ciphertext, with stealing',
      );
    },
    ['alg-sm4-xts'],
  ),
  refuses(
    'crypto.sm4.xts-equal-keys',
    'GPD_SPE_010 §6.2.7 TEE_SetOperationKey2',
    ['SECURITY'],
    'the same key twice',
    async (t) => {
      const handle = await t.TEE_AllocateOperation(SM4_XTS, ENCRYPT, 256);
      const [one, two] = [
        await secretKey(t, TEE_TYPE.SM4, SM4_KEY),
        await secretKey(t, TEE_TYPE.SM4, SM4_KEY),
      ];
      return () => t.TEE_SetOperationKey2(handle, one, two);
    },
    ['alg-sm4-xts'],
  ),
];
