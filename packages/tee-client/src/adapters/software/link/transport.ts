/** What carries frames to one domain and ends it. */
export interface Transport {
  /** The bytes may be reused after the return. */
  send(frame: Uint8Array): void;
  /** Ends the domain at once. `LinkEngine.gone` follows. */
  kill(): void;
  residentBytes(): number | undefined;
}
