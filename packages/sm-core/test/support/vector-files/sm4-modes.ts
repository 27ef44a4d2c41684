import { bytesOf, fixed, hexOf } from './bytes.ts';
import { VectorFileBuilder } from './file.ts';
import type { Seeded } from './seeded.ts';
import { openssl, opensslDecrypt } from './sm4-reference.ts';

const NOTES = {
  StandardAnnex: {
    bugType: 'BASIC',
    description: 'Examples of GB/T 32907-2016 annex A and of draft-ribose-cfrg-sm4-10.',
  },
  Ordinary: { bugType: 'BASIC', description: 'Random keys and messages.' },
  KeyPattern: {
    bugType: 'ARITHMETIC',
    description:
      'Keys and blocks of all zeros, all ones and single bits: every byte of the S-box and every shift.',
  },
  Length: {
    bugType: 'EDGE_CASE',
    description:
      'Lengths at the borders of blocks and of groups of 4, 8 and 16 blocks that are worked on together.',
  },
  CounterWrap: {
    bugType: 'ARITHMETIC',
    description:
      'The counter of 128 bits carries over 32, 64 and 96 bits and wraps, between blocks and inside a group of them.',
  },
  Chaining: {
    bugType: 'EDGE_CASE',
    description: 'Equal plaintext blocks, and ciphertext that is decrypted in groups.',
  },
  BadPadding: { bugType: 'MISSING_STEP', description: 'PKCS#7 with a wrong length, a wrong byte, or none.' },
  BadLength: { bugType: 'MISSING_STEP', description: 'A ciphertext that is not whole blocks.' },
} as const;
type Flag = keyof typeof NOTES;

const KEY = '0123456789abcdeffedcba9876543210';
const KEY2 = 'fedcba98765432100123456789abcdef';
const IV = '000102030405060708090a0b0c0d0e0f';
const TWO = 'aaaaaaaabbbbbbbbccccccccddddddddeeeeeeeeffffffffaaaaaaaabbbbbbbb';
const ANNEX: readonly (readonly [mode: string, key: string, msg: string, ct: string])[] = [
  ['ecb', KEY, KEY, '681edf34d206965e86b3e94f536e4246'],
  ['ecb', KEY2, IV, 'f766678f13f01adeac1b3ea955adb594'],
  ['ecb', KEY, TWO, '5ec8143de509cff7b5179f8f474b86192f1d305a7fb17df985f81c8482192304'],
  ['ecb', KEY2, TWO, 'c5876897e4a59bbba72a10c83872245b12dd90bc2d200692b529a4155ac9e600'],
  ['cbc', KEY, TWO, '78ebb11cc40b0a48312aaeb2040244cb4cb7016951909226979b0d15dc6a8f6d'],
  ['cbc', KEY2, TWO, '0d3a6ddc2d21c698857215587b7bb59a91f2c147911a4144665e1fa1d40bae38'],
];

/** ECB, CBC, CTR, CFB and OFB. */
export function sm4Modes(random: Seeded): VectorFileBuilder<Flag> {
  const file = new VectorFileBuilder<Flag>(
    'sm4/sm4-modes.json',
    'SM4',
    [
      'Modes without authentication, of GB/T 17964-2021. "padding" is "none" or "pkcs7" (CBC only). Valid cases',
      'hold in both directions, invalid ones are decryptions to refuse. ECB is a building block, not a mode to use.',
    ],
    [
      'OpenSSL through node:crypto: every case but that of a million encryptions, which is printed in the standard',
    ],
    NOTES,
  );
  const test = (what: string, flag: Flag, mode: string, key: string, iv: string, msg: string): void => {
    const ct = openssl(mode, bytesOf(key), mode === 'ecb' ? null : bytesOf(iv), bytesOf(msg));
    file.test(what, [flag], { key, ...(mode === 'ecb' ? {} : { iv }), msg, ct: hexOf(ct) });
  };
  for (const mode of ['ecb', 'cbc', 'ctr', 'cfb', 'ofb']) {
    file.group('Sm4Mode', { mode, padding: 'none' });
    for (const [of, key, msg, ct] of ANNEX) {
      if (of !== mode) continue;
      if (hexOf(openssl(mode, bytesOf(key), mode === 'ecb' ? null : bytesOf(IV), bytesOf(msg))) !== ct) {
        throw new Error('OpenSSL does not give the value of the annex');
      }
      test('annex', 'StandardAnnex', mode, key, IV, msg);
    }
    const whole = mode === 'ecb' || mode === 'cbc';
    for (let i = 0; i < 2; i++)
      test('random', 'Ordinary', mode, random.hex(16), random.hex(16), random.hex(16 * (i + 1)));
    const lengths = whole ? [0, 16, 48, 64, 128, 240, 256, 272] : [0, 1, 15, 17, 63, 65, 129, 255, 257];
    for (const length of lengths)
      test(`${length} bytes`, 'Length', mode, random.hex(16), random.hex(16), random.hex(length));
    if (mode === 'cbc')
      test('equal blocks', 'Chaining', mode, random.hex(16), random.hex(16), random.hex(16).repeat(18));
  }

  // Printed in the standard; OpenSSL block by block takes too long for a generator that tests run.
  file.group('Sm4Iterated');
  file.test('GB/T 32907-2016 A.2', ['StandardAnnex'], {
    key: KEY,
    msg: KEY,
    iterations: 1_000_000,
    ct: '595298c7c6fd271f0402f804c33d3f66',
  });

  file.group('Sm4Mode', { mode: 'ecb', padding: 'none' });
  test('all zeros', 'KeyPattern', 'ecb', '00'.repeat(16), '', '00'.repeat(16));
  test('all ones', 'KeyPattern', 'ecb', 'ff'.repeat(16), '', 'ff'.repeat(16));
  // 256 blocks would be the whole S-box in every column; 16 blocks of 16 different bytes are it once.
  const bytes = Array.from({ length: 256 }, (_, i) => fixed(BigInt(i), 1)).join('');
  test('every byte value', 'KeyPattern', 'ecb', IV, '', bytes);
  for (let bit = 0n; bit < 128n; bit += 13n) {
    test(`key bit ${bit}`, 'KeyPattern', 'ecb', fixed(1n << bit, 16), '', '00'.repeat(16));
    test(`block bit ${bit}`, 'KeyPattern', 'ecb', '00'.repeat(16), '', fixed(1n << bit, 16));
  }

  file.group('Sm4Mode', { mode: 'ctr', padding: 'none' });
  const all = 2n ** 128n;
  for (const [what, counter, blocks] of [
    ['all ones', all - 1n, 3],
    ['wraps in the third block', all - 3n, 5],
    ['wraps in the 17th block', all - 17n, 19],
    ['carry over 8 bits', 0xffn, 2],
    ['carry over 16 bits', 0xfffen, 4],
    ['carry over 32 bits', 2n ** 32n - 2n, 5],
    ['carry over 32 bits in the 9th block', 2n ** 32n - 9n, 12],
    ['carry over 64 bits', 2n ** 64n - 1n, 3],
    ['carry over 64 bits in the 16th block', 2n ** 64n - 16n, 20],
    ['carry over 96 bits', 2n ** 96n - 2n, 4],
    ['carry over 127 bits', 2n ** 127n - 1n, 3],
    ['zero', 0n, 2],
  ] as const)
    test(what, 'CounterWrap', 'ctr', random.hex(16), fixed(counter, 16), random.hex(blocks * 16 - 5));

  file.group('Sm4Mode', { mode: 'cbc', padding: 'pkcs7' });
  for (const length of [0, 1, 15, 16, 17, 32, 100]) {
    const [key, iv, msg] = [random.hex(16), random.hex(16), random.hex(length)];
    const ct = hexOf(openssl('cbc', bytesOf(key), bytesOf(iv), bytesOf(msg), true));
    file.test(`${length} bytes`, ['Length'], { key, iv, msg, ct });
  }
  for (const [what, last] of [
    ['padding of zero bytes', '00'.repeat(16)],
    ['padding 11, one more than a block', `${'11'.repeat(16)}`],
    ['padding ff', `${'00'.repeat(15)}ff`],
    ['padding 80', `${'00'.repeat(15)}80`],
    ['padding 02 after 01', `${'00'.repeat(14)}0102`],
    ['padding 10 with one wrong byte', `11${'10'.repeat(15)}`],
    ['padding 04 with its first byte wrong', `${'00'.repeat(12)}05040404`],
    ['padding 03 with its middle byte wrong', `${'00'.repeat(13)}030203`],
    ['bits and zeros', `80${'00'.repeat(15)}`],
  ] as const) {
    const [key, iv] = [random.hex(16), random.hex(16)];
    const ct = openssl('cbc', bytesOf(key), bytesOf(iv), bytesOf(random.hex(16) + last));
    let refused = false;
    try {
      opensslDecrypt('cbc', bytesOf(key), bytesOf(iv), ct);
    } catch {
      refused = true;
    }
    if (!refused) throw new Error(`OpenSSL accepts ${what}`);
    file.test(what, ['BadPadding'], { key, iv, ct: hexOf(ct) }, 'invalid');
  }
  for (const length of [0, 1, 15, 17, 31])
    file.test(`${length} bytes`, ['BadLength'], { key: KEY, iv: IV, ct: random.hex(length) }, 'invalid');
  return file;
}
