/** An AlgorithmIdentifier (算法标识) that was read. */
export interface AlgorithmRef {
  /** Name of a known algorithm after aliases were resolved, else the OID. */
  readonly name: string;
  /** Object identifier as it stands there. */
  readonly oid: string;
  /** Parameters as they stand there, one DER element; `undefined` when absent. */
  readonly parameters:
    | { readonly tag: number; readonly raw: Uint8Array; readonly value: Uint8Array }
    | undefined;
}
