import { fromHex, toHex } from '../../encoding/bytes.ts';
import type { EngineCapability, RandomSource, SmEngine } from '../../spec/v1/engine.ts';
import { KAT_SM2_SIGN } from '../../spec/v1/known-answers.ts';
import { type CaseContext, type ConformanceCase, ConformanceFailure, expectTrue } from '../kit.ts';

/** One case of the engine suite. */
export type EngineCase = ConformanceCase<SmEngine>;

export const hex = fromHex;

/** A MUST case. */
export function must(
  id: string,
  clause: string,
  requires: readonly EngineCapability[],
  run: EngineCase['run'],
): EngineCase {
  return { id, clause, level: 'MUST', requires, run };
}

/** The annex key pair. */
export const D_A: string = KAT_SM2_SIGN.d;
export const P_A: string = KAT_SM2_SIGN.publicKey;
/** n and p of the curve. @standard GB/T 32918.5-2017 §2 */
export const N_HEX = 'fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123';
export const P_HEX = 'fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff';
/** n - 1, and points of small multiples of G, computed for this suite. */
export const N_MINUS_1_HEX = 'fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54122';
export const N_MINUS_2_HEX = 'fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54121';
export const G_HEX =
  '0432c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7' +
  'bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0';
/** [n-1]G = -G. */
export const MINUS_G_HEX =
  '0432c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7' +
  '43c8c95c0b098863a642311c9496deac2f56788239d5b8c0fd20cd1adec60f5f';
/** [n-2]G = -2G. */
export const MINUS_2G_HEX =
  '0456cefd60d7c87c000d58ef57fa73ba4d9c0dfa08c08a7331495c2e1da3f2bd52' +
  'ce481818337e760997aca31f07150e429217b3e6d093718f9087f2c568f5dc3c';
/** The point of the curve with x = 1, its y; and 1 + p, the same field element not reduced. */
export const X_ONE_Y = '9f7a091433a81e3f218f405f792355bf2aa98b5ffa95982f03870800065279a3';
export const ONE_PLUS_P = 'fffffffeffffffffffffffffffffffffffffffff000000010000000000000000';

export const scalar = (value: number): string => value.toString(16).padStart(64, '0');

/** Byte j is j mod 251, so that no two blocks are equal. */
export const pattern = (length: number): Uint8Array => Uint8Array.from({ length }, (_, j) => j % 251);

/** A copy with one bit changed; `at` counts from the end when negative. */
export function flip(bytes: Uint8Array, at: number, bit = 0): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at < 0 ? copy.length + at : at]! ^= 1 << bit;
  return copy;
}

/** Reproducible random bytes of one case; each label is its own stream. */
export function seeded(context: CaseContext, label: string): RandomSource {
  let call = 0;
  return {
    fill(out) {
      out.set(context.bytes(`${label} ${call++}`, out.length));
    },
  };
}

/**
 * Gives the listed 32-byte values, one for each scalar that the engine draws, and
 * counts how many were used. An engine may draw them in pieces.
 */
export class ScriptedNonces implements RandomSource {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(...nonces: readonly string[]) {
    this.#bytes = hex(nonces.join(''));
  }

  get used(): number {
    return Math.ceil(this.#at / 32);
  }

  fill(out: Uint8Array): void {
    if (this.#at + out.length > this.#bytes.length) {
      throw new ConformanceFailure('the engine drew more nonces than the case allows');
    }
    out.set(this.#bytes.subarray(this.#at, this.#at + out.length));
    this.#at += out.length;
  }
}

/** Fails the case unless `action` throws, whatever it throws. */
export function expectThrows(action: () => unknown, what: string): void {
  try {
    action();
  } catch {
    return;
  }
  throw new ConformanceFailure(`${what}: was accepted, expected an exception`);
}

/** Fails the case unless the call returned nothing. */
export function expectNothing(actual: Uint8Array | undefined, what: string): void {
  if (actual !== undefined) {
    throw new ConformanceFailure(`${what}: gave ${toHex(actual.subarray(0, 16))}…, expected undefined`);
  }
}

/** Fails the case when `action` changes one of `inputs`. */
export function expectInputsUnchanged(inputs: readonly Uint8Array[], action: () => unknown): void {
  const before = inputs.map(toHex);
  action();
  expectTrue(
    inputs.every((input, i) => toHex(input) === before[i]),
    'the engine changed a buffer of the caller',
  );
}
