import { describe, expect, it } from 'vitest';
import { concatBytes, equalBytes, fromHex, Secret, SM2_PARAMETERS, sm2, toHex } from '../src/index.ts';
import { KAT_SM2_SIGN } from '../src/spec/v1/known-answers.ts';
import { encode, fromBig, N, P } from './support/affine.ts';
import { annex, bad, code, failing, MESSAGE, NOT_BYTES, scripted } from './support/sm2-fixtures.ts';

const POINT = fromHex(KAT_SM2_SIGN.publicKey);
const X = POINT.subarray(1, 33);
const prefixed = (prefix: number, ...rest: readonly Uint8Array[]) =>
  concatBytes(Uint8Array.of(prefix), ...rest);

describe('SM2 private keys', () => {
  it('come from the whole range', () => {
    for (const d of [1n, 2n, N - 2n]) sm2.keyPair(Secret.take(fromBig(d)));
    const pair = sm2.generateKeyPair();
    expect(toHex(sm2.publicKey(pair.publicKey))).toBe(toHex(pair.publicKey));
  });

  it.each([0n, N - 1n, N, N + 1n, 2n ** 256n - 1n])('are not d = %s', (d) => {
    expect(() => sm2.keyPair(Secret.take(fromBig(d)))).toThrow(code('ERR_SM2_PRIVATE_KEY_INVALID'));
  });

  it.each([0, 1, 31, 33, 64])('are not %i bytes', (length) => {
    const key = () => Secret.take(new Uint8Array(length).fill(1));
    for (const call of [
      () => sm2.keyPair(key()),
      () => sm2.ecdh(key(), POINT),
      () => sm2.signer({ privateKey: key(), publicKey: POINT }),
    ]) {
      expect(call).toThrow(code('ERR_SM2_PRIVATE_KEY_INVALID'));
    }
  });

  it('are drawn again, not reduced, when they are out of range', () => {
    const source = scripted(...[0n, N - 1n, N, 2n ** 256n - 1n, 5n].map((k) => toHex(fromBig(k))));
    const { privateKey } = sm2.generateKeyPair(source);
    expect(privateKey.use(toHex)).toBe(toHex(fromBig(5n)));
    expect(source.left).toBe(0);
  });

  it('are not made by a source that gives none, or fails, and nothing drawn is left behind', () => {
    const seen: Uint8Array[] = [];
    const zeros = { fill: (out: Uint8Array) => void seen.push(out.fill(0xff)) };
    expect(() => sm2.generateKeyPair(zeros)).toThrow(code('ERR_RANDOM_UNHEALTHY'));
    expect(seen.every((out) => out.every((byte) => byte === 0))).toBe(true);
    expect(() => sm2.generateKeyPair(failing)).toThrow('no entropy');
    for (const value of [null, 7, {}, { fill: 1 }, () => 1]) {
      expect(() => sm2.generateKeyPair(value as never)).toThrow(code('ERR_INPUT_TYPE'));
    }
  });

  it.each([undefined, null, new Uint8Array(32).fill(1), { use: () => 1 }])(
    'are not what is no Secret: %s',
    (value) => {
      const key = value as unknown as Secret;
      const digest = new Uint8Array(32);
      for (const call of [
        () => sm2.keyPair(key),
        () => sm2.sign(key, MESSAGE),
        () => sm2.signDigest(key, digest),
        () => sm2.decrypt(key, digest),
        () => sm2.ecdh(key, POINT),
        () => sm2.signWith({ privateKey: key, publicKey: POINT }, MESSAGE),
        () => sm2.signer({ privateKey: key, publicKey: POINT }),
      ]) {
        expect(call).toThrow(code('ERR_INPUT_TYPE'));
      }
    },
  );

  it('are not used after destroy', () => {
    const pair = annex();
    pair.privateKey.destroy();
    for (const call of [
      () => sm2.signWith(pair, MESSAGE),
      () => sm2.signer(pair),
      () => sm2.ecdh(pair.privateKey, POINT),
      () => sm2.decrypt(pair.privateKey, new Uint8Array(120)),
    ]) {
      expect(call).toThrow(code('ERR_SECRET_DESTROYED'));
    }
  });

  it('do not come in pairs that are no objects', () => {
    for (const value of [undefined, null, 'pair', 7]) {
      expect(() => sm2.signWith(value as never, MESSAGE)).toThrow(code('ERR_INPUT_TYPE'));
      expect(() => sm2.signer(value as never)).toThrow(code('ERR_INPUT_TYPE'));
    }
  });
});

describe('SM2 public keys', () => {
  it.each([
    ['infinity', Uint8Array.of(0)],
    ['zero coordinates', prefixed(4, new Uint8Array(64))],
    ['a point off the curve', encode({ x: 5n, y: 7n })],
    ['x = p', prefixed(4, fromBig(P), POINT.subarray(33))],
    ['a hybrid point', prefixed(7, POINT.subarray(1))],
    ['a hybrid point of the wrong parity', prefixed(6, POINT.subarray(1))],
    ['a compressed prefix on 65 bytes', prefixed(3, POINT.subarray(1))],
    ['64 bytes', POINT.subarray(1)],
    ['66 bytes', concatBytes(POINT, Uint8Array.of(0))],
    ['a text', bad(KAT_SM2_SIGN.publicKey)],
    ['nothing', bad(undefined)],
  ])('of %s are refused everywhere', (_name, key) => {
    const signature = new Uint8Array(64);
    const { privateKey } = annex();
    for (const call of [
      () => sm2.publicKey(key),
      () => sm2.compress(key),
      () => sm2.z(key),
      () => sm2.verify(key, MESSAGE, signature, { format: 'raw' }),
      () => sm2.verifyDigest(key, new Uint8Array(32), signature, { format: 'raw' }),
      () => sm2.verifier(key),
      () => sm2.encrypt(key, MESSAGE),
      () => sm2.ecdh(privateKey, key),
      () => sm2.signWith({ privateKey, publicKey: key }, MESSAGE),
      () => sm2.signer({ privateKey, publicKey: key }),
    ]) {
      expect(call).toThrow(code('ERR_SM2_PUBLIC_KEY_INVALID'));
    }
  });

  it('are copied by the check', () => {
    const encoded = Uint8Array.from(POINT);
    const checked = sm2.publicKey(encoded);
    encoded.fill(0);
    expect(toHex(checked)).toBe(KAT_SM2_SIGN.publicKey);
    expect(sm2.publicKey(Buffer.from(POINT)).constructor).toBe(Uint8Array);
  });

  it('are compressed, and read again', () => {
    const compressed = sm2.compress(POINT);
    expect(toHex(compressed)).toBe(`03${toHex(X)}`);
    expect(toHex(sm2.publicKey(compressed))).toBe(KAT_SM2_SIGN.publicKey);
    for (let i = 0; i < 8; i++) {
      const { publicKey } = sm2.generateKeyPair();
      expect(equalBytes(sm2.publicKey(sm2.compress(Buffer.from(publicKey))), publicKey)).toBe(true);
    }
  });

  it('are another key with the other prefix', () => {
    const other = sm2.publicKey(prefixed(2, X));
    expect(toHex(other.subarray(1, 33))).toBe(toHex(X));
    expect(toHex(other.subarray(33))).not.toBe(toHex(POINT.subarray(33)));
  });

  it.each([
    ['x without a point', prefixed(2, fromBig(2n))],
    ['x = p', prefixed(2, fromBig(P))],
    ['x + p', prefixed(3, fromBig(P + 1n))],
    ['x = 2^256 - 1', prefixed(3, new Uint8Array(32).fill(0xff))],
    ['the prefix 04', prefixed(4, X)],
    ['the prefix 00', prefixed(0, X)],
    ['the hybrid prefix', prefixed(6, X)],
    ['x alone', X],
    ['34 bytes', prefixed(3, X, Uint8Array.of(0))],
    ['no bytes', new Uint8Array(0)],
  ])('are not read from a compressed form with %s', (_name, encoded) => {
    expect(() => sm2.publicKey(encoded)).toThrow(code('ERR_SM2_PUBLIC_KEY_INVALID'));
  });

  it('are taken compressed by publicKey only, so that one form is used further on', () => {
    const compressed = sm2.compress(POINT);
    for (const call of [
      () => sm2.compress(compressed),
      () => sm2.z(compressed),
      () => sm2.verifier(compressed),
      () => sm2.encrypt(compressed, MESSAGE),
    ]) {
      expect(call).toThrow(code('ERR_SM2_PUBLIC_KEY_INVALID'));
    }
  });
});

describe('Z_A', () => {
  it('is that of the annex [part of EDGE-010]', () => {
    expect(toHex(sm2.z(POINT, fromHex(KAT_SM2_SIGN.id)))).toBe(KAT_SM2_SIGN.z);
    expect(toHex(sm2.z(POINT))).toBe(KAT_SM2_SIGN.z);
  });

  it('takes IDs of 0 to 8,191 bytes', () => {
    const seen = new Set(
      [0, 1, 31, 32, 8190, 8191].map((length) => toHex(sm2.z(POINT, new Uint8Array(length)))),
    );
    expect(seen.size).toBe(6);
    expect(() => sm2.z(POINT, new Uint8Array(8192))).toThrow(code('ERR_SM2_ID_INVALID'));
    for (const value of NOT_BYTES.slice(1)) {
      expect(() => sm2.z(POINT, bad(value))).toThrow(code('ERR_SM2_ID_INVALID'));
    }
  });
});

describe('SM2 parameters', () => {
  it('are one table that can be read and not changed [part of EDGE-011]', () => {
    expect(SM2_PARAMETERS).toMatchObject({ curve: 'sm2p256v1', hash: 'sm3', defaultId: '1234567812345678' });
    expect(JSON.parse(JSON.stringify(SM2_PARAMETERS))).toEqual(SM2_PARAMETERS);
    const frozen = (value: unknown): boolean =>
      typeof value !== 'object' ||
      value === null ||
      (Object.isFrozen(value) && Object.values(value).every(frozen));
    expect(frozen(SM2_PARAMETERS)).toBe(true);
  });

  it('are the lists that options are checked against [part of EDGE-011]', () => {
    const pair = annex();
    for (const format of SM2_PARAMETERS.signatureFormats) sm2.signWith(pair, MESSAGE, { format });
    for (const format of SM2_PARAMETERS.ciphertextFormats) sm2.encrypt(pair.publicKey, MESSAGE, { format });
    const both = [...SM2_PARAMETERS.signatureFormats, ...SM2_PARAMETERS.ciphertextFormats];
    for (const format of both) {
      const signs = (SM2_PARAMETERS.signatureFormats as readonly string[]).includes(format);
      const call = () => sm2.signWith(pair, MESSAGE, { format: format as 'der' });
      if (!signs) expect(call).toThrow(code('ERR_INPUT_VALUE'));
    }
  });
});
