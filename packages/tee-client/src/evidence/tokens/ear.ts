import { canonicalJson, type JsonValue, toHex } from '@cssi/sm-core';
import { EVIDENCE_TYPES, type Measurement } from '../../spec/v1/attestation.ts';
import { type JsonFields, strictJson } from '../../spec/v1/strict-json.ts';
import { MEASUREMENT_ROLES } from '../appraisal/policy-codec.ts';
import { tokenMalformed } from './errors.ts';
import {
  type AttestationResult,
  EAR_PROFILE,
  MAX_RESULT_LIFETIME_SECONDS,
  MAX_SUBMODULES,
  type StatedEvidence,
  type SubmoduleResult,
} from './result.ts';
import { TRUST_CLAIMS, TRUST_TIERS, type TrustClaim, type TrustVector, worstTier } from './vector.ts';

/** Name of our verifications among measurement systems. */
const MEASUREMENT_SYSTEM = 'cssi-verification/1';
/** CoAP content format of application/json. @standard RFC 7252 §12.3 */
const CONTENT_JSON = 50;
const DIGEST_BYTES = { sm3: 32, sha1: 20, sha256: 32, sha384: 48, sha512: 64 } as const;
const ALGORITHMS = ['sm3', 'sha1', 'sha256', 'sha384', 'sha512'] as const;
const DEPLOYMENTS = ['trusted-application', 'enclave', 'virtual-machine', 'container', 'platform'] as const;
const MAX_LIST = 8192;
const MAX_TEXT = 512;
/** Longest list of measurements in bytes of JSON. */
const MAX_MEASUREMENT_BYTES = 1_048_576;
/** 9999-12-31, in seconds: what a date can show with four digits. */
const MAX_SECONDS = 253_402_300_799;
const json = /* @__PURE__ */ strictJson(tokenMalformed);

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

/** Bytes of base64url in its one form: no padding, unused bits zero. @internal */
export function fromBase64url(value: unknown, name: string, min: number, max: number): Uint8Array {
  const text = json.text(value, name, Math.ceil((max * 4) / 3));
  const bytes = Uint8Array.from(Buffer.from(text, 'base64url'));
  if (base64url(bytes) !== text || bytes.length < min || bytes.length > max) throw tokenMalformed(name);
  return bytes;
}

function writeMeasurements(measurements: readonly Measurement[]): JsonValue {
  const list = measurements.map(({ name, role, algorithm, value }) => ({
    name,
    role,
    algorithm,
    value: toHex(value),
  }));
  return [[CONTENT_JSON, base64url(canonicalJson(list))]];
}

function writeSubmodule(submodule: SubmoduleResult): JsonValue {
  const { status, vector, policy, ueid, debug, measurements, steps, evidence } = submodule;
  return {
    'ear.status': status,
    'ear.trustworthiness-vector': vector as JsonValue,
    ...(policy === undefined ? {} : { 'ear.appraisal-policy-id': policy }),
    ...(ueid === undefined ? {} : { ueid: base64url(ueid) }),
    ...(debug === undefined ? {} : { dbgstat: debug }),
    ...(measurements.length === 0 ? {} : { measurements: writeMeasurements(measurements) }),
    ...(steps.length === 0
      ? {}
      : { measres: [[MEASUREMENT_SYSTEM, steps.map(({ id, result }) => [id, result])]] }),
    'cssi.evidence': {
      ...evidence,
      versions: evidence.versions.map(({ name, value }) => ({ name, value })),
    } as unknown as JsonValue,
  };
}

/** The claims of a result as JSON. @standard draft-fv-rats-ear §3, RFC 9711 §4 @internal */
export function writeEar(result: AttestationResult): JsonValue {
  const { issuedAt, expiresAt, nonce, verifier, submodules } = result;
  const submods = Object.entries(submodules).map(([name, one]) => [name, writeSubmodule(one)] as const);
  return {
    eat_profile: EAR_PROFILE,
    iat: Math.floor(issuedAt.getTime() / 1000),
    exp: Math.floor(expiresAt.getTime() / 1000),
    ...(nonce === undefined ? {} : { eat_nonce: base64url(nonce) }),
    'ear.verifier-id': { ...verifier },
    submods: Object.fromEntries(submods),
  };
}

/** An object with members out of `required` and `optional` and no others. */
function members(value: unknown, required: readonly string[], optional: readonly string[]): JsonFields {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw tokenMalformed('object');
  const present = optional.filter((name) => Object.hasOwn(value, name));
  return json.fields(value, [...required, ...present]);
}

function readVector(value: unknown): TrustVector {
  const names = Object.keys(TRUST_CLAIMS) as TrustClaim[];
  const read = members(value, [], names);
  const entries = names
    .filter((name) => Object.hasOwn(read, name))
    .map((name) => [name, json.integer(read[name], name, -128, 127)] as const);
  return Object.fromEntries(entries);
}

function readMeasurements(value: JsonValue | undefined): readonly Measurement[] {
  if (value === undefined) return [];
  const [entry, ...more] = json.list(value, 'measurements', 1);
  const [type, contents, ...rest] = json.list(entry, 'measurements', 2);
  if (more.length + rest.length > 0 || type !== CONTENT_JSON) throw tokenMalformed('measurements');
  const bytes = fromBase64url(contents, 'measurements', 2, MAX_MEASUREMENT_BYTES);
  const list = json.list(
    json.canonical(bytes, 'measurements', MAX_MEASUREMENT_BYTES),
    'measurements',
    MAX_LIST,
  );
  return list.map((item) => {
    const read = json.fields(item, ['name', 'role', 'algorithm', 'value']);
    const algorithm = json.oneOf(read.algorithm, 'algorithm', ALGORITHMS);
    const hex = json.text(read.value, 'value', 128);
    if (!/^[0-9a-f]*$/.test(hex) || hex.length !== 2 * DIGEST_BYTES[algorithm]) throw tokenMalformed('value');
    return {
      name: json.text(read.name, 'name', MAX_TEXT),
      role: json.oneOf(read.role, 'role', MEASUREMENT_ROLES),
      algorithm,
      value: Uint8Array.from(Buffer.from(hex, 'hex')),
    };
  });
}

function readSteps(value: JsonValue | undefined): SubmoduleResult['steps'] {
  if (value === undefined) return [];
  const [group, ...more] = json.list(value, 'measres', 1);
  const [system, list, ...rest] = json.list(group, 'measres', 2);
  if (more.length + rest.length > 0 || system !== MEASUREMENT_SYSTEM) throw tokenMalformed('measres');
  return json.list(list, 'measres', MAX_LIST).map((item) => {
    const [id, result, ...extra] = json.list(item, 'measres', 2);
    if (extra.length > 0) throw tokenMalformed('measres');
    return {
      id: json.text(id, 'measres', MAX_TEXT),
      result: json.oneOf(result, 'measres', ['success', 'fail', 'not-run']),
    };
  });
}

function readEvidence(value: JsonValue | undefined): StatedEvidence {
  const read = json.fields(value, [
    'type',
    'format',
    'deployment',
    'emulated',
    'memoryEncryption',
    'migration',
    'versions',
    'trustedSoftware',
    'untrustedSoftware',
  ]);
  const texts = (list: JsonValue | undefined, name: string) =>
    json.list(list, name, MAX_LIST).map((text) => json.text(text, name, MAX_TEXT));
  return {
    type: json.oneOf(read.type, 'type', EVIDENCE_TYPES),
    format: json.text(read.format, 'format', MAX_TEXT),
    deployment: json.oneOf(read.deployment, 'deployment', DEPLOYMENTS),
    emulated: json.flag(read.emulated, 'emulated'),
    memoryEncryption: json.oneOf(read.memoryEncryption, 'memoryEncryption', ['active', 'none', 'unknown']),
    migration: json.oneOf(read.migration, 'migration', ['disabled', 'attested', 'unrestricted', 'unknown']),
    versions: json.list(read.versions, 'versions', MAX_LIST).map((item) => {
      const version = json.fields(item, ['name', 'value']);
      return {
        name: json.text(version.name, 'versions', MAX_TEXT),
        value: json.integer(version.value, 'versions', 0, Number.MAX_SAFE_INTEGER),
      };
    }),
    trustedSoftware: texts(read.trustedSoftware, 'trustedSoftware'),
    untrustedSoftware: texts(read.untrustedSoftware, 'untrustedSoftware'),
  };
}

function readSubmodule(value: JsonValue): SubmoduleResult {
  const read = members(
    value,
    ['ear.status', 'ear.trustworthiness-vector', 'cssi.evidence'],
    ['ear.appraisal-policy-id', 'ueid', 'dbgstat', 'measurements', 'measres'],
  );
  const status = json.oneOf(read['ear.status'], 'ear.status', TRUST_TIERS);
  const vector = readVector(read['ear.trustworthiness-vector']);
  const worst = worstTier(vector);
  // A status that is better than what it stands for would be believed by whoever reads nothing else.
  if (status === 'affirming' && worst !== 'affirming') throw tokenMalformed('ear.status');
  if (worst === 'contraindicated' && status !== worst) throw tokenMalformed('ear.status');
  const { ueid, dbgstat } = read;
  const policy = read['ear.appraisal-policy-id'];
  return {
    status,
    vector,
    ...(policy === undefined ? {} : { policy: json.text(policy, 'ear.appraisal-policy-id', MAX_TEXT) }),
    ...(ueid === undefined ? {} : { ueid: fromBase64url(ueid, 'ueid', 7, 33) }),
    ...(dbgstat === undefined ? {} : { debug: json.oneOf(dbgstat, 'dbgstat', ['enabled', 'disabled']) }),
    measurements: readMeasurements(read.measurements),
    steps: readSteps(read.measres),
    evidence: readEvidence(read['cssi.evidence']),
  };
}

/** Reads the claims of a result strictly. @throws {@link SmError} ERR_TEE_TOKEN_MALFORMED @internal */
export function readEar(value: unknown): AttestationResult {
  const read = members(value, ['eat_profile', 'iat', 'exp', 'ear.verifier-id', 'submods'], ['eat_nonce']);
  if (read.eat_profile !== EAR_PROFILE) throw tokenMalformed('eat_profile');
  const iat = json.integer(read.iat, 'iat', 0, MAX_SECONDS);
  const exp = json.integer(read.exp, 'exp', 0, MAX_SECONDS);
  if (exp <= iat || exp - iat > MAX_RESULT_LIFETIME_SECONDS) throw tokenMalformed('exp');
  const verifier = json.fields(read['ear.verifier-id'], ['developer', 'build']);
  const submods = members(read.submods, [], Object.keys(read.submods ?? {}));
  const entries = Object.entries(submods);
  if (entries.length === 0 || entries.length > MAX_SUBMODULES) throw tokenMalformed('submods');
  return {
    issuedAt: new Date(iat * 1000),
    expiresAt: new Date(exp * 1000),
    ...(read.eat_nonce === undefined ? {} : { nonce: fromBase64url(read.eat_nonce, 'eat_nonce', 8, 64) }),
    verifier: {
      developer: json.text(verifier.developer, 'developer', MAX_TEXT),
      build: json.text(verifier.build, 'build', MAX_TEXT),
    },
    submodules: Object.fromEntries(
      entries.map(([name, one]) => [json.text(name, 'submods', 64), readSubmodule(one)]),
    ),
  };
}
