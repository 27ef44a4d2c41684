import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { nobleEngine } from '../src/adapters/noble.ts';
import { createSm2, HealthCheckedRandom, RANDOM_MAX_BYTES, randomBytes, systemRandom } from '../src/index.ts';

const unhealthy = expect.objectContaining({ code: 'ERR_RANDOM_UNHEALTHY' });

/** Reproducible bytes that look random. */
function stream(seed: string): (out: Uint8Array) => void {
  let block = 0;
  return (out) => {
    for (let at = 0; at < out.length; at += 32) {
      const digest = createHash('sha256').update(`${seed} ${block++}`).digest();
      out.set(digest.subarray(0, Math.min(32, out.length - at)), at);
    }
  };
}

describe('random source', () => {
  it.each([
    ['stuck at zero', (out: Uint8Array) => void out.fill(0)],
    ['stuck at one byte', (out: Uint8Array) => void out.fill(0xa5)],
    ['a counter', (out: Uint8Array) => out.set(out.map((_, i) => i & 0xff))],
    [
      'half of the bits stuck',
      (out: Uint8Array) => {
        stream('half')(out);
        out.set(out.map((byte) => byte & 0x0f));
      },
    ],
    [
      'ASCII digits',
      (out: Uint8Array) => {
        stream('digits')(out);
        out.set(out.map((byte) => 0x30 + (byte % 10)));
      },
    ],
  ])('gives nothing at all when it is %s [part of EDGE-013]', (_name, raw) => {
    const random = new HealthCheckedRandom(raw);
    const out = new Uint8Array(16).fill(0x77);
    expect(() => random.fill(out)).toThrow(unhealthy);
    expect(out.every((byte) => byte === 0)).toBe(true);
  });

  it('fails when it gets stuck later, and stays failed [part of EDGE-013]', () => {
    const good = stream('later');
    let stuck = false;
    const random = new HealthCheckedRandom((out) => (stuck ? void out.fill(9) : good(out)));
    random.fill(new Uint8Array(64));
    stuck = true;
    // The first stuck block is new; the second equals it.
    expect(() => random.fill(new Uint8Array(32))).toThrow(unhealthy);
    stuck = false;
    expect(() => random.fill(new Uint8Array(1))).toThrow(unhealthy);
  });

  it('finds a repetition across two calls, short ones too [part of EDGE-013]', () => {
    const good = stream('across');
    let stuck = false;
    const random = new HealthCheckedRandom((out) => (stuck ? void out.fill(9) : good(out)));
    random.fill(new Uint8Array(3));
    stuck = true;
    random.fill(new Uint8Array(3));
    expect(() => random.fill(new Uint8Array(3))).toThrow(unhealthy);
  });

  it('lets no key and no signature be made after a failure [part of EDGE-013]', () => {
    const random = new HealthCheckedRandom((out) => void out.fill(1));
    const sm2 = createSm2(nobleEngine);
    const pair = sm2.generateKeyPair();
    expect(() => sm2.generateKeyPair(random)).toThrow(unhealthy);
    expect(() => sm2.signWith(pair, new Uint8Array(3), { random })).toThrow(unhealthy);
    expect(() => sm2.encrypt(pair.publicKey, new Uint8Array(3), { random })).toThrow(unhealthy);
  });

  it('does not wait for ever on a source that gives no usable scalar', () => {
    const zeros = { fill: (out: Uint8Array) => void out.fill(0) };
    const sm2 = createSm2(nobleEngine);
    const pair = sm2.generateKeyPair();
    expect(() => sm2.generateKeyPair(zeros)).toThrow(unhealthy);
    expect(() => sm2.signWith(pair, new Uint8Array(3), { random: zeros })).toThrow(unhealthy);
    expect(() => sm2.encrypt(pair.publicKey, new Uint8Array(3), { random: zeros })).toThrow(unhealthy);
  });

  it('passes a good source through, in pieces of any length', () => {
    const random = new HealthCheckedRandom(stream('good'));
    for (const length of [0, 1, 15, 16, 17, 65_536, 70_000]) {
      const out = new Uint8Array(length);
      random.fill(out);
      if (length > 8) expect(out.some((byte) => byte !== 0)).toBe(true);
    }
    expect(() => random.fill('x' as unknown as Uint8Array)).toThrow(
      expect.objectContaining({ code: 'ERR_INPUT_TYPE' }),
    );
  });

  it('starts on the platform source', () => {
    for (let i = 0; i < 50; i++) new HealthCheckedRandom().fill(new Uint8Array(16));
    expect(randomBytes(32, systemRandom)).toHaveLength(32);
  });

  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, RANDOM_MAX_BYTES + 1, '8', undefined])(
    'refuses a length of %s',
    (length) => {
      expect(() => randomBytes(length as number)).toThrow(
        expect.objectContaining({ code: 'ERR_INPUT_LENGTH' }),
      );
    },
  );
});
