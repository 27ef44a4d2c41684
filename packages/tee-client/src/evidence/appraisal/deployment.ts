import {
  canonicalJson,
  checkBytes,
  concatBytes,
  equalBytes,
  fromHex,
  type JsonValue,
  SmError,
  sm3,
  utf8,
} from '@cssi/sm-core';
import type { AttestationClaims } from '../../spec/v1/attestation.ts';
import type { DeploymentClaims } from '../../spec/v1/deployment-policy.ts';
import { parseDeploymentClaims } from '../../spec/v1/deployment-policy-codec.ts';
import { TEE_CLIENT_ERRORS } from '../../spec/v1/errors.ts';
import { strictJson } from '../../spec/v1/strict-json.ts';
import { malformed } from '../malformed.ts';

/**
 * Longest deployment document this package reads, in bytes.
 *
 * @group Attestation
 */
export const MAX_DEPLOYMENT_BYTES = 65_536;
const MAX_NONCE_BYTES = 64;
const BINDING = /* @__PURE__ */ utf8('cssi-deployment-binding/1');
const json = /* @__PURE__ */ strictJson((reason, cause) => malformed(`deployment-${reason}`, cause));

/**
 * The document that states a deployment: canonical JSON of the claims.
 *
 * @throws {@link SmError} ERR_TEE_OPTION_INVALID
 * @group Attestation
 */
export function encodeDeploymentClaims(claims: DeploymentClaims): Uint8Array {
  return canonicalJson(parseDeploymentClaims(claims) as unknown as JsonValue);
}

/**
 * Reads a deployment document strictly.
 *
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED
 * @group Attestation
 */
export function decodeDeploymentClaims(document: Uint8Array): DeploymentClaims {
  if (!(document instanceof Uint8Array)) throw malformed('deployment-type');
  const value = json.canonical(document, 'document', MAX_DEPLOYMENT_BYTES);
  try {
    return parseDeploymentClaims(value);
  } catch (cause) {
    if (!(cause instanceof SmError) || cause.code !== 'ERR_TEE_OPTION_INVALID') throw cause;
    throw malformed('deployment', cause);
  }
}

/**
 * What a guest's agent asks its TEE to sign so that evidence binds a deployment document and answers
 * a challenge at once: SM3("cssi-deployment-binding/1" ‖ 0 ‖ SM3(nonce) ‖ SM3(document)), 32 bytes.
 *
 * @param nonce - the challenge, 1 to 64 bytes
 * @throws {@link SmError} ERR_TEE_OPTION_INVALID
 * @group Attestation
 */
export function bindDeployment(document: Uint8Array, nonce: Uint8Array): Uint8Array {
  try {
    checkBytes(document, 'document', 1, MAX_DEPLOYMENT_BYTES);
    checkBytes(nonce, 'nonce', 1, MAX_NONCE_BYTES);
  } catch (cause) {
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_OPTION_INVALID', { detail: 'option=deployment', cause });
  }
  return sm3(concatBytes(BINDING, Uint8Array.of(0), sm3(nonce), sm3(document)));
}

/** True when `field` is `digest`, or `digest` with zeros behind it. */
function holds(field: Uint8Array, digest: Uint8Array): boolean {
  if (field.length < digest.length) return false;
  if (!equalBytes(field.subarray(0, digest.length), digest)) return false;
  return field.subarray(digest.length).every((byte) => byte === 0);
}

/** How evidence holds a document. @internal */
export type DeploymentBinding = 'report-data' | 'launch' | 'none';

/**
 * `report-data`: software in the TEE had it signed with the challenge. `launch`: its SM3 is in a field
 * that was fixed at launch and is part of the evidence (a measurement with role `configuration`:
 * host data, configuration id, personalisation value).
 *
 * @internal
 */
export function deploymentBinding(
  claims: AttestationClaims,
  document: Uint8Array,
  nonce: Uint8Array,
): DeploymentBinding {
  if (holds(claims.reportData, bindDeployment(document, nonce))) return 'report-data';
  const digest = sm3(document);
  const atLaunch = claims.measurements.some(
    ({ role, value }) => role === 'configuration' && holds(value, digest),
  );
  return atLaunch ? 'launch' : 'none';
}

/** What the document says and the hardware denies, by name. @internal */
export function contradictions(stated: DeploymentClaims, claims: AttestationClaims): readonly string[] {
  const found: string[] = [];
  const { memoryEncryption, debug, migration, deployment } = claims;
  if (stated.memoryEncryption === 'active' && memoryEncryption === 'none') found.push('memoryEncryption');
  if (!stated.debug && debug === 'enabled') found.push('debug');
  const order = ['disabled', 'attested', 'unrestricted'] as const;
  if (migration !== 'unknown' && order.indexOf(stated.migration) < order.indexOf(migration)) {
    found.push('migration');
  }
  // An enclave or a trusted application is no guest and measures none.
  if (deployment === 'enclave' || deployment === 'trusted-application') found.push('kind');
  return found;
}

/** Whether evidence holds this SM3 as a measurement of one of `roles`, or of any that measures code. @internal */
export function measures(
  claims: AttestationClaims,
  digestHex: string | null,
  roles: readonly string[] | undefined,
): boolean {
  if (digestHex === null) return false;
  const digest = fromHex(digestHex);
  return claims.measurements.some(
    ({ role, algorithm, value }) =>
      algorithm === 'sm3' &&
      (roles?.includes(role) ?? (role !== 'configuration' && role !== 'signer')) &&
      equalBytes(value, digest),
  );
}
