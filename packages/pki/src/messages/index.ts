/**
 * Cryptographic messages (密码消息) of GB/T 35275 and RFC 5652: signed, enveloped, both,
 * encrypted under a shared key; in memory and as streams.
 *
 * @packageDocumentation
 */

export type { AlgorithmRef } from '../spec/v1/algorithm.ts';
export {
  type AuthEnvelopedMessage,
  type CertificateReference,
  type DataMessage,
  type EncryptedContent,
  type EncryptedMessage,
  type EnvelopedMessage,
  type KeyAgreementMessage,
  MAX_MESSAGE_ATTRIBUTES,
  MAX_MESSAGE_BYTES,
  MAX_MESSAGE_CERTIFICATES,
  MAX_MESSAGE_CONTENT_BYTES,
  MAX_MESSAGE_PARTIES,
  type Message,
  type MessageAttribute,
  type MessageAttributeSpec,
  type MessageBase,
  type MessageCertificates,
  type MessageKind,
  type MessageRecipient,
  type MessageSigner,
  type MessageSyntax,
  type SignedAndEnvelopedMessage,
  type SignedMessage,
} from '../spec/v1/message.ts';
export {
  MESSAGE_REASONS,
  type MessageReasonCode,
  type SignedMessageReport,
  type SignerCheck,
  type SignerReport,
} from '../spec/v1/message-report.ts';
export { type AddSignatureOptions, addSignature, addUnsignedAttribute } from './change-message.ts';
export type { Sm2CipherForm } from './cipher-forms.ts';
export { ATTRIBUTE_OIDS, CMS_CONTENT_TYPES, GM_CONTENT_TYPES } from './content-types.ts';
export {
  type DecryptedMessage,
  type DecryptMessageOptions,
  decryptMessage,
  type EncryptedMessageSpec,
  encryptMessage,
} from './encrypt-message.ts';
export { decryptWithKey, encryptWithKey } from './encrypted-data.ts';
export { createKeyAgreementInfo, type KeyAgreementSpec } from './key-agreement.ts';
export { type ParseMessageOptions, parseMessage } from './parse-message.ts';
export type { MessageRecipientSpec, RecipientOptions } from './recipients.ts';
export { type SignedMessageSpec, signMessage } from './sign-message.ts';
export {
  type DecryptedSignedMessage,
  decryptAndVerifyMessage,
  type SignedAndEncryptedSpec,
  signAndEncryptMessage,
} from './signed-enveloped.ts';
export { type DecryptStreamOptions, decryptMessageStream } from './stream/decrypt-stream.ts';
export { encryptMessageStream } from './stream/encrypt-stream.ts';
export { signMessageStream } from './stream/sign-stream.ts';
export {
  type VerifiedStream,
  type VerifyStreamOptions,
  verifyDetachedStream,
  verifyMessageStream,
} from './stream/verify-stream.ts';
export { verifySignedMessage } from './verify-message.ts';
export type { VerifyMessageOptions } from './verify-options.ts';
export type { MessageSignerSpec } from './write-signer.ts';
