import { readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { concatBytes, isAccepted, SmError } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { filePackageSource } from '../src/adapters/file.ts';
import { memoryPackageSource } from '../src/adapters/memory.ts';
import { flipped, withChunk } from '../src/conformance/forge.ts';
import { decodeHeader, encodePackageFile, openPackage, verifyPackage } from '../src/index.ts';
import { codeOf, NOW, pack, receiveOptions, seededNumbers, temporaryFolder, theWorld } from './support.ts';

const folder = await temporaryFolder();
const parts = await pack();
const file = encodePackageFile(parts);
const path = join(folder, 'model.smp');

/** Opens and verifies a package file of these bytes: the code of opening, and whether it verifies. */
async function judge(bytes: Uint8Array): Promise<{ readonly opened: string; readonly verified: boolean }> {
  await writeFile(path, bytes);
  const opened = await codeOf(async () => {
    const source = await filePackageSource(path);
    try {
      (await openPackage(await receiveOptions(source))).files.destroy();
    } finally {
      await source.close();
    }
  });
  let verified = false;
  try {
    const source = await filePackageSource(path);
    try {
      verified = isAccepted(await verifyPackage(source, { anchors: (await theWorld()).anchors, time: NOW }));
    } finally {
      await source.close();
    }
  } catch (error) {
    expect(error).toBeInstanceOf(SmError);
  }
  return { opened, verified };
}

const { header } = parts;
const { manifestBytes, signature, certificates } = decodeHeader(header);
const at = (part: Uint8Array) => Buffer.from(file).indexOf(Buffer.from(part));
const chunksStart = 12 + header.length;
const leavesStart = chunksStart + parts.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
const trailerStart = leavesStart + parts.leaves.length;
/** Every region of a package file. */
const REGIONS: Readonly<Record<string, readonly [number, number]>> = {
  magic: [0, 8],
  'header length': [8, 12],
  'header frame': [12, at(manifestBytes)],
  manifest: [at(manifestBytes), at(manifestBytes) + manifestBytes.length],
  signature: [at(signature), at(signature) + signature.length],
  certificate: [at(certificates[0]!), at(certificates[0]!) + certificates[0]!.length],
  'chunk 0': [chunksStart, chunksStart + 65_552],
  'chunk 1': [chunksStart + 65_552, chunksStart + 131_104],
  'chunk 2': [chunksStart + 131_104, leavesStart],
  leaves: [leavesStart, trailerStart],
  'total length': [trailerStart, trailerStart + 8],
  'trailer digest': [trailerStart + 8, trailerStart + 40],
  'end mark': [trailerStart + 40, file.length],
};

describe('a package file', () => {
  it('opens and verifies as it is', async () => {
    expect(await judge(file)).toEqual({ opened: 'none', verified: true });
    expect(REGIONS['end mark']![1] - REGIONS['end mark']![0]).toBe(8);
  });

  for (const [region, [start, end]] of Object.entries(REGIONS)) {
    it(`is refused with a wrong bit in the ${region} [EDGE-034] [part of EDGE-018]`, async () => {
      const places = [
        start,
        end - 1,
        ...seededNumbers(region, 3, end - start).map((offset) => start + offset),
      ];
      for (const place of new Set(places)) {
        const { opened, verified } = await judge(flipped(file, place));
        expect(opened, `byte ${place}`).toMatch(/^ERR_/);
        expect(verified, `byte ${place}`).toBe(false);
      }
    });
  }

  it('is refused when it is cut or continued [EDGE-034]', async () => {
    for (const length of [0, 4, 11, 12, 200, chunksStart, leavesStart - 1, trailerStart, file.length - 1]) {
      expect((await judge(file.subarray(0, length))).opened, `${length}`).toMatch(
        /^ERR_MODEL_PACKAGE_MALFORMED$/,
      );
    }
    const longer = await judge(concatBytes(file, Uint8Array.of(0)));
    expect(longer).toEqual({ opened: 'ERR_MODEL_PACKAGE_MALFORMED', verified: false });
  });

  it('is refused with a header length beyond the limit before anything is read', async () => {
    const huge = Uint8Array.from(file);
    new DataView(huge.buffer).setUint32(8, 0xffffffff);
    expect((await judge(huge)).opened).toBe('ERR_MODEL_PACKAGE_MALFORMED');
  });

  it('is refused when it shrinks while it is open', async () => {
    await writeFile(path, file);
    const source = await filePackageSource(path);
    await truncate(path, chunksStart + 70_000);
    expect((await stat(path)).size).toBe(chunksStart + 70_000);
    expect(await codeOf(async () => openPackage(await receiveOptions(source)))).toBe(
      'ERR_MODEL_PACKAGE_MALFORMED',
    );
    await source.close();
  });

  it('that does not exist is a coded error', async () => {
    expect(await codeOf(() => filePackageSource(join(folder, 'missing')))).toBe(
      'ERR_MODEL_SOURCE_UNAVAILABLE',
    );
    expect(await codeOf(() => filePackageSource(folder))).toBe('ERR_MODEL_SOURCE_UNAVAILABLE');
  });

  it('keeps its format: a file equals its parts in order', async () => {
    await writeFile(path, file);
    expect(
      Buffer.from(await readFile(path))
        .subarray(0, 8)
        .toString('latin1'),
    ).toBe('SMP1\r\n\x1a\n');
    expect(file.length).toBe(trailerStart + 48);
  });
});

describe('verifyPackage', () => {
  const verdictOf = async (changed: typeof parts, time = NOW, anchors?: readonly never[]) =>
    verifyPackage(memoryPackageSource(changed), { anchors: anchors ?? (await theWorld()).anchors, time });

  it('needs no key and says what is wrong with which aspect [EDGE-035]', async () => {
    const good = await verdictOf(parts);
    expect(isAccepted(good)).toBe(true);
    const altered = await verdictOf(withChunk(parts, 2, flipped(parts.chunks[2]!, 0)) as typeof parts);
    expect([altered.integrity.status, altered.trust.status, altered.time.status]).toEqual([
      'failed',
      'passed',
      'passed',
    ]);
    const leaves = await verdictOf({ ...parts, leaves: flipped(parts.leaves, 0) });
    expect(leaves.integrity.status).toBe('failed');
    const expired = await verdictOf(parts, new Date('2026-12-02T00:00:00Z'));
    expect([expired.integrity.status, expired.time.status]).toEqual(['passed', 'failed']);
    const early = await verdictOf(parts, new Date('2026-11-30T00:00:00Z'));
    expect(early.time.status).toBe('failed');
    const untrusted = await verdictOf(parts, NOW, []);
    expect(untrusted.trust.status).toBe('indeterminate');
  });

  it('throws for what is malformed or does not answer', async () => {
    expect(await codeOf(() => verdictOf({ ...parts, header: header.subarray(1) }))).toBe(
      'ERR_MODEL_CBOR_MALFORMED',
    );
    expect(await codeOf(() => verdictOf({ ...parts, chunks: [] }))).toBe('ERR_MODEL_CHUNK_UNKNOWN');
  });
});
