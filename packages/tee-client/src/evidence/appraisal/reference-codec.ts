import type { CertificateSigner } from '@cssi/pki';
import {
  canonicalJson,
  concatBytes,
  type JsonValue,
  type SmError,
  sm3,
  toBase64,
  toHex,
  utf8,
} from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../errors.ts';
import { EVIDENCE_TYPES } from '../../spec/v1/attestation.ts';
import { strictJson } from '../../spec/v1/strict-json.ts';
import { readDigestText } from './digest-text.ts';
import { type ResultAlgorithm, signerAlgorithm, signRaw } from './issuer-keys.ts';
import { readTarget, someText } from './policy-codec.ts';
import {
  REFERENCE_VALUES_FORMAT,
  type ReferenceMeasurement,
  type ReferenceValues,
  type ReferenceVersion,
} from './reference-values.ts';

/**
 * Longest signed set of reference values this package reads, in bytes.
 *
 * @group Attestation
 */
export const MAX_REFERENCE_BYTES = 4_194_304;
const MAX_PAYLOAD_BYTES = 3_000_000;
const MAX_ENTRIES = 4096;
const MAX_VALUES = 256;
const MAX_REVOKED = 16_384;
const SIGNATURE_BYTES = 64;

/** @internal */
export const referenceError = (reason: string, cause?: unknown): SmError =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_REFERENCE_INVALID', { detail: `reason=${reason}`, cause });
const json = /* @__PURE__ */ strictJson(referenceError);

function dateText(value: JsonValue | undefined, name: string): string {
  const text = json.text(value, name, 24);
  const date = new Date(text);
  if (Number.isNaN(date.getTime()) || date.toISOString() !== text) throw referenceError(name);
  return text;
}

function measurement(value: JsonValue): ReferenceMeasurement {
  const read = json.fields(value, ['type', 'by', 'of', 'label', 'values']);
  const by = json.oneOf(read.by, 'by', ['name', 'role']);
  const values = json.list(read.values, 'values', MAX_VALUES);
  return {
    type: json.oneOf(read.type, 'type', EVIDENCE_TYPES),
    by,
    of: readTarget(json, by, read.of),
    label: someText(json, read.label, 'label'),
    values: json.unique(
      values.map((text) => readDigestText(json, text, 'values')),
      'values',
    ),
  };
}

function version(value: JsonValue): ReferenceVersion {
  const read = json.fields(value, ['type', 'component', 'minimum']);
  return {
    type: json.oneOf(read.type, 'type', EVIDENCE_TYPES),
    component: someText(json, read.component, 'component'),
    minimum: json.integer(read.minimum, 'minimum', 0, Number.MAX_SAFE_INTEGER),
  };
}

/** Reads the signed contents strictly. @internal */
function parseReferenceContents(value: unknown): ReferenceValues {
  const read = json.fields(value, [
    'format',
    'issuer',
    'sequence',
    'notBefore',
    'notAfter',
    'measurements',
    'versions',
    'revoked',
  ]);
  const notBefore = dateText(read.notBefore, 'notBefore');
  const notAfter = dateText(read.notAfter, 'notAfter');
  if (Date.parse(notBefore) > Date.parse(notAfter)) throw referenceError('dates');
  const measurements = json.list(read.measurements, 'measurements', MAX_ENTRIES).map(measurement);
  const versions = json.list(read.versions, 'versions', MAX_ENTRIES).map(version);
  json.unique(
    measurements.map(({ type, by, of, label }) => JSON.stringify([type, by, of, label])),
    'measurements',
  );
  json.unique(
    versions.map(({ type, component }) => JSON.stringify([type, component])),
    'versions',
  );
  return {
    format: json.oneOf(read.format, 'format', [REFERENCE_VALUES_FORMAT]),
    issuer: json.digest(read.issuer, 'issuer'),
    sequence: json.integer(read.sequence, 'sequence', 1, Number.MAX_SAFE_INTEGER),
    notBefore,
    notAfter,
    measurements,
    versions,
    revoked: json.unique(
      json.list(read.revoked, 'revoked', MAX_REVOKED).map((text) => readDigestText(json, text, 'revoked')),
      'revoked',
    ),
  };
}

/** A signed set, taken apart. @group Attestation */
export interface DecodedReferenceValues {
  readonly values: ReferenceValues;
  readonly algorithm: ResultAlgorithm;
  readonly signingInput: Uint8Array;
  readonly signature: Uint8Array;
}

/**
 * Takes a signed set apart, strictly: canonical JSON `{algorithm, payload, signature}` whose payload
 * is base64 of the canonical JSON of {@link ReferenceValues}. Verifies nothing; a store does.
 *
 * @throws {@link SmError} ERR_TEE_REFERENCE_INVALID
 * @group Attestation
 */
export function decodeReferenceValues(signed: Uint8Array): DecodedReferenceValues {
  if (!(signed instanceof Uint8Array)) throw referenceError('type');
  const read = json.fields(json.canonical(signed, 'set', MAX_REFERENCE_BYTES), [
    'algorithm',
    'payload',
    'signature',
  ]);
  const payload = json.bytes(read.payload, 'payload', 2, MAX_PAYLOAD_BYTES);
  return {
    values: parseReferenceContents(json.canonical(payload, 'payload', MAX_PAYLOAD_BYTES)),
    algorithm: json.oneOf(read.algorithm, 'algorithm', ['sm2-sm3', 'es256']),
    signingInput: signingInput(payload),
    signature: json.bytes(read.signature, 'signature', SIGNATURE_BYTES, SIGNATURE_BYTES),
  };
}

/** The format's name, a zero byte, the payload: the key signs nothing that means something elsewhere. */
const signingInput = (payload: Uint8Array): Uint8Array =>
  concatBytes(utf8(REFERENCE_VALUES_FORMAT), Uint8Array.of(0), payload);

/**
 * SM3 of a SubjectPublicKeyInfo in hex: how reference values name their issuer.
 *
 * @group Attestation
 */
export function issuerId(publicKeyInfo: Uint8Array): string {
  return toHex(sm3(publicKeyInfo));
}

/**
 * Signs reference values with SM2 or ES256; the issuer is the signer's key.
 *
 * @example
 * ```ts
 * const signed = await signReferenceValues(
 *   { sequence: 7, notBefore, notAfter, measurements, versions: [], revoked: [] },
 *   sm2SoftwareSigner(pair),
 * );
 * ```
 * @throws {@link SmError} ERR_TEE_REFERENCE_INVALID
 * @group Attestation
 */
export async function signReferenceValues(
  contents: Omit<ReferenceValues, 'format' | 'issuer'>,
  signer: CertificateSigner,
): Promise<Uint8Array> {
  const algorithm = signerAlgorithm(signer);
  if (algorithm === undefined) throw referenceError('algorithm');
  const values = parseReferenceContents({
    ...contents,
    format: REFERENCE_VALUES_FORMAT,
    issuer: issuerId(signer.publicKeyInfo),
  });
  const payload = canonicalJson(values as unknown as JsonValue);
  const signature = await signRaw(signer, signingInput(payload));
  const signed = canonicalJson({
    algorithm,
    payload: toBase64(payload),
    signature: toBase64(signature),
  });
  // What this gives, a store reads.
  decodeReferenceValues(signed);
  return signed;
}
