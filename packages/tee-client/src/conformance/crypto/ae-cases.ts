import { concatBytes, fromHex, Secret, sm4 } from '@cssi/sm-core';
import { type ConformanceCase, expectBytes } from '@cssi/sm-core/conformance';
import type { TeeClient } from '../../spec/v1/client.ts';
import { TEE_ALG } from '../../spec/v1/internal/constants.ts';
import type { TEE_OperationHandle } from '../../spec/v1/internal/tee.ts';
import type { RemoteTee } from '../remote.ts';
import { expectEqual, expectTee, inside, panics, refuses } from '../support.ts';
import { DECRYPT, ENCRYPT, SM4_KEY, sm4Operation } from './keys.ts';

const AE = 'xtest 4005; GPD_SPE_010 §6.6';
const { SM4_GCM, SM4_CCM } = TEE_ALG;
const GCM = ['alg-sm4-gcm'];
const CCM = ['alg-sm4-ccm'];

const NONCE = fromHex('00001234567800000000abcd');
const AAD = fromHex('feedfacedeadbeeffeedfacedeadbeefabaddad2');
const TEXT = concatBytes(
  ...[0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0xee, 0xaa].map((byte) => new Uint8Array(8).fill(byte)),
);
/** RFC 8998 A.1. */
const GCM_TEXT = fromHex(
  '17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735' +
    'd82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d',
);
const GCM_TAG = fromHex('83de3541e4c2b58177e065a9bf7b62ec');
/** RFC 8998 A.2. */
const CCM_TEXT = fromHex(
  '48af93501fa62adbcd414cce6034d895dda1bf8f132f042098661572e7483094' +
    'fd12e518ce062c98acee28d95df4416bed31a2f04476c18bb40c84a74b97dc5b',
);
const CCM_TAG = fromHex('16842d4fa186f56ab33256971fa110f4');

/** Started with the nonce of RFC 8998 and its associated data. */
async function started(t: RemoteTee, algorithm: number, mode: number): Promise<TEE_OperationHandle> {
  const handle = await sm4Operation(t, algorithm, mode);
  await t.TEE_AEInit(handle, NONCE, 128, AAD.length, TEXT.length);
  await t.TEE_AEUpdateAAD(handle, AAD);
  return handle;
}

const flipped = (bytes: Uint8Array, at: number): Uint8Array =>
  bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));

/** A sealed message with one thing changed. */
const forged = (
  id: string,
  what: string,
  change: { text?: Uint8Array; tag?: Uint8Array; aad?: Uint8Array; nonce?: Uint8Array },
): ConformanceCase<TeeClient> =>
  refuses(
    id,
    AE,
    ['MAC_INVALID'],
    what,
    async (t) => {
      const handle = await sm4Operation(t, SM4_GCM, DECRYPT);
      await t.TEE_AEInit(handle, change.nonce ?? NONCE, 128, AAD.length, TEXT.length);
      await t.TEE_AEUpdateAAD(handle, change.aad ?? AAD);
      return () => t.TEE_AEDecryptFinal(handle, change.text ?? GCM_TEXT, change.tag ?? GCM_TAG);
    },
    GCM,
  );

const vector = (
  id: string,
  algorithm: number,
  text: Uint8Array,
  tag: Uint8Array,
  requires: string[],
): ConformanceCase<TeeClient> =>
  inside(
    id,
    `${AE}; RFC 8998 A`,
    async (t) => {
      const sealed = await t.TEE_AEEncryptFinal(await started(t, algorithm, ENCRYPT), TEXT);
      expectBytes(sealed.destData, text, 'the ciphertext');
      expectBytes(sealed.tag, tag, 'the tag');
      const opened = await t.TEE_AEDecryptFinal(await started(t, algorithm, DECRYPT), text, tag);
      expectBytes(opened, TEXT, 'the plaintext');
    },
    requires,
  );

/** Authenticated encryption. */
export const aeCases: readonly ConformanceCase<TeeClient>[] = [
  vector('crypto.gcm.standard', SM4_GCM, GCM_TEXT, GCM_TAG, GCM),
  vector('crypto.ccm.standard', SM4_CCM, CCM_TEXT, CCM_TAG, CCM),
  inside(
    'crypto.gcm.pieces',
    `${AE}; xtest 4017`,
    async (t) => {
      const handle = await sm4Operation(t, SM4_GCM, ENCRYPT);
      await t.TEE_AEInit(handle, NONCE, 128, 0, 0);
      await t.TEE_AEUpdateAAD(handle, AAD.subarray(0, 3));
      await t.TEE_AEUpdateAAD(handle, AAD.subarray(3));
      const parts = [
        await t.TEE_AEUpdate(handle, TEXT.subarray(0, 5)),
        await t.TEE_AEUpdate(handle, TEXT.subarray(5, 37)),
      ];
      const { destData, tag } = await t.TEE_AEEncryptFinal(handle, TEXT.subarray(37));
      expectBytes(concatBytes(...parts, destData), GCM_TEXT, 'the ciphertext');
      expectBytes(tag, GCM_TAG, 'the tag');
    },
    GCM,
  ),
  inside(
    'crypto.gcm.pieces-decrypt',
    `${AE}; xtest 4017`,
    async (t) => {
      const handle = await started(t, SM4_GCM, DECRYPT);
      const part = await t.TEE_AEUpdate(handle, GCM_TEXT.subarray(0, 33));
      const rest = await t.TEE_AEDecryptFinal(handle, GCM_TEXT.subarray(33), GCM_TAG);
      expectBytes(concatBytes(part, rest), TEXT, 'the plaintext of all pieces');
    },
    GCM,
  ),
  inside(
    'crypto.gcm.empty',
    AE,
    async (t, { bytes }) => {
      const nonce = bytes('nonce', 12);
      const handle = await sm4Operation(t, SM4_GCM, ENCRYPT);
      await t.TEE_AEInit(handle, nonce, 128, 0, 0);
      const { destData, tag } = await t.TEE_AEEncryptFinal(handle, null);
      expectEqual(destData.length, 0, 'bytes of ciphertext');
      expectBytes(tag, sm4.gcm(Secret.copy(SM4_KEY)).seal(nonce, new Uint8Array(0)), 'the tag of nothing');
    },
    GCM,
  ),
  inside(
    'crypto.gcm.short-tag',
    AE,
    async (t) => {
      const handle = await sm4Operation(t, SM4_GCM, ENCRYPT);
      await t.TEE_AEInit(handle, NONCE, 96, AAD.length, TEXT.length);
      await t.TEE_AEUpdateAAD(handle, AAD);
      expectBytes(
        (await t.TEE_AEEncryptFinal(handle, TEXT)).tag,
        GCM_TAG.subarray(0, 12),
        'a tag of 96 bits',
      );
    },
    GCM,
  ),
  forged('crypto.gcm.forged-text', 'ciphertext with a bit changed', { text: flipped(GCM_TEXT, 40) }),
  forged('crypto.gcm.forged-tag', 'a tag with its last bit changed', { tag: flipped(GCM_TAG, 15) }),
  forged('crypto.gcm.forged-aad', 'other associated data', { aad: flipped(AAD, 0) }),
  forged('crypto.gcm.forged-nonce', 'another nonce', { nonce: flipped(NONCE, 11) }),
  forged('crypto.gcm.truncated', 'ciphertext without its last byte', { text: GCM_TEXT.subarray(0, 63) }),
  refuses(
    'crypto.ccm.forged-tag',
    AE,
    ['MAC_INVALID'],
    'a tag with its first bit changed',
    async (t) => {
      const handle = await started(t, SM4_CCM, DECRYPT);
      return () => t.TEE_AEDecryptFinal(handle, CCM_TEXT, flipped(CCM_TAG, 0));
    },
    CCM,
  ),
  inside(
    'crypto.gcm.copy',
    'GPD_SPE_010 §6.2.8 TEE_CopyOperation',
    async (t) => {
      const source = await started(t, SM4_GCM, ENCRYPT);
      await t.TEE_AEUpdate(source, TEXT.subarray(0, 7));
      const target = await t.TEE_AllocateOperation(SM4_GCM, ENCRYPT, 128);
      await t.TEE_CopyOperation(target, source);
      await t.TEE_AEUpdate(source, TEXT);
      const { tag } = await t.TEE_AEEncryptFinal(target, TEXT.subarray(7));
      expectBytes(tag, GCM_TAG, 'the tag of the copy');
    },
    GCM,
  ),
  inside(
    'crypto.gcm.short-buffer',
    AE,
    async (t) => {
      const handle = await started(t, SM4_GCM, ENCRYPT);
      await expectTee(() => t.TEE_AEEncryptFinal(handle, TEXT, 63, 16), ['SHORT_BUFFER'], '64 bytes into 63');
      const { tag } = await t.TEE_AEEncryptFinal(handle, TEXT, 64, 16);
      expectBytes(tag, GCM_TAG, 'the state did not change');
    },
    GCM,
  ),
  refuses(
    'crypto.gcm.tag-length',
    AE,
    ['NOT_SUPPORTED'],
    'a tag of 40 bits',
    async (t) => {
      const handle = await sm4Operation(t, SM4_GCM, ENCRYPT);
      return () => t.TEE_AEInit(handle, NONCE, 40, 0, 0);
    },
    GCM,
  ),
  panics(
    'crypto.gcm.aad-after-payload',
    AE,
    'associated data after the payload',
    async (t) => {
      const handle = await started(t, SM4_GCM, ENCRYPT);
      await t.TEE_AEUpdate(handle, TEXT);
      return () => t.TEE_AEUpdateAAD(handle, AAD);
    },
    GCM,
  ),
  panics(
    'crypto.gcm.not-started',
    AE,
    'payload before TEE_AEInit',
    async (t) => {
      const handle = await sm4Operation(t, SM4_GCM, ENCRYPT);
      return () => t.TEE_AEUpdate(handle, TEXT);
    },
    GCM,
  ),
  panics(
    'crypto.gcm.no-key',
    AE,
    'TEE_AEInit without a key',
    async (t) => {
      const handle = await t.TEE_AllocateOperation(SM4_GCM, ENCRYPT, 128);
      return () => t.TEE_AEInit(handle, NONCE, 128, 0, 0);
    },
    GCM,
  ),
  panics(
    'crypto.gcm.wrong-final',
    AE,
    'TEE_AEEncryptFinal while decrypting',
    async (t) => {
      const handle = await started(t, SM4_GCM, DECRYPT);
      return () => t.TEE_AEEncryptFinal(handle, TEXT);
    },
    GCM,
  ),
  panics(
    'crypto.ccm.other-length',
    AE,
    'less payload than was announced',
    async (t) => {
      const handle = await started(t, SM4_CCM, ENCRYPT);
      return () => t.TEE_AEEncryptFinal(handle, TEXT.subarray(1));
    },
    CCM,
  ),
];
