import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { type Certificate, certificatesFromPem, parseCertificate } from '@cssi/pki';
import { CLI_ERRORS } from './errors.ts';

const tooLarge = (maxBytes: number) =>
  CLI_ERRORS.create('ERR_CLI_FILE', { detail: `reason=larger than ${maxBytes} bytes` });

/**
 * Reads a whole file of at most `maxBytes`; a pipe is read no further than that either.
 *
 * @throws {@link SmError} ERR_CLI_FILE
 */
export async function readBounded(path: string, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxBytes) throw tooLarge(maxBytes);
      chunks.push(chunk);
    }
  } catch (cause) {
    if (CLI_ERRORS.is(cause)) throw cause;
    throw CLI_ERRORS.create('ERR_CLI_FILE', { detail: `file=${path}`, cause });
  }
  return Uint8Array.from(Buffer.concat(chunks, length));
}

/** The last whole line of a file of any length. @throws {@link SmError} ERR_CLI_FILE */
export async function readLastLine(path: string, maxBytes: number): Promise<Uint8Array> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      // Twice the line: what stands behind the last line feed was not written to its end.
      const tail = Buffer.alloc(Math.min(size, 2 * maxBytes));
      const { bytesRead } = await file.read(tail, 0, tail.length, size - tail.length);
      const text = tail.subarray(0, bytesRead);
      const end = text.lastIndexOf(0x0a);
      return Uint8Array.from(end < 0 ? text : text.subarray(text.lastIndexOf(0x0a, end - 1) + 1, end));
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw CLI_ERRORS.create('ERR_CLI_FILE', { detail: `file=${path}`, cause });
  }
}

/** Writes a file only its owner can read; refuses to replace one. @throws {@link SmError} ERR_CLI_FILE */
export async function writePrivate(path: string, content: string | Uint8Array): Promise<void> {
  await withPrivateFile(path, async (write) => write(content));
}

/**
 * Makes a file only its owner can read, refusing to replace one, before `work` starts; so
 * that what cannot be had twice is not lost for want of a place. It is removed when `work` fails.
 *
 * @throws {@link SmError} ERR_CLI_FILE
 */
export async function withPrivateFile<T>(
  path: string,
  work: (write: (content: string | Uint8Array) => Promise<void>) => Promise<T>,
): Promise<T> {
  const failed = (cause: unknown) =>
    CLI_ERRORS.create('ERR_CLI_FILE', { detail: `file=${path} reason=cannot create`, cause });
  const file = await open(path, 'wx', 0o600).catch((cause: unknown) => {
    throw failed(cause);
  });
  try {
    return await work(async (content) => {
      try {
        await file.writeFile(content);
        await file.sync();
      } catch (cause) {
        throw failed(cause);
      }
    });
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

/** Certificates of a file, PEM or DER. */
export async function readCertificates(path: string): Promise<Certificate[]> {
  const bytes = await readBounded(path, 1 << 20);
  const text = new TextDecoder('latin1').decode(bytes);
  return text.includes('-----BEGIN') ? certificatesFromPem(text) : [parseCertificate(bytes)];
}

/** Certificates of several files. */
export async function readAnchors(paths: readonly string[]): Promise<Certificate[]> {
  return (await Promise.all(paths.map(readCertificates))).flat();
}

const TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?Z)?$/;

/** The time of `--time`, or now. @throws {@link SmError} ERR_CLI_USAGE */
export function timeOf(text: string | undefined): Date {
  const time = text === undefined ? new Date() : new Date(text);
  if (Number.isNaN(time.getTime()) || (text !== undefined && !TIME.test(text))) {
    throw CLI_ERRORS.create('ERR_CLI_USAGE', {
      detail: '--time expects a time such as 2026-12-01T00:00:00Z',
    });
  }
  return time;
}
