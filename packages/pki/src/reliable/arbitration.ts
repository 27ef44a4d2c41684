import { sm3 } from '@cssi/sm-core';
import { PKI_ERRORS } from '../errors.ts';
import { verifySignedMessage } from '../messages/verify-message.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import { ARBITRATION_RECORD_OID, type ArbitrationDelivery } from '../spec/v1/reliable.ts';
import { writeArbitrationRecord } from './arbitration-record.ts';
import { sameHolder } from './holder.ts';
import { checkTime } from './options.ts';
import { signReliably } from './sign.ts';
import type { ReliableSigner } from './signer-options.ts';
import { readSignedMessage } from './verify.ts';

/** One side of an exchange as the arbiter saw it. */
export interface ExchangeSide {
  /** 1 to 256 printable characters. */
  readonly name: string;
  /** The certificate with which the side signs. */
  readonly certificate: Certificate;
  /** What the side sent or received. */
  readonly content: Uint8Array;
  /** Signed message over `content`, attached or detached, with this side as its only signer. */
  readonly signature?: Uint8Array;
}

/** An exchange to be put on record: both signatures, or one and a proof of delivery. */
export interface Exchange {
  /** Identifies the exchange: 8 to 64 bytes. */
  readonly exchange: Uint8Array;
  readonly sender: ExchangeSide;
  readonly receiver: ExchangeSide;
  readonly delivery?: ArbitrationDelivery;
}

const refused = (reason: string) =>
  PKI_ERRORS.create('ERR_PKI_MESSAGE_OPTIONS', { detail: `reason=${reason}` });

/** An arbiter puts on record only what is so: the signature is right, and over this content. */
function checkSide({ certificate, content, signature }: ExchangeSide): void {
  if (!(content instanceof Uint8Array)) throw refused('content');
  if (signature === undefined) return;
  const message = readSignedMessage(signature, undefined);
  if (message.signers.length !== 1) throw refused('signers');
  const { verdict, signers } = verifySignedMessage(message, { content, signerCertificates: [certificate] });
  if (verdict.integrity.status !== 'passed') throw refused('signature');
  if (signers[0]?.certificate?.fingerprint !== certificate.fingerprint) throw refused('certificate');
}

/**
 * Puts an exchange on record (第三方仲裁证据记录): who sent and received, SM3 of both messages, the
 * time, and both signatures, or one with a proof of delivery; signed by the arbiter as a reliable
 * signature. The record is verified later by `verifyArbitrationRecord` without asking anybody.
 *
 * @param exchange - what the arbiter saw; signatures that are not right are refused
 * @param arbiter - a third party: neither its key nor its name is that of a side
 * @returns signed data over an `ArbitrationRecord`, DER
 * @standard T/TCCIA 0002-2022 §7.5
 * @throws {@link SmError} ERR_PKI_MESSAGE_OPTIONS, ERR_PKI_MESSAGE_MALFORMED, and as `signReliably`
 */
export async function createArbitrationRecord(
  exchange: Exchange,
  arbiter: ReliableSigner,
): Promise<Uint8Array> {
  const { sender, receiver, delivery } = exchange;
  checkSide(sender);
  checkSide(receiver);
  const pairs = [
    [sender.certificate, receiver.certificate],
    [sender.certificate, arbiter.certificate],
    [receiver.certificate, arbiter.certificate],
  ] as const;
  if (pairs.some(([a, b]) => sameHolder(a, b))) throw refused('same-party');
  const record = writeArbitrationRecord({
    exchange: exchange.exchange,
    time: checkTime(arbiter.clock(), 'clock'),
    sender: { role: 'sender', name: sender.name, certificateDigest: sm3(sender.certificate.raw) },
    receiver: { role: 'receiver', name: receiver.name, certificateDigest: sm3(receiver.certificate.raw) },
    sentDigest: sm3(sender.content),
    receivedDigest: sm3(receiver.content),
    ...(sender.signature === undefined ? {} : { senderSignature: sender.signature }),
    ...(receiver.signature === undefined ? {} : { receiverSignature: receiver.signature }),
    ...(delivery === undefined ? {} : { delivery }),
  });
  return signReliably(record, { ...arbiter, contentType: ARBITRATION_RECORD_OID });
}
