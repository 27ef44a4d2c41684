import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { TimeStampHash } from '@cssi/pki/timestamp';
import { sm3Hash } from '@cssi/sm-core';
import { fileError } from '../files.ts';

/** Hash of a file of any length. @throws SmError ERR_CLI_FILE */
export async function hashFile(path: string, name: TimeStampHash): Promise<Uint8Array> {
  const sm3 = sm3Hash();
  const other = createHash(name === 'sm3' ? 'sha256' : name);
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
      if (name === 'sm3') sm3.update(chunk);
      else other.update(chunk);
    }
  } catch (cause) {
    throw fileError(path, cause);
  }
  return name === 'sm3' ? sm3.digest() : Uint8Array.from(other.digest());
}
