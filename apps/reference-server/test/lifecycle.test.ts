import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { certificatesFromPem, verifyCertificatePath } from '@cssi/pki';
import { sm2SoftwareSigner } from '@cssi/pki/adapters/software';
import {
  coreOperations,
  createClient,
  parseCheckpoint,
  type ServiceClient,
  verifyAuditFolder,
} from '@cssi/security-service-api';
import { fromBase64, isAccepted, type SmError, sm2, toBase64, utf8 } from '@cssi/sm-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningServer } from '../src/server.ts';
import { codeOf } from './support/codes.ts';
import { temporaryFolder } from './support/folders.ts';
import { enrolled, enter, type Person } from './support/people.ts';
import { configOf, doorOf, machineClock, start } from './support/server.ts';

const folder = temporaryFolder();
const checkpointCopy = join(folder, 'other-host.jsonl');
const readyFile = join(folder, 'ready.json');
const config = configOf(folder, { checkpointCopy, readyFile });
const message = toBase64(utf8('signed before the restart'));

/** State that must outlive a restart. */
let before: { server: RunningServer; user: Person; auditor: Person; keyId: string; publicKey: string };
let signature: string;
let server: RunningServer | undefined;
/** The data folder as it was between the first and the second run. */
const stopped = join(folder, 'stopped');

async function again(person: Person, running: RunningServer): Promise<ServiceClient> {
  const client = createClient(doorOf(running).transport());
  await client.login({ certificate: person.certificate, signer: sm2SoftwareSigner(person.keyPair) });
  return client;
}

const valid = async (client: ServiceClient): Promise<boolean> =>
  (await client.call(coreOperations.verify, { keyId: before.keyId, message, signature })).valid;

const trustedCheckpoint = () =>
  parseCheckpoint(readFileSync(checkpointCopy, 'utf8').trimEnd().split('\n').at(-1)!);

const auditVerdict = async (running: RunningServer, auditFolder: string, withCopy: boolean) =>
  verifyAuditFolder(auditFolder, {
    keys: certificatesFromPem(readFileSync(running.files.auditCertificate, 'utf8')),
    ...(withCopy ? { trustedCheckpoint: trustedCheckpoint() } : {}),
  });

beforeAll(async () => {
  writeFileSync(readyFile, '{"address":"of an earlier run"}');
  const first = await start(config);
  server = first;
  const system = await enter(doorOf(first), first.activations['system-admin']!);
  const security = await enter(doorOf(first), first.activations['security-admin']!);
  await system.client.call(coreOperations['tenant.create'], { tenantId: 'acme', name: 'Acme' });
  const user = await enrolled(doorOf(first), security.client, 'acme-user', 'acme', ['tenant-user']);
  const auditor = await enrolled(doorOf(first), security.client, 'auditor-2', null, ['auditor']);
  const key = await user.client.call(coreOperations['key.create'], {
    algorithm: 'SM2',
    usage: ['sign'],
    label: 'contracts',
  });
  before = { server: first, user, auditor, keyId: key.keyId, publicKey: key.publicKey! };
  ({ signature } = await user.client.call(coreOperations.sign, { keyId: key.keyId, message }));
});
afterAll(() => server?.close());

describe('first start', () => {
  it('tells people and programs what they need', () => {
    const facts = JSON.parse(readFileSync(readyFile, 'utf8'));
    const { close: _close, ...expected } = before.server;
    expect(facts).toEqual(expected);
    expect(statSync(readyFile).mode & 0o777).toBe(0o600);
    expect(Object.keys(facts.activations)).toEqual(['system-admin', 'security-admin', 'auditor']);
    for (const path of Object.values(before.server.files)) expect(existsSync(path), path).toBe(true);
  });

  it('keeps the data folder to its owner', () => {
    for (const name of ['.', 'ca', 'audit', 'models', 'db', 'tee']) {
      expect(statSync(join(config.dataDir, name)).mode & 0o077, name).toBe(0);
    }
  });

  it('leads users and audit key to the platform CA', () => {
    const anchors = certificatesFromPem(readFileSync(before.server.files.platformCa, 'utf8'));
    const [audit] = certificatesFromPem(readFileSync(before.server.files.auditCertificate, 'utf8'));
    expect(isAccepted(verifyCertificatePath(audit!, { anchors, time: machineClock() }))).toBe(true);
  });

  it('takes an activation token once', async () => {
    const token = before.server.activations['system-admin']!;
    expect(await codeOf(() => enter(doorOf(before.server), token))).toBe('ERR_IDENTITY_TOKEN_INVALID');
  });

  it('shows readiness and figures of the audit log', async () => {
    const base = `http://127.0.0.1:${before.server.healthPort}`;
    expect((await fetch(`${base}/health/ready`)).status).toBe(200);
    const figures = await (await fetch(`${base}/metrics`)).text();
    expect(Number(/^cssi_audit_records (\d+)$/m.exec(figures)?.[1])).toBeGreaterThan(10);
    expect(figures).toMatch(/^cssi_audit_checkpoint_copy_failures 0$/m);
  });
});

describe('a second server on the same data folder', () => {
  it('is refused with a readable code while the first goes on', async () => {
    const error: unknown = await start({ ...config, readyFile: undefined }).catch(
      (refusal: unknown) => refusal,
    );
    const { code, category, message: text, messageZh } = error as SmError;
    expect([code, category]).toEqual(['ERR_TEE_LOCKED', 'conflict']);
    expect(text.length).toBeGreaterThan(10);
    expect(messageZh).toMatch(/[\u4e00-\u9fff]/);
    expect(await valid(before.user.client)).toBe(true);
  });
});

describe('a restart on the same data folder', () => {
  let second: RunningServer;
  let recordsBefore: number;
  beforeAll(async () => {
    await before.server.close();
    server = undefined;
    cpSync(config.dataDir, stopped, { recursive: true });
    recordsBefore = (await auditVerdict(before.server, join(stopped, 'audit'), false)).records;
    second = await start(config);
    server = second;
  });

  it('keeps both CAs, so that clients need nothing new', () => {
    expect(second.caFingerprint).toBe(before.server.caFingerprint);
    const kept = ['https-ca.pem', 'platform-ca.pem', 'tee-root.pem', 'audit.pem'];
    for (const name of kept) {
      const old = readFileSync(join(stopped, 'ca', name), 'utf8');
      expect(readFileSync(join(config.dataDir, 'ca', name), 'utf8'), name).toBe(old);
    }
  });

  it('keeps tenants, users and keys', async () => {
    const client = await again(before.user, second);
    expect(await valid(client)).toBe(true);
    const { keys } = await client.call(coreOperations['key.list'], {});
    expect(keys).toMatchObject([{ keyId: before.keyId, label: 'contracts', state: 'active' }]);
    const fresh = await client.call(coreOperations.sign, { keyId: before.keyId, message });
    const right = sm2.verify(fromBase64(before.publicKey), fromBase64(message), fromBase64(fresh.signature));
    expect(right).toBe(true);
    await client.close();
  });

  it('asks for a new login', async () => {
    const client = createClient(doorOf(second).transport());
    expect(await codeOf(() => client.call(coreOperations['key.list'], {}))).toBe('ERR_API_NOT_LOGGED_IN');
  });

  it('goes on with the audit log', async () => {
    const client = await again(before.auditor, second);
    const page = await client.call(coreOperations['audit.read'], { fromSequence: 0, limit: 1000 });
    expect(page.records.length).toBeGreaterThan(recordsBefore);
    expect(page.records.map(({ sequence }) => sequence)).toEqual(page.records.map((_, i) => i));
    await client.close();
  });

  it('voids the tokens of administrators who were not activated, and gives new ones', async () => {
    expect(Object.keys(second.activations)).toEqual(['auditor']);
    const old = before.server.activations.auditor!;
    expect(second.activations.auditor).not.toBe(old);
    expect(await codeOf(() => enter(doorOf(second), old))).toBe('ERR_IDENTITY_TOKEN_INVALID');
    const auditor = await enter(doorOf(second), second.activations.auditor!);
    expect(auditor.client.session).toMatchObject({ userId: 'auditor', tenantId: null, roles: ['auditor'] });
    await auditor.client.close();
  });

  it('ends with every record under a signed checkpoint, here and in the copy', async () => {
    await second.close();
    server = undefined;
    const verdict = await auditVerdict(second, second.files.audit, true);
    expect(isAccepted(verdict)).toBe(true);
    expect(verdict.truncation.status).toBe('passed');
    expect(verdict.coveredRecords).toBe(verdict.records);
    expect(trustedCheckpoint().checkpoint.size).toBe(verdict.records);
  });
});

describe('a port that is taken', () => {
  it.each(['port', 'healthPort'] as const)('refuses the start and leaves nothing open: %s', async (which) => {
    const other = temporaryFolder();
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    try {
      cpSync(stopped, join(other, 'data'), { recursive: true });
      expect(await codeOf(() => start(configOf(other, { [which]: port })))).toBe('ERR_APP_LISTEN');
      // The folder is free again: the same folder starts on another port.
      const free = await start(configOf(other));
      expect(free.caFingerprint).toBe(before.server.caFingerprint);
      await free.close();
    } finally {
      await new Promise((resolve) => taken.close(resolve));
    }
  });
});

describe('an audit log that was cut together with its checkpoints', () => {
  const cut = join(folder, 'cut');
  beforeAll(() => {
    // The state after the first run is a log without its end: consistent in itself.
    cpSync(stopped, cut, { recursive: true });
  });

  it('shows nothing by itself, and shows against the copy [part of EDGE-056]', async () => {
    const alone = await auditVerdict(before.server, join(cut, 'audit'), false);
    expect(alone.integrity.status).toBe('passed');
    const compared = await auditVerdict(before.server, join(cut, 'audit'), true);
    expect(compared.truncation).toMatchObject({ status: 'failed', reasons: [{ code: 'AUDIT_TRUNCATED' }] });
    expect(isAccepted(compared)).toBe(false);
  });

  it('is not opened by a server that has the copy [part of TCCIA-151]', async () => {
    const cutConfig = configOf(folder, { dataDir: cut, checkpointCopy });
    expect(await codeOf(() => start(cutConfig))).toBe('ERR_AUDIT_TAMPERED');
    const [segment] = readdirSync(join(cut, 'audit')).filter((name) => name.startsWith('segment-'));
    truncateSync(join(cut, 'audit', segment!), 1000);
    expect(await codeOf(() => start(configOf(folder, { dataDir: cut })))).toBe('ERR_AUDIT_TAMPERED');
  });
});
