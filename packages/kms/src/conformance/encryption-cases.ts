import { sm2 } from '@cssi/sm-core';
import { expectBytes, expectCode, expectTrue } from '@cssi/sm-core/conformance';
import { KMS_MAX_AAD_BYTES, KMS_MAX_PLAINTEXT_BYTES } from '../spec/v1/algorithms.ts';
import { addKey, freshKey, type KmsCase, must } from './fixtures.ts';

const FAILED = ['ERR_DECRYPT_FAILED'];

/** Encrypting and decrypting with SM4-GCM and SM2. */
export const encryptionCases: readonly KmsCase[] = [
  must('kms.encrypt.round-trip', 'T/TCCIA 0002-2022 §7.4', async (kms, context) => {
    const { reference } = await freshKey(kms, 'SM4', 'encrypt');
    for (const length of [0, 1, 15, 16, 17, 4096]) {
      const plaintext = context.bytes(`plaintext ${length}`, length);
      const aad = context.bytes('aad', length % 40);
      const { ciphertext } = await kms.encrypt({ ...reference, plaintext, aad });
      const opened = await kms.decrypt({ ...reference, ciphertext, aad });
      expectBytes(opened.plaintext, plaintext, `plaintext of ${length} bytes`);
    }
  }),
  must('kms.encrypt.never-repeats-a-nonce', 'GB/T 36624-2018', async (kms) => {
    const { reference } = await freshKey(kms, 'SM4', 'encrypt');
    const seen = new Set<string>();
    for (let i = 0; i < 300; i++) {
      const { ciphertext } = await kms.encrypt({ ...reference, plaintext: new Uint8Array(0) });
      seen.add(ciphertext.subarray(6, 18).join());
    }
    expectTrue(seen.size === 300, 'a nonce came twice in 300 encryptions');
  }),
  must('kms.encrypt.sm2-round-trip', 'GB/T 32918.4-2016', async (kms, context) => {
    const { reference } = await freshKey(kms, 'SM2', 'encrypt');
    const plaintext = context.bytes('plaintext', 33);
    const { ciphertext } = await kms.encrypt({ ...reference, plaintext });
    expectBytes((await kms.decrypt({ ...reference, ciphertext })).plaintext, plaintext, 'plaintext');
  }),
  must('kms.decrypt.sm2-from-outside', 'GB/T 32918.4-2016', async (kms, context) => {
    const { reference } = await freshKey(kms, 'SM2', 'encrypt');
    const { publicKey } = await kms.getPublicKey(reference);
    const plaintext = context.bytes('plaintext', 16);
    const ciphertext = sm2.encrypt(publicKey, plaintext);
    expectBytes((await kms.decrypt({ ...reference, ciphertext })).plaintext, plaintext, 'plaintext');
  }),
  must('kms.encrypt.refuses-signing-keys', 'T/TCCIA 0002-2022 §7.2d', async (kms) => {
    const { reference } = await freshKey(kms, 'SM2', 'sign');
    const { publicKey } = await kms.getPublicKey(reference);
    const plaintext = new Uint8Array(16);
    const ciphertext = sm2.encrypt(publicKey, plaintext);
    const codes = ['ERR_KMS_USAGE_DENIED'];
    await expectCode(() => kms.encrypt({ ...reference, plaintext }), codes, 'encrypt');
    await expectCode(() => kms.decrypt({ ...reference, ciphertext }), codes, 'decrypt');
  }),
  must('kms.encrypt.sm2-refuses-associated-data', 'GB/T 32918.4-2016', async (kms) => {
    const { reference } = await freshKey(kms, 'SM2', 'encrypt');
    const plaintext = new Uint8Array(16);
    const aad = new Uint8Array(1);
    const codes = ['ERR_KMS_AAD_UNSUPPORTED'];
    await expectCode(() => kms.encrypt({ ...reference, plaintext, aad }), codes, 'encrypt');
    const { ciphertext } = await kms.encrypt({ ...reference, plaintext });
    await expectCode(() => kms.decrypt({ ...reference, ciphertext, aad }), codes, 'decrypt');
  }),
  must('kms.encrypt.refuses-oversize', 'T/TCCIA 0002-2022 §7.4', async (kms) => {
    const { reference } = await freshKey(kms, 'SM4', 'encrypt');
    const codes = ['ERR_INPUT_LENGTH', 'ERR_KMS_PARAMETER_INVALID'];
    const plaintext = new Uint8Array(KMS_MAX_PLAINTEXT_BYTES + 1);
    await expectCode(() => kms.encrypt({ ...reference, plaintext }), codes, 'plaintext');
    const aad = new Uint8Array(KMS_MAX_AAD_BYTES + 1);
    await expectCode(() => kms.encrypt({ ...reference, plaintext: new Uint8Array(1), aad }), codes, 'aad');
    const ciphertext = new Uint8Array(KMS_MAX_PLAINTEXT_BYTES + 5000);
    await expectCode(() => kms.decrypt({ ...reference, ciphertext }), [...codes, ...FAILED], 'ciphertext');
  }),
  must('kms.decrypt.binds-associated-data', 'T/TCCIA 0002-2022 §7.4', async (kms, context) => {
    const { reference } = await freshKey(kms, 'SM4', 'encrypt');
    const plaintext = context.bytes('plaintext', 32);
    const aad = context.bytes('aad', 12);
    const { ciphertext } = await kms.encrypt({ ...reference, plaintext, aad });
    await expectCode(() => kms.decrypt({ ...reference, ciphertext }), FAILED, 'no aad');
    for (const other of [aad.subarray(0, 11), context.bytes('other', 12), new Uint8Array(12)]) {
      await expectCode(() => kms.decrypt({ ...reference, ciphertext, aad: other }), FAILED, 'other aad');
    }
  }),
  must('kms.decrypt.binds-key-and-tenant', 'T/TCCIA 0002-2022 §6.6d, §7.4', async (kms) => {
    const { reference } = await freshKey(kms, 'SM4', 'encrypt');
    const sibling = await addKey(kms, reference.tenantId, 'SM4', 'encrypt');
    const stranger = await freshKey(kms, 'SM4', 'encrypt');
    const { ciphertext } = await kms.encrypt({ ...reference, plaintext: new Uint8Array(16) });
    for (const other of [sibling.reference, stranger.reference]) {
      await expectCode(() => kms.decrypt({ ...other, ciphertext }), FAILED, 'other key');
    }
  }),
  must('kms.decrypt.notices-every-changed-byte', 'T/TCCIA 0002-2022 §7.4', async (kms, context) => {
    const { reference } = await freshKey(kms, 'SM4', 'encrypt');
    await kms.rotateKey(reference);
    const { ciphertext } = await kms.encrypt({ ...reference, plaintext: context.bytes('plaintext', 20) });
    for (let at = 0; at < ciphertext.length; at++) {
      const changed = Uint8Array.from(ciphertext);
      changed[at]! ^= 1 << (at % 8);
      await expectCode(() => kms.decrypt({ ...reference, ciphertext: changed }), FAILED, `byte ${at}`);
    }
  }),
  must('kms.decrypt.refuses-truncated', 'T/TCCIA 0002-2022 §7.4', async (kms, context) => {
    for (const algorithm of ['SM4', 'SM2'] as const) {
      const { reference } = await freshKey(kms, algorithm, 'encrypt');
      const { ciphertext } = await kms.encrypt({ ...reference, plaintext: context.bytes('plaintext', 5) });
      for (const length of [0, 1, 5, 6, 7, 18, 33, ciphertext.length - 1]) {
        const short = ciphertext.subarray(0, length);
        await expectCode(() => kms.decrypt({ ...reference, ciphertext: short }), FAILED, `${length} bytes`);
      }
      const long = Uint8Array.of(...ciphertext, 0);
      await expectCode(() => kms.decrypt({ ...reference, ciphertext: long }), FAILED, 'a byte too many');
    }
  }),
  must('kms.decrypt.refuses-another-version', 'T/TCCIA 0002-2022 §7.2e', async (kms) => {
    const { reference } = await freshKey(kms, 'SM4', 'encrypt');
    await kms.rotateKey(reference);
    const { ciphertext, version } = await kms.encrypt({ ...reference, plaintext: new Uint8Array(16) });
    expectTrue(version === 2, 'encrypted under an old version');
    for (const other of [0, 1, 3, 0xffffffff]) {
      const changed = Uint8Array.from(ciphertext);
      new DataView(changed.buffer).setUint32(2, other);
      await expectCode(() => kms.decrypt({ ...reference, ciphertext: changed }), FAILED, `version ${other}`);
    }
  }),
  must('kms.decrypt.refuses-the-other-algorithm', 'T/TCCIA 0002-2022 §7.4', async (kms) => {
    const { reference } = await freshKey(kms, 'SM4', 'encrypt');
    const other = await addKey(kms, reference.tenantId, 'SM2', 'encrypt');
    const plaintext = new Uint8Array(16);
    const symmetric = await kms.encrypt({ ...reference, plaintext });
    const asymmetric = await kms.encrypt({ ...other.reference, plaintext });
    const { ciphertext } = symmetric;
    await expectCode(() => kms.decrypt({ ...other.reference, ciphertext }), FAILED, 'SM4 under SM2');
    const swapped = asymmetric.ciphertext;
    await expectCode(() => kms.decrypt({ ...reference, ciphertext: swapped }), FAILED, 'SM2 under SM4');
    const bare = swapped.subarray(6);
    await expectCode(
      () => kms.decrypt({ ...reference, ciphertext: bare }),
      FAILED,
      'bare SM2Cipher under SM4',
    );
  }),
  must('kms.decrypt.tells-nothing', 'T/TCCIA 0002-2022 §7.4', async (kms, context) => {
    const { reference } = await freshKey(kms, 'SM4', 'encrypt');
    const { ciphertext } = await kms.encrypt({ ...reference, plaintext: context.bytes('plaintext', 32) });
    const tag = Uint8Array.from(ciphertext);
    tag[tag.length - 1]! ^= 1;
    const format = Uint8Array.from(ciphertext);
    format[0] = 9;
    const messages = new Set<string>();
    for (const wrong of [tag, format, ciphertext.subarray(0, 10), new Uint8Array(40)]) {
      const error = await expectCode(
        () => kms.decrypt({ ...reference, ciphertext: wrong }),
        FAILED,
        'failure',
      );
      messages.add(error.message);
    }
    expectTrue(messages.size === 1, 'failures can be told apart by their message');
  }),
];
