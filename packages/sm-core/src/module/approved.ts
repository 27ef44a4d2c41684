import { SM4_PARAMETERS } from '../sm4.ts';

/** What an approved algorithm is for. */
export type ApprovedKind =
  | 'signature'
  | 'key-exchange'
  | 'encryption'
  | 'hash'
  | 'mac'
  | 'cipher'
  | 'aead'
  | 'kdf';

/** One row of the list of approved algorithms. */
export interface ApprovedAlgorithm {
  /** Name, in upper case. */
  readonly name: string;
  readonly kind: ApprovedKind;
  /** The national standard that specifies it. */
  readonly standard: string;
  /** Object identifier where GM/T 0006 assigns one. */
  readonly oid?: string;
}

const row = (name: string, kind: ApprovedKind, standard: string, oid?: string): ApprovedAlgorithm =>
  Object.freeze({ name, kind, standard, ...(oid === undefined ? {} : { oid }) });

/** The modes that come from a national standard: XTS only in its GB/T form, CBC-CS3 not at all. */
function sm4Modes(): readonly ApprovedAlgorithm[] {
  return Object.entries(SM4_PARAMETERS)
    .filter(([, { standard }]) => standard.startsWith('GB/T'))
    .map(([mode, { standard, authenticated, nonceRule }]) => {
      const sealing = nonceRule === 'zero' ? 'mac' : 'aead';
      return row(`SM4-${mode.toUpperCase()}`, authenticated ? sealing : 'cipher', standard);
    });
}

/**
 * The approved algorithms (核准算法清单): everything of this package that a national
 * standard specifies. In compliance mode a module refuses every other name.
 *
 * @standard T/TCCIA 0002-2022 §6.2; GM/T 0006-2012 (identifiers)
 */
export const APPROVED_ALGORITHMS: readonly ApprovedAlgorithm[] = Object.freeze([
  row('SM2', 'signature', 'GB/T 32918-2016', '1.2.156.10197.1.301'),
  row('SM2-SM3', 'signature', 'GB/T 32918.2-2016', '1.2.156.10197.1.501'),
  row('SM2-KEX', 'key-exchange', 'GB/T 32918.3-2016', '1.2.156.10197.1.301.2'),
  row('SM2-PKE', 'encryption', 'GB/T 32918.4-2016', '1.2.156.10197.1.301.3'),
  row('SM2-KDF', 'kdf', 'GB/T 32918.4-2016'),
  row('SM3', 'hash', 'GB/T 32905-2016', '1.2.156.10197.1.401'),
  row('HMAC-SM3', 'mac', 'GB/T 15852.2-2012', '1.2.156.10197.1.401.2'),
  row('SM4', 'cipher', 'GB/T 32907-2016', '1.2.156.10197.1.104'),
  ...sm4Modes(),
  row('SM4-GMAC', 'mac', 'GB/T 15852.3-2019'),
  row('ZUC-128', 'cipher', 'GB/T 33133.1-2016'),
  row('128-EEA3', 'cipher', 'GB/T 33133.2-2021'),
  row('128-EIA3', 'mac', 'GB/T 33133.3-2021'),
]);

/** The approved algorithm of that name (either case) or object identifier. */
export function findApproved(name: string): ApprovedAlgorithm | undefined {
  if (typeof name !== 'string') return undefined;
  const upper = name.toUpperCase();
  return APPROVED_ALGORITHMS.find((algorithm) => algorithm.name === upper || algorithm.oid === name);
}
