import { concatBytes, hkdfSm3, utf8 } from '@cssi/sm-core';
import { TeeError } from '../../spec/v1/internal/error.ts';
import type { TeePlatform } from '../../spec/v1/internal/tee.ts';
import { TEEC_RESULTS } from '../../spec/v1/results.ts';
import { PANIC_BAD_PARAMETERS, type RuntimeContext } from '../context.ts';
import { bytes, text, u32 } from './inputs.ts';
import type { RuntimeServices } from './services.ts';

const DERIVE_INFO = /* @__PURE__ */ utf8('cssi-ta derive 1');
const NO_SALT = new Uint8Array(0);
const LOG_MAX = 256;
const SOCKET_MAX_BYTES = 1 << 20;

/** The group and the end of it. */
export interface PlatformGroup {
  readonly api: TeePlatform;
  closeAll(): void;
}

/** `[min, max]` bytes, or BAD_PARAMETERS. */
function checkLength(value: Uint8Array, min: number, max: number): Uint8Array {
  if (value.length < min || value.length > max) throw new TeeError('BAD_PARAMETERS');
  return value;
}

/** Lengths of the nonce (16 to 64) and the user data (up to 64) of evidence. */
export const EVIDENCE_NONCE_BYTES = { min: 16, max: 64 } as const;
export const EVIDENCE_USER_DATA_MAX_BYTES = 64;

/** What GlobalPlatform leaves to vendors. */
export function createPlatform(context: RuntimeContext, services: RuntimeServices): PlatformGroup {
  const sockets = new Set<number>();
  const socketOf = (name: string, value: unknown): number => {
    const socket = u32(context, name, value);
    return sockets.has(socket) ? socket : context.panic(PANIC_BAD_PARAMETERS, `${name}: not an open socket`);
  };
  const api: TeePlatform = {
    CSSI_DeriveTaKey(label, size) {
      context.require('derive', 'CSSI_DeriveTaKey');
      const name = checkLength(bytes(context, 'CSSI_DeriveTaKey', label), 1, 64);
      const length = u32(context, 'CSSI_DeriveTaKey', size);
      if (length < 16 || length > 64) throw new TeeError('BAD_PARAMETERS');
      const info = concatBytes(DERIVE_INFO, Uint8Array.of(name.length), name);
      return hkdfSm3(context.seed, NO_SALT, info, length);
    },
    CSSI_GetEvidence(nonce, userData) {
      context.require('evidence', 'CSSI_GetEvidence');
      const { min, max } = EVIDENCE_NONCE_BYTES;
      const fresh = checkLength(bytes(context, 'CSSI_GetEvidence', nonce), min, max);
      const user = checkLength(bytes(context, 'CSSI_GetEvidence', userData), 0, EVIDENCE_USER_DATA_MAX_BYTES);
      const { result, parts } = services.evidence(fresh, user);
      const [report, ...certificates] = parts;
      if (result !== TEEC_RESULTS.SUCCESS) throw new TeeError(result);
      if (report === undefined) throw new TeeError('COMMUNICATION');
      return { report, certificates };
    },
    CSSI_ExportChannelKey(label, size) {
      const name = checkLength(bytes(context, 'CSSI_ExportChannelKey', label), 1, 64);
      const length = u32(context, 'CSSI_ExportChannelKey', size);
      if (length < 16 || length > 64) throw new TeeError('BAD_PARAMETERS');
      const key = services.call.channel?.exportKey(name, length);
      if (key === undefined) throw new TeeError('ITEM_NOT_FOUND');
      try {
        return key.use((material) => Uint8Array.from(material));
      } finally {
        key.destroy();
      }
    },
    CSSI_GetSecureMemory(id) {
      context.require('secure-memory', 'CSSI_GetSecureMemory');
      const block = services.secureMemory(u32(context, 'CSSI_GetSecureMemory', id));
      if (block === undefined) throw new TeeError('ITEM_NOT_FOUND');
      return block;
    },
    CSSI_Log(message) {
      const line = text(context, 'CSSI_Log', message).slice(0, LOG_MAX);
      context.host.event({ kind: 'log', detail: line.replaceAll(/[^\x20-\x7e\u00a0-\uffff]/g, ' ') });
    },
    CSSI_SocketOpen(host, port, timeoutMs) {
      context.require('sockets', 'CSSI_SocketOpen');
      const name = text(context, 'CSSI_SocketOpen', host);
      const number = u32(context, 'CSSI_SocketOpen', port);
      const timeout = u32(context, 'CSSI_SocketOpen', timeoutMs);
      if (number < 1 || number > 65_535) throw new TeeError('BAD_PARAMETERS');
      if (!context.manifest.socketPeers.includes(`${name}:${number}`)) {
        context.host.event({ kind: 'undeclared-call', detail: 'function=CSSI_SocketOpen reason=peer' });
        throw new TeeError('ACCESS_DENIED');
      }
      const answer = context.host.rpc({ kind: 'socket-open', host: name, port: number, timeout });
      if (answer.result !== TEEC_RESULTS.SUCCESS) throw new TeeError(answer.result);
      sockets.add(answer.value);
      return answer.value;
    },
    CSSI_SocketSend(socket, data) {
      const number = socketOf('CSSI_SocketSend', socket);
      const all = Uint8Array.from(bytes(context, 'CSSI_SocketSend', data));
      for (let at = 0; at < all.length; at += SOCKET_MAX_BYTES) {
        const part = all.subarray(at, at + SOCKET_MAX_BYTES);
        const answer = context.host.rpc({ kind: 'socket-send', socket: number, data: part });
        if (answer.result !== TEEC_RESULTS.SUCCESS) throw new TeeError(answer.result);
      }
    },
    CSSI_SocketReceive(socket, max, timeoutMs) {
      const number = socketOf('CSSI_SocketReceive', socket);
      const most = Math.min(u32(context, 'CSSI_SocketReceive', max), SOCKET_MAX_BYTES);
      const timeout = u32(context, 'CSSI_SocketReceive', timeoutMs);
      if (most === 0) throw new TeeError('BAD_PARAMETERS');
      const answer = context.host.rpc({ kind: 'socket-receive', socket: number, max: most, timeout });
      if (answer.result !== TEEC_RESULTS.SUCCESS) throw new TeeError(answer.result);
      const received = answer.parts[0] ?? new Uint8Array(0);
      if (received.length > most) throw new TeeError('COMMUNICATION');
      return Uint8Array.from(received);
    },
    CSSI_SocketClose(socket) {
      const number = socketOf('CSSI_SocketClose', socket);
      sockets.delete(number);
      context.host.rpc({ kind: 'socket-close', socket: number });
    },
  };
  return {
    api,
    closeAll(): void {
      for (const socket of sockets) context.host.rpc({ kind: 'socket-close', socket });
      sockets.clear();
    },
  };
}
