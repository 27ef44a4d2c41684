import {
  type AcceptedPart,
  DEPLOYMENT_CLAIMS_FORMAT,
  DEPLOYMENT_KINDS,
  DEPLOYMENT_POLICY_FORMAT,
  type DeploymentClaims,
  type DeploymentPolicy,
  GUEST_ISOLATIONS,
  MIGRATION_MODES,
} from './deployment-policy.ts';
import { TEE_CLIENT_ERRORS } from './errors.ts';
import { strictJson } from './strict-json.ts';

const MAX_TEXT = 128;
const MAX_PARTS = 64;
const MAX_MEASUREMENTS = 64;
const MAX_WEAKNESSES = 64;

const reader = (what: string) =>
  strictJson((reason, cause) =>
    TEE_CLIENT_ERRORS.create('ERR_TEE_OPTION_INVALID', { detail: `option=${what}.${reason}`, cause }),
  );
const claimsJson = reader('claims');
const policyJson = reader('policy');
const COUNT_MAX = Number.MAX_SAFE_INTEGER;

/**
 * Reads claims strictly from a JSON value.
 *
 * @throws {@link SmError} ERR_TEE_OPTION_INVALID
 * @group Deployment policy
 */
export function parseDeploymentClaims(value: unknown): DeploymentClaims {
  const json = claimsJson;
  const read = json.fields(value, [
    'format',
    'kind',
    'workload',
    'hypervisor',
    'isolation',
    'memoryEncryption',
    'debug',
    'migration',
    'overhead',
  ]);
  const measured = (part: unknown, name: string) =>
    part === null ? null : json.digest(part, `${name}.measurement`);
  const workload = json.fields(read.workload, ['name', 'measurement']);
  const hypervisor = json.fields(read.hypervisor, [
    'name',
    'measurement',
    'securityVersion',
    'secureBoot',
    'weakenedBy',
  ]);
  const overhead = json.fields(read.overhead, ['startMs', 'memoryBytes']);
  return {
    format: json.oneOf(read.format, 'format', [DEPLOYMENT_CLAIMS_FORMAT]),
    kind: json.oneOf(read.kind, 'kind', DEPLOYMENT_KINDS),
    workload: {
      name: json.text(workload.name, 'workload.name', MAX_TEXT),
      measurement: measured(workload.measurement, 'workload'),
    },
    hypervisor: {
      name: json.text(hypervisor.name, 'hypervisor.name', MAX_TEXT),
      measurement: measured(hypervisor.measurement, 'hypervisor'),
      securityVersion: json.integer(hypervisor.securityVersion, 'hypervisor.securityVersion', 0, COUNT_MAX),
      secureBoot: json.flag(hypervisor.secureBoot, 'hypervisor.secureBoot'),
      weakenedBy: json
        .list(hypervisor.weakenedBy, 'hypervisor.weakenedBy', MAX_WEAKNESSES)
        .map((item) => json.text(item, 'hypervisor.weakenedBy', MAX_TEXT)),
    },
    isolation: json.oneOf(read.isolation, 'isolation', GUEST_ISOLATIONS),
    memoryEncryption: json.oneOf(read.memoryEncryption, 'memoryEncryption', ['none', 'active']),
    debug: json.flag(read.debug, 'debug'),
    migration: json.oneOf(read.migration, 'migration', MIGRATION_MODES),
    overhead: {
      startMs: json.integer(overhead.startMs, 'overhead.startMs', 0, COUNT_MAX),
      memoryBytes: json.integer(overhead.memoryBytes, 'overhead.memoryBytes', 0, COUNT_MAX),
    },
  };
}

/**
 * Reads a policy strictly from a JSON value. A misspelt rule is refused, not ignored.
 *
 * @throws {@link SmError} ERR_TEE_OPTION_INVALID
 * @group Deployment policy
 */
export function parseDeploymentPolicy(value: unknown): DeploymentPolicy {
  const json = policyJson;
  const read = json.fields(value, [
    'format',
    'kinds',
    'workloads',
    'hypervisors',
    'minimumIsolation',
    'requireSecureBoot',
    'requireMemoryEncryption',
    'allowDebug',
    'migration',
    'maxStartMs',
    'maxMemoryOverheadBytes',
  ]);
  const limit = (given: unknown, name: string) =>
    given === null ? null : json.integer(given, name, 0, COUNT_MAX);
  const parts = (given: unknown, name: string, maxVersion: number): readonly AcceptedPart[] => {
    const list = json.list(given, name, MAX_PARTS).map((item): AcceptedPart => {
      const part = json.fields(item, ['name', 'measurements', 'minimumSecurityVersion']);
      return {
        name: json.text(part.name, `${name}.name`, MAX_TEXT),
        measurements: json
          .list(part.measurements, `${name}.measurements`, MAX_MEASUREMENTS)
          .map((measurement) => json.digest(measurement, `${name}.measurements`)),
        minimumSecurityVersion: json.integer(
          part.minimumSecurityVersion,
          `${name}.minimumSecurityVersion`,
          0,
          maxVersion,
        ),
      };
    });
    json.unique(
      list.map((part) => part.name),
      name,
    );
    return list;
  };
  return {
    format: json.oneOf(read.format, 'format', [DEPLOYMENT_POLICY_FORMAT]),
    kinds: json
      .list(read.kinds, 'kinds', DEPLOYMENT_KINDS.length)
      .map((kind) => json.oneOf(kind, 'kinds', DEPLOYMENT_KINDS)),
    // A rule that no claim can be held against would pass for one that is kept.
    workloads: parts(read.workloads, 'workloads', 0),
    hypervisors: parts(read.hypervisors, 'hypervisors', COUNT_MAX),
    minimumIsolation: json.oneOf(read.minimumIsolation, 'minimumIsolation', GUEST_ISOLATIONS),
    requireSecureBoot: json.flag(read.requireSecureBoot, 'requireSecureBoot'),
    requireMemoryEncryption: json.flag(read.requireMemoryEncryption, 'requireMemoryEncryption'),
    allowDebug: json.flag(read.allowDebug, 'allowDebug'),
    migration: json.oneOf(read.migration, 'migration', MIGRATION_MODES),
    maxStartMs: limit(read.maxStartMs, 'maxStartMs'),
    maxMemoryOverheadBytes: limit(read.maxMemoryOverheadBytes, 'maxMemoryOverheadBytes'),
  };
}
