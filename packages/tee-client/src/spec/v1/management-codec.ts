import {
  canonicalJson,
  checkBytes,
  concatBytes,
  type JsonValue,
  SM2_PUBLIC_KEY_BYTES,
  sm2,
  sm3,
  toHex,
  utf8,
} from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from './errors.ts';
import {
  MANAGEMENT_FORMAT,
  MANAGEMENT_PRIVILEGES,
  type ManagementAction,
  type ManagementCommand,
  type ManagementReceipt,
  RECEIPT_FORMAT,
  type SecurityDomainKey,
} from './management.ts';
import { lengthPrefixed, partAt } from './parts.ts';
import { type JsonFields, strictJson } from './strict-json.ts';

/**
 * Bounds of management messages.
 *
 * @group Management
 */
export const MANAGEMENT_LIMITS = {
  /** Of a signed command or receipt, in bytes. */
  bytes: 16_384,
  /** Keys of a security domain. */
  keys: 16,
  /** Measurements of the other core that a migration accepts besides the own one. */
  measurements: 16,
  /** Personalisation data in clear, in bytes. */
  personalisation: 1 << 20,
} as const;

const SIGNATURE_BYTES = 64;
const U32_MAX = 0xffff_ffff;

const malformed = (reason: string, cause?: unknown) =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_MANAGEMENT_MALFORMED', { detail: `reason=${reason}`, cause });
const json = strictJson(malformed);

/** Members of each action besides those of every command. */
const ACTION_MEMBERS: Readonly<Record<ManagementAction['action'], readonly string[]>> = {
  'install-sd': ['sd', 'keys'],
  'update-sd': ['sd', 'keys'],
  'block-sd': ['sd'],
  'unblock-sd': ['sd'],
  'uninstall-sd': ['sd'],
  'install-ta': ['bundleDigest'],
  'update-ta': ['bundleDigest'],
  'personalise-ta': ['ta', 'dataDigest'],
  'lock-ta': ['ta'],
  'unlock-ta': ['ta'],
  'delete-ta': ['ta'],
  'lock-tee': [],
  'unlock-tee': [],
  'factory-reset': [],
  'raise-tcb-floor': ['minimum'],
  'export-ta': ['ta', 'target', 'measurements'],
  'import-ta': ['ta', 'source', 'measurements'],
  'cancel-migration': ['ta'],
};
/** Every action. @group Management */
export const MANAGEMENT_ACTIONS: readonly ManagementAction['action'][] = Object.keys(
  ACTION_MEMBERS,
) as ManagementAction['action'][];
const COMMON_MEMBERS: readonly string[] = ['format', 'device', 'domain', 'signer', 'sequence', 'action'];

/** Reads keys of a security domain; each must be a point on the curve and be named once. */
function parseDomainKeys(value: unknown): readonly SecurityDomainKey[] {
  const keys = json.list(value, 'keys', MANAGEMENT_LIMITS.keys).map((item): SecurityDomainKey => {
    const read = json.fields(item, ['publicKey', 'privileges']);
    const point = json.bytes(read.publicKey, 'publicKey', SM2_PUBLIC_KEY_BYTES, SM2_PUBLIC_KEY_BYTES);
    try {
      sm2.publicKey(point);
    } catch (cause) {
      throw malformed('publicKey', cause);
    }
    const privileges = json
      .list(read.privileges, 'privileges', MANAGEMENT_PRIVILEGES.length)
      .map((privilege) => json.oneOf(privilege, 'privileges', MANAGEMENT_PRIVILEGES));
    return {
      publicKey: read.publicKey as string,
      privileges: json.unique(privileges, 'privileges'),
    };
  });
  if (keys.length === 0) throw malformed('keys');
  json.unique(
    keys.map((key) => key.publicKey),
    'keys',
  );
  return keys;
}

const measurementsOf = (value: unknown): readonly string[] =>
  json.unique(
    json
      .list(value, 'measurements', MANAGEMENT_LIMITS.measurements)
      .map((item) => json.digest(item, 'measurements')),
    'measurements',
  );

function actionOf(read: JsonFields, action: ManagementAction['action']): ManagementAction {
  switch (action) {
    case 'install-sd':
    case 'update-sd':
      return { action, sd: json.uuid(read.sd, 'sd'), keys: parseDomainKeys(read.keys) };
    case 'block-sd':
    case 'unblock-sd':
    case 'uninstall-sd':
      return { action, sd: json.uuid(read.sd, 'sd') };
    case 'install-ta':
    case 'update-ta':
      return { action, bundleDigest: json.digest(read.bundleDigest, 'bundleDigest') };
    case 'personalise-ta':
      return {
        action,
        ta: json.uuid(read.ta, 'ta'),
        dataDigest: json.digest(read.dataDigest, 'dataDigest'),
      };
    case 'lock-ta':
    case 'unlock-ta':
    case 'delete-ta':
    case 'cancel-migration':
      return { action, ta: json.uuid(read.ta, 'ta') };
    case 'export-ta':
      return {
        action,
        ta: json.uuid(read.ta, 'ta'),
        target: json.digest(read.target, 'target'),
        measurements: measurementsOf(read.measurements),
      };
    case 'import-ta':
      return {
        action,
        ta: json.uuid(read.ta, 'ta'),
        source: json.digest(read.source, 'source'),
        measurements: measurementsOf(read.measurements),
      };
    case 'raise-tcb-floor':
      return { action, minimum: json.integer(read.minimum, 'minimum', 1, U32_MAX) };
    default:
      return { action };
  }
}

/** Reads a command from its canonical JSON. */
function parseCommand(bytes: Uint8Array): ManagementCommand {
  const value = json.canonical(bytes, 'command', MANAGEMENT_LIMITS.bytes);
  const kind = value !== null && typeof value === 'object' && 'action' in value ? value.action : undefined;
  const action = json.oneOf(kind, 'action', MANAGEMENT_ACTIONS);
  const read = json.fields(value, [...COMMON_MEMBERS, ...ACTION_MEMBERS[action]]);
  if (read.format !== MANAGEMENT_FORMAT) throw malformed('format');
  return {
    ...actionOf(read, action),
    format: MANAGEMENT_FORMAT,
    device: json.digest(read.device, 'device'),
    domain: json.uuid(read.domain, 'domain'),
    signer: json.digest(read.signer, 'signer'),
    sequence: json.integer(read.sequence, 'sequence', 1, Number.MAX_SAFE_INTEGER),
  };
}

const signingInput = (format: string, body: Uint8Array): Uint8Array =>
  concatBytes(utf8(format), Uint8Array.of(0), body);

/** A signed command taken apart; nothing is verified. @group Management */
export interface SignedCommand {
  readonly command: ManagementCommand;
  /** SM3 of the command's bytes, hex; a receipt names it. */
  readonly digest: string;
  readonly signingInput: Uint8Array;
  readonly signature: Uint8Array;
}

function split(input: Uint8Array): readonly [body: Uint8Array, signature: Uint8Array] {
  if (!(input instanceof Uint8Array) || input.length > MANAGEMENT_LIMITS.bytes) throw malformed('size');
  const body = partAt(input, 0, MANAGEMENT_LIMITS.bytes);
  if (body === undefined || input.length !== 4 + body.length + SIGNATURE_BYTES) throw malformed('length');
  return [body, Uint8Array.from(input.subarray(4 + body.length))];
}

/**
 * Takes a signed command apart, strictly: known members only, canonical JSON only.
 *
 * @throws {@link SmError} ERR_TEE_MANAGEMENT_MALFORMED
 * @group Management
 */
export function parseSignedCommand(input: Uint8Array): SignedCommand {
  const [body, signature] = split(input);
  return {
    command: parseCommand(body),
    digest: toHex(sm3(body)),
    signingInput: signingInput(MANAGEMENT_FORMAT, body),
    signature,
  };
}

/**
 * Writes a signed command.
 *
 * @param sign - SM2 over its argument with the default signer ID, r ‖ s of 64 bytes
 * @throws {@link SmError} ERR_TEE_MANAGEMENT_MALFORMED
 * @group Management
 */
export function encodeSignedCommand(
  command: ManagementCommand,
  sign: (input: Uint8Array) => Uint8Array,
): Uint8Array {
  const body = canonicalJson(command as unknown as JsonValue);
  parseCommand(body);
  const signature = checkBytes(sign(signingInput(MANAGEMENT_FORMAT, body)), 'signature', SIGNATURE_BYTES);
  return concatBytes(lengthPrefixed(body), signature);
}

/** A receipt taken apart; nothing is verified. @group Management */
export interface SignedReceipt {
  readonly receipt: ManagementReceipt;
  readonly signingInput: Uint8Array;
  readonly signature: Uint8Array;
}

/**
 * Takes a receipt apart, strictly.
 *
 * @throws {@link SmError} ERR_TEE_MANAGEMENT_MALFORMED
 * @group Management
 */
export function parseSignedReceipt(input: Uint8Array): SignedReceipt {
  const [body, signature] = split(input);
  const read = json.fields(json.canonical(body, 'receipt', MANAGEMENT_LIMITS.bytes), [
    'format',
    'device',
    'command',
    'action',
    'domain',
    'sequence',
    'time',
    'audit',
  ]);
  if (read.format !== RECEIPT_FORMAT) throw malformed('format');
  return {
    receipt: {
      format: RECEIPT_FORMAT,
      device: json.digest(read.device, 'device'),
      command: json.digest(read.command, 'command'),
      action: json.oneOf(read.action, 'action', MANAGEMENT_ACTIONS),
      domain: json.uuid(read.domain, 'domain'),
      sequence: json.integer(read.sequence, 'sequence', 1, Number.MAX_SAFE_INTEGER),
      time: json.integer(read.time, 'time', 0, Number.MAX_SAFE_INTEGER),
      audit: json.digest(read.audit, 'audit'),
    },
    signingInput: signingInput(RECEIPT_FORMAT, body),
    signature,
  };
}

/** Writes a receipt; see {@link encodeSignedCommand}. @group Management */
export function encodeSignedReceipt(
  receipt: ManagementReceipt,
  sign: (input: Uint8Array) => Uint8Array,
): Uint8Array {
  const body = canonicalJson({ ...receipt });
  return concatBytes(lengthPrefixed(body), sign(signingInput(RECEIPT_FORMAT, body)));
}
