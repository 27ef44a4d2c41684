import { isU32 } from '../client/answer.ts';
import type { ModuleSession } from '../client/module-session.ts';
import type { SecureMemory } from '../spec/v1/enclave.ts';
import { teecError } from '../spec/v1/error.ts';
import { badParameter, copyBytes, wipeCopy } from './bytes.ts';

/** A block of secure memory in an enclave; it ends with its enclave. */
export class EnclaveMemory implements SecureMemory {
  readonly id: number;
  readonly #session: ModuleSession;
  /** Most bytes of one write. */
  readonly #max: number;
  #size: number;
  #released: Promise<void> | undefined;

  constructor(session: ModuleSession, id: number, size: number, max: number) {
    this.#session = session;
    this.id = id;
    this.#size = size;
    this.#max = max;
  }

  get size(): number {
    return this.#size;
  }

  #checkUsable(): void {
    this.#session.checkUsable();
    if (this.#released !== undefined) {
      throw teecError('BAD_STATE', 'API', { detail: 'reason=memory-released' });
    }
  }

  async write(offset: number, data: Uint8Array): Promise<void> {
    this.#checkUsable();
    const copy = copyBytes(data, 'data', this.#max);
    if (!isU32(offset) || offset + copy.length > this.#size) {
      throw badParameter('offset');
    }
    await this.#session.service({ service: 'memory-write', id: this.id, offset, data: copy });
    wipeCopy(copy);
  }

  async grow(size: number): Promise<void> {
    this.#checkUsable();
    if (!isU32(size) || size < this.#size) throw badParameter('size');
    await this.#session.service({ service: 'memory-grow', id: this.id, size });
    this.#size = Math.max(this.#size, size);
  }

  release(): Promise<void> {
    this.#released ??= this.#release();
    return this.#released;
  }

  async #release(): Promise<void> {
    // With its session the block is gone already.
    if (this.#session.ended) return;
    try {
      await this.#session.service({ service: 'memory-release', id: this.id });
    } catch (error) {
      if (this.#session.ended) return;
      // Still there, as when the module was busy: it may be released again.
      this.#released = undefined;
      throw error;
    }
  }
}
