import { type CborValue, decodeCbor, encodeCbor } from '../../../src/evidence/cbor/index.ts';
import { encodeNitroPayload } from '../../../src/synthetic/nitro.ts';

type Parts = readonly [Uint8Array, CborValue, Uint8Array, Uint8Array];

/** The four parts of an untagged document. */
export const partsOf = (document: Uint8Array): Parts =>
  decodeCbor(document, { maxBytes: 16_384 }) as unknown as Parts;

/** The document with claims replaced, its signature as it was. */
export function withClaims(
  document: Uint8Array,
  claims: Readonly<Record<string, CborValue | undefined>>,
): Uint8Array {
  const [header, unprotectedHeader, payload, signature] = partsOf(document);
  return encodeCbor([header, unprotectedHeader, changedPayload(payload, claims), signature]);
}

/** The payload with claims replaced; those that are undefined are taken out. */
export function changedPayload(
  payload: Uint8Array,
  claims: Readonly<Record<string, CborValue | undefined>>,
): Uint8Array {
  const map = decodeCbor(payload, { maxBytes: 16_384 }) as Map<string, CborValue>;
  const entries = [...map].map(([key, value]) => [key, key in claims ? claims[key] : value] as const);
  for (const [key, value] of Object.entries(claims)) if (!map.has(key)) entries.push([key, value]);
  return encodeNitroPayload(
    entries.filter((entry): entry is readonly [string, CborValue] => entry[1] !== undefined),
  );
}
