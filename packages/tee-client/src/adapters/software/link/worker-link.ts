import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { DomainStart } from '../domain-protocol.ts';
import { Awake } from './awake.ts';
import { FrameWriter } from './bytes.ts';
import { FRAME, readFailure, writeStart } from './codec.ts';
import { LinkEngine } from './engine.ts';
import { entryFile } from './entry-file.ts';
import type { DomainLink, LinkHandlers, LinkOptions } from './link.ts';
import { AT_PORT, portFrame, type RingMemory, ringMemory, SharedRing } from './shared-ring.ts';
import { startFailure } from './start-failure.ts';
import type { Transport } from './transport.ts';

const START_MS = 30_000;
/** Frames looked at in one turn of the event loop: a thread that writes without end is not to hold it. */
const FRAMES_A_TURN = 256;
const MEBIBYTE = 1 << 20;
/** Of the runtime itself, MiB. */
const BASE_HEAP = 96;

/** What a domain's thread is given. */
export interface WorkerDomainData {
  readonly toDomain: RingMemory;
  readonly toHost: RingMemory;
  /** One word: 1 while the host looks for answers by itself. */
  readonly hostAwake: SharedArrayBuffer;
  readonly port: import('node:worker_threads').MessagePort;
}

/** Opens a domain in a worker thread. @throws {@link SmError} ERR_TEE_WORKER_MISSING, ERR_TEE_START_FAILED */
export async function openWorkerLink(
  start: DomainStart,
  handlers: LinkHandlers,
  options: LinkOptions,
): Promise<DomainLink> {
  const transport = new WorkerTransport(start, options.entry ?? entryFile('worker-main'));
  const engine = new LinkEngine(transport, handlers, options);
  await transport.open(start, engine, options.startTimeoutMs ?? START_MS);
  return engine;
}

class WorkerTransport implements Transport {
  readonly #worker: Worker;
  readonly #toDomain: SharedRing;
  readonly #toHost: SharedRing;
  readonly #hostAwake: Int32Array;
  readonly #port: import('node:worker_threads').MessagePort;
  readonly #awake: Awake;
  #onFrame: (frame: Uint8Array) => void = () => {};
  #onBroken: () => void = () => {};
  #ended = false;

  constructor(start: DomainStart, file: string) {
    const memories = { toDomain: ringMemory(), toHost: ringMemory() };
    const { port1, port2 } = new MessageChannel();
    const hostAwake = new SharedArrayBuffer(4);
    this.#toDomain = new SharedRing(memories.toDomain);
    this.#toHost = new SharedRing(memories.toHost);
    this.#hostAwake = new Int32Array(hostAwake);
    this.#port = port1;
    const data: WorkerDomainData = { ...memories, hostAwake, port: port2 };
    this.#worker = new Worker(file, {
      workerData: data,
      transferList: [port2],
      // Nothing of the host's environment, arguments or loaders reaches the trusted side.
      env: {},
      argv: [],
      execArgv: [],
      stdin: false,
      // Whatever the thread prints goes to streams that nobody reads: a stack trace could hold data
      // of a call. Reading them, even to drop it, would keep an idle process alive.
      stdout: true,
      stderr: true,
      resourceLimits: {
        maxOldGenerationSizeMb: BASE_HEAP + Math.ceil(start.memoryLimit / MEBIBYTE),
        maxYoungGenerationSizeMb: 32,
        stackSizeMb: 4,
      },
      name: `tee ${start.uuid.slice(0, 8)}`,
    });
    this.#awake = new Awake(
      () => this.#drain(),
      () => {
        Atomics.store(this.#hostAwake, 0, 0);
        // What the domain wrote while it still took the host for awake.
        this.#drain();
      },
    );
    this.#worker.on('message', () => this.#drain());
    this.#worker.on('error', () => {});
  }

  /** Waits until the domain is up. */
  open(start: DomainStart, engine: LinkEngine, timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (code = 'ERR_TEE_START_FAILED', detail = ''): void => {
        clearTimeout(timer);
        this.kill();
        reject(startFailure(code, detail));
      };
      const timer = setTimeout(() => fail('ERR_TEE_START_FAILED', 'reason=timeout'), timeoutMs);
      const onExit = (): void => {
        // Its last words: the answer that it ended with, or why it did not come up.
        this.#drain();
        this.#ended = true;
        this.#port.close();
        clearTimeout(timer);
        reject(startFailure('ERR_TEE_START_FAILED', 'reason=exit'));
        engine.gone();
      };
      this.#worker.once('exit', onExit);
      this.#onBroken = fail;
      this.#onFrame = (frame) => {
        if (frame[0] !== FRAME.READY) {
          const failure = readFailure(frame);
          return fail(failure.code, failure.detail);
        }
        clearTimeout(timer);
        this.#onFrame = (next) => engine.receive(next);
        this.#onBroken = () => engine.malformed();
        // The engine's timer keeps the process alive while an answer is owed; an idle domain does not.
        this.#worker.unref();
        resolve();
      };
      const out = new FrameWriter();
      out.u8(FRAME.START);
      writeStart(out, start);
      this.send(out.written);
    });
  }

  send(frame: Uint8Array): void {
    if (this.#ended) return;
    Atomics.store(this.#hostAwake, 0, 1);
    if (!SharedRing.holds(frame.length) || !this.#toDomain.write(frame)) {
      const copy = new Uint8Array(frame);
      this.#port.postMessage(copy, [copy.buffer]);
      // One message to the domain at a time: there is always room for this one byte.
      this.#toDomain.write(AT_PORT);
    }
    this.#awake.start();
  }

  /** True when something was there. */
  #drain(): boolean {
    if (this.#ended) return false;
    let any = false;
    for (let i = 0; i < FRAMES_A_TURN; i++) {
      let frame = this.#toHost.read();
      if (frame === undefined) return any;
      any = true;
      if (frame !== null && frame.length === 1 && frame[0] === FRAME.AT_PORT) {
        frame = portFrame(receiveMessageOnPort(this.#port)?.message);
      }
      if (frame === null) {
        this.#onBroken();
        return true;
      }
      this.#onFrame(frame);
    }
    setImmediate(() => this.#drain());
    return true;
  }

  kill(): void {
    // Its end is near, and a next start of the application may wait for it.
    this.#worker.ref();
    void this.#worker.terminate();
  }

  residentBytes(): undefined {
    return undefined;
  }
}
