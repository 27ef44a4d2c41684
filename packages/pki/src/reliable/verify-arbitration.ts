import { equalBytes, SmError, sm3 } from '@cssi/sm-core';
import { PKI_ERRORS } from '../errors.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import type { SignedMessage } from '../spec/v1/message.ts';
import {
  ARBITRATION_RECORD_OID,
  type ArbitrationRecord,
  type ArbitrationReport,
  type PartyRole,
  type ReliableReport,
  type ReliableSignature,
} from '../spec/v1/reliable.ts';
import { holdsProof, parseArbitrationRecord } from './arbitration-record.ts';
import { sameHolder } from './holder.ts';
import { judgeSignature } from './judge-signature.ts';
import type { ReliableVerifyOptions } from './options.ts';
import { checkParty, type EvidenceParty, isOf } from './parties.ts';
import { StepLog, together } from './steps.ts';
import { readSignedMessage, verifyReliably } from './verify.ts';

/** How far a record's own time may be after its stamp, in milliseconds: clocks differ. */
const MAX_CLOCK_DIFFERENCE = 300_000;

/** What an arbitration record is judged by. */
export interface ArbitrationVerifyOptions {
  /** By what the arbiter's signature is judged; its anchors are those of arbiters. */
  readonly arbiter: Omit<ReliableVerifyOptions, 'content'>;
  /**
   * By what the parties' signatures are judged, at the time of the arbiter's stamp; as the arbiter
   * when left out. Its `policy`, when left out, is the arbiter's.
   */
  readonly parties?: Omit<ReliableVerifyOptions, 'content' | 'time'>;
  /**
   * Who sent. For a side whose signature is not in the record, a certificate must be given that the
   * record names: by a name alone, trust is indeterminate.
   */
  readonly sender: EvidenceParty;
  /** Who received, likewise. */
  readonly receiver: EvidenceParty;
  /** The message that was sent, needed when the signatures in the record are detached. */
  readonly sent?: Uint8Array;
  /** The message that was received; the one that was sent when left out. */
  readonly received?: Uint8Array;
}

/** One side of the record with what it is held against. */
interface Side {
  readonly role: PartyRole;
  readonly party: EvidenceParty;
  readonly content: Uint8Array | undefined;
  readonly digest: Uint8Array;
  readonly certificateDigest: Uint8Array;
  readonly signature: Uint8Array | undefined;
}

function sidesOf(record: ArbitrationRecord, options: ArbitrationVerifyOptions): readonly [Side, Side] {
  const { sent, received = sent } = options;
  return [
    {
      role: 'sender',
      party: checkParty(options.sender),
      content: sent,
      digest: record.sentDigest,
      certificateDigest: record.sender.certificateDigest,
      signature: record.senderSignature,
    },
    {
      role: 'receiver',
      party: checkParty(options.receiver),
      content: received,
      digest: record.receivedDigest,
      certificateDigest: record.receiver.certificateDigest,
      signature: record.receiverSignature,
    },
  ];
}

function readSide(signature: Uint8Array, policy: ReliableVerifyOptions['policy']): SignedMessage | undefined {
  try {
    const message = readSignedMessage(signature, policy);
    return message.signers.length === 1 ? message : undefined;
  } catch (error) {
    if (error instanceof SmError && error.code !== 'ERR_PKI_DEVIATION_REFUSED') return undefined;
    throw error;
  }
}

/** The certificate of the side is the one in the record, and the party's. */
function judgeCertificate(log: StepLog, side: Side, certificate: Certificate | undefined): void {
  if (certificate === undefined) return;
  if (!equalBytes(sm3(certificate.raw), side.certificateDigest)) {
    log.say('party', 'integrity', 'failed', 'RECORD_CERTIFICATE_WRONG');
  }
  if (isOf(side.party, certificate)) log.say('party', 'trust', 'passed', 'PARTY_SIGNED');
  else log.say('party', 'trust', 'failed', 'PARTY_NOT_SIGNED');
}

/**
 * A side that did not sign is who the record says by its certificate's digest, and nobody is held to
 * a record that names somebody else.
 *
 * @returns the party's certificate in the record
 */
function judgeUnsigned(log: StepLog, { party, certificateDigest }: Side): Certificate | undefined {
  const { certificates = [], subjects = [] } = party;
  const named = certificates.find(({ raw }) => equalBytes(sm3(raw), certificateDigest));
  if (named !== undefined) log.say('party', 'trust', 'passed', 'RECORD_PARTY_NAMED');
  // The certificate in the record may be another one with the name: its digest does not tell.
  else if (subjects.length > 0) log.say('party', 'trust', 'indeterminate', 'RECORD_PARTY_UNPROVEN');
  else log.say('party', 'trust', 'failed', 'RECORD_PARTY_WRONG');
  return named;
}

function judgeSide(
  log: StepLog,
  side: Side,
  provenBy: Date,
  options: ReliableVerifyOptions,
): ReliableSignature | undefined {
  if (side.signature === undefined) return undefined;
  const message = readSide(side.signature, options.policy);
  if (message === undefined) {
    log.say('signature', 'integrity', 'failed', 'RECORD_SIGNATURE_MALFORMED');
    return undefined;
  }
  const content = message.content ?? side.content;
  if (content !== undefined && !equalBytes(sm3(content), side.digest)) {
    log.say('signature', 'integrity', 'failed', 'RECORD_SIGNATURE_OVER_OTHER');
    return undefined;
  }
  const given = message.content === undefined && content !== undefined ? { content } : {};
  const known = [...(options.intermediates ?? []), ...(side.party.certificates ?? [])];
  const judged = judgeSignature(
    message,
    0,
    { ...options, ...given, intermediates: known },
    { stampRequired: false, provenBy },
  );
  judgeCertificate(log, side, judged.certificate);
  return judged;
}

function judgeContent(log: StepLog, record: ArbitrationRecord, sides: readonly Side[]): void {
  const same = equalBytes(record.sentDigest, record.receivedDigest);
  log.say(
    'signature',
    'integrity',
    same ? 'passed' : 'failed',
    same ? 'RECORD_DIGESTS_EQUAL' : 'RECORD_DIGESTS_DIFFER',
  );
  for (const { content, digest } of sides) {
    if (content === undefined) continue;
    const right = equalBytes(sm3(content), digest);
    log.say(
      'signature',
      'integrity',
      right ? 'passed' : 'failed',
      right ? 'RECORD_CONTENT_RIGHT' : 'RECORD_CONTENT_WRONG',
    );
  }
}

function judgeTimes(
  log: StepLog,
  { time, delivery }: ArbitrationRecord,
  { signatures }: ReliableReport,
): void {
  const stamped = signatures[0]?.stampedBy;
  const late = stamped !== undefined && time.getTime() > stamped.getTime() + MAX_CLOCK_DIFFERENCE;
  const undelivered = delivery !== undefined && delivery.time > time;
  if (late || undelivered) log.say('time-stamp', 'time', 'failed', 'RECORD_TIME_WRONG');
}

/** The arbiter is neither a party as the caller knows them, nor whoever really signed as one. */
function judgeArbiter(
  log: StepLog,
  arbiter: Certificate | undefined,
  sides: readonly Side[],
  holders: readonly Certificate[],
): void {
  if (arbiter === undefined) return;
  const digest = sm3(arbiter.raw);
  const isSide = ({ party, certificateDigest }: Side) =>
    equalBytes(certificateDigest, digest) || isOf(party, arbiter);
  const known = [...holders, ...sides.flatMap(({ party }) => party.certificates ?? [])];
  if (sides.some(isSide) || known.some((certificate) => sameHolder(certificate, arbiter))) {
    log.say('party', 'trust', 'failed', 'ARBITER_IS_PARTY');
  }
}

/** Two sides are two holders: neither one certificate, nor one key, nor one name. */
function judgeTwo(
  log: StepLog,
  { sender, receiver }: ArbitrationRecord,
  [a, b]: readonly (Certificate | undefined)[],
): void {
  const one =
    equalBytes(sender.certificateDigest, receiver.certificateDigest) ||
    (a !== undefined && b !== undefined && sameHolder(a, b));
  if (one) log.say('party', 'trust', 'failed', 'PARTY_AMBIGUOUS');
}

/** One signed record, by one arbiter. */
function readRecord(message: SignedMessage): ArbitrationRecord {
  const malformed = (reason: string) =>
    PKI_ERRORS.create('ERR_PKI_MESSAGE_MALFORMED', { detail: `reason=${reason}` });
  if (message.contentType !== ARBITRATION_RECORD_OID) throw malformed('content type');
  if (message.content === undefined) throw malformed('content');
  if (message.signers.length !== 1) throw malformed('signers');
  return parseArbitrationRecord(message.content);
}

/**
 * Verifies an arbitration record, offline: the arbiter's reliable signature, that the arbiter
 * is a third party, that the two sides are two parties and the ones of the options, that what was
 * received is what was sent, and the signatures of the parties in it, as of the time of the arbiter's stamp, which proves that they were there by then.
 *
 * @param message - what `createArbitrationRecord` gave
 * @standard T/TCCIA 0002-2022 §7.5
 * @throws {@link SmError} ERR_PKI_MESSAGE_MALFORMED for what is no signed record, ERR_PKI_DEVIATION_REFUSED, and as `verifyReliably`
 */
export function verifyArbitrationRecord(
  message: Uint8Array,
  options: ArbitrationVerifyOptions,
): ArbitrationReport {
  const read = readSignedMessage(message, options.arbiter.policy);
  const record = readRecord(read);
  const arbiter = verifyReliably(read, options.arbiter);
  const log = new StepLog();
  const sides = sidesOf(record, options);
  judgeContent(log, record, sides);
  judgeTimes(log, record, arbiter);
  if (!holdsProof(record)) log.say('party', 'integrity', 'failed', 'RECORD_PROOF_MISSING');
  else if (record.delivery !== undefined) log.say('party', 'integrity', 'passed', 'RECORD_DELIVERY_PROVEN');
  const { time } = options.arbiter;
  const provenBy = arbiter.signatures[0]?.stampedBy ?? time;
  const { policy } = options.arbiter;
  const partyOptions = {
    ...(policy === undefined ? {} : { policy }),
    ...(options.parties ?? options.arbiter),
    time,
  };
  const [sender, receiver] = sides.map((side) => judgeSide(log, side, provenBy, partyOptions));
  const holders = [sender, receiver].map((judged, i) =>
    sides[i]!.signature === undefined ? judgeUnsigned(log, sides[i]!) : judged?.certificate,
  );
  judgeTwo(log, record, holders);
  judgeArbiter(
    log,
    arbiter.signatures[0]?.certificate,
    sides,
    holders.filter((holder) => holder !== undefined),
  );
  const parts = [sender, receiver].flatMap((side) => (side === undefined ? [] : [side.verdict]));
  return {
    verdict: together([log.verdict(), arbiter.verdict, ...parts]),
    record,
    arbiter,
    ...(sender === undefined ? {} : { sender }),
    ...(receiver === undefined ? {} : { receiver }),
    steps: log.steps,
  };
}
