import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCertificate } from '@cssi/pki';
import { isAccepted, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { createSoftwareTee, softwareTaMeasurement } from '../src/adapters/software/index.ts';
import {
  CONFORMANCE_COMMANDS,
  CONFORMANCE_TA_UUID,
  openRootKeyService,
  ROOT_KEY_COMMANDS,
  ROOT_KEY_SERVICE_UUID,
  TEEC_LOGIN,
  TEEC_MEM,
  TEEC_PARAM,
  type TeecError,
  type TeecSession,
  teecParam,
  verifyEvidence,
} from '../src/index.ts';
import { clock, failureOf, NOW, onCleanup, startTee, temporaryFolder } from './support.ts';

const { COUNT, PANIC, WAIT, COPY } = CONFORMANCE_COMMANDS;
const MIB = 1 << 20;
const wait = (session: TeecSession, milliseconds: number) =>
  session.invokeCommand(WAIT, { params: [teecParam.valueInput(milliseconds)] });
const count = async (session: TeecSession): Promise<number> => {
  const { params } = await session.invokeCommand(COUNT, { params: [teecParam.valueOutput()] });
  return (params[0] as { a: number }).a;
};
const sealedFile = (dataDir: string) => join(dataDir, 'tee', `${ROOT_KEY_SERVICE_UUID}.sealed`);

describe('root key service in the software TEE', () => {
  it('keeps the root key over restarts: old blobs open, MACs stay [part of CC-023]', async () => {
    const { tee, dataDir } = await startTee();
    const first = await openRootKeyService(tee);
    const blob = await first.wrap(utf8('platform key'), utf8('aad'));
    const tag = await first.mac('label', utf8('row'));
    const { rootCertificate } = tee;
    await tee.close();

    const again = await startTee({ dataDir });
    const second = await openRootKeyService(again.tee);
    expect(await second.unwrap(blob, utf8('aad'))).toEqual(utf8('platform key'));
    expect(await second.mac('label', utf8('row'))).toEqual(tag);
    expect(again.tee.rootCertificate).toEqual(rootCertificate);
  });

  it('does not open the blobs of another device', async () => {
    const [one, other] = [await startTee(), await startTee()];
    const blob = await (await openRootKeyService(one.tee)).wrap(utf8('key'), utf8('aad'));
    const service = await openRootKeyService(other.tee);
    expect(await failureOf(() => service.unwrap(blob, utf8('aad')))).toMatchObject({
      code: 'ERR_TEEC_MAC_INVALID',
    });
  });

  it('gives signed evidence that leads to its device root, with measured stages [part of CC-005, CC-006, CC-046]', async () => {
    const { tee } = await startTee();
    const service = await openRootKeyService(tee);
    const nonce = new Uint8Array(16).fill(1);
    const verdict = verifyEvidence(await service.evidence(nonce, utf8('bound')), {
      nonce,
      anchors: [parseCertificate(tee.rootCertificate)],
      time: NOW,
      reference: { taMeasurement: softwareTaMeasurement(), minimumVersion: 1 },
    });
    expect(isAccepted(verdict), JSON.stringify(verdict)).toBe(true);
    const { claims } = verdict;
    expect([claims.platform, claims.emulated, claims.memoryEncryption]).toEqual(['software', true, 'none']);
    const stages = claims.boot.events.map((event) => event.stage);
    expect(stages.slice(0, 2)).toEqual(['runtime', 'adapter']);
    expect(stages.slice(-2)).toEqual(['worker', 'ta']);
    const libraries = claims.boot.events
      .filter((event) => event.stage === 'library')
      .map((event) => event.name);
    expect(libraries.some((name) => name.startsWith('@cssi/sm-core '))).toBe(true);
    expect(libraries.some((name) => name.startsWith('@noble/'))).toBe(true);
    expect(claims.starts).toBe(1);
  });

  it('answers unknown commands and wrong types as the application', async () => {
    const { tee } = await startTee();
    const context = await tee.initializeContext();
    const session = await context.openSession(ROOT_KEY_SERVICE_UUID);
    const refused = async (command: number, params: Parameters<typeof session.invokeCommand>[1]) => {
      const error = (await failureOf(() => session.invokeCommand(command, params))) as TeecError;
      return [error.code, error.origin];
    };
    expect(await refused(99, undefined)).toEqual(['ERR_TEEC_NOT_SUPPORTED', 4]);
    for (const command of Object.values(ROOT_KEY_COMMANDS)) {
      expect(await refused(command, { params: [teecParam.valueInput(1)] })).toEqual([
        'ERR_TEEC_BAD_PARAMETERS',
        4,
      ]);
    }
    const mac = (label: Uint8Array) => ({
      params: [teecParam.tempInput(label), teecParam.tempInput(utf8('data')), teecParam.tempOutput(32)],
    });
    expect(await refused(ROOT_KEY_COMMANDS.MAC, mac(Uint8Array.of(0xff)))).toEqual([
      'ERR_TEEC_BAD_FORMAT',
      4,
    ]);
    expect(await refused(ROOT_KEY_COMMANDS.MAC, mac(new Uint8Array(0)))).toEqual([
      'ERR_TEEC_BAD_PARAMETERS',
      4,
    ]);
  });

  it('no file holds key bytes in the clear, and no command gives the root key', async () => {
    const { tee, dataDir } = await startTee();
    const service = await openRootKeyService(tee);
    await service.mac('label', utf8('x'));
    expect(Object.keys(ROOT_KEY_COMMANDS)).toEqual(['GET_INFO', 'WRAP', 'UNWRAP', 'MAC', 'EVIDENCE']);
    expect(readdirSync(join(dataDir, 'tee')).sort()).toEqual(
      [`${ROOT_KEY_SERVICE_UUID}.counter`, `${ROOT_KEY_SERVICE_UUID}.sealed`, 'huk.key', 'lock'].sort(),
    );
    // The certificates are in the sealed file and would show if it were not encrypted.
    expect(readFileSync(sealedFile(dataDir)).includes(Buffer.from(tee.rootCertificate.subarray(0, 64)))).toBe(
      false,
    );
  });
});

describe('state that does not fit', () => {
  async function stopped(starts = 1): Promise<string> {
    const dataDir = temporaryFolder();
    for (let i = 0; i < starts; i++) await (await startTee({ dataDir })).tee.close();
    return dataDir;
  }
  const codeOfStart = async (dataDir: string) =>
    ((await failureOf(() => createSoftwareTee({ dataDir, clock }))) as { code: string }).code;

  it('of another device does not start, and frees the folder again', async () => {
    const [dataDir, other] = [await stopped(), await stopped()];
    const huk = join(dataDir, 'tee/huk.key');
    const own = readFileSync(huk);
    copyFileSync(join(other, 'tee/huk.key'), huk);
    expect(await codeOfStart(dataDir)).toBe('ERR_TEE_SEAL_INTEGRITY');
    writeFileSync(huk, own);
    await (await startTee({ dataDir })).tee.close();
  });

  it('altered does not start and is not made anew', async () => {
    const dataDir = await stopped();
    const bytes = readFileSync(sealedFile(dataDir));
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(sealedFile(dataDir), bytes);
    expect(await codeOfStart(dataDir)).toBe('ERR_TEE_SEAL_INTEGRITY');
    expect(readFileSync(sealedFile(dataDir)).equals(bytes)).toBe(true);
  });

  it('missing in part does not start', async () => {
    const dataDir = await stopped();
    rmSync(sealedFile(dataDir));
    expect(await codeOfStart(dataDir)).toBe('ERR_TEE_SEAL_MISSING');
    rmSync(join(dataDir, 'tee/huk.key'));
    expect(await codeOfStart(dataDir)).toBe('ERR_TEE_HUK_MISSING');
  });

  it('rolled back does not start', async () => {
    const dataDir = await stopped();
    const old = readFileSync(sealedFile(dataDir));
    await (await startTee({ dataDir })).tee.close();
    writeFileSync(sealedFile(dataDir), old);
    expect(await codeOfStart(dataDir)).toBe('ERR_TEE_SEAL_ROLLBACK');
  });

  it('moved as a whole does start: a software TEE cannot tell a copied disk', async () => {
    const dataDir = await stopped();
    const copy = temporaryFolder();
    cpSync(dataDir, copy, { recursive: true });
    await (await startTee({ dataDir: copy })).tee.close();
  });

  it('in use by another TEE is refused', async () => {
    const { dataDir } = await startTee();
    expect(await codeOfStart(dataDir)).toBe('ERR_TEE_LOCKED');
  });

  it('in a place that cannot be a folder is a coded error', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'tee'), 'a file');
    expect(await codeOfStart(folder)).toBe('ERR_TEE_STORAGE');
    mkdirSync(join(folder, 'x'));
  });

  it.each([
    { callTimeoutMs: 0 },
    { callTimeoutMs: 1e9 },
    { maxPendingCalls: 0.5 },
    { clock: () => new Date('x') },
  ])('with option %o is refused', async (options) => {
    const dataDir = temporaryFolder();
    expect(await failureOf(() => createSoftwareTee({ dataDir, ...options }))).toMatchObject({
      code: 'ERR_TEE_OPTION_INVALID',
    });
  });
});

describe('a clock that fails later', () => {
  it('fails the calls it was asked for and nothing else', async () => {
    let broken = false;
    const { tee } = await startTee({
      clock: () => (broken ? new Date('x') : clock()),
      callTimeoutMs: 500,
    });
    const context = await tee.initializeContext();
    const session = await context.openSession(CONFORMANCE_TA_UUID);
    const before = await count(session);
    broken = true;
    expect(await failureOf(() => count(session))).toMatchObject({ code: 'ERR_TEE_OPTION_INVALID' });
    broken = false;
    // Eight are with the worker when the clock fails; the ninth is sent when an answer comes in.
    const calls = Array.from({ length: 9 }, () => count(session));
    broken = true;
    const ends = await Promise.allSettled(calls);
    broken = false;
    expect(ends.map(({ status }) => status)).toEqual([...Array(8).fill('fulfilled'), 'rejected']);
    // A call that was never sent must not make the watchdog end the worker.
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(await count(session)).toBe(before + 9);
  });
});

describe('a worker that dies', () => {
  it('in the middle of a call ends it with TARGET_DEAD; a new session works', async () => {
    const { tee, workers } = await startTee();
    const context = await tee.initializeContext();
    const session = await context.openSession(CONFORMANCE_TA_UUID);
    const [root, conformance] = workers;
    const running = failureOf(() => wait(session, 10_000));
    const queued = Array.from({ length: 20 }, () => failureOf(() => count(session)));
    setTimeout(() => void conformance?.terminate(), 50);
    for (const error of await Promise.all([running, ...queued])) {
      expect(error).toMatchObject({ code: 'ERR_TEEC_TARGET_DEAD', origin: 3 });
    }
    expect(await failureOf(() => count(session))).toMatchObject({ code: 'ERR_TEEC_TARGET_DEAD' });
    await session.close();
    expect(await count(await context.openSession(CONFORMANCE_TA_UUID))).toBe(1);
    expect(workers.length).toBe(3);
    expect(root?.threadId).not.toBe(-1);
  });

  it('leaves the other application and its sessions alone [part of CC-003]', async () => {
    const { tee } = await startTee();
    const service = await openRootKeyService(tee);
    const blob = await service.wrap(utf8('key'), utf8('aad'));
    const context = await tee.initializeContext();
    const session = await context.openSession(CONFORMANCE_TA_UUID);
    expect(await failureOf(() => session.invokeCommand(PANIC))).toMatchObject({
      code: 'ERR_TEEC_TARGET_DEAD',
    });
    expect(await service.unwrap(blob, utf8('aad'))).toEqual(utf8('key'));
  });

  it('and takes the root key service with it comes back with the same root key', async () => {
    const { tee, workers } = await startTee();
    const service = await openRootKeyService(tee);
    const blob = await service.wrap(utf8('key'), utf8('aad'));
    await workers[0]?.terminate();
    const opened = await Promise.all(Array.from({ length: 5 }, () => service.unwrap(blob, utf8('aad'))));
    for (const one of opened) expect(one).toEqual(utf8('key'));
    expect(workers.length).toBe(2);
  });

  it('because it gave no answer in time ends the call with TIMEOUT, the others with TARGET_DEAD', async () => {
    const { tee } = await startTee({ callTimeoutMs: 1_500 });
    const context = await tee.initializeContext();
    const session = await context.openSession(CONFORMANCE_TA_UUID);
    const errors = await Promise.all([
      failureOf(() => wait(session, 10_000)),
      failureOf(() => count(session)),
    ]);
    expect(errors).toMatchObject([{ code: 'ERR_TEEC_TIMEOUT' }, { code: 'ERR_TEEC_TARGET_DEAD' }]);
    expect(await count(await context.openSession(CONFORMANCE_TA_UUID))).toBe(1);
  });

  it('shows nothing of what it printed or threw', async () => {
    const { tee } = await startTee();
    const context = await tee.initializeContext();
    const session = await context.openSession(CONFORMANCE_TA_UUID);
    const error = (await failureOf(() => session.invokeCommand(PANIC))) as TeecError;
    expect(error.message).not.toContain('asked for');
    expect(error.cause).toBeUndefined();
  });
});

describe('sessions', () => {
  it('two run in parallel, each with its own state', async () => {
    const { tee } = await startTee();
    const contexts = [await tee.initializeContext(), await tee.initializeContext('software')];
    const [one, two] = await Promise.all(contexts.map((context) => context.openSession(CONFORMANCE_TA_UUID)));
    const counts = await Promise.all([count(one!), count(two!), count(one!), count(two!), count(one!)]);
    expect(counts).toEqual([1, 1, 2, 2, 3]);
  });

  it('end with the TEE', async () => {
    const { tee } = await startTee();
    const context = await tee.initializeContext();
    const session = await context.openSession(CONFORMANCE_TA_UUID);
    const running = wait(session, 50);
    await tee.close();
    await tee.close();
    await running;
    expect(await failureOf(() => count(session))).toMatchObject({ code: 'ERR_TEEC_BAD_STATE' });
    expect(await failureOf(() => tee.initializeContext())).toMatchObject({ code: 'ERR_TEEC_BAD_STATE' });
    expect(await failureOf(() => context.openSession(CONFORMANCE_TA_UUID))).toMatchObject({
      code: 'ERR_TEEC_BAD_STATE',
    });
  });

  it('do not reach an application that is not installed', async () => {
    const { tee } = await startTee({ conformanceTa: false });
    expect(tee.capabilities.has('conformance-ta')).toBe(false);
    const context = await tee.initializeContext();
    expect(await failureOf(() => context.openSession(CONFORMANCE_TA_UUID))).toMatchObject({
      code: 'ERR_TEEC_ITEM_NOT_FOUND',
      origin: 3,
    });
  });

  it('refuse logins the software TEE cannot vouch for', async () => {
    const { tee } = await startTee();
    const context = await tee.initializeContext();
    const open = (connectionMethod: number, connectionData?: number) =>
      failureOf(() =>
        context.openSession(CONFORMANCE_TA_UUID, {
          connectionMethod,
          ...(connectionData === undefined ? {} : { connectionData }),
        }),
      );
    for (const login of Object.values(TEEC_LOGIN).slice(1)) {
      expect(await open(login)).toMatchObject({ code: 'ERR_TEEC_NOT_SUPPORTED' });
    }
    expect(await open(3)).toMatchObject({ code: 'ERR_TEEC_BAD_PARAMETERS' });
    expect(await open(TEEC_LOGIN.PUBLIC, 1)).toMatchObject({ code: 'ERR_TEEC_BAD_PARAMETERS' });
  });

  it('above the limit of an application are refused with BUSY', async () => {
    const { tee } = await startTee();
    const context = await tee.initializeContext();
    const opened = await Promise.allSettled(
      Array.from({ length: 1026 }, () => context.openSession(CONFORMANCE_TA_UUID)),
    );
    const refused = opened.filter((one) => one.status === 'rejected');
    expect(refused.length).toBe(2);
    for (const one of refused) expect(one.reason).toMatchObject({ code: 'ERR_TEEC_BUSY' });
  });
});

describe('limits', () => {
  it('refuse memory above 1 MiB before anything is copied', async () => {
    const { tee } = await startTee();
    const context = await tee.initializeContext();
    const session = await context.openSession(CONFORMANCE_TA_UUID);
    const big = new Uint8Array(MIB + 1);
    const oversize = { code: 'ERR_TEEC_OUT_OF_MEMORY', origin: 1 };
    expect(await failureOf(() => context.registerSharedMemory(big, TEEC_MEM.INPUT))).toMatchObject(oversize);
    expect(await failureOf(() => context.allocateSharedMemory(MIB + 1, TEEC_MEM.INPUT))).toMatchObject(
      oversize,
    );
    for (const parameter of [teecParam.tempInput(big), teecParam.tempOutput(big), teecParam.tempInout(big)]) {
      expect(await failureOf(() => session.invokeCommand(COPY, { params: [parameter] }))).toMatchObject(
        oversize,
      );
    }
    const most = new Uint8Array(MIB).fill(9);
    const target = new Uint8Array(MIB);
    await session.invokeCommand(COPY, { params: [teecParam.tempInput(most), teecParam.tempOutput(target)] });
    expect(Buffer.compare(target, most)).toBe(0);
  });

  it('refuse calls above the number that may wait, and cancel those that wait', async () => {
    const { tee } = await startTee({ maxPendingCalls: 2 });
    const context = await tee.initializeContext();
    const session = await context.openSession(CONFORMANCE_TA_UUID);
    const running = Array.from({ length: 8 }, () => wait(session, 20));
    const controller = new AbortController();
    const cancelled = failureOf(() =>
      session.invokeCommand(COUNT, { params: [teecParam.valueOutput()], cancellation: controller.signal }),
    );
    const second = count(session);
    expect(await failureOf(() => count(session))).toMatchObject({ code: 'ERR_TEEC_BUSY', origin: 2 });
    controller.abort();
    expect(await cancelled).toMatchObject({ code: 'ERR_TEEC_CANCEL', origin: 1 });
    await Promise.all(running);
    // The cancelled call did not count.
    expect(await second).toBe(1);
  });

  it('a call that already runs is not disturbed by its cancellation', async () => {
    const { tee } = await startTee();
    const context = await tee.initializeContext();
    const session = await context.openSession(CONFORMANCE_TA_UUID);
    const controller = new AbortController();
    const running = session.invokeCommand(WAIT, {
      params: [teecParam.valueInput(30)],
      cancellation: controller.signal,
    });
    controller.abort();
    await running;
  });

  it.each([
    ['no list of parameters', { params: 'x' }],
    ['a parameter that is null', { params: [null] }],
    ['a type of another kind', { params: [{ type: 'x' }] }],
    [
      'memory that is a look-alike',
      { params: [{ type: TEEC_PARAM.MEMREF_WHOLE, parent: { buffer: 1 }, size: 1 }] },
    ],
    ['a size that is no number', { params: [{ type: 5, buffer: new Uint8Array(4), size: Number.NaN }] }],
    ['a value with a fraction', { params: [{ type: 1, a: 0.5, b: 0 }] }],
  ])('refuse an operation with %s', async (_, operation) => {
    const { tee } = await startTee();
    const context = await tee.initializeContext();
    const session = await context.openSession(CONFORMANCE_TA_UUID);
    expect(await failureOf(() => session.invokeCommand(COPY, operation as never))).toMatchObject({
      code: 'ERR_TEEC_BAD_PARAMETERS',
      origin: 1,
    });
    for (const command of [-1, 0.5, 2 ** 32]) {
      expect(await failureOf(() => session.invokeCommand(command))).toMatchObject({
        code: 'ERR_TEEC_BAD_PARAMETERS',
      });
    }
  });

  it('the worker sees nothing of the environment of the host', async () => {
    const seen: unknown[] = [];
    const { Worker } = await import('node:worker_threads');
    const tee = await createSoftwareTee(
      { dataDir: temporaryFolder(), clock },
      {
        startWorker: (file, options) => {
          seen.push([options.env, options.execArgv, options.argv, options.resourceLimits !== undefined]);
          return new Worker(file, options);
        },
      },
    );
    onCleanup(() => tee.close());
    expect(seen).toEqual([[{}, [], [], true]]);
  });
});
