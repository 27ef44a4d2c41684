import { equalBytes } from '@cssi/sm-core';
import { ByteReader } from '../byte-reader.ts';
import { LOG_ALGORITHMS } from '../event-log/types.ts';
import { malformed } from '../malformed.ts';
import { digestOf } from './algorithms.ts';
import { type ImaFile, readImaFile } from './ima-template.ts';

/** Longest IMA log that is read, in bytes. @group Attestation */
export const MAX_IMA_LOG_BYTES = 4_194_304;
/** Most entries of an IMA log. @group Attestation */
export const MAX_IMA_ENTRIES = 65_536;

const MAX_TEMPLATE_NAME = 255;
const MAX_REGISTER = 31;

/**
 * Hash of the template digests in the file: SHA-1 in `binary_runtime_measurements`, others in the files named
 * after them. What extends a bank is always computed by the bank's own hash from the template data.
 *
 * @group Attestation
 */
export type ImaDigest = 'sha1' | 'sha256' | 'sm3';

/**
 * An entry of the measurement list of Linux IMA (完整性度量架构). Byte fields are views of the input.
 *
 * @standard Linux kernel, security/integrity/ima (ima_fs.c: binary form)
 * @group Attestation
 */
export interface ImaEntry {
  /** PCR it extended, 10 as a rule. */
  readonly register: number;
  /** `ima-ng`, `ima-sig`, `ima-ngv2`, `ima-sigv2`, `ima-buf` or another. */
  readonly template: string;
  readonly data: Uint8Array;
  /** The file was open for writing while it was measured: the register was extended with ones. */
  readonly violation: boolean;
  /** Whether the digest in the log is that of `data`; true for violations. */
  readonly digestRight: boolean;
  /** What was measured; undefined for templates this package does not read. */
  readonly file: ImaFile | undefined;
}

function readEntry(reader: ByteReader, digest: ImaDigest): ImaEntry {
  const register = reader.u32();
  if (register > MAX_REGISTER) throw malformed('ima-register');
  const stated = reader.bytes(LOG_ALGORITHMS[digest].bytes);
  const nameLength = reader.u32();
  if (nameLength === 0 || nameLength > MAX_TEMPLATE_NAME) throw malformed('ima-template-name');
  const template = Buffer.from(reader.bytes(nameLength)).toString('latin1');
  if (!/^[a-z0-9|-]+$/.test(template)) throw malformed('ima-template-name');
  // The first template of all has no length, and a digest over something else than its data.
  if (template === 'ima') throw malformed('ima-template-legacy');
  const data = reader.bytes(reader.u32());
  const violation = stated.every((byte) => byte === 0);
  return {
    register,
    template,
    data,
    violation,
    digestRight: violation || equalBytes(stated, digestOf(digest, data)),
    file: readImaFile(template, data),
  };
}

/**
 * Reads the binary measurement list of a little-endian machine. The legacy template `ima` is refused.
 *
 * @param digest - hash of the template digests in it
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED
 * @group Attestation
 */
export function parseImaLog(bytes: Uint8Array, digest: ImaDigest = 'sha1'): ImaEntry[] {
  if (bytes.length > MAX_IMA_LOG_BYTES) throw malformed('ima-size');
  const reader = new ByteReader(bytes, 'ima');
  const entries: ImaEntry[] = [];
  while (reader.left > 0) {
    if (entries.length === MAX_IMA_ENTRIES) throw malformed('ima-entries');
    entries.push(readEntry(reader, digest));
  }
  return entries;
}
