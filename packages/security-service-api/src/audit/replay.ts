import { equalBytes, fromHex, toHex } from '@cssi/sm-core';
import type { AuditCheckpoint } from '../spec/v1/audit.ts';
import { leafHash, MerkleFrontier } from './merkle.ts';
import { chainHash, decodeRecord, genesisHash, splitLine } from './record.ts';

/** What is wrong with a stored record, seen from the records before it. */
export type RecordProblem = 'malformed' | 'missing' | 'repeated' | 'altered';

/** Checks a stored log record by record; holds one hash and the tree's right edge. */
export class AuditReplay {
  #head: Uint8Array | undefined;
  readonly #tree = new MerkleFrontier();

  /** @param origin - when unknown, the first record's link is taken as it is */
  constructor(origin: string | undefined) {
    this.#head = origin === undefined ? undefined : genesisHash(origin);
  }

  get size(): number {
    return this.#tree.size;
  }

  get tree(): MerkleFrontier {
    return this.#tree;
  }

  /** Hash of the last record, hex; `undefined` before the first one of an unknown origin. */
  get head(): string | undefined {
    return this.#head === undefined ? undefined : toHex(this.#head);
  }

  /** Takes the next line; with a problem the replay cannot go on. */
  add(line: Uint8Array): RecordProblem | undefined {
    const parts = splitLine(line);
    const record = parts === undefined ? undefined : decodeRecord(parts.hash, parts.record);
    if (parts === undefined || record === undefined) return 'malformed';
    if (record.sequence > this.size) return 'missing';
    if (record.sequence < this.size) return 'repeated';
    const claimed = fromHex(parts.hash);
    if (this.#head !== undefined && !equalBytes(chainHash(this.#head, parts.record), claimed))
      return 'altered';
    this.#head = claimed;
    this.#tree.append(leafHash(parts.record));
    return undefined;
  }

  /** True when a checkpoint of the present size describes exactly these records. */
  agrees(checkpoint: AuditCheckpoint): boolean {
    return (
      checkpoint.size === this.size &&
      (this.head === undefined || checkpoint.head === this.head) &&
      checkpoint.root === toHex(this.#tree.root())
    );
  }
}
