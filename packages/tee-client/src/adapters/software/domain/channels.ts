import { LINK_MAX_BYTES, SecureLink } from '../../../channel/secure-link.ts';
import type { PeerAnswer, PeerChannel, RuntimeServices } from '../../../runtime/basics/services.ts';
import { TEE_LOGIN, TEE_TIMEOUT_INFINITE } from '../../../spec/v1/internal/constants.ts';
import type { TEE_Identity } from '../../../spec/v1/internal/tee.ts';
import { TEEC_ORIGINS, TEEC_RESULTS } from '../../../spec/v1/results.ts';
import type { TeecUuid } from '../../../spec/v1/uuid.ts';
import { openTicket } from '../core/ticket.ts';
import type { DomainAnswer, DomainHost, DomainRequest } from '../domain-protocol.ts';
import { FrameReader, FrameWriter, MalformedFrame } from '../link/bytes.ts';
import { plainAnswer, readAnswer, readRequest, writeAnswer, writeRequest } from '../link/codec.ts';

/** Channels at a time, each way. */
const MAX_CHANNELS = 256;

const { SUCCESS, TARGET_DEAD, COMMUNICATION, BAD_FORMAT, BUSY, OUT_OF_MEMORY } = TEEC_RESULTS;
const { TEE, COMMS } = TEEC_ORIGINS;

/**
 * A channel that another application opened. Sessions belong to it and not to its number: that is the
 * host's, which could give it to a channel of somebody else.
 */
export interface IncomingChannel {
  readonly link: SecureLink;
  readonly peer: TEE_Identity;
}

/**
 * The protected channels of a domain: those it opened to others and those others opened to it. Keys
 * come in tickets of the core; the host carries ciphertext and cannot tell an order apart, repeat
 * one, or speak for an application.
 */
export class Channels {
  readonly #host: DomainHost;
  readonly #launch: SecureLink;
  readonly #onEnd: (channel: IncomingChannel) => void;
  readonly #incoming = new Map<number, IncomingChannel>();

  /** @param onEnd - hears of every channel that ended, whoever ended it */
  constructor(host: DomainHost, launch: SecureLink, onEnd: (channel: IncomingChannel) => void) {
    this.#host = host;
    this.#launch = launch;
    this.#onEnd = onEnd;
  }

  /** A ticket for a channel that another application opens. @throws {@link SmError} ERR_TEE_CHANNEL */
  accept(channel: number, sealed: Uint8Array): DomainAnswer {
    const { link, peer } = this.#open(sealed, 'responder');
    if (this.#incoming.size >= MAX_CHANNELS || this.#incoming.has(channel)) {
      link.destroy();
      return plainAnswer(BUSY, TEE);
    }
    this.#incoming.set(channel, {
      link,
      peer: Object.freeze({ login: TEE_LOGIN.TRUSTED_APP, uuid: peer }),
    });
    return plainAnswer(SUCCESS, TEE);
  }

  #open(
    sealed: Uint8Array,
    role: 'initiator' | 'responder',
  ): { readonly link: SecureLink; readonly peer: TeecUuid } {
    const ticket = openTicket(this.#launch, sealed);
    try {
      // A ticket of the other end would make an application talk to itself as somebody else.
      const link = new SecureLink(ticket.key, role);
      if (ticket.role !== role) {
        link.destroy();
        throw new MalformedFrame();
      }
      return { link, peer: ticket.peer };
    } finally {
      ticket.key.fill(0);
    }
  }

  drop(channel: number): void {
    const incoming = this.#incoming.get(channel);
    if (incoming === undefined) return;
    incoming.link.destroy();
    this.#incoming.delete(channel);
    this.#onEnd(incoming);
  }

  /**
   * A frame of the other end: opened, handled, and its answer sealed. What does not open ends the
   * channel.
   */
  receive(
    channel: number,
    frame: Uint8Array,
    handle: (from: IncomingChannel, request: DomainRequest) => DomainAnswer,
  ): DomainAnswer {
    const incoming = this.#incoming.get(channel);
    if (incoming === undefined) return plainAnswer(COMMUNICATION, COMMS);
    let request: DomainRequest;
    try {
      request = readRequest(new FrameReader(incoming.link.open(frame), true));
    } catch (error) {
      if (error instanceof MalformedFrame) return this.#sealed(incoming, plainAnswer(BAD_FORMAT, TEE));
      this.drop(channel);
      return plainAnswer(COMMUNICATION, COMMS);
    }
    return this.#sealed(incoming, handle(incoming, request));
  }

  #sealed({ link }: IncomingChannel, answer: DomainAnswer): DomainAnswer {
    const out = new FrameWriter();
    writeAnswer(out, answer);
    if (out.length > LINK_MAX_BYTES) {
      // The caller offered more than a frame takes.
      out.reset();
      writeAnswer(out, plainAnswer(OUT_OF_MEMORY, TEE));
    }
    const frame = link.seal(out.written);
    out.reset();
    return { ...plainAnswer(SUCCESS, TEE), parts: [frame] };
  }

  /** Opens a channel to another application. */
  connect(destination: TeecUuid, timeout: number): ReturnType<RuntimeServices['connect']> {
    const answer = this.#host.rpc({ kind: 'connect', destination, timeout });
    const [sealed] = answer.parts;
    if (answer.result !== SUCCESS || sealed === undefined) {
      return { result: answer.result === SUCCESS ? COMMUNICATION : answer.result, origin: answer.origin };
    }
    try {
      const { link, peer } = this.#open(sealed, 'initiator');
      if (peer === destination) return { channel: new OutgoingChannel(this.#host, answer.value, link) };
      // The host connected somebody else.
      link.destroy();
    } catch {
      // Nothing more is known of it than that it is not genuine.
    }
    this.#host.rpc({ kind: 'disconnect', channel: answer.value });
    return { result: TEEC_RESULTS.SECURITY, origin: TEE };
  }

  destroy(): void {
    for (const { link } of this.#incoming.values()) link.destroy();
    this.#incoming.clear();
  }
}

class OutgoingChannel implements PeerChannel {
  readonly #host: DomainHost;
  readonly #channel: number;
  readonly #link: SecureLink;

  constructor(host: DomainHost, channel: number, link: SecureLink) {
    this.#host = host;
    this.#channel = channel;
    this.#link = link;
  }

  open(timeout: number, params: Parameters<PeerChannel['open']>[1]): PeerAnswer {
    const client = { login: TEE_LOGIN.TRUSTED_APP, uuid: NIL };
    return this.#exchange({ kind: 'open', client, params }, timeout);
  }

  invoke(
    session: number,
    timeout: number,
    commandId: number,
    params: Parameters<PeerChannel['invoke']>[3],
  ): PeerAnswer {
    return this.#exchange({ kind: 'invoke', session, commandId, params }, timeout);
  }

  close(session: number): void {
    if (session !== 0) this.#exchange({ kind: 'close', session }, TEE_TIMEOUT_INFINITE);
    this.#link.destroy();
    this.#host.rpc({ kind: 'disconnect', channel: this.#channel });
  }

  #exchange(request: DomainRequest, timeout: number): PeerAnswer {
    if (this.#link.dead) return plainAnswer(TARGET_DEAD, TEE);
    const out = new FrameWriter();
    writeRequest(out, request);
    if (out.length > LINK_MAX_BYTES) {
      out.reset();
      return plainAnswer(OUT_OF_MEMORY, TEE);
    }
    const frame = this.#link.seal(out.written);
    out.reset();
    const answer = this.#host.rpc({ kind: 'channel', channel: this.#channel, timeout, frame });
    const [sealed] = answer.parts;
    if (answer.result !== SUCCESS) return plainAnswer(answer.result, answer.origin);
    try {
      if (sealed === undefined) throw new MalformedFrame();
      return readAnswer(new FrameReader(this.#link.open(sealed), true));
    } catch {
      this.#link.destroy();
      return plainAnswer(COMMUNICATION, COMMS);
    }
  }
}

/** Who asks is said by the ticket, not by the frame. */
const NIL = '00000000-0000-0000-0000-000000000000';
