import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SmError } from '@cssi/sm-core';
import { afterAll, expect } from 'vitest';
import { memoryRollbackStore } from '../src/adapters/memory.ts';
import { sharedWorld, type World } from '../src/conformance/world.ts';
import {
  type MemoryPackage,
  MIN_CHUNK_BYTES,
  type PackageSource,
  type PackRequest,
  packModelInMemory,
  type ReceiveOptions,
} from '../src/index.ts';

export const NOW = new Date('2026-12-01T00:00:00Z');
export const DAY_MS = 86_400_000;
export const SEED: string = process.env.CSSI_TEST_SEED ?? '20261201';
console.info(`seed ${SEED}`);

/** Reproducible bytes. */
export function seeded(label: string, length: number): Uint8Array {
  const out = new Uint8Array(length);
  for (let at = 0, block = 0; at < length; at += 32, block++) {
    const digest = createHash('sha256').update(`${SEED}/${label}/${block}`).digest();
    out.set(digest.subarray(0, Math.min(32, length - at)), at);
  }
  return out;
}

/** Reproducible whole numbers below `max`. */
export function seededNumbers(label: string, count: number, max: number): number[] {
  const view = new DataView(seeded(label, count * 4).buffer);
  return Array.from({ length: count }, (_, i) => view.getUint32(i * 4) % max);
}

/** CA, publishers and devices: those that the conformance suites use at this time. */
export function theWorld(): Promise<World> {
  return sharedWorld(NOW);
}

/** A folder that is gone after the tests of the file. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cssi-model-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A pack request for the first device; two chunks and a bit unless changed. */
export async function packRequest(change: Partial<PackRequest> = {}): Promise<PackRequest> {
  const { device } = await theWorld();
  return {
    files: [{ name: 'model.onnx', input: seeded('model', 2 * MIN_CHUNK_BYTES + 321) }],
    modelId: 'detector',
    version: 3,
    level: 'L1',
    link: 'device-edge',
    expires: new Date(NOW.getTime() + DAY_MS),
    recipients: [device.certificate],
    chunkBytes: MIN_CHUNK_BYTES,
    clock: () => NOW,
    ...change,
  };
}

export async function pack(change: Partial<PackRequest> = {}): Promise<MemoryPackage> {
  return packModelInMemory(await packRequest(change), (await theWorld()).publisher);
}

/** Options of receiving as the first device. */
export async function receiveOptions(
  source: PackageSource,
  change: Partial<ReceiveOptions> = {},
): Promise<ReceiveOptions> {
  const { device, anchors } = await theWorld();
  return { source, device, publisherAnchors: anchors, time: NOW, state: memoryRollbackStore(), ...change };
}

/** The code that `action` fails with. */
export async function codeOf(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (error) {
    expect(error).toBeInstanceOf(SmError);
    return (error as SmError).code;
  }
  return 'none';
}
