import type { BootEvent } from '../../spec/v1/evidence.ts';

/** One parameter on its way to the worker: memory carries its own copy of an input. */
export type WireParameter =
  | { readonly type: 0 }
  | { readonly type: 1 | 2 | 3; readonly a: number; readonly b: number }
  | { readonly type: 5 | 6 | 7; readonly buffer: Uint8Array; readonly size: number };

/** One parameter on its way back; `buffer` is there when the application gave an output. */
export type WireResult =
  | { readonly type: 0 }
  | { readonly type: 1 | 2 | 3; readonly a: number; readonly b: number }
  | { readonly type: 5 | 6 | 7; readonly size: number; readonly buffer?: Uint8Array };

/** What the host asks of the worker. */
export type HostRequest =
  | { readonly kind: 'open'; readonly params: readonly WireParameter[] }
  | {
      readonly kind: 'invoke';
      readonly session: number;
      readonly commandId: number;
      readonly params: readonly WireParameter[];
    }
  | { readonly kind: 'close'; readonly session: number };

/** A message to the worker. `time` is the host's clock in milliseconds. */
export type HostMessage =
  | { readonly id: number; readonly time: number; readonly request: HostRequest }
  | { readonly shutdown: true };

/** A message from the worker. */
export type WorkerMessage =
  | { readonly kind: 'ready'; readonly publicInfo: Readonly<Record<string, Uint8Array>> }
  | { readonly kind: 'failed'; readonly code: string; readonly detail: string | undefined }
  | {
      readonly kind: 'answer';
      readonly id: number;
      readonly result: number;
      readonly origin: number;
      /** Of a session just opened. */
      readonly session?: number;
      readonly params: readonly WireResult[];
    };

/** The answer to one request. */
export type WorkerAnswer = Extract<WorkerMessage, { kind: 'answer' }>;

/** What the worker is started with. */
export interface WorkerStart {
  readonly uuid: string;
  /** The folder of the software TEE. */
  readonly folder: string;
  /** Stages the host has measured. */
  readonly events: readonly BootEvent[];
  /** The host's clock in milliseconds. */
  readonly time: number;
}
