import { canonicalJson, type JsonValue, parseJson, SmError, sm3, toHex } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../errors.ts';
import { EVIDENCE_TYPES } from '../../spec/v1/attestation.ts';
import { parseDeploymentPolicy } from '../../spec/v1/deployment-policy-codec.ts';
import { type StrictJson, strictJson } from '../../spec/v1/strict-json.ts';
import { readDigestText } from './digest-text.ts';
import {
  APPRAISAL_POLICY_FORMAT,
  type AppraisalPolicy,
  type MeasurementRule,
  type VersionRule,
} from './policy.ts';

/**
 * Longest policy this package reads, in bytes.
 *
 * @group Attestation
 */
export const MAX_POLICY_BYTES = 262_144;
const MAX_RULES = 64;
const MAX_VALUES = 256;
const MAX_TEXT = 128;
const DEPLOYMENTS = ['trusted-application', 'enclave', 'virtual-machine', 'container', 'platform'] as const;
const MIGRATIONS = ['disabled', 'attested', 'unrestricted'] as const;
/** Roles of measurements, for rules that go by role. @internal */
export const MEASUREMENT_ROLES = [
  'workload',
  'firmware',
  'hypervisor',
  'boot',
  'signer',
  'configuration',
  'platform',
] as const;

const invalid = (reason: string, cause?: unknown): SmError =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_POLICY_INVALID', { detail: `reason=${reason}`, cause });
const json = /* @__PURE__ */ strictJson(invalid);

/** Name or role that a rule or a reference value is about. @internal */
export function readTarget(reader: StrictJson, by: 'name' | 'role', of: unknown): string {
  return by === 'role' ? reader.oneOf(of, 'of', MEASUREMENT_ROLES) : someText(reader, of, 'of');
}

/** Text of at least one character. @internal */
export function someText(reader: StrictJson, value: unknown, name: string): string {
  const text = reader.text(value, name, MAX_TEXT);
  // A name that nothing has would be a rule that nothing meets, or one that everything meets.
  if (text === '') return reader.oneOf(value, name, []);
  return text;
}

function measurementRule(value: JsonValue): MeasurementRule {
  const read = json.fields(value, ['by', 'of', 'accept']);
  const by = json.oneOf(read.by, 'by', ['name', 'role']);
  const accept =
    read.accept === null
      ? null
      : json.list(read.accept, 'accept', MAX_VALUES).map((text) => readDigestText(json, text, 'accept'));
  return { by, of: readTarget(json, by, read.of), accept };
}

function versionRule(value: JsonValue): VersionRule {
  const read = json.fields(value, ['component', 'minimum']);
  return {
    component: someText(json, read.component, 'component'),
    minimum: json.integer(read.minimum, 'minimum', 0, Number.MAX_SAFE_INTEGER),
  };
}

/**
 * Reads a policy strictly from a JSON value: every member is there, none is unknown. A policy that
 * has rules for a container or virtual machine must also have rules for measurements, because what
 * states the deployment is software that has to be measured itself.
 *
 * @throws {@link SmError} ERR_TEE_POLICY_INVALID
 * @group Attestation
 */
export function parseAppraisalPolicy(value: unknown): AppraisalPolicy {
  const read = json.fields(value, [
    'format',
    'name',
    'types',
    'deployments',
    'requireMemoryEncryption',
    'allowDebug',
    'migration',
    'allowEmulated',
    'allowUnjudgedTcb',
    'minimumVersions',
    'measurements',
    'untrustedSoftware',
    'maxAgeSeconds',
    'deployment',
  ]);
  const set = <T extends string>(given: unknown, name: string, of: readonly T[]): readonly T[] =>
    json.unique(
      json.list(given, name, of.length).map((item) => json.oneOf(item, name, of)),
      name,
    );
  const minimumVersions = json.list(read.minimumVersions, 'minimumVersions', MAX_RULES).map(versionRule);
  json.unique(
    minimumVersions.map(({ component }) => component),
    'minimumVersions',
  );
  const measurements = json.list(read.measurements, 'measurements', MAX_RULES).map(measurementRule);
  json.unique(
    measurements.map(({ by, of }) => `${by}:${of}`),
    'measurements',
  );
  if (read.deployment !== null && measurements.length === 0) throw invalid('deployment-without-measurements');
  return {
    format: json.oneOf(read.format, 'format', [APPRAISAL_POLICY_FORMAT]),
    name: someText(json, read.name, 'name'),
    types: set(read.types, 'types', EVIDENCE_TYPES),
    deployments: set(read.deployments, 'deployments', DEPLOYMENTS),
    requireMemoryEncryption: json.flag(read.requireMemoryEncryption, 'requireMemoryEncryption'),
    allowDebug: json.flag(read.allowDebug, 'allowDebug'),
    migration: json.oneOf(read.migration, 'migration', MIGRATIONS),
    allowEmulated: json.flag(read.allowEmulated, 'allowEmulated'),
    allowUnjudgedTcb: json.flag(read.allowUnjudgedTcb, 'allowUnjudgedTcb'),
    minimumVersions,
    measurements,
    untrustedSoftware: json.unique(
      json
        .list(read.untrustedSoftware, 'untrustedSoftware', MAX_RULES)
        .map((item) => someText(json, item, 'untrustedSoftware')),
      'untrustedSoftware',
    ),
    maxAgeSeconds:
      read.maxAgeSeconds === null
        ? null
        : json.integer(read.maxAgeSeconds, 'maxAgeSeconds', 0, Number.MAX_SAFE_INTEGER),
    deployment: read.deployment === null ? null : deploymentOf(read.deployment),
  };
}

function deploymentOf(value: JsonValue | undefined): ReturnType<typeof parseDeploymentPolicy> {
  try {
    return parseDeploymentPolicy(value);
  } catch (cause) {
    throw invalid('deployment', cause);
  }
}

/**
 * Reads a policy from the bytes of a JSON file.
 *
 * @throws {@link SmError} ERR_TEE_POLICY_INVALID
 * @group Attestation
 */
export function readAppraisalPolicy(file: Uint8Array): AppraisalPolicy {
  let value: JsonValue;
  try {
    value = parseJson(file, MAX_POLICY_BYTES);
  } catch (cause) {
    if (!(cause instanceof SmError)) throw cause;
    throw invalid('json', cause);
  }
  return parseAppraisalPolicy(value);
}

/**
 * Name of a policy by its content: `sm3:` and the SM3 of its canonical JSON in hex. Two policies
 * with one digest demand the same.
 *
 * @throws {@link SmError} ERR_TEE_POLICY_INVALID
 * @group Attestation
 */
export function policyDigest(policy: AppraisalPolicy): string {
  return `sm3:${toHex(sm3(canonicalJson(parseAppraisalPolicy(policy) as unknown as JsonValue)))}`;
}
