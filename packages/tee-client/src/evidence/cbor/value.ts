/**
 * A value of CBOR as evidence uses it: no floats, no `undefined`, no simple values but the three below.
 * Integers that a number cannot hold exactly are bigints.
 *
 * @standard RFC 8949 §3
 * @group Attestation
 */
export type CborValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly CborValue[]
  | CborMap
  | CborTagged;

/** Key of a map: an integer or text. @group Attestation */
export type CborKey = number | string;

/** @group Attestation */
export type CborMap = ReadonlyMap<CborKey, CborValue>;

/**
 * A tagged value.
 *
 * @standard RFC 8949 §3.4
 * @group Attestation
 */
export class CborTagged {
  /** 0 to 2^53 − 1. */
  readonly tag: number;
  readonly value: CborValue;

  constructor(tag: number, value: CborValue) {
    if (!Number.isSafeInteger(tag) || tag < 0) throw new RangeError('tag must be an integer of 0 or more');
    this.tag = tag;
    this.value = value;
  }

  /** The name by which the encoder knows a tagged value. */
  get [Symbol.toStringTag](): string {
    return 'Tagged';
  }
}

/** How CBOR is read. @group Attestation */
export interface CborReadOptions {
  /** Longest accepted input in bytes. */
  readonly maxBytes: number;
  /** Whether arrays and maps of indefinite length are accepted; strings never are. Default: no. */
  readonly indefinite?: boolean;
}
