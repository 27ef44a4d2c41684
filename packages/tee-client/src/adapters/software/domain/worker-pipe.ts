import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { FRAME } from '../link/codec.ts';
import { AT_PORT, portFrame, SharedRing } from '../link/shared-ring.ts';
import { SpinWindow } from '../link/spin-window.ts';
import type { WorkerDomainData } from '../link/worker-link.ts';
import type { DomainPipe } from './pipe.ts';

/** How long the thread looks for the next frame before it sleeps. */
const SPIN_MS = 0.15;
const SHORTEST_SPIN_MS = 0.005;

/** A pipe over shared memory; what does not fit goes over a port. */
export class WorkerPipe implements DomainPipe {
  readonly #toDomain: SharedRing;
  readonly #toHost: SharedRing;
  readonly #hostAwake: Int32Array;
  readonly #port: MessagePort;
  readonly #wakeHost: () => void;
  readonly #now: () => number;
  readonly #window = new SpinWindow(SPIN_MS, SHORTEST_SPIN_MS);
  #last = 0;
  #until = 0;

  /** @param now - of the thread's own clock, taken before anything is locked down */
  constructor(data: WorkerDomainData, wakeHost: () => void, now: () => number) {
    this.#toDomain = new SharedRing(data.toDomain);
    this.#toHost = new SharedRing(data.toHost);
    this.#hostAwake = new Int32Array(data.hostAwake);
    this.#port = data.port;
    this.#wakeHost = wakeHost;
    this.#now = now;
  }

  readonly #spin = (): boolean => this.#now() < this.#until;

  receive(): Uint8Array | undefined {
    if (this.#last > 0) this.#toDomain.forget(this.#last);
    this.#until = this.#now() + this.#window.next();
    if (this.#toDomain.waitForFrame(this.#spin)) this.#window.missed();
    else this.#window.found();
    let frame = this.#toDomain.read();
    if (frame === undefined || frame === null) return undefined;
    this.#last = frame.length;
    if (frame.length === 1 && frame[0] === FRAME.AT_PORT) {
      frame = portFrame(receiveMessageOnPort(this.#port)?.message);
    }
    return frame ?? undefined;
  }

  send(frame: Uint8Array): void {
    let record = frame;
    if (!SharedRing.holds(frame.length)) {
      const copy = new Uint8Array(frame);
      this.#port.postMessage(copy, [copy.buffer]);
      record = AT_PORT;
    }
    while (!this.#toHost.write(record)) {
      this.#wakeHost();
      this.#toHost.waitForRoom();
    }
    if (Atomics.load(this.#hostAwake, 0) === 0) this.#wakeHost();
  }
}
