import { concatBytes, sm3, utf8 } from '@cssi/sm-core';
import { ChannelResponder } from '../../src/channel/responder.ts';
import type { SecureChannel } from '../../src/channel/secure-channel.ts';
import { ENCLAVE_CHANNEL_PROLOGUE } from '../../src/spec/v1/channel.ts';
import {
  type ChannelAnswer,
  type ChannelRequest,
  decodeChannelRequest,
  encodeChannelAnswer,
} from '../../src/spec/v1/channel-codec.ts';
import { CONFORMANCE_TAS } from '../../src/spec/v1/conformance-ta.ts';
import type { ModuleServiceRequest } from '../../src/spec/v1/module.ts';
import { TEEC_RESULTS } from '../../src/spec/v1/results.ts';

/** What can be wrong with channels. */
export type ChannelFault =
  | 'channel-any-session'
  | 'channel-application-unbound'
  | 'channel-ends-at-nonsense'
  | 'channel-evidence-fixed'
  | 'channel-one-only'
  | 'channel-peer-unknown';

export type ChannelService = ModuleServiceRequest & { readonly service: `channel-${string}` };
type Failure = Exclude<keyof typeof TEEC_RESULTS, 'SUCCESS'>;

/** What a session of the memory module gives a channel. */
export interface ChannelHost {
  readonly session: object;
  readonly uuid: string;
  has(fault: ChannelFault): boolean;
  refusal(result: Failure): Error;
  /** Runs a call; `peer` is SM3 of the key at the other end. */
  invoke(request: ChannelRequest, peer: Uint8Array | undefined): Promise<ChannelAnswer>;
}

interface Entry {
  readonly session: object;
  readonly responder: ChannelResponder;
  channel?: SecureChannel;
  peer?: Uint8Array;
}

/** The channels of a memory module, by the interface alone. */
export class MemoryChannels {
  readonly #entries = new Map<number, Entry>();
  #next = 1;

  async serve(
    host: ChannelHost,
    request: ChannelService,
  ): Promise<{ readonly value?: number; readonly parts?: readonly Uint8Array[] }> {
    if (request.service === 'channel-open') return this.#open(host, request.data);
    const { id } = request;
    const entry = this.#entries.get(id);
    const known = entry !== undefined && (entry.session === host.session || host.has('channel-any-session'));
    if (request.service === 'channel-close') {
      if (known) this.#entries.delete(id);
      return {};
    }
    if (!known) throw host.refusal('ITEM_NOT_FOUND');
    if (request.service === 'channel-finish') {
      if (entry.channel !== undefined) throw host.refusal('BAD_STATE');
      const { channel, peer } = this.#guarded(host, id, () => entry.responder.accept(request.data));
      entry.channel = channel;
      entry.peer = sm3(peer.publicKey as Uint8Array);
      return { parts: [channel.seal(new Uint8Array(0))] };
    }
    const { channel } = entry;
    if (channel === undefined) throw host.refusal('BAD_STATE');
    const call = decodeChannelRequest(this.#guarded(host, id, () => channel.open(request.data)));
    if (call === undefined && host.has('channel-ends-at-nonsense')) {
      this.#entries.delete(id);
      throw host.refusal('SECURITY');
    }
    const peer = host.has('channel-peer-unknown') ? undefined : entry.peer;
    const bad = { result: TEEC_RESULTS.BAD_FORMAT, origin: 3, size: 0, output: new Uint8Array(0) };
    const answer = call === undefined ? bad : await host.invoke(call, peer);
    return { parts: [channel.seal(encodeChannelAnswer(answer))] };
  }

  #open(host: ChannelHost, hello: Uint8Array) {
    if (host.has('channel-one-only')) this.#entries.clear();
    const fixed = host.has('channel-evidence-fixed');
    const application = host.has('channel-application-unbound') ? CONFORMANCE_TAS.main : host.uuid;
    const responder = new ChannelResponder({
      credential: {
        kind: 'evidence',
        attest: (reportData) => concatBytes(utf8('evidence '), fixed ? new Uint8Array(64) : reportData),
      },
      accept: { key: () => true },
      prologue: utf8(ENCLAVE_CHANNEL_PROLOGUE + application),
    });
    const id = this.#next++;
    const answer = this.#guarded(host, id, () => responder.answer(hello));
    this.#entries.set(id, { session: host.session, responder });
    return { value: id, parts: [answer] };
  }

  #guarded<T>(host: ChannelHost, id: number, action: () => T): T {
    try {
      return action();
    } catch {
      this.#entries.delete(id);
      throw host.refusal('SECURITY');
    }
  }
}
