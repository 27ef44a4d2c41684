import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  decodeHeader,
  encodePackageFile,
  type PackageParts,
  type PackageSource,
  packModel,
  packModelInMemory,
  receiveModel,
} from '@cssi/model-transfer';
import { filePackageSource } from '@cssi/model-transfer/adapters/file';
import { folderPackageStore } from '@cssi/model-transfer/adapters/folder';
import { memoryPackageSource } from '@cssi/model-transfer/adapters/memory';
import {
  modelTransferSuite,
  packageSourceSuite,
  type SourceFactory,
  type TransferImplementation,
} from '@cssi/model-transfer/conformance';
import { type Setting, type Trial, trial } from '../trial.ts';

/** Paths in the folder of the trial, each used once. */
function freshPaths({ folder }: Setting): (name: string) => string {
  let count = 0;
  return (name) => join(folder, `${count++}-${name}`);
}

async function partsOf(source: PackageSource): Promise<PackageParts> {
  const header = await source.manifest();
  const chunks: Uint8Array[] = [];
  for (let index = 0; index < decodeHeader(header).manifest.chunkCount; index++) {
    chunks.push(await source.chunk(index));
  }
  return { header, leaves: await source.leaves(), chunks };
}

const inMemory: TransferImplementation = {
  pack: packModelInMemory,
  async receive(request) {
    const { files, receipt } = await receiveModel(request);
    return { files: new Map(files.names.map((name) => [name, files.get(name)!])), receipt };
  },
};

/**
 * Packs into a package file. Receives into memory: the suite packs at level L2, whose
 * plaintext may not be written to a disk.
 */
function packedInFiles(setting: Setting): TransferImplementation {
  const path = freshPaths(setting);
  return {
    ...inMemory,
    async pack(request, publisher) {
      const { path: output } = await packModel({ ...request, output: path('packed.smp') }, publisher);
      const source = await filePackageSource(output);
      try {
        return await partsOf(source);
      } finally {
        await source.close();
      }
    },
  };
}

const memorySources: SourceFactory = { create: async (parts) => memoryPackageSource(parts) };

function fileSources(setting: Setting): SourceFactory {
  const path = freshPaths(setting);
  return {
    async create(parts) {
      const file = path('package.smp');
      await writeFile(file, encodePackageFile(parts));
      return filePackageSource(file);
    },
  };
}

/** Each package goes into a store of its own, as an upload would. */
function folderSources(setting: Setting): SourceFactory {
  const path = freshPaths(setting);
  const owner = { tenantId: 'hil', userId: 'hil' };
  return {
    async create(parts) {
      const store = await folderPackageStore({ folder: path('store') });
      const { packageId } = await store.stage(parts.header, owner, setting.now);
      for (const [index, chunk] of parts.chunks.entries()) {
        await store.putChunk(packageId, owner, index, chunk);
      }
      await store.commit(packageId, owner, setting.now);
      return store.open(packageId);
    },
  };
}

export const modelTransferTrials: readonly Trial[] = [
  trial('model-transfer', packageSourceSuite, 'memory', () => ({ subject: memorySources })),
  trial('model-transfer', packageSourceSuite, 'package file', (setting) => ({
    subject: fileSources(setting),
  })),
  trial('model-transfer', packageSourceSuite, 'folder store', (setting) => ({
    subject: folderSources(setting),
  })),
  trial('model-transfer', modelTransferSuite, 'memory', () => ({ subject: inMemory })),
  trial('model-transfer', modelTransferSuite, 'packed in files', (setting) => ({
    subject: packedInFiles(setting),
  })),
];
