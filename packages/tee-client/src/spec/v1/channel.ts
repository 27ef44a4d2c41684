/**
 * The attested secure channel (可信安全信道): what its two sides prove to each other, and the channel into
 * an enclave.
 */
import { equalBytes, type Secret, type Sm2KeyPair, sm3, utf8 } from '@cssi/sm-core';
import type { EnclaveCallOptions } from './enclave.ts';

/**
 * Version of the handshake; the first byte after the type of every message.
 *
 * @group Secure channel
 */
export const CHANNEL_VERSION = 1;

/**
 * Suites of the handshake, in the order of preference of a responder.
 *
 * - 1: SM2 Diffie–Hellman, HKDF-SM3, SM4-GCM, signatures SM2 with SM3
 *
 * @standard GB/T 32918.1-2016, GB/T 32905-2016, GB/T 32907-2016, GB/T 36624-2018
 * @group Secure channel
 */
export const CHANNEL_SUITES = [1] as const;

/**
 * Signer ID of SM2 signatures of the handshake: a key that signs elsewhere with another ID signs
 * nothing here by accident.
 *
 * @standard GB/T 32918.2-2016 §5.5
 * @group Secure channel
 */
export const CHANNEL_SIGNER_ID = 'cssi-channel/1';

/**
 * Property of the client of an application (TEE_PROPSET_CURRENT_CLIENT): SM3 of the public key by which the
 * other end of the secure channel proved itself; there is none in a call that came by no channel.
 *
 * The host chooses the session a channel goes through, and may put channels of several clients and calls in
 * the clear into one. What an application keeps for a client has to hang on this property, not on the session.
 *
 * @group Secure channel
 */
export const CHANNEL_PEER_PROPERTY = 'cssi.channel.peer';

/**
 * What the prologue of a channel into an enclave begins with; the UUID of the application follows, lower case.
 *
 * @group Secure channel
 */
export const ENCLAVE_CHANNEL_PROLOGUE = 'cssi-enclave-channel/1 ';

/**
 * Bounds of the handshake, in bytes.
 *
 * @group Secure channel
 */
export const CHANNEL_LIMITS = {
  /** Of the evidence a side gives. */
  evidence: 524_288,
  /** Of any message of the handshake. */
  message: 525_312,
  prologue: 1024,
  /** Length of what evidence binds. */
  reportData: 64,
  exportLabel: { min: 1, max: 64 },
  exportedKey: { min: 16, max: 64 },
} as const;

/**
 * The second half of what evidence binds in a handshake (after 32 bytes made of both sides' fresh keys).
 *
 * Whoever gives evidence over a challenge that somebody else chose must refuse challenges that end in
 * these 32 bytes ({@link isChannelReportData}): else anybody could have evidence made for a handshake of his
 * own, and pass for the one that gave it.
 *
 * @group Secure channel
 */
export const CHANNEL_REPORT_MARK: Uint8Array = /* @__PURE__ */ sm3(utf8('cssi-channel/1 report data'));

/**
 * True for report data of a handshake: 64 bytes that end in {@link CHANNEL_REPORT_MARK}.
 *
 * @group Secure channel
 */
export function isChannelReportData(reportData: Uint8Array): boolean {
  const { reportData: length } = CHANNEL_LIMITS;
  return (
    reportData.length === length &&
    equalBytes(reportData.subarray(length - CHANNEL_REPORT_MARK.length), CHANNEL_REPORT_MARK)
  );
}

/**
 * What a side proves itself with.
 *
 * - `evidence`: attestation evidence that binds `reportData` (64 bytes, of this handshake alone). A promise of
 *   it is for `answerAsync` and `finishAsync`
 * - `key`: an SM2 key pair; it stays its owner's, and has to live until the handshake is over
 * - `evidence-and-key`: both; the evidence binds the public key, too
 * - `anonymous`: nothing; the peer has to allow that by name
 *
 * @group Secure channel
 */
export type ChannelCredential =
  | { readonly kind: 'evidence'; attest(reportData: Uint8Array): Uint8Array | Promise<Uint8Array> }
  | { readonly kind: 'key'; readonly pair: Sm2KeyPair }
  | {
      readonly kind: 'evidence-and-key';
      attest(reportData: Uint8Array): Uint8Array | Promise<Uint8Array>;
      readonly pair: Sm2KeyPair;
    }
  | { readonly kind: 'anonymous' };

/**
 * Whom a side accepts. What is given here is demanded of the peer: with both functions it has to show
 * both. `anonymous` stands alone and asks for nothing. It is read once, when the side is made.
 *
 * @group Secure channel
 */
export interface ChannelAcceptance {
  /**
   * Judges the peer's evidence; it has to throw when the evidence is not accepted or does not bind
   * `reportData`, and to return nothing otherwise. Synchronous.
   */
  evidence?(evidence: Uint8Array, reportData: Uint8Array): void;
  /** True for a public key (65 bytes) that is accepted; the peer has proved that it has the private key. */
  key?(publicKey: Uint8Array): boolean;
  readonly anonymous?: true;
}

/**
 * Who is at the other end, as it proved.
 *
 * @group Secure channel
 */
export interface ChannelPeer {
  readonly evidence?: Uint8Array;
  /** 65 bytes. */
  readonly publicKey?: Uint8Array;
}

/**
 * Options of both sides of a handshake.
 *
 * @group Secure channel
 */
export interface ChannelOptions {
  readonly credential: ChannelCredential;
  readonly accept: ChannelAcceptance;
  /**
   * What both sides know beforehand, for example what the channel is for; up to 1,024 bytes. It is not
   * sent. A handshake between sides with different ones does not succeed.
   */
  readonly prologue?: Uint8Array;
}

/**
 * Options of a channel into an enclave.
 *
 * @group Secure channel
 */
export interface EnclaveChannelOptions {
  /** The enclave learns the SM3 of its public key (property `cssi.channel.peer` of its client). */
  readonly credential: Extract<ChannelCredential, { readonly kind: 'key' }>;
  /**
   * Judges the enclave's evidence: it has to throw unless the evidence is genuine, of the right
   * application, and binds `reportData`. Synchronous.
   */
  appraise(evidence: Uint8Array, reportData: Uint8Array): void;
}

/**
 * @group Secure channel
 */
export interface EnclaveChannelCallOptions extends EnclaveCallOptions {
  /** False for a command without an output parameter; the answer is empty. */
  readonly output?: boolean;
}

/**
 * A channel that ends inside an enclave: the module and its host carry ciphertext.
 *
 * Failure: `ERR_TEE_CHANNEL` (an answer that is not genuine) ends the channel; a `TeecError` does not, unless
 * it is TARGET_DEAD, SECURITY, ITEM_NOT_FOUND or BAD_STATE of another origin than TRUSTED_APP. What the
 * application answers, a `TeecError` of origin TRUSTED_APP included, is authenticated; that a call did not reach
 * it, any other origin, is only what the module says. Concurrency: calls take effect one after the other, in the order made. Bytes:
 * inputs are copied before a method returns its promise; results belong to the caller.
 *
 * @group Secure channel
 */
export interface EnclaveChannel {
  /**
   * Calls a command in the session of the enclave: the inputs (up to four) are memory parameters 0, 1, …;
   * after them stands the output, unless there are four.
   *
   * @throws {@link TeecError} as `Enclave.call`; {@link SmError} ERR_TEE_CHANNEL
   */
  call(
    command: number,
    input: Uint8Array | readonly Uint8Array[],
    options?: EnclaveChannelCallOptions,
  ): Promise<Uint8Array>;
  /**
   * Key material that only both ends can have, for another use; the caller destroys it. The application
   * gets the same with `CSSI_ExportChannelKey`.
   *
   * @param label - 1 to 64 bytes
   * @param length - 16 to 64
   * @throws {@link SmError} ERR_TEE_CHANNEL when the channel has ended, ERR_TEE_OPTION_INVALID
   */
  exportKey(label: Uint8Array, length: number): Secret;
  /** A second call does nothing. */
  close(): Promise<void>;
}
