import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { agree, agreeBytes } from '../src/areas/agree.ts';
import { AREAS } from '../src/areas.ts';

const known = new Set(
  ['tccia', 'edge', 'cc'].flatMap((name) =>
    (
      JSON.parse(
        readFileSync(new URL(`../../../docs/requirements/${name}.json`, import.meta.url), 'utf8'),
      ) as readonly { id: string }[]
    ).map(({ id }) => id),
  ),
);

describe.each(AREAS.filter(({ fetches }) => fetches !== true).map((area) => [area.name, area] as const))(
  'area %s',
  (_name, area) => {
    it('prepares rows on whose results all contenders agree, and each runs', {
      timeout: 300_000,
    }, async () => {
      const { rows, close } = await area.prepare();
      expect(rows.length).toBeGreaterThan(0);
      expect(new Set(rows.map((row) => row.id)).size).toBe(rows.length);
      for (const row of rows) {
        if ('measure' in row) {
          const { ours } = await row.measure(0.2);
          expect(ours.length).toBeGreaterThan(0);
          for (const value of ours) expect(value).toBeGreaterThanOrEqual(0);
          continue;
        }
        await row.ours();
        for (const peer of Object.values(row.peers)) await peer();
        expect(row.perOperation).toBeGreaterThan(0);
        for (const id of row.requirements ?? []) expect(known.has(id)).toBe(true);
        // A requirement without a goal could never be met or missed.
        if (row.requirements !== undefined) expect(row.goal).toBeGreaterThan(0);
      }
      await close?.();
    });
  },
);

describe('contenders', () => {
  it('that do other work stop the run', () => {
    const bytes = Uint8Array.of(1, 2);
    agreeBytes(bytes, { a: [1, 2], b: bytes }, 'x');
    expect(() => agreeBytes(bytes, { a: [1, 2], b: [1, 3] }, 'x')).toThrow('x by b');
    expect(() => agreeBytes(bytes, { a: [] }, 'x')).toThrow('x by a');
    expect(() => agree(false, 'y')).toThrow('y');
  });
});
