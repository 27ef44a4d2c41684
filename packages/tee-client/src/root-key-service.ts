import { checkBytes, utf8 } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from './errors.ts';
import { unpackCertificates } from './spec/v1/certificate-list.ts';
import type { TeeClient, TeecContext, TeecSession } from './spec/v1/client.ts';
import { TeecError } from './spec/v1/error.ts';
import { EVIDENCE_FORMAT } from './spec/v1/evidence.ts';
import { outputBytes, type TeecOperation, type TeecParameter, teecParam } from './spec/v1/operation.ts';
import { TEEC_RESULTS, type TeecResultName } from './spec/v1/results.ts';
import {
  type Evidence,
  ROOT_KEY_COMMANDS,
  ROOT_KEY_LIMITS,
  ROOT_KEY_SERVICE_UUID,
  type RootKeyService,
} from './spec/v1/root-key-service.ts';

const MAC_BYTES = 32;
const REPORT_BYTES = 8_192;
const CERTIFICATES_BYTES = 4_096;
const MAX_ATTEMPTS = 3;
const MAX_ANSWER_BYTES = 65_536;

const badAnswer = (reason: string) =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_ANSWER_MALFORMED', { detail: `reason=${reason}` });

/** A copy of an output, so that the caller never shares memory with the call. */
function output(operation: TeecOperation, index: number): Uint8Array {
  const bytes = outputBytes(operation, index);
  if (bytes === undefined) throw badAnswer('output');
  return Uint8Array.from(bytes);
}

/** Opens the session when it is needed and again after the application died. */
class Sessions {
  readonly #context: TeecContext;
  #session: Promise<TeecSession> | undefined;

  constructor(context: TeecContext) {
    this.#context = context;
  }

  async #open(): Promise<TeecSession> {
    const session = await this.#context.openSession(ROOT_KEY_SERVICE_UUID);
    const info = await session.invokeCommand(ROOT_KEY_COMMANDS.GET_INFO, {
      params: [teecParam.valueOutput(), teecParam.valueOutput()],
    });
    const [version] = info.params;
    if (version === undefined || !('a' in version) || version.b !== 1) {
      await session.close();
      throw badAnswer('interface-version');
    }
    return session;
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

const isResult = (error: unknown, name: TeecResultName): error is TeecError =>
  error instanceof TeecError && error.result === TEEC_RESULTS[name];

/** The size an answer of SHORT_BUFFER asks for. */
function requiredSize(error: TeecError, index: number): number {
  const parameter = error.operation?.params[index];
  return parameter !== undefined && 'size' in parameter ? parameter.size : 0;
}

/** A copy, taken before the first await: the caller may reuse its buffer at once. */
const copyOf = (value: Uint8Array, name: string): Uint8Array =>
  Uint8Array.from(checkBytes(value, name, 0, Number.MAX_SAFE_INTEGER));

/**
 * Opens the root key service of a TEE, by GlobalPlatform calls only.
 *
 * When the trusted application dies, the call that was running is made once more on a new
 * session; that is safe because no command changes the application's state.
 *
 * @example
 * ```ts
 * const service = await openRootKeyService(tee);
 * const blob = await service.wrap(platformKey, utf8('platform-key/1'));
 * ```
 * @throws {@link TeecError} what the TEE refused with
 * @throws {@link SmError} ERR_TEE_ANSWER_MALFORMED when the application speaks another version
 * @group Root key service
 */
export async function openRootKeyService(client: TeeClient): Promise<RootKeyService> {
  const context = await client.initializeContext();
  const sessions = new Sessions(context);

  const invoke = async (command: number, params: () => readonly TeecParameter[]): Promise<TeecOperation> => {
    for (let attempt = 1; ; attempt++) {
      const opening = sessions.get();
      try {
        return await (await opening).invokeCommand(command, { params: params() });
      } catch (error) {
        if (!isResult(error, 'TARGET_DEAD')) throw error;
        sessions.drop(opening);
        if (attempt === 2) throw error;
      }
    }
  };

  try {
    await sessions.get();
  } catch (error) {
    await context.finalize();
    throw error;
  }

  const service: RootKeyService = {
    specVersion: '1',
    wrap: async (plaintext, aad) => {
      const input = copyOf(plaintext, 'plaintext');
      const data = copyOf(aad, 'aad');
      try {
        const answer = await invoke(ROOT_KEY_COMMANDS.WRAP, () => [
          teecParam.tempInput(input),
          teecParam.tempInput(data),
          teecParam.tempOutput(input.length + ROOT_KEY_LIMITS.wrapOverhead),
        ]);
        return output(answer, 2);
      } finally {
        input.fill(0);
      }
    },
    unwrap: async (blob, aad) => {
      const input = copyOf(blob, 'blob');
      const data = copyOf(aad, 'aad');
      const answer = await invoke(ROOT_KEY_COMMANDS.UNWRAP, () => [
        teecParam.tempInput(input),
        teecParam.tempInput(data),
        teecParam.tempOutput(input.length),
      ]);
      const plaintext = output(answer, 2);
      outputBytes(answer, 2)?.fill(0);
      return plaintext;
    },
    mac: async (label, data) => {
      const input = copyOf(data, 'data');
      const name = utf8(label);
      const answer = await invoke(ROOT_KEY_COMMANDS.MAC, () => [
        teecParam.tempInput(name),
        teecParam.tempInput(input),
        teecParam.tempOutput(MAC_BYTES),
      ]);
      const tag = output(answer, 2);
      if (tag.length !== MAC_BYTES) throw badAnswer('mac-length');
      return tag;
    },
    evidence: async (nonce, userData = new Uint8Array(0)): Promise<Evidence> => {
      const challenge = copyOf(nonce, 'nonce');
      const bound = copyOf(userData, 'userData');
      let sizes: readonly [number, number] = [REPORT_BYTES, CERTIFICATES_BYTES];
      for (let attempt = 1; ; attempt++) {
        try {
          const answer = await invoke(ROOT_KEY_COMMANDS.EVIDENCE, () => [
            teecParam.tempInput(challenge),
            teecParam.tempInput(bound),
            teecParam.tempOutput(sizes[0]),
            teecParam.tempOutput(sizes[1]),
          ]);
          return {
            format: EVIDENCE_FORMAT,
            report: output(answer, 2),
            certificates: unpackCertificates(output(answer, 3)),
          };
        } catch (error) {
          if (!isResult(error, 'SHORT_BUFFER') || attempt === MAX_ATTEMPTS) throw error;
          sizes = [
            Math.min(MAX_ANSWER_BYTES, Math.max(sizes[0], requiredSize(error, 2))),
            Math.min(MAX_ANSWER_BYTES, Math.max(sizes[1], requiredSize(error, 3))),
          ];
        }
      }
    },
    close: () => context.finalize(),
  };
  return service;
}
