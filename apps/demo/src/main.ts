#!/usr/bin/env node
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { coreOperations, type ServiceClient } from '@cssi/security-service-api';
import { randomBytes, SmError, toHex } from '@cssi/sm-core';
import { activateAndLogin } from './people.ts';
import { type ServerProcess, startServerProcess } from './processes.ts';
import { Report } from './report.ts';
import { checkCsvReports } from './scenario/attestation.ts';
import { verifyAudit } from './scenario/audit.ts';
import { signAndEncrypt } from './scenario/crypto.ts';
import { checkEvidence } from './scenario/evidence.ts';
import { migrateCounter } from './scenario/migration.ts';
import { activateEdge, deliverModel } from './scenario/model.ts';
import { sealDocument } from './scenario/seal.ts';

const TENANT = 'demo-tenant';

async function enroll(
  securityAdmin: ServiceClient,
  userId: string,
  role: 'tenant-user' | 'device',
): Promise<string> {
  const { activationToken } = await securityAdmin.call(coreOperations['identity.enroll'], {
    userId,
    name: userId,
    tenantId: TENANT,
    roles: [role],
  });
  return activationToken;
}

async function demo(folder: string, report: Report): Promise<void> {
  let server: ServerProcess | undefined;
  const clients: ServiceClient[] = [];
  try {
    const running = await report.step('start the reference server with a fresh data folder', async (say) => {
      const started = await startServerProcess(folder);
      say(`${started.address}, process ${started.pid}`);
      return started;
    });
    server = running;
    const enter = async (token: string): Promise<ServiceClient> => {
      const client = await activateAndLogin(running, token);
      clients.push(client);
      return client;
    };
    const { systemAdmin, securityAdmin } = await report.step(
      'activate the first administrators',
      async () => ({
        systemAdmin: await enter(running.activations['system-admin']!),
        securityAdmin: await enter(running.activations['security-admin']!),
      }),
    );
    await report.step("check the TEE's evidence", (say) => checkEvidence(running, systemAdmin, say));
    await report.step('verify attestation reports of Hygon CSV', checkCsvReports);
    await report.step('migrate a trusted application between two TEEs', (say) => migrateCounter(folder, say));
    const edgeFolder = join(folder, 'edge');
    await mkdir(edgeFolder, { mode: 0o700 });
    const { user, edge } = await report.step('create a tenant, a user and an edge device', async (say) => {
      await systemAdmin.call(coreOperations['tenant.create'], { tenantId: TENANT, name: 'Demo tenant' });
      const userToken = await enroll(securityAdmin, 'demo-user', 'tenant-user');
      const deviceToken = await enroll(securityAdmin, 'edge-1', 'device');
      const passphrase = toHex(randomBytes(16));
      const result = {
        user: await enter(userToken),
        edge: await activateEdge(running, deviceToken, edgeFolder, passphrase),
      };
      say('each made its own key pair and has a certificate of the platform CA');
      return result;
    });
    await report.step('create keys, sign and verify, encrypt and decrypt', (say) =>
      signAndEncrypt(user, say),
    );
    await report.step('seal an OFD document and verify it', (say) =>
      sealDocument(running, user, folder, say),
    );
    await report.step('protect a real model and deliver it to the edge process', (say) =>
      deliverModel(running, user, edge, folder, report, say),
    );
    await report.step('stop the server', async () => {
      for (const client of clients.splice(0)) await client.close();
      server = undefined;
      await running.stop();
    });
    await report.step('verify the audit log off line', (say) => verifyAudit(running, say));
  } finally {
    for (const client of clients) await client.close().catch(() => undefined);
    await server?.stop().catch(() => undefined);
  }
}

const folder = await mkdtemp(join(tmpdir(), 'cssi-demo-'));
const keep = process.argv.includes('--keep');
const started = performance.now();
try {
  await demo(folder, new Report((text) => process.stdout.write(text), process.stdout.isTTY === true));
  console.log(`all steps in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  console.log('demo: OK');
} catch (error) {
  if (error instanceof SmError) console.error(`${error.code}: ${error.message}`);
  console.error(error);
  console.error('demo: FAILED');
  process.exitCode = 1;
} finally {
  if (keep) console.log(`kept: ${folder}`);
  else await rm(folder, { recursive: true, force: true });
}
