import { fromHex, Secret, sm2, utf8 } from '@cssi/sm-core';
import { type ConformanceCase, expectBytes, expectTrue } from '@cssi/sm-core/conformance';
import type { TeeClient } from '../../spec/v1/client.ts';
import { TEE_ALG, TEE_TYPE, TEE_USAGE } from '../../spec/v1/internal/constants.ts';
import type { TEE_OperationHandle } from '../../spec/v1/internal/tee.ts';
import type { RemoteTee } from '../remote.ts';
import { expectEqual, expectTee, inside, panics, refuses } from '../support.ts';
import { ANNEX_KEY, DECRYPT, ENCRYPT, keyPair, operation, pointOf, publicKey, SIGN, VERIFY } from './keys.ts';

const SIGNING = 'xtest 4006; GPD_SPE_010 §6.7.2';
const CRYPTING = 'xtest 4006; GPD_SPE_010 §6.7.1';
const CURVE = 'xtest 4019; GPD_SPE_010 §5.6.4; GB/T 32918.1-2016 §6.2';
const { SM2_DSA_SM3, SM2_PKE } = TEE_ALG;
const RAW = { format: 'raw' } as const;

/** GB/T 32918.5-2017 annex A.2: e and r‖s. */
const E = fromHex('f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640');
const SIGNATURE = fromHex(
  'f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3' +
    'b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa',
);
/** Annex C.2: C1‖C3‖C2. */
const CIPHERTEXT = fromHex(
  '0404ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73e858f9d81e5430a57b36daab8f950a' +
    '3c64e6ee6a63094d99283aff767e124df059983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766' +
    '21886ca989ca9c7d58087307ca93092d651efa',
);
const MESSAGE = utf8('encryption standard');

const signer = async (t: RemoteTee): Promise<TEE_OperationHandle> =>
  operation(t, SM2_DSA_SM3, SIGN, 256, await keyPair(t, TEE_TYPE.SM2_DSA_KEYPAIR, ANNEX_KEY));
const verifier = async (t: RemoteTee): Promise<TEE_OperationHandle> =>
  operation(t, SM2_DSA_SM3, VERIFY, 256, await publicKey(t, TEE_TYPE.SM2_DSA_PUBLIC_KEY, ANNEX_KEY));
const encryptor = async (t: RemoteTee): Promise<TEE_OperationHandle> =>
  operation(t, SM2_PKE, ENCRYPT, 256, await publicKey(t, TEE_TYPE.SM2_PKE_PUBLIC_KEY, ANNEX_KEY));
const decryptor = async (t: RemoteTee): Promise<TEE_OperationHandle> =>
  operation(t, SM2_PKE, DECRYPT, 256, await keyPair(t, TEE_TYPE.SM2_PKE_KEYPAIR, ANNEX_KEY));

const changed = (bytes: Uint8Array, at: number): Uint8Array =>
  bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));

const wrongSignature = (
  id: string,
  what: string,
  signature: Uint8Array,
  e: Uint8Array = E,
): ConformanceCase<TeeClient> =>
  refuses(id, SIGNING, ['SIGNATURE_INVALID'], what, async (t) => {
    const handle = await verifier(t);
    return () => t.TEE_AsymmetricVerifyDigest(handle, [], e, signature);
  });

const wrongCiphertext = (id: string, what: string, ciphertext: Uint8Array): ConformanceCase<TeeClient> =>
  refuses(id, CRYPTING, ['CIPHERTEXT_INVALID', 'BAD_PARAMETERS', 'MAC_INVALID'], what, async (t) => {
    const handle = await decryptor(t);
    return () => t.TEE_AsymmetricDecrypt(handle, [], ciphertext);
  });

const wrongPoint = (id: string, what: string, x: string, y: string): ConformanceCase<TeeClient> =>
  inside(id, CURVE, async (t) => {
    // Refused at the latest where the key is used: some TEEs check the point only then.
    await expectTee(
      async () => {
        const key = await publicKey(t, TEE_TYPE.SM2_PKE_PUBLIC_KEY, { x: fromHex(x), y: fromHex(y) });
        await t.TEE_AsymmetricEncrypt(await operation(t, SM2_PKE, ENCRYPT, 256, key), [], MESSAGE);
      },
      ['BAD_PARAMETERS', 'BAD_FORMAT'],
      what,
    );
  });

const P = 'fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff';

/** SM2 signatures and encryption. */
export const sm2Cases: readonly ConformanceCase<TeeClient>[] = [
  inside('crypto.sm2.verify-annex', `${SIGNING}; GB/T 32918.5-2017 annex A.2`, async (t) => {
    await t.TEE_AsymmetricVerifyDigest(await verifier(t), [], E, SIGNATURE);
  }),
  inside('crypto.sm2.verify-with-pair', SIGNING, async (t) => {
    const pair = await keyPair(t, TEE_TYPE.SM2_DSA_KEYPAIR, ANNEX_KEY);
    await t.TEE_AsymmetricVerifyDigest(await operation(t, SM2_DSA_SM3, VERIFY, 256, pair), [], E, SIGNATURE);
  }),
  inside('crypto.sm2.sign', SIGNING, async (t, { bytes }) => {
    const e = bytes('e', 32);
    const signature = await t.TEE_AsymmetricSignDigest(await signer(t), [], e);
    expectTrue(
      sm2.verifyDigest(pointOf(ANNEX_KEY), e, signature, RAW),
      'the signature verifies outside the TEE',
    );
  }),
  inside('crypto.sm2.sign-fresh', SIGNING, async (t) => {
    const handle = await signer(t);
    const [one, two] = [
      await t.TEE_AsymmetricSignDigest(handle, [], E),
      await t.TEE_AsymmetricSignDigest(handle, [], E),
    ];
    // The same r under two messages gives the private key away.
    expectTrue(one.subarray(0, 32).join() !== two.subarray(0, 32).join(), 'two signatures have different r');
  }),
  inside('crypto.sm2.verify-foreign', SIGNING, async (t, { bytes }) => {
    const e = bytes('e', 32);
    const signature = sm2.signDigest(Secret.copy(ANNEX_KEY.d), e, RAW);
    await t.TEE_AsymmetricVerifyDigest(await verifier(t), [], e, signature);
  }),
  inside('crypto.sm2.sign-generated', 'xtest 4007; GPD_SPE_010 §5.6.10 TEE_GenerateKey', async (t) => {
    const pair = await t.TEE_AllocateTransientObject(TEE_TYPE.SM2_DSA_KEYPAIR, 256);
    await t.TEE_GenerateKey(pair, 256, []);
    const signature = await t.TEE_AsymmetricSignDigest(
      await operation(t, SM2_DSA_SM3, SIGN, 256, pair),
      [],
      E,
    );
    const x = await t.TEE_GetObjectBufferAttribute(pair, 0xd0000141);
    const y = await t.TEE_GetObjectBufferAttribute(pair, 0xd0000241);
    expectTrue(sm2.verifyDigest(Uint8Array.of(4, ...x, ...y), E, signature, RAW), 'its public key verifies');
  }),
  wrongSignature('crypto.sm2.verify-wrong-r', 'r with a bit changed', changed(SIGNATURE, 5)),
  wrongSignature('crypto.sm2.verify-wrong-s', 's with a bit changed', changed(SIGNATURE, 63)),
  wrongSignature('crypto.sm2.verify-wrong-digest', 'another digest', SIGNATURE, changed(E, 31)),
  wrongSignature('crypto.sm2.verify-zero', 'r and s of zero', new Uint8Array(64)),
  wrongSignature(
    'crypto.sm2.verify-r-too-large',
    'r of 2^256 - 1',
    Uint8Array.of(...new Uint8Array(32).fill(255), ...SIGNATURE.subarray(32)),
  ),
  wrongSignature('crypto.sm2.verify-cut-off', 'a signature of 63 bytes', SIGNATURE.subarray(0, 63)),
  wrongSignature('crypto.sm2.verify-empty', 'an empty signature', new Uint8Array(0)),
  refuses(
    'crypto.sm2.verify-other-key',
    SIGNING,
    ['SIGNATURE_INVALID'],
    'the key of somebody else',
    async (t) => {
      const { publicKey: point } = sm2.generateKeyPair();
      const numbers = { x: point.slice(1, 33), y: point.slice(33) };
      const key = await publicKey(t, TEE_TYPE.SM2_DSA_PUBLIC_KEY, numbers);
      const handle = await operation(t, SM2_DSA_SM3, VERIFY, 256, key);
      return () => t.TEE_AsymmetricVerifyDigest(handle, [], E, SIGNATURE);
    },
  ),
  inside('crypto.sm2.sign-short-buffer', SIGNING, async (t) => {
    const handle = await signer(t);
    const error = await expectTee(
      () => t.TEE_AsymmetricSignDigest(handle, [], E, 63),
      ['SHORT_BUFFER'],
      '64 bytes into 63',
    );
    expectEqual(error.required, 64, 'the size required');
  }),
  panics('crypto.sm2.sign-digest-length', SIGNING, 'a digest of 31 bytes', async (t) => {
    const handle = await signer(t);
    return () => t.TEE_AsymmetricSignDigest(handle, [], E.subarray(1));
  }),
  panics('crypto.sm2.sign-with-public-key', SIGNING, 'a public key to sign with', async (t) => {
    const handle = await t.TEE_AllocateOperation(SM2_DSA_SM3, SIGN, 256);
    const key = await publicKey(t, TEE_TYPE.SM2_DSA_PUBLIC_KEY, ANNEX_KEY);
    return () => t.TEE_SetOperationKey(handle, key);
  }),
  panics('crypto.sm2.sign-no-key', SIGNING, 'signing without a key', async (t) => {
    const handle = await t.TEE_AllocateOperation(SM2_DSA_SM3, SIGN, 256);
    return () => t.TEE_AsymmetricSignDigest(handle, [], E);
  }),
  panics('crypto.sm2.sign-while-verifying', SIGNING, 'signing with an operation to verify', async (t) => {
    const pair = await keyPair(t, TEE_TYPE.SM2_DSA_KEYPAIR, ANNEX_KEY);
    const handle = await operation(t, SM2_DSA_SM3, VERIFY, 256, pair);
    return () => t.TEE_AsymmetricSignDigest(handle, [], E);
  }),
  panics('crypto.sm2.sign-usage', SIGNING, 'a key that may only verify', async (t) => {
    const pair = await keyPair(t, TEE_TYPE.SM2_DSA_KEYPAIR, ANNEX_KEY);
    await t.TEE_RestrictObjectUsage1(pair, TEE_USAGE.VERIFY);
    const handle = await t.TEE_AllocateOperation(SM2_DSA_SM3, SIGN, 256);
    return () => t.TEE_SetOperationKey(handle, pair);
  }),
  inside('crypto.sm2.decrypt-annex', `${CRYPTING}; GB/T 32918.5-2017 annex C.2`, async (t) => {
    expectBytes(await t.TEE_AsymmetricDecrypt(await decryptor(t), [], CIPHERTEXT), MESSAGE, 'the message');
  }),
  inside('crypto.sm2.encrypt', CRYPTING, async (t, { bytes }) => {
    const message = bytes('message', 100);
    const sealed = await t.TEE_AsymmetricEncrypt(await encryptor(t), [], message);
    const opened = sm2.decrypt(Secret.copy(ANNEX_KEY.d), sealed, { format: 'c1c3c2' });
    expectBytes(opened, message, 'the message, decrypted outside the TEE');
  }),
  inside('crypto.sm2.encrypt-fresh', CRYPTING, async (t) => {
    const handle = await encryptor(t);
    const [one, two] = [
      await t.TEE_AsymmetricEncrypt(handle, [], MESSAGE),
      await t.TEE_AsymmetricEncrypt(handle, [], MESSAGE),
    ];
    expectTrue(one.join() !== two.join(), 'two ciphertexts of one message differ');
  }),
  inside('crypto.sm2.encrypt-short-buffer', CRYPTING, async (t) => {
    const handle = await encryptor(t);
    const error = await expectTee(
      () => t.TEE_AsymmetricEncrypt(handle, [], MESSAGE, 115),
      ['SHORT_BUFFER'],
      '116 bytes into 115',
    );
    expectEqual(error.required, 116, 'the size required');
  }),
  wrongCiphertext('crypto.sm2.decrypt-c1', 'C1 off the curve', changed(CIPHERTEXT, 60)),
  wrongCiphertext('crypto.sm2.decrypt-c2', 'C2 with a bit changed', changed(CIPHERTEXT, 115)),
  wrongCiphertext('crypto.sm2.decrypt-c3', 'C3 with a bit changed', changed(CIPHERTEXT, 70)),
  wrongCiphertext('crypto.sm2.decrypt-cut-off', 'C2 without its last byte', CIPHERTEXT.subarray(0, 115)),
  wrongCiphertext('crypto.sm2.decrypt-too-short', 'less than C1 and C3', CIPHERTEXT.subarray(0, 90)),
  wrongPoint(
    'crypto.curve.off',
    'a point next to the curve',
    '09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020',
    'ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad12',
  ),
  wrongPoint('crypto.curve.zero', 'the point (0, 0)', '00'.repeat(32), '00'.repeat(32)),
  // x = 0 is on the curve with y = sqrt(b); p in its place is the same number, not reduced.
  wrongPoint(
    'crypto.curve.not-reduced',
    'a coordinate of p instead of 0',
    P,
    'fd4511e81736a60f07e88a83d6cf5a167fae6d1a9c9330e76e232e00f5cdc154',
  ),
];
