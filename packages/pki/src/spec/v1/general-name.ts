/** One alternative name (可选名称) as it was read. @standard RFC 5280 §4.2.1.6 */
export type GeneralNameValue =
  | {
      /** Host name, e-mail address or URI, ASCII. A constraint may begin with a dot. */
      readonly kind: 'dns' | 'email' | 'uri';
      readonly value: string;
    }
  | {
      readonly kind: 'ip';
      /** 4 or 16 bytes; in a constraint 8 or 32, the second half being the mask. */
      readonly value: Uint8Array;
    }
  | {
      readonly kind: 'directory';
      /** The Name, DER; `formatDistinguishedName` prints it. */
      readonly raw: Uint8Array;
    }
  | {
      readonly kind: 'oid';
      readonly value: string;
    }
  | {
      /** otherName, x400Address and ediPartyName, which are not read. */
      readonly kind: 'other';
      /** Number of the choice: 0, 3 or 5. */
      readonly number: number;
      /** The whole element, DER. */
      readonly raw: Uint8Array;
    };

/** Names that certificates below a CA may, and may not, carry (名称限制). @standard RFC 5280 §4.2.1.10 */
export interface NameConstraints {
  readonly permitted: readonly GeneralNameValue[];
  readonly excluded: readonly GeneralNameValue[];
}

/** One certificate policy (证书策略). */
export interface CertificatePolicy {
  readonly oid: string;
  /** URIs of practice statements (认证业务声明). */
  readonly cpsUris: readonly string[];
  /** Texts of user notices. */
  readonly notices: readonly string[];
}
