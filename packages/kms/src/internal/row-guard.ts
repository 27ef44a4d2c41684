import { equalBytes, SmError } from '@cssi/sm-core';
import { KMS_ERRORS, type KmsErrorCode } from '../errors.ts';
import {
  keyRowBytes,
  type RowKind,
  rowMacLabel,
  tenantRowBytes,
  versionRowBytes,
} from '../spec/v1/binding.ts';
import type { RootKeyProvider } from '../spec/v1/root.ts';
import type { KeyRow, TenantRow, VersionRow } from '../spec/v1/store.ts';

/** What an operator is told about an altered record. */
export interface KmsAlert {
  readonly code: 'ERR_KMS_ROW_INTEGRITY';
  readonly reason: 'row-mac' | 'wrapped-key' | 'row-missing' | 'rows-disagree';
  readonly tenantId: string;
  readonly keyId?: string;
  readonly version?: number;
}

/** Where a record belongs. */
export interface RecordPlace {
  readonly tenantId: string;
  readonly keyId?: string;
  readonly version?: number;
}

/** A row that still lacks its MAC. */
export type Unsealed<R> = Omit<R, 'mac'>;

/** Makes and checks the MAC of every row, and raises the alert when one does not hold. */
export class RowGuard {
  readonly #root: RootKeyProvider;
  readonly #alert: (alert: KmsAlert) => void;

  constructor(root: RootKeyProvider, alert: (alert: KmsAlert) => void) {
    this.#root = root;
    this.#alert = alert;
  }

  /** Raises the alert and makes the error. Ids of tenant and key stay out of the message. */
  refuse(reason: KmsAlert['reason'], place: RecordPlace): SmError<KmsErrorCode> {
    try {
      this.#alert({ code: 'ERR_KMS_ROW_INTEGRITY', reason, ...place });
    } catch {
      // A failing listener must not hide what was found.
    }
    return KMS_ERRORS.create('ERR_KMS_ROW_INTEGRITY', { detail: `reason=${reason}` });
  }

  async sealTenant(row: Unsealed<TenantRow>): Promise<TenantRow> {
    return { ...row, mac: await this.#mac('tenant', tenantRowBytes(row)) };
  }

  async sealKey(row: Unsealed<KeyRow>): Promise<KeyRow> {
    return { ...row, mac: await this.#mac('key', keyRowBytes(row)) };
  }

  async sealVersion(row: Unsealed<VersionRow>): Promise<VersionRow> {
    return { ...row, mac: await this.#mac('version', versionRowBytes(row)) };
  }

  /** @throws SmError ERR_KMS_ROW_INTEGRITY also when the row is not the one that was asked for */
  async checkTenant(row: TenantRow, tenantId: string): Promise<TenantRow> {
    const place = { tenantId };
    if (row.tenantId !== tenantId) throw this.refuse('rows-disagree', place);
    await this.#check('tenant', () => tenantRowBytes(row), row.mac, place);
    return row;
  }

  async checkKey(row: KeyRow, tenantId: string, keyId: string): Promise<KeyRow> {
    const place = { tenantId, keyId };
    if (row.tenantId !== tenantId || row.keyId !== keyId) throw this.refuse('rows-disagree', place);
    await this.#check('key', () => keyRowBytes(row), row.mac, place);
    return row;
  }

  /** Checks a version row and that it agrees with its key. */
  async checkVersion(row: VersionRow, key: KeyRow, version: number): Promise<VersionRow> {
    const { tenantId, keyId } = key;
    const place = { tenantId, keyId, version };
    await this.#check('version', () => versionRowBytes(row), row.mac, place);
    const agrees =
      row.tenantId === tenantId &&
      row.keyId === keyId &&
      row.version === version &&
      version <= key.currentVersion &&
      row.state === key.state &&
      (row.publicKey !== null) === (key.algorithm === 'SM2') &&
      (row.wrappedKey === null) === (row.state === 'destroyed');
    if (!agrees) throw this.refuse('rows-disagree', place);
    return row;
  }

  #mac(kind: RowKind, bytes: Uint8Array): Promise<Uint8Array> {
    return callRoot(() => this.#root.mac(rowMacLabel(kind), bytes));
  }

  async #check(kind: RowKind, encode: () => Uint8Array, mac: Uint8Array, place: RecordPlace): Promise<void> {
    let bytes: Uint8Array;
    try {
      bytes = encode();
    } catch {
      // A value no row of ours can hold: the row was altered.
      throw this.refuse('row-mac', place);
    }
    if (!equalBytes(await this.#mac(kind, bytes), mac)) throw this.refuse('row-mac', place);
  }
}

/** Calls the root provider; an error without a code becomes one with a code. */
export async function callRoot<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof SmError) throw cause;
    throw KMS_ERRORS.create('ERR_KMS_ROOT_UNAVAILABLE', { cause });
  }
}
