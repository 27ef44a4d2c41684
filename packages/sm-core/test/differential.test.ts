import { describe, expect, it } from 'vitest';
import { type SmEngine, toHex } from '../src/index.ts';
import { type Contender, OPERATIONS } from './support/differential/operations.ts';
import { FULL, Prng, SEED } from './support/differential/prng.ts';
import { TEST_ENGINES } from './support/engines.ts';

/** Inputs of one operation. */
const INPUTS = 10_000;
/** An engine in plain JavaScript runs one in so many inputs of a slow operation, unless all are asked for. */
const STRIDE = FULL ? 1 : 50;
const PATIENCE = { timeout: FULL ? 1_800_000 : 240_000 };

console.info(
  `differential tests: seed ${SEED} (CSSI_SEED), ${FULL ? 'full' : 'sampled'} (CSSI_FULL=1 for full)`,
);

const isCompiled = (engine: SmEngine): boolean => engine.profile.path !== 'javascript';

interface Runner extends Contender<unknown> {
  readonly stride: number;
}

describe('engines agree on random inputs', () => {
  for (const operation of OPERATIONS) {
    const able = TEST_ENGINES.filter(
      ([, { name, capabilities }]) =>
        operation.needs.every((need) => capabilities.has(need)) &&
        // The fast profile differs in SM4 alone.
        (name !== 'wasm-fast' || operation.name.startsWith('sm4')),
    );
    const runners: Runner[] = able.flatMap(([label, engine]) =>
      operation.on(engine).map(({ name, run }) => ({
        name: name.replace(engine.name, label),
        run,
        stride: operation.slow && !isCompiled(engine) ? STRIDE : 1,
      })),
    );
    const names = runners.map(({ name, stride }) => (stride === 1 ? name : `${name} 1/${stride}`));
    it(`${operation.name}: ${names.join(', ')}`, PATIENCE, () => {
      expect(runners.length).toBeGreaterThan(1);
      const random = new Prng(`${SEED} ${operation.name}`);
      for (let i = 0; i < INPUTS; i++) {
        const input = operation.input(random);
        let first: { readonly name: string; readonly result: Uint8Array } | undefined;
        for (const { name, run, stride } of runners) {
          if (i % stride !== 0) continue;
          const result = run(input);
          first ??= { name, result };
          if (Buffer.compare(first.result, result) === 0) continue;
          expect.fail(
            `seed ${SEED}, input ${i}: ${first.name} gives ${toHex(first.result)}, ${name} gives ${toHex(result)}`,
          );
        }
      }
    });
  }
});
