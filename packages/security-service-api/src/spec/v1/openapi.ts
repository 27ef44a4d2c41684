import type { ErrorTable } from '@cssi/sm-core';
import { errorBody, httpStatus } from './errors.ts';
import { CRITICAL_MEMBER, EXTENSION_PREFIX, MAX_CRITICAL, MAX_CRITICAL_NAME } from './extensions.ts';
import { COMMON_ERRORS, type Operation, SESSION_ERRORS } from './operation.ts';
import { HEADERS, REQUIRED_SIGNED_HEADERS } from './request-signing.ts';

/** Facts for the head of the document. */
export interface OpenApiInfo {
  readonly title: string;
  readonly version: string;
  readonly description?: string;
  /** Addresses the service is reached at, for example `https://localhost:8443`. */
  readonly servers?: readonly string[];
}

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type JsonObject = { [name: string]: Json };

const JSON_TYPE = 'application/json';
const STREAM_TYPE = 'application/octet-stream';

/** A plain copy: schema builders keep bookkeeping in hidden members. */
const plain = (schema: object): JsonObject => JSON.parse(JSON.stringify(schema)) as JsonObject;

const signingHeaders: Readonly<Record<string, { name: string; description: string; pattern: string }>> = {
  KmsDate: {
    name: HEADERS.date,
    description: 'Time of signing, UTC, within 300 seconds of the server clock',
    pattern: '^[0-9]{8}T[0-9]{6}Z$',
  },
  KmsNonce: {
    name: HEADERS.nonce,
    description: 'Sequence number in the session, from 1; accepted once, inside a window of 1024',
    pattern: '^[1-9][0-9]{0,15}$',
  },
  KmsContentSm3: {
    name: HEADERS.contentSm3,
    description: 'SM3 of the request body, lower-case hex',
    pattern: '^[0-9a-f]{64}$',
  },
  KmsSession: {
    name: HEADERS.session,
    description: 'Session token of session.open',
    pattern: '^[0-9a-f]{64}$',
  },
};

const reference = (kind: string, name: string): JsonObject => ({ $ref: `#/components/${kind}/${name}` });

function components(): JsonObject {
  const parameters = Object.entries(signingHeaders).map(([key, { name, description, pattern }]) => [
    key,
    { name, in: 'header', required: true, description, schema: { type: 'string', pattern } },
  ]);
  return {
    schemas: {
      ErrorBody: plain(errorBody),
      Critical: {
        type: 'array',
        minItems: 1,
        maxItems: MAX_CRITICAL,
        items: { type: 'string', maxLength: MAX_CRITICAL_NAME },
        description:
          'Names of members that the service must understand; otherwise it refuses with ERR_API_CRITICAL_UNKNOWN',
      },
    },
    parameters: Object.fromEntries(parameters) as JsonObject,
    headers: {
      KmsRequestId: {
        description: 'Id of the request; also in every error body and audit record',
        required: true,
        schema: { type: 'string', pattern: '^[0-9a-f]{32}$' },
      },
      KmsResponseMac: {
        description:
          'hex(HMAC-SM3(session key, "KMS1-RESPONSE-HMAC-SM3" LF request id LF sequence number LF status LF hex(SM3(body)))); present when the call was authenticated',
        required: false,
        schema: { type: 'string', pattern: '^[0-9a-f]{64}$' },
      },
    },
    securitySchemes: {
      kms1: {
        type: 'apiKey',
        in: 'header',
        name: 'authorization',
        description: `KMS1-HMAC-SM3 or KMS1-SM2-SM3 request signature over at least ${REQUIRED_SIGNED_HEADERS.join(', ')}`,
      },
    },
  };
}

function requestSchema(operation: Operation): JsonObject {
  const schema = plain(operation.request);
  return {
    ...schema,
    properties: { ...(schema.properties as JsonObject), [CRITICAL_MEMBER]: reference('schemas', 'Critical') },
    // The extension rule in schema form: x- members are open, all else is closed.
    patternProperties: { [`^${EXTENSION_PREFIX}`]: {} },
    additionalProperties: false,
  };
}

function errorResponses(operation: Operation, tables: readonly ErrorTable[]): JsonObject {
  const codes = [
    ...COMMON_ERRORS,
    ...(operation.auth === 'session' ? SESSION_ERRORS : []),
    ...operation.errors,
  ];
  const byStatus = new Map<string, string[]>();
  for (const code of new Set(codes)) {
    const table = tables.find((candidate) => Object.hasOwn(candidate, code));
    const status = table === undefined ? 'default' : String(httpStatus(code, table[code]!.category));
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  if (!byStatus.has('default')) byStatus.set('default', []);
  const headers = {
    [HEADERS.requestId]: reference('headers', 'KmsRequestId'),
    [HEADERS.responseMac]: reference('headers', 'KmsResponseMac'),
  };
  return Object.fromEntries(
    [...byStatus].map(([status, list]) => [
      status,
      {
        description: list.length === 0 ? 'Any other refusal' : list.join(', '),
        headers,
        content: { [JSON_TYPE]: { schema: reference('schemas', 'ErrorBody') } },
      },
    ]),
  );
}

function pathItem(operation: Operation, tables: readonly ErrorTable[]): JsonObject {
  const streamsIn = operation.body === 'stream-in' || operation.body === 'stream-both';
  const streamsOut = operation.body === 'stream-out' || operation.body === 'stream-both';
  const session = operation.auth === 'session';
  const parameters: Json[] = session
    ? Object.keys(signingHeaders).map((key) => reference('parameters', key))
    : [];
  const properties = operation.request.properties as Readonly<Record<string, object>>;
  if (operation.body !== 'json') {
    const required = new Set<string>(operation.request.required ?? []);
    for (const [name, schema] of Object.entries(properties)) {
      parameters.push({ name, in: 'query', required: required.has(name), schema: plain(schema) });
    }
  }
  const requestBody: JsonObject =
    operation.body === 'json'
      ? { required: true, content: { [JSON_TYPE]: { schema: requestSchema(operation) } } }
      : { required: streamsIn, content: { [STREAM_TYPE]: {} } };
  const answer: JsonObject = streamsOut
    ? { [STREAM_TYPE]: {} }
    : { [JSON_TYPE]: { schema: plain(operation.response) } };
  return {
    post: {
      operationId: operation.name,
      summary: operation.summary,
      description: `${operation.summaryZh}\n\nServes: ${operation.clause}`,
      tags: [operation.name.split('.')[0]!],
      ...(parameters.length === 0 ? {} : { parameters }),
      requestBody,
      responses: {
        200: {
          description: 'Done',
          headers: {
            [HEADERS.requestId]: reference('headers', 'KmsRequestId'),
            ...(session ? { [HEADERS.responseMac]: reference('headers', 'KmsResponseMac') } : {}),
          },
          content: answer,
        },
        ...errorResponses(operation, tables),
      },
      security: session ? [{ kms1: [] }] : [],
      ...(operation.permission === undefined ? {} : { 'x-permission': operation.permission }),
    },
  };
}

/**
 * The OpenAPI 3.1 description of `operations`, as a plain JSON value.
 *
 * @param errorTables - tables that say which HTTP status a code has; codes of other tables
 * are listed under `default`
 */
export function toOpenApi(
  operations: readonly Operation[],
  info: OpenApiInfo,
  errorTables: readonly ErrorTable[] = [],
): object {
  return {
    openapi: '3.1.0',
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    info: {
      title: info.title,
      version: info.version,
      ...(info.description === undefined ? {} : { description: info.description }),
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: (info.servers ?? ['https://localhost:8443']).map((url) => ({ url })),
    paths: Object.fromEntries(
      operations.map((operation) => [operation.path, pathItem(operation, errorTables)]),
    ),
    components: components(),
  };
}
