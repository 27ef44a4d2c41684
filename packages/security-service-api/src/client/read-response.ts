import { equalBytes, fromHex, hmacSm3, parseJson, type Secret } from '@cssi/sm-core';
import type { TObject } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { SECURITY_SERVICE_ERRORS } from '../errors.ts';
import { type ErrorBody, errorBody } from '../spec/v1/errors.ts';
import type { Operation } from '../spec/v1/operation.ts';
import { HEADERS, responseMacInput } from '../spec/v1/request-signing.ts';
import type { ServiceResponse } from '../spec/v1/service.ts';
import { RemoteError } from './remote-error.ts';

const validators = new WeakMap<TObject, Validator>();

function validatorOf(schema: TObject): Validator {
  const known = validators.get(schema);
  if (known !== undefined) return known;
  const made = Compile(schema) as unknown as Validator;
  validators.set(schema, made);
  return made;
}

const invalid = (reason: string) =>
  SECURITY_SERVICE_ERRORS.create('ERR_API_RESPONSE_INVALID', { detail: `reason=${reason}` });

function parse(response: ServiceResponse, schema: TObject, maxBytes: number): unknown {
  if (!/^application\/json(?:;|$)/.test(response.headers[HEADERS.contentType] ?? ''))
    throw invalid('content-type');
  let value: unknown;
  try {
    value = parseJson(response.body, maxBytes);
  } catch {
    throw invalid('json');
  }
  // A later minor version may add members: those unknown here are dropped.
  const validator = validatorOf(schema);
  const known = typeof value === 'object' && value !== null ? validator.Clean(value) : value;
  if (!validator.Check(known)) throw invalid('schema');
  return known;
}

/** What an answer is checked with. */
export interface ExpectedAnswer {
  readonly operation: Operation;
  readonly maxBytes: number;
  /** Key and sequence number of a signed call. */
  readonly signed: { readonly key: Secret; readonly sequence: number } | undefined;
}

/**
 * The result in an answer.
 *
 * @throws {@link RemoteError} for a refusal of the service
 * @throws {@link SmError} ERR_API_RESPONSE_MAC, ERR_API_RESPONSE_INVALID
 */
export function readResponse(response: ServiceResponse, expected: ExpectedAnswer): unknown {
  const { operation, maxBytes, signed } = expected;
  const requestId = response.headers[HEADERS.requestId] ?? '';
  if (!/^[0-9a-f]{32}$/.test(requestId)) throw invalid('request-id');
  const mac = response.headers[HEADERS.responseMac];
  const authenticated = signed !== undefined && mac !== undefined;
  if (authenticated) {
    const right = hmacSm3(
      signed.key,
      responseMacInput(requestId, signed.sequence, response.status, response.body),
    );
    if (!/^[0-9a-f]{64}$/.test(mac) || !equalBytes(right, fromHex(mac))) {
      throw SECURITY_SERVICE_ERRORS.create('ERR_API_RESPONSE_MAC');
    }
  }
  if (response.status !== 200) {
    const body = parse(response, errorBody, maxBytes) as ErrorBody;
    if (response.status < 400 || body.requestId !== requestId || !/^[A-Z][A-Z0-9_]*$/.test(body.code)) {
      throw invalid('error-body');
    }
    throw new RemoteError(body, response.status, authenticated);
  }
  // Only a refusal may come without a MAC: a result never does.
  if (signed !== undefined && !authenticated) throw SECURITY_SERVICE_ERRORS.create('ERR_API_RESPONSE_MAC');
  if (operation.body === 'stream-out' || operation.body === 'stream-both') {
    if (response.headers[HEADERS.contentType] !== 'application/octet-stream') throw invalid('content-type');
    return response.body;
  }
  return parse(response, operation.response, maxBytes);
}
