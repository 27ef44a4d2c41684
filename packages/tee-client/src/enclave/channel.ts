import { type Secret, SmError, utf8 } from '@cssi/sm-core';
import { broken } from '../channel/errors.ts';
import { ChannelInitiator } from '../channel/initiator.ts';
import type { SecureChannel } from '../channel/secure-channel.ts';
import { isU32, malformedAnswer } from '../client/answer.ts';
import { checkCancellation } from '../client/binding.ts';
import type { ModuleSession } from '../client/module-session.ts';
import { checkCommand } from '../client/open-session.ts';
import {
  ENCLAVE_CHANNEL_PROLOGUE,
  type EnclaveChannel,
  type EnclaveChannelCallOptions,
  type EnclaveChannelOptions,
} from '../spec/v1/channel.ts';
import { type ChannelAnswer, decodeChannelAnswer, encodeChannelRequest } from '../spec/v1/channel-codec.ts';
import { TEEC_CONFIG_PAYLOAD_REF_COUNT } from '../spec/v1/constants.ts';
import { TeecError, teecError } from '../spec/v1/error.ts';
import type { ModuleServiceAnswer, ModuleServiceRequest } from '../spec/v1/module.ts';
import { TEEC_ORIGINS, TEEC_RESULTS } from '../spec/v1/results.ts';
import type { TeecUuid } from '../spec/v1/uuid.ts';
import { badParameter, copyBytes } from './bytes.ts';

const DEFAULT_OUTPUT = 65_536;
/** What a sealed call is longer than its inputs, rounded up: both frames fit the module's memory. */
const OVERHEAD_BYTES = 128;

/** What a channel needs of its enclave. */
export interface ChannelSession {
  readonly session: ModuleSession;
  readonly application: TeecUuid;
  /** Most bytes of one block the module takes. */
  readonly max: number;
}

/**
 * Opens a channel into an application.
 *
 * @throws {@link SmError} ERR_TEE_CHANNEL, ERR_TEE_CHANNEL_REFUSED, ERR_TEE_OPTION_INVALID;
 * {@link TeecError} what the module refuses
 */
export async function openEnclaveChannel(
  host: ChannelSession,
  options: EnclaveChannelOptions,
): Promise<EnclaveChannel> {
  const { credential, appraise } = options ?? {};
  // By name: another kind would not be refused before the application had shown itself.
  if (credential?.kind !== 'key' || typeof appraise !== 'function') throw badParameter('options');
  const initiator = new ChannelInitiator({
    credential,
    accept: { evidence: (evidence, reportData) => appraise(evidence, reportData) },
    prologue: utf8(ENCLAVE_CHANNEL_PROLOGUE + host.application),
  });
  let id: number | undefined;
  let opened: SecureChannel | undefined;
  try {
    const answer = await ask(host.session, { service: 'channel-open', data: initiator.hello() });
    if (!isU32(answer.value)) throw malformedAnswer('value');
    id = answer.value;
    const { message, channel } = initiator.finish(onlyPart(answer.parts));
    opened = channel;
    const finished = await ask(host.session, { service: 'channel-finish', id, data: message });
    // Sealed by the application: it accepted this client, whatever the host says.
    if (channel.open(onlyPart(finished.parts)).length !== 0) throw broken('finish');
    return new ModuleEnclaveChannel(host, id, channel);
  } catch (error) {
    opened?.destroy();
    if (id !== undefined) await closeQuietly(host.session, id);
    throw error;
  } finally {
    initiator.destroy();
  }
}

/**
 * A service of the module. What the application says comes sealed: in the clear nobody speaks for it.
 *
 * @throws {@link SmError} ERR_TEE_CHANNEL for a result that claims to be the application's
 */
async function ask(
  session: ModuleSession,
  request: ModuleServiceRequest,
  signal?: AbortSignal,
): Promise<ModuleServiceAnswer> {
  try {
    return await session.service(request, signal);
  } catch (error) {
    const claimed = error instanceof TeecError && error.origin === TEEC_ORIGINS.TRUSTED_APP;
    throw claimed ? broken('origin', error) : error;
  }
}

function onlyPart(parts: readonly Uint8Array[]): Uint8Array {
  const [part] = parts;
  if (part === undefined || parts.length !== 1) throw malformedAnswer('parts');
  return part;
}

/** The other end forgets the channel; where it cannot be told, it forgets it with the session. */
async function closeQuietly(session: ModuleSession, id: number): Promise<void> {
  if (session.ended) return;
  try {
    await session.service({ service: 'channel-close', id });
  } catch (error) {
    if (!(error instanceof SmError)) throw error;
  }
}

class ModuleEnclaveChannel implements EnclaveChannel {
  readonly #host: ChannelSession;
  readonly #id: number;
  readonly #channel: SecureChannel;
  /** The end of the last call: an answer is taken only to the last question. */
  #last: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(host: ChannelSession, id: number, channel: SecureChannel) {
    this.#host = host;
    this.#id = id;
    this.#channel = channel;
  }

  #checkUsable(): void {
    if (this.#closing !== undefined) throw teecError('BAD_STATE', 'API', { detail: 'reason=channel-closed' });
    this.#host.session.checkUsable();
    if (this.#channel.dead) throw broken('dead');
  }

  async call(
    command: number,
    input: Uint8Array | readonly Uint8Array[],
    options: EnclaveChannelCallOptions = {},
  ): Promise<Uint8Array> {
    this.#checkUsable();
    checkCommand(command);
    const { signal, output = true } = options;
    if (signal !== undefined) checkCancellation(signal);
    const maxOutput = output ? this.#outputSize(options.maxOutput) : undefined;
    const inputs = this.#inputs(input, maxOutput === undefined ? 0 : 1);
    const request = encodeChannelRequest({ command, inputs, maxOutput });
    for (const copy of inputs) copy.fill(0);
    const turn = this.#last.then(() => this.#exchange(request, signal));
    this.#last = turn.catch(() => undefined);
    return outputOf(await turn, maxOutput);
  }

  #outputSize(asked: number | undefined): number {
    const most = this.#host.max - OVERHEAD_BYTES;
    const size = asked ?? Math.min(DEFAULT_OUTPUT, most);
    if (!isU32(size) || size > most) throw badParameter('maxOutput');
    return size;
  }

  #inputs(input: Uint8Array | readonly Uint8Array[], outputs: number): readonly Uint8Array[] {
    const given: readonly unknown[] = Array.isArray(input) ? input : [input];
    if (given.length + outputs > TEEC_CONFIG_PAYLOAD_REF_COUNT) throw badParameter('input');
    let room = this.#host.max - OVERHEAD_BYTES;
    return given.map((bytes) => {
      const copy = copyBytes(bytes as Uint8Array, 'input', room);
      room -= copy.length;
      return copy;
    });
  }

  /** Seals only now: frames go out in the order of their numbers. */
  async #exchange(request: Uint8Array, signal: AbortSignal | undefined): Promise<ChannelAnswer> {
    try {
      if (this.#channel.dead) throw broken('dead');
      if (signal?.aborted) throw teecError('CANCEL', 'API');
      const data = this.#channel.seal(request);
      const answer = await ask(this.#host.session, { service: 'channel-call', id: this.#id, data }, signal);
      const plain = this.#channel.open(onlyPart(answer.parts));
      const decoded = decodeChannelAnswer(plain);
      plain.fill(0);
      if (decoded === undefined) throw malformedAnswer('channel');
      return decoded;
    } catch (error) {
      this.#noteFailure(error);
      throw error;
    } finally {
      request.fill(0);
    }
  }

  /** What is not genuine came back, the other end has no such channel any more, or the application is gone. */
  #noteFailure(error: unknown): void {
    const { SECURITY, ITEM_NOT_FOUND, TARGET_DEAD, BAD_STATE } = TEEC_RESULTS;
    const ended: readonly number[] = [SECURITY, ITEM_NOT_FOUND, TARGET_DEAD, BAD_STATE];
    const gone = error instanceof TeecError && ended.includes(error.result);
    if (gone || (error instanceof SmError && error.code === 'ERR_TEE_CHANNEL')) this.#channel.destroy();
  }

  exportKey(label: Uint8Array, length: number): Secret {
    this.#checkUsable();
    return this.#channel.exportKey(label, length);
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  /** After the calls made before. */
  async #end(): Promise<void> {
    await this.#last;
    this.#channel.destroy();
    await closeQuietly(this.#host.session, this.#id);
  }
}

/** @throws {@link TeecError} what the application answered */
function outputOf(
  { result, origin, size, output }: ChannelAnswer,
  maxOutput: number | undefined,
): Uint8Array {
  if (result !== TEEC_RESULTS.SUCCESS) {
    const short = result === TEEC_RESULTS.SHORT_BUFFER && maxOutput !== undefined;
    throw new TeecError(result, origin, short ? { detail: `required=${size}` } : {});
  }
  if (output.length !== size || size > (maxOutput ?? 0)) throw malformedAnswer('memory');
  return output;
}
