import { equalBytes, fromHex, pbkdf2Sm3, Secret, sm2, toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { encodeAlgorithm } from '../src/algorithms/index.ts';
import { encryptCbc } from '../src/containers/ciphers.ts';
import {
  type ContainerEncryption,
  decryptPkcs8,
  decryptPrivateKey,
  encryptPrivateKey,
  type Sm2PrivateKeyRead,
} from '../src/containers/index.ts';
import { derivePbkdf2, pbkdf2OfNode, pbkdf2Sm3IsAsync } from '../src/containers/pbkdf2.ts';
import { encodeSm2PrivateKey } from '../src/containers/sm2-keys.ts';
import { integer, NULL, octets, oid, sequence } from '../src/internal/write.ts';
import { rejectionOf } from './support/containers.ts';
import { derOf, sharedPresent, type VectorCase, vectorCases } from './support/shared.ts';

const CONTAINERS = 'vectors/certs/containers.json';
const GENERATED = 'vectors/certs/generated_pki.json';
const FAST = { iterations: 1000 } as const;
const pair = sm2.generateKeyPair();

type Encrypted = VectorCase & {
  password?: string;
  password_utf8_hex?: string;
  clear_pkcs8?: string;
  clear?: string;
};
const load = (path: string): readonly Encrypted[] =>
  sharedPresent(path) ? (vectorCases(path) as readonly Encrypted[]) : [];
const generated = load(GENERATED);
const encrypted = [...load(CONTAINERS), ...generated].filter(({ kind }) => kind === 'encrypted-pkcs8');
const passwordOf = (item: Encrypted) =>
  item.password === undefined ? fromHex(item.password_utf8_hex!) : utf8(item.password);

describe.skipIf(encrypted.length === 0)('encrypted PKCS#8 of other makers', () => {
  it.each(encrypted.map((item) => [item.name!, item] as const))(
    '%s opens to the bytes or the key that is stated [part of SEAL-018]',
    async (_, item) => {
      const { pkcs8 } = await decryptPkcs8(derOf(item), passwordOf(item));
      if (item.clear_pkcs8 !== undefined) pkcs8.use((bytes) => expect(toHex(bytes)).toBe(item.clear_pkcs8));
      const clear = generated.find(({ name }) => name === item.clear);
      const opened = (await decryptPrivateKey(derOf(item), passwordOf(item))) as Sm2PrivateKeyRead;
      if (clear !== undefined) {
        opened.pair.privateKey.use((d) => expect(clear.der).toContain(`0420${toHex(d)}`));
      }
      expect(clear !== undefined || item.clear_pkcs8 !== undefined).toBe(true);
    },
  );

  it.each(encrypted.map((item) => [item.name!, item] as const))('%s: a wrong password', async (_, item) => {
    for (const password of ['', 'x', Uint8Array.of(0xff), `${Buffer.from(passwordOf(item))}1`]) {
      expect(await rejectionOf(decryptPrivateKey(derOf(item), password))).toBe('ERR_DECRYPT_FAILED');
    }
  });

  it('few iterations are reported, and refused when strict', async () => {
    const one = encrypted.find(({ name }) => name === 'pbes2-sm3-sm4.0')!;
    const { findings } = await decryptPkcs8(derOf(one), passwordOf(one));
    expect(findings.map(({ code, where }) => `${code} ${where}`)).toEqual([
      'CONTAINER_WEAK encryptionAlgorithm.pbkdf2.iterations',
    ]);
    const strict = decryptPkcs8(derOf(one), passwordOf(one), { policy: 'strict' });
    expect(await rejectionOf(strict)).toBe('ERR_PKI_DEVIATION_REFUSED');
    const many = encrypted.find(({ name }) => name === 'pbes2-sm3-sm4.5')!;
    expect((await decryptPkcs8(derOf(many), passwordOf(many), { policy: 'strict' })).findings).toEqual([]);
  });
});

describe('encrypted private key [part of SEAL-018]', () => {
  const ways: readonly ContainerEncryption[] = [
    {},
    { prf: 'hmac-sha1', cipher: 'aes128-cbc' },
    { prf: 'hmac-sha224', cipher: 'aes192-cbc' },
    { prf: 'hmac-sha256', cipher: 'sm4-cbc' },
    { prf: 'hmac-sha384', cipher: 'aes256-cbc' },
    { prf: 'hmac-sha512', cipher: 'aes256-cbc' },
  ];
  it.each(ways.map((way) => [JSON.stringify(way), way] as const))(
    'is written and read: %s',
    async (_, way) => {
      const der = await encryptPrivateKey(pair, '口令 password', { ...FAST, ...way });
      const read = (await decryptPrivateKey(der, utf8('口令 password'))) as Sm2PrivateKeyRead;
      expect(read.pair.privateKey.equals(pair.privateKey)).toBe(true);
      expect(toHex(read.pair.publicKey)).toBe(toHex(pair.publicKey));
      expect(await rejectionOf(decryptPrivateKey(der, '口令 passwort'))).toBe('ERR_DECRYPT_FAILED');
    },
  );

  it('takes 600,000 iterations of HMAC-SM3 and SM4-CBC when nothing is said', async () => {
    const der = await encryptPrivateKey(pair, 'p');
    const hex = toHex(der);
    expect(hex).toContain('0203' + '0927c0');
    expect(hex).toContain('06092a811ccf5501831102'); // HMAC-SM3
    expect(hex).toContain('06082a811ccf55016802'); // SM4-CBC
    const { findings } = await decryptPrivateKey(der, 'p', { policy: 'strict' });
    expect(findings).toEqual([]);
  });

  it('has a fresh salt and IV each time', async () => {
    const [a, b] = [await encryptPrivateKey(pair, 'p', FAST), await encryptPrivateKey(pair, 'p', FAST)];
    expect(equalBytes(a, b)).toBe(false);
  });

  it('is refused to be written with options or keys that are none', async () => {
    const calls: readonly Promise<unknown>[] = [
      encryptPrivateKey(pair, '', FAST),
      encryptPrivateKey(pair, 'x'.repeat(1025), FAST),
      encryptPrivateKey(pair, 7 as never, FAST),
      encryptPrivateKey(pair, 'p', { iterations: 999 }),
      encryptPrivateKey(pair, 'p', { iterations: 10_000_001 }),
      encryptPrivateKey(pair, 'p', { iterations: 1000.5 }),
      encryptPrivateKey(pair, 'p', { ...FAST, prf: 'hmac-md5' as never }),
      encryptPrivateKey(pair, 'p', { ...FAST, cipher: 'des-ede3-cbc' as never }),
      encryptPrivateKey(pair, 'p', { ...FAST, cipher: 'toString' as never }),
      encryptPrivateKey(pair, 'p', null as never),
      encryptPrivateKey(fromHex('3000'), 'p', FAST),
      encryptPrivateKey(Secret.take(new Uint8Array(32)), 'p', FAST),
      encryptPrivateKey({} as never, 'p', FAST),
      encryptPrivateKey(null as never, 'p', FAST),
    ];
    for (const call of calls) expect(await rejectionOf(call)).toBe('ERR_PKI_CONTAINER_OPTIONS');
  });

  it('that the caller destroys meanwhile is whole or refused, never half', async () => {
    const own = sm2.generateKeyPair();
    const d = own.privateKey.use(toHex);
    const pending = encryptPrivateKey(own, 'p', FAST);
    own.privateKey.destroy();
    const read = (await decryptPrivateKey(await pending, 'p')) as Sm2PrivateKeyRead;
    read.pair.privateKey.use((bytes) => expect(toHex(bytes)).toBe(d));
    expect(await rejectionOf(encryptPrivateKey(own, 'p', FAST))).toBe('ERR_SECRET_DESTROYED');
  });
});

/** EncryptedPrivateKeyInfo of parameters that a test chooses. */
function craft({
  scheme = '1.2.840.113549.1.5.13',
  kdf = '1.2.840.113549.1.5.12',
  salt = new Uint8Array(16) as Uint8Array,
  iterations = 1000,
  keyLength = new Uint8Array(0) as Uint8Array,
  prf = encodeAlgorithm('hmac-sm3', NULL),
  cipher = encodeAlgorithm('sm4-cbc', octets(new Uint8Array(16))),
  data = octets(new Uint8Array(48)),
} = {}): Uint8Array {
  const derivation = sequence(octets(salt), integer(iterations), keyLength, prf);
  const parameters = sequence(sequence(oid(kdf), derivation), cipher);
  return sequence(sequence(oid(scheme), parameters), data);
}

describe('encrypted private key from outside', () => {
  it.each([
    ['another scheme', craft({ scheme: '1.2.840.113549.1.5.3' }), 'ERR_PKI_ALGORITHM_UNSUPPORTED'],
    ['another derivation', craft({ kdf: '1.3.6.1.4.1.11591.4.11' }), 'ERR_PKI_ALGORITHM_UNSUPPORTED'],
    [
      'another hash',
      craft({ prf: sequence(oid('1.2.840.113549.2.6'), NULL) }),
      'ERR_PKI_ALGORITHM_UNSUPPORTED',
    ],
    ['another cipher', craft({ cipher: sequence(oid('1.2.3'), NULL) }), 'ERR_PKI_ALGORITHM_UNSUPPORTED'],
    ['11,000,000 iterations', craft({ iterations: 11_000_000 }), 'ERR_PKI_WORK_LIMIT'],
    ['2^31-1 iterations', craft({ iterations: 2 ** 31 - 1 }), 'ERR_PKI_WORK_LIMIT'],
    ['2^40 iterations', craft({ iterations: 2 ** 40 }), 'ERR_PKI_CONTAINER_MALFORMED'],
    ['no iterations', craft({ iterations: 0 }), 'ERR_PKI_CONTAINER_MALFORMED'],
    ['a salt of 2,000 bytes', craft({ salt: new Uint8Array(2000) }), 'ERR_PKI_CONTAINER_MALFORMED'],
    ['a key length of 8', craft({ keyLength: integer(8) }), 'ERR_PKI_CONTAINER_MALFORMED'],
    [
      'an IV of 8 bytes',
      craft({ cipher: encodeAlgorithm('sm4-cbc', octets(new Uint8Array(8))) }),
      'ERR_PKI_CONTAINER_MALFORMED',
    ],
    ['no IV', craft({ cipher: encodeAlgorithm('sm4-cbc') }), 'ERR_PKI_CONTAINER_MALFORMED'],
    ['no data', craft({ data: new Uint8Array(0) }), 'ERR_PKI_CONTAINER_MALFORMED'],
    ['more than 18 KiB', new Uint8Array(20_000), 'ERR_PKI_CONTAINER_MALFORMED'],
    ['nothing', new Uint8Array(0), 'ERR_PKI_CONTAINER_MALFORMED'],
    ['data of half a block', craft({ data: octets(new Uint8Array(40)) }), 'ERR_DECRYPT_FAILED'],
    ['data of no block', craft({ data: octets(new Uint8Array(0)) }), 'ERR_DECRYPT_FAILED'],
    ['data that are no key', craft(), 'ERR_DECRYPT_FAILED'],
  ])('%s', async (_, der, code) => {
    expect(await rejectionOf(decryptPrivateKey(der, 'p'))).toBe(code);
  });

  it('what is no byte array', async () => {
    expect(await rejectionOf(decryptPkcs8('x' as never, 'p'))).toBe('ERR_PKI_CONTAINER_MALFORMED');
    expect(await rejectionOf(decryptPkcs8(craft(), undefined as never))).toBe('ERR_PKI_CONTAINER_OPTIONS');
    expect(await rejectionOf(decryptPkcs8(craft(), 'p', { policy: 'lax' as never }))).toBe(
      'ERR_PKI_DEVIATION_REFUSED',
    );
  });

  it('aliases of HMAC-SM3 and SM4-CBC are findings', async () => {
    const input = { prf: 'hmac-sm3', salt: new Uint8Array(16), iterations: 10_000 } as const;
    const iv = new Uint8Array(16);
    const key = await derivePbkdf2(utf8('p'), input, 16);
    const der = craft({
      iterations: input.iterations,
      keyLength: integer(16),
      prf: sequence(oid('1.2.156.10197.1.401')),
      cipher: sequence(oid('1.2.156.10197.1.104'), octets(iv)),
      data: octets(encryptCbc('sm4-cbc', key, iv, encodeSm2PrivateKey(pair))),
    });
    const { findings } = await decryptPrivateKey(der, 'p');
    expect(findings.map(({ code }) => code)).toEqual(['HMAC_SM3_OID_401', 'SM4_OID_WITHOUT_MODE']);
    expect(await rejectionOf(decryptPrivateKey(der, 'p', { policy: 'strict' }))).toBe(
      'ERR_PKI_DEVIATION_REFUSED',
    );
  });

  it('changed anywhere: one of the codes, never another key', async () => {
    const der = await encryptPrivateKey(pair, 'p', FAST);
    for (let at = 0; at < der.length; at++) {
      const changed = Uint8Array.from(der);
      changed[at]! ^= 1 << (at % 8);
      const code = await decryptPrivateKey(changed, 'p').then(
        (read) => (equalBytes((read as Sm2PrivateKeyRead).pair.publicKey, pair.publicKey) ? 'same' : 'other'),
        (error: { code: string }) => error.code,
      );
      expect(code).toMatch(
        /^(same|ERR_DECRYPT_FAILED|ERR_PKI_CONTAINER_MALFORMED|ERR_PKI_ALGORITHM_UNSUPPORTED|ERR_PKI_WORK_LIMIT)$/,
      );
    }
  });
});

describe('PBKDF2 with HMAC-SM3', () => {
  it('is the same by Node and by sm-core', async () => {
    for (const [length, iterations] of [
      [16, 1],
      [32, 1000],
      [33, 77],
      [100, 3],
    ] as const) {
      const input = { prf: 'hmac-sm3', salt: utf8(`salt ${length}`), iterations } as const;
      const core = toHex(pbkdf2Sm3(utf8('口令'), input.salt, iterations, length));
      expect(toHex(await derivePbkdf2(utf8('口令'), input, length))).toBe(core);
      if (pbkdf2Sm3IsAsync()) expect(toHex(await pbkdf2OfNode(utf8('口令'), input, length))).toBe(core);
    }
  });
});
