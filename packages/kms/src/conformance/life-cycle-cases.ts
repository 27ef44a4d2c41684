import { sm2 } from '@cssi/sm-core';
import { expectBytes, expectCode, expectTrue } from '@cssi/sm-core/conformance';
import { addKey, expectUnusable, freshKey, type KmsCase, must } from './fixtures.ts';

const STATE = ['ERR_KMS_KEY_STATE'];
const TRANSITION = ['ERR_KMS_STATE_TRANSITION'];

/** Rotation and states. */
export const lifeCycleCases: readonly KmsCase[] = [
  must('kms.rotate.old-data-still-opens', 'T/TCCIA 0002-2022 §7.2e', async (kms, context) => {
    const { reference } = await freshKey(kms, 'SM4', 'encrypt');
    const aad = context.bytes('aad', 5);
    const kept: { readonly plaintext: Uint8Array; readonly ciphertext: Uint8Array }[] = [];
    for (let version = 1; version <= 4; version++) {
      const plaintext = context.bytes(`plaintext ${version}`, 24);
      const made = await kms.encrypt({ ...reference, plaintext, aad });
      expectTrue(made.version === version, 'the newest version does not encrypt');
      kept.push({ plaintext, ciphertext: made.ciphertext });
      await kms.rotateKey(reference);
    }
    for (const [index, { plaintext, ciphertext }] of kept.entries()) {
      const opened = await kms.decrypt({ ...reference, ciphertext, aad });
      expectBytes(opened.plaintext, plaintext, `plaintext of version ${index + 1}`);
      expectTrue(opened.version === index + 1, 'another version is reported');
    }
  }),
  must('kms.rotate.old-signatures-still-verify', 'T/TCCIA 0002-2022 §7.2e', async (kms, context) => {
    const { reference, key } = await freshKey(kms, 'SM2', 'sign');
    const message = context.bytes('message', 24);
    const first = await kms.sign({ ...reference, message });
    const rotated = await kms.rotateKey(reference);
    expectTrue(rotated.version === 2 && first.version === 1, 'versions');
    const second = await kms.sign({ ...reference, message });
    expectTrue(second.version === 2, 'the newest version does not sign');
    const { signature } = first;
    const found = await kms.verify({ ...reference, message, signature });
    expectTrue(found.valid && found.version === 1, 'the old signature is not found');
    expectTrue((await kms.verify({ ...reference, message, signature, version: 1 })).valid, 'version 1');
    expectTrue(!(await kms.verify({ ...reference, message, signature, version: 2 })).valid, 'wrong version');
    const old = await kms.getPublicKey({ ...reference, version: 1 });
    expectBytes(old.publicKey, key.publicKey ?? new Uint8Array(0), 'public key of version 1');
    expectTrue(!sm2.verify(old.publicKey, message, second.signature), 'both versions are one key');
  }),
  must('kms.rotate.at-once-makes-distinct-versions', 'T/TCCIA 0002-2022 §5.3b', async (kms) => {
    const { reference } = await freshKey(kms, 'SM4', 'encrypt');
    const results = await Promise.allSettled(Array.from({ length: 6 }, () => kms.rotateKey(reference)));
    const versions = results.flatMap((result) =>
      result.status === 'fulfilled' ? [result.value.version] : [],
    );
    for (const result of results) {
      if (result.status !== 'rejected') continue;
      await expectCode(() => Promise.reject(result.reason), ['ERR_KMS_CONFLICT'], 'a rotation that lost');
    }
    expectTrue(versions.length > 0, 'no rotation succeeded');
    expectTrue(new Set(versions).size === versions.length, 'two rotations made one version');
    const { version } = await kms.describeKey(reference);
    expectTrue(version === 1 + versions.length, 'the current version is not one more for each rotation');
  }),
  must('kms.state.disabled-does-nothing', 'T/TCCIA 0002-2022 §5.3b', async (kms, context) => {
    const message = context.bytes('message', 16);
    const signing = await freshKey(kms, 'SM2', 'sign');
    const cipher = await addKey(kms, signing.reference.tenantId, 'SM4', 'encrypt');
    const signer = await kms.signer(signing.reference.tenantId, signing.reference.keyId);
    const { signature } = await kms.sign({ ...signing.reference, message });
    const { ciphertext } = await kms.encrypt({ ...cipher.reference, plaintext: message });
    expectTrue((await kms.disableKey(signing.reference)).state === 'disabled', 'state');
    await kms.disableKey(cipher.reference);
    await expectUnusable(kms, signing.reference, { signature }, STATE, 'disabled');
    await expectUnusable(kms, cipher.reference, { ciphertext }, STATE, 'disabled');
    await expectCode(() => signer.sign(message), STATE, 'signer made before');
    await expectCode(() => kms.rotateKey(cipher.reference), STATE, 'rotate');
  }),
  must('kms.state.enabled-again-works', 'T/TCCIA 0002-2022 §5.3b', async (kms, context) => {
    const plaintext = context.bytes('plaintext', 16);
    const { reference } = await freshKey(kms, 'SM4', 'encrypt');
    const { ciphertext } = await kms.encrypt({ ...reference, plaintext });
    await kms.rotateKey(reference);
    await kms.disableKey(reference);
    expectTrue((await kms.enableKey(reference)).state === 'enabled', 'state');
    expectBytes((await kms.decrypt({ ...reference, ciphertext })).plaintext, plaintext, 'old plaintext');
  }),
  must('kms.state.destroyed-is-final', 'T/TCCIA 0002-2022 §5.3b', async (kms, context) => {
    const message = context.bytes('message', 16);
    const signing = await freshKey(kms, 'SM2', 'sign');
    const cipher = await addKey(kms, signing.reference.tenantId, 'SM4', 'encrypt');
    const { signature } = await kms.sign({ ...signing.reference, message });
    const { ciphertext } = await kms.encrypt({ ...cipher.reference, plaintext: message });
    for (const { reference } of [signing, cipher]) {
      await kms.disableKey(reference);
      expectTrue((await kms.destroyKey(reference)).state === 'destroyed', 'state');
      await expectCode(() => kms.enableKey(reference), TRANSITION, 'enable');
      await expectCode(() => kms.disableKey(reference), TRANSITION, 'disable');
      await expectCode(() => kms.destroyKey(reference), TRANSITION, 'destroy again');
      await expectCode(() => kms.rotateKey(reference), STATE, 'rotate');
    }
    await expectUnusable(kms, signing.reference, { signature }, STATE, 'destroyed');
    await expectUnusable(kms, cipher.reference, { ciphertext }, STATE, 'destroyed');
    const { publicKey } = await kms.getPublicKey(signing.reference);
    expectTrue(sm2.verify(publicKey, message, signature), 'the public key stays for old signatures');
  }),
  must('kms.state.destroying-asks-for-disabling', 'T/TCCIA 0002-2022 §5.3b', async (kms, context) => {
    const { reference } = await freshKey(kms, 'SM4', 'encrypt');
    const plaintext = context.bytes('plaintext', 16);
    const { ciphertext } = await kms.encrypt({ ...reference, plaintext });
    await expectCode(() => kms.destroyKey(reference), TRANSITION, 'destroy an enabled key');
    expectBytes((await kms.decrypt({ ...reference, ciphertext })).plaintext, plaintext, 'still works');
    await expectCode(() => kms.enableKey(reference), TRANSITION, 'enable an enabled key');
  }),
];
