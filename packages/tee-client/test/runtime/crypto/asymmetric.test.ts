import { concatBytes, Secret, sm2, sm3 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { TEE_ALG, TEE_ATTR, TEE_MODE, TEE_TYPE } from '../../../src/spec/v1/internal/constants.ts';
import {
  bytes,
  expectPanic,
  expectResult,
  hex,
  newPair,
  openTee,
  operation,
  pairObject,
  publicObject,
  SEED,
  Seeded,
  type TestTee,
  type VectorCase,
  vectorCases,
  vectorsPresent,
} from './support.ts';

const random = new Seeded(SEED);
const { ENCRYPT, DECRYPT, SIGN, VERIFY } = TEE_MODE;

const signer = (tee: TestTee, key = newPair(tee, TEE_TYPE.SM2_DSA_KEYPAIR)) => ({
  sign: operation(tee, TEE_ALG.SM2_DSA_SM3, SIGN, [key]),
  verify: operation(tee, TEE_ALG.SM2_DSA_SM3, VERIFY, [key]),
});
const cipher = (tee: TestTee, key = newPair(tee, TEE_TYPE.SM2_PKE_KEYPAIR)) => ({
  encrypt: operation(tee, TEE_ALG.SM2_PKE, ENCRYPT, [key]),
  decrypt: operation(tee, TEE_ALG.SM2_PKE, DECRYPT, [key]),
});
const publicKeyOf = (d: Uint8Array): Uint8Array => sm2.keyPair(Secret.copy(d)).publicKey;

describe('SM2 signatures (xtest 4006_sm2) [part of CC-002]', () => {
  it('of a digest verify here and in sm-core, and sign nothing else', () => {
    const tee = openTee();
    const pair = sm2.generateKeyPair();
    const d = pair.privateKey.use((own) => Uint8Array.from(own));
    const { sign, verify } = signer(tee, pairObject(tee, TEE_TYPE.SM2_DSA_KEYPAIR, d, pair.publicKey));
    for (let i = 0; i < 20; i++) {
      const message = random.bytes(random.below(100));
      const e = sm3(concatBytes(sm2.z(pair.publicKey), message));
      const signature = tee.TEE_AsymmetricSignDigest(sign, [], e);
      expect(signature.length).toBe(64);
      expect(sm2.verify(pair.publicKey, message, signature, { format: 'raw' })).toBe(true);
      tee.TEE_AsymmetricVerifyDigest(verify, [], e, signature);
      const wrong = e.map((byte, at) => (at === i ? byte ^ 1 : byte));
      expectResult('SIGNATURE_INVALID', () => tee.TEE_AsymmetricVerifyDigest(verify, [], wrong, signature));
    }
    const e = random.bytes(32);
    expect(tee.TEE_AsymmetricSignDigest(sign, [], e)).not.toEqual(tee.TEE_AsymmetricSignDigest(sign, [], e));
  });

  it('that are altered, cut or made up do not verify', () => {
    const tee = openTee();
    const { sign, verify } = signer(tee);
    const e = random.bytes(32);
    const signature = tee.TEE_AsymmetricSignDigest(sign, [], e);
    const attempts = [
      ...Array.from({ length: 64 }, (_, at) => signature.map((byte, i) => (i === at ? byte ^ 4 : byte))),
      signature.slice(0, 63),
      Uint8Array.from([...signature, 0]),
      new Uint8Array(0),
      new Uint8Array(64),
      new Uint8Array(64).fill(0xff),
      concatBytes(signature.slice(32), signature.slice(0, 32)),
    ];
    for (const attempt of attempts) {
      expectResult('SIGNATURE_INVALID', () => tee.TEE_AsymmetricVerifyDigest(verify, [], e, attempt));
    }
    expectResult('SIGNATURE_INVALID', () =>
      tee.TEE_AsymmetricVerifyDigest(signer(tee).verify, [], e, signature),
    );
    tee.TEE_AsymmetricVerifyDigest(verify, [], e, signature);
  });

  it('of what is no digest panic, as do parameters and the other direction', () => {
    const tee = openTee();
    const { sign, verify } = signer(tee);
    const e = new Uint8Array(32);
    for (const length of [0, 31, 33, 64]) {
      expectPanic(() => tee.TEE_AsymmetricSignDigest(sign, [], new Uint8Array(length)));
      expectPanic(() =>
        tee.TEE_AsymmetricVerifyDigest(verify, [], new Uint8Array(length), new Uint8Array(64)),
      );
    }
    expectPanic(() => tee.TEE_AsymmetricSignDigest(sign, [bytes(TEE_ATTR.SM2_ID_INITIATOR, e)], e));
    expectPanic(() => tee.TEE_AsymmetricSignDigest(sign, null as never, e));
    expectPanic(() => tee.TEE_AsymmetricSignDigest(verify, [], e));
    expectPanic(() => tee.TEE_AsymmetricVerifyDigest(sign, [], e, new Uint8Array(64)));
    expect(expectResult('SHORT_BUFFER', () => tee.TEE_AsymmetricSignDigest(sign, [], e, 63)).required).toBe(
      64,
    );
  });

  it('of a copied operation are by the same key', () => {
    const tee = openTee();
    const a = signer(tee);
    const b = signer(tee);
    tee.TEE_CopyOperation(b.sign, a.sign);
    tee.TEE_FreeOperation(a.sign);
    const e = random.bytes(32);
    tee.TEE_AsymmetricVerifyDigest(a.verify, [], e, tee.TEE_AsymmetricSignDigest(b.sign, [], e));
  });
});

describe('SM2 encryption (xtest 4006_sm2, 4011) [part of CC-002, CC-023]', () => {
  it('opens here and in sm-core', () => {
    const tee = openTee();
    const pair = sm2.generateKeyPair();
    const d = pair.privateKey.use((own) => Uint8Array.from(own));
    const { encrypt, decrypt } = cipher(tee, pairObject(tee, TEE_TYPE.SM2_PKE_KEYPAIR, d, pair.publicKey));
    for (const length of [1, 2, 31, 32, 33, 100, 1000]) {
      const message = random.bytes(length);
      const ciphertext = tee.TEE_AsymmetricEncrypt(encrypt, [], message, length + 97);
      expect(sm2.decrypt(pair.privateKey, ciphertext, { format: 'c1c3c2' })).toEqual(message);
      expect(tee.TEE_AsymmetricDecrypt(decrypt, [], ciphertext, length)).toEqual(message);
    }
  });

  it('has one answer for every ciphertext that does not open', () => {
    const tee = openTee();
    const { encrypt, decrypt } = cipher(tee);
    const message = random.bytes(40);
    const good = tee.TEE_AsymmetricEncrypt(encrypt, [], message);
    const answers = new Set<string>();
    const attempts = [
      ...Array.from(good, (_, at) => good.map((byte, i) => (i === at ? byte ^ 1 : byte))),
      ...[0, 1, 64, 65, 96, 97, 98, good.length - 1].map((length) => good.slice(0, length)),
      Uint8Array.from([...good, 0]),
      new Uint8Array(137),
      tee.TEE_AsymmetricEncrypt(cipher(tee).encrypt, [], message),
      random.bytes(200),
    ];
    for (const attempt of attempts) {
      const error = expectResult('CIPHERTEXT_INVALID', () => tee.TEE_AsymmetricDecrypt(decrypt, [], attempt));
      answers.add(JSON.stringify([error.message, error.result, error.required, error.origin, error.cause]));
    }
    expect(answers.size).toBe(1);
    expect(tee.TEE_AsymmetricDecrypt(decrypt, [], good)).toEqual(message);
  });

  it('answers SHORT_BUFFER and BAD_PARAMETERS, and panics for the other direction', () => {
    const tee = openTee();
    const { encrypt, decrypt } = cipher(tee);
    const message = random.bytes(10);
    const short = expectResult('SHORT_BUFFER', () => tee.TEE_AsymmetricEncrypt(encrypt, [], message, 106));
    expect(short.required).toBe(107);
    expectResult('BAD_PARAMETERS', () => tee.TEE_AsymmetricEncrypt(encrypt, [], new Uint8Array(0)));
    const ciphertext = tee.TEE_AsymmetricEncrypt(encrypt, [], message);
    expect(
      expectResult('SHORT_BUFFER', () => tee.TEE_AsymmetricDecrypt(decrypt, [], ciphertext, 9)).required,
    ).toBe(10);
    expectPanic(() => tee.TEE_AsymmetricDecrypt(encrypt, [], ciphertext));
    expectPanic(() => tee.TEE_AsymmetricEncrypt(decrypt, [], message));
    expectPanic(() => tee.TEE_AsymmetricEncrypt(encrypt, [bytes(TEE_ATTR.SECRET_VALUE, message)], message));
  });
});

describe.skipIf(!vectorsPresent('the SM2 vectors'))('shared SM2 vectors', () => {
  const eOf = (one: VectorCase): Uint8Array =>
    sm3(concatBytes(sm2.z(hex(one, 'pub'), hex(one, 'id')), hex(one, 'msg')));

  it('valid signatures verify (GM/T 0003.5 A.2 among them)', () => {
    const tee = openTee();
    const [annex] = vectorCases('annex/sm2_standard') as unknown as { signature: VectorCase }[];
    const cases = [...vectorCases('generated/sm2_sign'), (annex as { signature: VectorCase }).signature];
    for (const one of cases) {
      const key = publicObject(tee, TEE_TYPE.SM2_DSA_PUBLIC_KEY, hex(one, 'pub'));
      const op = operation(tee, TEE_ALG.SM2_DSA_SM3, VERIFY, [key]);
      const signature = concatBytes(hex(one, 'r'), hex(one, 's'));
      tee.TEE_AsymmetricVerifyDigest(op, [], hex(one, 'e'), signature);
      tee.TEE_FreeOperation(op);
      tee.TEE_FreeTransientObject(key);
    }
    expect(cases.length).toBeGreaterThan(60);
  });

  it('invalid signatures do not verify, or their key is refused', () => {
    const tee = openTee();
    let refused = 0;
    for (const one of vectorCases('negative/sm2_verify')) {
      if (one.encoding !== 'raw') continue;
      const check = () => {
        const key = publicObject(tee, TEE_TYPE.SM2_DSA_PUBLIC_KEY, hex(one, 'pub'));
        const op = operation(tee, TEE_ALG.SM2_DSA_SM3, VERIFY, [key]);
        tee.TEE_FreeTransientObject(key);
        try {
          tee.TEE_AsymmetricVerifyDigest(op, [], eOf(one), hex(one, 'sig'));
        } finally {
          tee.TEE_FreeOperation(op);
        }
      };
      if (one.expected === 'valid') check();
      else {
        expectResult('SIGNATURE_INVALID', check);
        refused++;
      }
    }
    expect(refused).toBe(67);
  });

  it('ciphertexts open, altered ones do not', () => {
    const tee = openTee();
    const cases = [
      ...vectorCases('generated/sm2_encrypt').map((one) => ({ one, ct: hex(one, 'c1c3c2'), valid: true })),
      ...vectorCases('negative/sm2_decrypt')
        .filter((one) => one.format === 'c1c3c2' && one.expected !== 'acceptable')
        .map((one) => ({ one, ct: hex(one, 'ct'), valid: one.expected === 'valid' })),
    ];
    let refused = 0;
    for (const { one, ct, valid } of cases) {
      const d = hex(one, 'd');
      const key = pairObject(tee, TEE_TYPE.SM2_PKE_KEYPAIR, d, publicKeyOf(d));
      const { encrypt, decrypt } = cipher(tee, key);
      const open = () => tee.TEE_AsymmetricDecrypt(decrypt, [], ct);
      if (valid) expect(open()).toEqual(hex(one, 'msg'));
      else {
        expectResult('CIPHERTEXT_INVALID', open);
        refused++;
      }
      for (const op of [encrypt, decrypt]) tee.TEE_FreeOperation(op);
      tee.TEE_FreeTransientObject(key);
    }
    expect(refused).toBe(65);
  });

  it('keys are taken and refused as the vectors say (xtest 4019)', () => {
    const tee = openTee();
    let refused = 0;
    for (const one of vectorCases('negative/sm2_keys')) {
      const encoded = hex(one, 'encoded');
      const uncompressed = encoded.length === 65 && encoded[0] === 4;
      if (one.kind !== 'public' || !uncompressed || one.expected === 'acceptable') continue;
      const load = () => publicObject(tee, TEE_TYPE.SM2_DSA_PUBLIC_KEY, encoded);
      if (one.expected === 'valid') tee.TEE_FreeTransientObject(load());
      else {
        expectResult('BAD_PARAMETERS', load);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(10);
  });
});
