import {
  type CaseContext,
  type ConformanceCase,
  type ConformanceSuite,
  expectBytes,
  expectCode,
  expectTrue,
} from '@cssi/sm-core/conformance';
import { packModelInMemory } from '../pack-model.ts';
import { MIN_CHUNK_BYTES, MODEL_SPEC_VERSION } from '../spec/v1/constants.ts';
import type { PackageParts, PackageSource } from '../spec/v1/source.ts';
import { flipped } from './forge.ts';
import { sharedWorld } from './world.ts';

/** Makes sources over packages that the suite gives it. */
export interface SourceFactory {
  /** Puts this package where the adapter reads from and opens a source over it. */
  create(parts: PackageParts): Promise<PackageSource>;
}

type Case = ConformanceCase<SourceFactory>;

/** A package of two files and five chunks, the last one short. */
async function makePackage({ now, bytes }: CaseContext, version: number): Promise<PackageParts> {
  const world = await sharedWorld(now);
  return packModelInMemory(
    {
      files: [
        { name: 'model.bin', input: bytes('model', 3 * MIN_CHUNK_BYTES) },
        { name: 'labels.txt', input: bytes('labels', MIN_CHUNK_BYTES + 17) },
      ],
      modelId: 'sample',
      version,
      level: 'L1',
      link: 'edge-cloud',
      expires: new Date(now.getTime() + 86_400_000),
      recipients: [world.device.certificate],
      chunkBytes: MIN_CHUNK_BYTES,
      clock: () => now,
    },
    world.publisher,
  );
}

let made: { readonly key: string; readonly parts: Promise<PackageParts> } | undefined;

const copyOf = ({ header, leaves, chunks }: PackageParts): PackageParts => ({
  header: Uint8Array.from(header),
  leaves: Uint8Array.from(leaves),
  chunks: chunks.map((chunk) => Uint8Array.from(chunk)),
});

/** The first version is made once per run; every case gets a copy of its own. */
async function samplePackage(context: CaseContext, version = 1): Promise<PackageParts> {
  if (version !== 1) return makePackage(context, version);
  const key = `${context.seed} ${context.now.getTime()}`;
  if (made?.key !== key) made = { key, parts: makePackage(context, 1) };
  return copyOf(await made.parts);
}

const CLAUSE = 'PackageSource v1';

function sourceCase(
  id: string,
  clause: string,
  check: (source: PackageSource, parts: PackageParts) => Promise<void>,
): Case {
  return {
    id: `source.${id}`,
    clause,
    level: 'MUST',
    async run(factory, context) {
      const parts = await samplePackage(context);
      const source = await factory.create(copyOf(parts));
      try {
        await check(source, parts);
      } finally {
        await source.close();
      }
    },
  };
}

const unknownChunk = (index: number) => (source: PackageSource) =>
  expectCode(() => source.chunk(index), [], `chunk ${index}`).then(() => {});

const cases: Case[] = [
  sourceCase('spec-version', CLAUSE, async (source) => {
    expectTrue(source.specVersion === MODEL_SPEC_VERSION, 'the specification version is wrong');
  }),
  sourceCase('manifest-exact', `${CLAUSE}, EDGE-035`, async (source, parts) => {
    expectBytes(await source.manifest(), parts.header, 'signed header');
  }),
  sourceCase('leaves-exact', `${CLAUSE}, EDGE-018`, async (source, parts) => {
    expectBytes(await source.leaves(), parts.leaves, 'leaves');
  }),
  sourceCase('chunks-exact', `${CLAUSE}, EDGE-036`, async (source, parts) => {
    for (const [i, chunk] of parts.chunks.entries()) expectBytes(await source.chunk(i), chunk, `chunk ${i}`);
  }),
  sourceCase('chunks-any-order', `${CLAUSE}, EDGE-036`, async (source, parts) => {
    for (const i of [4, 0, 3, 3, 1, 4]) expectBytes(await source.chunk(i), parts.chunks[i]!, `chunk ${i}`);
  }),
  sourceCase('chunks-at-once', `${CLAUSE}, EDGE-036`, async (source, parts) => {
    const order = [2, 0, 4, 1, 3, 2, 0, 4];
    const got = await Promise.all(order.map((i) => source.chunk(i)));
    for (const [n, i] of order.entries()) expectBytes(got[n], parts.chunks[i]!, `chunk ${i}`);
  }),
  sourceCase('caller-owns-bytes', CLAUSE, async (source, parts) => {
    (await source.chunk(1)).fill(0);
    (await source.manifest()).fill(0);
    (await source.leaves()).fill(0);
    expectBytes(await source.chunk(1), parts.chunks[1]!, 'chunk 1 after the first answer was overwritten');
    expectBytes(await source.manifest(), parts.header, 'header after the first answer was overwritten');
    expectBytes(await source.leaves(), parts.leaves, 'leaves after the first answer were overwritten');
  }),
  sourceCase('rejects-chunk-behind-last', CLAUSE, unknownChunk(5)),
  sourceCase('rejects-negative-chunk', CLAUSE, unknownChunk(-1)),
  sourceCase('rejects-fractional-chunk', CLAUSE, unknownChunk(0.5)),
  sourceCase('rejects-huge-chunk', CLAUSE, unknownChunk(2 ** 32)),
  {
    id: 'source.serves-what-it-was-given',
    clause: `${CLAUSE}, EDGE-041`,
    level: 'MUST',
    async run(factory, context) {
      await (await factory.create(await samplePackage(context, 1))).close();
      const newer = await samplePackage(context, 2);
      const source = await factory.create(newer);
      try {
        expectBytes(await source.manifest(), newer.header, 'header of the newer package');
        expectBytes(await source.chunk(0), newer.chunks[0]!, 'chunk of the newer package');
      } finally {
        await source.close();
      }
    },
  },
  {
    id: 'source.adds-nothing-to-damage',
    clause: `${CLAUSE}, EDGE-018`,
    level: 'MUST',
    async run(factory, context) {
      const parts = await samplePackage(context);
      const damaged = {
        ...parts,
        chunks: parts.chunks.map((chunk, i) => (i === 2 ? flipped(chunk, 5) : chunk)),
      };
      let source: PackageSource;
      try {
        source = await factory.create(damaged);
      } catch {
        return; // A source may refuse a damaged package at once.
      }
      try {
        expectBytes(await source.chunk(3), parts.chunks[3]!, 'the chunk beside a damaged one');
      } finally {
        await source.close();
      }
    },
  },
];

/** Conformance of sources: what an honest source answers, and what it refuses. */
export const packageSourceSuite: ConformanceSuite<SourceFactory> = {
  name: 'PackageSource',
  specVersion: MODEL_SPEC_VERSION,
  packageVersion: '0.1.0',
  cases,
};
