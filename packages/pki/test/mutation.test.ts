import { toHex } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { parseCertificate } from '../src/index.ts';
import { complaint, type Parser } from './support/mutation/complaint.ts';
import { BYTE_CHANGES, changeByte, changePart, truncate } from './support/mutation/mutate.ts';
import { parsersOf } from './support/mutation/parsers.ts';
import { FULL, Prng, SEED } from './support/mutation/prng.ts';
import { makeWorld } from './support/mutation/world.ts';

console.info(`mutation tests of pki: seed ${SEED} (CSSI_SEED)${FULL ? ', all of them' : ''}`);

/** Changes of single bytes, truncations and larger changes for each parser where not all run. */
const SAMPLE = { bytes: 2400, truncations: 400, parts: 400 };

const parsers = parsersOf(await makeWorld());

/** Every input of one parser: all single-byte changes and all truncations, or a seeded sample of them. */
function* inputs({ name, samples }: Parser): Generator<Uint8Array> {
  const random = new Prng(`${SEED} ${name}`);
  const pick = () => samples[random.below(samples.length)]!;
  if (FULL) {
    for (const sample of samples) {
      for (let at = 0; at < sample.length; at++) {
        for (let which = 0; which < BYTE_CHANGES; which++) yield changeByte(sample, at, which);
        yield truncate(sample, at);
      }
    }
  } else {
    for (let i = 0; i < SAMPLE.bytes; i++) {
      const sample = pick();
      yield changeByte(sample, random.below(sample.length), random.below(BYTE_CHANGES));
    }
    for (let i = 0; i < SAMPLE.truncations; i++) {
      const sample = pick();
      yield truncate(sample, random.below(sample.length));
    }
  }
  for (let i = 0; i < SAMPLE.parts * (FULL ? 25 : 1); i++) yield changePart(pick(), random, pick());
}

describe('changed objects end in a coded error or a result', () => {
  it.each(parsers.map((parser) => [parser.name, parser] as const))(
    '%s',
    { timeout: FULL ? 3_600_000 : 120_000 },
    async (_, parser) => {
      for (const sample of parser.samples) expect(await complaint(parser, sample)).toBeUndefined();
      const before = process.memoryUsage().heapUsed;
      let count = 0;
      for (const input of inputs(parser)) {
        const wrong = await complaint(parser, input);
        if (wrong !== undefined) expect.fail(`seed ${SEED}, input ${count}: ${wrong}\n${toHex(input)}`);
        count++;
      }
      expect(count).toBeGreaterThan(3000);
      // Garbage is allowed, hoarding is not.
      expect(process.memoryUsage().heapUsed - before).toBeLessThan(512 << 20);
    },
  );
});

describe('the mutations', () => {
  const certificate = parsers.find(({ name }) => name === 'certificate')!;
  const finds = async (run: Parser['run']): Promise<boolean> => {
    for (const input of inputs({ ...certificate, run })) {
      if ((await complaint({ ...certificate, run }, input)) !== undefined) return true;
    }
    return false;
  };

  it('find parsers that crash, change their input or return something lazy that crashes', async () => {
    expect(
      await finds((input) => {
        if (input.length < 100) throw new TypeError('x is undefined');
        return parseCertificate(input);
      }),
    ).toBe(true);
    expect(await finds((input) => input.fill(0))).toBe(true);
    const lazy = {
      get value(): never {
        throw new RangeError('too late');
      },
    };
    expect(await finds(() => Object.create(lazy))).toBe(true);
    expect(await finds(() => [{ deep: lazy }])).toBe(true);
  });
});
