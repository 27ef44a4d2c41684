import type { AlgorithmRef } from './algorithm.ts';
import type { Certificate } from './certificate.ts';
import type { DeviationPolicy, Finding } from './finding.ts';

/** Longest message that is read or written in one piece, in bytes; streams have no bound. */
export const MAX_MESSAGE_BYTES = 16_777_215;
/** Longest content of a message that is made in one piece, in bytes. */
export const MAX_MESSAGE_CONTENT_BYTES = 15_728_640;
/** Most certificates, and most CRLs, of one message. */
export const MAX_MESSAGE_CERTIFICATES = 64;
/** Most signers, and most recipients, of one message. */
export const MAX_MESSAGE_PARTIES = 64;
/** Most attributes of one signer, signed and unsigned by themselves. */
export const MAX_MESSAGE_ATTRIBUTES = 64;

/**
 * Layout and object identifiers: `gbt35275` is that of PKCS#7 1.5 with identifiers under
 * 1.2.156.10197.6.1.4.2, `rfc5652` is CMS.
 *
 * @standard GB/T 35275-2017 (GM/T 0010), RFC 5652
 */
export type MessageSyntax = 'gbt35275' | 'rfc5652';

/** What a message is. `authEnvelopedData` is RFC 5083; the last two of the others are GB/T 35275 only. */
export type MessageKind = Message['kind'];

/** An attribute (属性) to be written. */
export interface MessageAttributeSpec {
  readonly oid: string;
  /** DER of each value, at least one. */
  readonly values: readonly Uint8Array[];
}

/** An attribute that was read. */
export interface MessageAttribute extends MessageAttributeSpec {
  readonly raw: Uint8Array;
}

/** How a message names the certificate of a signer or recipient. */
export type CertificateReference =
  | { readonly by: 'issuerAndSerial'; readonly issuerRaw: Uint8Array; readonly serial: Uint8Array }
  | { readonly by: 'keyIdentifier'; readonly keyIdentifier: Uint8Array };

/** One SignerInfo (签名者信息). @standard GB/T 35275-2017, RFC 5652 §5.3 */
export interface MessageSigner {
  readonly raw: Uint8Array;
  readonly version: number;
  readonly reference: CertificateReference;
  readonly digestAlgorithm: AlgorithmRef;
  readonly signatureAlgorithm: AlgorithmRef;
  /** As encoded, for SM2 a DER SEQUENCE of r and s. */
  readonly signature: Uint8Array;
  /** `undefined` when the signature is over the content itself. */
  readonly signedAttributes: readonly MessageAttribute[] | undefined;
  /** SET OF the signed attributes in the order of the file, with the tag 31. */
  readonly signedAttributesRaw: Uint8Array | undefined;
  readonly unsignedAttributes: readonly MessageAttribute[];
}

/** One recipient who gets the content key by SM2 encryption, or another way that is only carried along. */
export type MessageRecipient =
  | {
      readonly kind: 'keyTransport';
      readonly raw: Uint8Array;
      readonly version: number;
      readonly reference: CertificateReference;
      readonly keyEncryptionAlgorithm: AlgorithmRef;
      /** As it stands there: DER of an SM2Cipher, or one of the raw forms. */
      readonly encryptedKey: Uint8Array;
    }
  | { readonly kind: 'other'; readonly raw: Uint8Array };

/** Content under a content key. @standard GB/T 35275-2017, RFC 5652 §6.1 */
export interface EncryptedContent {
  readonly contentType: string;
  readonly algorithm: AlgorithmRef;
  /** `undefined` when the ciphertext is kept elsewhere. */
  readonly ciphertext: Uint8Array | undefined;
  /** SharedInfo of GB/T 35275, if any. */
  readonly sharedInfo1?: Uint8Array;
  readonly sharedInfo2?: Uint8Array;
}

/** What all messages have. Byte arrays are views of one copy of the input. */
export interface MessageBase {
  readonly syntax: MessageSyntax;
  /** The whole message; definite lengths also where the input was BER. */
  readonly raw: Uint8Array;
  /** By what it was read; checks of signatures go by it too. */
  readonly policy: DeviationPolicy;
  readonly findings: readonly Finding[];
}

/** Certificates and revocation lists that a message carries. */
export interface MessageCertificates {
  readonly certificates: readonly Certificate[];
  /** Certificates of kinds that this package does not read, such as attribute certificates. */
  readonly otherCertificates: readonly Uint8Array[];
  /** CertificateLists, DER. */
  readonly crls: readonly Uint8Array[];
  /** Revocation data of other kinds. */
  readonly otherRevocation: readonly Uint8Array[];
}

/** Plain content (数据). */
export interface DataMessage extends MessageBase {
  readonly kind: 'data';
  readonly content: Uint8Array | undefined;
}

/** Content with signatures (签名数据). @standard GB/T 35275-2017, RFC 5652 §5.1 */
export interface SignedMessage extends MessageBase, MessageCertificates {
  readonly kind: 'signedData';
  readonly version: number;
  readonly digestAlgorithms: readonly AlgorithmRef[];
  readonly contentType: string;
  /** The bytes that are signed; `undefined` when they are kept elsewhere (detached). */
  readonly content: Uint8Array | undefined;
  /**
   * `true` where GB/T 35275 content is a SEQUENCE and no OCTET STRING; its contents octets are
   * what is signed.
   *
   * @standard RFC 2315 §9.3
   */
  readonly typedContent?: boolean;
  readonly signers: readonly MessageSigner[];
}

/** Content for recipients (数字信封). @standard GB/T 35275-2017, RFC 5652 §6.1 */
export interface EnvelopedMessage extends MessageBase {
  readonly kind: 'envelopedData';
  readonly version: number;
  readonly recipients: readonly MessageRecipient[];
  readonly encrypted: EncryptedContent;
}

/** Content for recipients, with a tag over it. @standard RFC 5083 §2.1, RFC 5084 §3.2 */
export interface AuthEnvelopedMessage extends MessageBase {
  readonly kind: 'authEnvelopedData';
  readonly version: number;
  readonly recipients: readonly MessageRecipient[];
  readonly encrypted: EncryptedContent;
  /** SET OF the authenticated attributes with the tag 31. */
  readonly authenticatedAttributesRaw: Uint8Array | undefined;
  readonly authenticatedAttributes: readonly MessageAttribute[];
  readonly tag: Uint8Array;
}

/** Signed content for recipients (带签名的数字信封). @standard GB/T 35275-2017 */
export interface SignedAndEnvelopedMessage extends MessageBase, MessageCertificates {
  readonly kind: 'signedAndEnvelopedData';
  readonly version: number;
  readonly recipients: readonly MessageRecipient[];
  readonly digestAlgorithms: readonly AlgorithmRef[];
  readonly encrypted: EncryptedContent;
  readonly signers: readonly MessageSigner[];
}

/** Content under a key that both sides have (加密数据). @standard GB/T 35275-2017, RFC 5652 §8 */
export interface EncryptedMessage extends MessageBase {
  readonly kind: 'encryptedData';
  readonly version: number;
  readonly encrypted: EncryptedContent;
}

/** What one side of a key exchange sends (密钥协商). @standard GB/T 35275-2017 */
export interface KeyAgreementMessage extends MessageBase {
  readonly kind: 'keyAgreementInfo';
  readonly version: number;
  /** Temporary public key 04‖x‖y, 65 bytes; on the curve. */
  readonly temporaryPublicKey: Uint8Array;
  readonly certificate: Certificate;
  readonly userId: Uint8Array;
}

/** A message (密码消息) that was read. */
export type Message =
  | DataMessage
  | SignedMessage
  | EnvelopedMessage
  | AuthEnvelopedMessage
  | SignedAndEnvelopedMessage
  | EncryptedMessage
  | KeyAgreementMessage;
