import { createHash, createHmac, hkdfSync, pbkdf2Sync } from 'node:crypto';
import { ascii, bytesOf, fixed, hexOf } from './bytes.ts';
import { VectorFileBuilder } from './file.ts';
import type { Seeded } from './seeded.ts';
import { kdf } from './sm2-reference.ts';

const OPENSSL = ['OpenSSL through node:crypto: every case'];
const sm3 = (msg: string): string => createHash('sm3').update(msg, 'hex').digest('hex');
const hmac = (key: string, msg: string): string =>
  createHmac('sm3', bytesOf(key)).update(msg, 'hex').digest('hex');

const SM3_NOTES = {
  StandardAnnex: {
    bugType: 'BASIC',
    description: 'The examples of the standard.',
    clause: 'GB/T 32905-2016 annex A',
  },
  Length: {
    bugType: 'WRONG_PADDING',
    description: 'Lengths where padding needs a further block, or blocks are worked on together.',
  },
  Pattern: { bugType: 'ARITHMETIC', description: 'Words of all ones and zeros, for rotations and carries.' },
} as const;

/** Digests. */
export function sm3File(random: Seeded): VectorFileBuilder<keyof typeof SM3_NOTES> {
  const file = new VectorFileBuilder<keyof typeof SM3_NOTES>(
    'sm3/sm3.json',
    'SM3',
    ['Digests of whole messages; given in pieces they are the same.'],
    OPENSSL,
    SM3_NOTES,
  ).group('Sm3');
  const test = (what: string, flag: keyof typeof SM3_NOTES, msg: string): void => {
    file.test(what, [flag], { msg, digest: sm3(msg) });
  };
  if (sm3(ascii('abc')) !== '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0')
    throw new Error('abc');
  test('A.1', 'StandardAnnex', ascii('abc'));
  test('A.2', 'StandardAnnex', ascii('abcd').repeat(16));
  for (const length of [
    0, 1, 3, 4, 54, 55, 56, 57, 59, 60, 61, 62, 63, 64, 65, 111, 112, 118, 119, 120, 121, 127, 128, 129, 183,
    184, 191, 192, 193, 247, 248, 255, 256, 257, 513,
  ])
    test(`${length} bytes`, 'Length', random.hex(length));
  for (const byte of ['00', 'ff', '80', '7f'])
    for (const length of [55, 56, 64, 128])
      test(`${length} bytes of ${byte}`, 'Pattern', byte.repeat(length));
  return file;
}

const HMAC_NOTES = {
  StandardAnnex: {
    bugType: 'BASIC',
    description: 'The examples of the standard.',
    clause: 'GM/T 0042-2015 §D.3',
  },
  KeyLength: {
    bugType: 'WRONG_PADDING',
    description: 'Keys at the border of one block; longer ones are hashed first.',
  },
  Length: { bugType: 'EDGE_CASE', description: 'Messages at the borders of blocks.' },
  Truncated: { bugType: 'EDGE_CASE', description: 'Tags that are the front part of the whole.' },
  ModifiedTag: { bugType: 'AUTH_BYPASS', description: 'One bit of the tag.' },
  ModifiedInput: { bugType: 'AUTH_BYPASS', description: 'Another key or message.' },
} as const;

/** HMAC. */
export function hmacFile(random: Seeded): VectorFileBuilder<keyof typeof HMAC_NOTES> {
  const file = new VectorFileBuilder<keyof typeof HMAC_NOTES>(
    'sm3/hmac-sm3.json',
    'HMACSM3',
    ['Sizes are in bits. The tag is the front part of the whole one.'],
    OPENSSL,
    HMAC_NOTES,
  );
  const group = (keySize: number, tagSize: number): void => {
    file.group('MacTest', { keySize, tagSize });
  };
  group(256, 256);
  const ramp = Array.from({ length: 32 }, (_, i) => fixed(BigInt(i + 1), 1)).join('');
  const text = ascii('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq').repeat(2);
  if (hmac(ramp, text) !== 'ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a')
    throw new Error('HMAC');
  file.test('D.3', ['StandardAnnex'], { key: ramp, msg: text, tag: hmac(ramp, text) });
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 200]) {
    const [key, msg] = [random.hex(32), random.hex(length)];
    file.test(`${length} bytes`, ['Length'], { key, msg, tag: hmac(key, msg) });
  }
  const [key, msg] = [random.hex(32), random.hex(40)];
  const tag = hmac(key, msg);
  const flip = (hex: string, bit: number): string =>
    fixed(BigInt(`0x${hex}`) ^ (1n << BigInt(bit)), hex.length / 2);
  for (const bit of [0, 1, 7, 8, 64, 127, 128, 192, 248, 255])
    file.test(`tag bit ${bit}`, ['ModifiedTag'], { key, msg, tag: flip(tag, bit) }, 'invalid');
  file.test('other message', ['ModifiedInput'], { key, msg: flip(msg, 0), tag }, 'invalid');
  file.test('other key', ['ModifiedInput'], { key: flip(key, 255), msg, tag }, 'invalid');
  file.test('a zero after the message', ['ModifiedInput'], { key, msg: `${msg}00`, tag }, 'invalid');
  for (const length of [1, 16, 31, 33, 63, 64, 65, 100]) {
    group(length * 8, 256);
    const [k, m] = [random.hex(length), random.hex(33)];
    file.test(`key of ${length} bytes`, ['KeyLength'], { key: k, msg: m, tag: hmac(k, m) });
  }
  for (const bytes of [16, 20, 31]) {
    group(256, bytes * 8);
    file.test(`tag of ${bytes} bytes`, ['Truncated'], { key, msg, tag: tag.slice(0, bytes * 2) });
    file.test(
      `tag of ${bytes} bytes, from behind`,
      ['Truncated'],
      { key, msg, tag: tag.slice(-bytes * 2) },
      'invalid',
    );
  }
  return file;
}

const HKDF_NOTES = {
  Ordinary: { bugType: 'BASIC', description: 'Random inputs.' },
  Length: {
    bugType: 'EDGE_CASE',
    description: 'Outputs at the borders of blocks, up to 255 of them.',
    clause: 'RFC 5869 §2.3',
  },
  EmptyInput: {
    bugType: 'EDGE_CASE',
    description: 'No salt is a salt of 32 zero bytes; info may be empty.',
    clause: 'RFC 5869 §2.2',
  },
  LongInput: { bugType: 'EDGE_CASE', description: 'Salts longer than a block of the hash.' },
  SizeTooLarge: {
    bugType: 'MISSING_STEP',
    description: 'More than 255 blocks: the counter of one byte would repeat.',
    clause: 'RFC 5869 §2.3',
  },
} as const;

/** HKDF. */
export function hkdfFile(random: Seeded): VectorFileBuilder<keyof typeof HKDF_NOTES> {
  const file = new VectorFileBuilder<keyof typeof HKDF_NOTES>(
    'kdf/hkdf-sm3.json',
    'HKDF-SM3',
    ['HKDF with HMAC-SM3; "size" is in bytes.'],
    OPENSSL,
    HKDF_NOTES,
  ).group('HkdfTest');
  const test = (
    what: string,
    flag: keyof typeof HKDF_NOTES,
    ikm: string,
    salt: string,
    info: string,
    size: number,
  ): void => {
    const okm = hexOf(new Uint8Array(hkdfSync('sm3', bytesOf(ikm), bytesOf(salt), bytesOf(info), size)));
    file.test(what, [flag], { ikm, salt, info, size, okm });
  };
  for (let i = 0; i < 4; i++) test('random', 'Ordinary', random.hex(32), random.hex(16), random.hex(10), 42);
  for (const size of [1, 16, 31, 32, 33, 63, 64, 65, 96, 500, 8160])
    test(`${size} bytes`, 'Length', random.hex(32), random.hex(32), random.hex(3), size);
  test('no salt', 'EmptyInput', random.hex(32), '', random.hex(10), 32);
  test('salt of 32 zeros', 'EmptyInput', random.hex(32), '00'.repeat(32), random.hex(10), 32);
  test('no info', 'EmptyInput', random.hex(32), random.hex(16), '', 64);
  test('neither', 'EmptyInput', random.hex(16), '', '', 40);
  for (const length of [63, 64, 65, 130])
    test(`salt of ${length} bytes`, 'LongInput', random.hex(80), random.hex(length), random.hex(100), 48);
  for (const size of [8161, 10_000, 65_536])
    file.test(
      `${size} bytes`,
      ['SizeTooLarge'],
      { ikm: random.hex(32), salt: '', info: '', size },
      'invalid',
    );
  return file;
}

const PBKDF2_NOTES = {
  Ordinary: { bugType: 'BASIC', description: 'Random inputs.' },
  Iterations: { bugType: 'EDGE_CASE', description: 'One, two and many iterations.' },
  Length: { bugType: 'EDGE_CASE', description: 'Outputs at the borders of blocks.' },
  LongPassword: {
    bugType: 'WRONG_PADDING',
    description:
      'Passwords at the border of one block of the hash, where they are hashed first; zero bytes in them.',
  },
  NoIteration: { bugType: 'MISSING_STEP', description: 'A count of zero is no derivation.' },
} as const;

/** PBKDF2. */
export function pbkdf2File(random: Seeded): VectorFileBuilder<keyof typeof PBKDF2_NOTES> {
  const file = new VectorFileBuilder<keyof typeof PBKDF2_NOTES>(
    'kdf/pbkdf2-hmac-sm3.json',
    'PBKDF2-HMACSM3',
    ['PBKDF2 with HMAC-SM3; "dkLen" is in bytes.'],
    OPENSSL,
    PBKDF2_NOTES,
  ).group('PbkdfTest');
  const test = (
    what: string,
    flag: keyof typeof PBKDF2_NOTES,
    password: string,
    salt: string,
    iterationCount: number,
    dkLen: number,
  ): void => {
    const dk = pbkdf2Sync(bytesOf(password), bytesOf(salt), iterationCount, dkLen, 'sm3').toString('hex');
    file.test(what, [flag], { password, salt, iterationCount, dkLen, dk });
  };
  for (let i = 0; i < 3; i++) test('random', 'Ordinary', random.hex(12), random.hex(16), 3 + i, 32);
  for (const count of [1, 2, 255, 256, 1000, 4096])
    test(`${count} iterations`, 'Iterations', ascii('password'), ascii('salt'), count, 32);
  for (const size of [1, 16, 31, 32, 33, 64, 65, 200])
    test(`${size} bytes`, 'Length', random.hex(9), random.hex(8), 2, size);
  for (const length of [0, 1, 63, 64, 65, 128])
    test(`password of ${length} bytes`, 'LongPassword', random.hex(length), random.hex(8), 2, 20);
  test('password with a zero byte', 'LongPassword', '7061737300776f7264', '7361006c74', 4, 16);
  file.test(
    '0 iterations',
    ['NoIteration'],
    { password: ascii('p'), salt: ascii('salt1234'), iterationCount: 0, dkLen: 16 },
    'invalid',
  );
  return file;
}

const KDF_NOTES = {
  Ordinary: { bugType: 'BASIC', description: 'Random inputs of the length that SM2 has.' },
  Length: {
    bugType: 'EDGE_CASE',
    description: 'Outputs at the borders of blocks; the counter starts with 1 and has four bytes.',
    clause: 'GB/T 32918.4-2016 §5.4.3',
  },
  InputLength: {
    bugType: 'EDGE_CASE',
    description: 'Inputs where input and counter meet the border of a block.',
  },
} as const;

/** The key derivation of GB/T 32918. */
export function sm2KdfFile(random: Seeded): VectorFileBuilder<keyof typeof KDF_NOTES> {
  const file = new VectorFileBuilder<keyof typeof KDF_NOTES>(
    'kdf/sm2-kdf.json',
    'SM2-KDF',
    ['The key derivation of GB/T 32918.3 and .4 with SM3; "size" is in bytes.'],
    ['SM3 by OpenSSL through node:crypto; the counter over it by a reference'],
    KDF_NOTES,
  ).group('Sm2Kdf');
  const test = (what: string, flag: keyof typeof KDF_NOTES, z: string, size: number): void => {
    file.test(what, [flag], { z, size, out: hexOf(kdf(bytesOf(z), size)) });
  };
  for (let i = 0; i < 3; i++) test('random', 'Ordinary', random.hex(64), 19 + i);
  for (const size of [1, 16, 31, 32, 33, 64, 65, 127, 128, 129, 256, 257, 400])
    test(`${size} bytes`, 'Length', random.hex(64), size);
  for (const length of [0, 1, 51, 52, 55, 59, 60, 61, 63, 65, 115, 116, 124, 128])
    test(`input of ${length} bytes`, 'InputLength', random.hex(length), 48);
  return file;
}
