import { canonicalJson, type JsonValue, SmError } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../../errors.ts';
import { TeecError } from '../../../spec/v1/error.ts';
import { TeeError } from '../../../spec/v1/internal/error.ts';
import { TEEC_ORIGINS, TEEC_RESULTS } from '../../../spec/v1/results.ts';
import type { CreateDomainService, DomainAnswer, DomainRequest, DomainStart } from '../domain-protocol.ts';
import { BUILT_IN_APPLICATIONS } from '../images/index.ts';
import type { CoreDeps } from './boot.ts';
import { bootCore, type Core } from './core.ts';
import { nodeCoreFiles } from './core-files.ts';
import {
  bootInput,
  instanceInput,
  launchInput,
  migrationInput,
  rangeInput,
  timedInstanceInput,
  timeInput,
} from './core-inputs.ts';

const NO_PARTS: readonly Uint8Array[] = Object.freeze([]);
const NO_BYTES = new Uint8Array(0);

const answer = (parts: readonly Uint8Array[], error?: DomainAnswer['error']): DomainAnswer => ({
  result: error === undefined ? TEEC_RESULTS.SUCCESS : TEEC_RESULTS.GENERIC,
  origin: TEEC_ORIGINS.TEE,
  session: 0,
  value: 0,
  params: [],
  parts,
  error,
});

const jsonPart = (value: unknown): Uint8Array => canonicalJson(value as JsonValue);

/** Only what comes from outside or from the disk becomes an answer; a defect goes up and ends the domain. */
function refusal(error: unknown): DomainAnswer {
  // An answer of GlobalPlatform's own: the result says all.
  if (error instanceof TeecError) return { ...answer(NO_PARTS), result: error.result, origin: error.origin };
  if (error instanceof SmError) return answer(NO_PARTS, { code: error.code, detail: error.detail ?? '' });
  if (error instanceof TeeError) {
    return answer(NO_PARTS, { code: 'ERR_TEE_STORAGE', detail: `reason=${error.result.toString(16)}` });
  }
  throw error;
}

class CoreService {
  readonly #start: DomainStart;
  readonly #deps: CoreDeps;
  #core: Core | undefined;

  constructor(start: DomainStart, deps: CoreDeps) {
    this.#start = start;
    this.#deps = deps;
  }

  handle(request: DomainRequest): DomainAnswer {
    try {
      if (request.kind !== 'control') {
        throw TEE_CLIENT_ERRORS.create('ERR_TEE_ANSWER_MALFORMED', { detail: 'part=kind' });
      }
      return answer(this.#control(request.name, request.parts));
    } catch (error) {
      return refusal(error);
    }
  }

  destroy(): void {
    this.#core?.destroy();
    this.#core = undefined;
  }

  #live(): Core {
    if (this.#core === undefined) {
      throw TEE_CLIENT_ERRORS.create('ERR_TEE_START_FAILED', { detail: 'reason=not-booted' });
    }
    return this.#core;
  }

  #control(name: string, parts: readonly Uint8Array[]): readonly Uint8Array[] {
    switch (name) {
      case 'boot': {
        if (this.#core !== undefined) {
          throw TEE_CLIENT_ERRORS.create('ERR_TEE_START_FAILED', { detail: 'reason=booted' });
        }
        this.#core = bootCore(this.#start.tcbVersion, bootInput(parts[0]), this.#deps);
        return [this.#core.rootCertificate, jsonPart(this.#core.publicInfo())];
      }
      case 'launch': {
        const { uuid, time } = launchInput(parts[0]);
        const { info, grant, bundle } = this.#live().launch(uuid, time, parts[1] ?? NO_BYTES);
        return [jsonPart(info), grant, bundle];
      }
      case 'ta-request': {
        const { instance, time } = timedInstanceInput(parts[0]);
        return [this.#live().taRequest(instance, time, parts[1] ?? NO_BYTES)];
      }
      case 'connect': {
        const [from = '', to = ''] = instanceInput(parts[0], ['from', 'to']);
        return this.#live().connect(from, to);
      }
      case 'ended': {
        const [instance = ''] = instanceInput(parts[0], ['instance']);
        this.#live().ended(instance);
        return NO_PARTS;
      }
      case 'manage': {
        const time = timeInput(parts[2]);
        const { receipt, effect } = this.#live().manage(parts[0] ?? NO_BYTES, parts[1] ?? NO_BYTES, time);
        return [
          receipt,
          // `undefined` has no JSON form.
          jsonPart({
            stop: effect.stop,
            forget: effect.forget,
            ...(effect.personalise === undefined ? {} : { personalise: effect.personalise }),
          }),
        ];
      }
      case 'migrate': {
        const { time, ...step } = migrationInput(parts[0]);
        const { answer: state, message } = this.#live().migrate(step, parts[1] ?? NO_BYTES, time);
        return [jsonPart(state), message];
      }
      case 'snapshot':
        return [jsonPart(this.#live().snapshot())];
      case 'audit': {
        const { from, max } = rangeInput(parts[0]);
        return [jsonPart(this.#live().audit(from, max))];
      }
      default:
        throw TEE_CLIENT_ERRORS.create('ERR_TEE_ANSWER_MALFORMED', { detail: 'part=name' });
    }
  }
}

/** The core domain on files and built-in applications of the caller's. */
export const createCore = (start: DomainStart, deps: CoreDeps): ReturnType<CreateDomainService> =>
  new CoreService(start, deps);

/**
 * The core domain (核心域): holds the hardware-unique key, decides what may start and with which
 * keys, signs evidence and receipts, executes management commands and keeps the audit log. It asks
 * nothing of the host.
 */
export const createCoreDomain: CreateDomainService = (start) =>
  createCore(start, { files: nodeCoreFiles(start.folder), builtIns: BUILT_IN_APPLICATIONS });
