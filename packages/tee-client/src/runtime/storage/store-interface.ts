import type { Secret } from '@cssi/sm-core';
import { TeeError } from '../../spec/v1/internal/error.ts';
import type { TeecUuid } from '../../spec/v1/uuid.ts';
import type { StoreFiles } from './store-files.ts';

/** Longest identifier in a store: GlobalPlatform's 64 bytes and room for a name space. */
export const STORE_ID_MAX_BYTES = 80;
/** Longest attributes blob. */
export const STORE_ATTRIBUTES_MAX_BYTES = 65_536;
/** What an object costs of the quota besides its identifier, attributes and data. */
export const STORE_OBJECT_BYTES = 256;

/** Most objects of a store; what is known of each is in memory, about half a kilobyte. */
export const STORE_MAX_OBJECTS = 65_536;
/** Highest quota. */
export const STORE_QUOTA_MAX_BYTES: number = 2 ** 31;

/** What a store holds. Bytes count against the quota as data do, holes too. */
export interface StoreUsage {
  readonly used: number;
  readonly quota: number;
  readonly objects: number;
  /** Size of the log file, and how much of it is no longer needed. */
  readonly logBytes: number;
  readonly garbageBytes: number;
}

/**
 * Sealed objects (密封对象) of one owner: an identifier, a blob of attributes, a stream of data.
 *
 * Guarantee: each call that changes something is atomic, and durable when it returns. Contents are
 * confidential and authentic under the seed; altered contents are refused, never given out. One
 * store per folder at a time; everything is synchronous.
 *
 * All calls throw {@link SmError} ERR_TEE_STORAGE when the disk fails. The change then has happened
 * or not; the next call finds out, as opening does. Identifiers are copied.
 */
export interface ObjectStore {
  /** Commits so far; never goes back. 0 before the first. */
  readonly sequence: number;
  /**
   * 32 bytes that name the state and its whole history: two stores with the same hold the same. For who
   * remembers it elsewhere, or hands a store over.
   */
  readonly head: Uint8Array;
  readonly usage: StoreUsage;
  has(id: Uint8Array): boolean;
  /** Length of the data; `undefined` without the object. */
  size(id: Uint8Array): number | undefined;
  /** Identifiers in the order of their bytes, as of now. */
  list(): Uint8Array[];
  /** All data; `undefined` without the object. @throws {@link TeeError} CORRUPT_OBJECT */
  get(id: Uint8Array): Uint8Array | undefined;
  /** The attributes; `undefined` without the object. @throws {@link TeeError} CORRUPT_OBJECT */
  attributes(id: Uint8Array): Uint8Array | undefined;
  /** Up to `length` bytes; fewer at the end. @throws {@link TeeError} ITEM_NOT_FOUND, CORRUPT_OBJECT */
  read(id: Uint8Array, position: number, length: number): Uint8Array;
  /** Makes or replaces an object without attributes. @throws {@link TeeError} STORAGE_NO_SPACE */
  put(id: Uint8Array, data: Uint8Array): void;
  /** @throws {@link TeeError} ACCESS_CONFLICT when it exists and `overwrite` is not set, STORAGE_NO_SPACE */
  create(id: Uint8Array, attributes: Uint8Array, data: Uint8Array, overwrite: boolean): void;
  /** @throws {@link TeeError} ITEM_NOT_FOUND, STORAGE_NO_SPACE */
  setAttributes(id: Uint8Array, attributes: Uint8Array): void;
  /** Behind the end the gap reads as zeroes. @throws {@link TeeError} ITEM_NOT_FOUND, CORRUPT_OBJECT, OVERFLOW, STORAGE_NO_SPACE */
  write(id: Uint8Array, position: number, data: Uint8Array): void;
  /** Cuts, or extends by zeroes. @throws {@link TeeError} ITEM_NOT_FOUND, OVERFLOW, STORAGE_NO_SPACE */
  truncate(id: Uint8Array, size: number): void;
  /** Whether there was one. */
  delete(id: Uint8Array): boolean;
  /** @throws {@link TeeError} ITEM_NOT_FOUND, ACCESS_CONFLICT when `to` exists */
  rename(id: Uint8Array, to: Uint8Array): void;
  /** Writes everything anew without what is no longer needed. Happens by itself bit by bit. */
  compact(): void;
  /** Zeroes the keys and closes the files; later calls throw {@link TeeError} BAD_STATE. */
  close(): void;
}

/** What {@link openObjectStore} needs. */
export interface ObjectStoreOptions {
  readonly files: StoreFiles;
  /** Of the owner, 16 bytes or more; keys are derived at once, it may be destroyed afterwards. */
  readonly seed: Secret;
  readonly uuid: TeecUuid;
  readonly quotaBytes: number;
  /** A store that has fewer commits is refused; for who remembers {@link ObjectStore.sequence} elsewhere. */
  readonly minimumSequence?: number;
}

/** Identifier of an object of the runtime itself; trusted applications do not see it. `name`: ASCII, 1 to 64. */
export function runtimeObjectId(name: string): Uint8Array {
  return keyBytes(`r${name}`);
}

/** The identifier as key of a map. @throws {@link TeeError} BAD_PARAMETERS for one that is too long */
export function storeKey(id: Uint8Array): string {
  if (id.length > STORE_ID_MAX_BYTES) throw new TeeError('BAD_PARAMETERS');
  return String.fromCharCode(...id);
}

/** The identifier of {@link storeKey}. */
export const keyBytes = (key: string): Uint8Array =>
  Uint8Array.from(key, (character) => character.charCodeAt(0));
