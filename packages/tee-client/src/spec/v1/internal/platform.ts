/**
 * What GlobalPlatform leaves to vendors (there: pseudo TAs): keys unique to the application,
 * evidence, secure memory shared with the enclave interface, a log.
 *
 * @group Internal Core API
 */
export interface TeePlatform {
  /** 16 to 64 bytes derived from the hardware-unique key for this application and `label` (1 to 64 bytes). */
  CSSI_DeriveTaKey(label: Uint8Array, size: number): Uint8Array;
  /** Evidence of this application; nonce 16 to 64 bytes, user data up to 64. Needs the API `evidence`. */
  CSSI_GetEvidence(
    nonce: Uint8Array,
    userData: Uint8Array,
  ): { readonly report: Uint8Array; readonly certificates: readonly Uint8Array[] };
  /**
   * Key material of the secure channel this call came by, for another use: what its client gets with
   * `exportKey` for the same label (1 to 64 bytes) and size (16 to 64).
   *
   * @throws {@link TeeError} ITEM_NOT_FOUND in a call that came by no channel
   */
  CSSI_ExportChannelKey(label: Uint8Array, size: number): Uint8Array;
  /** The live bytes of a block of secure memory the client allocated in this session. */
  CSSI_GetSecureMemory(id: number): Uint8Array;
  /** A line for the monitor: at most 256 characters, never secret. */
  CSSI_Log(message: string): void;
  /** Needs the API `sockets` and the peer in the manifest's `socketPeers` ("host:port"). */
  CSSI_SocketOpen(host: string, port: number, timeoutMs: number): number;
  CSSI_SocketSend(socket: number, data: Uint8Array): void;
  /** Empty at the end of the stream. */
  CSSI_SocketReceive(socket: number, max: number, timeoutMs: number): Uint8Array;
  CSSI_SocketClose(socket: number): void;
}
