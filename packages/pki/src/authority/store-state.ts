import { equalBytes, fromHex, toHex } from '@cssi/sm-core';
import {
  type ApplicationInsertion,
  type ApplicationQuery,
  type ApplicationRecord,
  type ApplicationState,
  AUTHORITY_MAX_LIST,
  AUTHORITY_MAX_SERIAL_BYTES,
  type CertificateInsertion,
  type CertificateRecord,
  type CrlDraft,
  type CrlRecord,
  type RevocationRecord,
  type SequencedRevocation,
} from '../spec/v1/authority.ts';
import { OrderedIds } from './ordered-ids.ts';
import { stateProblem } from './records.ts';

/** What a call changes; the unit that is written or not written as a whole. */
export type StoreChange =
  | { readonly kind: 'bind'; readonly authority: Uint8Array }
  | { readonly kind: 'serial'; readonly serial: Uint8Array }
  | { readonly kind: 'application'; readonly record: ApplicationRecord }
  | { readonly kind: 'certificates'; readonly records: readonly CertificateRecord[] }
  | { readonly kind: 'revocation'; readonly record: SequencedRevocation }
  | { readonly kind: 'crl-number'; readonly number: number }
  /** No list has this number or a smaller one any more. */
  | { readonly kind: 'crl-floor'; readonly number: number }
  | { readonly kind: 'crl'; readonly record: CrlRecord };

/** What a call answers, and what it changes if anything. */
export interface Plan<T> {
  readonly result: T;
  readonly change?: StoreChange;
}

const LISTS = ['complete', 'delta'] as const;

/** Text of a serial number, by which records are found. */
export function serialKey(serial: Uint8Array): string {
  const good =
    serial instanceof Uint8Array && serial.length > 0 && serial.length <= AUTHORITY_MAX_SERIAL_BYTES;
  if (!good || serial[0] === 0) throw stateProblem('serial');
  return toHex(serial);
}

/**
 * The state of a store in memory. Calls plan a change and answer; nothing changes before
 * {@link StoreState.apply}, so that an adapter can write the change down first.
 */
export class StoreState {
  #authority: Uint8Array | undefined;
  readonly #serials = new Set<string>();
  readonly #applications = new Map<string, ApplicationRecord>();
  readonly #ids = new OrderedIds();
  readonly #idsByState = new Map<ApplicationState, OrderedIds>();
  readonly #csrs = new Set<string>();
  readonly #certificates = new Map<string, CertificateRecord>();
  readonly #byKey = new Map<string, CertificateRecord[]>();
  readonly #revocations = new Map<string, SequencedRevocation>();
  readonly #crlNumbers = new Set<number>();
  /** Only these are ever asked for again. */
  readonly #latest: { complete?: CrlRecord; delta?: CrlRecord } = {};
  #sequence = 0;
  /** Greatest one drawn. */
  #crlNumber = 0;
  #crlFloor = 0;

  bind(authority: Uint8Array): Plan<boolean> {
    if (this.#authority !== undefined) return { result: equalBytes(this.#authority, authority) };
    return { result: true, change: { kind: 'bind', authority } };
  }

  reserveSerial(serial: Uint8Array): Plan<boolean> {
    if (this.#serials.has(serialKey(serial))) return { result: false };
    return { result: true, change: { kind: 'serial', serial } };
  }

  insertApplication(record: ApplicationRecord): Plan<ApplicationInsertion> {
    if (this.#applications.has(record.id)) return { result: 'id-taken' };
    if (this.#csrs.has(toHex(record.csrDigest))) return { result: 'csr-taken' };
    return { result: 'inserted', change: { kind: 'application', record } };
  }

  findApplication(id: string): Plan<ApplicationRecord | undefined> {
    return { result: this.#applications.get(id) };
  }

  replaceApplication(record: ApplicationRecord): Plan<boolean> {
    const stored = this.#applications.get(record.id);
    if (stored === undefined || stored.revision !== record.revision - 1) return { result: false };
    // The request is what was applied with; a change of it would open its digest for another use.
    if (!equalBytes(stored.csrDigest, record.csrDigest)) return { result: false };
    return { result: true, change: { kind: 'application', record } };
  }

  listApplications({ state, after, limit }: ApplicationQuery): Plan<readonly ApplicationRecord[]> {
    if (!Number.isInteger(limit) || limit < 1 || limit > AUTHORITY_MAX_LIST) throw stateProblem('limit');
    const ids = state === undefined ? this.#ids : this.#idsByState.get(state);
    const page = ids?.page(after ?? '', limit) ?? [];
    return { result: page.map((id) => this.#applications.get(id)!) };
  }

  insertCertificates(records: readonly CertificateRecord[]): Plan<CertificateInsertion> {
    const serials = records.map(({ serial }) => serialKey(serial));
    const repeated = new Set(serials).size !== serials.length;
    if (repeated || serials.some((serial) => this.#certificates.has(serial))) {
      return { result: 'serial-taken' };
    }
    const others = (record: CertificateRecord) => [
      ...(this.#byKey.get(toHex(record.keyDigest)) ?? []),
      ...records.filter(({ keyDigest }) => equalBytes(keyDigest, record.keyDigest)),
    ];
    const strange = (record: CertificateRecord) =>
      others(record).some(({ holderDigest }) => !equalBytes(holderDigest, record.holderDigest));
    if (records.some(strange)) return { result: 'key-taken' };
    return { result: 'inserted', change: { kind: 'certificates', records } };
  }

  findCertificate(serial: Uint8Array): Plan<CertificateRecord | undefined> {
    return { result: this.#certificates.get(serialKey(serial)) };
  }

  findCertificatesByKey(keyDigest: Uint8Array): Plan<readonly CertificateRecord[]> {
    return { result: this.#byKey.get(toHex(keyDigest)) ?? [] };
  }

  findRevocation(serial: Uint8Array): Plan<SequencedRevocation | undefined> {
    return { result: this.#revocations.get(serialKey(serial)) };
  }

  putRevocation(record: RevocationRecord): Plan<boolean> {
    const stored = this.#revocations.get(serialKey(record.serial))?.revision ?? 0;
    if (record.revision !== stored + 1) return { result: false };
    const sequenced = { ...record, sequence: this.#sequence + 1 };
    return { result: true, change: { kind: 'revocation', record: sequenced } };
  }

  draftCrl(): Plan<CrlDraft> {
    const number = this.#crlNumber + 1;
    const revocations = [...this.#revocations.values()].sort((a, b) => a.sequence - b.sequence);
    return {
      result: { number, sequence: this.#sequence, revocations },
      change: { kind: 'crl-number', number },
    };
  }

  insertCrl(record: CrlRecord): Plan<boolean> {
    const taken = this.#crlNumbers.has(record.number) || record.number <= this.#crlFloor;
    if (taken) return { result: false };
    return { result: true, change: { kind: 'crl', record } };
  }

  latestCrl(kind: 'complete' | 'delta'): Plan<CrlRecord | undefined> {
    return { result: this.#latest[kind] };
  }

  /** Carries out a planned change. The record becomes the state's own. */
  apply(change: StoreChange): void {
    switch (change.kind) {
      case 'bind':
        this.#authority = change.authority;
        break;
      case 'serial':
        this.#serials.add(serialKey(change.serial));
        break;
      case 'application':
        this.#putApplication(change.record);
        break;
      case 'certificates':
        for (const record of change.records) this.#addCertificate(record);
        break;
      case 'revocation':
        this.#revocations.set(serialKey(change.record.serial), change.record);
        this.#sequence = Math.max(this.#sequence, change.record.sequence);
        break;
      case 'crl-number':
        this.#crlNumber = Math.max(this.#crlNumber, change.number);
        break;
      case 'crl-floor':
        this.#crlFloor = Math.max(this.#crlFloor, change.number);
        break;
      case 'crl':
        this.#addCrl(change.record);
        break;
      default:
        throw stateProblem('store-damaged');
    }
  }

  /** Changes that lead from nothing to this state. */
  *changes(): Generator<StoreChange> {
    if (this.#authority !== undefined) yield { kind: 'bind', authority: this.#authority };
    for (const serial of this.#serials) {
      if (!this.#certificates.has(serial)) yield { kind: 'serial', serial: fromHex(serial) };
    }
    for (const record of this.#applications.values()) yield { kind: 'application', record };
    for (const record of this.#certificates.values()) yield { kind: 'certificates', records: [record] };
    for (const record of this.#revocations.values()) yield { kind: 'revocation', record };
    yield { kind: 'crl-number', number: this.#crlNumber };
    // The numbers of the lists that are left out stay taken.
    yield {
      kind: 'crl-floor',
      number: Math.max(this.#crlFloor, ...LISTS.map((kind) => this.#latest[kind]?.number ?? 0)),
    };
    const { complete, delta } = this.#latest;
    if (complete !== undefined) yield { kind: 'crl', record: complete };
    if (delta !== undefined) yield { kind: 'crl', record: delta };
  }

  #putApplication(record: ApplicationRecord): void {
    const before = this.#applications.get(record.id)?.state;
    this.#applications.set(record.id, record);
    this.#csrs.add(toHex(record.csrDigest));
    if (before === undefined) this.#ids.add(record.id);
    if (before === record.state) return;
    if (before !== undefined) this.#idsByState.get(before)?.remove(record.id);
    const ids = this.#idsByState.get(record.state) ?? new OrderedIds();
    ids.add(record.id);
    this.#idsByState.set(record.state, ids);
  }

  #addCrl(record: CrlRecord): void {
    const kind = record.base === undefined ? 'complete' : 'delta';
    if (record.number > (this.#latest[kind]?.number ?? 0)) this.#latest[kind] = record;
    this.#crlNumbers.add(record.number);
    this.#crlNumber = Math.max(this.#crlNumber, record.number);
  }

  #addCertificate(record: CertificateRecord): void {
    const serial = serialKey(record.serial);
    this.#certificates.set(serial, record);
    this.#serials.add(serial);
    const key = toHex(record.keyDigest);
    this.#byKey.set(key, [...(this.#byKey.get(key) ?? []), record]);
  }
}
