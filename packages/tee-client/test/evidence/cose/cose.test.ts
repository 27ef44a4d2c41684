import { createPublicKey, generateKeyPairSync, sign as nodeSign } from 'node:crypto';
import { encodeSm2PublicKeyInfo } from '@cssi/pki';
import { concatBytes, sm2, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { CborTagged, type CborValue, decodeCbor, encodeCbor } from '../../../src/evidence/cbor/index.ts';
import {
  COSE_ALGORITHMS,
  type CoseSigner,
  coseKeyOfObject,
  coseKeyOfPoint,
  coseKeyOfSpki,
  coseSigStructure,
  ecdsaCoseSigner,
  parseCoseSign1,
  prepareCoseSign1,
  readCoseKey,
  signCoseSign1,
  sm2CoseSigner,
  verifyCoseSign1,
  writeCoseKey,
} from '../../../src/evidence/cose/index.ts';
import { flipped, hex, refusal } from '../cbor/support.ts';

const CURVES = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' } as const;
const ecKey = (algorithm: keyof typeof CURVES) =>
  generateKeyPairSync('ec', { namedCurve: CURVES[algorithm] }).privateKey;
const pair = sm2.generateKeyPair();
const SIGNERS: Readonly<Record<keyof typeof COSE_ALGORITHMS, CoseSigner>> = {
  ES256: ecdsaCoseSigner(ecKey('ES256')),
  ES384: ecdsaCoseSigner(ecKey('ES384')),
  ES512: ecdsaCoseSigner(ecKey('ES512')),
  'SM2-SM3': sm2CoseSigner(pair),
};
const ALGORITHMS = Object.keys(SIGNERS) as (keyof typeof SIGNERS)[];
const SIGNATURE_BYTES = { ES256: 64, ES384: 96, ES512: 132, 'SM2-SM3': 64 } as const;
const PAYLOAD = utf8('claims');
const list = (bytes: Uint8Array): CborValue[] => [...(decodeCbor(bytes, { maxBytes: 4096 }) as CborValue[])];

describe('[part of CC-006] COSE_Sign1', () => {
  it.each(ALGORITHMS)('signs and verifies %s, tagged and untagged', (algorithm) => {
    for (const tagged of [true, false]) {
      const bytes = signCoseSign1(PAYLOAD, SIGNERS[algorithm], { tagged });
      const message = parseCoseSign1(bytes, { tag: tagged ? 'required' : 'forbidden' });
      expect(message.algorithm).toBe(algorithm);
      expect(message.payload).toEqual(PAYLOAD);
      expect(message.signature.length).toBe(SIGNATURE_BYTES[algorithm]);
      expect(verifyCoseSign1(message, SIGNERS[algorithm].publicKey)).toBe(true);
      expect(refusal(() => parseCoseSign1(bytes, { tag: tagged ? 'forbidden' : 'required' }))).toBe(
        'cose-tag',
      );
    }
  });

  it('builds the Sig_structure as the standard says, for every length of a head', () => {
    for (const length of [0, 1, 23, 24, 255, 256, 65_535, 65_536]) {
      const part = new Uint8Array(length).fill(7);
      const wanted = encodeCbor(['Signature1', hex('a10126'), part, part]);
      expect(coseSigStructure(hex('a10126'), part, part)).toEqual(wanted);
    }
  });

  it('verifies what an independent signer made by hand', () => {
    const key = ecKey('ES256');
    const signed = encodeCbor(['Signature1', hex('a10126'), new Uint8Array(0), PAYLOAD]);
    const signature = nodeSign('sha256', signed, { key, dsaEncoding: 'ieee-p1363' });
    const bytes = encodeCbor(
      new CborTagged(18, [hex('a10126'), new Map(), PAYLOAD, Uint8Array.from(signature)]),
    );
    expect(verifyCoseSign1(parseCoseSign1(bytes), coseKeyOfObject(key))).toBe(true);
  });

  it('SM2 is over Z of the default ID, with r and s of 32 bytes each', () => {
    const message = parseCoseSign1(signCoseSign1(PAYLOAD, SIGNERS['SM2-SM3']));
    const signed = coseSigStructure(message.protectedBytes, PAYLOAD);
    expect(
      sm2.verify(pair.publicKey, signed, message.signature, { format: 'raw', id: utf8('1234567812345678') }),
    ).toBe(true);
    expect(message.protectedHeader.get(1)).toBe(-65_537);
  });

  it.each(ALGORITHMS)('%s: every bit of signature, payload and protected header counts', (algorithm) => {
    const bytes = signCoseSign1(PAYLOAD, SIGNERS[algorithm], { tagged: false });
    const [, unprotectedHeader, payload, signature] = list(bytes) as [
      Uint8Array,
      CborValue,
      Uint8Array,
      Uint8Array,
    ];
    const { publicKey } = SIGNERS[algorithm];
    const { protectedBytes } = parseCoseSign1(bytes);
    const verify = (parts: CborValue[]) => verifyCoseSign1(parseCoseSign1(encodeCbor(parts)), publicKey);
    expect(verify([protectedBytes, unprotectedHeader, payload, signature])).toBe(true);
    for (let at = 0; at < signature.length; at++) {
      expect(verify([protectedBytes, unprotectedHeader, payload, flipped(signature, at, at % 8)])).toBe(
        false,
      );
    }
    for (let at = 0; at < payload.length; at++) {
      expect(verify([protectedBytes, unprotectedHeader, flipped(payload, at), signature])).toBe(false);
    }
    const more = encodeCbor(
      new Map<number, CborValue>([
        [1, COSE_ALGORITHMS[algorithm]],
        [4, utf8('kid')],
      ]),
    );
    expect(verify([more, unprotectedHeader, payload, signature])).toBe(false);
    expect(verify([protectedBytes, unprotectedHeader, payload, signature.subarray(1)])).toBe(false);
    expect(verify([protectedBytes, unprotectedHeader, payload, new Uint8Array(signature.length)])).toBe(
      false,
    );
    expect(
      verify([protectedBytes, unprotectedHeader, payload, new Uint8Array(signature.length).fill(255)]),
    ).toBe(false);
    expect(
      verify([protectedBytes, unprotectedHeader, payload, concatBytes(signature, Uint8Array.of(0))]),
    ).toBe(false);
  });

  it('the key settles the algorithm: no message of one is verified by a key of another', () => {
    for (const algorithm of ALGORITHMS) {
      const message = parseCoseSign1(signCoseSign1(PAYLOAD, SIGNERS[algorithm]));
      for (const other of ALGORITHMS) {
        expect(verifyCoseSign1(message, SIGNERS[other].publicKey)).toBe(other === algorithm);
      }
    }
  });

  it('a header that names another algorithm, or none, is not verified even when the signature is right', () => {
    const key = ecKey('ES256');
    for (const header of [hex('a1013822'), hex('a10127'), hex('a0'), new Uint8Array(0)]) {
      const signed = encodeCbor(['Signature1', header, new Uint8Array(0), PAYLOAD]);
      const signature = Uint8Array.from(nodeSign('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }));
      const message = parseCoseSign1(encodeCbor([header, new Map([[4, utf8('k')]]), PAYLOAD, signature]));
      expect(verifyCoseSign1(message, coseKeyOfObject(key))).toBe(false);
    }
  });

  it('an algorithm in the unprotected header alone does not count', () => {
    const signature = new Uint8Array(64).fill(1);
    const bytes = encodeCbor([new Uint8Array(0), new Map([[1, -7]]), PAYLOAD, signature]);
    expect(parseCoseSign1(bytes).algorithm).toBeUndefined();
  });

  it('binds external data and detached payloads', () => {
    const externalAad = utf8('context');
    const bytes = signCoseSign1(PAYLOAD, SIGNERS.ES256, { externalAad, detached: true });
    const { publicKey } = SIGNERS.ES256;
    const message = parseCoseSign1(bytes, { detached: true });
    expect(verifyCoseSign1(message, publicKey, { externalAad, payload: PAYLOAD })).toBe(true);
    expect(verifyCoseSign1(message, publicKey, { payload: PAYLOAD })).toBe(false);
    expect(verifyCoseSign1(message, publicKey, { externalAad, payload: utf8('other') })).toBe(false);
    expect(refusal(() => verifyCoseSign1(message, publicKey, { externalAad }))).toBe('cose-payload');
    expect(refusal(() => parseCoseSign1(bytes))).toBe('cose-payload');
    const attached = parseCoseSign1(signCoseSign1(PAYLOAD, SIGNERS.ES256));
    expect(refusal(() => verifyCoseSign1(attached, publicKey, { payload: PAYLOAD }))).toBe('cose-payload');
  });

  it('takes a signature of a key elsewhere', () => {
    const prepared = prepareCoseSign1(PAYLOAD, 'SM2-SM3', { protectedHeader: new Map([[4, utf8('kid')]]) });
    const message = parseCoseSign1(prepared.finish(sm2.signWith(pair, prepared.signed, { format: 'raw' })));
    expect(verifyCoseSign1(message, SIGNERS['SM2-SM3'].publicKey)).toBe(true);
    expect(message.protectedHeader.get(4)).toEqual(utf8('kid'));
  });

  const good = [hex('a10126'), new Map<number, CborValue>(), PAYLOAD, new Uint8Array(64)] as const;
  it.each<[string, CborValue, string]>([
    ['no array', new Map(), 'cose-sign1'],
    ['three parts', good.slice(0, 3), 'cose-sign1'],
    ['five parts', [...good, 0], 'cose-sign1'],
    ['another tag', new CborTagged(98, [...good]), 'cose-sign1'],
    ['the tag twice', new CborTagged(18, new CborTagged(18, [...good])), 'cose-sign1'],
    ['a protected header that is a map', [new Map(), ...good.slice(1)], 'cose-protected'],
    ['a protected header of something else', [hex('01'), ...good.slice(1)], 'cose-protected'],
    ['a protected header with two values', [hex('a101260000'), ...good.slice(1)], 'cbor-trailing'],
    ['a label twice in the protected header', [hex('a201260126'), ...good.slice(1)], 'cbor-key-repeated'],
    [
      'a critical header',
      [
        encodeCbor(
          new Map<number, CborValue>([
            [1, -7],
            [2, [99]],
          ]),
        ),
        ...good.slice(1),
      ],
      'cose-critical',
    ],
    [
      'a critical header that is unprotected',
      [good[0], new Map([[2, [99]]]), good[2], good[3]],
      'cose-header-repeated',
    ],
    ['a label in both headers', [good[0], new Map([[1, -35]]), good[2], good[3]], 'cose-header-repeated'],
    ['an unprotected header that is bytes', [good[0], hex('a0'), good[2], good[3]], 'cose-unprotected'],
    ['a payload that is text', [good[0], good[1], 'claims', good[3]], 'cose-payload'],
    ['no payload', [good[0], good[1], null, good[3]], 'cose-payload'],
    ['a signature that is text', [good[0], good[1], good[2], 'x'], 'cose-signature'],
  ])('refuses %s', (_, value, reason) => {
    expect(refusal(() => parseCoseSign1(encodeCbor(value)))).toBe(reason);
  });

  it('refuses a message over the limit', () => {
    const bytes = signCoseSign1(new Uint8Array(200), SIGNERS.ES256);
    expect(refusal(() => parseCoseSign1(bytes, { maxBytes: 200 }))).toBe('cbor-length');
  });
});

describe('[part of CC-006] COSE keys', () => {
  it.each(ALGORITHMS)('%s: point, SubjectPublicKeyInfo and COSE_Key name the same key', (algorithm) => {
    const { publicKey } = SIGNERS[algorithm];
    const spki =
      publicKey.key === undefined
        ? encodeSm2PublicKeyInfo(publicKey.point)
        : Uint8Array.from(publicKey.key.export({ format: 'der', type: 'spki' }));
    const forms = [
      coseKeyOfPoint(publicKey.point, publicKey.curve),
      coseKeyOfSpki(spki),
      readCoseKey(decodeCbor(encodeCbor(writeCoseKey(publicKey)), { maxBytes: 512 })),
    ];
    const message = parseCoseSign1(signCoseSign1(PAYLOAD, SIGNERS[algorithm]));
    for (const form of forms) {
      expect(form.algorithm).toBe(algorithm);
      expect(form.point).toEqual(publicKey.point);
      expect(verifyCoseSign1(message, form)).toBe(true);
    }
  });

  const [x, y] = [SIGNERS.ES256.publicKey.point.slice(1, 33), SIGNERS.ES256.publicKey.point.slice(33)];
  const key = (...changes: [number, CborValue][]) =>
    new Map<number, CborValue>([[1, 2], [-1, 1], [-2, x], [-3, y], ...changes]);
  it.each<[string, CborValue, string]>([
    ['no map', [1, 2], 'cose-key'],
    ['a symmetric key', key([1, 4]), 'cose-key-type'],
    ['an unknown curve', key([-1, 8]), 'cose-key-type'],
    ['an algorithm of another curve', key([3, -35]), 'cose-key-alg'],
    ['a coordinate cut short', key([-2, x.subarray(1)]), 'cose-key-x'],
    ['a compressed point', key([-3, true]), 'cose-key-y'],
    ['a point off the curve', key([-3, flipped(y, 31)]), 'public-key'],
    ['the point of another curve', key([-1, -65_537]), 'public-key'],
  ])('refuses %s', (_, value, reason) => {
    expect(refusal(() => readCoseKey(value))).toBe(reason);
  });

  it('refuses points and keys that sign nothing here', () => {
    const rsa = createPublicKey(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
    expect(refusal(() => coseKeyOfSpki(Uint8Array.from(rsa.export({ format: 'der', type: 'spki' }))))).toBe(
      'public-key-algorithm',
    );
    expect(refusal(() => coseKeyOfSpki(hex('3000')))).toBe('public-key');
    const { point } = SIGNERS.ES384.publicKey;
    for (const bad of [
      point.subarray(1),
      flipped(point, 0),
      flipped(point, 96),
      new Uint8Array(0),
      point.subarray(0, 65),
    ]) {
      expect(refusal(() => coseKeyOfPoint(bad))).toBe('public-key');
    }
    expect(refusal(() => coseKeyOfPoint(point, 'P-256'))).toBe('public-key');
  });
});
