import { toHex } from '@cssi/sm-core';
import type { Manifest } from '../spec/v1/manifest.ts';
import type { TransferJournal, TransferProgress } from '../spec/v1/receiver.ts';
import type { PackageSource } from '../spec/v1/source.ts';
import { fetchChunk, isRightChunk } from './guarded-source.ts';

/** What to fetch and how. */
export interface FetchPlan {
  readonly source: PackageSource;
  readonly manifest: Manifest;
  /** Checked against the roots already. */
  readonly leaves: Uint8Array;
  /** Most chunks under way or waiting for their turn. */
  readonly parallel: number;
  /** Most attempts per chunk. */
  readonly attempts: number;
  readonly journal: TransferJournal | undefined;
}

/** A journal that cannot fail a transfer: the first failure is the end of its use. */
class SafeJournal {
  #journal: TransferJournal | undefined;
  readonly #packageId: string;

  constructor(journal: TransferJournal | undefined, packageId: string) {
    this.#journal = journal;
    this.#packageId = packageId;
  }

  async load(index: number): Promise<Uint8Array | undefined> {
    try {
      return await this.#journal?.load(this.#packageId, index);
    } catch {
      this.#journal = undefined;
      return undefined;
    }
  }

  async save(index: number, chunk: Uint8Array): Promise<void> {
    try {
      await this.#journal?.save(this.#packageId, index, chunk);
    } catch {
      this.#journal = undefined;
    }
  }
}

/**
 * Fetches all chunks, several at once, and hands them on in order, each one checked. What
 * the journal kept is checked in the same way before it is used.
 *
 * @throws SmError as `fetchChunk`
 */
export async function* fetchChunks(
  plan: FetchPlan,
): AsyncGenerator<{ readonly chunk: Uint8Array; readonly progress: TransferProgress }> {
  const { source, manifest, leaves, parallel, attempts } = plan;
  const journal = new SafeJournal(plan.journal, toHex(manifest.digest));
  let resumed = 0;
  let retried = 0;

  const fetchOne = async (number: number): Promise<Uint8Array> => {
    const kept = await journal.load(number);
    if (kept !== undefined && isRightChunk(manifest, leaves, number, kept)) {
      resumed++;
      return kept;
    }
    const chunk = await fetchChunk(source, manifest, leaves, number, attempts, () => retried++);
    await journal.save(number, chunk);
    return chunk;
  };

  const queue: Promise<Uint8Array>[] = [];
  let next = 0;
  for (let chunksDone = 1; chunksDone <= manifest.chunkCount; chunksDone++) {
    while (next < manifest.chunkCount && queue.length < parallel) {
      const fetching = fetchOne(next++);
      // Whoever awaits it sees the failure; until then it must not count as unhandled.
      fetching.catch(() => {});
      queue.push(fetching);
    }
    const chunk = await queue.shift()!;
    yield { chunk, progress: { chunksDone, chunks: manifest.chunkCount, resumed, retried } };
  }
}
