import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Compile } from 'typebox/schema';
import { describe, expect, it } from 'vitest';
import { makeVectorFiles } from './support/vector-files/index.ts';

const DIR = fileURLToPath(new URL('../../../vectors', import.meta.url));
const read = (path: string): string => readFileSync(join(DIR, path), 'utf8');
const present = (): string[] =>
  (readdirSync(DIR, { recursive: true }) as string[]).filter((path) => path.endsWith('.json')).sort();

interface OwnFile {
  readonly schema: string;
  readonly numberOfTests: number;
  readonly notes: Readonly<Record<string, unknown>>;
  readonly testGroups: readonly {
    readonly tests: readonly { tcId: number; flags: string[]; result: string }[];
  }[];
}
const files = () =>
  present()
    .filter((path) => !path.startsWith('schemas/'))
    .map((path) => ({ path, file: JSON.parse(read(path)) as OwnFile }));
const testsOf = (file: OwnFile) => file.testGroups.flatMap(({ tests }) => tests);

// The generator compares with OpenSSL and with its own references while it runs.
describe('own vector files', () => {
  it('are what the generator makes and OpenSSL agrees with', () => {
    const made = [...makeVectorFiles()];
    if (process.env.CSSI_WRITE_VECTORS === '1') {
      for (const { path, text } of made) {
        mkdirSync(dirname(join(DIR, path)), { recursive: true });
        writeFileSync(join(DIR, path), text);
      }
    }
    expect(made.map(({ path }) => path).sort()).toEqual(present());
    // Not by `toEqual`: a difference of 100 kB is no message.
    expect(made.filter(({ path, text }) => text !== read(path)).map(({ path }) => path)).toEqual([]);
  });

  it('fit their schemas, which refuse what is not theirs', () => {
    for (const { path, file } of files()) {
      const validator = Compile(JSON.parse(read(`schemas/${file.schema}`)) as object);
      expect(validator.Errors(file)[1], path).toEqual([]);
      const refuses = (
        change: (
          copy: Record<string, unknown> & { testGroups: { tests: Record<string, unknown>[] }[] },
        ) => void,
      ) => {
        const copy = structuredClone(file) as never;
        change(copy);
        return !validator.Check(copy);
      };
      const first = (copy: { testGroups: { tests: Record<string, unknown>[] }[] }) =>
        copy.testGroups[0]!.tests[0]!;
      expect(refuses(() => undefined)).toBe(false);
      expect(refuses((copy) => delete copy.notes)).toBe(true);
      expect(refuses((copy) => Object.assign(copy, { more: 1 }))).toBe(true);
      expect(refuses((copy) => Object.assign(copy.testGroups[0]!, { type: 'Other' }))).toBe(true);
      expect(refuses((copy) => delete first(copy).result)).toBe(true);
      expect(refuses((copy) => Object.assign(first(copy), { result: 'maybe' }))).toBe(true);
      expect(refuses((copy) => Object.assign(first(copy), { more: '00' }))).toBe(true);
      expect(refuses((copy) => Object.assign(first(copy), { flags: [] }))).toBe(true);
      const hex = Object.keys(first(file as never)).find((name) =>
        /^([0-9a-f]{2})+$/.test(String(first(file as never)[name])),
      );
      expect(refuses((copy) => Object.assign(first(copy), { [hex!]: 'xyz' }))).toBe(true);
    }
  });

  it('count their cases, and explain every flag with the bug it catches', () => {
    for (const { path, file } of files()) {
      const tests = testsOf(file);
      expect(tests.length, path).toBe(file.numberOfTests);
      expect(
        tests.map(({ tcId }) => tcId),
        path,
      ).toEqual(tests.map((_, i) => i + 1));
      expect([...new Set(tests.flatMap(({ flags }) => flags))].sort(), path).toEqual(
        Object.keys(file.notes).sort(),
      );
    }
  });

  it('hold no case twice', () => {
    for (const { path, file } of files()) {
      const inputs = file.testGroups.flatMap(({ tests, ...group }) =>
        tests.map(({ tcId, flags, ...test }) => JSON.stringify([group, { ...test, comment: '' }])),
      );
      expect(inputs.length - new Set(inputs).size, path).toBe(0);
    }
  });
});
