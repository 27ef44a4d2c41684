import { deflateRawSync, inflateRawSync } from 'node:zlib';

function header(signature: number, size: number, fields: readonly (readonly [number, number, number])[]) {
  const out = Buffer.alloc(size);
  out.writeUInt32LE(signature, 0);
  for (const [at, bytes, value] of fields) out.writeUIntLE(value, at, bytes);
  return out;
}

/** A ZIP of one deflated part that states the sizes it is told to state. */
export function zipOf(name: string, content: Buffer, statedBytes = content.length): Uint8Array {
  const packed = deflateRawSync(content, { level: 9 });
  const sizes = (at: number) => [[at, 4, packed.length] as const, [at + 4, 4, statedBytes] as const];
  const local = header(0x04034b50, 30, [[4, 2, 20], [8, 2, 8], ...sizes(18), [26, 2, name.length]]);
  const entry = header(0x02014b50, 46, [[6, 2, 20], [10, 2, 8], ...sizes(20), [28, 2, name.length]]);
  const body = Buffer.concat([local, Buffer.from(name), packed]);
  const directory = Buffer.concat([entry, Buffer.from(name)]);
  const end = header(0x06054b50, 22, [
    [8, 2, 1],
    [10, 2, 1],
    [12, 4, directory.length],
    [16, 4, body.length],
  ]);
  return Uint8Array.from(Buffer.concat([body, directory, end]));
}

/** 256 MiB of zeros in a few hundred KiB. */
export const zipBomb = (): Uint8Array => zipOf('OFD.xml', Buffer.alloc(256 << 20));

/** The same, stating that it is small. */
export const lyingZipBomb = (): Uint8Array => zipOf('OFD.xml', Buffer.alloc(64 << 20), 100);

/** Names and contents of a ZIP, as one text to compare; read by the local headers alone. */
export function contentOf(zip: Uint8Array): string {
  const bytes = Buffer.from(zip);
  const parts: string[] = [];
  for (let at = 0; bytes.readUInt32LE(at) === 0x04034b50; ) {
    const nameEnd = at + 30 + bytes.readUInt16LE(at + 26);
    const start = nameEnd + bytes.readUInt16LE(at + 28);
    const end = start + bytes.readUInt32LE(at + 18);
    const stored = bytes.subarray(start, end);
    const content = bytes.readUInt16LE(at + 8) === 8 ? inflateRawSync(stored) : stored;
    parts.push(`${bytes.toString('latin1', at + 30, nameEnd)}\n${content.toString('latin1')}`);
    at = end;
  }
  return parts.join('\n');
}
