export { CBOR_MAX_DEPTH, CBOR_MAX_ITEMS, decodeCbor } from './decode.ts';
export { encodeCbor } from './encode.ts';
export { type CborKey, type CborMap, type CborReadOptions, CborTagged, type CborValue } from './value.ts';
