import { equalBytes, sm3 } from '@cssi/sm-core';
import { SEAL_ERRORS } from '../errors.ts';
import { SEAL_OIDS } from '../spec/v1/oids.ts';
import type { SealSignature } from '../spec/v1/structures.ts';
import type { OfdSignatureFile } from './ofd-signature.ts';
import type { StepRecord } from './step-recorder.ts';
import type { OfdParts } from './zip-read.ts';

/** One signature of a package with its own parts. */
export interface SignatureParts {
  readonly path: string;
  readonly file: OfdSignatureFile;
  /** Its SignedValue.dat. */
  readonly signature: SealSignature;
}

/** Names of SM3 in CheckMethod. @throws SmError ERR_SEAL_ALGORITHM_UNSUPPORTED for all others, MD5 among them */
export function checkDigestMethod(method: string): void {
  if (method !== SEAL_OIDS.sm3 && method !== 'SM3') {
    throw SEAL_ERRORS.create('ERR_SEAL_ALGORITHM_UNSUPPORTED', { detail: 'field=CheckMethod' });
  }
}

/** SM3 of the parts, each computed once however many signatures cover it. */
export class PartDigests {
  readonly #parts: OfdParts;
  readonly #known = new Map<string, Uint8Array>();

  constructor(parts: OfdParts) {
    this.#parts = parts;
  }

  /** Digest of a part, or nothing when the package lacks it. */
  of(name: string): Uint8Array | undefined {
    const known = this.#known.get(name);
    const bytes = this.#parts.get(name);
    if (known !== undefined || bytes === undefined) return known;
    const digest = sm3(bytes);
    this.#known.set(name, digest);
    return digest;
  }
}

/** Digests of all referenced parts. @standard GB/T 33190-2016 §18.2 */
export function judgeReferences(record: StepRecord, digests: PartDigests, file: OfdSignatureFile): void {
  const missing: string[] = [];
  const wrong: string[] = [];
  for (const { part, checkValue } of file.references) {
    const digest = digests.of(part);
    if (digest === undefined) missing.push(part);
    else if (!equalBytes(digest, checkValue)) wrong.push(part);
  }
  if (missing.length > 0) record.fail('integrity', 'REFERENCE_MISSING', missing);
  if (wrong.length > 0) record.fail('integrity', 'REFERENCE_DIGEST_WRONG', wrong);
  if (missing.length + wrong.length === 0) record.pass('integrity', 'REFERENCES_VALID');
}

/**
 * Whether the signature covers the whole package. Every part counts, reachable or
 * not, because readers differ in what they reach. Left out are the list of
 * signatures, the signature's own two files, and the files of the other listed
 * signatures, which the verdict on the document judges as well. What another signature
 * names as its seal file counts only when it is that seal, or the name could excuse any part.
 */
export function judgeCoverage(
  record: StepRecord,
  parts: OfdParts,
  own: SignatureParts,
  all: readonly SignatureParts[],
  listPart: string,
): void {
  const covered = new Set([listPart, own.path, own.file.signedValue]);
  for (const { part } of own.file.references) covered.add(part);
  for (const other of all) {
    if (other.path === own.path) continue;
    covered.add(other.path).add(other.file.signedValue);
    const { sealFile } = other.file;
    const seal = sealFile === undefined ? undefined : parts.get(sealFile);
    if (sealFile !== undefined && seal !== undefined && equalBytes(seal, other.signature.seal.raw)) {
      covered.add(sealFile);
    }
  }
  const open = [...parts.keys()].filter((name) => !covered.has(name));
  if (open.length === 0) record.pass('integrity', 'COVERAGE_COMPLETE');
  else record.fail('integrity', 'PART_NOT_COVERED', open);
}
