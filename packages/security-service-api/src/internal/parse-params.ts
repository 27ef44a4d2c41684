import type { TObject } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { SECURITY_SERVICE_ERRORS } from '../errors.ts';
import { applyExtensionRule, CRITICAL_MEMBER } from '../spec/v1/extensions.ts';
import type { Operation } from '../spec/v1/operation.ts';
import { decodeQuery } from '../spec/v1/query.ts';
import { parseBody } from './parse-body.ts';

/** An operation with its compiled schemas. */
export interface CompiledOperation {
  readonly operation: Operation;
  readonly known: ReadonlySet<string>;
  readonly request: Validator;
  readonly response: Validator;
}

const compile = (schema: TObject): Validator => Compile(schema) as unknown as Validator;

/** Compiles the schemas of an operation once. */
export function compileOperation(operation: Operation): CompiledOperation {
  return {
    operation,
    known: new Set(Object.keys(operation.request.properties)),
    request: compile(operation.request),
    response: compile(operation.response),
  };
}

const invalid = (detail: string) => SECURITY_SERVICE_ERRORS.create('ERR_API_PARAMETERS_INVALID', { detail });

/** The parameter names are those of the schema, never text of the caller. */
function placeOf(compiled: CompiledOperation, params: unknown): string {
  for (const { instancePath, keyword, params: facts } of compiled.request.Errors(params)) {
    const name = instancePath.split('/')[1] ?? '';
    if (compiled.known.has(name)) return `parameter=${name} rule=${keyword.replace('~', '')}`;
    if (keyword === 'required') {
      const missing = (facts as { requiredProperties?: readonly string[] }).requiredProperties?.[0];
      if (missing !== undefined && compiled.known.has(missing)) return `parameter=${missing} rule=required`;
    }
  }
  return 'reason=unknown-parameter';
}

function fromQuery(compiled: CompiledOperation, query: string): Readonly<Record<string, unknown>> {
  const texts = decodeQuery(query);
  if (texts === undefined) {
    throw SECURITY_SERVICE_ERRORS.create('ERR_API_REQUEST_MALFORMED', { detail: 'reason=query' });
  }
  const properties = compiled.operation.request.properties as Readonly<Record<string, { type?: string }>>;
  const params: [string, unknown][] = [];
  for (const [name, text] of texts) {
    if (!compiled.known.has(name)) {
      params.push([name, name === CRITICAL_MEMBER ? text.split(',') : text]);
      continue;
    }
    const type = properties[name]!.type;
    if (type === 'integer') {
      if (!/^(?:0|-?[1-9][0-9]{0,15})$/.test(text)) throw invalid(`parameter=${name} rule=type`);
      params.push([name, Number(text)]);
    } else if (type === 'boolean') {
      if (text !== 'true' && text !== 'false') throw invalid(`parameter=${name} rule=type`);
      params.push([name, text === 'true']);
    } else params.push([name, text]);
  }
  return Object.fromEntries(params);
}

/**
 * Parameters of a request, checked against the schema after the extension rule.
 *
 * @throws SmError ERR_API_JSON_MALFORMED, ERR_API_REQUEST_MALFORMED, ERR_API_PARAMETERS_INVALID, ERR_API_CRITICAL_UNKNOWN
 */
export function parseParams(
  compiled: CompiledOperation,
  query: string,
  body: Uint8Array,
  maxJsonBytes: number,
): unknown {
  const json = compiled.operation.body === 'json';
  if (json && query !== '') {
    throw SECURITY_SERVICE_ERRORS.create('ERR_API_REQUEST_MALFORMED', { detail: 'reason=query' });
  }
  const given = json ? parseBody(body, maxJsonBytes) : fromQuery(compiled, query);
  const outcome = applyExtensionRule(given, compiled.known);
  if (outcome.kind === 'critical-unknown') throw SECURITY_SERVICE_ERRORS.create('ERR_API_CRITICAL_UNKNOWN');
  if (outcome.kind === 'malformed') throw invalid('parameter=critical');
  if (!compiled.request.Check(outcome.params)) throw invalid(placeOf(compiled, outcome.params));
  return outcome.params;
}
