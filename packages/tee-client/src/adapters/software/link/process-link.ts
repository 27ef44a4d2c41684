import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import type { DomainStart } from '../domain-protocol.ts';
import { Awake } from './awake.ts';
import { FrameWriter } from './bytes.ts';
import { FRAME, readFailure, writeStart } from './codec.ts';
import { LinkEngine } from './engine.ts';
import { entryFile } from './entry-file.ts';
import { FrameSplitter } from './frames.ts';
import { MAX_FRAME_BYTES } from './limits.ts';
import type { DomainLink, LinkHandlers, LinkOptions } from './link.ts';
import { type DomainCommand, domainCommand } from './process-command.ts';
import { startFailure } from './start-failure.ts';
import type { Transport } from './transport.ts';

const START_MS = 30_000;
const PAGE_BYTES = 4096;
const LENGTH_BYTES = 4;

/** Every child that lives, so that none outlives a host that ends in order. */
const living = new Set<ProcessTransport>();
let watching = false;

function watchExit(): void {
  if (watching) return;
  watching = true;
  process.on('exit', () => {
    for (const transport of living) transport.kill();
  });
}

/** Opens a domain in a child process. @throws {@link SmError} ERR_TEE_WORKER_MISSING, ERR_TEE_START_FAILED */
export async function openProcessLink(
  start: DomainStart,
  handlers: LinkHandlers,
  options: LinkOptions,
): Promise<DomainLink> {
  watchExit();
  const transport = new ProcessTransport(start, options);
  const engine = new LinkEngine(transport, handlers, options);
  await transport.open(start, engine, options.startTimeoutMs ?? START_MS);
  return engine;
}

/**
 * Starts the program. Without descriptors or memory there may be no child, or one without streams.
 *
 * @throws {@link SmError} ERR_TEE_START_FAILED
 */
function spawnDomain(command: DomainCommand, folder: string): ChildProcess {
  let child: ChildProcess | undefined;
  try {
    child = spawn(command.file, command.args, {
      // 3: the link. 4: held open by the host; its end tells the shell that the host is gone.
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
      env: {},
      cwd: folder,
      // A session of its own: signals of the host's terminal do not reach it.
      detached: true,
      windowsHide: true,
    });
    child.on('error', () => {});
  } catch {
    // Told below.
  }
  const stdio = child?.stdio as ChildProcess['stdio'] | undefined;
  if (child === undefined || stdio?.[3] == null) throw startFailure('ERR_TEE_START_FAILED', 'reason=spawn');
  return child;
}

class ProcessTransport implements Transport {
  readonly #child: ChildProcess;
  readonly #socket: Duplex;
  readonly #awake: Awake;
  readonly #group: boolean;
  #domainPid: number | undefined;
  #answered = true;
  #ended = false;
  #onFrame: (frame: Uint8Array) => void = () => {};
  #onBroken: () => void = () => {};

  constructor(start: DomainStart, options: LinkOptions) {
    const command = domainCommand(options.entry ?? entryFile('process-main'), start, options.codeFolders);
    this.#group = command.group;
    this.#child = spawnDomain(command, start.folder);
    living.add(this);
    this.#socket = this.#child.stdio[3] as Duplex;
    this.#socket.on('error', () => {});
    this.#child.stdio[4]?.on('error', () => {});
    this.#awake = new Awake(() => this.#answered);
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
      const ended = (): void => {
        if (this.#ended) return;
        this.kill();
        this.#ended = true;
        living.delete(this);
        clearTimeout(timer);
        reject(startFailure('ERR_TEE_START_FAILED', 'reason=exit'));
        engine.gone();
      };
      this.#onBroken = fail;
      const splitter = new FrameSplitter((frame) => this.#onFrame(frame));
      this.#socket.on('data', (chunk: Uint8Array) => {
        this.#answered = true;
        this.#awake.came();
        if (!splitter.push(chunk)) this.#onBroken();
      });
      this.#socket.once('close', ended);
      this.#child.once('exit', ended);
      this.#child.once('error', ended);
      this.#onFrame = (frame) => {
        if (frame[0] !== FRAME.READY || frame.length !== 5) {
          const failure = readFailure(frame);
          return fail(failure.code, failure.detail);
        }
        clearTimeout(timer);
        this.#domainPid = new DataView(frame.buffer, frame.byteOffset).getUint32(1, true);
        this.#onFrame = (next) => engine.receive(next);
        this.#onBroken = () => engine.malformed();
        this.#rest();
        resolve();
      };
      const out = new FrameWriter();
      out.u8(FRAME.START);
      writeStart(out, start);
      this.send(out.written);
    });
  }

  /** The engine's timer keeps the host alive while an answer is owed; an idle domain does not. */
  #rest(): void {
    this.#child.unref();
    for (const pipe of [this.#socket, this.#child.stdio[4]]) {
      (pipe as { unref?: () => void } | null | undefined)?.unref?.();
    }
  }

  send(frame: Uint8Array): void {
    if (this.#ended) return;
    // A domain answers what it has read. One that answers and does not read would fill the host's memory.
    if (this.#socket.writableLength > MAX_FRAME_BYTES) {
      this.#onBroken();
      return;
    }
    const message = Buffer.allocUnsafe(LENGTH_BYTES + frame.length);
    message.writeUInt32LE(frame.length, 0);
    message.set(frame, LENGTH_BYTES);
    this.#answered = false;
    this.#socket.write(message);
    this.#awake.start();
  }

  kill(): void {
    if (this.#ended) return;
    // Its end is near, and a next start of the application may wait for it.
    this.#child.ref();
    const { pid } = this.#child;
    try {
      // The group: the shell that watches, and the domain.
      if (this.#group && pid !== undefined) process.kill(-pid, 'SIGKILL');
      else this.#child.kill('SIGKILL');
    } catch {
      // Gone already.
    }
    this.#socket.destroy();
    this.#child.stdio[4]?.destroy();
  }

  residentBytes(): number | undefined {
    const file = `/proc/${this.#domainPid}/statm`;
    if (this.#domainPid === undefined || !existsSync(file)) return undefined;
    try {
      const pages = Number(readFileSync(file, 'latin1').split(' ')[1]);
      return Number.isSafeInteger(pages) ? pages * PAGE_BYTES : undefined;
    } catch {
      return undefined;
    }
  }
}
