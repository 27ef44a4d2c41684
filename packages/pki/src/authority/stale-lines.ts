import { toHex } from '@cssi/sm-core';
import { type StoreChange, serialKey } from './store-state.ts';

/** What a line is about; a later line about the same makes an earlier one say nothing any more. */
function subjectOf(change: StoreChange): string {
  switch (change.kind) {
    case 'bind':
    case 'crl-number':
    case 'crl-floor':
      return change.kind;
    case 'application':
      return `application ${change.record.id}`;
    case 'crl':
      return change.record.base === undefined ? 'crl complete' : 'crl delta';
    case 'revocation':
      return `revocation ${serialKey(change.record.serial)}`;
    case 'serial':
      return `serial ${serialKey(change.serial)}`;
    case 'certificates':
      // Each certificate has a line of its own when the journal is written anew.
      return `certificates ${toHex(change.records[0]?.serial ?? new Uint8Array(0))}`;
    default:
      return 'unknown';
  }
}

/** Counts lines and bytes of a journal, and those of them that say nothing any more. */
export class StaleLines {
  readonly #current = new Map<string, number>();
  lines = 0;
  bytes = 0;
  staleBytes = 0;

  get staleLines(): number {
    return this.lines - this.#current.size;
  }

  /** Counts a line of so many bytes. */
  add(change: StoreChange, bytes: number): void {
    this.lines++;
    this.bytes += bytes;
    this.#replace(subjectOf(change), bytes);
    if (change.kind !== 'certificates') return;
    // The certificate itself says that its number is taken.
    for (const { serial } of change.records) this.#drop(`serial ${serialKey(serial)}`);
  }

  #replace(subject: string, bytes: number): void {
    this.staleBytes += this.#current.get(subject) ?? 0;
    this.#current.set(subject, bytes);
  }

  #drop(subject: string): void {
    this.staleBytes += this.#current.get(subject) ?? 0;
    this.#current.delete(subject);
  }
}
