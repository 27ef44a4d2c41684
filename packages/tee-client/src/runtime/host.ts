/**
 * The host side as the runtime of an application sees it: questions it waits for, and events. What
 * carries them is the business of an adapter.
 */
import type { TeecUuid } from '../spec/v1/uuid.ts';

/** What a domain asks of the host side while it works on a request; the domain waits. */
export type RpcRequest =
  /** Is the running call to be cancelled? `value` 1 or 0. */
  | { readonly kind: 'cancelled' }
  /** Answers after `milliseconds`, or with `value` 1 when the call is cancelled before. */
  | { readonly kind: 'wait'; readonly milliseconds: number; readonly cancellable: boolean }
  /** A sealed request to the core (`SecureLink` of the launch); answer: one sealed part. */
  | { readonly kind: 'core'; readonly frame: Uint8Array }
  /** Starts `destination` where needed and asks the core for a channel; `value` = channel, part 0 = ticket. */
  | { readonly kind: 'connect'; readonly destination: TeecUuid; readonly timeout: number }
  /** A sealed frame to the other end; answer: one sealed part. */
  | {
      readonly kind: 'channel';
      readonly channel: number;
      readonly timeout: number;
      readonly frame: Uint8Array;
    }
  | { readonly kind: 'disconnect'; readonly channel: number }
  | {
      readonly kind: 'socket-open';
      readonly host: string;
      readonly port: number;
      readonly timeout: number;
    }
  | { readonly kind: 'socket-send'; readonly socket: number; readonly data: Uint8Array }
  | {
      readonly kind: 'socket-receive';
      readonly socket: number;
      readonly max: number;
      readonly timeout: number;
    }
  | { readonly kind: 'socket-close'; readonly socket: number };

/** The host side's answer to an {@link RpcRequest}. */
export interface RpcAnswer {
  readonly result: number;
  readonly origin: number;
  readonly value: number;
  readonly parts: readonly Uint8Array[];
}

/** Something a domain reports; nobody answers. */
export interface DomainEvent {
  readonly kind: 'panic' | 'undeclared-call' | 'memory-exceeded' | 'log';
  readonly detail: string;
}

/** The host side as a domain sees it. */
export interface DomainHost {
  rpc(request: RpcRequest): RpcAnswer;
  event(event: DomainEvent): void;
}
