import type { BootLog } from '../../../spec/v1/evidence.ts';
import { TEEC_RESULTS, type TeecResultName } from '../../../spec/v1/results.ts';
import type { SealedStore } from '../sealed-store.ts';

/** A memory parameter as the application sees it; `buffer` is its own copy of the input. */
export interface TaMemory {
  readonly type: 5 | 6 | 7;
  readonly buffer: Uint8Array;
  /** Bytes the caller offers; after the call, bytes written or required. */
  size: number;
  output?: Uint8Array;
}

/** A value parameter as the application sees it. */
export interface TaValue {
  readonly type: 1 | 2 | 3;
  a: number;
  b: number;
}

/** One of the four parameters an entry point gets (TEE_Param with its type). */
export type TaParameter = { readonly type: 0 } | TaValue | TaMemory;

/** What an entry point may know of its call. */
export interface TaCall {
  readonly params: readonly TaParameter[];
  /** Time of the host (REE time). It is not trusted. */
  readonly time: Date;
}

/** What an application gets when it is created. */
export interface TaEnvironment {
  readonly boot: BootLog;
  readonly store: SealedStore;
  readonly time: Date;
}

/**
 * A trusted application (TA, 可信应用) of the software TEE: the entry points of the TEE Internal
 * Core API. They run one at a time. A {@link TaFailure} is an answer; anything else thrown is a
 * panic and ends the application.
 *
 * @standard GPD_SPE_010 v1.3.1 §4.3
 */
export interface TrustedApplication<Session = unknown> {
  /** What the host may show without a session, for example certificates. */
  readonly publicInfo: Readonly<Record<string, Uint8Array>>;
  openSession(call: TaCall): Session;
  closeSession(session: Session): void;
  invokeCommand(session: Session, commandId: number, call: TaCall): void;
  /** Zeroes the application's secrets. */
  destroy(): void;
}

/** The module of a trusted application exports this as `createTrustedApplication`. */
export type CreateTrustedApplication = (environment: TaEnvironment) => Promise<TrustedApplication>;

/** A result other than TEE_SUCCESS. */
export class TaFailure extends Error {
  override readonly name = 'TaFailure';
  readonly result: number;

  constructor(result: Exclude<TeecResultName, 'SUCCESS'>) {
    super(result);
    this.result = TEEC_RESULTS[result];
  }
}

/** Refuses parameters of other types than the command takes. */
export function expectTypes(call: TaCall, ...types: readonly number[]): void {
  for (let i = 0; i < 4; i++) {
    if ((call.params[i]?.type ?? 0) !== (types[i] ?? 0)) throw new TaFailure('BAD_PARAMETERS');
  }
}

/** The value parameter at `index`. */
export function valueAt(call: TaCall, index: number): TaValue {
  const parameter = call.params[index];
  if (parameter === undefined || !('a' in parameter)) throw new TaFailure('BAD_PARAMETERS');
  return parameter;
}

/** The memory parameter at `index`. */
export function memoryAt(call: TaCall, index: number): TaMemory {
  const parameter = call.params[index];
  if (parameter === undefined || !('buffer' in parameter)) throw new TaFailure('BAD_PARAMETERS');
  return parameter;
}

/**
 * Gives outputs, or reports the required sizes of all of them when one does not fit.
 *
 * @standard GPD_SPE_010 v1.3.1 §3.4.4 (buffers that may be too short)
 */
export function writeOutputs(...outputs: readonly (readonly [TaMemory, Uint8Array])[]): void {
  const short = outputs.some(([memory, bytes]) => bytes.length > memory.size);
  for (const [memory, bytes] of outputs) {
    memory.size = bytes.length;
    // A copy: its buffer is transferred to the host, and the application may zero its own.
    if (!short) memory.output = bytes.slice();
  }
  if (short) throw new TaFailure('SHORT_BUFFER');
}
