import { readFile, stat, writeFile } from 'node:fs/promises';
import { type Certificate, certificatesFromPem, parseCertificate } from '@cssi/pki';
import { CLI_ERRORS } from './errors.ts';

/**
 * Reads a whole file of at most `maxBytes`.
 *
 * @throws {@link SmError} ERR_CLI_FILE
 */
export async function readBounded(path: string, maxBytes: number): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size > maxBytes)
      throw CLI_ERRORS.create('ERR_CLI_FILE', { detail: `reason=larger than ${maxBytes} bytes` });
    return Uint8Array.from(await readFile(path));
  } catch (cause) {
    if (CLI_ERRORS.is(cause)) throw cause;
    throw CLI_ERRORS.create('ERR_CLI_FILE', { detail: `file=${path}`, cause });
  }
}

/** Writes a file only its owner can read; refuses to replace one. @throws {@link SmError} ERR_CLI_FILE */
export async function writePrivate(path: string, content: string | Uint8Array): Promise<void> {
  try {
    await writeFile(path, content, { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    throw CLI_ERRORS.create('ERR_CLI_FILE', { detail: `file=${path} reason=cannot create`, cause });
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

/** The time of `--time`, or now. @throws {@link SmError} ERR_CLI_USAGE */
export function timeOf(text: string | undefined): Date {
  const time = text === undefined ? new Date() : new Date(text);
  if (Number.isNaN(time.getTime())) {
    throw CLI_ERRORS.create('ERR_CLI_USAGE', {
      detail: '--time expects a time such as 2026-12-01T00:00:00Z',
    });
  }
  return time;
}
