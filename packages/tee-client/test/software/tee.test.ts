import { copyFileSync, cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCertificate } from '@cssi/pki';
import { isAccepted, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { createSoftwareTee, softwareTaMeasurement } from '../../src/adapters/software/index.ts';
import {
  CONFORMANCE_COMMANDS,
  CONFORMANCE_TA_UUID,
  openRootKeyService,
  outputBytes,
  type TeecError,
  type TeecSession,
  teecParam,
  verifyEvidence,
} from '../../src/index.ts';
import { CONFORMANCE_TAS } from '../../src/spec/v1/conformance-ta.ts';
import { ROOT_KEY_SERVICE_UUID } from '../../src/spec/v1/root-key-service.ts';
import { clock, failureOf, MODES, NOW, startTee, temporaryFolder } from '../support.ts';

const { COUNT, COPY, PANIC, WAIT } = CONFORMANCE_COMMANDS;

const count = async (session: TeecSession): Promise<number> => {
  const { params } = await session.invokeCommand(COUNT, { params: [teecParam.valueOutput()] });
  return (params[0] as { a: number }).a;
};
const wait = (session: TeecSession, milliseconds: number) =>
  session.invokeCommand(WAIT, { params: [teecParam.valueInput(milliseconds)] });
const copy = async (session: TeecSession, bytes: Uint8Array): Promise<Uint8Array | undefined> => {
  const params = [teecParam.tempInput(bytes), teecParam.tempOutput(bytes.length)];
  return outputBytes(await session.invokeCommand(COPY, { params }), 1);
};

describe.each(MODES)('a session (%s)', (mode) => {
  it('carries bytes both ways, up to 1 MiB [part of CC-001, CC-003]', async () => {
    const { tee } = await startTee({ mode });
    const session = await (await tee.initializeContext()).openSession(CONFORMANCE_TA_UUID);
    for (const size of [0, 1, 1024, 65_536, 70_000, 1 << 20]) {
      const bytes = Uint8Array.from({ length: size }, (_, i) => i * 31);
      expect(Buffer.compare((await copy(session, bytes)) ?? new Uint8Array(0), bytes)).toBe(0);
    }
  });

  it('says what it is', async () => {
    const { tee } = await startTee({ mode });
    expect([tee.emulated, tee.name]).toEqual([true, 'software']);
    const { isolation, capabilities } = tee.module.describe();
    expect(isolation).toBe({ process: 'process', worker: 'thread', 'in-process': 'none' }[mode]);
    expect(capabilities.includes('cancellation')).toBe(mode !== 'in-process');
    expect(capabilities).toEqual(expect.arrayContaining(['enclave-channel', 'enclave-migrate']));
  });

  it('of two clients have their own state, one application, one domain', async () => {
    const { tee } = await startTee({ mode });
    const contexts = [await tee.initializeContext(), await tee.initializeContext('software')];
    const [one, two] = await Promise.all(contexts.map((context) => context.openSession(CONFORMANCE_TA_UUID)));
    const counts = await Promise.all([count(one!), count(two!), count(one!), count(two!), count(one!)]);
    expect(counts).toEqual([1, 1, 2, 2, 3]);
    const metrics = (await tee.module.snapshot()).applications.find(
      ({ uuid }) => uuid === CONFORMANCE_TA_UUID,
    );
    expect(metrics).toMatchObject({ state: 'running', sessions: 2, starts: 1, calls: 7, failures: {} });
    expect(metrics?.measurement).toMatch(/^[0-9a-f]{64}$/);
    expect(metrics?.memory.quota).toBeGreaterThan(0);
  });

  it('of an application that panicked is dead; others live, and it starts again [part of CC-003]', async () => {
    const { tee, events } = await startTee({ mode });
    const context = await tee.initializeContext();
    const session = await context.openSession(CONFORMANCE_TA_UUID);
    const other = await context.openSession(CONFORMANCE_TAS.second);
    const error = (await failureOf(() => session.invokeCommand(PANIC))) as TeecError;
    expect(error).toMatchObject({ code: 'ERR_TEEC_TARGET_DEAD', origin: 3 });
    expect(error.cause).toBeUndefined();
    expect(await failureOf(() => count(session))).toMatchObject({ code: 'ERR_TEEC_TARGET_DEAD' });
    expect(await count(other)).toBe(1);
    expect(await count(await context.openSession(CONFORMANCE_TA_UUID))).toBe(1);
    await expect.poll(() => events.map(({ kind }) => kind)).toContain('ta-panicked');
  });

  it('end with the TEE, and everything after is refused by name', async () => {
    const { tee } = await startTee({ mode });
    const context = await tee.initializeContext();
    const session = await context.openSession(CONFORMANCE_TA_UUID);
    const running = wait(session, 50);
    await tee.close();
    await tee.close();
    await running;
    for (const action of [
      () => count(session),
      () => tee.initializeContext(),
      () => context.openSession(CONFORMANCE_TA_UUID),
      () => tee.check(),
      () => tee.audit(0, 1),
    ]) {
      expect(await failureOf(action)).toMatchObject({ code: 'ERR_TEEC_BAD_STATE' });
    }
  });

  it('with the conformance TAs is refused unless they were asked for', async () => {
    const { tee } = await startTee({ mode, conformanceTa: false });
    expect(tee.capabilities.has('conformance-ta')).toBe(false);
    const context = await tee.initializeContext();
    for (const uuid of Object.values(CONFORMANCE_TAS)) {
      expect(await failureOf(() => context.openSession(uuid))).toMatchObject({
        code: 'ERR_TEEC_ITEM_NOT_FOUND',
        origin: 3,
      });
    }
    const shown = (await tee.module.snapshot()).applications.map(({ uuid }) => uuid);
    expect(shown).not.toContain(CONFORMANCE_TA_UUID);
  });

  it('of the root key service survives a restart, with evidence that verifies [part of CC-004, CC-005]', async () => {
    const first = await startTee({ mode });
    const service = await openRootKeyService(first.tee);
    const blob = await service.wrap(utf8('key'), utf8('aad'));
    await first.tee.close();
    const { tee } = await startTee({ mode, dataDir: first.dataDir });
    expect(tee.info.device).toBe(first.tee.info.device);
    const again = await openRootKeyService(tee);
    expect(await again.unwrap(blob, utf8('aad'))).toEqual(utf8('key'));
    const nonce = new Uint8Array(32).fill(3);
    const verdict = verifyEvidence(await again.evidence(nonce), {
      nonce,
      anchors: [parseCertificate(tee.rootCertificate)],
      time: NOW,
      reference: { taMeasurement: softwareTaMeasurement(ROOT_KEY_SERVICE_UUID, mode) },
    });
    expect(isAccepted(verdict), JSON.stringify(verdict)).toBe(true);
  });

  it('a check of a healthy TEE finds nothing and disturbs nothing [part of CC-018]', async () => {
    const { tee, events } = await startTee({ mode });
    const session = await (await tee.initializeContext()).openSession(CONFORMANCE_TA_UUID);
    expect(await tee.check()).toEqual({ healthy: true, driftedStages: [], driftedApplications: [] });
    expect(await count(session)).toBe(1);
    expect(events.filter(({ severity }) => severity === 'alarm')).toEqual([]);
  });
});

describe.each(['process', 'worker'] as const)('time (%s)', (mode) => {
  it('a call that gives no answer ends its application; who waits behind it gets TARGET_DEAD [part of CC-003]', async () => {
    const { tee, events } = await startTee({ mode, callTimeoutMs: 300 });
    const context = await tee.initializeContext();
    const session = await context.openSession(CONFORMANCE_TA_UUID);
    const errors = await Promise.all([
      failureOf(() => wait(session, 10_000)),
      failureOf(() => count(session)),
    ]);
    for (const error of errors) expect(error).toMatchObject({ code: 'ERR_TEEC_TARGET_DEAD', origin: 3 });
    await expect.poll(() => events.map(({ kind }) => kind)).toContain('ta-hung');
    expect(await count(await context.openSession(CONFORMANCE_TA_UUID))).toBe(1);
  });

  it('calls above the number that may wait are refused, those that wait can be cancelled', async () => {
    const { tee } = await startTee({ mode, maxPendingCalls: 3 });
    const session = await (await tee.initializeContext()).openSession(CONFORMANCE_TA_UUID);
    const running = wait(session, 100);
    const controller = new AbortController();
    const cancelled = failureOf(() =>
      session.invokeCommand(COUNT, { params: [teecParam.valueOutput()], cancellation: controller.signal }),
    );
    const third = count(session);
    expect(await failureOf(() => count(session))).toMatchObject({ code: 'ERR_TEEC_BUSY' });
    controller.abort();
    expect(await cancelled).toMatchObject({ code: 'ERR_TEEC_CANCEL' });
    await running;
    // The cancelled call did not count.
    expect(await third).toBe(1);
  });

  it('calls of two applications run side by side', async () => {
    const { tee } = await startTee({ mode });
    const context = await tee.initializeContext();
    const slow = await context.openSession(CONFORMANCE_TA_UUID);
    const fast = await context.openSession(CONFORMANCE_TAS.second);
    let done = false;
    const waiting = wait(slow, 500).then(() => {
      done = true;
    });
    await count(fast);
    expect(done).toBe(false);
    await waiting;
  });
});

describe('state that does not fit', () => {
  async function stopped(): Promise<string> {
    const { tee, dataDir } = await startTee({ mode: 'in-process' });
    await openRootKeyService(tee);
    await tee.close();
    return dataDir;
  }
  const codeOfStart = async (dataDir: string) =>
    ((await failureOf(() => createSoftwareTee({ dataDir, clock, mode: 'in-process' }))) as { code: string })
      .code;
  const core = (dataDir: string) => join(dataDir, 'tee', 'core');

  it('of another device does not start, and frees the folder again [part of CC-004]', async () => {
    const [dataDir, other] = [await stopped(), await stopped()];
    const huk = join(core(dataDir), 'huk.key');
    const own = readFileSync(huk);
    copyFileSync(join(core(other), 'huk.key'), huk);
    expect(await codeOfStart(dataDir)).toMatch(/^ERR_TEE_SEAL_/);
    writeFileSync(huk, own);
    await (await startTee({ dataDir, mode: 'in-process' })).tee.close();
  });

  it('without its key does not start and is not made anew', async () => {
    const dataDir = await stopped();
    rmSync(join(core(dataDir), 'huk.key'));
    expect(await codeOfStart(dataDir)).toBe('ERR_TEE_HUK_MISSING');
    expect(readdirSync(core(dataDir))).not.toContain('huk.key');
  });

  it('with a key others may read does not start', async () => {
    const dataDir = await stopped();
    const huk = join(core(dataDir), 'huk.key');
    expect(statSync(huk).mode & 0o077).toBe(0);
    const { chmodSync } = await import('node:fs');
    chmodSync(huk, 0o644);
    expect(await codeOfStart(dataDir)).toBe('ERR_TEE_HUK_INVALID');
  });

  it('of an application taken from another device starts the TEE and not the application [part of CC-003, CC-004]', async () => {
    const [dataDir, other] = [await stopped(), await stopped()];
    const folder = (of: string) => join(of, 'tee', 'ta', ROOT_KEY_SERVICE_UUID);
    rmSync(folder(dataDir), { recursive: true });
    cpSync(folder(other), folder(dataDir), { recursive: true });
    const { tee, events } = await startTee({ dataDir, mode: 'in-process' });
    expect(await failureOf(() => openRootKeyService(tee))).toMatchObject({
      code: 'ERR_TEEC_SECURITY',
      origin: 3,
    });
    expect(events.at(-1)).toMatchObject({ kind: 'launch-refused', severity: 'alarm' });
    expect((await tee.module.snapshot()).healthy).toBe(false);
  });

  it('in use by another TEE is refused', async () => {
    const { dataDir } = await startTee({ mode: 'in-process' });
    expect(await codeOfStart(dataDir)).toBe('ERR_TEE_LOCKED');
  });

  it('in a place that cannot be a folder is a coded error', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'tee'), 'a file');
    expect(await codeOfStart(folder)).toBe('ERR_TEE_STORAGE');
  });

  it('files and folders are the owner’s only [part of CC-004]', async () => {
    const dataDir = await stopped();
    const root = join(dataDir, 'tee');
    const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
    expect(names.length).toBeGreaterThan(3);
    for (const name of names) {
      const stat = statSync(join(root, name));
      if (stat.isDirectory()) expect(stat.mode & 0o077, name).toBe(0);
    }
  });
});

describe('a clock that fails later', () => {
  it('fails what asks for the time and nothing else', async () => {
    let broken = false;
    const { tee } = await startTee({
      mode: 'in-process',
      clock: () => (broken ? new Date('x') : clock()),
    });
    const context = await tee.initializeContext();
    const session = await context.openSession(CONFORMANCE_TA_UUID);
    broken = true;
    expect(await count(session)).toBe(1);
    expect(await failureOf(() => tee.module.snapshot())).toMatchObject({ code: 'ERR_TEE_OPTION_INVALID' });
    broken = false;
    expect(await count(session)).toBe(2);
  });
});
