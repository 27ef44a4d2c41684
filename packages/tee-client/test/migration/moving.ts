import { type Sm2KeyPair, sm2 } from '@cssi/sm-core';
import type { SoftwareTee, SoftwareTeeDeps, SoftwareTeeOptions } from '../../src/adapters/software/index.ts';
import { migrateApplication, type TeecSession } from '../../src/index.ts';
import { managementCommand, managementSigner } from '../../src/management/index.ts';
import type { ManagementAction } from '../../src/spec/v1/management.ts';
import type { MigrationOptions, MigrationResult } from '../../src/spec/v1/migration.ts';
import type { SecurityModule } from '../../src/spec/v1/module.ts';
import { hostileTa } from '../software/hostile-ta.ts';
import { type ManagedTee, startManaged, takeSequence, testManifest } from '../software/installing.ts';

export const STORE_UUID = '70000000-0000-4000-8000-000000000061';
export const STORE_MANIFEST = testManifest(STORE_UUID, {
  apis: ['crypto', 'storage', 'derive'],
  services: ['seal', 'monitor'],
});

/** One object of 4 KiB whose every word is the number put; a key; and a blob under another key. */
export const STORE_CODE = hostileTa(`{
  put: (tee, text) => {
    const words = new Uint32Array(1024).fill(Number(text));
    const id = new TextEncoder().encode('value');
    tee.TEE_CloseObject(tee.TEE_CreatePersistentObject(1, id, 0x407, null, new Uint8Array(words.buffer)));
    return text;
  },
  get: (tee) => {
    let object;
    try { object = tee.TEE_OpenPersistentObject(1, new TextEncoder().encode('value'), 1); } catch (error) {
      if (error.message.includes('ITEM_NOT_FOUND')) return 'nothing';
      throw error;
    }
    const bytes = tee.TEE_ReadObjectData(object, 8192);
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    tee.TEE_CloseObject(object);
    return words.length === 1024 && words.every((word) => word === words[0]) ? words[0] : 'torn';
  },
  fill: (tee, size) => {
    const id = new TextEncoder().encode('large');
    tee.TEE_CloseObject(tee.TEE_CreatePersistentObject(1, id, 0x407, null, new Uint8Array(Number(size)).fill(7)));
    return size;
  },
  key: (tee) => Array.from(tee.CSSI_DeriveTaKey(new TextEncoder().encode('x'), 16)).join(),
}`);

const managementPair: Sm2KeyPair = sm2.generateKeyPair();

export const startOne = (
  options: Partial<SoftwareTeeOptions> = {},
  deps: SoftwareTeeDeps = {},
): Promise<ManagedTee> => startManaged({ mode: 'in-process', ...options }, managementPair, deps);

export function commandFor(
  tee: SoftwareTee,
  action: ManagementAction,
  domain?: string,
  signer: Sm2KeyPair = managementPair,
): Promise<Uint8Array> {
  return managementCommand(action, {
    device: tee.info.device,
    sequence: takeSequence(),
    signer: managementSigner(signer),
    ...(domain === undefined ? {} : { domain }),
  });
}

/** What moves the store from one TEE to another; `change` alters it. */
export async function moveOptions(
  source: SoftwareTee,
  target: SoftwareTee,
  change: Partial<MigrationOptions> = {},
  domain?: string,
): Promise<MigrationOptions> {
  const ta = change.ta ?? STORE_UUID;
  return {
    ta,
    source: source.module,
    target: target.module,
    exportCommand: await commandFor(
      source,
      { action: 'export-ta', ta, target: target.info.device, measurements: [] },
      domain,
    ),
    importCommand: await commandFor(
      target,
      { action: 'import-ta', ta, source: source.info.device, measurements: [] },
      domain,
    ),
    ...change,
  };
}

export const move = async (
  source: SoftwareTee,
  target: SoftwareTee,
  change: Partial<MigrationOptions> = {},
  domain?: string,
): Promise<MigrationResult> => migrateApplication(await moveOptions(source, target, change, domain));

export const openStore = async (tee: SoftwareTee): Promise<TeecSession> =>
  (await tee.initializeContext()).openSession(STORE_UUID);

/** GlobalPlatform's result of a session with the store, which is closed again. */
export async function opening(module: SecurityModule, uuid: string = STORE_UUID): Promise<number> {
  const nil = '00000000-0000-0000-0000-000000000000';
  const { result, session } = await module.openSession(uuid, { login: 0, uuid: nil }, []);
  if (session !== undefined) await module.closeSession(session);
  return result;
}

/** State of both sides of a migration of the store. */
export async function states(source: SecurityModule, target: SecurityModule): Promise<string> {
  const [from, to] = await Promise.all([
    source.migrate({ step: 'status', ta: STORE_UUID, role: 'source' }),
    target.migrate({ step: 'status', ta: STORE_UUID, role: 'target' }),
  ]);
  return `${from.state} ${to.state}`;
}
