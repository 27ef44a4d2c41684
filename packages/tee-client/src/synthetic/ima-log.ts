import { concatBytes, utf8 } from '@cssi/sm-core';
import { LOG_ALGORITHMS, type LogAlgorithm } from '../evidence/event-log/types.ts';
import { digestOf } from '../evidence/tpm/algorithms.ts';
import type { ImaDigest } from '../evidence/tpm/ima-log.ts';

/** A measurement for a synthetic IMA list. @group Synthetic evidence */
export interface SyntheticImaFile {
  readonly path: string;
  /** Name the entry gives the hash; that of `algorithm` when left out. */
  readonly hashName?: string;
  /** Of the file's contents. */
  readonly algorithm: LogAlgorithm;
  readonly digest: Uint8Array;
  /** `ima-ng` when left out. */
  readonly template?: 'ima-ng' | 'ima-sig' | 'ima-ngv2' | 'ima-sigv2' | 'ima-buf';
  /** Third field of `ima-sig`, `ima-sigv2` and `ima-buf`. */
  readonly extra?: Uint8Array;
  /** fs-verity root instead of a hash; needs a template of version 2. */
  readonly verity?: boolean;
  /** Write the entry of a violation. */
  readonly violation?: boolean;
  /** 10 when left out. */
  readonly register?: number;
}

const u32le = (value: number): Uint8Array =>
  Uint8Array.of(value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, value >>> 24);
const field = (bytes: Uint8Array): Uint8Array => concatBytes(u32le(bytes.length), bytes);

/** Template data of an entry: what extends the register after hashing. @internal */
export function imaTemplateData(file: SyntheticImaFile): Uint8Array {
  const { template = 'ima-ng', algorithm, path } = file;
  const kind = template.endsWith('v2') ? (file.verity === true ? 'verity:' : 'ima:') : '';
  // The kernel writes zeros for a file that could not be measured.
  const digest = file.violation === true ? new Uint8Array(LOG_ALGORITHMS[algorithm].bytes) : file.digest;
  const fields = [
    field(concatBytes(utf8(`${kind}${file.hashName ?? algorithm}:\0`), digest)),
    field(utf8(`${path}\0`)),
    ...(template === 'ima-ng' || template === 'ima-ngv2' ? [] : [field(file.extra ?? new Uint8Array())]),
  ];
  return concatBytes(...fields);
}

/** An entry of `binary_runtime_measurements`. @internal */
export function imaEntry(file: SyntheticImaFile, digest: ImaDigest): Uint8Array {
  const data = imaTemplateData(file);
  const stated =
    file.violation === true ? new Uint8Array(LOG_ALGORITHMS[digest].bytes) : digestOf(digest, data);
  return concatBytes(u32le(file.register ?? 10), stated, field(utf8(file.template ?? 'ima-ng')), field(data));
}
