/**
 * What the source of a trusted application imports: types, GlobalPlatform's constants and
 * {@link defineTrustedApplication}. `cssi ta build` makes one script of it.
 *
 * @packageDocumentation
 */
export {
  TEE_ALG,
  TEE_ATTR,
  TEE_ATTR_FLAG,
  TEE_DATA_FLAG,
  TEE_DATA_MAX_POSITION,
  TEE_ECC_CURVE_SM2,
  TEE_HANDLE_FLAG,
  TEE_HANDLE_NULL,
  TEE_LOGIN,
  TEE_MALLOC,
  TEE_MEMORY,
  TEE_MODE,
  TEE_OBJECT_ID_MAX_LEN,
  TEE_OPERATION_CLASS,
  TEE_OPERATION_STATE,
  TEE_PARAM_TYPE,
  TEE_PROPSET,
  TEE_SEEK,
  TEE_STORAGE_PRIVATE,
  TEE_TIMEOUT_INFINITE,
  TEE_TYPE,
  TEE_USAGE,
} from '../spec/v1/internal/constants.ts';
export type { TeeError } from '../spec/v1/internal/error.ts';
export type * from '../spec/v1/internal/tee.ts';
export {
  bigEndian,
  concat,
  fromBase64,
  fromHex,
  fromUtf8,
  readBigEndian,
  readU32,
  toBase64,
  toHex,
  u32,
  utf8,
} from './bytes.ts';
export {
  gcmOpen,
  gcmSeal,
  hkdf,
  hmacSm3,
  sm2MessageDigest,
  sm2PublicKey,
  sm3,
  withDerivedGcm,
  withOperation,
  withSecret,
  withSm2PublicKey,
} from './crypto.ts';
export { Inventory } from './inventory.ts';
export { decodeJson, encodeJson, type Json, type JsonObject, JsonReader } from './json.ts';
export {
  expectTypes,
  inputAt,
  memoryAt,
  requireRoom,
  valueAt,
  writeOutputs,
  writeSecret,
} from './parameters.ts';
export { createPosix } from './posix.ts';
export { type PosixCode, PosixError } from './posix-error.ts';
export {
  CLOCK_MONOTONIC,
  CLOCK_REALTIME,
  O_APPEND,
  O_CREAT,
  O_EXCL,
  O_RDONLY,
  O_RDWR,
  O_TRUNC,
  O_WRONLY,
  type Posix,
  SEEK_CUR,
  SEEK_END,
  SEEK_SET,
  type Timespec,
} from './posix-interface.ts';
export {
  deleteObject,
  isNotFound,
  objectId,
  objectIds,
  readAll,
  readObject,
  withObject,
  writeObject,
} from './storage.ts';

import type { Tee, TrustedApplication, TrustedApplicationFactory } from '../spec/v1/internal/tee.ts';

/**
 * Marks the default export of a trusted application; it only gives the type.
 *
 * @group Internal Core API
 */
export const defineTrustedApplication = <Session>(
  factory: (tee: Tee) => TrustedApplication<Session>,
): TrustedApplicationFactory => factory;
