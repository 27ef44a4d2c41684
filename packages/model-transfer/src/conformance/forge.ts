import { type CborValue, decodeCbor, encodeCbor } from '../spec/v1/cbor.ts';
import { MAX_HEADER_BYTES } from '../spec/v1/constants.ts';
import { manifestSignedBytes } from '../spec/v1/manifest-codec.ts';
import type { PackageParts } from '../spec/v1/source.ts';
import type { Party } from './world.ts';

/** CBOR maps that may be changed. */
export interface Draft {
  /** The core as a map. */
  readonly core: Record<string, CborValue>;
  /** The manifest around it, without the core. */
  readonly manifest: Record<string, CborValue>;
}

const copyOf = (value: CborValue | undefined): Record<string, CborValue> => ({
  ...(value as Record<string, CborValue>),
});

/**
 * Rewrites a manifest and signs it as `publisher`: what a publisher with a faulty or a
 * malicious program could send.
 *
 * @param encode - how the manifest is encoded; deterministic CBOR when left out
 */
export async function forge(
  parts: PackageParts,
  publisher: Party,
  change: (draft: Draft) => void,
  encode: (value: CborValue) => Uint8Array = encodeCbor,
): Promise<PackageParts> {
  const [manifestBytes] = decodeCbor(parts.header, MAX_HEADER_BYTES) as readonly [Uint8Array];
  const { core: coreBytes, ...rest } = copyOf(decodeCbor(manifestBytes, MAX_HEADER_BYTES));
  const draft: Draft = {
    core: copyOf(decodeCbor(coreBytes as Uint8Array, MAX_HEADER_BYTES)),
    manifest: rest,
  };
  change(draft);
  const manifest = encode({ ...draft.manifest, core: encodeCbor(draft.core) });
  const signature = await publisher.signer.sign(manifestSignedBytes(manifest));
  return { ...parts, header: encodeCbor([manifest, signature, [publisher.certificate]]) };
}

/** The list of maps in a field, as copies that may be changed. */
export function mapsIn(map: Record<string, CborValue>, field: string): Record<string, CborValue>[] {
  const copies = (map[field] as readonly CborValue[]).map((item) => copyOf(item));
  map[field] = copies;
  return copies;
}

/** The parts with chunk `index` replaced. */
export function withChunk(parts: PackageParts, index: number, chunk: Uint8Array): PackageParts {
  return { ...parts, chunks: parts.chunks.map((old, i) => (i === index ? chunk : old)) };
}

/** A copy with one bit of byte `at` flipped; negative counts from the end. */
export function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at < 0 ? bytes.length + at : at]! ^= 1;
  return copy;
}
