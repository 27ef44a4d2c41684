import { describe, expect, it } from 'vitest';
import { decodeSignature, encodeSignature } from '../src/encoding/sm2.ts';
import { concatBytes, derElement, derUnsigned, fromHex, sm2, toHex, utf8 } from '../src/index.ts';
import { KAT_SM2_SIGN } from '../src/spec/v1/known-answers.ts';
import { seededBytes } from './support/seeded.ts';
import { always, annex, bad, code, failing, MESSAGE, NOT_BYTES } from './support/sm2-fixtures.ts';

describe('SM2 signatures', () => {
  it('are those of the annex, Z_A and e included [part of EDGE-010]', () => {
    const { e, k, message, publicKey, r, s } = KAT_SM2_SIGN;
    const pair = annex();
    expect(toHex(pair.publicKey)).toBe(publicKey);
    const random = always(k);
    const raw = sm2.sign(pair.privateKey, fromHex(message), { format: 'raw', random });
    expect(toHex(raw)).toBe(r + s);
    const der = sm2.signWith(pair, fromHex(message), { random });
    expect(toHex(der)).toBe(`3046022100${r}022100${s}`);
    expect(toHex(sm2.signDigest(pair.privateKey, fromHex(e), { format: 'raw', random }))).toBe(r + s);
    expect(sm2.verify(pair.publicKey, fromHex(message), der)).toBe(true);
    expect(sm2.verifyDigest(pair.publicKey, fromHex(e), raw, { format: 'raw' })).toBe(true);
  });

  it('bind the signer ID, an empty one too', () => {
    const pair = sm2.generateKeyPair();
    const ids = [undefined, new Uint8Array(0), utf8('ALICE123@YAHOO.COM'), new Uint8Array(8191)];
    const options = (id: Uint8Array | undefined) => (id === undefined ? {} : { id });
    for (const [i, id] of ids.entries()) {
      const signature = sm2.signWith(pair, MESSAGE, options(id));
      for (const [j, other] of ids.entries()) {
        expect(sm2.verify(pair.publicKey, MESSAGE, signature, options(other))).toBe(i === j);
      }
    }
  });

  it('do not verify for another message, key or digest', () => {
    const pair = sm2.generateKeyPair();
    const signature = sm2.signWith(pair, MESSAGE);
    expect(sm2.verify(pair.publicKey, utf8('message digesu'), signature)).toBe(false);
    expect(sm2.verify(pair.publicKey, new Uint8Array(0), signature)).toBe(false);
    expect(sm2.verify(sm2.generateKeyPair().publicKey, MESSAGE, signature)).toBe(false);
    expect(sm2.verifyDigest(pair.publicKey, new Uint8Array(32), signature)).toBe(false);
  });

  it.each([
    ['no bytes', ''],
    ['a tag alone', '30'],
    ['an empty sequence', '3000'],
    ['r alone', '3003020101'],
    ['r and a tag', '300402010102'],
    ['a third integer', '3009020101020101020101'],
    ['a trailing byte', '300602010102010100'],
    ['a trailing byte inside', '300702010102010100'],
    ['a missing byte', '3006020101020201'],
    ['a long length', '308106020101020101'],
    ['a long length of r', '30070281010102 0101'.replace(' ', '')],
    ['an indefinite length', '30800201010201010000'],
    ['a length beyond the end', '3007020101020101'],
    ['a length before the end', '3005020101020101'],
    ['a negative r', '3006020181020101'],
    ['a negative s', '3006020101020181'],
    ['a padded r', '300702020001020101'],
    ['a padded s', '300702010102020001'],
    ['an empty r', '30050200020101'],
    ['an empty s', '30050201010200'],
    ['r of 33 bytes', `3026022101${'00'.repeat(32)}020101`],
    ['s of 33 bytes', `3026020101022101${'00'.repeat(32)}`],
    ['r of 34 bytes', `302702220080${'00'.repeat(32)}020101`],
    ['r as an octet string', '3006040101020101'],
    ['a set', '3106020101020101'],
    ['r‖s', '11'.repeat(64)],
  ])('in DER are refused with %s [part of SEAL-018]', (_name, text) => {
    expect(() => sm2.verify(annex().publicKey, MESSAGE, fromHex(text))).toThrow(
      code('ERR_SM2_SIGNATURE_MALFORMED'),
    );
  });

  it('are one array in DER, and the same as from DER elements', () => {
    const bytes = seededBytes('signature encoding');
    for (let i = 0; i < 300; i++) {
      const rs = bytes(64);
      // Leading zeros of every number, and a first bit that is set behind them.
      rs.fill(0, 0, i % 33);
      rs.fill(0, 32, 32 + (Math.floor(i / 3) % 33));
      const der = encodeSignature(rs, 'der');
      const [r, s] = [rs.subarray(0, 32), rs.subarray(32)];
      expect(toHex(der)).toBe(toHex(derElement(0x30, derUnsigned(r), derUnsigned(s))));
      expect(der.buffer.byteLength).toBe(der.length);
      expect(toHex(decodeSignature(der, 'der'))).toBe(toHex(rs));
    }
  });

  it('of r = 0 or s = 0 are well-formed and wrong', () => {
    const { publicKey } = annex();
    expect(sm2.verify(publicKey, MESSAGE, fromHex('3006020100020101'))).toBe(false);
    expect(sm2.verify(publicKey, MESSAGE, fromHex('3006020101020100'))).toBe(false);
    expect(sm2.verify(publicKey, MESSAGE, new Uint8Array(64), { format: 'raw' })).toBe(false);
  });

  it.each([0, 63, 65, 128])('as r‖s are refused with %i bytes', (length) => {
    expect(() => sm2.verify(annex().publicKey, MESSAGE, new Uint8Array(length), { format: 'raw' })).toThrow(
      code('ERR_SM2_SIGNATURE_MALFORMED'),
    );
  });

  it('take any array of bytes, and leave it as it is', () => {
    const pair = annex();
    const message = Buffer.from(concatBytes(Uint8Array.of(1), MESSAGE)).subarray(1);
    const signature = Buffer.from(sm2.signWith(pair, message));
    const before = toHex(signature);
    expect(sm2.verify(Buffer.from(pair.publicKey), message, signature)).toBe(true);
    expect(toHex(signature)).toBe(before);
    expect(sm2.signWith(pair, message).constructor).toBe(Uint8Array);
  });

  it.each(NOT_BYTES)('take no other types: %s', (value) => {
    const pair = annex();
    const signature = sm2.signWith(pair, MESSAGE);
    expect(() => sm2.signWith(pair, bad(value))).toThrow(code('ERR_INPUT_TYPE'));
    expect(() => sm2.signDigest(pair.privateKey, bad(value))).toThrow(code('ERR_INPUT_TYPE'));
    expect(() => sm2.verify(pair.publicKey, bad(value), signature)).toThrow(code('ERR_INPUT_TYPE'));
    expect(() => sm2.verify(pair.publicKey, MESSAGE, bad(value))).toThrow(code('ERR_INPUT_TYPE'));
    if (value === undefined) return;
    expect(() => sm2.verify(pair.publicKey, MESSAGE, signature, { id: bad(value) })).toThrow(
      code('ERR_SM2_ID_INVALID'),
    );
  });

  it('take no ID of 8,192 bytes and no digest of another length', () => {
    const pair = annex();
    expect(() => sm2.signWith(pair, MESSAGE, { id: new Uint8Array(8192) })).toThrow(
      code('ERR_SM2_ID_INVALID'),
    );
    expect(() => sm2.signDigest(pair.privateKey, new Uint8Array(31))).toThrow(code('ERR_INPUT_LENGTH'));
    expect(() => sm2.verifyDigest(pair.publicKey, new Uint8Array(33), new Uint8Array(64))).toThrow(
      code('ERR_INPUT_LENGTH'),
    );
  });

  it.each(['DER', 'asn1', '', 'raw ', null, 0])('take no format %j [part of EDGE-011]', (format) => {
    const pair = annex();
    const options = { format: format as 'der' };
    for (const call of [
      () => sm2.signWith(pair, MESSAGE, options),
      () => sm2.signer(pair, options),
      () => sm2.verify(pair.publicKey, MESSAGE, new Uint8Array(64), options),
      () => sm2.verifier(pair.publicKey, options),
      () => sm2.encrypt(pair.publicKey, MESSAGE, options),
      () => sm2.decrypt(pair.privateKey, new Uint8Array(98), options),
    ]) {
      expect(call).toThrow(code('ERR_INPUT_VALUE'));
    }
  });

  it.each([null, 7, 'raw', true])('take no options %j [part of EDGE-011]', (options) => {
    const pair = annex();
    for (const call of [
      () => sm2.signWith(pair, MESSAGE, options as never),
      () => sm2.signDigest(pair.privateKey, new Uint8Array(32), options as never),
      () => sm2.signer(pair, options as never),
      () => sm2.verify(pair.publicKey, MESSAGE, new Uint8Array(64), options as never),
      () => sm2.verifier(pair.publicKey, options as never),
      () => sm2.encrypt(pair.publicKey, MESSAGE, options as never),
      () => sm2.keyExchange(options as never),
    ]) {
      expect(call).toThrow(code('ERR_INPUT_TYPE'));
    }
  });

  it.each([1, 'yes', null, {}])('take no switch %j [part of EDGE-011]', (value) => {
    for (const name of ['hedged', 'verifyAfterSign']) {
      expect(() => sm2.signWith(annex(), MESSAGE, { [name]: value })).toThrow(code('ERR_INPUT_TYPE'));
    }
  });

  it('are not made when the source of the nonce fails', () => {
    const pair = annex();
    expect(() => sm2.signWith(pair, MESSAGE, { random: failing })).toThrow('no entropy');
    expect(() => sm2.signWith(pair, MESSAGE, { random: always('00'.repeat(32)) })).toThrow(
      code('ERR_RANDOM_UNHEALTHY'),
    );
    for (const random of [null, 7, {}, { fill: 'bytes' }]) {
      expect(() => sm2.signWith(pair, MESSAGE, { random: random as never })).toThrow(code('ERR_INPUT_TYPE'));
    }
  });
});
