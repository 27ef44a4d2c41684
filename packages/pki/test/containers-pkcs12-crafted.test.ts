import { createHash, type Hash } from 'node:crypto';
import { concatBytes, derElement, fromHex, hmacSm3, Secret, sm2, toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it, vi } from 'vitest';
import { encodeAlgorithm } from '../src/algorithms/index.ts';
import { openPkcs12, type Sm2PrivateKeyRead } from '../src/containers/index.ts';
import { encryptPbes2 } from '../src/containers/pbes2.ts';
import { derivePbkdf2 } from '../src/containers/pbkdf2.ts';
import { derivePkcs12 } from '../src/containers/pkcs12-kdf.ts';
import { writeMacData } from '../src/containers/pkcs12-mac.ts';
import { encodeSm2PrivateKey } from '../src/containers/sm2-keys.ts';
import { bmpPassword } from '../src/containers/support.ts';
import { readOne } from '../src/internal/tlv.ts';
import { explicit, implicit, integer, NULL, octets, oid, sequence, set } from '../src/internal/write.ts';
import { rejectionOf } from './support/containers.ts';

const DATA = '1.2.840.113549.1.7.1';
const BAG = '1.2.840.113549.1.12.10.1';
const MALFORMED = 'ERR_PKI_CONTAINER_MALFORMED';
const UNSUPPORTED = 'ERR_PKI_ALGORITHM_UNSUPPORTED';
const pair = sm2.keyPair(
  Secret.take(fromHex('3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8')),
);
const password = utf8('p');

const contentInfo = (type: string, content: Uint8Array) => sequence(oid(type), explicit(0, content));
const bag = (type: string, value: Uint8Array, ...rest: readonly Uint8Array[]) =>
  sequence(oid(type), explicit(0, value), ...rest);
const keyBag = () => bag(`${BAG}.1`, encodeSm2PrivateKey(pair));
const safe = (...bags: readonly Uint8Array[]) => sequence(contentInfo(DATA, octets(sequence(...bags))));
/** PFX with a MAC over SM3, or with `mac` in its place. */
async function pfx(content: Uint8Array, mac?: Uint8Array): Promise<Uint8Array> {
  const macData = mac ?? (await writeMacData('sm3', 10_000, password, content));
  return sequence(integer(3), contentInfo(DATA, octets(content)), macData);
}

describe('PKCS#12 made by hand', () => {
  it('opens with a key that is not encrypted, nested bags, and bags that nobody knows', async () => {
    const nested = bag(`${BAG}.6`, sequence(keyBag()));
    const unknown = bag(`${BAG}.5`, sequence(oid('1.2.3')));
    const sdsi = bag(`${BAG}.3`, sequence(oid('1.2.840.113549.1.9.22.2'), explicit(0, octets(utf8('x')))));
    const crl = bag(`${BAG}.4`, sequence(oid('1.2.840.113549.1.9.23.1'), explicit(0, octets(utf8('crl')))));
    const der = await pfx(safe(keyBag(), nested, unknown, sdsi, crl));
    const opened = await openPkcs12(der, 'p', { policy: 'strict' });
    expect(opened.keys).toHaveLength(2);
    expect(opened.unread).toEqual([`${BAG}.5`, `${BAG}.3`]);
    expect(opened.crls.map(toHex)).toEqual([toHex(utf8('crl'))]);
  });

  it('opens with PBMAC1 over HMAC-SM3, and only under its password [RFC 9579]', async () => {
    const content = safe(keyBag());
    const input = { prf: 'hmac-sm3', salt: utf8('saltsaltsaltsalt'), iterations: 10_000 } as const;
    const key = await derivePbkdf2(password, input, 32);
    const kdf = (length: readonly Uint8Array[]) =>
      sequence(
        oid('1.2.840.113549.1.5.12'),
        sequence(octets(input.salt), integer(input.iterations), ...length, encodeAlgorithm('hmac-sm3', NULL)),
      );
    const macData = (...length: readonly Uint8Array[]) => {
      const parameters = sequence(kdf(length), encodeAlgorithm('hmac-sm3', NULL));
      const algorithm = sequence(oid('1.2.840.113549.1.5.14'), parameters);
      return sequence(
        sequence(algorithm, octets(hmacSm3(key, content))),
        octets(utf8('NOT USED')),
        integer(1),
      );
    };
    const der = await pfx(content, macData(integer(32)));
    expect((await openPkcs12(der, 'p', { policy: 'strict' })).keys).toHaveLength(1);
    expect(await rejectionOf(openPkcs12(der, 'q'))).toBe('ERR_DECRYPT_FAILED');
    const end = concatBytes(octets(utf8('NOT USED')), integer(1));
    for (const tail of [concatBytes(end, integer(1)), concatBytes(end.subarray(0, -3), NULL), NULL]) {
      const whole = macData(integer(32));
      const cut = readOne(whole, 0x30).value.slice(0, -end.length);
      expect(await rejectionOf(openPkcs12(await pfx(content, sequence(cut, tail)), 'p'))).toBe(MALFORMED);
    }
    for (const length of [[], [integer(19)], [integer(65)]]) {
      expect(await rejectionOf(openPkcs12(await pfx(content, macData(...length)), 'p'))).toBe(MALFORMED);
    }
  });

  it('without a MAC is refused unless that is asked for; then it is weak, and tells nothing of what is in it', async () => {
    const none = new Uint8Array(0);
    const bare = await pfx(safe(keyBag()), none);
    for (const mac of [undefined, 'required'] as const) {
      const error = await openPkcs12(bare, 'any', mac === undefined ? {} : { mac }).catch(String);
      expect(error).toContain('reason=no-mac');
    }
    expect(await rejectionOf(openPkcs12(bare, 'any', { mac: 'no' as never }))).toBe(
      'ERR_PKI_CONTAINER_OPTIONS',
    );
    const opened = await openPkcs12(bare, 'any', { mac: 'optional' });
    expect(opened.authenticated).toBe(false);
    expect((await openPkcs12(await pfx(safe(keyBag())), 'p')).authenticated).toBe(true);
    expect(opened.findings.map(({ where }) => where)).toEqual(['macData']);
    const broken = await pfx(safe(fromHex('0500')), none);
    expect(await rejectionOf(openPkcs12(broken, 'p', { mac: 'optional' }))).toBe('ERR_DECRYPT_FAILED');
    expect(await rejectionOf(openPkcs12(broken, 'p', { mac: 'optional', policy: 'strict' }))).toBe(
      'ERR_PKI_DEVIATION_REFUSED',
    );
  });

  it('in BER with pieces is read and reported', async () => {
    const content = safe(keyBag());
    const pieces = concatBytes(octets(content.subarray(0, 9)), octets(content.subarray(9)));
    const mac = await writeMacData('sm3', 10_000, password, content);
    const info = sequence(oid(DATA), explicit(0, derElement(0x24, pieces)));
    const ber = concatBytes(fromHex('3080'), integer(3), info, mac, fromHex('0000'));
    const opened = await openPkcs12(ber, 'p');
    expect(opened.keys.map(({ key }) => toHex((key as Sm2PrivateKeyRead).pair.publicKey))).toEqual([
      toHex(pair.publicKey),
    ]);
    expect(opened.findings.map(({ code }) => code)).toEqual(['BER_ENCODING']);
  });

  it('in BER where it was encrypted is refused: DER of it would leave copies', async () => {
    const encrypted = async (contents: Uint8Array) => {
      const way = { prf: 'hmac-sm3', cipher: 'sm4-cbc', iterations: 10_000 } as const;
      const { algorithm, ciphertext } = await encryptPbes2(way, password, contents);
      const info = sequence(oid(DATA), algorithm, implicit(0, ciphertext));
      return sequence(contentInfo('1.2.840.113549.1.7.6', sequence(integer(0), info)));
    };
    const ber = concatBytes(fromHex('3080'), keyBag(), fromHex('0000'));
    const opened = await openPkcs12(await pfx(await encrypted(sequence(keyBag()))), 'p', {
      policy: 'strict',
    });
    expect(opened.keys).toHaveLength(1);
    expect(await rejectionOf(openPkcs12(await pfx(await encrypted(ber)), 'p'))).toBe(MALFORMED);
    expect((await openPkcs12(await pfx(sequence(contentInfo(DATA, octets(ber)))), 'p')).keys).toHaveLength(1);
  });

  it('with a key whose derivation is too much work is refused, counted by the length of the key', async () => {
    const content = safe(keyBag());
    const mac = (iterations: number, keyLength: number) => {
      const salt = octets(utf8('saltsaltsaltsalt'));
      const kdf = sequence(
        oid('1.2.840.113549.1.5.12'),
        sequence(salt, integer(iterations), integer(keyLength), encodeAlgorithm('hmac-sha1', NULL)),
      );
      const scheme = sequence(kdf, encodeAlgorithm('hmac-sha256', NULL));
      const algorithm = sequence(oid('1.2.840.113549.1.5.14'), scheme);
      return sequence(sequence(algorithm, octets(new Uint8Array(32))), octets(utf8('x')));
    };
    const open = async (iterations: number, keyLength: number) =>
      rejectionOf(openPkcs12(await pfx(content, mac(iterations, keyLength)), 'p', { maxIterations: 10_000 }));
    expect(await open(10_000, 20)).toBe('ERR_DECRYPT_FAILED');
    expect(await open(10_000, 21)).toBe('ERR_PKI_WORK_LIMIT');
    expect(await open(2500, 64)).toBe('ERR_DECRYPT_FAILED');
    expect(await open(2501, 64)).toBe('ERR_PKI_WORK_LIMIT');
  });

  const deep = (levels: number): Uint8Array =>
    levels === 0 ? keyBag() : bag(`${BAG}.6`, sequence(deep(levels - 1)));
  const attribute = (type: string, value: Uint8Array) => set(sequence(oid(type), set(value)));
  const named = (value: Uint8Array) =>
    bag(`${BAG}.1`, encodeSm2PrivateKey(pair), attribute('1.2.840.113549.1.9.20', value));
  const shrouded = (scheme: string, iterations = 10_000) =>
    bag(
      `${BAG}.2`,
      sequence(
        sequence(oid(scheme), sequence(octets(new Uint8Array(8)), integer(iterations))),
        octets(new Uint8Array(48)),
      ),
    );
  const badKey = bag(`${BAG}.1`, encodeSm2PrivateKey(pair).fill(0xff, 36, 68));
  const contents: readonly (readonly [string, Uint8Array, string])[] = [
    ['bags five deep', safe(deep(5)), MALFORMED],
    ['257 bags', safe(...Array.from({ length: 257 }, () => keyBag())), MALFORMED],
    ['a name of an odd length', safe(named(derElement(0x1e, fromHex('006100')))), MALFORMED],
    ['a name in another type', safe(named(derElement(0x0c, utf8('a')))), MALFORMED],
    ['a bag without a value', safe(sequence(oid(`${BAG}.1`), explicit(0))), MALFORMED],
    ['a key out of range', safe(badKey), MALFORMED],
    ['RC2 of 40 bits', safe(shrouded('1.2.840.113549.1.12.1.6')), UNSUPPORTED],
    ['RC4', safe(shrouded('1.2.840.113549.1.12.1.1')), UNSUPPORTED],
    [
      'a million iterations of 3DES',
      safe(shrouded('1.2.840.113549.1.12.1.3', 1_000_000)),
      'ERR_PKI_WORK_LIMIT',
    ],
    ['3DES of another password', safe(shrouded('1.2.840.113549.1.12.1.3')), 'ERR_DECRYPT_FAILED'],
    ['envelopedData', sequence(contentInfo('1.2.840.113549.1.7.3', sequence())), UNSUPPORTED],
  ];
  it.each(contents)('is refused with %s', async (_, content, code) => {
    expect(await rejectionOf(openPkcs12(await pfx(content), 'p'))).toBe(code);
  });

  it('is refused with a MAC that asks too much or is none', async () => {
    const content = safe(keyBag());
    const digest = (name: Uint8Array, bytes = 32) => sequence(name, octets(new Uint8Array(bytes)));
    const sm3 = encodeAlgorithm('sm3', NULL);
    const salt = octets(new Uint8Array(8));
    const macs: readonly (readonly [Uint8Array, string])[] = [
      [sequence(digest(sm3), salt, integer(2_000_001)), 'ERR_PKI_WORK_LIMIT'],
      [sequence(digest(sm3), salt, integer(0)), MALFORMED],
      [sequence(digest(sm3, 31), salt, integer(1)), MALFORMED],
      [sequence(digest(sm3), octets(new Uint8Array(0)), integer(1)), MALFORMED],
      [sequence(digest(sequence(oid('1.2.840.113549.2.5'), NULL), 16), salt, integer(1)), UNSUPPORTED],
      [sequence(digest(sm3), salt, integer(1), integer(1)), MALFORMED],
      [sequence(digest(sm3), salt), 'ERR_DECRYPT_FAILED'],
    ];
    for (const [mac, code] of macs)
      expect(await rejectionOf(openPkcs12(await pfx(content, mac), 'p'))).toBe(code);
  });

  it('is refused in another version, or signed in place of a MAC', async () => {
    const content = contentInfo(DATA, octets(safe(keyBag())));
    expect(await rejectionOf(openPkcs12(sequence(integer(4), content), 'p'))).toBe(MALFORMED);
    const signed = sequence(integer(3), contentInfo('1.2.840.113549.1.7.2', sequence()));
    expect(await rejectionOf(openPkcs12(signed, 'p'))).toBe(UNSUPPORTED);
  });
});

describe('key derivation of PKCS#12', () => {
  it('gives the values that other implementations publish', async () => {
    // SHA-1: key of the widely used test set "smeg", and "queeg" with 1,000 iterations.
    const smeg = bmpPassword(utf8('smeg'));
    const key = await derivePkcs12(
      smeg,
      { hash: 'sha1', purpose: 'key', salt: fromHex('0a58cf64530d823f'), iterations: 1 },
      24,
    );
    expect(toHex(key)).toBe('8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3');
    const queeg = await derivePkcs12(
      bmpPassword(utf8('queeg')),
      { hash: 'sha1', purpose: 'key', salt: fromHex('05dec959acff72f7'), iterations: 1000 },
      24,
    );
    expect(toHex(queeg)).toBe('ed2034e36328830ff09df1e1a07dd357185dac0d4f9eb3d4');
  });

  it('leaves no intermediate value behind', async () => {
    const seen: Buffer[] = [];
    const prototype = Object.getPrototypeOf(createHash('sha256')) as Hash;
    const digest = prototype.digest as () => Buffer;
    const spy = vi.spyOn(prototype, 'digest').mockImplementation(function (this: Hash) {
      const out = digest.call(this);
      seen.push(out);
      return out as never;
    });
    try {
      const input = { hash: 'sha256', purpose: 'mac', salt: utf8('salt'), iterations: 5 } as const;
      await derivePkcs12(bmpPassword(utf8('p')), input, 48);
    } finally {
      spy.mockRestore();
    }
    expect(seen).toHaveLength(10);
    expect(seen.every((bytes) => bytes.every((byte) => byte === 0))).toBe(true);
  });
});
