import { join } from 'node:path';
import { sm2SoftwareSigner } from '@cssi/pki/adapters/software';
import type { AuditLog, IdentityStore } from '@cssi/security-service-api';
import { FileAuditLog } from '@cssi/security-service-api/adapters/file-audit';
import { inProcessTransport } from '@cssi/security-service-api/adapters/in-process';
import { memoryAuditLog } from '@cssi/security-service-api/adapters/memory-audit';
import { memoryIdentityStore } from '@cssi/security-service-api/adapters/memory-identity';
import { sqlIdentityStore } from '@cssi/security-service-api/adapters/sql-identity';
import {
  type AuditLogSubject,
  auditLogSuite,
  type IdentityStoreSubject,
  identityStoreSuite,
  serviceBindingSuite,
} from '@cssi/security-service-api/conformance';
import { sm2 } from '@cssi/sm-core';
import { type Opened, type Setting, type Trial, trial } from '../trial.ts';
import { serveHttps } from './https-server.ts';
import { tamperWith } from './identity-tampering.ts';
import { createHarness } from './service-harness.ts';
import { openSoftwareRoot } from './software-tee.ts';
import { openDatabase } from './sql-database.ts';

const newSigner = () => sm2SoftwareSigner(sm2.generateKeyPair());

function memoryAudit({ now }: Setting): Opened<AuditLogSubject> {
  const signer = newSigner();
  const open = async () => memoryAuditLog({ origin: 'hil' }, { signer, clock: () => now });
  return { subject: { open, publicKeyInfo: signer.publicKeyInfo } };
}

function fileAudit({ folder, now }: Setting): Opened<AuditLogSubject> {
  const signer = newSigner();
  const folders = new WeakMap<AuditLog, string>();
  let count = 0;
  const openIn = async (place: string): Promise<AuditLog> => {
    const log = await FileAuditLog.open({ folder: place, origin: 'hil' }, { signer, clock: () => now });
    folders.set(log, place);
    return log;
  };
  const subject: AuditLogSubject = {
    open: () => openIn(join(folder, `log-${count++}`)),
    publicKeyInfo: signer.publicKeyInfo,
    reopen: async (log) => {
      await log.close();
      return openIn(folders.get(log)!);
    },
  };
  return { subject, capabilities: ['durable'] };
}

async function sqlIdentities(setting: Setting): Promise<Opened<IdentityStoreSubject>> {
  const database = await openDatabase(setting);
  const { root, emulated } = await openSoftwareRoot(setting);
  const open = async (clock: () => Date): Promise<IdentityStore> => {
    const store = await sqlIdentityStore({ database, clock, mac: root.mac });
    await database.execScript('truncate identity_activation, identity_user, identity_tenant');
    return store;
  };
  return { subject: { open, tamper: tamperWith(database) }, capabilities: ['row-mac'], emulated };
}

export const securityServiceTrials: readonly Trial[] = [
  trial('security-service-api', serviceBindingSuite, 'in-process binding', async ({ now }) => {
    const { harness, dispatcher } = await createHarness(now);
    const addresses = { first: '192.0.2.1', second: '192.0.2.2' } as const;
    return {
      capabilities: ['clock', 'address', 'fault'],
      subject: {
        ...harness,
        transport: async (address = 'first') =>
          inProcessTransport(dispatcher, { remoteAddress: addresses[address] }),
      },
    };
  }),
  trial('security-service-api', serviceBindingSuite, 'HTTPS binding', async (setting) => {
    const { harness, dispatcher } = await createHarness(setting.now);
    const server = await serveHttps(dispatcher);
    setting.onClose(() => server.close());
    return {
      capabilities: ['clock', 'fault', ...(server.secondAddress ? ['address'] : [])],
      subject: { ...harness, transport: async (address = 'first') => server.transport(address) },
    };
  }),
  trial('security-service-api', auditLogSuite, 'memory', memoryAudit),
  trial('security-service-api', auditLogSuite, 'files', fileAudit),
  trial('security-service-api', identityStoreSuite, 'memory', () => ({
    subject: { open: async (clock) => memoryIdentityStore({ clock }) },
  })),
  trial(
    'security-service-api',
    identityStoreSuite,
    'embedded SQL, row MACs by the software TEE',
    sqlIdentities,
  ),
];
