import { describe, expect, it } from 'vitest';
import { expectPanic, expectResult, openTee } from './support.ts';

describe('random bytes (xtest 4004) [part of CC-011]', () => {
  it('are as many as wanted, and other ones each time', () => {
    const tee = openTee(4 << 20);
    for (const size of [0, 1, 32, 1000, 1 << 20, (1 << 20) + 1, 3_000_000]) {
      expect(tee.TEE_GenerateRandom(size).length).toBe(size);
    }
    const seen = new Set(Array.from({ length: 1000 }, () => tee.TEE_GenerateRandom(16).toString()));
    expect(seen.size).toBe(1000);
    // The end of a large block is not left empty.
    expect(
      tee
        .TEE_GenerateRandom(3_000_000)
        .subarray(-64)
        .some((byte) => byte !== 0),
    ).toBe(true);
  });

  it('need the API, and are bounded by the memory of the instance', () => {
    expectResult('ACCESS_DENIED', () => openTee(4096, []).TEE_GenerateRandom(1));
    for (const size of [4097, 0xffffffff, -1, 1.5, '8', undefined]) {
      expectPanic(() => openTee(4096).TEE_GenerateRandom(size as number));
    }
  });
});
