import { TeeError } from '../../spec/v1/internal/error.ts';
import type {
  TEE_MemrefParam,
  TEE_Param,
  TEE_Params,
  TEE_TASessionHandle,
  TEE_ValueParam,
  TeeInternalClient,
} from '../../spec/v1/internal/tee.ts';
import type { ModuleParameter } from '../../spec/v1/module.ts';
import { TEEC_ORIGINS, TEEC_RESULTS } from '../../spec/v1/results.ts';
import { normalizeUuid, type TeecUuid } from '../../spec/v1/uuid.ts';
import { genuineBytes } from '../boundary.ts';
import { PANIC_BAD_PARAMETERS, type RuntimeContext } from '../context.ts';
import { text, u32 } from './inputs.ts';
import type { PeerAnswer, PeerChannel, RuntimeServices } from './services.ts';

const PARAMS = 4;
/** Sessions an instance may have open with others. */
const MAX_SESSIONS = 64;
const NO_BYTES = new Uint8Array(0);

interface PeerSession {
  readonly channel: PeerChannel;
  readonly session: number;
}

/** The group and the end of it. */
export interface InternalClientGroup {
  readonly api: TeeInternalClient;
  closeAll(): void;
}

/** Calls to other trusted applications. @standard GPD_SPE_010 v1.3.1 §4.9 */
export function createInternalClient(
  context: RuntimeContext,
  services: RuntimeServices,
): InternalClientGroup {
  const sessions = new Map<unknown, PeerSession>();

  const api: TeeInternalClient = {
    TEE_OpenTASession(destination, timeout, params) {
      const name = 'TEE_OpenTASession';
      const uuid = uuidOf(context, name, destination);
      const wait = u32(context, name, timeout);
      const { sent, buffers } = outgoing(context, name, params);
      if (sessions.size >= MAX_SESSIONS) throw new TeeError('OUT_OF_MEMORY', { origin: TEEC_ORIGINS.API });
      const connected = services.connect(uuid, wait);
      if (!('channel' in connected)) throw failure(connected);
      const answer = connected.channel.open(wait, sent);
      const handle: TEE_TASessionHandle = Object.freeze({ kind: 'session' });
      // Before anything of the application's is written to: a setter that throws must not lose the session.
      if (answer.result === TEEC_RESULTS.SUCCESS) {
        sessions.set(handle, { channel: connected.channel, session: answer.session });
      } else connected.channel.close(0);
      receive(params, sent, buffers, answer);
      if (answer.result !== TEEC_RESULTS.SUCCESS) throw failure(answer);
      return handle;
    },
    TEE_CloseTASession(session) {
      if (session === null || session === undefined) return;
      const { channel, session: number } = sessionOf('TEE_CloseTASession', session);
      sessions.delete(session);
      channel.close(number);
    },
    TEE_InvokeTACommand(session, timeout, commandID, params) {
      const name = 'TEE_InvokeTACommand';
      const { channel, session: number } = sessionOf(name, session);
      const wait = u32(context, name, timeout);
      const command = u32(context, name, commandID);
      const { sent, buffers } = outgoing(context, name, params);
      const answer = channel.invoke(number, wait, command, sent);
      receive(params, sent, buffers, answer);
      if (answer.result !== TEEC_RESULTS.SUCCESS) throw failure(answer);
    },
  };
  const sessionOf = (name: string, handle: unknown): PeerSession =>
    sessions.get(handle) ?? context.panic(PANIC_BAD_PARAMETERS, `${name}: not an open session`);
  return {
    api,
    closeAll(): void {
      for (const { channel, session } of sessions.values()) channel.close(session);
      sessions.clear();
    },
  };
}

const failure = ({ result, origin }: { readonly result: number; readonly origin: number }): TeeError =>
  new TeeError(result, { origin });

function uuidOf(context: RuntimeContext, name: string, value: unknown): TeecUuid {
  const written = text(context, name, value);
  try {
    return normalizeUuid(written);
  } catch {
    return context.panic(PANIC_BAD_PARAMETERS, `${name}: not a UUID`);
  }
}

/** The application's parameters, each read once; outputs travel as their size. */
function outgoing(
  context: RuntimeContext,
  name: string,
  params: TEE_Params,
): { readonly sent: readonly ModuleParameter[]; readonly buffers: readonly (Uint8Array | undefined)[] } {
  if (!Array.isArray(params) || params.length > PARAMS) {
    return context.panic(PANIC_BAD_PARAMETERS, `${name}: parameters`);
  }
  const sent: ModuleParameter[] = [];
  const buffers: (Uint8Array | undefined)[] = [];
  for (let i = 0; i < params.length; i++) {
    const parameter = params[i] as TEE_Param | undefined;
    const type = parameter?.type ?? 0;
    if (parameter === undefined || type === 0) sent.push({ type: 0 });
    else if (type === 1 || type === 2 || type === 3) {
      const { a, b } = parameter as TEE_ValueParam;
      sent.push(
        type === 2 ? { type, a: 0, b: 0 } : { type, a: u32(context, name, a), b: u32(context, name, b) },
      );
    } else if (type === 5 || type === 6 || type === 7) {
      const memory = parameter as TEE_MemrefParam;
      const buffer =
        genuineBytes(memory.buffer) ?? context.panic(PANIC_BAD_PARAMETERS, `${name}: not a Uint8Array`);
      buffers[i] = buffer;
      const size = u32(context, name, memory.size);
      if (size > buffer.length) return context.panic(PANIC_BAD_PARAMETERS, `${name}: beyond the buffer`);
      sent.push({ type, size, buffer: type === 6 ? NO_BYTES : Uint8Array.from(buffer.subarray(0, size)) });
    } else return context.panic(PANIC_BAD_PARAMETERS, `${name}: type of a parameter`);
  }
  return { sent, buffers };
}

/** Writes the answer into the application's parameters, never more than they offered. */
function receive(
  params: TEE_Params,
  sent: readonly ModuleParameter[],
  buffers: readonly (Uint8Array | undefined)[],
  answer: PeerAnswer,
): void {
  const { result } = answer;
  if (result !== TEEC_RESULTS.SUCCESS && result !== TEEC_RESULTS.SHORT_BUFFER) return;
  for (let i = 0; i < sent.length; i++) {
    const asked = sent[i] as ModuleParameter;
    const given = answer.params[i];
    const target = params[i];
    if (given === undefined || target === undefined || given.type !== asked.type) continue;
    if ('a' in given && given.type !== 1) {
      if (result !== TEEC_RESULTS.SUCCESS) continue;
      (target as TEE_ValueParam).a = given.a;
      (target as TEE_ValueParam).b = given.b;
    } else if ('size' in given && given.type !== 5) {
      const { size } = asked as { readonly size: number };
      if (given.buffer.length <= size) buffers[i]?.set(given.buffer);
      (target as TEE_MemrefParam).size = given.size;
    }
  }
}
