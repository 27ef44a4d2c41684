import { hmacSm3, utf8 } from '@cssi/sm-core';

/** Numbers below a bound that follow from the seed, without end. */
export function seededNumbers(seed: string): (bound: number) => number {
  const key = utf8(seed);
  let counter = 0;
  return (bound) => {
    const block = hmacSm3(key, utf8(String(counter++)));
    return new DataView(block.buffer, block.byteOffset).getUint32(0) % bound;
  };
}
