import { describe, expect, it } from 'vitest';
import { nobleEngine } from '../src/adapters/noble.ts';
import {
  createSm2,
  createSm4,
  HealthCheckedRandom,
  RANDOM_MAX_BYTES,
  type RandomSource,
  randomBytes,
  Secret,
  systemRandom,
} from '../src/index.ts';
import { TEST_SEED } from './support/seeded.ts';
import { seededStream } from './support/seeded-random.ts';

console.info(`random: seed ${TEST_SEED}`);

const unhealthy = expect.objectContaining({ code: 'ERR_RANDOM_UNHEALTHY' });
const code = (name: string) => expect.objectContaining({ code: name });
type Raw = (out: Uint8Array) => void;

/** A source that is good until `turn` is called. */
function turning(label: string, bad: Raw): { raw: Raw; turn: (on: boolean) => void } {
  const good = seededStream(label);
  let turned = false;
  return { raw: (out) => (turned ? bad(out) : good(out)), turn: (on) => (turned = on) };
}

/** Bytes that go on from call to call: byte number i is `byte(i)`. */
function sequence(byte: (i: number) => number): Raw {
  let i = 0;
  return (out) => out.set(out.map(() => byte(i++)));
}

/** `period` good bytes over and over. */
function periodic(period: number): Raw {
  const bytes = new Uint8Array(period);
  seededStream(`period ${period}`)(bytes);
  return sequence((i) => bytes[i % period]!);
}

/** Each bit is one with the chance `share`. */
function biased(share: number): Raw {
  const stream = seededStream(`biased ${share}`);
  return (out) => {
    const draws = new Uint32Array(out.length * 8);
    stream(new Uint8Array(draws.buffer));
    out.fill(0);
    draws.forEach((draw, i) => {
      if (draw < share * 2 ** 32) out[i >> 3]! |= 1 << (i & 7);
    });
  };
}

const masked =
  (label: string, change: (byte: number) => number): Raw =>
  (out) => {
    seededStream(label)(out);
    out.set(out.map(change));
  };

const FAULTS: readonly (readonly [string, Raw])[] = [
  ['stuck at zero', (out) => void out.fill(0)],
  ['stuck at one byte', (out) => void out.fill(0xa5)],
  ['silent', () => undefined],
  ['alternating bits', (out) => void out.fill(0xaa)],
  ['alternating bytes', sequence((i) => (i % 2 === 0 ? 0x3c : 0xc5))],
  ['a counter of one byte', sequence((i) => i & 0xff)],
  ['a counter of four bytes', sequence((i) => (Math.floor(i / 4) >> (8 * (i % 4))) & 0xff)],
  ['half of the bits stuck', masked('half', (byte) => byte & 0x0f)],
  ['one bit of each byte stuck', masked('one bit', (byte) => byte | 0x10)],
  ['ASCII digits', masked('digits', (byte) => 0x30 + (byte % 10))],
  ['without one of the 256 bytes', masked('without', (byte) => (byte === 0x42 ? 0x43 : byte))],
  ['51 % ones', biased(0.51)],
  ['49 % ones', biased(0.49)],
  ['one block over and over', periodic(16)],
  ['of period 24', periodic(24)],
  ['of period 1,000', periodic(1000)],
  ['of period 16 KiB', periodic(16_384)],
];

describe('a faulty random source', () => {
  it.each(FAULTS)('gives nothing at all when it is %s from the start [part of EDGE-013]', (_name, raw) => {
    const random = new HealthCheckedRandom(raw);
    const out = new Uint8Array(16).fill(0x77);
    expect(() => random.fill(out)).toThrow(unhealthy);
    expect(out.every((byte) => byte === 0)).toBe(true);
    expect(random.state).toBe('failed');
  });

  it.each([...FAULTS, ['50.5 % ones', biased(0.505)] as const])(
    'is found in use when it becomes %s [part of EDGE-013]',
    (_name, bad) => {
      const { raw, turn } = turning('turning', bad);
      const random = new HealthCheckedRandom(raw);
      random.fill(new Uint8Array(64));
      turn(true);
      // At the latest the next sample finds it, after 4 MiB.
      const out = new Uint8Array(65_536);
      expect(() => {
        for (let i = 0; i < 66; i++) random.fill(out);
      }).toThrow(unhealthy);
      expect(out.every((byte) => byte === 0)).toBe(true);
      turn(false);
      expect(() => random.fill(new Uint8Array(1))).toThrow(unhealthy);
    },
  );

  it('is found by a repeated block across two draws, and stays failed [part of EDGE-013]', () => {
    const { raw, turn } = turning('across', (out) => void out.set(seventeen.subarray(0, out.length)));
    const seventeen = new Uint8Array(16);
    seededStream('block')(seventeen);
    const random = new HealthCheckedRandom(raw, { poolBytes: 16 });
    random.fill(new Uint8Array(16));
    turn(true);
    random.fill(new Uint8Array(16));
    expect(() => random.fill(new Uint8Array(1))).toThrow(unhealthy);
    turn(false);
    expect(() => random.fill(new Uint8Array(1))).toThrow(unhealthy);
    expect(() => random.check()).toThrow(unhealthy);
  });

  it('that throws is refused with a code, quoting nothing of it', () => {
    const random = new HealthCheckedRandom(() => {
      throw new TypeError('hunter2');
    });
    try {
      random.fill(new Uint8Array(8));
      expect.unreachable();
    } catch (error) {
      expect(error).toEqual(unhealthy);
      expect(String(error) + String((error as Error).cause)).not.toContain('hunter2');
    }
  });

  it('that calls the object it serves is refused', () => {
    const good = seededStream('reenter');
    const random: HealthCheckedRandom = new HealthCheckedRandom((out) => {
      good(out);
      random.fill(new Uint8Array(4));
    });
    expect(() => random.fill(new Uint8Array(8))).toThrow(unhealthy);
    expect(random.state).toBe('failed');
  });

  it('lets no key and no signature be made [part of EDGE-013]', () => {
    const random = new HealthCheckedRandom((out) => void out.fill(1));
    const sm2 = createSm2(nobleEngine);
    const pair = sm2.generateKeyPair();
    expect(() => sm2.generateKeyPair(random)).toThrow(unhealthy);
    expect(() => sm2.signWith(pair, new Uint8Array(3), { random })).toThrow(unhealthy);
    expect(() => sm2.encrypt(pair.publicKey, new Uint8Array(3), { random })).toThrow(unhealthy);
  });

  it('that gives no usable scalar is not waited for for ever', () => {
    const zeros = { fill: (out: Uint8Array) => void out.fill(0) };
    const sm2 = createSm2(nobleEngine);
    const pair = sm2.generateKeyPair();
    expect(() => sm2.generateKeyPair(zeros)).toThrow(unhealthy);
    expect(() => sm2.signWith(pair, new Uint8Array(3), { random: zeros })).toThrow(unhealthy);
    expect(() => sm2.encrypt(pair.publicKey, new Uint8Array(3), { random: zeros })).toThrow(unhealthy);
  });
});

describe('a good random source', () => {
  it('is tested before its first byte [part of EDGE-013]', () => {
    const lengths: number[] = [];
    const stream = seededStream('first');
    const random = new HealthCheckedRandom((out) => {
      lengths.push(out.length);
      stream(out);
    });
    expect(random.state).toBe('untested');
    expect(lengths).toEqual([]);
    random.fill(new Uint8Array(1));
    expect(random.state).toBe('healthy');
    expect(lengths[0]).toBe(32_768);
  });

  it.each([16, 64, 8192, 65_536])('hands out each byte once and in order, pool of %i', (poolBytes) => {
    const random = new HealthCheckedRandom(seededStream('order'), { poolBytes });
    const expected = new Uint8Array(32_768 + 300_000);
    seededStream('order')(expected);
    let at = 32_768;
    for (const length of [0, 1, 15, 16, 17, 31, 32, 33, 4096, 8192, 65_536, 70_000, 100_000]) {
      const out = new Uint8Array(length);
      random.fill(out);
      expect(Buffer.compare(out, expected.subarray(at, at + length))).toBe(0);
      at += length;
    }
  });

  it('draws nothing in advance without a pool, and notices a broken source in the next request [part of EDGE-013]', () => {
    const drawn: Uint8Array[] = [];
    const stream = seededStream('direct');
    let stuck = false;
    const random = new HealthCheckedRandom(
      (out) => {
        if (stuck) out.fill(0x41);
        else stream(out);
        drawn.push(out);
      },
      { poolBytes: 0 },
    );
    for (const length of [16, 5, 70_000]) random.fill(new Uint8Array(length));
    expect(drawn.map(({ length }) => length)).toEqual([32_768, 16, 16, 65_536, 4464]);
    expect(drawn.every((bytes) => bytes.every((byte) => byte === 0))).toBe(true);
    stuck = true;
    const out = new Uint8Array(32).fill(1);
    expect(() => random.fill(out)).toThrow(unhealthy);
    expect(out.every((byte) => byte === 0)).toBe(true);
    stuck = false;
    expect(() => random.fill(out)).toThrow(unhealthy);
  });

  it('leaves nothing behind in its pool', () => {
    const pools: Uint8Array[] = [];
    const stream = seededStream('wiped');
    const random = new HealthCheckedRandom((out) => {
      stream(out);
      pools.push(out);
    });
    random.fill(new Uint8Array(200));
    const [sample, pool] = pools as [Uint8Array, Uint8Array];
    expect(sample.every((byte) => byte === 0)).toBe(true);
    expect(pool.subarray(0, 200).every((byte) => byte === 0)).toBe(true);
    expect(pool.subarray(200).some((byte) => byte !== 0)).toBe(true);
    random.discard();
    expect(pool.every((byte) => byte === 0)).toBe(true);
    const out = new Uint8Array(200);
    random.fill(out);
    expect(out.some((byte) => byte !== 0)).toBe(true);
  });

  it('is tested again for each 4 MiB and on demand [part of EDGE-013]', () => {
    let samples = 0;
    const stream = seededStream('periodic');
    const random = new HealthCheckedRandom((out) => {
      if (out.length === 32_768) samples++;
      stream(out);
    });
    const out = new Uint8Array(65_536);
    for (let i = 0; i < 130; i++) random.fill(out);
    expect(samples).toBe(3);
    const results = random.check();
    expect(samples).toBe(4);
    expect(results).toHaveLength(7);
    expect(results.every(({ passed }) => passed)).toBe(true);
  });

  it('starts on the platform source', () => {
    for (let i = 0; i < 20; i++) new HealthCheckedRandom().fill(new Uint8Array(16));
    expect(randomBytes(32, systemRandom)).toHaveLength(32);
    expect(systemRandom.state).toBe('healthy');
  });
});

describe('bad input of the random source', () => {
  it.each(['x', undefined, null, 7, [1], new Uint16Array(3)])('refuses to fill %s', (out) => {
    expect(() => systemRandom.fill(out as unknown as Uint8Array)).toThrow(code('ERR_INPUT_TYPE'));
  });

  it.each([8, 24, -16, 1.5, Number.NaN, 131_072, '16'])('refuses a pool of %s', (poolBytes) => {
    const make = () => new HealthCheckedRandom(undefined, { poolBytes: poolBytes as number });
    expect(make).toThrow(code('ERR_INPUT_VALUE'));
  });

  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, RANDOM_MAX_BYTES + 1, '8', undefined])(
    'refuses a length of %s',
    (length) => {
      expect(() => randomBytes(length as number)).toThrow(code('ERR_INPUT_LENGTH'));
    },
  );

  it.each([
    [[]],
    [new Uint8Array(4)],
    [new DataView(new ArrayBuffer(4))],
    [null],
    [0],
    ['text'],
    [{}],
    [{ fill: 1 }],
  ])('takes no %o for a source, whose fill would leave zeros', (value) => {
    const source = value as unknown as RandomSource;
    for (const call of [
      () => randomBytes(4, source),
      () => Secret.random(4, source),
      () => createSm4(nobleEngine, source),
      () => createSm2(nobleEngine).generateKeyPair(source),
    ]) {
      expect(call).toThrow(code('ERR_INPUT_TYPE'));
    }
  });

  it('takes an object or a function with a fill', () => {
    const fill = (out: Uint8Array): void => void out.set([1, 2, 3, 4]);
    for (const source of [{ fill }, Object.assign(() => undefined, { fill })]) {
      expect(randomBytes(4, source)).toEqual(Uint8Array.of(1, 2, 3, 4));
    }
  });
});
