import type { Static, TObject } from 'typebox';
import { unboundedPlace } from './schema.ts';

/**
 * One operation of the interface: its definition, its functional requirement, its
 * parameters with ranges and units, and its return codes.
 */

/** Major version of the interface that this folder describes. */
export const API_VERSION = '1';

/**
 * How parameters and data travel. `json`: both as JSON. `stream-in`: parameters in the
 * query, data in the request body, JSON answer. `stream-out`: parameters in the query,
 * data in the answer. `stream-both`: both.
 */
export type BodyKind = 'json' | 'stream-in' | 'stream-out' | 'stream-both';

/** One operation (接口操作). */
export interface Operation<
  Name extends string = string,
  Req extends TObject = TObject,
  Res extends TObject = TObject,
  Body extends BodyKind = BodyKind,
> {
  /** For example `key.create`. */
  readonly name: Name;
  /** Major version of the interface it belongs to. */
  readonly version: string;
  /** For example `/v1/key/create`; ends in `/stream` unless `body` is `json`. */
  readonly path: string;
  readonly body: Body;
  /** `session`: needs a session and a signed request. */
  readonly auth: 'none' | 'session';
  /** Right that the caller must hold; always present when `auth` is `session`. */
  readonly permission?: string;
  readonly request: Req;
  /** Not used when `body` is `stream-out` or `stream-both`. */
  readonly response: Res;
  readonly summary: string;
  readonly summaryZh: string;
  /** Requirement or clause it serves. */
  readonly clause: string;
  /** Codes it may answer with besides {@link COMMON_ERRORS}. */
  readonly errors: readonly string[];
}

/** Parameters of an operation. */
export type ParametersOf<O extends Operation> = Static<O['request']>;

/** What an operation answers with. */
export type ResultOf<O extends Operation> = O['body'] extends 'stream-out' | 'stream-both'
  ? Uint8Array
  : Static<O['response']>;

/** Codes that every operation may answer with. */
export const COMMON_ERRORS: readonly string[] = [
  'ERR_API_BODY_TOO_LARGE',
  'ERR_API_METHOD_NOT_ALLOWED',
  'ERR_API_CONTENT_TYPE',
  'ERR_API_ROUTE_UNKNOWN',
  'ERR_API_VERSION_UNSUPPORTED',
  'ERR_API_JSON_MALFORMED',
  'ERR_API_PARAMETERS_INVALID',
  'ERR_API_CRITICAL_UNKNOWN',
  'ERR_API_BODY_TRUNCATED',
  'ERR_API_REQUEST_MALFORMED',
  'ERR_API_INTERNAL',
  'ERR_API_AUDIT_UNAVAILABLE',
];

/** Codes that every operation with `auth: 'session'` may answer with as well. */
export const SESSION_ERRORS: readonly string[] = [
  'ERR_API_AUTHENTICATION_REQUIRED',
  'ERR_API_AUTHORIZATION_MALFORMED',
  'ERR_API_SIGNATURE_ALGORITHM',
  'ERR_API_SIGNED_HEADERS',
  'ERR_API_DATE_SKEW',
  'ERR_API_CONTENT_DIGEST',
  'ERR_API_SIGNATURE_WRONG',
  'ERR_API_REPLAY',
  'ERR_API_SESSION_INVALID',
  'ERR_API_SESSION_EXPIRED',
  'ERR_API_SESSION_ADDRESS',
  'ERR_API_ACCESS_DENIED',
];

/** What {@link defineOperation} is given. */
export interface OperationDefinition<
  Name extends string,
  Req extends TObject,
  Res extends TObject,
  Body extends BodyKind,
> {
  readonly name: Name;
  /** `'1'` when left out. */
  readonly version?: string;
  /** `json` when left out. */
  readonly body?: Body;
  /** `session` when left out. */
  readonly auth?: 'none' | 'session';
  readonly permission?: string;
  readonly request: Req;
  readonly response: Res;
  readonly summary: string;
  readonly summaryZh: string;
  readonly clause: string;
  readonly errors?: readonly string[];
}

const NAME = /^[a-z][a-z0-9-]*(?:\.[a-z][a-z0-9-]*)*$/;
const SCALARS = new Set(['string', 'integer', 'boolean']);

/**
 * Declares an operation and checks that the declaration is complete: bounded schemas,
 * a permission wherever a session is needed, scalar parameters for streams.
 *
 * @throws RangeError when it is not (a programmer's mistake).
 */
export function defineOperation<
  const Name extends string,
  Req extends TObject,
  Res extends TObject,
  const Body extends BodyKind = 'json',
>(definition: OperationDefinition<Name, Req, Res, Body>): Operation<Name, Req, Res, Body> {
  const { name, permission, request, response } = definition;
  const version = definition.version ?? API_VERSION;
  const body = definition.body ?? ('json' as Body);
  const auth = definition.auth ?? 'session';
  const wrong = (reason: string) => new RangeError(`operation ${name}: ${reason}`);
  if (!NAME.test(name)) throw wrong('the name is not dotted lower-case words');
  if (!/^[1-9][0-9]*$/.test(version)) throw wrong('the version is not a major version number');
  if ((auth === 'session') !== (permission !== undefined)) {
    throw wrong('a permission goes with a session, and only with it');
  }
  const place = unboundedPlace(request) ?? unboundedPlace(response);
  if (place !== undefined) throw wrong(`the schema has no bound at ${place}`);
  if (body !== 'json') {
    for (const [parameter, schema] of Object.entries(request.properties)) {
      const { type, enum: words } = schema as { type?: string; enum?: readonly unknown[] };
      const scalar =
        type === undefined ? (words ?? [1]).every((word) => typeof word === 'string') : SCALARS.has(type);
      if (!scalar) throw wrong(`parameter ${parameter} of a stream is not text, integer or boolean`);
    }
  }
  const path = `/v${version}/${name.replaceAll('.', '/')}${body === 'json' ? '' : '/stream'}`;
  return {
    name,
    version,
    path,
    body,
    auth,
    ...(permission === undefined ? {} : { permission }),
    request,
    response,
    summary: definition.summary,
    summaryZh: definition.summaryZh,
    clause: definition.clause,
    errors: definition.errors ?? [],
  };
}
