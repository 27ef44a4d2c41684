import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedDatabase, type SqlDatabase } from '@cssi/security-service-api/sql';
import { toBase64, toHex, utf8 } from '@cssi/sm-core';
import { runSuite } from '@cssi/sm-core/conformance';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sqlKeyStore } from '../src/adapters/sql/index.ts';
import { keyManagementSuite, keyStoreSuite } from '../src/conformance/index.ts';
import { createKeyManagementService, type KmsAlert } from '../src/index.ts';
import { codeOf, NOW } from './support/kms.ts';
import { recordingRandom } from './support/random.ts';
import { testRoot } from './support/root.ts';

let dataDir: string;
let database: SqlDatabase;
const root = testRoot();
const random = recordingRandom();

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'cssi-kms-'));
  database = await openEmbeddedDatabase({ dataDir });
});

afterAll(async () => {
  await database?.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function service() {
  const alerts: KmsAlert[] = [];
  const kms = createKeyManagementService(
    {},
    {
      store: await sqlKeyStore(database),
      root,
      random,
      clock: () => NOW,
      alert: (alert) => alerts.push(alert),
    },
  );
  return { kms, alerts };
}

let tenants = 0;

/** A fresh tenant with one SM4 key and one ciphertext. */
async function world() {
  const { kms, alerts } = await service();
  const tenantId = `sql-${++tenants}`;
  await kms.createTenant({ tenantId });
  const make = async () => {
    const request = { tenantId, algorithm: 'SM4', usage: ['encrypt'], label: '标签 ‘"; --' } as const;
    return { tenantId, keyId: (await kms.createKey(request)).keyId };
  };
  const reference = await make();
  const { ciphertext } = await kms.encrypt({ ...reference, plaintext: utf8('plaintext') });
  return { kms, alerts, tenantId, make, reference, ciphertext };
}

const report = async (run: ReturnType<typeof runSuite>): Promise<string[]> => {
  const { seed, subject, results } = await run;
  console.info(`${subject}: seed ${seed}`);
  return results
    .filter((result) => result.outcome !== 'pass')
    .map((result) => `${result.id}: ${result.detail}`);
};

describe('SQL key store', () => {
  it('passes the store suite', async () => {
    const subject = await sqlKeyStore(database);
    expect(await report(runSuite(keyStoreSuite, { name: 'sql', subject }, { now: NOW }))).toEqual([]);
  });

  it('carries the service through its suite, with the results of the memory store [part of CSSI-005]', async () => {
    const { kms } = await service();
    const run = runSuite(keyManagementSuite, { name: 'service over sql', subject: kms }, { now: NOW });
    expect(await report(run)).toEqual([]);
  });

  it('keeps keys over a restart', async () => {
    const { reference, ciphertext } = await world();
    await database.close();
    database = await openEmbeddedDatabase({ dataDir });
    const { kms } = await service();
    const { plaintext } = await kms.decrypt({ ...reference, ciphertext });
    expect(plaintext).toEqual(utf8('plaintext'));
  });

  it('refuses two wrapped keys swapped in the table, and raises the alarm [part of TCCIA-018]', async () => {
    const { tenantId, make, reference, ciphertext } = await world();
    const other = await make();
    const db = database.kysely<never>();
    await sql`
      update kms_key_version as a set wrapped_key = b.wrapped_key from kms_key_version as b
      where a.tenant_id = ${tenantId} and b.tenant_id = ${tenantId} and a.key_id <> b.key_id
    `.execute(db);
    const { kms, alerts } = await service();
    expect(await codeOf(() => kms.decrypt({ ...reference, ciphertext }))).toBe('ERR_KMS_ROW_INTEGRITY');
    expect(await codeOf(() => kms.encrypt({ ...other, plaintext: utf8('x') }))).toBe('ERR_KMS_ROW_INTEGRITY');
    expect(alerts.map((alert) => alert.keyId)).toEqual([reference.keyId, other.keyId]);
  });

  it.each([
    "update kms_key set state = 'enabled', revision = revision where tenant_id = $",
    "update kms_key set usage = 'sign,encrypt' where tenant_id = $",
    'update kms_key set rotation_months = 999 where tenant_id = $',
    'update kms_key_version set reserved_uses = 0 where tenant_id = $',
    'update kms_key_version set wrapped_key = set_byte(wrapped_key, 20, get_byte(wrapped_key, 20) # 1) where tenant_id = $',
    'update kms_key_version set mac = set_byte(mac, 0, get_byte(mac, 0) # 1) where tenant_id = $',
    'update kms_tenant set wrapped_key = set_byte(wrapped_key, 3, get_byte(wrapped_key, 3) # 1) where tenant_id = $',
    'delete from kms_key_version where tenant_id = $',
    "update kms_key set state = 'bogus' where tenant_id = $",
  ])('is not believed after: %s [part of TCCIA-018]', async (statement) => {
    const { kms: before, tenantId, reference, ciphertext } = await world();
    if (statement.includes("'enabled'")) await before.disableKey(reference);
    await database.execScript(statement.replace('$', `'${tenantId}'`));
    const { kms, alerts } = await service();
    expect(await codeOf(() => kms.decrypt({ ...reference, ciphertext }))).toBe('ERR_KMS_ROW_INTEGRITY');
    expect(alerts.length).toBe(1);
  });

  it('makes distinct versions when rotated from several places at once', async () => {
    const { reference } = await world();
    const services = await Promise.all(Array.from({ length: 4 }, service));
    const results = await Promise.allSettled(services.map(({ kms }) => kms.rotateKey(reference)));
    const versions = results.flatMap((result) =>
      result.status === 'fulfilled' ? [result.value.version] : [],
    );
    expect(versions.length).toBeGreaterThan(0);
    expect(new Set(versions).size).toBe(versions.length);
    const { version } = await services[0]!.kms.describeKey(reference);
    expect(version).toBe(1 + versions.length);
  });

  it('counts encryptions of several instances without losing one', async () => {
    const { reference } = await world();
    const services = await Promise.all(Array.from({ length: 3 }, service));
    await Promise.all(services.map(({ kms }) => kms.encrypt({ ...reference, plaintext: utf8('x') })));
    const { reservedUses } = await services[0]!.kms.describeKey(reference);
    expect(reservedUses).toBe(4 * 256);
  });

  it('answers with a code when the database is closed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cssi-kms-closed-'));
    const other = await openEmbeddedDatabase({ dataDir: folder });
    const store = await sqlKeyStore(other);
    await other.close();
    const calls = [
      () => store.readTenant('a'),
      () => store.readVersions('a', 'k'),
      () => store.commit({}),
      () => store.listKeys('a', { limit: 1 }),
    ];
    for (const call of calls) expect(await codeOf(call)).toBe('ERR_KMS_STORE_UNAVAILABLE');
    await rm(folder, { recursive: true, force: true });
  });

  it('has no key in any file of the database [part of TCCIA-088]', async () => {
    const before = random.given.length;
    const { kms, tenantId, reference } = await world();
    const request = { tenantId, algorithm: 'SM2', usage: ['sign'], label: 'file-canary' } as const;
    await kms.createKey(request);
    await kms.rotateKey(reference);
    await database.close();
    const files = (await readdir(dataDir, { recursive: true, withFileTypes: true })).filter((f) =>
      f.isFile(),
    );
    const contents = await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name))));
    const holds = (needle: Uint8Array | string): boolean =>
      contents.some((content) => content.includes(Buffer.from(needle)));
    // The search itself works: what has to be there is found.
    expect(holds('file-canary')).toBe(true);
    expect(holds(reference.keyId)).toBe(true);
    const secrets = random.given
      .slice(before)
      .filter((bytes) => (bytes.length === 16 || bytes.length === 32) && !holds(`k${toHex(bytes)}`));
    expect(secrets.length).toBeGreaterThanOrEqual(4);
    const leaked = secrets.filter((bytes) => holds(bytes) || holds(toHex(bytes)) || holds(toBase64(bytes)));
    expect(leaked.length).toBe(0);
    database = await openEmbeddedDatabase({ dataDir });
  });
});
