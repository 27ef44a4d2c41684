import { constants, createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { concatBytes, derElement, fromHex, sm2, sm3, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { type AlgorithmName, type AlgorithmRef, readAlgorithm } from '../src/algorithms/index.ts';
import { encodeSm2PublicKeyInfo } from '../src/index.ts';
import { FindingLog } from '../src/internal/finding-log.ts';
import { readOne } from '../src/internal/tlv.ts';
import { explicit, integer, NULL, oid, sequence } from '../src/internal/write.ts';
import {
  type SignatureOptions,
  type SignatureResult,
  startVerification,
  verifySignature,
} from '../src/signature/verify.ts';
import type { Sm2SignerId } from '../src/spec/v1/signer.ts';
import { codeOf } from './support/codes.ts';

const pair = sm2.generateKeyPair();
const key = encodeSm2PublicKeyInfo(pair.publicKey);
const message = utf8('a message that comes in pieces');
const EMPTY = new Uint8Array(0);
const DEFAULT = utf8('1234567812345678');

/** Verifies in one go and in pieces; both must agree. */
function check(
  algorithm: AlgorithmRef | AlgorithmName,
  publicKeyInfo: Uint8Array,
  signature: Uint8Array,
  options: SignatureOptions = {},
): SignatureResult {
  const whole = verifySignature(algorithm, publicKeyInfo, message, signature, options);
  const running = startVerification(algorithm, publicKeyInfo, options);
  running.update(message.subarray(0, 7));
  running.update(EMPTY);
  running.update(message.subarray(7));
  expect(running.finish(signature)).toEqual(whole);
  return whole;
}

describe('SM2 signatures', () => {
  const plain = () => sm2.signDigest(pair.privateKey, sm3(message));

  it('are right under the default ID, and under no other [part of SEAL-018]', () => {
    expect(check('sm2-sm3', key, sm2.signWith(pair, message))).toEqual({ check: 'right' });
    for (const id of [EMPTY, utf8('12345678'), utf8('ALICE123@YAHOO.COM')]) {
      expect(check('sm2-sm3', key, sm2.signWith(pair, message, { id }))).toEqual({ check: 'wrong' });
    }
    expect(check('sm2-sm3', key, plain())).toEqual({ check: 'wrong' });
  });

  it('are tried with what the caller lists, in order, and the match is told', () => {
    const ids: readonly Sm2SignerId[] = [DEFAULT, EMPTY, 'plain-sm3'];
    const rows = [
      [sm2.signWith(pair, message), DEFAULT],
      [sm2.signWith(pair, message, { id: EMPTY }), EMPTY],
      [plain(), 'plain-sm3'],
    ] as const;
    for (const [signature, signerId] of rows) {
      expect(check('sm2-sm3', key, signature, { signerIds: ids })).toEqual({ check: 'right', signerId });
      const others = ids.filter((id) => id !== signerId);
      expect(check('sm2-sm3', key, signature, { signerIds: others })).toEqual({ check: 'wrong' });
    }
  });

  it('take no list of IDs that is none', () => {
    const signature = sm2.signWith(pair, message);
    const lists = [[], [null], ['1234567812345678'], 'plain-sm3', Array.from({ length: 9 }, () => EMPTY)];
    for (const list of lists) {
      const options = { signerIds: list as readonly Sm2SignerId[] };
      expect(codeOf(() => verifySignature('sm2-sm3', key, message, signature, options))).toBe(
        'ERR_PKI_PATH_OPTIONS',
      );
      expect(codeOf(() => startVerification('sm2-sm3', key, options))).toBe('ERR_PKI_PATH_OPTIONS');
    }
    const long = { signerIds: [new Uint8Array(8192)] };
    expect(codeOf(() => verifySignature('sm2-sm3', key, message, signature, long))).toBe(
      'ERR_SM2_ID_INVALID',
    );
  });

  it('of 64 bytes are wrong, unless a log takes note of them', () => {
    const raw = sm2.signWith(pair, message, { format: 'raw' });
    expect(check('sm2-sm3', key, raw)).toEqual({ check: 'wrong' });
    const log = new FindingLog();
    expect(check('sm2-sm3', key, raw, { log })).toEqual({ check: 'right' });
    expect(log.findings.map(({ code }) => code)).toEqual(['SIGNATURE_RAW']);
    const strict = { log: new FindingLog('strict') };
    expect(codeOf(() => verifySignature('sm2-sm3', key, message, raw, strict))).toBe(
      'ERR_PKI_DEVIATION_REFUSED',
    );
    const altered = Uint8Array.from(raw);
    altered[63]! ^= 1;
    expect(check('sm2-sm3', key, altered, { log })).toEqual({ check: 'wrong' });
  });

  it('that are none are wrong', () => {
    const good = sm2.signWith(pair, message);
    const bad = [
      EMPTY,
      good.subarray(1),
      concatBytes(good, EMPTY, Uint8Array.of(0)),
      new Uint8Array(64),
      NULL,
    ];
    for (const signature of bad) {
      expect(check('sm2-sm3', key, signature)).toEqual({ check: 'wrong' });
      expect(check('sm2-sm3', key, signature, { log: new FindingLog() })).toEqual({ check: 'wrong' });
    }
  });

  it('of a key that is used often are checked by a prepared one, with the same answers', () => {
    const read = { publicKeyInfo: key, keyAlgorithm: 'sm2', sm2PublicKey: pair.publicKey };
    const good = sm2.signWith(pair, message);
    const other = sm2.signWith(sm2.generateKeyPair(), message);
    for (let i = 0; i < 40; i++) {
      expect(verifySignature('sm2-sm3', read, message, good).check).toBe('right');
      expect(verifySignature('sm2-sm3', read, message, other).check).toBe('wrong');
      expect(verifySignature('sm2-sm3', read, message, EMPTY).check).toBe('wrong');
    }
  });

  it('are checked under the key as it is now, not as it was', () => {
    const mine = Uint8Array.from(pair.publicKey);
    const read = { publicKeyInfo: key, keyAlgorithm: 'sm2', sm2PublicKey: mine };
    const good = sm2.signWith(pair, message);
    for (let i = 0; i < 20; i++) verifySignature('sm2-sm3', read, message, good);
    const next = sm2.generateKeyPair();
    mine.set(next.publicKey);
    expect(verifySignature('sm2-sm3', read, message, good).check).toBe('wrong');
    expect(verifySignature('sm2-sm3', read, message, sm2.signWith(next, message)).check).toBe('right');
  });

  it('need an SM2 key', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const foreign = Uint8Array.from(publicKey.export({ format: 'der', type: 'spki' }));
    expect(check('sm2-sm3', foreign, sm2.signWith(pair, message))).toEqual({ check: 'key-mismatch' });
  });
});

const spki = (publicKey: KeyObject) => Uint8Array.from(publicKey.export({ format: 'der', type: 'spki' }));
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

describe('signatures of foreign chains', () => {
  const curves: readonly (readonly [string, AlgorithmName, string])[] = [
    ['P-256', 'ecdsa-sha256', 'sha256'],
    ['P-384', 'ecdsa-sha384', 'sha384'],
    ['P-521', 'ecdsa-sha512', 'sha512'],
    ['P-384', 'ecdsa-sha256', 'sha256'],
  ];
  it.each(curves)('ECDSA on %s by %s', (namedCurve, name, hash) => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
    const signature = Uint8Array.from(sign(hash, message, privateKey));
    expect(check(name, spki(publicKey), signature)).toEqual({ check: 'right' });
    signature[signature.length - 1]! ^= 1;
    expect(check(name, spki(publicKey), signature)).toEqual({ check: 'wrong' });
    expect(check(name, spki(rsa.publicKey), signature)).toEqual({ check: 'key-mismatch' });
    expect(check(name, key, signature)).toEqual({ check: 'key-mismatch' });
  });

  it('RSA PKCS#1 v1.5, but not with short keys', () => {
    const signature = Uint8Array.from(sign('sha256', message, rsa.privateKey));
    expect(check('rsa-pkcs1-sha256', spki(rsa.publicKey), signature)).toEqual({ check: 'right' });
    expect(check('rsa-pkcs1-sha384', spki(rsa.publicKey), signature)).toEqual({ check: 'wrong' });
    const short = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const weak = Uint8Array.from(sign('sha256', message, short.privateKey));
    expect(check('rsa-pkcs1-sha256', spki(short.publicKey), weak)).toEqual({ check: 'unsupported' });
  });

  it('RSA with the exponent 1, under which everybody signs, is not supported', () => {
    const der = rsa.publicKey.export({ format: 'der', type: 'spki' });
    const one = Uint8Array.from(der);
    // INTEGER 65537 at the end becomes 1 with zeros that DER does not allow, so it is built anew.
    const modulus = one.subarray(one.length - 5 - 257, one.length - 5);
    const e1 = sequence(
      sequence(oid('1.2.840.113549.1.1.1'), NULL),
      derElement(0x03, concatBytes(Uint8Array.of(0), sequence(derElement(0x02, modulus), integer(1)))),
    );
    const padded = concatBytes(
      Uint8Array.of(0, 1),
      new Uint8Array(256 - 3 - 51).fill(0xff),
      fromHex('003031300d060960864801650304020105000420'),
      Uint8Array.from(createHash('sha256').update(message).digest()),
    );
    expect(check('rsa-pkcs1-sha256', e1, padded)).toEqual({ check: 'unsupported' });
  });

  it('RSA-PSS under a key that is for PSS alone', () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
    const options = { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
    const signature = Uint8Array.from(sign('sha256', message, options));
    expect(check(pss('sha256', 'sha256', 32), spki(publicKey), signature)).toEqual({ check: 'right' });
    expect(check('rsa-pkcs1-sha256', spki(publicKey), signature)).toEqual({ check: 'key-mismatch' });
  });

  it('ECDSA on a curve that is not checked is not supported', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
    const signature = Uint8Array.from(sign('sha256', message, privateKey));
    expect(check('ecdsa-sha256', spki(publicKey), signature)).toEqual({ check: 'unsupported' });
  });

  const HASHES = {
    sha256: '2.16.840.1.101.3.4.2.1',
    sha384: '2.16.840.1.101.3.4.2.2',
    sha1: '1.3.14.3.2.26',
  };
  const pss = (
    hash: keyof typeof HASHES,
    mgf: keyof typeof HASHES,
    salt: number,
    extra: Uint8Array = EMPTY,
  ): AlgorithmRef => {
    const algorithm = (name: keyof typeof HASHES) => sequence(oid(HASHES[name]), NULL);
    const parameters = sequence(
      explicit(0, algorithm(hash)),
      explicit(1, sequence(oid('1.2.840.113549.1.1.8'), algorithm(mgf))),
      explicit(2, integer(salt)),
      extra,
    );
    const der = sequence(oid('1.2.840.113549.1.1.10'), parameters);
    return readAlgorithm(readOne(der, 0x30), { where: 'x', expected: [], log: new FindingLog('strict') });
  };
  const signPss = (hash: string, saltLength: number) =>
    Uint8Array.from(
      sign(hash, message, { key: rsa.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }),
    );

  it('RSA-PSS with the hash and salt that its parameters say', () => {
    const publicKey = spki(rsa.publicKey);
    const signature = signPss('sha384', 48);
    expect(check(pss('sha384', 'sha384', 48), publicKey, signature)).toEqual({ check: 'right' });
    expect(check(pss('sha384', 'sha384', 32), publicKey, signature)).toEqual({ check: 'wrong' });
    expect(check(pss('sha256', 'sha256', 48), publicKey, signature)).toEqual({ check: 'wrong' });
    expect(check('rsa-pkcs1-sha384', publicKey, signature)).toEqual({ check: 'wrong' });
    expect(check(pss('sha384', 'sha384', 48, explicit(3, integer(1))), publicKey, signature)).toEqual({
      check: 'right',
    });
  });

  it('RSA-PSS with SHA-1, two hashes, other trailers or no parameters is not supported', () => {
    const publicKey = spki(rsa.publicKey);
    const signature = signPss('sha256', 32);
    const odd = [
      pss('sha1', 'sha1', 20),
      pss('sha256', 'sha384', 32),
      pss('sha256', 'sha256', 65),
      pss('sha256', 'sha256', 32, explicit(3, integer(2))),
      pss('sha256', 'sha256', 32, NULL),
      { name: 'rsa-pss', oid: '1.2.840.113549.1.1.10', parameters: undefined },
      { name: 'rsa-pss', oid: '1.2.840.113549.1.1.10', parameters: readOne(sequence(), 0x30) },
    ];
    for (const ref of odd) expect(check(ref, publicKey, signature)).toEqual({ check: 'unsupported' });
  });

  it('of other algorithms are not supported', () => {
    const digest = Uint8Array.from(createHash('sha1').update(message).digest());
    for (const text of ['1.2.840.113549.1.1.5', '1.3.101.112', '1.2.156.10197.1.502']) {
      const ref = { name: text, oid: text, parameters: undefined };
      expect(check(ref, spki(rsa.publicKey), digest)).toEqual({ check: 'unsupported' });
    }
  });

  it('with a key that is broken are wrong', () => {
    const broken = sequence(
      sequence(oid('1.2.840.10045.2.1'), oid('1.2.840.10045.3.1.7')),
      derElement(0x03, concatBytes(fromHex('0004'), new Uint8Array(64).fill(7))),
    );
    expect(check('ecdsa-sha256', broken, fromHex('3006020101020101'))).toEqual({ check: 'wrong' });
  });
});
