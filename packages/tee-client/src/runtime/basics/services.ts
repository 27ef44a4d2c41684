import type { Secret } from '@cssi/sm-core';
import type { TEE_Identity, TEE_Params } from '../../spec/v1/internal/tee.ts';
import type { ModuleParameter } from '../../spec/v1/module.ts';
import type { TeecUuid } from '../../spec/v1/uuid.ts';
import type { ObjectStore } from '../storage/object-store.ts';

/** The secure channel a call came by. */
export interface ChannelCaller {
  /** SM3 of the public key its client proved to have. */
  readonly peer: Uint8Array;
  exportKey(label: Uint8Array, length: number): Secret;
}

/** The entry point that runs; the runtime's view of it. */
export interface CurrentCall {
  /** Undefined in TA_CreateEntryPoint and TA_DestroyEntryPoint. */
  readonly client: TEE_Identity | undefined;
  /** 0 outside of a session. */
  readonly session: number;
  readonly params: TEE_Params | undefined;
  /** Undefined for a call in the clear. */
  readonly channel?: ChannelCaller | undefined;
  /** Every entry point starts with cancellation masked. @standard GPD_SPE_010 v1.3.1 §4.10 */
  cancellationMasked: boolean;
}

/** What came back from another trusted application. */
export interface PeerAnswer {
  readonly result: number;
  readonly origin: number;
  readonly session: number;
  readonly params: readonly ModuleParameter[];
}

/** A protected channel to another trusted application. Its methods never throw. */
export interface PeerChannel {
  open(timeout: number, params: readonly ModuleParameter[]): PeerAnswer;
  invoke(session: number, timeout: number, commandId: number, params: readonly ModuleParameter[]): PeerAnswer;
  /** Ends the session, if any, and the channel. */
  close(session: number): void;
}

/** What the domain gives the runtime of an instance besides its context. */
export interface RuntimeServices {
  readonly call: CurrentCall;
  /** SM3 of the device root's public key, hex. */
  readonly deviceId: string;
  readonly tcbVersion: number;
  readonly store: ObjectStore;
  /** Milliseconds of a clock that only goes forward. */
  monotonic(): number;
  /** The live bytes of a block that the client of this session allocated. */
  secureMemory(id: number): Uint8Array | undefined;
  /** Report and certificates, or the result why not. */
  evidence(
    nonce: Uint8Array,
    userData: Uint8Array,
  ): { readonly result: number; readonly parts: readonly Uint8Array[] };
  /** A channel, or the result why not. */
  connect(
    destination: TeecUuid,
    timeout: number,
  ): { readonly channel: PeerChannel } | { readonly result: number; readonly origin: number };
}
