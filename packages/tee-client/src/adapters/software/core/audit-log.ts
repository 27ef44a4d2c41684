import { canonicalJson, concatBytes, equalBytes, parseJson, sm3, toHex } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../../errors.ts';
import type { StoreFiles } from '../../../runtime/storage/object-store.ts';

const NAME = /^audit-(\d{1,15})\.log$/;
const MAX_RECORD_BYTES = 2048;
const MAX_DETAIL = 200;
/** Bytes after which a new file is begun. At most two are kept. */
const SEGMENT_BYTES = 1 << 20;
const KEPT_SEGMENTS = 2;
/** Most records of one answer. */
const MAX_READ = 1000;
const NEW_LINE = 0x0a;
const START = '00'.repeat(32);

/** One file of the log as the sealed registry knows it. */
export interface AuditSegment {
  readonly number: number;
  /** Number of its first record, and what that one is chained to. */
  readonly first: number;
  readonly previous: string;
  readonly bytes: number;
}

/** What the sealed registry knows of the log: whatever does not fit it was altered. */
export interface AuditState {
  /** Records so far, with those that are no longer kept. */
  readonly count: number;
  /** SM3 of the last record, hex. */
  readonly head: string;
  readonly segments: readonly AuditSegment[];
}

/** What is to be recorded; facts only, never secret or personal data. */
export interface AuditEntry {
  readonly time: number;
  readonly event: string;
  /** Code of the refusal, or empty. */
  readonly code: string;
  /** Application and security domain, where there is one. */
  readonly uuid: string;
  readonly domain: string;
  readonly detail: string;
}

/** A record as it stands in the log: canonical JSON, one line. */
export interface AuditRecord extends AuditEntry {
  readonly index: number;
  /** SM3 of the record before, hex. */
  readonly previous: string;
}

export const EMPTY_AUDIT: AuditState = {
  count: 0,
  head: START,
  segments: [{ number: 0, first: 0, previous: START, bytes: 0 }],
};

const altered = (reason: string) =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_AUDIT_INTEGRITY', { detail: `reason=${reason}` });
const segmentName = (number: number): string => `audit-${number}.log`;

/**
 * The audit log (审计日志): records chained by SM3 in files beside the sealed registry, which keeps
 * the head of the chain and the length of each file. A record is appended first and counts once
 * the registry names it; what stands behind that is the rest of a write that did not end, and goes.
 * The log is bounded: of its files the last two are kept.
 */
export class AuditLog {
  readonly #files: StoreFiles;

  constructor(files: StoreFiles) {
    this.#files = files;
  }

  /** Writes a record; it counts once the state this gives is sealed. */
  append(state: AuditState, entry: AuditEntry): { readonly state: AuditState; readonly digest: string } {
    const line = concatBytes(
      canonicalJson({
        ...entry,
        detail: entry.detail.slice(0, MAX_DETAIL),
        index: state.count,
        previous: state.head,
      }),
      Uint8Array.of(NEW_LINE),
    );
    if (line.length > MAX_RECORD_BYTES) throw altered('record-size');
    const last = state.segments.at(-1);
    if (last === undefined) throw altered('segments');
    const full = last.bytes + line.length > SEGMENT_BYTES;
    const segment = full
      ? { number: last.number + 1, first: state.count, previous: state.head, bytes: 0 }
      : last;
    this.#write(segment, line);
    const digest = toHex(sm3(line));
    const kept = full ? state.segments.slice(-(KEPT_SEGMENTS - 1)) : state.segments.slice(0, -1);
    return {
      digest,
      state: {
        count: state.count + 1,
        head: digest,
        segments: [...kept, { ...segment, bytes: segment.bytes + line.length }],
      },
    };
  }

  /** Removes what the sealed state does not name: files that are no longer kept, ends of broken writes. */
  trim(state: AuditState): void {
    for (const name of this.#files.list()) {
      const number = NAME.exec(name)?.[1];
      if (number === undefined) continue;
      const segment = state.segments.find((known) => segmentName(known.number) === name);
      if (segment === undefined) {
        this.#files.remove(name);
        continue;
      }
      const file = this.#files.open(name, false);
      try {
        if (file.size() > segment.bytes) {
          file.truncate(segment.bytes);
          file.sync();
        }
      } finally {
        file.close();
      }
    }
  }

  /** Reads all that is kept. @throws {@link SmError} ERR_TEE_AUDIT_INTEGRITY */
  verify(state: AuditState): void {
    this.#records(state);
  }

  /**
   * Records from number `from` on, at most `max`; the whole log is verified first.
   *
   * @throws {@link SmError} ERR_TEE_AUDIT_INTEGRITY
   */
  read(state: AuditState, from: number, max: number): readonly AuditRecord[] {
    return this.#records(state)
      .filter((record) => record.index >= from)
      .slice(0, Math.min(max, MAX_READ));
  }

  #records(state: AuditState): AuditRecord[] {
    const records: AuditRecord[] = [];
    let expected: AuditSegment | undefined;
    let head = '';
    let count = 0;
    for (const segment of state.segments) {
      if (expected === undefined) ({ previous: head, first: count } = segment);
      if (segment.previous !== head || segment.first !== count) throw altered('segments');
      expected = segment;
      for (const line of this.#lines(segment)) {
        const record = parseJson(line.subarray(0, -1), MAX_RECORD_BYTES) as unknown as AuditRecord;
        if (record.previous !== head || record.index !== count) throw altered('chain');
        head = toHex(sm3(line));
        count++;
        records.push(record);
      }
    }
    if (head !== state.head || count !== state.count) throw altered('head');
    return records;
  }

  /** Lines of a file, each with its line feed. */
  #lines(segment: AuditSegment): Uint8Array[] {
    const contents = new Uint8Array(segment.bytes);
    if (segment.bytes > 0) {
      const name = segmentName(segment.number);
      if (!this.#files.list().includes(name)) throw altered('missing');
      const file = this.#files.open(name, false);
      try {
        if (file.read(0, contents) !== contents.length) throw altered('cut');
      } finally {
        file.close();
      }
    }
    const lines: Uint8Array[] = [];
    for (let at = 0; at < contents.length; ) {
      const end = contents.indexOf(NEW_LINE, at);
      if (end < 0) throw altered('line');
      const line = contents.subarray(at, end + 1);
      if (!isCanonical(line.subarray(0, -1))) throw altered('line');
      lines.push(line);
      at = end + 1;
    }
    return lines;
  }

  #write(segment: AuditSegment, line: Uint8Array): void {
    const name = segmentName(segment.number);
    const there = this.#files.list().includes(name);
    const file = this.#files.open(name, !there);
    try {
      if (file.size() < segment.bytes) throw altered('cut');
      // The rest of a write that did not end must not follow this record.
      if (file.size() > segment.bytes) file.truncate(segment.bytes);
      file.write(segment.bytes, line);
      file.sync();
    } finally {
      file.close();
    }
    if (!there) this.#files.syncFolder();
  }
}

function isCanonical(line: Uint8Array): boolean {
  try {
    const value = parseJson(line, MAX_RECORD_BYTES);
    return equalBytes(canonicalJson(value), line);
  } catch {
    return false;
  }
}
