import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fromHex, Secret } from '@cssi/sm-core';
import { expect } from 'vitest';
import {
  createMemoryAccount,
  type MemoryAccount,
  type RuntimeContext,
} from '../../../src/runtime/context.ts';
import {
  type CryptographyGroup,
  createCryptographyGroup,
  createObjects,
  type ObjectTable,
} from '../../../src/runtime/crypto/index.ts';
import { TEE_ATTR, TEE_TYPE } from '../../../src/spec/v1/internal/constants.ts';
import { TeeError, TeePanic } from '../../../src/spec/v1/internal/error.ts';
import type {
  TEE_Attribute,
  TEE_ObjectHandle,
  TEE_OperationHandle,
  TeeCryptography,
  TeeObjects,
} from '../../../src/spec/v1/internal/tee.ts';
import { TEEC_RESULTS, type TeecResultName } from '../../../src/spec/v1/results.ts';

/** Both groups of the internal API over one account, and what the instance was asked. */
export interface TestTee extends TeeObjects, TeeCryptography {
  readonly table: ObjectTable;
  readonly group: CryptographyGroup;
  readonly memory: MemoryAccount;
  readonly panics: string[];
  readonly required: string[];
}

/** The groups under test, with a quota of `quota` bytes and the declared APIs. */
export function openTee(quota = 1 << 20, declared: readonly string[] = ['crypto']): TestTee {
  const panics: string[] = [];
  const required: string[] = [];
  const memory = createMemoryAccount(quota);
  const context = {
    memory,
    seed: Secret.copy(new Uint8Array(32)),
    panic(code: number, reason: string): never {
      panics.push(reason);
      throw new TeePanic(code, reason);
    },
    require(api: string, name: string): void {
      required.push(name);
      if (!declared.includes(api)) throw new TeeError('ACCESS_DENIED');
    },
  } as unknown as RuntimeContext;
  const { api, table } = createObjects(context);
  const group = createCryptographyGroup(context, table);
  return { ...api, ...group.api, table, group, memory, panics, required };
}

/** The action is a panic: the instance would be dead. */
export function expectPanic(action: () => unknown): void {
  expect(thrownBy(action)).toBeInstanceOf(TeePanic);
}

/** The action answers with a result of GlobalPlatform's. */
export function expectResult(name: Exclude<TeecResultName, 'SUCCESS'>, action: () => unknown): TeeError {
  const error = thrownBy(action);
  expect(error).toBeInstanceOf(TeeError);
  expect((error as TeeError).message).toBe(name);
  expect((error as TeeError).result).toBe(TEEC_RESULTS[name]);
  return error as TeeError;
}

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return expect.fail('the action succeeded, a failure was expected');
}

/** Reproducible bytes and numbers. */
export class Seeded {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 to below `limit`. */
  below(limit: number): number {
    // xorshift32
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % limit;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }

  /** The data in pieces of random lengths, empty ones among them. */
  pieces(data: Uint8Array, most = 50): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < data.length; ) {
      const length = this.below(Math.min(most, data.length - at) + 1);
      pieces.push(data.subarray(at, at + length));
      at += length;
    }
    return pieces;
  }
}

export const SEED: number = Number(process.env.CSSI_SEED ?? 20_261_201);
console.info(`seed ${SEED} (CSSI_SEED)`);

export const bytes = (id: number, content: Uint8Array): TEE_Attribute => ({ attributeID: id, content });
export const value = (id: number, a: number, b = 0): TEE_Attribute => ({ attributeID: id, a, b });

/** A secret object with the given bytes. */
export function secretObject(tee: TestTee, type: number, key: Uint8Array): TEE_ObjectHandle {
  const attribute =
    type === TEE_TYPE.HKDF_IKM
      ? TEE_ATTR.HKDF_IKM
      : type === TEE_TYPE.PBKDF2_PASSWORD
        ? TEE_ATTR.PBKDF2_PASSWORD
        : TEE_ATTR.SECRET_VALUE;
  const object = tee.TEE_AllocateTransientObject(type, key.length * 8);
  tee.TEE_PopulateTransientObject(object, [bytes(attribute, key)]);
  return object;
}

/** X and Y of 04‖x‖y. */
export const point = (publicKey: Uint8Array): TEE_Attribute[] => [
  bytes(TEE_ATTR.ECC_PUBLIC_VALUE_X, publicKey.subarray(1, 33)),
  bytes(TEE_ATTR.ECC_PUBLIC_VALUE_Y, publicKey.subarray(33)),
];

export function publicObject(tee: TestTee, type: number, publicKey: Uint8Array): TEE_ObjectHandle {
  const object = tee.TEE_AllocateTransientObject(type, 256);
  tee.TEE_PopulateTransientObject(object, point(publicKey));
  return object;
}

export function pairObject(
  tee: TestTee,
  type: number,
  d: Uint8Array,
  publicKey: Uint8Array,
): TEE_ObjectHandle {
  const object = tee.TEE_AllocateTransientObject(type, 256);
  tee.TEE_PopulateTransientObject(object, [bytes(TEE_ATTR.ECC_PRIVATE_VALUE, d), ...point(publicKey)]);
  return object;
}

/** A generated key pair. */
export function newPair(tee: TestTee, type: number): TEE_ObjectHandle {
  const object = tee.TEE_AllocateTransientObject(type, 256);
  tee.TEE_GenerateKey(object, 256, []);
  return object;
}

/** An operation with its keys. */
export function operation(
  tee: TestTee,
  algorithm: number,
  mode: number,
  keys: readonly TEE_ObjectHandle[],
): TEE_OperationHandle {
  const bits = keys.reduce((sum, key) => sum + tee.TEE_GetObjectInfo1(key).objectSize, 0);
  const handle = tee.TEE_AllocateOperation(algorithm, mode, bits);
  if (keys.length === 1) tee.TEE_SetOperationKey(handle, keys[0] ?? null);
  if (keys.length === 2) tee.TEE_SetOperationKey2(handle, keys[0] ?? null, keys[1] ?? null);
  return handle;
}

export const join = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));

const VECTORS = fileURLToPath(new URL('../../../../../../shared/vectors/', import.meta.url));

/** Whether the shared vectors are there; says so when not. */
export function vectorsPresent(what: string): boolean {
  const present = existsSync(VECTORS);
  if (!present) console.info(`shared test data not present: skipped ${what}`);
  return present;
}

/** A case of a vector file; fields are hex, text or numbers. */
export type VectorCase = Readonly<Record<string, string | number | undefined>>;

export function vectorCases(file: string): readonly VectorCase[] {
  const { cases } = JSON.parse(readFileSync(`${VECTORS}${file}.json`, 'utf8')) as { cases: VectorCase[] };
  return cases;
}

export const hex = (one: VectorCase, field: string): Uint8Array => fromHex(String(one[field] ?? ''));
