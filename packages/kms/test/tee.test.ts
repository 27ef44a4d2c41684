import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { utf8 } from '@cssi/sm-core';
import { runSuite } from '@cssi/sm-core/conformance';
import { openRootKeyService, type RootKeyService } from '@cssi/tee-client';
import { createSoftwareTee } from '@cssi/tee-client/adapters/software';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memoryKeyStore } from '../src/adapters/memory.ts';
import { keyManagementSuite } from '../src/conformance/index.ts';
import { createKeyManagementService, type KeyStore, type RootKeyProvider } from '../src/index.ts';
import { codeOf, NOW } from './support/kms.ts';

const folders: string[] = [];
const closers: (() => Promise<void>)[] = [];

/** A software TEE with a root key of its own; the root key stays in its worker thread. */
async function openRoot(): Promise<RootKeyService> {
  const dataDir = await mkdtemp(join(tmpdir(), 'cssi-kms-tee-'));
  folders.push(dataDir);
  const tee = await createSoftwareTee({ dataDir, clock: () => NOW });
  const root = await openRootKeyService(tee);
  closers.push(async () => {
    await root.close();
    await tee.close();
  });
  return root;
}

const service = (store: KeyStore, root: RootKeyProvider) =>
  createKeyManagementService({}, { store, root, clock: () => NOW });

let root: RootKeyService;

beforeAll(async () => {
  root = await openRoot();
});

afterAll(async () => {
  for (const close of closers) await close();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

describe('root key in the software TEE', () => {
  it('carries the service through its suite [part of CSSI-005]', async () => {
    const subject = service(memoryKeyStore(), root);
    const run = { name: 'service over the software TEE', subject, emulated: true };
    const { seed, results } = await runSuite(keyManagementSuite, run, { now: NOW });
    console.info(`software TEE: seed ${seed}`);
    expect(results.filter((result) => result.outcome !== 'pass')).toEqual([]);
  });

  it('opens no store of another root [part of EDGE-047]', async () => {
    const store = memoryKeyStore();
    const kms = service(store, root);
    await kms.createTenant({ tenantId: 'a' });
    const { keyId } = await kms.createKey({ tenantId: 'a', algorithm: 'SM4', usage: ['encrypt'], label: '' });
    const reference = { tenantId: 'a', keyId };
    const { ciphertext } = await kms.encrypt({ ...reference, plaintext: utf8('plaintext') });
    const again = service(store, root);
    expect((await again.decrypt({ ...reference, ciphertext })).plaintext).toEqual(utf8('plaintext'));
    const other = await openRoot();
    // The row MACs of another root do not fit; nor would the wrapped keys, if they did.
    expect(await codeOf(() => service(store, other).decrypt({ ...reference, ciphertext }))).toBe(
      'ERR_KMS_ROW_INTEGRITY',
    );
    const mixed: RootKeyProvider = { wrap: other.wrap, unwrap: other.unwrap, mac: root.mac };
    expect(await codeOf(() => service(store, mixed).decrypt({ ...reference, ciphertext }))).toBe(
      'ERR_KMS_ROW_INTEGRITY',
    );
  });
});
