import {
  canonicalJson,
  concatBytes,
  equalBytes,
  fromUtf8,
  type JsonValue,
  parseJson,
  SmError,
  sm3,
  sm3Hash,
  toHex,
  utf8,
} from '@cssi/sm-core';
import { AUDIT_MAX_RECORD_BYTES, type AuditRecord } from '../spec/v1/audit.ts';
import type { AuditBody } from './event.ts';
import { leafHash, MerkleFrontier } from './merkle.ts';

/*
 * One line of a log is `{"hash":"<64 hex digits>","record":<canonical JSON>}`. The hash
 * stands first and has a fixed length, so the stored bytes of the record can be cut out and
 * hashed as they are, never a re-encoding of them.
 */
const BEFORE_HASH = utf8('{"hash":"');
const BEFORE_RECORD = utf8('","record":');
const HASH_START = BEFORE_HASH.length;
const HASH_END = HASH_START + 64;
const RECORD_START = HASH_END + BEFORE_RECORD.length;
const CLOSING_BRACE = 0x7d;

/** Longest line of a log in bytes, without the line feed. */
export const AUDIT_MAX_LINE_BYTES: number = RECORD_START + AUDIT_MAX_RECORD_BYTES + 1;

/** Start value of the chain: SM3 of `cssi-audit/1`, a line feed and the origin. */
export function genesisHash(origin: string): Uint8Array {
  return sm3(utf8(`cssi-audit/1\n${origin}`));
}

/** Hash of a record: SM3(hash before ‖ stored form). */
export function chainHash(previous: Uint8Array, record: Uint8Array): Uint8Array {
  return sm3Hash().update(previous).update(record).digest();
}

/** The line of a record, without the line feed. */
export function encodeLine(hash: string, record: Uint8Array): Uint8Array {
  return concatBytes(BEFORE_HASH, utf8(hash), BEFORE_RECORD, record, Uint8Array.of(CLOSING_BRACE));
}

/** Hash and stored bytes of a line; `undefined` when it is not one. */
export function splitLine(line: Uint8Array): { hash: string; record: Uint8Array } | undefined {
  if (line.length <= RECORD_START || line.length > AUDIT_MAX_LINE_BYTES) return undefined;
  if (!equalBytes(line.subarray(0, HASH_START), BEFORE_HASH)) return undefined;
  if (!equalBytes(line.subarray(HASH_END, RECORD_START), BEFORE_RECORD)) return undefined;
  if (line[line.length - 1] !== CLOSING_BRACE) return undefined;
  const hash = line.subarray(HASH_START, HASH_END);
  for (const byte of hash) {
    if (!((byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66))) return undefined;
  }
  return { hash: fromUtf8(hash), record: line.subarray(RECORD_START, -1) };
}

const isText = (value: JsonValue | undefined) => typeof value === 'string';
const isTextOrNull = (value: JsonValue | undefined) => value === null || typeof value === 'string';
const isTextOrAbsent = (value: JsonValue | undefined) => value === undefined || typeof value === 'string';

/** The shape of each member of a stored record; a record has no other members. */
const MEMBERS: Readonly<Record<string, (value: JsonValue | undefined) => boolean>> = {
  v: (value) => value === 1,
  sequence: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  time: isText,
  requestId: isText,
  traceId: isText,
  type: isText,
  subject: isTextOrNull,
  tenantId: isTextOrNull,
  object: isTextOrAbsent,
  outcome: (value) => value === 'success' || value === 'failure' || value === 'denied',
  code: isTextOrAbsent,
  remoteAddress: isTextOrAbsent,
  detail: (value) =>
    value === undefined ||
    (typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.values(value).every((item) => typeof item === 'string' || Number.isSafeInteger(item))),
};

/** The record of stored bytes; `undefined` when they are not the canonical form of one. */
export function decodeRecord(hash: string, record: Uint8Array): AuditRecord | undefined {
  try {
    const value = parseJson(record, AUDIT_MAX_RECORD_BYTES);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const members = value as Readonly<Record<string, JsonValue>>;
    if (!Object.keys(members).every((name) => Object.hasOwn(MEMBERS, name))) return undefined;
    for (const [name, fits] of Object.entries(MEMBERS)) if (!fits(members[name])) return undefined;
    if (!equalBytes(canonicalJson(value), record)) return undefined;
    return { ...(members as unknown as Omit<AuditRecord, 'hash'>), hash };
  } catch (error) {
    if (error instanceof SmError) return undefined;
    throw error;
  }
}

/** The running state of a log while it is written: place, last hash and tree. */
export class AuditChain {
  #head: Uint8Array;
  readonly #tree: MerkleFrontier;

  constructor(origin: string, state?: { readonly head: Uint8Array; readonly tree: MerkleFrontier }) {
    this.#head = state?.head ?? genesisHash(origin);
    this.#tree = state?.tree ?? new MerkleFrontier();
  }

  get size(): number {
    return this.#tree.size;
  }

  get head(): Uint8Array {
    return this.#head;
  }

  root(): Uint8Array {
    return this.#tree.root();
  }

  /** A copy that goes on by itself. */
  clone(): AuditChain {
    return new AuditChain('', { head: this.#head, tree: this.#tree.clone() });
  }

  /** Gives an event its place and hash. */
  append(body: AuditBody): { readonly record: AuditRecord; readonly line: Uint8Array } {
    const members = { ...body, sequence: this.size };
    const stored = canonicalJson(members);
    this.#head = chainHash(this.#head, stored);
    this.#tree.append(leafHash(stored));
    const hash = toHex(this.#head);
    return {
      record: { ...(members as unknown as Omit<AuditRecord, 'hash'>), hash },
      line: encodeLine(hash, stored),
    };
  }
}
