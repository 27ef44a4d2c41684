import { SM2_CIPHER_CASES } from './sm2-cipher.ts';
import { SM2_EXCHANGE_CASES } from './sm2-exchange.ts';
import { SM2_KEY_CASES } from './sm2-keys.ts';
import { SM2_DECOMPRESS_CASES, SM2_MULTIPLY_CASES } from './sm2-points.ts';
import { SM2_PREPARED_PRIVATE_CASES, SM2_SIGN_CASES } from './sm2-sign.ts';
import { SM2_PREPARED_PUBLIC_CASES, SM2_VERIFY_CASES } from './sm2-verify.ts';
import type { EngineCase } from './support.ts';

/** Every case on SM2. */
export const SM2_CASES: readonly EngineCase[] = [
  ...SM2_KEY_CASES,
  ...SM2_DECOMPRESS_CASES,
  ...SM2_SIGN_CASES,
  ...SM2_PREPARED_PRIVATE_CASES,
  ...SM2_VERIFY_CASES,
  ...SM2_PREPARED_PUBLIC_CASES,
  ...SM2_CIPHER_CASES,
  ...SM2_MULTIPLY_CASES,
  ...SM2_EXCHANGE_CASES,
];
