/** Seed of the random requests; `CSSI_TEST_SEED` sets another. */
export const SEED = Number(process.env.CSSI_TEST_SEED ?? 20_261_201);
console.info(`seed ${SEED}`);

/** Numbers from 0 up to `below`, the same for the same seed. */
function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
export const pick = generator(SEED);
const oneOf = <T>(list: readonly T[]): T => list[pick(list.length)]!;
const randomText = (length: number): string =>
  Array.from({ length }, () => String.fromCodePoint(pick(0xd800))).join('');
export const randomBytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => pick(256));

function anything(depth = 0): unknown {
  return oneOf<() => unknown>([
    () => null,
    () => pick(2) === 0,
    () => pick(1 << 30) - (1 << 29),
    () => Number.MAX_SAFE_INTEGER + 1 + pick(9),
    () => pick(1000) / 7,
    () => randomText(pick(40)),
    () => 'A'.repeat(pick(5000)),
    () => Buffer.from(randomBytes(pick(200))).toString('base64'),
    () => Buffer.from(randomBytes(pick(40))).toString('hex'),
    () => (depth > 3 ? [] : Array.from({ length: pick(4) }, () => anything(depth + 1))),
    () => (depth > 3 ? {} : { [oneOf(['length', 'constructor', 'toString', 'x'])]: anything(depth + 1) }),
  ])();
}

/** Bytes of a valid parameter with a few of them changed, cut or added. */
function bent(value: unknown): unknown {
  if (typeof value !== 'string' || value === '') return anything();
  const at = pick(value.length);
  return oneOf([
    () => value.slice(0, at),
    () => value + value.slice(at),
    () => value.slice(0, at) + oneOf(['A', '=', '/', 'ä', '\u0000', ' ']) + value.slice(at + 1),
  ])();
}

/** Parameters with up to two members removed, bent or replaced by anything. */
export function mutated(params: object, scalarOnly: boolean): Record<string, unknown> {
  const out: Record<string, unknown> = { ...params };
  const names = Object.keys(out);
  for (let changes = pick(3); changes > 0; changes--) {
    const name =
      names.length > 0 && pick(8) > 0 ? oneOf(names) : oneOf(['extra', 'x-extra', 'critical', '__proto__']);
    const change = pick(4);
    if (change === 0) delete out[name];
    else
      Object.defineProperty(out, name, {
        value: change === 1 ? anything() : bent(out[name]),
        enumerable: true,
        configurable: true,
        writable: true,
      });
  }
  if (!scalarOnly) return out;
  return Object.fromEntries(
    Object.entries(out).map(([name, value]) => [name, typeof value === 'object' ? 'x' : value]),
  );
}
