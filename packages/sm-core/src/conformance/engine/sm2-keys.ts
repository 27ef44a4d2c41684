import { expectBytes, expectTrue } from '../kit.ts';
import {
  D_A,
  type EngineCase,
  expectInputsUnchanged,
  G_HEX,
  hex,
  MINUS_2G_HEX,
  MINUS_G_HEX,
  must,
  N_MINUS_2_HEX,
  ONE_PLUS_P,
  P_A,
  P_HEX,
  scalar,
  X_ONE_Y,
} from './support.ts';

const GENERATE = 'GB/T 32918.1-2016 §6.1';
const CHECK = 'GB/T 32918.1-2016 §6.2.1';

const ZERO = '00'.repeat(32);
const ONES = 'ff'.repeat(32);
const X_A = P_A.slice(2, 66);
const Y_A = P_A.slice(66);

const publicKeyOf = (id: string, d: string, expected: string) =>
  must(id, GENERATE, ['sm2.keygen'], (engine) => {
    expectBytes(engine.sm2PublicKey(hex(d)), hex(expected), 'public key');
  });

const accepts = (id: string, point: string) =>
  must(id, CHECK, ['sm2.verify'], (engine) => {
    expectTrue(engine.sm2IsPublicKey(hex(point)), 'a valid point was refused');
  });

const rejects = (id: string, point: string) =>
  must(id, CHECK, ['sm2.verify'], (engine) => {
    expectTrue(!engine.sm2IsPublicKey(hex(point)), 'an invalid point was accepted');
  });

/** SM2 key cases. */
export const SM2_KEY_CASES: readonly EngineCase[] = [
  publicKeyOf('sm2.key.annex-a2', D_A, P_A),
  publicKeyOf('sm2.key.smallest-private-key', scalar(1), G_HEX),
  publicKeyOf('sm2.key.largest-private-key', N_MINUS_2_HEX, MINUS_2G_HEX),
  accepts('sm2.key.accepts-annex-point', P_A),
  accepts('sm2.key.accepts-minus-g', MINUS_G_HEX),
  accepts('sm2.key.accepts-x-one', `04${scalar(1)}${X_ONE_Y}`),
  rejects('sm2.key.rejects-zero-coordinates', `04${ZERO}${ZERO}`),
  rejects('sm2.key.rejects-off-curve', `04${scalar(5)}${scalar(7)}`),
  rejects('sm2.key.rejects-y-plus-one', `04${X_A}${Y_A.slice(0, 62)}14`),
  rejects('sm2.key.rejects-swapped-coordinates', `04${Y_A}${X_A}`),
  rejects('sm2.key.rejects-x-not-reduced', `04${ONE_PLUS_P}${X_ONE_Y}`),
  rejects('sm2.key.rejects-x-equal-p', `04${P_HEX}${Y_A}`),
  rejects('sm2.key.rejects-all-ones', `04${ONES}${ONES}`),
  rejects('sm2.key.rejects-hybrid-prefix', `07${X_A}${Y_A}`),
  rejects('sm2.key.rejects-compressed-prefix', `03${X_A}${Y_A}`),
  rejects('sm2.key.rejects-zero-prefix', `00${X_A}${Y_A}`),
  rejects('sm2.key.rejects-missing-prefix', `${X_A}${Y_A}`),
  rejects('sm2.key.rejects-trailing-byte', `${P_A}00`),
  rejects('sm2.key.rejects-infinity', '00'),
  rejects(
    'sm2.key.rejects-nist-p256-generator',
    '046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296' +
      '4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5',
  ),
  must('sm2.key.private-key-is-not-changed', GENERATE, ['sm2.keygen'], (engine) => {
    const d = hex(D_A);
    expectInputsUnchanged([d], () => engine.sm2PublicKey(d));
  }),
];
