import { bytesOf, fixed, hexOf } from './bytes.ts';
import { type Note, VectorFileBuilder } from './file.ts';
import type { Seeded } from './seeded.ts';
import { ccm, gcm, nonceFor } from './sm4-reference.ts';

const NOTES = {
  StandardAnnex: { bugType: 'BASIC', description: 'The example of RFC 8998 annex A.' },
  Ordinary: { bugType: 'BASIC', description: 'Random inputs.' },
  Length: {
    bugType: 'EDGE_CASE',
    description: 'Messages and associated data at the borders of blocks and of groups of blocks.',
  },
  NonceLength: {
    bugType: 'EDGE_CASE',
    description: 'Nonces of the lengths that the mode allows; those that it does not allow are invalid.',
  },
  TagLength: { bugType: 'EDGE_CASE', description: 'Tags of the lengths that the mode allows.' },
  ModifiedTag: {
    bugType: 'AUTH_BYPASS',
    description: 'One bit of the tag: a comparison that stops early or skips bytes.',
  },
  ModifiedInput: { bugType: 'AUTH_BYPASS', description: 'One bit of ciphertext, associated data or nonce.' },
  TruncatedTag: {
    bugType: 'AUTH_BYPASS',
    description: 'A tag that is cut off, empty or too long: comparing only what is there accepts it.',
  },
} as const;
type Flag = keyof typeof NOTES | 'CounterWrap';

const RFC_KEY = '0123456789abcdeffedcba9876543210';
const RFC_NONCE = '00001234567800000000abcd';
const RFC_AAD = 'feedfacedeadbeeffeedfacedeadbeefabaddad2';
const RFC_MSG = ['aa', 'bb', 'cc', 'dd', 'ee', 'ff', 'ee', 'aa'].map((byte) => byte.repeat(8)).join('');

type Seal = (
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  msg: Uint8Array,
  tagBytes: number,
) => { ct: Uint8Array; tag: Uint8Array };

class AeadFile<F extends Flag> extends VectorFileBuilder<F> {
  readonly #seal: Seal;
  #shape = '';

  constructor(name: string, seal: Seal, notes: Readonly<Record<F, Note>>) {
    super(
      `sm4/sm4-${name}.json`,
      `SM4-${name.toUpperCase()}`,
      ['Sizes are in bits. Valid cases hold in both directions, invalid ones are openings that must fail.'],
      [
        `SM4 by OpenSSL through node:crypto; ${name.toUpperCase()} over it by a bitwise reference that gives the value of RFC 8998`,
      ],
      notes,
    );
    this.#seal = seal;
  }

  #sized(iv: string, tag: string): void {
    const shape = `${iv.length}/${tag.length}`;
    if (shape !== this.#shape)
      this.group('AeadTest', { ivSize: iv.length * 4, keySize: 128, tagSize: tag.length * 4 });
    this.#shape = shape;
  }

  seals(what: string, flag: F, key: string, iv: string, aad: string, msg: string, tagBytes = 16): void {
    const { ct, tag } = this.#seal(bytesOf(key), bytesOf(iv), bytesOf(aad), bytesOf(msg), tagBytes);
    const cut = hexOf(tag.subarray(0, tagBytes));
    this.#sized(iv, cut);
    this.test(what, [flag], { key, iv, aad, msg, ct: hexOf(ct), tag: cut });
  }

  refuses(what: string, flag: F, key: string, iv: string, aad: string, ct: string, tag: string): void {
    this.#sized(iv, tag);
    this.test(what, [flag], { key, iv, aad, msg: '', ct, tag }, 'invalid');
  }
}

function common<F extends Flag>(
  file: AeadFile<F>,
  random: Seeded,
  seal: Seal,
  flag: (name: keyof typeof NOTES) => F,
): void {
  file.seals('annex A', flag('StandardAnnex'), RFC_KEY, RFC_NONCE, RFC_AAD, RFC_MSG);
  for (let i = 0; i < 3; i++)
    file.seals(
      'random',
      flag('Ordinary'),
      random.hex(16),
      random.hex(12),
      random.hex(random.below(40)),
      random.hex(random.below(90)),
    );
  for (const length of [0, 1, 15, 16, 17, 31, 33, 63, 64, 65, 127, 129, 255, 256, 257])
    file.seals(
      `message of ${length} bytes`,
      flag('Length'),
      random.hex(16),
      random.hex(12),
      '',
      random.hex(length),
    );
  for (const length of [1, 13, 14, 15, 16, 17, 32, 65, 128])
    file.seals(
      `associated data of ${length} bytes`,
      flag('Length'),
      random.hex(16),
      random.hex(12),
      random.hex(length),
      random.hex(length % 19),
    );

  const [key, iv, aad, msg] = [random.hex(16), random.hex(12), random.hex(21), random.hex(37)];
  const made = seal(bytesOf(key), bytesOf(iv), bytesOf(aad), bytesOf(msg), 16);
  const [ct, tag] = [hexOf(made.ct), hexOf(made.tag)];
  const flip = (hex: string, bit: number): string => {
    const bytes = Buffer.from(hex, 'hex');
    bytes[bit >> 3]! ^= 0x80 >> (bit & 7);
    return bytes.toString('hex');
  };
  for (const bit of [0, 7, 8, 31, 32, 63, 64, 71, 95, 96, 119, 120, 127])
    file.refuses(`tag bit ${bit}`, flag('ModifiedTag'), key, iv, aad, ct, flip(tag, bit));
  file.refuses('tag of zeros', flag('ModifiedTag'), key, iv, aad, ct, '00'.repeat(16));
  file.refuses('tag of ones', flag('ModifiedTag'), key, iv, aad, ct, 'ff'.repeat(16));
  file.refuses(
    'all bits of the tag',
    flag('ModifiedTag'),
    key,
    iv,
    aad,
    ct,
    fixed(BigInt(`0x${tag}`) ^ (2n ** 128n - 1n), 16),
  );
  for (const bit of [0, 130, 255, 256, 295])
    file.refuses(`ciphertext bit ${bit}`, flag('ModifiedInput'), key, iv, aad, flip(ct, bit), tag);
  for (const bit of [0, 100, 167])
    file.refuses(`associated data bit ${bit}`, flag('ModifiedInput'), key, iv, flip(aad, bit), ct, tag);
  for (const bit of [0, 95])
    file.refuses(`nonce bit ${bit}`, flag('ModifiedInput'), key, flip(iv, bit), aad, ct, tag);
  file.refuses('other key', flag('ModifiedInput'), flip(key, 127), iv, aad, ct, tag);
  file.refuses('a zero after the associated data', flag('ModifiedInput'), key, iv, `${aad}00`, ct, tag);
  file.refuses('a zero after the ciphertext', flag('ModifiedInput'), key, iv, aad, `${ct}00`, tag);
  file.refuses('ciphertext a byte short', flag('ModifiedInput'), key, iv, aad, ct.slice(0, -2), tag);
  file.refuses('associated data and ciphertext exchanged', flag('ModifiedInput'), key, iv, ct, aad, tag);
  for (const bytes of [0, 1, 3])
    file.refuses(`tag of ${bytes} bytes`, flag('TruncatedTag'), key, iv, aad, ct, tag.slice(0, bytes * 2));
  file.refuses('tag of 17 bytes', flag('TruncatedTag'), key, iv, aad, ct, `${tag}00`);
}

const GCM_NOTES = {
  ...NOTES,
  CounterWrap: {
    bugType: 'ARITHMETIC',
    description:
      'The counter is the low 32 bits and wraps without a carry, between blocks and inside a group of them.',
  },
} as const;

/** SM4-GCM. */
export function sm4Gcm(random: Seeded): AeadFile<keyof typeof GCM_NOTES> {
  const file = new AeadFile<keyof typeof GCM_NOTES>('gcm', gcm, GCM_NOTES);
  if (
    hexOf(gcm(bytesOf(RFC_KEY), bytesOf(RFC_NONCE), bytesOf(RFC_AAD), bytesOf(RFC_MSG)).tag) !==
    '83de3541e4c2b58177e065a9bf7b62ec'
  ) {
    throw new Error('the reference does not give the tag of RFC 8998 §A.1');
  }
  common(file, random, gcm, (name) => name);
  for (const length of [1, 8, 11, 13, 15, 16, 17, 32, 60, 128])
    file.seals(
      `nonce of ${length} bytes`,
      'NonceLength',
      random.hex(16),
      random.hex(length),
      random.hex(5),
      random.hex(33),
    );
  file.refuses('no nonce', 'NonceLength', random.hex(16), '', '', '', random.hex(16));
  for (const [what, low, blocks] of [
    ['wraps after the first block', 2n ** 32n - 2n, 3],
    ['starts at all ones', 2n ** 32n - 1n, 2],
    ['wraps inside four blocks', 2n ** 32n - 4n, 6],
    ['wraps inside 16 blocks', 2n ** 32n - 10n, 18],
    ['wraps after 16 blocks', 2n ** 32n - 18n, 19],
  ] as const) {
    const key = random.hex(16);
    const j0 = (BigInt(`0x${random.hex(12)}`) << 32n) + low;
    file.seals(what, 'CounterWrap', key, hexOf(nonceFor(bytesOf(key), j0)), '', random.hex(blocks * 16 - 3));
  }
  for (const tagBytes of [12, 13, 14, 15])
    file.seals(
      `tag of ${tagBytes} bytes`,
      'TagLength',
      random.hex(16),
      random.hex(12),
      random.hex(8),
      random.hex(20),
      tagBytes,
    );
  return file;
}

/** SM4-CCM. */
export function sm4Ccm(random: Seeded): AeadFile<keyof typeof NOTES> {
  const file = new AeadFile<keyof typeof NOTES>('ccm', ccm, NOTES);
  if (
    hexOf(ccm(bytesOf(RFC_KEY), bytesOf(RFC_NONCE), bytesOf(RFC_AAD), bytesOf(RFC_MSG), 16).tag) !==
    '16842d4fa186f56ab33256971fa110f4'
  ) {
    throw new Error('the reference does not give the tag of RFC 8998 §A.2');
  }
  common(file, random, ccm, (name) => name);
  for (const length of [7, 8, 9, 10, 11, 13])
    file.seals(
      `nonce of ${length} bytes`,
      'NonceLength',
      random.hex(16),
      random.hex(length),
      random.hex(5),
      random.hex(33),
    );
  for (const length of [0, 1, 6, 14, 15, 16])
    file.refuses(
      `nonce of ${length} bytes`,
      'NonceLength',
      random.hex(16),
      random.hex(length),
      '',
      random.hex(3),
      random.hex(16),
    );
  for (const tagBytes of [4, 6, 8, 10, 12, 14])
    file.seals(
      `tag of ${tagBytes} bytes`,
      'TagLength',
      random.hex(16),
      random.hex(12),
      random.hex(8),
      random.hex(20),
      tagBytes,
    );
  return file;
}
