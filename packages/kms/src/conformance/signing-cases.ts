import { sm2, utf8 } from '@cssi/sm-core';
import { expectCode, expectTrue } from '@cssi/sm-core/conformance';
import { KMS_MAX_MESSAGE_BYTES } from '../spec/v1/algorithms.ts';
import { addKey, freshKey, type KmsCase, must } from './fixtures.ts';

const flip = (bytes: Uint8Array, at: number): Uint8Array => {
  const out = Uint8Array.from(bytes);
  out[at]! ^= 1;
  return out;
};

/** Signing and verifying with SM2. */
export const signingCases: readonly KmsCase[] = [
  must('kms.sign.verifies-with-the-public-key', 'GB/T 32918.2-2016 §6.1', async (kms, context) => {
    const { reference } = await freshKey(kms, 'SM2', 'sign');
    const { publicKey } = await kms.getPublicKey(reference);
    for (const length of [0, 1, 1000]) {
      const message = context.bytes(`message ${length}`, length);
      const { signature, version } = await kms.sign({ ...reference, message });
      expectTrue(sm2.verify(publicKey, message, signature), 'the public key refuses the signature');
      const { valid } = await kms.verify({ ...reference, message, signature, version });
      expectTrue(valid, 'the service refuses its own signature');
    }
  }),
  must('kms.sign.takes-the-digest-e', 'GB/T 32918.2-2016 §6.1 A3', async (kms, context) => {
    const { reference } = await freshKey(kms, 'SM2', 'sign');
    const { publicKey } = await kms.getPublicKey(reference);
    const digest = context.bytes('e', 32);
    const { signature } = await kms.sign({ ...reference, digest });
    expectTrue(sm2.verifyDigest(publicKey, digest, signature), 'the public key refuses the signature');
    expectTrue((await kms.verify({ ...reference, digest, signature })).valid, 'the service refuses it');
  }),
  must('kms.sign.refuses-encryption-keys', 'T/TCCIA 0002-2022 §7.2d', async (kms, context) => {
    const message = context.bytes('message', 20);
    const codes = ['ERR_KMS_USAGE_DENIED'];
    const { reference } = await freshKey(kms, 'SM2', 'encrypt');
    const symmetric = await addKey(kms, reference.tenantId, 'SM4', 'encrypt');
    const signature = new Uint8Array(70);
    for (const each of [reference, symmetric.reference]) {
      await expectCode(() => kms.sign({ ...each, message }), codes, 'sign');
      await expectCode(() => kms.verify({ ...each, message, signature }), codes, 'verify');
      await expectCode(() => kms.signer(each.tenantId, each.keyId), codes, 'signer');
    }
  }),
  must('kms.sign.refuses-oversize', 'T/TCCIA 0002-2022 §7.3', async (kms) => {
    const { reference } = await freshKey(kms, 'SM2', 'sign');
    const message = new Uint8Array(KMS_MAX_MESSAGE_BYTES + 1);
    const codes = ['ERR_INPUT_LENGTH', 'ERR_KMS_PARAMETER_INVALID'];
    await expectCode(() => kms.sign({ ...reference, message }), codes, 'message');
    const signature = new Uint8Array(5000);
    await expectCode(() => kms.verify({ ...reference, message: utf8('m'), signature }), codes, 'signature');
  }),
  must('kms.verify.is-false-for-another-message', 'GB/T 32918.2-2016 §7.1', async (kms, context) => {
    const { reference } = await freshKey(kms, 'SM2', 'sign');
    const message = context.bytes('message', 64);
    const { signature } = await kms.sign({ ...reference, message });
    const result = await kms.verify({ ...reference, message: flip(message, 63), signature });
    expectTrue(!result.valid && result.version === undefined, 'accepted for another message');
  }),
  must('kms.verify.is-false-for-another-key', 'GB/T 32918.2-2016 §7.1', async (kms, context) => {
    const { reference } = await freshKey(kms, 'SM2', 'sign');
    const other = await addKey(kms, reference.tenantId, 'SM2', 'sign');
    const message = context.bytes('message', 64);
    const { signature } = await kms.sign({ ...reference, message });
    expectTrue(
      !(await kms.verify({ ...other.reference, message, signature })).valid,
      'accepted by another key',
    );
  }),
  must('kms.verify.is-false-for-a-changed-signature', 'GB/T 32918.2-2016 §7.1', async (kms, context) => {
    const { reference } = await freshKey(kms, 'SM2', 'sign');
    const message = context.bytes('message', 64);
    const { signature } = await kms.sign({ ...reference, message });
    const changed = flip(signature, signature.length - 1);
    expectTrue(!(await kms.verify({ ...reference, message, signature: changed })).valid, 'accepted');
  }),
  must('kms.verify.throws-for-malformed', 'house rule', async (kms, context) => {
    const { reference } = await freshKey(kms, 'SM2', 'sign');
    const message = context.bytes('message', 8);
    const { signature } = await kms.sign({ ...reference, message });
    const codes = ['ERR_SM2_SIGNATURE_MALFORMED'];
    for (const wrong of [new Uint8Array(0), signature.subarray(0, -1), new Uint8Array(64)]) {
      await expectCode(() => kms.verify({ ...reference, message, signature: wrong }), codes, 'malformed');
    }
  }),
  must('kms.verify.refuses-unknown-version', 'T/TCCIA 0002-2022 §7.2e', async (kms, context) => {
    const { reference } = await freshKey(kms, 'SM2', 'sign');
    const message = context.bytes('message', 8);
    const { signature } = await kms.sign({ ...reference, message });
    const call = (version: number) => () => kms.verify({ ...reference, message, signature, version });
    await expectCode(call(2), ['ERR_KMS_NOT_FOUND'], 'version 2 of one');
    const unknown = () => kms.getPublicKey({ ...reference, version: 2 });
    await expectCode(unknown, ['ERR_KMS_NOT_FOUND'], 'public key of version 2 of one');
    for (const version of [0, -1, 1.5]) {
      await expectCode(call(version), ['ERR_KMS_PARAMETER_INVALID'], `version ${version}`);
    }
  }),
  must('kms.signer.fits-its-public-key', 'GB/T 32918.2-2016 §6.1', async (kms, context) => {
    const { reference, key } = await freshKey(kms, 'SM2', 'sign');
    const signer = await kms.signer(reference.tenantId, reference.keyId);
    const { publicKeyInfo } = await kms.getPublicKey(reference);
    expectTrue(signer.algorithm === 'sm2-sm3', 'algorithm of the signer');
    expectTrue(signer.publicKeyInfo.join() === publicKeyInfo.join(), 'public key of the signer');
    const message = context.bytes('message', 40);
    const signature = await signer.sign(message);
    expectTrue(sm2.verify(key.publicKey ?? new Uint8Array(0), message, signature), 'signature of the signer');
  }),
  must('kms.signer.stops-after-rotation', 'T/TCCIA 0002-2022 §7.2e', async (kms, context) => {
    const { reference } = await freshKey(kms, 'SM2', 'sign');
    const signer = await kms.signer(reference.tenantId, reference.keyId);
    await kms.rotateKey(reference);
    await expectCode(() => signer.sign(context.bytes('m', 8)), ['ERR_KMS_VERSION_RETIRED'], 'old signer');
  }),
];
