import { SmError, sm3, utf8 } from '@cssi/sm-core';
import { ChannelResponder } from '../../../channel/responder.ts';
import type { SecureChannel } from '../../../channel/secure-channel.ts';
import { encodeEvidence } from '../../../evidence/software/codec.ts';
import type { ChannelCaller } from '../../../runtime/basics/services.ts';
import type { MemoryAccount } from '../../../runtime/context.ts';
import { ENCLAVE_CHANNEL_PROLOGUE } from '../../../spec/v1/channel.ts';
import {
  type ChannelRequest,
  decodeChannelRequest,
  encodeChannelAnswer,
} from '../../../spec/v1/channel-codec.ts';
import { EVIDENCE_FORMAT } from '../../../spec/v1/evidence.ts';
import { TeeError } from '../../../spec/v1/internal/error.ts';
import type { ModuleParameter } from '../../../spec/v1/module.ts';
import { TEEC_ORIGINS, TEEC_RESULTS } from '../../../spec/v1/results.ts';
import type { TeecUuid } from '../../../spec/v1/uuid.ts';
import type { DomainAnswer } from '../domain-protocol.ts';
import { plainAnswer } from '../link/codec.ts';
import { MAX_BLOCK_BYTES } from '../link/limits.ts';
import type { EvidenceAnswer } from './evidence-requests.ts';

/** Channels and handshakes of one session. */
const MAX_CHANNELS = 16;
/** What one costs of the quota. */
const CHANNEL_BYTES = 2048;
const NO_BYTES = new Uint8Array(0);

const { ACCESS_DENIED, BAD_FORMAT, BAD_STATE, BUSY, COMMUNICATION, ITEM_NOT_FOUND, OUT_OF_MEMORY } =
  TEEC_RESULTS;
const { SECURITY, SUCCESS, TARGET_DEAD } = TEEC_RESULTS;
const { TEE } = TEEC_ORIGINS;

interface Established {
  readonly channel: SecureChannel;
  readonly caller: ChannelCaller;
}

type Entry = ChannelResponder | Established;

/** A command that came by a channel. */
type Invoke = (commandId: number, params: readonly ModuleParameter[], channel: ChannelCaller) => DomainAnswer;

const refused = (result: number): DomainAnswer => plainAnswer(result, TEE);
const withPart = (part: Uint8Array, value = 0): DomainAnswer => ({
  ...plainAnswer(SUCCESS, TEE),
  value,
  parts: [part],
});

/**
 * The secure channels that clients of one session opened into the application. The handshake and the keys
 * are the runtime's; the application sees who calls, and the host sees ciphertext.
 */
export class EnclaveChannels {
  readonly #account: MemoryAccount;
  readonly #entries = new Map<number, Entry>();
  #next = 1;

  constructor(account: MemoryAccount) {
    this.#account = account;
  }

  /** M1 to M2. The application proves itself by evidence; whoever calls has to by a key. */
  open(
    hello: Uint8Array,
    application: TeecUuid,
    evidence: (reportData: Uint8Array) => EvidenceAnswer,
  ): DomainAnswer {
    if (this.#entries.size >= MAX_CHANNELS && !this.#dropHandshake()) return refused(BUSY);
    if (!this.#account.reserve(CHANNEL_BYTES)) return refused(OUT_OF_MEMORY);
    const responder = new ChannelResponder({
      credential: { kind: 'evidence', attest: (reportData) => encoded(evidence(reportData)) },
      // Anybody with a key: whom the application serves is its own business, and it learns which key it is.
      accept: { key: () => true },
      prologue: utf8(ENCLAVE_CHANNEL_PROLOGUE + application),
    });
    try {
      const answer = responder.answer(hello);
      const id = this.#next++;
      this.#entries.set(id, responder);
      return withPart(answer, id);
    } catch (error) {
      responder.destroy();
      this.#account.release(CHANNEL_BYTES);
      return refused(resultOf(error));
    }
  }

  /**
   * Gives up the oldest handshake that did not come to its end: whoever begins them and goes away is not to
   * keep others out. Channels stay.
   */
  #dropHandshake(): boolean {
    for (const [id, entry] of this.#entries) {
      if (!(entry instanceof ChannelResponder)) continue;
      this.close(id);
      return true;
    }
    return false;
  }

  /** M3; answers with an empty frame, which only this end can have sealed. */
  finish(id: number, message: Uint8Array): DomainAnswer {
    const responder = this.#entries.get(id);
    if (responder === undefined) return refused(ITEM_NOT_FOUND);
    if (!(responder instanceof ChannelResponder)) return refused(BAD_STATE);
    try {
      const { channel, peer } = responder.accept(message);
      const caller: ChannelCaller = {
        // It was demanded; without one there is no handshake.
        peer: sm3(peer.publicKey as Uint8Array),
        exportKey: (label, length) => channel.exportKey(label, length),
      };
      this.#entries.set(id, { channel, caller });
      return withPart(channel.seal(NO_BYTES));
    } catch (error) {
      this.close(id);
      return refused(resultOf(error));
    }
  }

  /** One sealed call. What does not open ends the channel. */
  call(id: number, frame: Uint8Array, invoke: Invoke): DomainAnswer {
    const entry = this.#entries.get(id);
    if (entry === undefined) return refused(ITEM_NOT_FOUND);
    if (entry instanceof ChannelResponder) return refused(BAD_STATE);
    const { channel, caller } = entry;
    let plain: Uint8Array;
    try {
      plain = channel.open(frame);
    } catch (error) {
      this.close(id);
      return refused(resultOf(error));
    }
    const request = decodeChannelRequest(plain);
    plain.fill(0);
    if (request === undefined || (request.maxOutput ?? 0) > MAX_BLOCK_BYTES) {
      return withPart(sealedAnswer(channel, refused(BAD_FORMAT)));
    }
    try {
      const answer = invoke(request.command, paramsOf(request), caller);
      // The application panicked, and its channels went with it. What it answered is not for the host.
      return channel.dead ? refused(TARGET_DEAD) : withPart(sealedAnswer(channel, answer));
    } finally {
      for (const input of request.inputs) input.fill(0);
    }
  }

  /** Unknown ones are ignored. */
  close(id: number): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    (entry instanceof ChannelResponder ? entry : entry.channel).destroy();
    this.#account.release(CHANNEL_BYTES);
  }

  releaseAll(): void {
    for (const id of [...this.#entries.keys()]) this.close(id);
  }
}

function paramsOf({ inputs, maxOutput }: ChannelRequest): readonly ModuleParameter[] {
  const params: ModuleParameter[] = inputs.map((buffer) => ({ type: 5, size: buffer.length, buffer }));
  if (maxOutput !== undefined) params.push({ type: 6, size: maxOutput, buffer: NO_BYTES });
  return params;
}

function sealedAnswer(channel: SecureChannel, { result, origin, params }: DomainAnswer): Uint8Array {
  const output = params.find((parameter) => parameter.type === 6);
  const { size, buffer } = output?.type === 6 ? output : { size: 0, buffer: NO_BYTES };
  const plain = encodeChannelAnswer({ result, origin, size, output: buffer });
  try {
    return channel.seal(plain);
  } finally {
    // The domain's own copies of what the application answered.
    plain.fill(0);
    buffer.fill(0);
  }
}

/** Evidence as its verifiers read it. @throws TeeError why there is none */
function encoded({ result, parts }: EvidenceAnswer): Uint8Array {
  const [report, ...certificates] = parts;
  if (result !== SUCCESS || report === undefined) {
    throw new TeeError(result === SUCCESS ? COMMUNICATION : result);
  }
  return encodeEvidence({ format: EVIDENCE_FORMAT, report, certificates });
}

/** What the host learns of a handshake or a frame that failed. */
function resultOf(error: unknown): number {
  if (error instanceof TeeError) return error.result;
  if (!(error instanceof SmError)) throw error;
  return error.code === 'ERR_TEE_CHANNEL_REFUSED' ? ACCESS_DENIED : SECURITY;
}
