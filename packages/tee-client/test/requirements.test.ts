/**
 * Requirements shown from one end to the other on every way the software TEE runs applications; the
 * parts are tested in the files beside this one.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseCertificate } from '@cssi/pki';
import { fromUtf8, isAccepted, type SmError, utf8 } from '@cssi/sm-core';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { createSoftwareTee, softwareTaMeasurement } from '../src/adapters/software/index.ts';
import {
  CONFORMANCE_COMMANDS,
  CONFORMANCE_TA_UUID,
  createTeeClient,
  createTeec,
  type EnclavePlatform,
  openEnclaves,
  openKeyVault,
  openRootKeyService,
  outputBytes,
  ROOT_KEY_SERVICE_UUID,
  type TeeClient,
  teecParam,
  verifyEvidence,
} from '../src/index.ts';
import { payloadDigest } from '../src/management/index.ts';
import { clock, failureOf, NOW, onCleanup } from './basics.ts';
import { startManaged, testManifest } from './software/installing.ts';
import { MemoryModule } from './support/memory-module.ts';
import { portedClientApplication } from './support/ported-client.ts';
import { MODES, startTee } from './support.ts';

const BASICS = '60000000-0000-4000-8000-0000000000b1';
let basics = '';

beforeAll(async () => {
  const result = await build({
    entryPoints: [fileURLToPath(new URL('./fixtures/basics-ta.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'trustedApplication',
    footer: { js: 'trustedApplication.default;' },
    platform: 'neutral',
    target: 'es2023',
    logLevel: 'silent',
  });
  basics = result.outputFiles[0]!.text;
});

const refusalOf = async (action: () => unknown): Promise<SmError> => (await failureOf(action)) as SmError;

/** A client in GlobalPlatform's style (TrustZone). */
async function globalPlatformClient(client: TeeClient): Promise<string> {
  const context = await client.initializeContext();
  const shared = context.registerSharedMemory(utf8('one client, any TEE'), 3);
  const session = await context.openSession(CONFORMANCE_TA_UUID);
  await session.invokeCommand(CONFORMANCE_COMMANDS.INVERT, {
    params: [teecParam.partialInout(shared, 0, shared.size)],
  });
  const answer = await session.invokeCommand(CONFORMANCE_COMMANDS.INVERT, {
    params: [teecParam.partialInout(shared, 0, shared.size)],
  });
  const text = fromUtf8(outputBytes(answer, 0) ?? new Uint8Array(0));
  await context.finalize();
  return text;
}

/** A client in the style of enclaves: create, call, destroy. */
async function enclaveClient(platform: EnclavePlatform): Promise<string> {
  const enclave = await platform.create(CONFORMANCE_TA_UUID);
  const answer = await enclave.call(CONFORMANCE_COMMANDS.COPY, utf8('an enclave'), { maxOutput: 64 });
  await enclave.destroy();
  return fromUtf8(answer);
}

describe('one client for every TEE [CC-001] [CC-010]', () => {
  it.each([...MODES, 'another module'] as const)('runs unchanged: %s', async (kind) => {
    const module =
      kind === 'another module'
        ? new MemoryModule()
        : (await startTee({ mode: kind, conformanceTa: true })).tee.module;
    const client = createTeeClient(module);
    expect(await globalPlatformClient(client)).toBe('one client, any TEE');
    expect(await enclaveClient(openEnclaves(module))).toBe('an enclave');
    // A pair of client and application written after C sources, on a service with GlobalPlatform's names.
    const printed = await portedClientApplication(createTeec(client), null);
    expect(printed).toContain('TA incremented value to 43');
  });
});

describe('basics of an ISV [CC-023] [CC-011]', () => {
  it.each(MODES)('encryption, attestation, storage and keys of the root of trust: %s', async (mode) => {
    const { tee, dataDir } = await startTee({ mode });
    const vault = await openKeyVault(tee);
    const key = await vault.generateKey({ type: 'SM4', label: 'data' });
    const blob = await vault.encrypt(key.id, utf8('secret text'), utf8('owner'));
    expect(Buffer.from(blob).includes('secret text')).toBe(false);
    expect((await refusalOf(() => vault.decrypt(key.id, blob, utf8('other')))).code).toBe(
      'ERR_TEEC_MAC_INVALID',
    );
    await vault.close();

    const service = await openRootKeyService(tee);
    const nonce = new Uint8Array(32).fill(7);
    const verdict = verifyEvidence(await service.evidence(nonce), {
      nonce,
      anchors: [parseCertificate(tee.rootCertificate)],
      time: NOW,
      reference: { taMeasurement: softwareTaMeasurement(ROOT_KEY_SERVICE_UUID, mode) },
    });
    expect(isAccepted(verdict)).toBe(true);
    const wrapped = await service.wrap(utf8('kept'), utf8('label'));
    await service.close();
    await tee.close();

    // Stored and derived keys are those of the device, also after a restart.
    const again = await createSoftwareTee({ dataDir, mode, clock });
    onCleanup(() => again.close());
    const reopened = await openRootKeyService(again);
    expect(await reopened.unwrap(wrapped, utf8('label'))).toEqual(utf8('kept'));
    const vaultAgain = await openKeyVault(again);
    expect(await vaultAgain.decrypt(key.id, blob, utf8('owner'))).toEqual(utf8('secret text'));
    await vaultAgain.close();
    await reopened.close();
    const stored = join(dataDir, 'tee', 'ta', ROOT_KEY_SERVICE_UUID);
    for (const file of readdirSync(stored)) {
      expect(readFileSync(join(stored, file)).includes('data')).toBe(false);
    }
  });

  it.each(MODES)('files, time, random bytes, and sockets where allowed: %s', async (mode) => {
    const server = createServer((socket: Socket) => socket.on('data', () => socket.end('pong')));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onCleanup(() => new Promise<void>((resolve) => server.close(() => resolve())));
    const { port } = server.address() as { port: number };
    const managed = await startManaged({ mode });
    const apis = ['crypto', 'storage', 'time', 'sockets'] as const;
    await managed.install(testManifest(BASICS, { apis, socketPeers: [`127.0.0.1:${port}`] }), basics);
    const enclave = await managed.tee.enclaves().create(BASICS);
    expect(fromUtf8(await enclave.call(1, utf8('a note')))).toBe('a note');
    const [seconds, length, differ] = fromUtf8(await enclave.call(2, new Uint8Array(0))).split(' ');
    expect(Number(seconds)).toBeGreaterThan(1_700_000_000);
    expect([length, differ]).toEqual(['32', 'true']);
    const asked = () => enclave.call(3, utf8(`127.0.0.1:${port}`));
    // Nobody could wait for a peer in the calling process without standing in its way.
    if (mode === 'in-process') expect((await refusalOf(asked)).code).toBe('ERR_TEEC_NOT_SUPPORTED');
    else expect(fromUtf8(await asked())).toBe('pong');
  });
});

describe('code and data of applications [CC-004]', () => {
  it.each(MODES)('an unsigned, altered or older one does not load, data are sealed: %s', async (mode) => {
    const managed = await startManaged({ mode });
    const { tee, dataDir } = managed;
    const manifest = testManifest(BASICS, { version: 5 });
    await managed.install(manifest, basics);
    const enclave = await tee.enclaves().create(BASICS);
    await enclave.call(1, utf8('confidential note'));
    await enclave.destroy();
    const install = async (bundle: Uint8Array, action: 'install-ta' | 'update-ta' = 'update-ta') => {
      return (await refusalOf(() => managed.manage({ action, bundleDigest: payloadDigest(bundle) }, bundle)))
        .code;
    };
    const unsigned = await managed.bundle({ ...manifest, version: 6 }, basics);
    const headerLength = new DataView(unsigned.buffer, unsigned.byteOffset).getUint32(5);
    unsigned.fill(1, 9 + headerLength, 9 + headerLength + 64);
    expect(await install(unsigned)).toBe('ERR_TEE_BUNDLE_SIGNATURE');
    const altered = await managed.bundle({ ...manifest, version: 6 }, basics);
    altered[altered.length - 10]! ^= 1;
    expect(await install(altered)).toBe('ERR_TEE_BUNDLE_DIGEST');
    const older = await managed.bundle({ ...manifest, version: 4 }, basics);
    expect(await install(older)).toBe('ERR_TEE_BUNDLE_ROLLBACK');

    await tee.close();
    const folder = join(dataDir, 'tee', 'ta', BASICS);
    const files = readdirSync(folder).map((name) => join(folder, name));
    for (const file of files) expect(readFileSync(file).includes('confidential')).toBe(false);
    const log = files.find((file) => file.includes('log.'))!;
    const bytes = readFileSync(log);
    bytes[bytes.length - 20]! ^= 1;
    writeFileSync(log, bytes);
    const again = await createSoftwareTee({ dataDir, mode, clock });
    onCleanup(() => again.close());
    const refused = await refusalOf(async () => (await again.enclaves().create(BASICS)).call(1, utf8('x')));
    expect(refused.code).toMatch(/^ERR_TEE/);
  });
});
