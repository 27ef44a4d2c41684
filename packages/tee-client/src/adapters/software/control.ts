import { canonicalJson, type JsonValue, parseJson, SmError } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS, type TeeClientErrorCode } from '../../errors.ts';
import { TeecError } from '../../spec/v1/error.ts';
import { TEEC_ORIGINS, TEEC_RESULTS, type TeecResultName } from '../../spec/v1/results.ts';
import type { CoreControl, DomainAnswer, DomainRequest, RpcAnswer, TaControl } from './domain-protocol.ts';
import { type Flow, wait } from './flow.ts';
import type { DomainLink } from './link/link.ts';

const MAX_JSON = 8 << 20;
const MAX_DETAIL = 256;

/** Canonical JSON of a control request's part. */
export const jsonPart = (value: JsonValue): Uint8Array => canonicalJson(value);

/** A part of an answer that has to be there. */
export function part(parts: readonly Uint8Array[], index: number): Uint8Array {
  const found = parts[index];
  if (found === undefined) throw TEE_CLIENT_ERRORS.create('ERR_TEE_ANSWER_MALFORMED');
  return found;
}

/** JSON of a part; its shape is the caller's to check where the domain is not the core. */
export function readJson<T>(parts: readonly Uint8Array[], index: number): T {
  try {
    return parseJson(part(parts, index), MAX_JSON) as T;
  } catch (cause) {
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_ANSWER_MALFORMED', { cause });
  }
}

/** A number as four bytes, big-endian. */
export function u32Part(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** Sends one request, without a promise where the domain is in the calling process. */
export function send(link: DomainLink, request: DomainRequest, timeoutMs: number, signal?: AbortSignal) {
  if (link.callSync !== undefined) return link.callSync(request);
  // Control requests are the host's own, and as many as there are applications and channels.
  return link.call(request, { timeoutMs, signal, always: request.kind === 'control' });
}

/** The parts of a control answer, or the error it carries. */
export function settle(answer: DomainAnswer): readonly Uint8Array[] {
  if (answer.error !== undefined) {
    const { code, detail } = answer.error;
    const known: TeeClientErrorCode = Object.hasOwn(TEE_CLIENT_ERRORS.table, code)
      ? (code as TeeClientErrorCode)
      : 'ERR_TEE_START_FAILED';
    const text = known === code ? detail : `code=${code}`;
    throw TEE_CLIENT_ERRORS.create(known, text === '' ? {} : { detail: text.slice(0, MAX_DETAIL) });
  }
  if (answer.result !== TEEC_RESULTS.SUCCESS) throw new TeecError(answer.result, answer.origin);
  return answer.parts;
}

/**
 * A control request and its answer.
 *
 * @throws {@link SmError} the error the domain answered with; {@link TeecError} TARGET_DEAD when it is gone
 */
export function* control(
  link: DomainLink,
  name: TaControl | CoreControl,
  parts: readonly Uint8Array[],
  timeoutMs: number,
): Flow<readonly Uint8Array[]> {
  return settle(yield* wait(send(link, { kind: 'control', name, parts }, timeoutMs)));
}

const NO_PARTS: readonly Uint8Array[] = Object.freeze([]);

/** A successful answer to a domain's question. */
export const granted = (value = 0, parts: readonly Uint8Array[] = NO_PARTS): RpcAnswer => ({
  result: TEEC_RESULTS.SUCCESS,
  origin: TEEC_ORIGINS.TEE,
  value,
  parts,
});

/** A refusal. */
export const refused = (
  name: Exclude<TeecResultName, 'SUCCESS'> | number,
  origin: keyof typeof TEEC_ORIGINS | number = 'TEE',
): RpcAnswer => ({
  result: typeof name === 'number' ? name : TEEC_RESULTS[name],
  origin: typeof origin === 'number' ? origin : TEEC_ORIGINS[origin],
  value: 0,
  parts: NO_PARTS,
});

/** GlobalPlatform's result for a launch or a request that ended with an error of this package. */
export function resultOf(error: unknown): { readonly result: number; readonly origin: number } {
  if (error instanceof TeecError) return error;
  const origin = TEEC_ORIGINS.TEE;
  if (!(error instanceof SmError)) return { result: TEEC_RESULTS.TARGET_DEAD, origin };
  switch (error.code) {
    case 'ERR_TEE_LAUNCH_REFUSED':
    case 'ERR_TEE_TCB_OUTDATED':
      return { result: TEEC_RESULTS.ACCESS_DENIED, origin };
    case 'ERR_TEE_START_FAILED':
    case 'ERR_TEE_ANSWER_MALFORMED':
      return { result: TEEC_RESULTS.TARGET_DEAD, origin };
    case 'ERR_TEE_STORAGE':
      return { result: TEEC_RESULTS.STORAGE_NOT_AVAILABLE, origin };
    default:
      // Code, signature, version, sealed state: something is not what it was.
      return { result: TEEC_RESULTS.SECURITY, origin };
  }
}

/** Code of an error for an event's detail. */
export const codeOf = (error: unknown): string => (error instanceof SmError ? error.code : 'unknown');
