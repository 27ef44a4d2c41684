import type { Operation } from './operation.ts';
import {
  decryptOperation,
  encryptOperation,
  evidenceOperation,
  hashOperation,
  keyCreateOperation,
  keyListOperation,
  randomOperation,
  signOperation,
  verifyOperation,
} from './operations-crypto.ts';
import {
  auditReadOperation,
  certificateIssueOperation,
  identityActivateOperation,
  identityEnrollOperation,
  tenantCreateOperation,
} from './operations-identity.ts';
import {
  errorsListOperation,
  sessionChallengeOperation,
  sessionCloseOperation,
  sessionOpenOperation,
  versionOperation,
} from './operations-session.ts';

/** The core operations by their name. Upper layers add their own with `defineOperation`. */
export const coreOperations = {
  version: versionOperation,
  'errors.list': errorsListOperation,
  'session.challenge': sessionChallengeOperation,
  'session.open': sessionOpenOperation,
  'session.close': sessionCloseOperation,
  'identity.activate': identityActivateOperation,
  'identity.enroll': identityEnrollOperation,
  'tenant.create': tenantCreateOperation,
  'certificate.issue': certificateIssueOperation,
  'key.create': keyCreateOperation,
  'key.list': keyListOperation,
  sign: signOperation,
  verify: verifyOperation,
  encrypt: encryptOperation,
  decrypt: decryptOperation,
  random: randomOperation,
  hash: hashOperation,
  evidence: evidenceOperation,
  'audit.read': auditReadOperation,
} as const;

/** The core operations as a list (核心操作). */
export const CORE_OPERATIONS: readonly Operation[] = Object.values(coreOperations);
