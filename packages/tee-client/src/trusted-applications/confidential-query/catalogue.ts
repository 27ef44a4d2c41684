import { CONFIDENTIAL_QUERY_LIMITS as LIMITS } from '../../spec/v1/confidential-query.ts';
import type { DataSetDeclaration, Policy } from '../../spec/v1/query-types.ts';
import type { Tee } from '../../ta/index.ts';
import type { Inventory } from '../../ta/inventory.ts';
import { decodeJson, encodeJson, type Json } from '../../ta/json.ts';
import { deleteObject, objectId, objectIds, readObject, writeObject } from '../../ta/storage.ts';
import { refuse } from './refusal.ts';

/** Kinds of objects: owners, data sets, policies, rows. */
const KINDS = { owner: 'o', dataSet: 's', policy: 'p', rows: 'r' } as const;
/** Kinds whose objects are never deleted, in the order of the inventory. */
export const COUNTED: readonly string[] = [KINDS.owner, KINDS.dataSet, KINDS.policy];
const MAX_RECORD = LIMITS.document + 8_192;

/** Somebody whose data are here. */
export interface OwnerRecord {
  readonly label: string;
  /** 04 ‖ x ‖ y, base64. */
  readonly publicKey: string;
}

/** A data set; its declaration stays when it is removed, so that it cannot come back with a new budget. */
export interface DataSetRecord {
  readonly declaration: DataSetDeclaration;
  readonly removed: boolean;
}

/** A policy, who approved it, and whether somebody took that back. */
export interface PolicyRecord {
  readonly policy: Policy;
  readonly approvals: readonly string[];
  readonly revoked: boolean;
}

/** What the application knows, one object in storage each. */
export class Catalogue {
  readonly #tee: Tee;
  readonly #inventory: Inventory;
  readonly #owners: Map<string, OwnerRecord>;
  readonly #dataSets: Map<string, DataSetRecord>;
  readonly #policies: Map<string, PolicyRecord>;

  /** `inventory`: without it a record that is gone, say of a revocation, could be signed for once more. */
  constructor(tee: Tee, inventory: Inventory) {
    this.#tee = tee;
    this.#inventory = inventory;
    this.#owners = this.#load(KINDS.owner);
    this.#dataSets = this.#load(KINDS.dataSet);
    this.#policies = this.#load(KINDS.policy);
    // Rows are written before the data set that makes them known; a crash between leaves them alone.
    for (const id of objectIds(tee, KINDS.rows)) {
      if (this.#dataSets.get(id)?.removed ?? true) deleteObject(tee, objectId(KINDS.rows, id));
    }
  }

  #load<T>(kind: string): Map<string, T> {
    return new Map(
      objectIds(this.#tee, kind).map((id) => {
        const data = readObject(this.#tee, objectId(kind, id)) ?? new Uint8Array(0);
        return [id, decodeJson(this.#tee, data, MAX_RECORD) as T];
      }),
    );
  }

  #save<T>(kind: string, records: Map<string, T>, id: string, record: T, max: number): void {
    if (!records.has(id) && records.size >= max) throw this.#tee.error('STORAGE_NO_SPACE');
    writeObject(this.#tee, objectId(kind, id), encodeJson(record as unknown as Json));
    records.set(id, record);
    this.#inventory.note(COUNTED.indexOf(kind), records.size);
  }

  /** @throws {@link TeeError} SIGNATURE: who is not known cannot have signed */
  owner(id: string): OwnerRecord {
    const record = this.#owners.get(id);
    if (record === undefined) throw refuse(this.#tee, 'SIGNATURE');
    return record;
  }

  addOwner(id: string, record: OwnerRecord): void {
    if (!this.#owners.has(id)) this.#save(KINDS.owner, this.#owners, id, record, LIMITS.owners);
  }

  /** Any that ever was. */
  knownDataSet(id: string): DataSetRecord | undefined {
    return this.#dataSets.get(id);
  }

  /** @throws {@link TeeError} UNKNOWN, also for one that was removed */
  dataSet(id: string): DataSetDeclaration {
    const record = this.#dataSets.get(id);
    if (record === undefined || record.removed) throw refuse(this.#tee, 'UNKNOWN');
    return record.declaration;
  }

  /** @throws {@link TeeError} STORAGE_NO_SPACE when there is no room for one more */
  requireDataSet(): void {
    if (this.#dataSets.size >= LIMITS.dataSets) throw this.#tee.error('STORAGE_NO_SPACE');
  }

  addDataSet(id: string, declaration: DataSetDeclaration, rows: Uint8Array): void {
    this.requireDataSet();
    writeObject(this.#tee, objectId(KINDS.rows, id), rows);
    this.#save(KINDS.dataSet, this.#dataSets, id, { declaration, removed: false }, LIMITS.dataSets);
  }

  removeDataSet(id: string): void {
    const declaration = this.dataSet(id);
    this.#save(KINDS.dataSet, this.#dataSets, id, { declaration, removed: true }, LIMITS.dataSets);
    deleteObject(this.#tee, objectId(KINDS.rows, id));
  }

  rows(id: string): Uint8Array {
    const data = readObject(this.#tee, objectId(KINDS.rows, id));
    if (data === undefined) throw this.#tee.error('CORRUPT_OBJECT');
    return data;
  }

  policy(id: string): PolicyRecord | undefined {
    return this.#policies.get(id);
  }

  savePolicy(id: string, record: PolicyRecord): void {
    this.#save(KINDS.policy, this.#policies, id, record, LIMITS.policies);
  }

  get counts(): { readonly owners: number; readonly dataSets: number; readonly policies: number } {
    return { owners: this.#owners.size, dataSets: this.#dataSets.size, policies: this.#policies.size };
  }
}
