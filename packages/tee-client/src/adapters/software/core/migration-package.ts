import {
  canonicalJson,
  concatBytes,
  fromHex,
  hkdfSm3,
  type JsonValue,
  Secret,
  sm3,
  sm4,
  toHex,
  utf8,
} from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../../errors.ts';
import { TA_MAX_BUNDLE_BYTES } from '../../../spec/v1/bundle.ts';
import { MIGRATION_FORMAT } from '../../../spec/v1/migration.ts';
import { lengthPrefixed, partAt } from '../../../spec/v1/parts.ts';
import { strictJson } from '../../../spec/v1/strict-json.ts';
import type { TeecUuid } from '../../../spec/v1/uuid.ts';
import { readFiles } from './storage-grant.ts';
import type { StorageSummary } from './transfers.ts';

/** What two cores say to each other over their channel. */
export const MESSAGE = { PACKAGE: 1, READY: 2, RELEASE: 3, ACTIVATED: 4 } as const;

const TRANSFER_BYTES = 16;
const RELEASE_KEY_BYTES = 32;
const SEED_BYTES = 32;
const CODE_KEY_BYTES = 16;
const SECRETS_BYTES = SEED_BYTES + 1 + CODE_KEY_BYTES;
const BOX_OVERHEAD = 28;
const MAX_HEADER = 8192;
const NO_BYTES = new Uint8Array(0);
const INFO = /* @__PURE__ */ utf8('cssi-tee migration package 1');
const TRANSFER = /^[0-9a-f]{32}$/;
const U32_MAX = 0xffff_ffff;

const malformed = (reason: string, cause?: unknown) =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_MIGRATION_PACKAGE', { detail: `reason=${reason}`, cause });
const json = strictJson(malformed);

/** The open part of a package. */
export interface PackageHeader {
  readonly format: typeof MIGRATION_FORMAT;
  readonly transfer: string;
  readonly ta: TeecUuid;
  /** Security domain the application belongs to on both devices. */
  readonly domain: TeecUuid;
  readonly source: string;
  readonly target: string;
  /** Highest version there was. */
  readonly floor: number;
  readonly locked: boolean;
  /** SM3 of the bundle, hex. */
  readonly bundle: string;
  readonly storage: StorageSummary;
}

/** What only the release key opens. To be zeroed. */
export interface PackageSecrets {
  /** 32 bytes. */
  readonly seed: Uint8Array;
  /** 16 bytes of an encrypted bundle, else empty. */
  readonly codeKey: Uint8Array;
}

/** A package as it came; the target cannot open `sealed` yet. */
export interface MigrationPackage {
  readonly header: PackageHeader;
  /** SM3 of the header, hex: the secrets are bound to it. */
  readonly binding: string;
  readonly sealed: Uint8Array;
  readonly bundle: Uint8Array;
}

function withKey<T>(release: Uint8Array, use: (gcm: ReturnType<typeof sm4.gcm>) => T): T {
  const secret = Secret.copy(release);
  const key = Secret.take(hkdfSm3(secret, NO_BYTES, INFO, CODE_KEY_BYTES));
  const gcm = sm4.gcm(key);
  try {
    return use(gcm);
  } finally {
    gcm.destroy();
    key.destroy();
    secret.destroy();
  }
}

/** The message with the package; its secrets under the release key, which does not travel with it. */
export function encodePackage(
  header: PackageHeader,
  { seed, codeKey }: PackageSecrets,
  bundle: Uint8Array,
  release: Uint8Array,
): Uint8Array {
  const headerBytes = canonicalJson(header as unknown as JsonValue);
  const code = new Uint8Array(CODE_KEY_BYTES);
  code.set(codeKey);
  const plain = concatBytes(seed, Uint8Array.of(codeKey.length === 0 ? 0 : 1), code);
  try {
    const sealed = withKey(release, (gcm) => gcm.sealBox(plain, sm3(headerBytes)));
    return concatBytes(
      Uint8Array.of(MESSAGE.PACKAGE),
      lengthPrefixed(headerBytes),
      lengthPrefixed(sealed),
      lengthPrefixed(bundle),
    );
  } finally {
    plain.fill(0);
    code.fill(0);
  }
}

function readHeader(bytes: Uint8Array): PackageHeader {
  const read = json.fields(json.canonical(bytes, 'header', MAX_HEADER), [
    'format',
    'transfer',
    'ta',
    'domain',
    'source',
    'target',
    'floor',
    'locked',
    'bundle',
    'storage',
  ]);
  if (read.format !== MIGRATION_FORMAT) throw malformed('format');
  const transfer = json.text(read.transfer, 'transfer', 32);
  if (!TRANSFER.test(transfer)) throw malformed('transfer');
  const storage = json.fields(read.storage, ['head', 'files']);
  return {
    format: MIGRATION_FORMAT,
    transfer,
    ta: json.uuid(read.ta, 'ta'),
    domain: json.uuid(read.domain, 'domain'),
    source: json.digest(read.source, 'source'),
    target: json.digest(read.target, 'target'),
    floor: json.integer(read.floor, 'floor', 1, U32_MAX),
    locked: json.flag(read.locked, 'locked'),
    bundle: json.digest(read.bundle, 'bundle'),
    storage: { head: json.digest(storage.head, 'head'), files: readFiles(storage.files) },
  };
}

/** @throws {@link SmError} ERR_TEE_MIGRATION_PACKAGE */
export function decodePackage(message: Uint8Array): MigrationPackage {
  const parts: Uint8Array[] = [];
  let at = 1;
  for (const max of [MAX_HEADER, SECRETS_BYTES + BOX_OVERHEAD, TA_MAX_BUNDLE_BYTES]) {
    const part = partAt(message, at, max);
    if (part === undefined) throw malformed('length');
    parts.push(part);
    at += 4 + part.length;
  }
  const [headerBytes, sealed, bundle] = parts;
  if (message[0] !== MESSAGE.PACKAGE || at !== message.length) throw malformed('length');
  if (headerBytes === undefined || sealed === undefined || bundle === undefined) throw malformed('length');
  const header = readHeader(headerBytes);
  if (toHex(sm3(bundle)) !== header.bundle) throw malformed('bundle');
  return { header, binding: toHex(sm3(headerBytes)), sealed, bundle };
}

/**
 * Opens the secrets of a package.
 *
 * @throws {@link SmError} ERR_TEE_MIGRATION_PACKAGE when the key or the binding is not theirs
 */
export function openSecrets(release: Uint8Array, binding: string, sealed: Uint8Array): PackageSecrets {
  let plain: Uint8Array;
  try {
    plain = withKey(release, (gcm) => gcm.openBox(sealed, fromHex(binding)));
  } catch (cause) {
    throw malformed('release', cause);
  }
  try {
    if (plain.length !== SECRETS_BYTES) throw malformed('secrets');
    const hasCode = plain[SEED_BYTES] === 1;
    return {
      seed: plain.slice(0, SEED_BYTES),
      codeKey: hasCode ? plain.slice(SEED_BYTES + 1) : new Uint8Array(0),
    };
  } finally {
    plain.fill(0);
  }
}

/** A message that names the migration and nothing else. */
export const encodeNotice = (kind: number, transfer: string): Uint8Array =>
  concatBytes(Uint8Array.of(kind), fromHex(transfer));

/** The message that hands the release key over; to be zeroed. */
export const encodeRelease = (transfer: string, release: Uint8Array): Uint8Array =>
  concatBytes(encodeNotice(MESSAGE.RELEASE, transfer), release);

/**
 * The migration a message of `kind` names, and the release key behind it where there is one.
 *
 * @throws {@link SmError} ERR_TEE_MIGRATION_PACKAGE
 */
export function decodeNotice(
  message: Uint8Array,
  kind: number,
): { readonly transfer: string; readonly release: Uint8Array } {
  const length = 1 + TRANSFER_BYTES + (kind === MESSAGE.RELEASE ? RELEASE_KEY_BYTES : 0);
  if (message[0] !== kind || message.length !== length) throw malformed('message');
  return {
    transfer: toHex(message.subarray(1, 1 + TRANSFER_BYTES)),
    release: message.slice(1 + TRANSFER_BYTES),
  };
}
