import type { SmError } from '@cssi/sm-core';
import type { Principal } from './access.ts';
import type { Operation, ParametersOf, ResultOf } from './operation.ts';
import type { SigningMode } from './request-signing.ts';

/** One request as every binding hands it over. Ownership of the bytes passes to the dispatcher. */
export interface ServiceRequest {
  readonly method: string;
  /** Path without query, exactly as received. */
  readonly path: string;
  /** Query without the question mark, exactly as received; empty when there is none. */
  readonly query: string;
  /** Header values by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly remoteAddress: string;
}

/** One answer. */
export interface ServiceResponse {
  /** HTTP status. */
  readonly status: number;
  /** Header values by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** What a binding knows of a request that never became a whole {@link ServiceRequest}. */
export interface PartialRequest {
  readonly path: string;
  readonly remoteAddress: string;
}

/**
 * Takes requests from bindings.
 *
 * Guarantee: `handle` and `refuse` never reject, whatever the request holds; every failure
 * becomes an answer with a code, and every answer is in the audit log before it is
 * returned. Any number of calls at once.
 */
export interface Dispatcher {
  readonly operations: readonly Operation[];
  /** Largest request bodies in bytes. */
  readonly limits: { readonly json: number; readonly stream: number };
  handle(request: ServiceRequest): Promise<ServiceResponse>;
  /** The answer for a request that the binding had to refuse itself. */
  refuse(error: SmError, request: PartialRequest): Promise<ServiceResponse>;
}

/** What a client sends through a {@link Transport}. */
export type TransportRequest = Omit<ServiceRequest, 'remoteAddress'>;

/**
 * One way to a service.
 *
 * Guarantee: delivers a request once or fails with a coded error; never repeats one.
 * Any number of calls at once.
 */
export interface Transport {
  readonly name: string;
  /** Value of the `host` header. */
  readonly host: string;
  /** @throws {@link SmError} ERR_API_CONNECTION, ERR_API_TIMEOUT, ERR_API_SERVER_UNTRUSTED, ERR_API_RESPONSE_TOO_LARGE */
  send(request: TransportRequest): Promise<ServiceResponse>;
  close(): Promise<void>;
}

/** What a handler adds to the audit event of its call. Never secrets or personal data. */
export interface AuditNote {
  /** What was acted upon. */
  readonly object?: string;
  readonly detail?: Readonly<Record<string, string | number>>;
  /** Who acted, where that is known only after the handler ran (a login). */
  readonly subject?: string;
  readonly tenantId?: string | null;
}

/** What a handler gets besides the parameters. */
export interface CallContext {
  readonly requestId: string;
  readonly traceId: string;
  readonly time: Date;
  /** Present for every operation with `auth: 'session'`. */
  readonly principal?: Principal;
  /** SM3 of the session token, hex. */
  readonly sessionId?: string;
  /** How the call was signed: an operation that needs non-repudiation asks for `sm2-sm3`. */
  readonly signing?: SigningMode;
  /** Data of a stream; empty for JSON operations. */
  readonly body: Uint8Array;
  readonly remoteAddress: string;
  /** Adds to the audit event; later calls win. */
  note(fields: AuditNote): void;
}

/** Does the work of one operation. Throws {@link SmError} for every failure that the caller may know. */
export type OperationHandler<O extends Operation = Operation> = (
  params: ParametersOf<O>,
  context: CallContext,
) => Promise<ResultOf<O>>;

/** Handlers by the name of their operation. */
export type HandlerTable = Readonly<Record<string, (params: never, context: CallContext) => Promise<object>>>;
