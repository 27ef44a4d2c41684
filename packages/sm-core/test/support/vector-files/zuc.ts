import { bytesOf, fixed, hexOf } from './bytes.ts';
import { VectorFileBuilder } from './file.ts';
import type { Seeded } from './seeded.ts';
import { eea3, eia3, type ZucFrame, zucWords } from './zuc-reference.ts';

const NOTES = {
  StandardAnnex: { bugType: 'BASIC', description: 'Examples of GM/T 0001.1, .2 and .3.' },
  Ordinary: { bugType: 'BASIC', description: 'Random inputs.' },
  KeyPattern: {
    bugType: 'ARITHMETIC',
    description: 'Keys and initial vectors of all zeros, all ones and single bits.',
  },
  LongStream: {
    bugType: 'EDGE_CASE',
    description: 'Words far into the stream; cells of the register that become 0 stand for 2^31-1.',
  },
  Length: {
    bugType: 'EDGE_CASE',
    description:
      'Numbers of bits that end inside a byte or at the border of a word: the rest of the last byte is 0.',
  },
  FrameFields: {
    bugType: 'ENCODING',
    description:
      'COUNT, BEARER and DIRECTION at the ends of their ranges: where they stand in the initial vector.',
  },
  SpareBits: {
    bugType: 'EDGE_CASE',
    description: 'Bits after the last one of the message are not looked at.',
  },
} as const;
type Flag = keyof typeof NOTES;

function expect(actual: string, expected: string): void {
  if (actual !== expected) throw new Error(`the reference gives ${actual}, the standard ${expected}`);
}

/** Key streams, EEA3 and EIA3. */
export function zucFile(random: Seeded): VectorFileBuilder<Flag> {
  const file = new VectorFileBuilder<Flag>(
    'zuc/zuc.json',
    'ZUC-128',
    [
      'Key streams as 32-bit words, the confidentiality algorithm EEA3 and the integrity algorithm EIA3; "bits" is LENGTH.',
    ],
    [
      'A reference of arrays that gives the printed values of GM/T 0001.1, .2 and .3 and of OpenSSL forks; no second tool at hand has ZUC',
    ],
    NOTES,
  );
  file.group('ZucKeystream');
  const stream = (what: string, flag: Flag, key: string, iv: string, words: number, skip = 0): void => {
    const all = zucWords(bytesOf(key), bytesOf(iv), skip + words).slice(skip);
    file.test(what, [flag], {
      key,
      iv,
      skipWords: skip,
      keystream: all.map((word) => fixed(BigInt(word), 4)).join(''),
    });
  };
  const [zeros, ones] = ['00'.repeat(16), 'ff'.repeat(16)];
  expect(
    zucWords(bytesOf(zeros), bytesOf(zeros), 2)
      .map((w) => fixed(BigInt(w), 4))
      .join(),
    '27bede74,018082da',
  );
  expect(
    zucWords(bytesOf(ones), bytesOf(ones), 2)
      .map((w) => fixed(BigInt(w), 4))
      .join(),
    '0657cfa0,7096398b',
  );
  const third = ['3d4c4be96a82fdaeb58f641db17b455b', '84319aa8de6915ca1f6bda6bfbd8c766'] as const;
  expect(
    zucWords(bytesOf(third[0]), bytesOf(third[1]), 2)
      .map((w) => fixed(BigInt(w), 4))
      .join(),
    '14f1c272,3279c419',
  );
  stream('zeros', 'StandardAnnex', zeros, zeros, 2);
  stream('ones', 'StandardAnnex', ones, ones, 2);
  stream('third', 'StandardAnnex', third[0], third[1], 2);
  for (let i = 0; i < 4; i++) stream('random', 'Ordinary', random.hex(16), random.hex(16), 1 + i * 5);
  for (let bit = 0n; bit < 128n; bit += 13n) {
    stream(`key bit ${bit}`, 'KeyPattern', fixed(1n << bit, 16), zeros, 3);
    stream(`initial vector bit ${bit}`, 'KeyPattern', zeros, fixed(1n << bit, 16), 3);
  }
  for (const skip of [15, 16, 17, 100, 1000, 20_000])
    stream(`after ${skip} words`, 'LongStream', random.hex(16), random.hex(16), 4, skip);

  const frame = (key: string, count: number, bearer: number, direction: 0 | 1): ZucFrame => ({
    key: bytesOf(key),
    count,
    bearer,
    direction,
  });
  const fields = (key: string, { count, bearer, direction }: ZucFrame, bits: number, msg: string) => ({
    key,
    count,
    bearer,
    direction,
    bits,
    msg,
  });
  file.group('ZucEea3');
  const cipher = (
    what: string,
    flag: Flag,
    key: string,
    count: number,
    bearer: number,
    direction: 0 | 1,
    msg: string,
    bits = msg.length * 4,
  ): void => {
    const f = frame(key, count, bearer, direction);
    file.test(what, [flag], { ...fields(key, f, bits, msg), ct: hexOf(eea3(f, bytesOf(msg), bits)) });
  };
  const first = [
    '173d14ba5003731d7a60049470f00a29',
    0x66035492,
    0xf,
    0,
    '6cf65340735552ab0c9752fa6f9025fe0bd675d9005875b2',
  ] as const;
  expect(
    hexOf(eea3(frame(first[0], first[1], first[2], first[3]), bytesOf(first[4]), 193 - 1)),
    'a6c85fc66afb8533aafc2518dfe784940ee1e4b030238cc8',
  );
  cipher('first example', 'StandardAnnex', first[0], first[1], first[2], first[3], `${first[4]}00`, 193);
  for (const bits of [1, 7, 8, 9, 31, 32, 33, 63, 64, 65, 120, 129, 255, 257, 800])
    cipher(
      `${bits} bits`,
      'Length',
      random.hex(16),
      random.below(2 ** 31),
      random.below(32),
      (bits & 1) as 0 | 1,
      random.hex(Math.ceil(bits / 8)),
      bits,
    );
  const ends = [
    [0, 0, 0],
    [0, 0, 1],
    [2 ** 32 - 1, 31, 0],
    [2 ** 32 - 1, 31, 1],
    [2 ** 31, 16, 0],
    [1, 1, 1],
    [0x01020304, 0x15, 1],
  ] as const;
  for (const [count, bearer, direction] of ends)
    cipher(
      `COUNT ${count}, BEARER ${bearer}, DIRECTION ${direction}`,
      'FrameFields',
      random.hex(16),
      count,
      bearer,
      direction,
      random.hex(12),
    );

  file.group('ZucEia3');
  const mac = (
    what: string,
    flag: Flag,
    key: string,
    count: number,
    bearer: number,
    direction: 0 | 1,
    msg: string,
    bits = msg.length * 4,
  ): void => {
    const f = frame(key, count, bearer, direction);
    file.test(what, [flag], {
      ...fields(key, f, bits, msg),
      mac: fixed(BigInt(eia3(f, bytesOf(msg), bits)), 4),
    });
  };
  expect(fixed(BigInt(eia3(frame(zeros, 0, 0, 0), bytesOf('00000000'), 1)), 4), 'c8a9595e');
  const second = '47054125561eb2dda94059da05097850';
  expect(
    fixed(BigInt(eia3(frame(second, 0x561eb2dd, 0x14, 0), bytesOf('00'.repeat(12)), 90)), 4),
    '6719a088',
  );
  // The forks count whole bytes.
  expect(fixed(BigInt(eia3(frame(zeros, 0, 0, 0), bytesOf('00'), 8)), 4), '390a91b7');
  expect(
    fixed(BigInt(eia3(frame(second, 0x561eb2dd, 0x14, 0), bytesOf('00'.repeat(12)), 96)), 4),
    '89a58b47',
  );
  mac('one bit', 'StandardAnnex', zeros, 0, 0, 0, '00', 1);
  mac('90 bits', 'StandardAnnex', second, 0x561eb2dd, 0x14, 0, '00'.repeat(12), 90);
  mac('8 bits', 'StandardAnnex', zeros, 0, 0, 0, '00');
  for (const bits of [1, 2, 7, 8, 9, 31, 32, 33, 63, 64, 65, 90, 127, 128, 129, 577, 801])
    mac(
      `${bits} bits`,
      'Length',
      random.hex(16),
      random.below(2 ** 31),
      random.below(32),
      (bits & 1) as 0 | 1,
      random.hex(Math.ceil(bits / 8)),
      bits,
    );
  for (const [count, bearer, direction] of ends)
    mac(
      `COUNT ${count}, BEARER ${bearer}, DIRECTION ${direction}`,
      'FrameFields',
      random.hex(16),
      count,
      bearer,
      direction,
      random.hex(12),
    );
  const key = random.hex(16);
  for (const last of ['80', '9f', 'ff'])
    mac(`last byte ${last}, one bit of it counts`, 'SpareBits', key, 7, 3, 1, `a5a5${last}`, 17);
  return file;
}
