import { checkBytes } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from './errors.ts';
import type { TeeClient, TeecContext, TeecSession, TeecSessionOptions } from './spec/v1/client.ts';
import { TeecError } from './spec/v1/error.ts';
import { outputBytes, type TeecOperation, type TeecParameter, teecParam } from './spec/v1/operation.ts';
import { TEEC_RESULTS, type TeecResultName } from './spec/v1/results.ts';
import type { TeecUuid } from './spec/v1/uuid.ts';

const MAX_ATTEMPTS = 3;

/** An answer of a form no such application gives. */
export const badAnswer = (reason: string): Error =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_ANSWER_MALFORMED', { detail: `reason=${reason}` });

/** A copy of an output, so that the caller never shares memory with the call. */
export function output(operation: TeecOperation, index: number): Uint8Array {
  const bytes = outputBytes(operation, index);
  if (bytes === undefined) throw badAnswer('output');
  return Uint8Array.from(bytes);
}

/** Like {@link output}, for what is secret: the buffer of the call is zeroed. */
export function secretOutput(operation: TeecOperation, index: number): Uint8Array {
  const bytes = output(operation, index);
  outputBytes(operation, index)?.fill(0);
  return bytes;
}

/** A copy, taken before the first await: the caller may reuse its buffer at once. */
export const copyOf = (value: Uint8Array, name: string): Uint8Array =>
  Uint8Array.from(checkBytes(value, name, 0, Number.MAX_SAFE_INTEGER));

export const isResult = (error: unknown, name: TeecResultName): error is TeecError =>
  error instanceof TeecError && error.result === TEEC_RESULTS[name];

/** The size an answer of SHORT_BUFFER asks for. */
export function requiredSize(error: TeecError, index: number): number {
  const parameter = error.operation?.params[index];
  return parameter !== undefined && 'size' in parameter ? parameter.size : 0;
}

/** Opens a session when it is needed and again after the application died. */
export class Sessions {
  readonly #open: () => Promise<TeecSession>;
  #session: Promise<TeecSession> | undefined;

  constructor(open: () => Promise<TeecSession>) {
    this.#open = open;
  }

  get(): Promise<TeecSession> {
    if (this.#session === undefined) {
      const opening = this.#open();
      this.#session = opening;
      opening.catch(() => this.drop(opening));
    }
    return this.#session;
  }

  /** Forgets `session` unless another has taken its place. */
  drop(session: Promise<TeecSession>): void {
    if (this.#session === session) this.#session = undefined;
  }
}

/** How a client logs in. */
export type ServiceLogin = Pick<TeecSessionOptions, 'connectionMethod' | 'connectionData'>;

/** A client of one application: a context and a session that comes back after the application died. */
export class ServiceSession {
  readonly #context: TeecContext;
  readonly #sessions: Sessions;

  private constructor(context: TeecContext, uuid: TeecUuid, login: ServiceLogin) {
    this.#context = context;
    this.#sessions = new Sessions(() => context.openSession(uuid, login));
  }

  /** Opens the first session, so that what cannot work fails now. */
  static async open(client: TeeClient, uuid: TeecUuid, login: ServiceLogin): Promise<ServiceSession> {
    const context = await client.initializeContext();
    const service = new ServiceSession(context, uuid, login);
    try {
      await service.#sessions.get();
    } catch (error) {
      await context.finalize();
      throw error;
    }
    return service;
  }

  /** One call. Nothing is made twice: the command may have changed something before the application died. */
  async invoke(command: number, ...params: readonly TeecParameter[]): Promise<TeecOperation> {
    const opening = this.#sessions.get();
    try {
      return await (await opening).invokeCommand(command, { params });
    } catch (error) {
      if (isResult(error, 'TARGET_DEAD')) this.#sessions.drop(opening);
      throw error;
    }
  }

  /** A call whose last parameters are outputs; asked again with the sizes required, up to `max` bytes. */
  async ask(
    command: number,
    inputs: readonly Uint8Array[],
    sizes: readonly number[],
    max: number,
  ): Promise<readonly Uint8Array[]> {
    let room = sizes;
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await this.invoke(
          command,
          ...inputs.map((input) => teecParam.tempInput(input)),
          ...room.map((size) => teecParam.tempOutput(size)),
        );
        return room.map((_, i) => output(answer, inputs.length + i));
      } catch (error) {
        if (!isResult(error, 'SHORT_BUFFER') || attempt === MAX_ATTEMPTS) throw error;
        room = room.map((size, i) => Math.min(max, Math.max(size, requiredSize(error, inputs.length + i))));
      }
    }
  }

  close(): Promise<void> {
    return this.#context.finalize();
  }
}
