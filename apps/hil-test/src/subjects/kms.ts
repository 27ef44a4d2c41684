import { createKeyManagementService, type KeyManagementService, type KeyStore } from '@cssi/kms';
import { memoryKeyStore } from '@cssi/kms/adapters/memory';
import { sqlKeyStore } from '@cssi/kms/adapters/sql';
import { keyManagementSuite, keyStoreSuite } from '@cssi/kms/conformance';
import { certificateSignerSuite } from '@cssi/pki/conformance';
import { type Opened, type Setting, type Trial, trial } from '../trial.ts';
import { openSigner } from './pki.ts';
import { openSoftwareRoot } from './software-tee.ts';
import { openDatabase } from './sql-database.ts';

type OpenStore = (setting: Setting) => Promise<KeyStore>;

const openMemory: OpenStore = async () => memoryKeyStore();
const openSql: OpenStore = async (setting) => sqlKeyStore(await openDatabase(setting));

/** The service with its root key in a software TEE. */
async function openService(setting: Setting, openStore: OpenStore): Promise<Opened<KeyManagementService>> {
  const store = await openStore(setting);
  const { root, emulated } = await openSoftwareRoot(setting);
  const subject = createKeyManagementService({}, { store, root, clock: () => setting.now });
  setting.onClose(() => subject.close());
  return { subject, emulated };
}

export const kmsTrials: readonly Trial[] = [
  trial('kms', keyStoreSuite, 'memory', async (setting) => ({ subject: await openMemory(setting) })),
  trial('kms', keyStoreSuite, 'embedded SQL', async (setting) => ({ subject: await openSql(setting) })),
  trial('kms', keyManagementSuite, 'memory, root in the software TEE', (setting) =>
    openService(setting, openMemory),
  ),
  trial('kms', keyManagementSuite, 'embedded SQL, root in the software TEE', (setting) =>
    openService(setting, openSql),
  ),
  // A key of the service signs like any other key: same suite as the software signers.
  trial('kms', certificateSignerSuite, 'key of the key management service', async (setting) => {
    const { subject: kms, emulated = false } = await openService(setting, openMemory);
    const tenantId = 'hil';
    await kms.createTenant({ tenantId });
    const { keyId } = await kms.createKey({ tenantId, algorithm: 'SM2', usage: ['sign'], label: 'hil' });
    return { ...openSigner(await kms.signer(tenantId, keyId)), emulated };
  }),
];
