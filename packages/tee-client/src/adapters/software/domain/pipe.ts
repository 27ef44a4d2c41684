/** The domain's end of its link: blocking, one frame at a time. */
export interface DomainPipe {
  /** The next frame (kind and message), undefined at the end. A view that lives until the next call. */
  receive(): Uint8Array | undefined;
  /** Blocks until the frame is on its way; the bytes may be reused then. */
  send(frame: Uint8Array): void;
}
