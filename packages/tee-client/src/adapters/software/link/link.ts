import type { Tee } from '../../../spec/v1/internal/tee.ts';
import type { TeecUuid } from '../../../spec/v1/uuid.ts';
import type {
  DomainAnswer,
  DomainEvent,
  DomainMode,
  DomainRequest,
  DomainStart,
  RpcAnswer,
  RpcRequest,
} from '../domain-protocol.ts';
import { openInProcessLink } from './in-process-link.ts';
import { openProcessLink } from './process-link.ts';
import { openWorkerLink } from './worker-link.ts';

/**
 * Why a domain ended: `closed` (asked to), `hung` (a call took too long), `died` (crash, limit of
 * memory, end of its process), `malformed` (it sent what no domain sends), or what `kill` was given.
 */
export type ExitReason = 'closed' | 'hung' | 'died' | 'malformed' | (string & {});

/** What the host side answers and hears while a domain lives. */
export interface LinkHandlers {
  /**
   * The domain waits for the answer. A synchronous answer is the fast path; in mode in-process only
   * a synchronous answer is possible (a promise there answers NOT_SUPPORTED). `call` is the request
   * the domain works on, or undefined.
   */
  onRpc(request: RpcRequest, call: RunningCall): RpcAnswer | Promise<RpcAnswer>;
  onEvent(event: DomainEvent): void;
  /** Once, after the last answer was given. */
  onExit(reason: ExitReason): void;
}

/** The call a domain works on while it asks something of the host. */
export interface RunningCall {
  /** Aborted when the client asks for cancellation; undefined when it cannot. */
  readonly signal: AbortSignal | undefined;
  /** Milliseconds (`performance.now()`) at which the call is a hang. */
  readonly deadline: number;
}

/** How one call is made. */
export interface CallOptions {
  /** From its start in the domain; longer is a hang and kills the domain. */
  readonly timeoutMs: number;
  /** Aborted before the call starts: answer CANCEL; later the domain can see it. */
  readonly signal?: AbortSignal | undefined;
  /** Waits its turn even in a full queue: what, if it were lost, would stay open for ever. */
  readonly always?: boolean;
}

/** What the links need besides the start. */
export interface LinkOptions {
  /** Calls that may wait at a time; more answer BUSY. 256 when left out. */
  readonly maxPending?: number;
  /** Folders a child process may read: the package's code and its dependencies. Found when left out. */
  readonly codeFolders?: readonly string[];
  /** In-process only: wraps the API an application gets (planted faults). */
  readonly instrument?: ((tee: Tee, uuid: TeecUuid) => Tee) | undefined;
  /** In-process only: the REE clock. */
  readonly clock?: (() => number) | undefined;
  /** Milliseconds a domain has to come up; 30,000 when left out. */
  readonly startTimeoutMs?: number;
  /** Entry program instead of the package's own (tests of the links). */
  readonly entry?: string;
}

/** The host's end of a domain. Calls take effect in the order made. */
export interface DomainLink {
  /**
   * Never rejects: after death the answer is TARGET_DEAD, from a full queue BUSY, both with origin TEE.
   * Buffers in the request must not be changed before the answer.
   */
  call(request: DomainRequest, options: CallOptions): Promise<DomainAnswer>;
  /** In-process only: the same without a promise. */
  callSync?(request: DomainRequest): DomainAnswer;
  /** Ends the domain at once; waiting calls answer TARGET_DEAD. */
  kill(reason: ExitReason): void;
  /** Lets the running call end (within its time), has the domain zero its secrets, and ends it. */
  close(): Promise<void>;
  readonly dead: boolean;
  /** Calls that wait or run. */
  readonly pending: number;
  /** Of a child process, where the system tells. */
  residentBytes(): number | undefined;
}

/**
 * Opens a domain.
 *
 * @throws {@link SmError} ERR_TEE_START_FAILED, ERR_TEE_WORKER_MISSING
 */
export function openLink(
  mode: DomainMode,
  start: DomainStart,
  handlers: LinkHandlers,
  options: LinkOptions = {},
): Promise<DomainLink> {
  if (mode === 'process') return openProcessLink(start, handlers, options);
  if (mode === 'worker') return openWorkerLink(start, handlers, options);
  return openInProcessLink(start, handlers, options);
}
