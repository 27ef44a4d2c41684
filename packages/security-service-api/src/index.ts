/**
 * The versioned service contract: operations with their schemas, version negotiation,
 * sessions and request signing, access control, the dispatcher behind every binding, the
 * client, identity and audit.
 *
 * @packageDocumentation
 */
export {
  auditKeyId,
  encodeCheckpoint,
  parseCheckpoint,
  verifyCheckpoint,
} from './audit/checkpoint.ts';
export { verifyAuditFolder } from './audit/folder.ts';
export type { ByteStream } from './audit/lines.ts';
export type { AuditVerdict } from './audit/verdict.ts';
export { type VerifyAuditOptions, verifyAuditLog } from './audit/verify.ts';
export {
  type CallExtras,
  type ClientOptions,
  type Credentials,
  createClient,
  type LoginResult,
  type ServiceClient,
} from './client/client.ts';
export { type HttpsTransportOptions, httpsTransport } from './client/https-transport.ts';
export { RemoteError } from './client/remote-error.ts';
export {
  createDispatcher,
  type DispatcherDeps,
  type DispatcherOptions,
  JSON_LIMIT_BYTES,
  STREAM_LIMIT_BYTES,
} from './dispatcher.ts';
export { SECURITY_SERVICE_ERRORS, type SecurityServiceErrorCode } from './errors.ts';
export { auditHandlers } from './handlers/audit.ts';
export { type EvidenceSource, evidenceHandlers } from './handlers/evidence.ts';
export { type IdentityHandlerDeps, identityHandlers } from './handlers/identity.ts';
export {
  type CertificateIssuer,
  type CertificateIssuerDeps,
  type CertificateOrder,
  certificateIssuer,
  type IssuedCertificate,
} from './handlers/issuer.ts';
export {
  type NamedErrorTable,
  primitiveHandlers,
  type ServiceHandlerDeps,
  serviceHandlers,
  sessionHandlers,
} from './handlers/service.ts';
export {
  createSessionService,
  type SessionService,
  type SessionServiceDeps,
  type SessionServiceOptions,
} from './sessions.ts';
export {
  type AccessControl,
  type Principal,
  ROLE_PERMISSIONS,
  roleAccess,
  SELF_PERMISSIONS,
} from './spec/v1/access.ts';
export {
  AUDIT_MAX_CHARACTERS,
  AUDIT_MAX_DETAILS,
  AUDIT_MAX_READ,
  AUDIT_MAX_RECORD_BYTES,
  AUDIT_SPEC_VERSION,
  type AuditCheckpoint,
  type AuditEvent,
  type AuditLog,
  type AuditOutcome,
  type AuditPage,
  type AuditQuery,
  type AuditRecord,
  type AuditStatus,
  type SignedCheckpoint,
} from './spec/v1/audit.ts';
export { type ErrorBody, errorBody, HTTP_STATUS, httpStatus, isRetryable } from './spec/v1/errors.ts';
export {
  ACTIVATION_MAX_SECONDS,
  type ActivationToken,
  CONFLICTING_ROLES,
  IDENTIFIER_PATTERN,
  IDENTITY_MAX_NAME,
  IDENTITY_MAX_TENANT_DEPTH,
  IDENTITY_SPEC_VERSION,
  type IdentityStore,
  ROLE_SCOPE,
  ROLES,
  type Role,
  type RoleProblem,
  type RowMac,
  roleProblem,
  type Tenant,
  type User,
} from './spec/v1/identity.ts';
export { type OpenApiInfo, toOpenApi } from './spec/v1/openapi.ts';
export {
  API_VERSION,
  type BodyKind,
  COMMON_ERRORS,
  defineOperation,
  type Operation,
  type OperationDefinition,
  type ParametersOf,
  type ResultOf,
  SESSION_ERRORS,
} from './spec/v1/operation.ts';
export { CORE_OPERATIONS, coreOperations } from './spec/v1/operations.ts';
export { HEADERS, SIGNING_ALGORITHMS, type SigningMode } from './spec/v1/request-signing.ts';
export {
  Base64,
  Hex,
  Identifier,
  KeyIdentifier,
  Members,
  OneOf,
  Text,
  Timestamp,
  Whole,
} from './spec/v1/schema.ts';
export type {
  AuditNote,
  CallContext,
  Dispatcher,
  HandlerTable,
  OperationHandler,
  PartialRequest,
  ServiceRequest,
  ServiceResponse,
  Transport,
  TransportRequest,
} from './spec/v1/service.ts';
export type {
  AuthenticatedCall,
  Session,
  SessionAuthenticator,
  SessionLimits,
  SessionStore,
} from './spec/v1/session.ts';
export {
  encodeActivationStatement,
  encodeCertificateStatement,
  encodeLoginStatement,
  type LoginStatement,
} from './spec/v1/statements.ts';
export { chooseVersion, majorVersion } from './spec/v1/version.ts';
