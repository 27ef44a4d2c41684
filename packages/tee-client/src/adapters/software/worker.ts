/**
 * Entry point of a worker: one trusted application, started by the host and spoken to by
 * messages only. Messages come from the normal world and are checked like any outside data.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { SmError } from '@cssi/sm-core';
import { TEEC_CONFIG_PAYLOAD_REF_COUNT } from '../../spec/v1/constants.ts';
import { type BootEvent, replayEvents } from '../../spec/v1/evidence.ts';
import { TEEC_ORIGINS, TEEC_RESULTS } from '../../spec/v1/results.ts';
import { APPLICATIONS } from './applications.ts';
import { measureApplication } from './code-files.ts';
import type { HostMessage, HostRequest, WireParameter, WorkerMessage, WorkerStart } from './protocol.ts';
import { SealedStore } from './sealed-store.ts';
import {
  type CreateTrustedApplication,
  type TaCall,
  TaFailure,
  type TaParameter,
  type TrustedApplication,
} from './ta/trusted-application.ts';

const PANIC_EXIT_CODE = 70;
const MAX_SESSIONS = 1024;
const port = parentPort;

function post(message: WorkerMessage): void {
  const transfer =
    message.kind === 'answer'
      ? message.params.flatMap((p) =>
          'buffer' in p && p.buffer !== undefined ? [p.buffer.buffer as ArrayBuffer] : [],
        )
      : [];
  port?.postMessage(message, transfer);
}

/** Runs the application's entry points, one at a time. */
class Dispatcher {
  readonly #application: TrustedApplication;
  readonly #sessions = new Map<number, unknown>();
  #nextSession = 1;

  constructor(application: TrustedApplication) {
    this.#application = application;
  }

  answer(id: number, time: Date, request: HostRequest): WorkerMessage {
    const given = 'params' in request ? request.params : [];
    const params = Array.from({ length: TEEC_CONFIG_PAYLOAD_REF_COUNT }, (_, i) => toTaParameter(given[i]));
    const call: TaCall = { params, time };
    let result: number = TEEC_RESULTS.SUCCESS;
    let origin: number = TEEC_ORIGINS.TRUSTED_APP;
    let session: number | undefined;
    const refuse = (code: number): void => {
      result = code;
      origin = TEEC_ORIGINS.TEE;
    };
    try {
      if (request.kind === 'open') {
        if (this.#sessions.size >= MAX_SESSIONS) refuse(TEEC_RESULTS.BUSY);
        else {
          const state = this.#application.openSession(call);
          session = this.#nextSession++;
          this.#sessions.set(session, state);
        }
      } else if (!this.#sessions.has(request.session)) refuse(TEEC_RESULTS.BAD_STATE);
      else if (request.kind === 'invoke') {
        this.#application.invokeCommand(this.#sessions.get(request.session), request.commandId, call);
      } else {
        this.#application.closeSession(this.#sessions.get(request.session));
        this.#sessions.delete(request.session);
      }
    } catch (error) {
      if (!(error instanceof TaFailure)) throw error;
      result = error.result;
    }
    return {
      kind: 'answer',
      id,
      result,
      origin,
      ...(session === undefined ? {} : { session }),
      params: params.map(toWire),
    };
  }
}

function toTaParameter(parameter: WireParameter = { type: 0 }): TaParameter {
  switch (parameter.type) {
    case 0:
      return parameter;
    case 1:
    case 2:
    case 3:
      return { type: parameter.type, a: parameter.a >>> 0, b: parameter.b >>> 0 };
    default:
      return { type: parameter.type, buffer: parameter.buffer, size: parameter.size };
  }
}

function toWire(parameter: TaParameter) {
  if (!('buffer' in parameter)) return parameter;
  const { type, size, output } = parameter;
  return { type, size, ...(output === undefined ? {} : { buffer: output }) };
}

async function start({ uuid, folder, events, time }: WorkerStart): Promise<TrustedApplication> {
  const facts = APPLICATIONS.get(uuid);
  if (facts === undefined) throw new Error('unknown application');
  // Measured first, loaded second.
  const measured: BootEvent[] = [...events, measureApplication(facts.name)];
  const module = (await import(`./ta/${facts.name}/index.js`)) as {
    readonly createTrustedApplication: CreateTrustedApplication;
  };
  return module.createTrustedApplication({
    boot: { events: measured, register: replayEvents(measured) },
    store: new SealedStore(folder, { uuid, version: facts.version }),
    time: new Date(time),
  });
}

/** Ends the worker. Nothing about the cause leaves it: it could hold secrets. */
function die(): never {
  process.exit(PANIC_EXIT_CODE);
}

try {
  const application = await start(workerData as WorkerStart);
  const dispatcher = new Dispatcher(application);
  port?.on('message', (message: HostMessage) => {
    try {
      if ('shutdown' in message) {
        application.destroy();
        process.exit(0);
      }
      post(dispatcher.answer(message.id, new Date(message.time), message.request));
    } catch {
      die();
    }
  });
  post({ kind: 'ready', publicInfo: application.publicInfo });
} catch (error) {
  const coded = error instanceof SmError ? error : undefined;
  post({ kind: 'failed', code: coded?.code ?? 'ERR_TEE_START_FAILED', detail: coded?.detail });
}
