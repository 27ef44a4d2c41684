import { TeecError, teecError } from '../spec/v1/error.ts';
import type {
  ModuleAnswer,
  ModuleParameter,
  ModuleServiceAnswer,
  ModuleServiceRequest,
  SecurityModule,
} from '../spec/v1/module.ts';
import { TEEC_ORIGINS, TEEC_RESULTS } from '../spec/v1/results.ts';
import { checkAnswer, malformedAnswer, moduleFailure } from './answer.ts';

/** One session of a module with its life: open, dead, closed. */
export class ModuleSession {
  readonly #module: SecurityModule;
  readonly #id: number;
  #dead = false;
  #closing: Promise<void> | undefined;

  constructor(module: SecurityModule, id: number) {
    this.#module = module;
    this.#id = id;
  }

  /** Closed or dead. */
  get ended(): boolean {
    return this.#dead || this.#closing !== undefined;
  }

  /** @throws {@link TeecError} BAD_STATE (origin API) when closed, TARGET_DEAD (origin TEE) when dead */
  checkUsable(): void {
    if (this.#closing !== undefined) throw teecError('BAD_STATE', 'API', { detail: 'reason=session-closed' });
    if (this.#dead) throw teecError('TARGET_DEAD', 'TEE', { detail: 'reason=session-dead' });
  }

  #note({ result, origin }: { readonly result: number; readonly origin: number }): void {
    // An application that passes TARGET_DEAD on (of one it calls) is itself alive.
    if (result === TEEC_RESULTS.TARGET_DEAD && origin !== TEEC_ORIGINS.TRUSTED_APP) this.#dead = true;
  }

  async invoke(
    commandId: number,
    params: readonly ModuleParameter[],
    cancellation?: AbortSignal,
  ): Promise<ModuleAnswer> {
    let answer: ModuleAnswer;
    try {
      answer = await (cancellation === undefined
        ? this.#module.invoke(this.#id, commandId, params)
        : this.#module.invoke(this.#id, commandId, params, { cancellation }));
    } catch (error) {
      throw moduleFailure(error);
    }
    checkAnswer(answer);
    if (!Array.isArray(answer.params)) throw malformedAnswer('parameters');
    this.#note(answer);
    return answer;
  }

  /** @throws {@link TeecError} what the module refused with */
  async service(request: ModuleServiceRequest, cancellation?: AbortSignal): Promise<ModuleServiceAnswer> {
    let answer: ModuleServiceAnswer;
    try {
      answer = await this.#module.service(this.#id, request, { cancellation });
    } catch (error) {
      throw moduleFailure(error);
    }
    checkAnswer(answer);
    this.#note(answer);
    if (answer.result !== TEEC_RESULTS.SUCCESS) {
      throw new TeecError(answer.result, answer.origin, { detail: `service=${request.service}` });
    }
    if (!Array.isArray(answer.parts) || answer.parts.some((part) => !(part instanceof Uint8Array))) {
      throw malformedAnswer('parts');
    }
    return answer;
  }

  /** Never fails; every call gives the same promise. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    try {
      await this.#module.closeSession(this.#id);
    } catch {
      // The module is gone, and its sessions with it.
    }
  }
}
