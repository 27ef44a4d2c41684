import { type RandomSource, randomBytes, SmError, toHex, utf8 } from '@cssi/sm-core';
import { SECURITY_SERVICE_ERRORS } from './errors.ts';
import { auditEventOf } from './internal/audit-event.ts';
import { type CompiledOperation, compileOperation, parseParams } from './internal/parse-params.ts';
import type { AccessControl } from './spec/v1/access.ts';
import type { AuditLog } from './spec/v1/audit.ts';
import { type ErrorBody, httpStatus, isRetryable } from './spec/v1/errors.ts';
import type { Operation } from './spec/v1/operation.ts';
import { HEADERS } from './spec/v1/request-signing.ts';
import type {
  AuditNote,
  CallContext,
  Dispatcher,
  HandlerTable,
  ServiceRequest,
  ServiceResponse,
} from './spec/v1/service.ts';
import type { AuthenticatedCall, SessionAuthenticator } from './spec/v1/session.ts';

/** Largest JSON request in bytes: 1 MiB. */
export const JSON_LIMIT_BYTES: number = 1 << 20;
/** Largest stream request in bytes: 4 MiB. */
export const STREAM_LIMIT_BYTES: number = 4 << 20;

/** What a dispatcher serves. */
export interface DispatcherOptions {
  readonly operations: readonly Operation[];
  /** One for each operation, by its name. */
  readonly handlers: HandlerTable;
  /** Largest JSON request in bytes; {@link JSON_LIMIT_BYTES} when left out. */
  readonly jsonLimitBytes?: number;
  /** Largest stream request in bytes; {@link STREAM_LIMIT_BYTES} when left out. */
  readonly streamLimitBytes?: number;
}

/** What a dispatcher works with. */
export interface DispatcherDeps {
  readonly sessions: SessionAuthenticator;
  readonly access: AccessControl;
  readonly audit: Pick<AuditLog, 'append'>;
  readonly clock: () => Date;
  /**
   * Gets every error that the caller is not told about. Must not throw.
   *
   * @param requestId - the id that the caller was given
   */
  readonly onInternalError?: (error: unknown, requestId: string) => void;
  readonly random?: RandomSource;
}

/** State of one call on its way through the dispatcher. */
interface Call {
  readonly requestId: string;
  readonly traceId: string;
  readonly time: Date;
  readonly remoteAddress: string;
  operation: CompiledOperation | undefined;
  authenticated: AuthenticatedCall | undefined;
  note: AuditNote;
}

interface Outcome {
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array;
}

const JSON_TYPE = 'application/json; charset=utf-8';
const STREAM_TYPE = 'application/octet-stream';
const NO_BYTES = new Uint8Array(0);

function contentTypeFits(operation: Operation, header: string | undefined): boolean {
  const value = (header ?? '').trim().toLowerCase();
  return operation.body === 'json'
    ? /^application\/json(?:\s*;\s*charset\s*=\s*"?utf-8"?)?$/.test(value)
    : value === STREAM_TYPE;
}

/** The trace id of a W3C `traceparent` header, or a fresh one. */
function traceIdOf(header: string | undefined, fresh: () => string): string {
  const match = header === undefined ? null : /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(header);
  return match?.[1] ?? fresh();
}

/**
 * Makes the dispatcher: the one way of every request, whatever the binding.
 *
 * Size limit, route, method, content type, parameters, session and signature, access,
 * handler, shape of the result, audit, answer. The answer leaves only after its audit
 * event is durable.
 *
 * @throws RangeError when operations repeat a name or path, or one has no handler (a programmer's mistake).
 */
export function createDispatcher(options: DispatcherOptions, deps: DispatcherDeps): Dispatcher {
  const { sessions, access, audit, clock, random } = deps;
  const limits = {
    json: options.jsonLimitBytes ?? JSON_LIMIT_BYTES,
    stream: options.streamLimitBytes ?? STREAM_LIMIT_BYTES,
  };
  const routes = new Map<string, CompiledOperation>();
  const names = new Set<string>();
  const versions = new Set<string>();
  for (const operation of options.operations) {
    const id = `${operation.version}/${operation.name}`;
    if (names.has(id) || routes.has(operation.path)) throw new RangeError(`operation ${id} is there twice`);
    if (!Object.hasOwn(options.handlers, operation.name))
      throw new RangeError(`operation ${id} has no handler`);
    names.add(id);
    versions.add(operation.version);
    routes.set(operation.path, compileOperation(operation));
  }
  const report = (error: unknown, requestId: string): void => {
    try {
      deps.onInternalError?.(error, requestId);
    } catch {
      // A failing reporter must not change the answer.
    }
  };

  let fallback = 0;
  /** An id of 16 bytes, hex. It has to be unique, not secret: a failed random source must not stop the answer. */
  const freshId = (): string => {
    try {
      return toHex(randomBytes(16, random));
    } catch (error) {
      fallback += 1;
      const id = `${process.pid}${fallback}`.padStart(32, '0').slice(-32);
      report(error, id);
      return id;
    }
  };

  /** The error that the caller may see. */
  const presentable = (error: unknown, requestId: string): SmError => {
    const known = error instanceof SmError && error.category !== 'internal';
    // The operator has to know why something was unavailable; the caller only that it was.
    if (!known || error.category === 'unavailable') report(error, requestId);
    if (known) return error;
    return SECURITY_SERVICE_ERRORS.create('ERR_API_INTERNAL');
  };

  function newCall(remoteAddress: string, traceparent?: string): Call {
    return {
      requestId: freshId(),
      traceId: traceIdOf(traceparent, freshId),
      time: clock(),
      remoteAddress,
      operation: undefined,
      authenticated: undefined,
      note: {},
    };
  }

  function route(path: string): CompiledOperation {
    const found = routes.get(path);
    if (found !== undefined) return found;
    const major = /^\/v([0-9]{1,6})\//.exec(path)?.[1];
    if (major !== undefined && !versions.has(major)) {
      throw SECURITY_SERVICE_ERRORS.create('ERR_API_VERSION_UNSUPPORTED', {
        detail: `supported=${[...versions].join(',')}`,
      });
    }
    throw SECURITY_SERVICE_ERRORS.create('ERR_API_ROUTE_UNKNOWN');
  }

  async function run(request: ServiceRequest, call: Call): Promise<Outcome> {
    if (request.body.length > limits.stream) throw SECURITY_SERVICE_ERRORS.create('ERR_API_BODY_TOO_LARGE');
    const compiled = route(request.path);
    const { operation } = compiled;
    call.operation = compiled;
    if (operation.body === 'json' && request.body.length > limits.json) {
      throw SECURITY_SERVICE_ERRORS.create('ERR_API_BODY_TOO_LARGE');
    }
    if (request.method !== 'POST') throw SECURITY_SERVICE_ERRORS.create('ERR_API_METHOD_NOT_ALLOWED');
    if (!contentTypeFits(operation, request.headers[HEADERS.contentType])) {
      throw SECURITY_SERVICE_ERRORS.create('ERR_API_CONTENT_TYPE');
    }
    if (operation.body === 'stream-out' && request.body.length > 0) {
      throw SECURITY_SERVICE_ERRORS.create('ERR_API_REQUEST_MALFORMED', { detail: 'reason=body' });
    }
    const params = parseParams(compiled, request.query, request.body, limits.json);
    if (operation.auth === 'session') {
      call.authenticated = await sessions.authenticate(request, call.time);
      if (
        operation.permission === undefined ||
        !access.permits(call.authenticated.principal, operation.permission)
      ) {
        throw SECURITY_SERVICE_ERRORS.create('ERR_API_ACCESS_DENIED');
      }
    }
    const context: CallContext = {
      requestId: call.requestId,
      traceId: call.traceId,
      time: call.time,
      ...(call.authenticated === undefined
        ? {}
        : {
            principal: call.authenticated.principal,
            sessionId: call.authenticated.sessionId,
            signing: call.authenticated.signing,
          }),
      body: operation.body === 'json' ? NO_BYTES : request.body,
      remoteAddress: call.remoteAddress,
      note: (fields) => {
        const detail = { ...call.note.detail, ...fields.detail };
        call.note = { ...call.note, ...fields, detail };
      },
    };
    const result = await options.handlers[operation.name]!(params as never, context);
    if (operation.body === 'stream-out' || operation.body === 'stream-both') {
      if (!(result instanceof Uint8Array)) throw new TypeError(`handler of ${operation.name} gave no bytes`);
      return { status: 200, contentType: STREAM_TYPE, body: result };
    }
    if (!compiled.response.Check(result)) {
      throw new TypeError(`handler of ${operation.name} broke its response schema`);
    }
    return { status: 200, contentType: JSON_TYPE, body: utf8(JSON.stringify(result)) };
  }

  function failure(error: SmError, call: Call): Outcome {
    const body: ErrorBody = {
      requestId: call.requestId,
      code: error.code,
      status: error.status,
      category: error.category,
      message: error.message,
      messageZh: error.messageZh,
      retryable: isRetryable(error.code, error.category),
    };
    return {
      status: httpStatus(error.code, error.category),
      contentType: JSON_TYPE,
      body: utf8(JSON.stringify(body)),
    };
  }

  /** Audits, then answers. */
  async function finish(
    outcome: Outcome | undefined,
    error: SmError | undefined,
    call: Call,
  ): Promise<ServiceResponse> {
    let final = outcome ?? failure(error!, call);
    try {
      await audit.append(
        auditEventOf({
          time: clock(),
          requestId: call.requestId,
          traceId: call.traceId,
          operation: call.operation?.operation.name,
          principal: call.authenticated?.principal,
          remoteAddress: call.remoteAddress,
          note: call.note,
          error,
        }),
      );
    } catch (cause) {
      report(cause, call.requestId);
      final = failure(SECURITY_SERVICE_ERRORS.create('ERR_API_AUDIT_UNAVAILABLE'), call);
    }
    const mac = call.authenticated?.responseMac(call.requestId, final.status, final.body);
    return {
      status: final.status,
      headers: {
        [HEADERS.contentType]: final.contentType,
        [HEADERS.requestId]: call.requestId,
        'cache-control': 'no-store',
        ...(mac === undefined ? {} : { [HEADERS.responseMac]: mac }),
      },
      body: final.body,
    };
  }

  return {
    operations: options.operations,
    limits,
    async handle(request) {
      const call = newCall(request.remoteAddress, request.headers.traceparent);
      let outcome: Outcome | undefined;
      let error: SmError | undefined;
      try {
        outcome = await run(request, call);
      } catch (thrown) {
        error = presentable(thrown, call.requestId);
      }
      return finish(outcome, error, call);
    },
    async refuse(error, request) {
      const call = newCall(request.remoteAddress);
      call.operation = routes.get(request.path);
      return finish(undefined, presentable(error, call.requestId), call);
    },
  };
}
