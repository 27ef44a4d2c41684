import { crc32 } from 'node:zlib';
import { concatBytes, utf8 } from '@cssi/sm-core';
import { deflateSync } from 'fflate';

const UTF8_NAMES = 0x0800;

/** MS-DOS date and time of a UTC instant, two-second steps from 1980 to 2107. */
function dosTime(time: Date): number {
  const year = Math.min(2107, Math.max(1980, time.getUTCFullYear())) - 1980;
  const date = (year << 9) | ((time.getUTCMonth() + 1) << 5) | time.getUTCDate();
  const clock = (time.getUTCHours() << 11) | (time.getUTCMinutes() << 5) | (time.getUTCSeconds() >> 1);
  return ((date << 16) | clock) >>> 0;
}

function record(
  size: number,
  fields: readonly (readonly [at: number, bytes: 2 | 4, value: number])[],
): Uint8Array {
  const out = new Uint8Array(size);
  const view = new DataView(out.buffer);
  for (const [at, bytes, value] of fields) {
    if (bytes === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
  }
  return out;
}

/**
 * Writes a ZIP file. Same parts in the same order and the same time give the same
 * bytes, on every machine and in every time zone.
 */
export function writeParts(parts: ReadonlyMap<string, Uint8Array>, time: Date): Uint8Array {
  const modified = dosTime(time);
  const files: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const [name, content] of parts) {
    const deflated = deflateSync(content, { level: 6 });
    // Stored where deflating saves nothing, or so much that a reader would suspect a bomb.
    const bombLike = content.length > 64 * 1024 && deflated.length * 100 < content.length;
    const method = deflated.length < content.length && !bombLike ? 8 : 0;
    const data = method === 8 ? deflated : content;
    const nameBytes = utf8(name);
    const common = (at: number) =>
      [
        [at, 2, 20],
        [at + 2, 2, UTF8_NAMES],
        [at + 4, 2, method],
        [at + 6, 4, modified],
        [at + 10, 4, crc32(content)],
        [at + 14, 4, data.length],
        [at + 18, 4, content.length],
        [at + 22, 2, nameBytes.length],
      ] as const;
    const local = concatBytes(record(30, [[0, 4, 0x04034b50], ...common(4)]), nameBytes, data);
    directory.push(record(46, [[0, 4, 0x02014b50], [4, 2, 20], ...common(6), [42, 4, offset]]), nameBytes);
    files.push(local);
    offset += local.length;
  }
  const central = concatBytes(...directory);
  const end = record(22, [
    [0, 4, 0x06054b50],
    [8, 2, parts.size],
    [10, 2, parts.size],
    [12, 4, central.length],
    [16, 4, offset],
  ]);
  return concatBytes(...files, central, end);
}
