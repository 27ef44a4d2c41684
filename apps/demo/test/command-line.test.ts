import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '@cssi/cli/run';
import { packModel } from '@cssi/model-transfer';
import { filePackageSource } from '@cssi/model-transfer/adapters/file';
import { offerPackage } from '@cssi/model-transfer/adapters/http';
import { type RunningServer, startServer } from '@cssi/reference-server/server';
import { coreOperations, type ServiceClient } from '@cssi/security-service-api';
import { fromBase64, sm3, toHex } from '@cssi/sm-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { activateAndLogin } from '../src/people.ts';
import { createCertifiedKey } from '../src/tenant-keys.ts';

const folder = mkdtempSync(join(tmpdir(), 'cssi-demo-test-'));
const PASSPHRASE = 'passphrase of the tests';
const model = Uint8Array.from({ length: 150_000 }, (_, i) => i * 3);
let server: RunningServer;
let security: ServiceClient;
let user: ServiceClient;

beforeAll(async () => {
  // TLS in Node.js judges certificates by the machine's clock, so the server runs on it too.
  server = await startServer({
    host: '127.0.0.1',
    port: 0,
    healthPort: 0,
    dataDir: join(folder, 'data'),
    publicNames: [],
    checkpointCopy: undefined,
    readyFile: undefined,
  });
  const system = await activateAndLogin(server, server.activations['system-admin']!);
  security = await activateAndLogin(server, server.activations['security-admin']!);
  await system.call(coreOperations['tenant.create'], { tenantId: 'acme', name: 'Acme' });
  user = await activateAndLogin(server, await invite('acme-user', 'tenant-user'));
});
afterAll(async () => {
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => void vi.stubEnv('CSSI_PASSPHRASE', PASSPHRASE));
afterEach(() => void vi.unstubAllEnvs());

async function invite(userId: string, role: 'tenant-user' | 'device'): Promise<string> {
  const invitation = { userId, name: userId, tenantId: 'acme', roles: [role] };
  return (await security.call(coreOperations['identity.enroll'], invitation)).activationToken;
}

async function cssi(...argv: string[]) {
  let out = '';
  let err = '';
  const exitCode = await run([...argv, '--json'], {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { exitCode, err, json: out === '' ? undefined : JSON.parse(out) };
}

const linkOf = (userId: string, token: string) => `${server.address}/activate#${userId}.${token}`;
const activate = (link: string, out: string, ca = server.files.httpsCa) =>
  cssi('kms', 'activate', link, '--ca', ca, '--out', out);
const connection = (credential: string) => [
  ...['--server', server.address],
  ...['--ca', server.files.httpsCa],
  ...['--credential', credential],
];

describe('kms activate', () => {
  it('keeps the one-time token when something on this side is wrong', async () => {
    const link = linkOf('careful', await invite('careful', 'tenant-user'));
    const out = join(folder, 'careful.json');
    writeFileSync(out, 'something else');
    expect(await activate(link, out)).toMatchObject({
      exitCode: 3,
      json: { error: { code: 'ERR_CLI_FILE' } },
    });
    expect(readFileSync(out, 'utf8')).toBe('something else');
    expect((await activate(link, join(folder, 'no-folder/x.json'))).exitCode).toBe(3);
    expect((await activate(link, join(folder, 'y.json'), join(folder, 'no-ca.pem'))).exitCode).toBe(3);
    vi.stubEnv('CSSI_PASSPHRASE', 'short');
    expect(await activate(link, join(folder, 'y.json'))).toMatchObject({
      exitCode: 2,
      json: { error: { code: 'ERR_CLI_PASSPHRASE' } },
    });
    vi.stubEnv('CSSI_PASSPHRASE', PASSPHRASE);
    expect(existsSync(join(folder, 'y.json'))).toBe(false);
    const done = await activate(link, join(folder, 'y.json'));
    expect(done).toMatchObject({ exitCode: 0, json: { userId: 'careful', roles: ['tenant-user'] } });
    expect(statSync(join(folder, 'y.json')).mode & 0o777).toBe(0o600);
  });

  it('refuses a used token, and a server of another CA', async () => {
    const token = await invite('once', 'tenant-user');
    const foreign = await activate(linkOf('once', token), join(folder, 'z.json'), server.files.platformCa);
    expect(foreign).toMatchObject({ exitCode: 1, json: { error: { code: 'ERR_API_SERVER_UNTRUSTED' } } });
    expect((await activate(linkOf('once', token), join(folder, 'once.json'))).exitCode).toBe(0);
    const again = await activate(linkOf('once', token), join(folder, 'twice.json'));
    expect(again).toMatchObject({ exitCode: 1, json: { error: { code: 'ERR_IDENTITY_TOKEN_INVALID' } } });
    expect(existsSync(join(folder, 'twice.json'))).toBe(false);
  });

  it('ends with 3 when nobody answers', async () => {
    const link = `https://127.0.0.1:1/activate#x.${'A'.repeat(43)}`;
    expect(await activate(link, join(folder, 'w.json'))).toMatchObject({
      exitCode: 3,
      json: { error: { code: 'ERR_API_CONNECTION' } },
    });
  });
});

describe('with a credential', () => {
  const credential = join(folder, 'member.json');
  beforeAll(async () => {
    vi.stubEnv('CSSI_PASSPHRASE', PASSPHRASE);
    await activate(linkOf('member', await invite('member', 'tenant-user')), credential);
  });

  it('kms keys lists the keys of the tenant', async () => {
    const key = await createCertifiedKey(user, 'seal-signer', 'x');
    const { exitCode, json } = await cssi('kms', 'keys', ...connection(credential));
    expect(exitCode).toBe(0);
    expect(json.map(({ keyId }: { keyId: string }) => keyId)).toContain(key.keyId);
  });

  it('kms keys is refused with another passphrase', async () => {
    vi.stubEnv('CSSI_PASSPHRASE', 'another passphrase');
    expect(await cssi('kms', 'keys', ...connection(credential))).toMatchObject({
      exitCode: 2,
      json: { error: { code: 'ERR_CLI_CREDENTIAL' } },
    });
  });

  it('ta evidence verifies what the server answers, and keeps it', async () => {
    const out = join(folder, 'evidence.json');
    const asked = await cssi(
      'ta',
      'evidence',
      ...connection(credential),
      '--anchors',
      server.files.teeRoot,
      '--out',
      out,
    );
    expect(asked.json.verdict).toMatchObject({ integrity: { status: 'passed' }, time: { status: 'passed' } });
    const check = ['ta', 'verify', out, '--anchors', server.files.teeRoot, '--nonce', asked.json.nonce];
    const measured = asked.json.claims.measurements as { name: string; value: string }[];
    const measurement = measured.find(({ name }) => name === 'ta')!.value;
    expect((await cssi(...check, '--measurement', measurement)).exitCode).toBe(0);
    expect((await cssi(...check, '--measurement', '00'.repeat(32))).exitCode).toBe(1);
  });
});

describe('model receive', () => {
  const device = join(folder, 'device.json');
  let packageId: string;
  const receive = (credential: string, state: string, ...more: string[]) =>
    cssi(
      'model',
      'receive',
      ...connection(credential),
      '--package',
      packageId,
      '--anchor',
      server.files.platformCa,
      '--state',
      join(folder, state),
      ...more,
    );

  beforeAll(async () => {
    vi.stubEnv('CSSI_PASSPHRASE', PASSPHRASE);
    const { json } = await activate(linkOf('edge-1', await invite('edge-1', 'device')), device);
    const packed = await packModel(
      {
        files: [{ name: 'model.onnx', input: model }],
        modelId: 'detector',
        version: 1,
        level: 'L2',
        link: 'edge-cloud',
        expires: new Date(Date.now() + 86_400_000),
        recipients: [fromBase64(json.certificate)],
        chunkBytes: 65_536,
        clock: () => new Date(),
        output: join(folder, 'model.smp'),
      },
      await createCertifiedKey(user, 'model-publisher', 'publisher'),
    );
    const source = await filePackageSource(packed.path);
    packageId = await offerPackage(source, user);
    await source.close();
  });

  it('opens the model byte-identical in memory and leaves no plaintext [part of EDGE-003]', async () => {
    const { exitCode, json, err } = await receive(device, 'state', '--new-device');
    expect(exitCode, err).toBe(0);
    expect(json.opened).toMatchObject([{ name: 'model.onnx', bytes: model.length, sm3: toHex(sm3(model)) }]);
    const stored = readdirSync(join(folder, 'state'), { recursive: true, withFileTypes: true });
    for (const entry of stored.filter((found) => found.isFile())) {
      const content = readFileSync(join(entry.parentPath, entry.name));
      expect(content.includes(Buffer.from(model.subarray(0, 64))), entry.name).toBe(false);
    }
  });

  it('refuses to write what level L2 keeps in memory', async () => {
    const { exitCode, json } = await receive(device, 'l2', '--new-device', '--out', join(folder, 'plain'));
    expect(exitCode).toBe(1);
    expect(json.error.code).toMatch(/^ERR_MODEL_/);
    expect(existsSync(join(folder, 'plain/model.onnx'))).toBe(false);
  });

  it('refuses a device whose state went missing, and one that is no recipient [part of EDGE-045]', async () => {
    expect(await receive(device, 'lost')).toMatchObject({
      exitCode: 1,
      json: { error: { code: 'ERR_MODEL_STATE_MISSING' } },
    });
    const other = join(folder, 'edge-2.json');
    await activate(linkOf('edge-2', await invite('edge-2', 'device')), other);
    expect(await receive(other, 'other', '--new-device')).toMatchObject({
      exitCode: 1,
      json: { error: { code: 'ERR_MODEL_PACKAGE_UNKNOWN' } },
    });
  });
});
