import { concatBytes, fromUtf8, Secret, SM_CORE_ERRORS, type SmError, utf8 } from '@cssi/sm-core';
import { PKI_ERRORS, type PkiErrorCode } from '../errors.ts';
import { DerProblem } from '../internal/tlv.ts';
import { type ContainerPassword, type ContainerReading, MAX_PASSWORD_BYTES } from '../spec/v1/container.ts';

/** The one error of a wrong key, a wrong password and a plaintext that is none. */
export const decryptFailed = (): SmError => SM_CORE_ERRORS.create('ERR_DECRYPT_FAILED');

export const badOptions = (reason: string): SmError =>
  PKI_ERRORS.create('ERR_PKI_CONTAINER_OPTIONS', { detail: `reason=${reason}` });

/** The options of a reader, which JavaScript may leave anything in. @throws SmError ERR_PKI_CONTAINER_OPTIONS */
export function readingOptions<T extends ContainerReading>(options: T): T {
  if (typeof options !== 'object' || options === null) throw badOptions('options');
  return options;
}

/** Runs what depends on a plaintext: however it fails, nothing is told but that it did. */
export function orDecryptFailed<T>(run: () => T): T {
  try {
    return run();
  } catch {
    throw decryptFailed();
  }
}

/**
 * Runs `read` on a copy of secret bytes, which is zeroed. As `reading`, but a key that is out of range
 * keeps its own code.
 *
 * @throws SmError `code` for what is wrong with the encoding, and what `read` throws
 */
export function readingSecret<T>(
  code: PkiErrorCode,
  maxBytes: number,
  input: Uint8Array | Secret,
  read: (copy: Uint8Array) => T,
): T {
  const fail = (reason: string) => PKI_ERRORS.create(code, { detail: `reason=${reason}` });
  const run = (bytes: Uint8Array): T => {
    if (bytes.length > maxBytes) throw fail('size');
    const copy = Uint8Array.from(bytes);
    try {
      return read(copy);
    } catch (error) {
      throw error instanceof DerProblem ? fail(error.message) : error;
    } finally {
      copy.fill(0);
    }
  };
  if (input instanceof Secret) return input.use(run);
  if (!(input instanceof Uint8Array)) throw fail('type');
  return run(input);
}

/** A copy of the password in UTF-8, to be zeroed by the caller. */
export function passwordBytes(password: ContainerPassword): Uint8Array {
  let bytes: Uint8Array;
  if (typeof password === 'string') bytes = utf8(password);
  else if (password instanceof Secret) bytes = password.use((secret) => Uint8Array.from(secret));
  else if (password instanceof Uint8Array) bytes = Uint8Array.from(password);
  else throw badOptions('password');
  if (bytes.length <= MAX_PASSWORD_BYTES) return bytes;
  bytes.fill(0);
  throw badOptions('password');
}

/** Runs `use` with the password and zeroes its copy. */
export async function withPassword<T>(
  password: ContainerPassword,
  use: (bytes: Uint8Array) => Promise<T>,
): Promise<T> {
  const bytes = passwordBytes(password);
  try {
    return await use(bytes);
  } finally {
    bytes.fill(0);
  }
}

/** UTF-16 big-endian of a text. */
export function utf16be(text: string): Uint8Array {
  const out = new Uint8Array(text.length * 2);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    out[2 * i] = unit >> 8;
    out[2 * i + 1] = unit & 0xff;
  }
  return out;
}

/** The password as PKCS#12 derives from it: UTF-16 with two zero bytes. @standard RFC 7292 appendix B.1 */
export function bmpPassword(password: Uint8Array): Uint8Array {
  let text: string;
  try {
    text = fromUtf8(password);
  } catch {
    // Bytes that are no text are the password of no such container.
    throw decryptFailed();
  }
  const units = utf16be(text);
  const out = concatBytes(units, Uint8Array.of(0, 0));
  units.fill(0);
  return out;
}
