import {
  type MemoryPackage,
  MIN_CHUNK_BYTES,
  modelOperations,
  packModelInMemory,
} from '@cssi/model-transfer';
import type { ServiceClient } from '@cssi/security-service-api';
import { toBase64 } from '@cssi/sm-core';
import { certifiedKey, type Person } from './people.ts';

const DAY = 86_400_000;

/** A package of two chunks for one device, signed by a publisher of the client's tenant. */
export async function smallPackage(
  publisher: ServiceClient,
  device: Person,
  clock: () => Date,
): Promise<MemoryPackage> {
  const input = Uint8Array.from({ length: MIN_CHUNK_BYTES + 100 }, (_, i) => i * 7);
  return packModelInMemory(
    {
      files: [{ name: 'model.onnx', input }],
      modelId: 'detector',
      version: 1,
      level: 'L1',
      link: 'edge-cloud',
      expires: new Date(clock().getTime() + DAY),
      recipients: [device.certificate],
      chunkBytes: MIN_CHUNK_BYTES,
      clock,
    },
    await certifiedKey(publisher, 'model-publisher'),
  );
}

/** Offers a package whole and gives its id back. */
export async function offer(publisher: ServiceClient, packed: MemoryPackage): Promise<string> {
  const header = toBase64(packed.header);
  const { packageId } = await publisher.call(modelOperations['model.offer'], { header });
  for (const [index, chunk] of packed.chunks.entries()) {
    await publisher.call(modelOperations['model.offer.chunk'], { packageId, index }, chunk);
  }
  await publisher.call(modelOperations['model.offer.commit'], { packageId });
  return packageId;
}
