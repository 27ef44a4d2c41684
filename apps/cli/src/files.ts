import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { type Certificate, PKI_ERRORS, parseCertificate } from '@cssi/pki';
import type { SmError } from '@cssi/sm-core';
import { CLI_ERRORS } from './errors.ts';
import { kindOf } from './pki/detect.ts';
import { objectsOf } from './pki/objects.ts';

/** What the system says, in words that tell what to do. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'missing, or its folder is',
  EISDIR: 'is a folder',
  ENOTDIR: 'a part of the path is no folder',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'file system is read-only',
  ENOSPC: 'no space left',
  EEXIST: 'exists already: choose another name',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'name too long',
};

/** What went wrong with a file, and why. */
export function fileError(path: string, cause: unknown): SmError {
  const { code } = cause as { readonly code?: unknown };
  const known = typeof code === 'string' && Object.hasOwn(REASONS, code) ? REASONS[code]! : undefined;
  const reason = known ?? (typeof code === 'string' ? code : 'cannot be read or written');
  return CLI_ERRORS.create('ERR_CLI_FILE', { detail: `file=${path} reason=${reason}`, cause });
}

const tooLarge = (path: string, maxBytes: number) =>
  CLI_ERRORS.create('ERR_CLI_FILE', { detail: `file=${path} reason=larger than ${maxBytes} bytes` });

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
      if (length > maxBytes) throw tooLarge(path, maxBytes);
      chunks.push(chunk);
    }
  } catch (cause) {
    if (CLI_ERRORS.is(cause)) throw cause;
    throw fileError(path, cause);
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
    throw fileError(path, cause);
  }
}

/** Rights on files: of secrets and contents, and of what is public anyway. */
export const PRIVATE_MODE = 0o600;
export const PUBLIC_MODE = 0o644;

/** Writes a file only its owner can read; refuses to replace one. @throws {@link SmError} ERR_CLI_FILE */
export async function writePrivate(path: string, content: string | Uint8Array): Promise<void> {
  await withNewFile(path, PRIVATE_MODE, async (write) => write(content));
}

/** Writes a file that everybody may read; refuses to replace one. @throws {@link SmError} ERR_CLI_FILE */
export async function writePublic(path: string, content: string | Uint8Array): Promise<void> {
  await withNewFile(path, PUBLIC_MODE, async (write) => write(content));
}

/** Fills a file. */
export type Write = (content: string | Uint8Array) => Promise<void>;

/** As {@link withNewFile}, for a file that only its owner can read. */
export const withPrivateFile = <T>(path: string, work: (write: Write) => Promise<T>): Promise<T> =>
  withNewFile(path, PRIVATE_MODE, work);

/**
 * Makes a file, refusing to replace one, before `work` starts; so that what cannot be had twice is
 * not lost for want of a place. It is removed when `work` fails.
 *
 * @throws {@link SmError} ERR_CLI_FILE
 */
export async function withNewFile<T>(
  path: string,
  mode: number,
  work: (write: Write) => Promise<T>,
): Promise<T> {
  const file = await open(path, 'wx', mode).catch((cause: unknown) => {
    throw fileError(path, cause);
  });
  try {
    return await work(async (content) => {
      try {
        await file.writeFile(content);
        await file.sync();
      } catch (cause) {
        throw fileError(path, cause);
      }
    });
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

/** Certificates of a file, PEM, DER or base64; what else is in a PEM file, a key for one, is passed over. */
export async function readCertificates(path: string): Promise<Certificate[]> {
  const objects = objectsOf(await readBounded(path, 1 << 20), path);
  const found = objects.map(({ der, pemLabel }) => kindOf(der, pemLabel));
  const certificates = objects.filter((_, i) => found[i] === 'certificate');
  const isBroken = certificates.length === 0 && found.length === 1 && found[0] === 'unknown';
  if (certificates.length === 0 && !isBroken) {
    throw PKI_ERRORS.create('ERR_PKI_CERTIFICATE_MALFORMED', {
      detail: `file=${path} expected=certificate found=${[...new Set(found)].slice(0, 8).join(',')}`,
    });
  }
  return (isBroken ? objects : certificates).map(({ der }) => parseCertificate(der));
}

/** Certificates of several files. */
export async function readAnchors(paths: readonly string[]): Promise<Certificate[]> {
  return (await Promise.all(paths.map(readCertificates))).flat();
}

const TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?Z)?$/;

/** The time of an option, or now. @throws {@link SmError} ERR_CLI_USAGE */
export function timeOf(text: string | undefined, option = 'time'): Date {
  if (text === undefined) return new Date();
  const time = new Date(text);
  // A day that is not in the calendar would count as one of the next month.
  const isThere = !Number.isNaN(time.getTime()) && time.toISOString().slice(0, 10) === text.slice(0, 10);
  if (!isThere || !TIME.test(text)) {
    throw CLI_ERRORS.create('ERR_CLI_USAGE', {
      detail: `--${option} expects a time such as 2026-12-01T00:00:00Z`,
    });
  }
  return time;
}
