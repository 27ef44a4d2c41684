import { type Sm2KeyPair, sm2 } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../../errors.ts';
import type { ChannelCaller } from '../../../runtime/basics/services.ts';
import type { TEE_Identity } from '../../../spec/v1/internal/tee.ts';
import type { ModuleParameter } from '../../../spec/v1/module.ts';
import { TEEC_ORIGINS, TEEC_RESULTS } from '../../../spec/v1/results.ts';
import { openPersonalisation } from '../core/personalisation-box.ts';
import {
  type DomainAnswer,
  type DomainHost,
  type DomainRequest,
  type DomainService,
  type DomainStart,
  PERSONALISATION_LOGIN,
  PERSONALISE_COMMAND,
  type TaControl,
} from '../domain-protocol.ts';
import { plainAnswer } from '../link/codec.ts';
import type { IncomingChannel } from './channels.ts';
import { type ServiceSession, serve } from './client-services.ts';
import { control, jsonAnswer, partsAnswer } from './control-answer.ts';
import { measure } from './loaded-code.ts';
import { unchanged } from './parameters.ts';
import {
  type Running,
  selfCheck,
  startApplication,
  stopApplication,
  type TaDomainOptions,
} from './running.ts';
import type { SessionOwner } from './sessions.ts';
import { settleStore } from './settle-store.ts';

const LOGIN_TRUSTED_APP = 0xf0000000;
const NIL = '00000000-0000-0000-0000-000000000000';

const { ACCESS_DENIED, BAD_STATE, NOT_SUPPORTED, SUCCESS, TARGET_DEAD } = TEEC_RESULTS;
const { TEE } = TEEC_ORIGINS;

const refused = (result: number, asked: readonly ModuleParameter[] = []): DomainAnswer => ({
  ...plainAnswer(result, TEE),
  params: unchanged(asked),
});

/** The domain of one trusted application. */
export class TaDomain implements DomainService {
  readonly #start: DomainStart;
  readonly #host: DomainHost;
  readonly #options: TaDomainOptions;
  #ephemeral: Sm2KeyPair | undefined;
  #running: Running | undefined;

  constructor(start: DomainStart, host: DomainHost, options: TaDomainOptions) {
    this.#start = start;
    this.#host = host;
    this.#options = options;
  }

  get ended(): boolean {
    return this.#running?.sessions.ended === true;
  }

  handle(request: DomainRequest): DomainAnswer {
    if (request.kind === 'control') return control(() => this.#control(request.name, request.parts));
    const running = this.#running;
    if (running === undefined) return refused(BAD_STATE, 'params' in request ? request.params : []);
    if (request.kind === 'channel') {
      return running.channels.receive(request.channel, request.frame, (channel, inner) =>
        this.#fromPeer(running, channel, inner),
      );
    }
    if (request.kind === 'open') {
      // These belong to applications and to the core; no client of the host is one.
      const { login } = request.client;
      if (login === LOGIN_TRUSTED_APP || login === PERSONALISATION_LOGIN) {
        return this.#undeclared(`login=${login.toString(16)}`, request.params);
      }
      return this.#open(running, request.client, request.params, 'host');
    }
    if (request.kind === 'invoke') return this.#invoke(running, request, 'host');
    if (request.kind === 'close') {
      running.sessions.close(request.session, 'host');
      return plainAnswer(SUCCESS, TEE);
    }
    if (running.sessions.isDead(request.session)) return refused(TARGET_DEAD);
    const { session } = request;
    const blocks = running.sessions.blocks(session);
    const channels = running.sessions.channels(session);
    if (blocks === undefined || channels === undefined) return refused(BAD_STATE);
    const invoke: ServiceSession['invoke'] = (commandId, params, channel) =>
      this.#invoke(running, { kind: 'invoke', session, commandId, params }, 'host', channel);
    return serve({ ...running, host: this.#host }, { blocks, channels, invoke }, request.request);
  }

  #fromPeer(running: Running, channel: IncomingChannel, request: DomainRequest): DomainAnswer {
    switch (request.kind) {
      case 'open':
        return this.#open(running, channel.peer, request.params, channel);
      case 'invoke':
        return this.#invoke(running, request, channel);
      case 'close':
        running.sessions.close(request.session, channel);
        return plainAnswer(SUCCESS, TEE);
      default:
        return plainAnswer(TEEC_RESULTS.BAD_FORMAT, TEE);
    }
  }

  #undeclared(detail: string, asked: readonly ModuleParameter[]): DomainAnswer {
    this.#host.event({ kind: 'undeclared-call', detail });
    return refused(ACCESS_DENIED, asked);
  }

  #open(
    running: Running,
    client: TEE_Identity,
    asked: readonly ModuleParameter[],
    owner: SessionOwner,
  ): DomainAnswer {
    const { logins, callers } = running.manifest;
    if (logins !== null && !logins.includes(client.login)) {
      return this.#undeclared(`login=${client.login.toString(16)}`, asked);
    }
    if (client.login === LOGIN_TRUSTED_APP && callers !== null && !callers.includes(client.uuid)) {
      return this.#undeclared(`caller=${client.uuid}`, asked);
    }
    const identity = Object.freeze({ login: client.login, uuid: client.uuid });
    return running.sessions.open(identity, asked, owner);
  }

  #invoke(
    running: Running,
    request: Extract<DomainRequest, { kind: 'invoke' }>,
    owner: SessionOwner,
    channel?: ChannelCaller,
  ): DomainAnswer {
    const { session, commandId, params } = request;
    const { commands } = running;
    if (commandId === PERSONALISE_COMMAND || (commands !== undefined && !commands.has(commandId))) {
      return this.#undeclared(`command=${commandId}`, params);
    }
    return running.sessions.invoke(session, commandId, params, owner, channel);
  }

  #control(name: string, parts: readonly Uint8Array[]): DomainAnswer {
    const part = (index: number): Uint8Array => parts[index] ?? new Uint8Array(0);
    if (name === ('hello' satisfies TaControl)) return this.#hello();
    if (name === ('start' satisfies TaControl)) return this.#launch(part(0), part(1), part(2));
    if (name === ('settle-store' satisfies TaControl)) return this.#settle(part(0));
    const running = this.#running;
    if (running === undefined) return plainAnswer(BAD_STATE, TEE);
    switch (name as Exclude<TaControl, 'hello' | 'start' | 'settle-store'>) {
      case 'ticket':
        return running.channels.accept(channelOf(part(0)), part(1));
      case 'drop-channel':
        running.channels.drop(channelOf(part(0)));
        return plainAnswer(SUCCESS, TEE);
      case 'stats':
        return jsonAnswer(statsOf(running));
      case 'self-check':
        selfCheck(running, this.#options.realm);
        return plainAnswer(SUCCESS, TEE);
      case 'personalise':
        return personalise(running, part(0));
      default:
        return plainAnswer(NOT_SUPPORTED, TEE);
    }
  }

  /** A fresh key for each question: a grant opens only with the last. */
  #hello(): DomainAnswer {
    this.#ephemeral?.privateKey.destroy();
    this.#ephemeral = sm2.generateKeyPair();
    return partsAnswer(this.#ephemeral.publicKey);
  }

  /** Of a domain that is there for nothing else. */
  #settle(sealedGrant: Uint8Array): DomainAnswer {
    const pair = this.#ephemeral;
    if (pair === undefined || this.#running !== undefined) return plainAnswer(BAD_STATE, TEE);
    this.#ephemeral = undefined;
    try {
      return partsAnswer(settleStore(pair, this.#start, sealedGrant));
    } finally {
      pair.privateKey.destroy();
    }
  }

  #launch(sealedGrant: Uint8Array, bundle: Uint8Array, image: Uint8Array): DomainAnswer {
    const pair = this.#ephemeral;
    if (pair === undefined || this.#running !== undefined) return plainAnswer(BAD_STATE, TEE);
    this.#ephemeral = undefined;
    this.#running = startApplication(pair, {
      start: this.#start,
      host: this.#host,
      options: this.#options,
      sealedGrant,
      bundle,
      image: new TextDecoder().decode(image),
    });
    return jsonAnswer({ measurement: measure(this.#running.code) });
  }

  destroy(): void {
    this.#ephemeral?.privateKey.destroy();
    const running = this.#running;
    this.#running = undefined;
    if (running === undefined) return;
    stopApplication(running);
  }
}

const statsOf = ({ memory, store, sessions }: Running) => ({
  memory: { used: memory.used, peak: memory.peak, quota: memory.quota },
  storage: { used: store.usage.used, quota: store.usage.quota },
  sessions: sessions.count,
});

function channelOf(part: Uint8Array): number {
  if (part.length !== 4) throw TEE_CLIENT_ERRORS.create('ERR_TEE_CHANNEL', { detail: 'reason=number' });
  return new DataView(part.buffer, part.byteOffset, 4).getUint32(0);
}

/** Hands the security domain's data to the application, in a session no client can open. */
function personalise(running: Running, box: Uint8Array): DomainAnswer {
  const data = openPersonalisation(running.seed, running.manifest.uuid, box);
  try {
    const client = Object.freeze({ login: PERSONALISATION_LOGIN, uuid: NIL });
    const opened = running.sessions.open(client, [], 'host');
    if (opened.result !== SUCCESS) return opened;
    const params = [{ type: 5 as const, size: data.length, buffer: data }];
    const answer = running.sessions.invoke(opened.session, PERSONALISE_COMMAND, params, 'host');
    running.sessions.close(opened.session, 'host');
    return { ...answer, params: [] };
  } finally {
    data.fill(0);
  }
}
