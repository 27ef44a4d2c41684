import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Sm2KeyPair, sm2, utf8 } from '@cssi/sm-core';
import {
  type ManagementAction,
  migrateApplication,
  TA_MANIFEST_FORMAT,
  type TaManifest,
  TEEC_RESULTS,
  type TeecError,
} from '@cssi/tee-client';
import { createSoftwareTee, type SoftwareTee } from '@cssi/tee-client/adapters/software';
import {
  buildBundle,
  managementCommand,
  managementSigner,
  payloadDigest,
  signBundle,
} from '@cssi/tee-client/management';
import { expect } from '../expect.ts';

type Say = (text: string) => void;

const UUID = '6d0a4c1e-52f7-4b7e-8a6e-3f1f0d5b9c21';
const COUNT = 1;

/** Keeps a number in sealed storage and counts on from it. */
const CODE = `(tee) => ({
  TA_OpenSessionEntryPoint() {},
  TA_InvokeCommandEntryPoint(session, command, types, params) {
    const id = new TextEncoder().encode('count');
    let count = 0;
    try {
      const object = tee.TEE_OpenPersistentObject(1, id, 1);
      count = tee.TEE_ReadObjectData(object, 1)[0];
      tee.TEE_CloseObject(object);
    } catch (error) {
      if (!String(error.message).includes('ITEM_NOT_FOUND')) throw error;
    }
    tee.TEE_CloseObject(tee.TEE_CreatePersistentObject(1, id, 0x407, null, Uint8Array.of(count + 1)));
    params[1].buffer[0] = count + 1;
    params[1].size = 1;
  },
})`;

const MANIFEST: TaManifest = {
  format: TA_MANIFEST_FORMAT,
  uuid: UUID,
  name: 'demo-counter',
  version: 1,
  description: 'counts',
  singleInstance: true,
  multiSession: true,
  instanceKeepAlive: true,
  apis: ['storage'],
  services: [],
  commands: [COUNT],
  logins: null,
  callers: null,
  memoryBytes: 4 << 20,
  storageBytes: 1 << 20,
  maxSessions: 4,
  callTimeoutMs: 10_000,
  socketPeers: [],
  minimumTcb: 0,
  properties: {},
};

async function count(tee: SoftwareTee): Promise<number> {
  const platform = tee.enclaves();
  const enclave = await platform.create(UUID);
  try {
    return (await enclave.call(COUNT, utf8('go'), { maxOutput: 1 }))[0]!;
  } finally {
    await enclave.destroy();
  }
}

/** Moves an application with its stored data between two TEEs that attest to each other. */
export async function migrateCounter(folder: string, say: Say): Promise<void> {
  const owner: Sm2KeyPair = sm2.generateKeyPair();
  const signer = managementSigner(owner);
  const start = async (name: string): Promise<SoftwareTee> => {
    const dataDir = join(folder, name);
    await mkdir(dataDir, { mode: 0o700 });
    return createSoftwareTee({ dataDir, managementKey: owner.publicKey });
  };
  let sequence = Date.now();
  const command = (tee: SoftwareTee, action: ManagementAction): Promise<Uint8Array> =>
    managementCommand(action, { device: tee.info.device, sequence: sequence++, signer });
  const tees: SoftwareTee[] = [];
  try {
    const source = await start('tee-a');
    tees.push(source);
    const target = await start('tee-b');
    tees.push(target);
    const bundle = await signBundle(buildBundle(MANIFEST, utf8(CODE)), signer);
    const install = await command(source, { action: 'install-ta', bundleDigest: payloadDigest(bundle) });
    await source.module.manage(install, bundle);
    await count(source);
    expect((await count(source)) === 2, 'the counter did not count');
    say('installed in the first TEE; its sealed counter stands at 2');
    const measurements: readonly string[] = [];
    const exportCommand = await command(source, {
      action: 'export-ta',
      ta: UUID,
      target: target.info.device,
      measurements,
    });
    const importCommand = await command(target, {
      action: 'import-ta',
      ta: UUID,
      source: source.info.device,
      measurements,
    });
    const steps: string[] = [];
    await migrateApplication({
      ta: UUID,
      source: source.module,
      target: target.module,
      exportCommand,
      importCommand,
      onProgress: (progress) => steps.push(`${progress.source}/${progress.target}`),
    });
    say(`both TEEs attested to each other; source/target: ${[...new Set(steps)].join(' → ')}`);
    expect((await count(target)) === 3, 'the counter did not come along');
    say('the second TEE counts on at 3');
    const refused = await count(source).then(
      () => undefined,
      (error: TeecError) => error,
    );
    expect(
      refused?.result === TEEC_RESULTS.ITEM_NOT_FOUND,
      `the first TEE still runs it: ${refused?.message}`,
    );
    say('the first TEE knows it no more');
  } finally {
    for (const tee of tees) await tee.close();
    owner.privateKey.destroy();
  }
}
