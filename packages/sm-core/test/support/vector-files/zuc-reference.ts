/**
 * ZUC-128 as it is written in the standard, one step after the other on arrays.
 *
 * @standard GB/T 33133.1-2016 §5, §6; GM/T 0001.2-2012, GM/T 0001.3-2012
 */
const S0 = Buffer.from(
  '3e725b47cae0003304d1549809b96dcb7b1bf932af9d6aa5b82dfc1d085303904d4e8499e4ced991ddb685488b296eac' +
    'cdc1f81e734369c6b5bdfd396320d438767db2a7cfed57c5f32cbb142106559be3ef5e314f7f5aa40d8251495fba581c' +
    '4a16d517a892241f8cffd8ae2e01d3ad3b4bda46ebc9de9a8f87d73a806f2fc8b1b437f70a2213287ccc3c89c7c39656' +
    '07bf7ef00b2b975235417961a64c10febc2695888ab0a3fbc01894f2e1e5e95dd0dc1166645cec59427512f5749caa23' +
    '0e86abbe2a02e767e644a26cc2939ff1f6fa36d250689e6271153dd640c4e20f8e83776b25053f0c30ea70b7a1e8a965' +
    '8d271adb81b3a0f4457a19dfee783460',
  'hex',
);
const S1 = Buffer.from(
  '55c263713bc847869f3cda5b29aafd778cc5940ca61a1300e3a8167240f9f8424426689681d9453e1076c6a78b3943e1' +
    '3ab5562ac06db3052266bfdc0bfa6248dd20110636c9c1cff62752bb69f5d4877f844cd29c57a4bc4f9adffed68d7aeb' +
    '2b53d85ca11417fb23d57d3067730809eeb7703f61b2198e4ee54b938f5ddba9adf1ae2ecb0dfcf42d466e1d97e8d1e9' +
    '4d37a5755e839eab829db91ce0cd498901b6bd5824a25f387899159050b895e4d091c7ceed0fb46fa0ccf0024a79c3de' +
    'a3efea51e66b18ec1b2c80f774e7ff215a6a541e41319235c433070aba7e0e3488b1987cf33d606c7bcad31f32650428' +
    '64be859b2f598ad7b025acaf1203e2f2',
  'hex',
);
const D = [
  0x44d7, 0x26bc, 0x626b, 0x135e, 0x5789, 0x35e2, 0x7135, 0x09af, 0x4d78, 0x2f13, 0x6bc4, 0x1af1, 0x5e26,
  0x3c4d, 0x789a, 0x47ac,
];
const MODULUS = 2 ** 31 - 1;

const rotate = (x: number, n: number): number => ((x << n) | (x >>> (32 - n))) >>> 0;
const substitute = (x: number): number =>
  ((S0[x >>> 24]! << 24) | (S1[(x >>> 16) & 255]! << 16) | (S0[(x >>> 8) & 255]! << 8) | S1[x & 255]!) >>> 0;
const l1 = (x: number): number => (x ^ rotate(x, 2) ^ rotate(x, 10) ^ rotate(x, 18) ^ rotate(x, 24)) >>> 0;
const l2 = (x: number): number => (x ^ rotate(x, 8) ^ rotate(x, 14) ^ rotate(x, 22) ^ rotate(x, 30)) >>> 0;

/** The first `count` words of the key stream. */
export function zucWords(key: Uint8Array, iv: Uint8Array, count: number): number[] {
  const s = D.map((d, i) => key[i]! * 2 ** 23 + d * 2 ** 8 + iv[i]!);
  let [r1, r2] = [0, 0];
  const high = (x: number): number => Math.floor(x / 2 ** 15);
  const low = (x: number): number => x % 2 ** 16;
  const step = (): { w: number; x3: number } => {
    // Bit reorganisation.
    const x0 = high(s[15]!) * 2 ** 16 + low(s[14]!);
    const x1 = low(s[11]!) * 2 ** 16 + high(s[9]!);
    const x2 = low(s[7]!) * 2 ** 16 + high(s[5]!);
    const x3 = low(s[2]!) * 2 ** 16 + high(s[0]!);
    const w = (((x0 ^ r1) >>> 0) + r2) % 2 ** 32;
    const [w1, w2] = [(r1 + x1) % 2 ** 32, (r2 ^ x2) >>> 0];
    r1 = substitute(l1(((w1 << 16) | (w2 >>> 16)) >>> 0));
    r2 = substitute(l2(((w2 << 16) | (w1 >>> 16)) >>> 0));
    return { w, x3 };
  };
  const shift = (u: number): void => {
    const sum =
      BigInt(s[15]!) * 32768n +
      BigInt(s[13]!) * 131072n +
      BigInt(s[10]!) * 2097152n +
      BigInt(s[4]!) * 1048576n +
      BigInt(s[0]!) * 257n;
    const next = Number((sum + BigInt(u)) % BigInt(MODULUS));
    s.shift();
    s.push(next === 0 ? MODULUS : next);
  };
  for (let i = 0; i < 32; i++) shift(Math.floor(step().w / 2));
  step();
  shift(0);
  return Array.from({ length: count }, () => {
    const { w, x3 } = step();
    shift(0);
    return (w ^ x3) >>> 0;
  });
}

export interface ZucFrame {
  readonly key: Uint8Array;
  readonly count: number;
  readonly bearer: number;
  readonly direction: 0 | 1;
}

function frameIv({ count, bearer, direction }: ZucFrame, mac: boolean): Uint8Array {
  const iv = Buffer.alloc(16);
  iv.writeUInt32BE(count);
  iv[4] = (bearer << 3) | (mac ? 0 : direction << 2);
  iv.copyWithin(8, 0, 8);
  if (mac) {
    iv[8]! ^= direction << 7;
    iv[14]! ^= direction << 7;
  }
  return iv;
}

/** 128-EEA3 over a number of bits; bits after the last are zero. @standard GM/T 0001.2-2012 */
export function eea3(frame: ZucFrame, data: Uint8Array, bits: number): Uint8Array {
  const words = zucWords(frame.key, frameIv(frame, false), Math.ceil(bits / 32));
  return data.slice(0, Math.ceil(bits / 8)).map((byte, i) => {
    const mixed = byte ^ ((words[i >> 2]! >>> (24 - 8 * (i & 3))) & 255);
    const left = bits - 8 * i;
    return left >= 8 ? mixed : mixed & (0xff << (8 - left));
  });
}

/** 128-EIA3 over a number of bits. @standard GM/T 0001.3-2012 */
export function eia3(frame: ZucFrame, data: Uint8Array, bits: number): number {
  const words = zucWords(frame.key, frameIv(frame, true), Math.ceil(bits / 32) + 2);
  const word = (at: number): number => {
    const [first, shift] = [words[at >> 5]!, at & 31];
    return shift === 0 ? first : ((first << shift) | (words[(at >> 5) + 1]! >>> (32 - shift))) >>> 0;
  };
  let t = 0;
  for (let i = 0; i < bits; i++) if ((data[i >> 3]! >> (7 - (i & 7))) & 1) t ^= word(i);
  t ^= word(bits);
  return (t ^ words.at(-1)!) >>> 0;
}
