import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { sm3Hash, toHex } from '@cssi/sm-core';
import type { BootEvent } from '../../spec/v1/evidence.ts';

const PIECE_BYTES = 1 << 20;

/** The last binary that was read, and what told it from another one. */
let last: { readonly identity: string; readonly digest: string } | undefined;

/**
 * Measures the binary of the runtime, which runs the host and every domain. It is about 100 MB, so
 * that it is read again only when it is another file or was changed.
 */
export function measureRuntime(file: string = process.execPath): BootEvent {
  const handle = openSync(file, 'r');
  try {
    const { dev, ino, size, mtimeMs, ctimeMs } = fstatSync(handle);
    const identity = [file, dev, ino, size, mtimeMs, ctimeMs].join(' ');
    if (last?.identity !== identity) {
      const hash = sm3Hash();
      const piece = new Uint8Array(PIECE_BYTES);
      for (let got = -1; got !== 0; ) {
        got = readSync(handle, piece, 0, piece.length, null);
        hash.update(piece.subarray(0, got));
      }
      last = { identity, digest: toHex(hash.digest()) };
    }
    return { stage: 'runtime', name: `node ${process.version}`, digest: last.digest };
  } finally {
    closeSync(handle);
  }
}
