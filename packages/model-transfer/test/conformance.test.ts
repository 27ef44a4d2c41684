import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCertificate } from '@cssi/pki';
import { sm2 } from '@cssi/sm-core';
import { type ConformanceReport, runSuite } from '@cssi/sm-core/conformance';
import { decode as decodeCborLoosely, encode as encodeCborLoosely, rfc8949EncodeOptions } from 'cborg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { filePackageSource } from '../src/adapters/file.ts';
import { memoryPackageSource } from '../src/adapters/memory.ts';
import {
  modelTransferSuite,
  packageSourceSuite,
  type ReceiveRequest,
  type SourceFactory,
  type TransferImplementation,
} from '../src/conformance/index.ts';
import {
  decodeHeader,
  encodePackageFile,
  type PackageParts,
  type PackageSource,
  packModelInMemory,
  receiveModel,
} from '../src/index.ts';

const now = new Date('2026-12-01T00:00:00Z');
const seed = process.env.CSSI_TEST_SEED ?? 'model-transfer';
console.info(`seed ${seed}`);

const failedIds = ({ results }: ConformanceReport) =>
  results.filter(({ outcome }) => outcome === 'fail').map(({ id }) => id);
const details = ({ results }: ConformanceReport) =>
  results.filter(({ outcome }) => outcome === 'fail').map(({ id, detail }) => `${id}: ${detail}`);

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cssi-model-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const memory: SourceFactory = { create: async (parts) => memoryPackageSource(parts) };
let files = 0;
const file: SourceFactory = {
  async create(parts) {
    const path = join(folder, `${files++}.smp`);
    await writeFile(path, encodePackageFile(parts));
    return filePackageSource(path);
  },
};

/** A factory whose sources misbehave in one way. */
const broken = (
  change: (source: PackageSource, parts: PackageParts) => Partial<PackageSource>,
): SourceFactory => ({
  async create(parts) {
    const source = memoryPackageSource(parts);
    return { ...source, ...change(source, parts) };
  },
});

describe('packageSourceSuite', () => {
  for (const [name, factory] of [
    ['memory', memory],
    ['file', file],
  ] as const) {
    it(`passes on the ${name} source`, async () => {
      const report = await runSuite(packageSourceSuite, { name, subject: factory }, { seed, now });
      expect(details(report)).toEqual([]);
      expect(report.passed).toBe(packageSourceSuite.cases.length);
    });
  }

  let stale: PackageParts | undefined;
  const wrong: readonly (readonly [string, SourceFactory, readonly string[]])[] = [
    [
      'alters a chunk',
      broken((source) => ({
        chunk: async (index) => {
          const chunk = await source.chunk(index);
          if (index === 3) chunk[7]! ^= 0x80;
          return chunk;
        },
      })),
      [
        'source.chunks-exact',
        'source.chunks-any-order',
        'source.chunks-at-once',
        'source.adds-nothing-to-damage',
      ],
    ],
    [
      'swaps chunks',
      broken((source) => ({ chunk: (index) => source.chunk(index === 0 ? 1 : index === 1 ? 0 : index) })),
      ['source.chunks-exact', 'source.chunks-any-order', 'source.chunks-at-once'],
    ],
    [
      'truncates',
      broken((source) => ({
        chunk: async (index) => (await source.chunk(index)).subarray(0, 60_000),
        leaves: async () => (await source.leaves()).subarray(32),
      })),
      ['source.leaves-exact', 'source.chunks-exact'],
    ],
    [
      'serves a stale manifest',
      {
        async create(parts) {
          stale ??= parts;
          return memoryPackageSource({ ...parts, header: stale.header });
        },
      },
      ['source.serves-what-it-was-given'],
    ],
    [
      'hands out its own buffers',
      broken((_source, parts) => ({
        chunk: async (index) => parts.chunks[index] ?? Promise.reject(new RangeError('no such chunk')),
      })),
      ['source.caller-owns-bytes', 'source.rejects-chunk-behind-last'],
    ],
    [
      'answers for chunks that do not exist',
      broken((source, parts) => ({
        chunk: async (index) => parts.chunks[index]?.slice() ?? source.chunk(0),
      })),
      ['source.rejects-chunk-behind-last', 'source.rejects-negative-chunk', 'source.rejects-huge-chunk'],
    ],
  ];
  for (const [name, factory, ids] of wrong) {
    it(`fails a source that ${name}`, async () => {
      const report = await runSuite(packageSourceSuite, { name, subject: factory }, { seed, now });
      expect(failedIds(report)).toEqual(expect.arrayContaining([...ids]));
    });
  }
});

type Change = (request: ReceiveRequest) => ReceiveRequest | Promise<ReceiveRequest>;

/** A receiver over the real one, with something changed in what it works with. */
const receiver = (change: Change = (request) => request): TransferImplementation => ({
  pack: packModelInMemory,
  async receive(request) {
    const { files: opened, receipt } = await receiveModel(await change(request));
    return { files: new Map(opened.names.map((name) => [name, opened.get(name)!])), receipt };
  },
});

const headerOf = async ({ source }: ReceiveRequest) => decodeHeader(await source.manifest());

/** Reads CBOR in any form and goes on with the canonical one. */
function lenient(header: Uint8Array): Uint8Array {
  const [manifest, ...rest] = decodeCborLoosely(header) as [Uint8Array, ...unknown[]];
  const again = encodeCborLoosely(decodeCborLoosely(manifest), rfc8949EncodeOptions);
  return encodeCborLoosely([again, ...rest], rfc8949EncodeOptions);
}

const wrongReceivers: readonly (readonly [string, TransferImplementation, readonly string[]])[] = [
  [
    'does not look at signatures',
    {
      pack: packModelInMemory,
      async receive(request) {
        const spy = vi.spyOn(sm2, 'verify').mockReturnValue(true);
        try {
          return await receiver().receive(request);
        } finally {
          spy.mockRestore();
        }
      },
    },
    ['transfer.refuses-wrong-signature', 'transfer.refuses-altered-header'],
  ],
  [
    'accepts a rollback',
    receiver((request) => ({
      ...request,
      state: { specVersion: '1', name: 'none', read: async () => undefined, raise: async () => {} },
    })),
    ['transfer.refuses-rollback', 'transfer.refuses-second-package-of-a-version'],
  ],
  [
    'remembers the version before it has checked everything',
    receiver(async (request) => {
      const { manifest } = await headerOf(request);
      const { epoch, version, digest: manifestDigest } = manifest;
      await request.state.raise(manifest, { epoch, version, manifestDigest });
      return request;
    }),
    ['transfer.refuses-altered-chunk', 'transfer.refuses-wrong-signature', 'transfer.refuses-other-device'],
  ],
  [
    'has no clock',
    receiver(async (request) => ({ ...request, time: (await headerOf(request)).manifest.created })),
    [
      'transfer.refuses-expired-package',
      'transfer.refuses-package-from-the-future',
      'transfer.refuses-expired-grant',
    ],
  ],
  [
    'has no policy',
    receiver(({ policy: _, ...request }) => request),
    ['transfer.refuses-denied-level-link-or-name'],
  ],
  [
    'takes every publisher for an anchor',
    receiver(async (request) => ({
      ...request,
      publisherAnchors: (await headerOf(request)).certificates.map((der) => parseCertificate(der)),
    })),
    ['transfer.refuses-unknown-publisher'],
  ],
  [
    'reads any CBOR',
    receiver((request) => ({
      ...request,
      source: { ...request.source, manifest: async () => lenient(await request.source.manifest()) },
    })),
    ['transfer.refuses-non-canonical-cbor', 'transfer.refuses-truncated-header'],
  ],
  [
    'signs no receipt of its own',
    {
      pack: packModelInMemory,
      async receive(request) {
        const received = await receiver().receive(request);
        return { ...received, receipt: received.receipt.map((byte, i) => (i === 60 ? byte ^ 1 : byte)) };
      },
    },
    ['transfer.receipt'],
  ],
  [
    'encrypts nothing',
    {
      ...receiver(),
      async pack(request, publisher) {
        const parts = await packModelInMemory(request, publisher);
        const plaintext = request.files
          .map(({ input }) => input)
          .filter((input) => input instanceof Uint8Array);
        return { ...parts, chunks: [...plaintext, ...parts.chunks].slice(0, parts.chunks.length) };
      },
    },
    ['transfer.plaintext-is-not-visible', 'transfer.round-trip', 'transfer.keys-are-fresh'],
  ],
  [
    'gives the same key to everything',
    {
      ...receiver(),
      pack: async (request, publisher) => (onePackage ??= await packModelInMemory(request, publisher)),
    },
    ['transfer.keys-are-fresh', 'transfer.newer-version'],
  ],
];
let onePackage: PackageParts | undefined;

describe('modelTransferSuite', () => {
  it('passes on this implementation [EDGE-034, EDGE-035, EDGE-036, EDGE-072] [part of EDGE-001, EDGE-004, EDGE-011, EDGE-018, EDGE-033, EDGE-041, EDGE-050]', async () => {
    const report = await runSuite(modelTransferSuite, { name: 'this', subject: receiver() }, { seed, now });
    expect(details(report)).toEqual([]);
    expect(report.passed).toBe(modelTransferSuite.cases.length);
    const negative = modelTransferSuite.cases.filter(({ id }) => id.startsWith('transfer.refuses-'));
    expect(negative.length * 2).toBeGreaterThan(modelTransferSuite.cases.length);
  });

  for (const [name, subject, ids] of wrongReceivers) {
    it(`fails a receiver that ${name}`, async () => {
      const cases = modelTransferSuite.cases.filter(
        ({ id }) => ids.includes(id) || id === 'transfer.round-trip',
      );
      const report = await runSuite({ ...modelTransferSuite, cases }, { name, subject }, { seed, now });
      expect(failedIds(report)).toEqual(expect.arrayContaining([...ids]));
    });
  }
});
