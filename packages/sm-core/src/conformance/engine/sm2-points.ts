import { equalBytes } from '../../encoding/bytes.ts';
import { KAT_SM2_SIGN } from '../../spec/v1/known-answers.ts';
import { expectBytes, expectTrue } from '../kit.ts';
import {
  D_A,
  type EngineCase,
  expectInputsUnchanged,
  expectNothing,
  G_HEX,
  hex,
  MINUS_2G_HEX,
  MINUS_G_HEX,
  must,
  N_MINUS_1_HEX,
  N_MINUS_2_HEX,
  ONE_PLUS_P,
  P_A,
  P_HEX,
  scalar,
  X_ONE_Y,
} from './support.ts';

const DECOMPRESS = 'GB/T 32918.1-2016 §4.2.9, Annex B.1.4';
const MULTIPLY = 'GB/T 32918.1-2016 §4.1.4';
const X_A = P_A.slice(2, 66);
const X_G = G_HEX.slice(2, 66);
const ONES = 'ff'.repeat(32);

/** The point with x = 0, and points of small multiples, computed for this suite. */
const X_ZERO_Y = 'fd4511e81736a60f07e88a83d6cf5a167fae6d1a9c9330e76e232e00f5cdc154';
const MINUS_P_A = `${P_A.slice(0, 66)}3315b6f21d988a5ad239158e733e559ff512fa030ca1f7b699cd09f8d25652ec`;
const TWO_P_A =
  '0463ceed557b9e861ea36f9ea27f550c1d58855a331c8ddd3c2c8e898325b749ee' +
  '02811966a99f643489fda2f303744c096b03c6162931c0509c3e20fbc53bdf79';
/** The annex nonce times P_A, and times the point with x = 1. */
const K_P_A =
  '04335e18d751e51f040e27d468138b7ab1dc86ad7f981d7d416222fd6ab3ed230d' +
  'ab743ebcfb22d64f7b6ab791f70658f25b48fa93e54064fdbfbed3f0bd847ac9';
const K_X_ONE =
  '04657a6fff862fedeef628cec3da1feb0e874e99ca5aa927a8820527cf70124d7d' +
  'e0bc165e2a38a07280aa18ee6c3f3a1d17f44f0a90da4bb7b201d97089a1ec42';
/** (n-1)/2 and (n+1)/2, which differ in the sign of the product, and 2^128 - 1. */
const HALF_DOWN = '7fffffff7fffffffffffffffffffffffb901efb590e30295a9ddfa049ceaa091';
const HALF_UP = '7fffffff7fffffffffffffffffffffffb901efb590e30295a9ddfa049ceaa092';
const HALF_X = '5513753bc17ebd04ebcfb8c3abde09cee88896e8b3c5c648d895da4952f02bc7';
const HALF_DOWN_Y = 'a73ae8921991bb4fbbedf4e301251ab4b9b3b9d6325fbc1c3be4f2f019e3b000';
const HALF_UP_Y = '58c5176ce66e44b044120b1cfedae54b464c4628cda043e4c41b0d0fe61c4fff';
const TWO_128_MINUS_1 = `${'00'.repeat(16)}${'ff'.repeat(16)}`;
const TWO_128_P_A =
  '04a0cee87eeffadf18154a23a43c8cfb867998df080d93ebc02d065e7b35f3d573' +
  'e0aa3eadf7996fddba3599f1a328e5b57eec78da12b793f3df3199161b861295';

const decompresses = (name: string, compressed: string, point: string) =>
  must(`sm2.decompress.${name}`, DECOMPRESS, ['sm2.decompress'], (engine) => {
    const result = engine.sm2Decompress(hex(compressed));
    expectBytes(result ?? new Uint8Array(0), hex(point), 'point');
  });

const rejects = (name: string, compressed: string) =>
  must(`sm2.decompress.rejects-${name}`, DECOMPRESS, ['sm2.decompress'], (engine) => {
    expectNothing(engine.sm2Decompress(hex(compressed)), 'decompression');
  });

/** Cases of compressed points. */
export const SM2_DECOMPRESS_CASES: readonly EngineCase[] = [
  decompresses('odd-y', `03${X_A}`, P_A),
  decompresses('even-y-is-another-point', `02${X_A}`, MINUS_P_A),
  decompresses('generator', `02${X_G}`, G_HEX),
  decompresses('minus-generator', `03${X_G}`, MINUS_G_HEX),
  decompresses('x-zero', `02${scalar(0)}`, `04${scalar(0)}${X_ZERO_Y}`),
  decompresses('x-one', `03${scalar(1)}`, `04${scalar(1)}${X_ONE_Y}`),
  rejects('x-without-a-point', `02${scalar(2)}`),
  rejects('x-without-a-point-odd', `03${scalar(3)}`),
  rejects('p-minus-one', `02${P_HEX.slice(0, 62)}fe`),
  rejects('x-not-reduced', `03${ONE_PLUS_P}`),
  rejects('x-equal-p', `02${P_HEX}`),
  rejects('all-ones', `03${ONES}`),
  rejects('uncompressed-prefix', `04${X_A}`),
  rejects('zero-prefix', `00${X_A}`),
  rejects('hybrid-prefix', `07${X_A}`),
  rejects('high-bits-of-the-prefix', `83${X_A}`),
  rejects('uncompressed-point', P_A),
  rejects('missing-prefix', X_A),
  rejects('truncated', `03${X_A.slice(2)}`),
  rejects('trailing-byte', `03${X_A}00`),
  rejects('infinity', '00'),
  rejects('empty', ''),
  must('sm2.decompress.input-is-not-changed', DECOMPRESS, ['sm2.decompress'], (engine) => {
    const compressed = hex(`03${X_A}`);
    expectInputsUnchanged([compressed], () => engine.sm2Decompress(compressed));
  }),
];

const multiplies = (name: string, d: string, point: string, product: string) =>
  must(`sm2.multiply.${name}`, MULTIPLY, ['sm2.multiply'], (engine) => {
    expectBytes(engine.sm2Multiply(hex(d), hex(point)), hex(product), 'product');
  });

/** Cases of multiples of a point. */
export const SM2_MULTIPLY_CASES: readonly EngineCase[] = [
  multiplies('g-by-the-annex-key', D_A, G_HEX, P_A),
  multiplies('annex-point', KAT_SM2_SIGN.k, P_A, K_P_A),
  multiplies('x-one', KAT_SM2_SIGN.k, `04${scalar(1)}${X_ONE_Y}`, K_X_ONE),
  multiplies('by-one-does-not-change', scalar(1), P_A, P_A),
  multiplies('by-two-is-not-an-addition', scalar(2), P_A, TWO_P_A),
  multiplies('by-n-minus-1-is-another-sign', N_MINUS_1_HEX, P_A, MINUS_P_A),
  multiplies('g-by-n-minus-1', N_MINUS_1_HEX, G_HEX, MINUS_G_HEX),
  multiplies('g-by-n-minus-2', N_MINUS_2_HEX, G_HEX, MINUS_2G_HEX),
  multiplies('by-half-of-n-down', HALF_DOWN, P_A, `04${HALF_X}${HALF_DOWN_Y}`),
  multiplies('by-half-of-n-up-is-not-the-same', HALF_UP, P_A, `04${HALF_X}${HALF_UP_Y}`),
  multiplies('by-ones-does-not-lose-a-carry', TWO_128_MINUS_1, P_A, TWO_128_P_A),
  must('sm2.multiply.order-does-not-matter', MULTIPLY, ['sm2.multiply', 'sm2.keygen'], (engine, context) => {
    for (let i = 0; i < 4; i++) {
      // 31 bytes: below n, and not zero but once in 2^248.
      const [a, b] = [`a${i}`, `b${i}`].map((label) => Uint8Array.of(0, ...context.bytes(label, 31)));
      const ab = engine.sm2Multiply(a!, engine.sm2PublicKey(b!));
      expectBytes(engine.sm2Multiply(b!, engine.sm2PublicKey(a!)), ab, '[b][a]G');
    }
  }),
  must('sm2.multiply.another-point-is-another-product', MULTIPLY, ['sm2.multiply'], (engine) => {
    const [first, second] = [P_A, MINUS_P_A].map((point) => engine.sm2Multiply(hex(D_A), hex(point)));
    expectBytes(second!.subarray(1, 33), first!.subarray(1, 33), 'x of the negative');
    expectTrue(!equalBytes(first!, second!), 'a point and its negative have one product');
  }),
  must('sm2.multiply.inputs-are-not-changed', MULTIPLY, ['sm2.multiply'], (engine) => {
    const inputs = [hex(D_A), hex(P_A)] as const;
    expectInputsUnchanged(inputs, () => engine.sm2Multiply(...inputs));
  }),
];
