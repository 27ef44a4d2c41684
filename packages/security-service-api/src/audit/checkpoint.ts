import { type CertificateSigner, decodeSm2PublicKeyInfo } from '@cssi/pki';
import {
  canonicalJson,
  fromBase64,
  type JsonValue,
  parseJson,
  SmError,
  sm2,
  sm3,
  toBase64,
  toHex,
} from '@cssi/sm-core';
import { SECURITY_SERVICE_ERRORS } from '../errors.ts';
import { AUDIT_MAX_CHARACTERS, type AuditCheckpoint, type SignedCheckpoint } from '../spec/v1/audit.ts';
import type { AuditChain } from './record.ts';

/** Longest stored checkpoint in bytes. */
export const AUDIT_MAX_CHECKPOINT_BYTES = 4096;
const MAX_SIGNATURE_BYTES = 128;

const HASH = /^[0-9a-f]{64}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** The bytes that are signed: canonical JSON of the checkpoint. */
function checkpointBytes(checkpoint: AuditCheckpoint): Uint8Array {
  const { v, kind, origin, size, head, root, time } = checkpoint;
  return canonicalJson({ v, kind, origin, size, head, root, time });
}

/** Names a key: SM3 of its SubjectPublicKeyInfo, hex. */
export function auditKeyId(publicKeyInfo: Uint8Array): string {
  return toHex(sm3(publicKeyInfo));
}

/** The unsigned checkpoint of a chain as it is now. */
export function describeChain(origin: string, chain: AuditChain, time: Date): AuditCheckpoint {
  return {
    v: 1,
    kind: 'cssi.audit.checkpoint',
    origin,
    size: chain.size,
    head: toHex(chain.head),
    root: toHex(chain.root()),
    time: time.toISOString(),
  };
}

/** Has a checkpoint signed. @throws {@link SmError} ERR_AUDIT_SIGNER_FAILED */
export async function signCheckpoint(
  checkpoint: AuditCheckpoint,
  signer: CertificateSigner,
): Promise<SignedCheckpoint> {
  let signature: Uint8Array;
  try {
    signature = await signer.sign(checkpointBytes(checkpoint));
  } catch (cause) {
    throw SECURITY_SERVICE_ERRORS.create('ERR_AUDIT_SIGNER_FAILED', { cause });
  }
  const signed: SignedCheckpoint = {
    checkpoint,
    algorithm: signer.algorithm,
    keyId: auditKeyId(signer.publicKeyInfo),
    signature: toBase64(signature),
  };
  // A device that answers with rubbish must show now, not on the day of the inspection.
  if (!verifyCheckpoint(signed, signer.publicKeyInfo)) {
    throw SECURITY_SERVICE_ERRORS.create('ERR_AUDIT_SIGNER_FAILED', { detail: 'reason=signature-wrong' });
  }
  return signed;
}

/**
 * True when the signature is the given SM2 key's. A malformed signature counts as wrong.
 *
 * @param publicKeyInfo - SubjectPublicKeyInfo, DER
 * @throws {@link SmError} of `@cssi/pki` when the key itself is malformed
 */
export function verifyCheckpoint(signed: SignedCheckpoint, publicKeyInfo: Uint8Array): boolean {
  const publicKey = decodeSm2PublicKeyInfo(publicKeyInfo);
  if (signed.algorithm !== 'sm2-sm3') return false;
  try {
    return sm2.verify(publicKey, checkpointBytes(signed.checkpoint), fromBase64(signed.signature));
  } catch (error) {
    if (error instanceof SmError) return false;
    throw error;
  }
}

/** Canonical JSON of a signed checkpoint, as stored and handed out. */
export function encodeCheckpoint(signed: SignedCheckpoint): Uint8Array {
  return canonicalJson(signed as unknown as JsonValue);
}

const malformed = (field: string) =>
  SECURITY_SERVICE_ERRORS.create('ERR_AUDIT_CHECKPOINT_MALFORMED', { detail: `field=${field}` });

function members(
  value: JsonValue | undefined,
  names: readonly string[],
  what: string,
): Readonly<Record<string, JsonValue>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(what);
  const object = value as Readonly<Record<string, JsonValue>>;
  if (Object.keys(object).sort().join() !== [...names].sort().join()) throw malformed(what);
  return object;
}

const isHash = (value: JsonValue | undefined) => typeof value === 'string' && HASH.test(value);

/**
 * Reads a signed checkpoint from JSON; says nothing about its signature.
 *
 * @throws {@link SmError} ERR_AUDIT_CHECKPOINT_MALFORMED
 */
export function parseCheckpoint(bytes: Uint8Array | string): SignedCheckpoint {
  let value: JsonValue;
  try {
    value = parseJson(bytes, AUDIT_MAX_CHECKPOINT_BYTES);
  } catch {
    throw malformed('json');
  }
  const outer = members(value, ['checkpoint', 'algorithm', 'keyId', 'signature'], 'signed');
  const inner = members(
    outer.checkpoint,
    ['v', 'kind', 'origin', 'size', 'head', 'root', 'time'],
    'checkpoint',
  );
  const { signature } = outer;
  if (outer.algorithm !== 'sm2-sm3' && outer.algorithm !== 'ecdsa-p256-sha256') throw malformed('algorithm');
  if (!isHash(outer.keyId)) throw malformed('keyId');
  if (typeof signature !== 'string') throw malformed('signature');
  try {
    if (fromBase64(signature).length > MAX_SIGNATURE_BYTES) throw malformed('signature');
  } catch {
    throw malformed('signature');
  }
  if (inner.v !== 1) throw malformed('v');
  if (inner.kind !== 'cssi.audit.checkpoint') throw malformed('kind');
  const { origin, size, time } = inner;
  if (typeof origin !== 'string' || origin.length < 1 || origin.length > AUDIT_MAX_CHARACTERS.origin) {
    throw malformed('origin');
  }
  if (!Number.isSafeInteger(size) || (size as number) < 0) throw malformed('size');
  if (!isHash(inner.head)) throw malformed('head');
  if (!isHash(inner.root)) throw malformed('root');
  if (typeof time !== 'string' || !TIME.test(time) || Number.isNaN(Date.parse(time))) throw malformed('time');
  return value as unknown as SignedCheckpoint;
}
