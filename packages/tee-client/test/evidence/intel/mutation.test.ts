import { createHash } from 'node:crypto';
import { SmError } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { IntelCollateral } from '../../../src/spec/v1/attestation.ts';
import { createWorld, VERIFIERS, type World } from './collateral-support.ts';
import { failures } from './support.ts';

const SEED = process.env.CSSI_TEST_SEED ?? 'intel-1';
const ROUNDS = 400;

/** Numbers that follow from the seed. */
function* numbers(seed: string): Generator<number, never> {
  for (let block = 0; ; block++) {
    const digest = createHash('sha256').update(`${seed} ${block}`).digest();
    for (let at = 0; at < 32; at += 4) yield digest.readUInt32LE(at);
  }
}

/** One change: bits, a run of bytes, a cut, a piece moved, an edge value. */
function mutate(input: Uint8Array, next: () => number): Uint8Array {
  const copy = Uint8Array.from(input);
  const at = next() % copy.length;
  switch (next() % 6) {
    case 0:
      copy[at] = copy[at]! ^ (1 << (next() % 8));
      return copy;
    case 1:
      return copy.fill(next() & 0xff, at, at + (next() % 64));
    case 2:
      return copy.subarray(0, at);
    case 3:
      return copy.copyWithin(at, next() % copy.length, (next() % copy.length) + 1);
    case 4:
      return copy.fill(0xff, at, at + 4);
    default:
      return Uint8Array.from([
        ...copy.subarray(0, at),
        ...copy.subarray(0, next() % 400),
        ...copy.subarray(at),
      ]);
  }
}

let world: World;
beforeAll(async () => {
  world = await createWorld();
});

describe(`mutated input, seed ${SEED}`, () => {
  it.each(['sgx', 'tdx'] as const)(
    '[part of CC-006] a changed %s quote: a coded error or a refusal',
    (tee) => {
      const source = numbers(`${SEED} ${tee}`);
      const next = () => source.next().value;
      const quote = world[tee];
      const options = world.options([world.statements({ tee })]);
      let verdicts = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const changed = mutate(quote, next);
        try {
          const verdict = VERIFIERS[tee].verify(changed, options);
          verdicts++;
          // The root inside a quote is not needed, and zeros may follow; nothing else may change unnoticed.
          const same = Buffer.from(changed.subarray(0, 1100)).equals(quote.subarray(0, 1100));
          if (failures(verdict).length === 0) expect(same, `round ${round}`).toBe(true);
        } catch (error) {
          if (!(error instanceof SmError)) throw error;
          expect(error.code).toBe('ERR_TEE_EVIDENCE_MALFORMED');
        }
      }
      // Keys are new in each run: how many are read differs by some.
      expect(verdicts).toBeGreaterThan(ROUNDS / 8);
    },
  );

  it.each(['tcbInfo', 'qeIdentity'] as const)(
    '[part of CC-006] changed %s: a coded error or no use of it',
    (which) => {
      const source = numbers(`${SEED} ${which}`);
      const next = () => source.next().value;
      const good = world.statements({
        tee: 'tdx',
        modules: [{ major: 1, levels: [{ isvSvn: 1, status: 'UpToDate' }] }],
      });
      for (let round = 0; round < ROUNDS; round++) {
        const changed = mutate(good[which], next);
        if (Buffer.from(changed).equals(good[which])) continue;
        const intel: IntelCollateral = { ...good, [which]: changed };
        try {
          const { steps, trust } = VERIFIERS.tdx.verify(world.tdx, world.options([intel]));
          // Blanks outside of what is signed are no change of it, nor is the case of the signature's digits.
          const used = steps.some(({ step, status }) => step === 'tcb' && status === 'passed');
          const inside = (bytes: Uint8Array) => JSON.stringify(JSON.parse(Buffer.from(bytes).toString()));
          if (used) expect(inside(changed).toLowerCase()).toBe(inside(good[which]).toLowerCase());
          else expect(trust.status).not.toBe('passed');
        } catch (error) {
          if (!(error instanceof SmError)) throw error;
          expect(error.code).toBe('ERR_TEE_EVIDENCE_MALFORMED');
        }
      }
    },
  );
});
