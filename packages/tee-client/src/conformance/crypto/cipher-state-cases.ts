import { concatBytes, Secret, sm4 } from '@cssi/sm-core';
import { type ConformanceCase, expectBytes } from '@cssi/sm-core/conformance';
import type { TeeClient } from '../../spec/v1/client.ts';
import { TEE_ALG } from '../../spec/v1/internal/constants.ts';
import { expectEqual, expectTee, inside, panics } from '../support.ts';
import { CBC_TEXT, CIPHER, IV, started, TEXT } from './cipher-support.ts';
import { DECRYPT, ENCRYPT, SM4_KEY, sm4Operation } from './keys.ts';

const BUFFERING = 'xtest 4017; GPD_SPE_010 §6.4.2 TEE_CipherUpdate';
const { SM4_CBC_NOPAD, SM4_CBC_PKCS5, SM4_CTR } = TEE_ALG;

/** Pieces, states and misuse of ciphers. */
export const cipherStateCases: readonly ConformanceCase<TeeClient>[] = [
  inside('crypto.sm4.pieces', BUFFERING, async (t, { bytes }) => {
    const message = bytes('message', 160);
    const handle = await started(t, SM4_CBC_NOPAD, ENCRYPT, IV);
    const parts: Uint8Array[] = [];
    let at = 0;
    for (const length of [1, 14, 1, 16, 17, 47]) {
      parts.push(await t.TEE_CipherUpdate(handle, message.subarray(at, at + length)));
      at += length;
    }
    parts.push(await t.TEE_CipherDoFinal(handle, message.subarray(at)));
    const expected = sm4.cbcEncrypt(Secret.copy(SM4_KEY), IV, message, { padding: 'none' });
    expectBytes(concatBytes(...parts), expected, 'a message in pieces of any length');
  }),
  inside('crypto.sm4.pieces-decrypt-padded', BUFFERING, async (t, { bytes }) => {
    const message = bytes('message', 45);
    const sealed = sm4.cbcEncrypt(Secret.copy(SM4_KEY), IV, message);
    const handle = await started(t, SM4_CBC_PKCS5, DECRYPT, IV);
    const parts = [
      await t.TEE_CipherUpdate(handle, sealed.subarray(0, 31)),
      await t.TEE_CipherUpdate(handle, sealed.subarray(31)),
    ];
    expectBytes(
      concatBytes(...parts, await t.TEE_CipherDoFinal(handle, null)),
      message,
      'a padded message in pieces',
    );
  }),
  inside('crypto.sm4.block-by-block', BUFFERING, async (t) => {
    const handle = await started(t, SM4_CBC_NOPAD, ENCRYPT, IV);
    expectEqual((await t.TEE_CipherUpdate(handle, TEXT.subarray(0, 15))).length, 0, 'bytes out of 15 in');
    expectBytes(
      await t.TEE_CipherUpdate(handle, TEXT.subarray(15, 20)),
      CBC_TEXT.subarray(0, 16),
      'the first block',
    );
  }),
  inside('crypto.sm4.restart', CIPHER, async (t) => {
    const handle = await started(t, SM4_CBC_NOPAD, ENCRYPT, new Uint8Array(16));
    await t.TEE_CipherUpdate(handle, TEXT.subarray(0, 20));
    await t.TEE_CipherInit(handle, IV);
    expectBytes(await t.TEE_CipherDoFinal(handle, TEXT), CBC_TEXT, 'the message after a new start');
  }),
  inside('crypto.sm4.copy', 'GPD_SPE_010 §6.2.8 TEE_CopyOperation', async (t) => {
    const source = await started(t, SM4_CBC_NOPAD, ENCRYPT, IV);
    await t.TEE_CipherUpdate(source, TEXT.subarray(0, 10));
    const target = await t.TEE_AllocateOperation(SM4_CBC_NOPAD, ENCRYPT, 128);
    await t.TEE_CopyOperation(target, source);
    await t.TEE_FreeOperation(source);
    expectBytes(
      await t.TEE_CipherDoFinal(target, TEXT.subarray(10)),
      CBC_TEXT,
      'the copy, with its key and state',
    );
  }),
  inside('crypto.sm4.short-buffer-update', CIPHER, async (t) => {
    const handle = await started(t, SM4_CBC_NOPAD, ENCRYPT, IV);
    const error = await expectTee(
      () => t.TEE_CipherUpdate(handle, TEXT, 31),
      ['SHORT_BUFFER'],
      '32 bytes into 31',
    );
    expectEqual(error.required, 32, 'the size required');
    expectBytes(await t.TEE_CipherUpdate(handle, TEXT), CBC_TEXT, 'the state did not change');
  }),
  inside('crypto.sm4.short-buffer-final', CIPHER, async (t) => {
    const handle = await started(t, SM4_CBC_NOPAD, ENCRYPT, IV);
    await expectTee(() => t.TEE_CipherDoFinal(handle, TEXT, 16), ['SHORT_BUFFER'], '32 bytes into 16');
    expectBytes(await t.TEE_CipherDoFinal(handle, TEXT, 32), CBC_TEXT, 'the state did not change');
  }),
  panics('crypto.sm4.not-whole-blocks', CIPHER, '17 bytes without padding', async (t) => {
    const handle = await started(t, SM4_CBC_NOPAD, ENCRYPT, IV);
    return () => t.TEE_CipherDoFinal(handle, TEXT.subarray(0, 17));
  }),
  panics('crypto.sm4.not-started', CIPHER, 'data before TEE_CipherInit', async (t) => {
    const handle = await sm4Operation(t, SM4_CTR, ENCRYPT);
    return () => t.TEE_CipherUpdate(handle, TEXT);
  }),
  panics('crypto.sm4.ended', CIPHER, 'data after the end of the message', async (t) => {
    const handle = await started(t, SM4_CTR, ENCRYPT, IV);
    await t.TEE_CipherDoFinal(handle, TEXT);
    return () => t.TEE_CipherUpdate(handle, TEXT);
  }),
  panics('crypto.sm4.no-key', CIPHER, 'TEE_CipherInit without a key', async (t) => {
    const handle = await t.TEE_AllocateOperation(SM4_CTR, ENCRYPT, 128);
    return () => t.TEE_CipherInit(handle, IV);
  }),
  panics('crypto.sm4.iv-short', CIPHER, 'an initial value of 15 bytes', async (t) => {
    const handle = await sm4Operation(t, SM4_CBC_NOPAD, ENCRYPT);
    return () => t.TEE_CipherInit(handle, IV.subarray(1));
  }),
  panics('crypto.sm4.iv-none', CIPHER, 'a chaining mode without initial value', async (t) => {
    const handle = await sm4Operation(t, SM4_CBC_NOPAD, ENCRYPT);
    return () => t.TEE_CipherInit(handle, null);
  }),
  panics('crypto.sm4.other-class', CIPHER, 'a cipher with a digest operation', async (t) => {
    const handle = await t.TEE_AllocateOperation(TEE_ALG.SM3, 5, 0);
    return () => t.TEE_CipherUpdate(handle, TEXT);
  }),
];
