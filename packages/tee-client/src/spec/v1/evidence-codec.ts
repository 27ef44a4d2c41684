import { canonicalJson, equalBytes, fromBase64, type JsonValue, parseJson, toBase64 } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from './errors.ts';
import {
  type BootEvent,
  type BootStage,
  EVIDENCE_FORMAT,
  type EvidenceClaims,
  evidenceSigningInput,
  isDigestText,
} from './evidence.ts';
import { ROOT_KEY_LIMITS } from './root-key-service.ts';
import { normalizeUuid } from './uuid.ts';

/**
 * Longest report this package reads, in bytes.
 *
 * @group Evidence
 */
export const EVIDENCE_MAX_REPORT_BYTES = 65_536;
const MAX_EVENTS = 64;
const MAX_TEXT = 128;
const SIGNATURE_BYTES = 64;
const ALGORITHM = 'sm2-sm3';
const STAGES: readonly string[] = ['runtime', 'adapter', 'library', 'worker', 'ta'] satisfies BootStage[];

const malformed = (reason: string, cause?: unknown) =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_EVIDENCE_MALFORMED', { detail: `reason=${reason}`, cause });

type Fields = { readonly [name: string]: JsonValue };

/** An object with exactly the members `names`. */
function fields(value: JsonValue | undefined, names: readonly string[]): Fields {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw malformed('object');
  const keys = Object.keys(value);
  if (keys.length !== names.length || !names.every((name) => Object.hasOwn(value, name))) {
    throw malformed('members');
  }
  return value as Fields;
}

function text(value: JsonValue | undefined, name: string, max: number = MAX_TEXT): string {
  if (typeof value !== 'string' || value.length > max) throw malformed(name);
  return value;
}

function count(value: JsonValue | undefined, name: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw malformed(name);
  return value;
}

function digest(value: JsonValue | undefined, name: string): string {
  if (!isDigestText(value)) throw malformed(name);
  return value;
}

function bytes(value: JsonValue | undefined, name: string, min: number, max: number): Uint8Array {
  const decoded = fromBase64(text(value, name, EVIDENCE_MAX_REPORT_BYTES));
  if (decoded.length < min || decoded.length > max) throw malformed(name);
  return decoded;
}

/** JSON that is in canonical form already: one content has one encoding. */
function canonical(input: Uint8Array): JsonValue {
  const value = parseJson(input, EVIDENCE_MAX_REPORT_BYTES);
  if (!equalBytes(canonicalJson(value), input)) throw malformed('not-canonical');
  return value;
}

function event(value: JsonValue): BootEvent {
  const read = fields(value, ['stage', 'name', 'digest']);
  const stage = text(read.stage, 'stage');
  if (!STAGES.includes(stage)) throw malformed('stage');
  return { stage: stage as BootStage, name: text(read.name, 'name'), digest: digest(read.digest, 'digest') };
}

function claims(value: JsonValue): EvidenceClaims {
  const read = fields(value, [
    'format',
    'platform',
    'emulated',
    'memoryEncryption',
    'nonce',
    'userData',
    'ta',
    'boot',
    'tcbVersion',
    'starts',
    'issuedAt',
  ]);
  if (read.format !== EVIDENCE_FORMAT) throw malformed('format');
  const { emulated, memoryEncryption } = read;
  if (typeof emulated !== 'boolean') throw malformed('emulated');
  if (memoryEncryption !== 'none' && memoryEncryption !== 'active') throw malformed('memoryEncryption');
  const ta = fields(read.ta, ['uuid', 'version', 'measurement']);
  const boot = fields(read.boot, ['events', 'register']);
  if (!Array.isArray(boot.events) || boot.events.length > MAX_EVENTS) throw malformed('events');
  const issuedText = text(read.issuedAt, 'issuedAt');
  const issuedAt = new Date(issuedText);
  if (Number.isNaN(issuedAt.getTime()) || issuedAt.toISOString() !== issuedText) throw malformed('issuedAt');
  const uuid = text(ta.uuid, 'uuid');
  if (normalizeUuid(uuid) !== uuid) throw malformed('uuid');
  return {
    platform: text(read.platform, 'platform'),
    emulated,
    memoryEncryption,
    nonce: bytes(read.nonce, 'nonce', ROOT_KEY_LIMITS.nonceMin, ROOT_KEY_LIMITS.nonceMax),
    userData: bytes(read.userData, 'userData', 0, ROOT_KEY_LIMITS.userData),
    ta: {
      uuid,
      version: count(ta.version, 'version'),
      measurement: digest(ta.measurement, 'measurement'),
    },
    boot: {
      events: (boot.events as readonly JsonValue[]).map(event),
      register: digest(boot.register, 'register'),
    },
    tcbVersion: count(read.tcbVersion, 'tcbVersion'),
    starts: count(read.starts, 'starts'),
    issuedAt,
  };
}

/**
 * A report taken apart.
 *
 * @group Evidence
 */
export interface DecodedReport {
  readonly claims: EvidenceClaims;
  /** The bytes the signature is over, exactly as they arrived. */
  readonly signingInput: Uint8Array;
  /** r ‖ s, 64 bytes. */
  readonly signature: Uint8Array;
}

/**
 * Reads a report strictly: known members only, canonical JSON only. Judges nothing.
 *
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED
 * @group Evidence
 */
export function decodeReport(report: Uint8Array): DecodedReport {
  try {
    const envelope = fields(canonical(report), ['algorithm', 'payload', 'signature']);
    if (envelope.algorithm !== ALGORITHM) throw malformed('algorithm');
    const payload = bytes(envelope.payload, 'payload', 2, EVIDENCE_MAX_REPORT_BYTES);
    return {
      claims: claims(canonical(payload)),
      signingInput: evidenceSigningInput(payload),
      signature: bytes(envelope.signature, 'signature', SIGNATURE_BYTES, SIGNATURE_BYTES),
    };
  } catch (error) {
    if (TEE_CLIENT_ERRORS.is(error) && error.code === 'ERR_TEE_EVIDENCE_MALFORMED') throw error;
    throw malformed('encoding', error);
  }
}

/**
 * Writes a report: the canonical JSON of the claims, signed, in a canonical JSON envelope.
 *
 * @param sign - SM2 over its argument with the default signer ID, r ‖ s of 64 bytes
 * @group Evidence
 */
export function encodeReport(claims: EvidenceClaims, sign: (input: Uint8Array) => Uint8Array): Uint8Array {
  const { platform, emulated, memoryEncryption, ta, boot, tcbVersion, starts } = claims;
  const payload = canonicalJson({
    format: EVIDENCE_FORMAT,
    platform,
    emulated,
    memoryEncryption,
    nonce: toBase64(claims.nonce),
    userData: toBase64(claims.userData),
    ta: { ...ta },
    boot: { register: boot.register, events: boot.events.map((e) => ({ ...e })) },
    tcbVersion,
    starts,
    issuedAt: claims.issuedAt.toISOString(),
  });
  const signature = sign(evidenceSigningInput(payload));
  return canonicalJson({ algorithm: ALGORITHM, payload: toBase64(payload), signature: toBase64(signature) });
}
