/**
 * The software TEE: trusted applications in `worker_threads` workers. It stands in for a device
 * and says so (`emulated`); it isolates nothing from an administrator of the host.
 *
 * @packageDocumentation
 */
import { TEE_CLIENT_ERRORS } from '../../errors.ts';
import type { TeeClient, TeecContext } from '../../spec/v1/client.ts';
import { CONFORMANCE_TA_UUID } from '../../spec/v1/conformance-ta.ts';
import { teecError } from '../../spec/v1/error.ts';
import { codeMeasurement } from '../../spec/v1/evidence.ts';
import { ROOT_KEY_SERVICE_UUID } from '../../spec/v1/root-key-service.ts';
import { APPLICATIONS } from './applications.ts';
import { measureApplication, measureBeforeWorker, workerFile } from './code-files.ts';
import { SoftwareContext } from './context.ts';
import { teeFolder } from './files.ts';
import { lockFolder } from './lock-file.ts';
import { type StartWorker, startNodeWorker, WorkerLink } from './worker-link.ts';

export type { StartWorker } from './worker-link.ts';

const NAME = 'software';
const MAX_TIMEOUT_MS = 600_000;
const MAX_PENDING = 65_536;

/**
 * Options of the software TEE.
 *
 * @group Software TEE
 */
export interface SoftwareTeeOptions {
  /** Data folder; the TEE keeps its files in `tee` below it. */
  readonly dataDir: string;
  /** Clock of the host, for certificates and evidence; the system's when left out. */
  readonly clock?: () => Date;
  /** The application is ended when it does not answer for so long; 30,000 ms when left out. */
  readonly callTimeoutMs?: number;
  /** Calls that may wait for one application; 1,024 when left out, above it BUSY. */
  readonly maxPendingCalls?: number;
  /** Installs the conformance TA, for tests only; off when left out. */
  readonly conformanceTa?: boolean;
}

/**
 * What the software TEE is built on.
 *
 * @group Software TEE
 */
export interface SoftwareTeeDeps {
  /** Starts the worker thread; `new Worker` when left out. */
  readonly startWorker?: StartWorker;
}

/**
 * The software TEE with what only its owner uses.
 *
 * @group Software TEE
 */
export interface SoftwareTee extends TeeClient {
  /** DER of the device root certificate, the anchor for this device's evidence. */
  readonly rootCertificate: Uint8Array;
  /** Finalizes all contexts, lets the applications zero their secrets and frees the data folder. */
  close(): Promise<void>;
}

/**
 * The measurement evidence of this release's root key service carries, computed from the installed
 * files. A verifier computes it from its own installation of the same release.
 *
 * @throws {@link SmError} ERR_TEE_WORKER_MISSING, ERR_TEE_STORAGE
 * @group Software TEE
 */
export function softwareTaMeasurement(): string {
  return codeMeasurement([...measureBeforeWorker(), measureApplication('root-key-service')]);
}

function boundedInteger(value: number, max: number, name: string): number {
  if (!Number.isInteger(value) || value < 1 || value > max) {
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_OPTION_INVALID', { detail: `option=${name} expected=1..${max}` });
  }
  return value;
}

/** A clock that cannot give an invalid date. */
function checkedClock(clock: () => Date): () => Date {
  return () => {
    const time = clock();
    if (!(time instanceof Date) || Number.isNaN(time.getTime())) {
      throw TEE_CLIENT_ERRORS.create('ERR_TEE_OPTION_INVALID', { detail: 'option=clock' });
    }
    return time;
  };
}

/**
 * Starts the software TEE: makes or opens the device in `dataDir` and starts the root key service.
 *
 * State that does not open (altered, from another device, rolled back, partly missing) is an
 * error; it is never made anew.
 *
 * @example
 * ```ts
 * const tee = await createSoftwareTee({ dataDir: './data' });
 * const service = await openRootKeyService(tee);
 * ```
 * @throws {@link SmError} ERR_TEE_WORKER_MISSING, ERR_TEE_LOCKED, ERR_TEE_STORAGE, ERR_TEE_HUK_MISSING,
 * ERR_TEE_HUK_INVALID, ERR_TEE_SEAL_INTEGRITY, ERR_TEE_SEAL_MISSING, ERR_TEE_SEAL_ROLLBACK,
 * ERR_TEE_SEAL_NEWER, ERR_TEE_OPTION_INVALID, ERR_TEE_START_FAILED
 * @group Software TEE
 */
export async function createSoftwareTee(
  options: SoftwareTeeOptions,
  deps: SoftwareTeeDeps = {},
): Promise<SoftwareTee> {
  const clock = checkedClock(options.clock ?? (() => new Date()));
  const linkOptions = {
    file: workerFile(),
    timeoutMs: boundedInteger(options.callTimeoutMs ?? 30_000, MAX_TIMEOUT_MS, 'callTimeoutMs'),
    maxPending: boundedInteger(options.maxPendingCalls ?? 1024, MAX_PENDING, 'maxPendingCalls'),
    startWorker: deps.startWorker ?? startNodeWorker,
    clock,
  };
  const installed = new Set(
    [...APPLICATIONS.keys()].filter((uuid) => uuid !== CONFORMANCE_TA_UUID || options.conformanceTa === true),
  );
  const folder = teeFolder(options.dataDir);
  const unlock = lockFolder(folder);
  const links = new Map<string, Promise<WorkerLink>>();
  const contexts = new Set<SoftwareContext>();
  let closed = false;

  const checkOpen = (): void => {
    if (closed) throw teecError('BAD_STATE', 'API', { detail: 'reason=closed' });
  };

  /** One worker per application, shared by all sessions, started again after it died. */
  const find = async (uuid: string): Promise<WorkerLink> => {
    checkOpen();
    if (!installed.has(uuid)) throw teecError('ITEM_NOT_FOUND', 'TEE');
    const current = links.get(uuid);
    if (current !== undefined) {
      const link = await current;
      if (!link.dead) return link;
      checkOpen();
    }
    const next = links.get(uuid);
    // Another caller was faster and has started it.
    if (next !== undefined && next !== current) return next;
    const starting = WorkerLink.start(
      { uuid, folder, events: measureBeforeWorker(), time: clock().getTime() },
      linkOptions,
    );
    links.set(uuid, starting);
    starting.catch(() => links.delete(uuid));
    return starting;
  };

  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    await Promise.all([...contexts].map((context) => context.finalize()));
    const running = await Promise.allSettled(links.values());
    await Promise.all(running.map((link) => (link.status === 'fulfilled' ? link.value.close() : undefined)));
    unlock();
  };

  let rootCertificate: Uint8Array | undefined;
  try {
    rootCertificate = (await find(ROOT_KEY_SERVICE_UUID)).publicInfo.rootCertificate;
    if (rootCertificate === undefined) throw TEE_CLIENT_ERRORS.create('ERR_TEE_START_FAILED');
  } catch (error) {
    await close();
    throw error;
  }

  return {
    specVersion: '1',
    name: NAME,
    emulated: true,
    capabilities: new Set(['cancellation', ...(options.conformanceTa === true ? ['conformance-ta'] : [])]),
    rootCertificate,
    initializeContext: async (name) => {
      checkOpen();
      if (name !== undefined && name !== NAME)
        throw teecError('ITEM_NOT_FOUND', 'API', { detail: 'parameter=name' });
      const context: TeecContext & SoftwareContext = new SoftwareContext(find, (ended) =>
        contexts.delete(ended),
      );
      contexts.add(context);
      return context;
    },
    close,
  };
}
