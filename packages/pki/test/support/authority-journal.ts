import { type JournalEnd, JournalReader } from '../../src/authority/journal.ts';

/** A journal read in pieces of `size` bytes. */
export function readJournal(
  bytes: Uint8Array,
  size = 4096,
): JournalEnd & { readonly records: readonly unknown[] } {
  const records: unknown[] = [];
  const reader = new JournalReader((record) => records.push(record));
  for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
  return { ...reader.end(), records };
}
