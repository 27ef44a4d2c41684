import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toHex } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { folderPackageStore } from '../src/adapters/folder.ts';
import { flipped } from '../src/conformance/forge.ts';
import { type MemoryPackage, type PackageStore, receiveModel } from '../src/index.ts';
import { codeOf, DAY_MS, NOW, pack, receiveOptions, temporaryFolder } from './support.ts';

const root = await temporaryFolder();
const owner = { tenantId: 't1', userId: 'alice' };
const parts = await pack();
const packageId = toHex(parts.manifest.digest);
let count = 0;

async function freshStore(
  options: object = {},
): Promise<{ readonly folder: string; readonly store: PackageStore }> {
  const folder = join(root, `store-${count++}`);
  return { folder, store: await folderPackageStore({ folder, ...options }) };
}

async function upload(store: PackageStore, of: MemoryPackage = parts, by = owner): Promise<string> {
  const { packageId: id } = await store.stage(of.header, by, NOW);
  for (const [i, chunk] of of.chunks.entries()) await store.putChunk(id, by, i, chunk);
  return id;
}

describe('folder package store', () => {
  it('serves a committed package, also after a restart', async () => {
    const { folder, store } = await freshStore();
    await upload(store);
    const stored = await store.commit(packageId, owner, NOW);
    expect(stored).toMatchObject({ packageId, owner, committedAt: NOW });
    for (const opened of [store, await folderPackageStore({ folder })]) {
      expect((await opened.list()).map((item) => item.packageId)).toEqual([packageId]);
      expect(await opened.find(packageId)).toMatchObject({ owner, committedAt: NOW });
      const { files } = await receiveModel(await receiveOptions(await opened.open(packageId)));
      expect(files.names).toEqual(['model.onnx']);
    }
  });

  it('shows nothing of an upload before it is whole', async () => {
    const { folder, store } = await freshStore();
    const { missing } = await store.stage(parts.header, owner, NOW);
    expect(missing).toEqual([0, 1, 2]);
    await store.putChunk(packageId, owner, 2, parts.chunks[2]!);
    for (const opened of [store, await folderPackageStore({ folder })]) {
      expect(await opened.list()).toEqual([]);
      expect(await opened.find(packageId)).toBeUndefined();
      expect(await codeOf(() => opened.open(packageId))).toBe('ERR_MODEL_PACKAGE_UNKNOWN');
      expect(await codeOf(() => opened.commit(packageId, owner, NOW))).toBe('ERR_MODEL_UPLOAD_INCOMPLETE');
      expect((await opened.stage(parts.header, owner, NOW)).missing).toEqual([0, 1]);
    }
  });

  it('commits only what leads to the signed roots [EDGE-034]', async () => {
    const { store } = await freshStore();
    const changes = [
      [0, flipped(parts.chunks[0]!, 9)],
      [1, parts.chunks[0]!],
    ] as const;
    for (const [index, chunk] of changes) {
      await upload(store);
      await store.putChunk(packageId, owner, index, chunk);
      expect(await codeOf(() => store.commit(packageId, owner, NOW))).toBe('ERR_MODEL_TREE_WRONG');
      expect(await store.list()).toEqual([]);
      expect((await store.stage(parts.header, owner, NOW)).missing).toEqual([0, 1, 2]);
    }
    await upload(store);
    await store.commit(packageId, owner, NOW);
    expect(await codeOf(() => store.stage(parts.header, owner, NOW))).toBe('ERR_MODEL_PACKAGE_EXISTS');
    expect(await codeOf(() => store.putChunk(packageId, owner, 0, parts.chunks[0]!))).toBe(
      'ERR_MODEL_PACKAGE_UNKNOWN',
    );
    expect(await codeOf(() => store.commit(packageId, owner, NOW))).toBe('ERR_MODEL_PACKAGE_UNKNOWN');
  });

  it('refuses chunks of a wrong number or length', async () => {
    const { store } = await freshStore();
    await store.stage(parts.header, owner, NOW);
    for (const index of [3, -1, 0.5, Number.NaN, 2 ** 31]) {
      expect(await codeOf(() => store.putChunk(packageId, owner, index, parts.chunks[0]!))).toBe(
        'ERR_MODEL_CHUNK_UNKNOWN',
      );
    }
    for (const chunk of [parts.chunks[2]!, new Uint8Array(0), new Uint8Array(65_553)]) {
      expect(await codeOf(() => store.putChunk(packageId, owner, 0, chunk))).toBe('ERR_MODEL_CHUNK_WRONG');
    }
    expect(await codeOf(() => store.putChunk('../x', owner, 0, parts.chunks[0]!))).toBe(
      'ERR_MODEL_PACKAGE_UNKNOWN',
    );
  });

  it('lets nobody else touch an upload', async () => {
    const { store } = await freshStore();
    await upload(store);
    for (const other of [
      { tenantId: 't1', userId: 'bob' },
      { tenantId: 't2', userId: 'alice' },
    ]) {
      expect(await codeOf(() => store.putChunk(packageId, other, 0, parts.chunks[0]!))).toBe(
        'ERR_MODEL_PACKAGE_UNKNOWN',
      );
      expect(await codeOf(() => store.commit(packageId, other, NOW))).toBe('ERR_MODEL_PACKAGE_UNKNOWN');
      expect(await codeOf(() => store.stage(parts.header, other, NOW))).toBe('ERR_MODEL_PACKAGE_UNKNOWN');
    }
  });

  it('does not commit while a chunk is being written, nor twice at once', async () => {
    const { store } = await freshStore();
    await upload(store);
    const writing = store.putChunk(packageId, owner, 0, flipped(parts.chunks[0]!, 1));
    expect(await codeOf(() => store.commit(packageId, owner, NOW))).toBe('ERR_MODEL_UPLOAD_INCOMPLETE');
    await writing;
    await store.putChunk(packageId, owner, 0, parts.chunks[0]!);
    const results = await Promise.allSettled([1, 2].map(() => store.commit(packageId, owner, NOW)));
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('keeps its quotas and forgets abandoned uploads', async () => {
    const others = await Promise.all([2, 3].map((version) => pack({ version })));
    const [second, third] = others as [MemoryPackage, MemoryPackage];
    const small = await freshStore({ maxBytes: 150_000 });
    await upload(small.store);
    expect(await codeOf(() => small.store.stage(second.header, owner, NOW))).toBe('ERR_MODEL_QUOTA');
    const few = await freshStore({ maxPackages: 1 });
    await upload(few.store);
    await few.store.commit(packageId, owner, NOW);
    expect(await codeOf(() => few.store.stage(second.header, owner, NOW))).toBe('ERR_MODEL_QUOTA');
    const { store, folder } = await freshStore({ maxUploadsPerTenant: 1, uploadHours: 1 });
    const atOnce = await Promise.allSettled([parts, second].map((of) => store.stage(of.header, owner, NOW)));
    expect(atOnce.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    await store.stage(third.header, { tenantId: 't2', userId: 'x' }, NOW);
    await store.stage(second.header, owner, new Date(NOW.getTime() + DAY_MS));
    expect(await readdir(join(folder, 'staging'))).toEqual([toHex(second.manifest.digest)]);
  });

  it('leaves out damaged packages and reports them', async () => {
    for (const damage of [
      (own: string) => rm(join(own, '00001.chunk')),
      (own: string) => rm(join(own, 'header')),
      (own: string) => rm(join(own, 'meta.json')),
      (own: string) => writeFile(join(own, 'meta.json'), '{"tenantId":1}'),
      async (own: string) => writeFile(join(own, 'header'), (await pack()).header),
      async (own: string) => writeFile(join(own, 'leaves'), flipped(await readFile(join(own, 'leaves')), 0)),
    ]) {
      const { folder, store } = await freshStore();
      await upload(store);
      await store.commit(packageId, owner, NOW);
      await damage(join(folder, 'packages', packageId));
      const reported: string[] = [];
      const again = await folderPackageStore({ folder }, { onDamaged: (id) => reported.push(id) });
      expect([await again.list(), reported]).toEqual([[], [packageId]]);
    }
  });

  it('ignores what is no package, and codes failures of the disk', async () => {
    const { folder } = await freshStore();
    await mkdir(join(folder, 'packages', 'lost+found'), { recursive: true });
    expect(await (await folderPackageStore({ folder })).list()).toEqual([]);
    await writeFile(join(root, 'plain-file'), 'x');
    expect(await codeOf(() => folderPackageStore({ folder: join(root, 'plain-file') }))).toBe(
      'ERR_MODEL_STORE_UNAVAILABLE',
    );
    const { folder: gone, store } = await freshStore();
    await upload(store);
    await rm(join(gone, 'staging'), { recursive: true });
    expect(await codeOf(() => store.commit(packageId, owner, NOW))).toBe('ERR_MODEL_STORE_UNAVAILABLE');
  });

  it('refuses malformed headers', async () => {
    const { store } = await freshStore();
    expect(await codeOf(() => store.stage(new Uint8Array(3), owner, NOW))).toBe('ERR_MODEL_CBOR_MALFORMED');
  });

  it('keeps the first receipt of a device', async () => {
    const { store } = await freshStore();
    await upload(store);
    const device = 'ab'.repeat(32);
    expect(await codeOf(() => store.putReceipt(packageId, device, Uint8Array.of(1)))).toBe(
      'ERR_MODEL_PACKAGE_UNKNOWN',
    );
    await store.commit(packageId, owner, NOW);
    await store.putReceipt(packageId, device, Uint8Array.of(1));
    await store.putReceipt(packageId, device, Uint8Array.of(2));
    expect([...(await store.receipts(packageId))]).toEqual([[device, Uint8Array.of(1)]]);
    expect(await codeOf(() => store.putReceipt(packageId, '../../x', Uint8Array.of(1)))).toBe(
      'ERR_MODEL_PACKAGE_UNKNOWN',
    );
    expect(await codeOf(() => store.receipts('..'))).toBe('ERR_MODEL_PACKAGE_UNKNOWN');
  });
});
