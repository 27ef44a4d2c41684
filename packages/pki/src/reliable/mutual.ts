import { equalBytes } from '@cssi/sm-core';
import { PKI_ERRORS } from '../errors.ts';
import { addSignature } from '../messages/change-message.ts';
import type { SignedMessage } from '../spec/v1/message.ts';
import type { MutualPartyReport, MutualReport, ReliableSignature } from '../spec/v1/reliable.ts';
import { checkSignerCertificate } from './check-signer.ts';
import { completeSignature } from './complete.ts';
import { sameHolder } from './holder.ts';
import { ownBytes, type ReliableVerifyOptions } from './options.ts';
import { checkParty, type EvidenceParty, isOf } from './parties.ts';
import { firstSignature, signerSpec } from './sign.ts';
import type { PartySigner, ReliableForm } from './signer-options.ts';
import { rankOf, StepLog, together } from './steps.ts';
import { contentOf, judgeSignatures, readSignedMessage } from './verify.ts';

/**
 * Begins evidence that both parties of an exchange sign (双方签名证据): the first party's
 * signature over the content. The other party adds its own with {@link countersign}. Both
 * may be time stamped and carry evidence about revocation.
 *
 * @returns GB/T 35275 or RFC 5652 signed data, DER
 * @throws {@link SmError} as `signReliably`
 */
export async function createMutualEvidence(
  content: Uint8Array,
  options: PartySigner & ReliableForm,
): Promise<Uint8Array> {
  return firstSignature(ownBytes(content, 'content'), options);
}

const refused = (reason: string) =>
  PKI_ERRORS.create('ERR_PKI_MESSAGE_OPTIONS', { detail: `reason=${reason}` });

/** What the other side signed is what is signed here, so it must be right first. */
function checkOthers(message: SignedMessage, options: PartySigner & { readonly content?: Uint8Array }): void {
  const { anchors, clock, certificate, content } = options;
  const others = judgeSignatures(
    message,
    { anchors, time: clock(), revocation: 'none', ...(content === undefined ? {} : { content }) },
    { stampRequired: false },
  );
  if (others.length === 0) throw refused('no-signature');
  for (const other of others) {
    if (other.verdict.integrity.status !== 'passed') throw refused('signature');
    if (other.certificate !== undefined && sameHolder(other.certificate, certificate))
      throw refused('same-party');
  }
}

/**
 * Adds the signature of the other party over the same content. The signatures that are there
 * must be right, and of somebody else: neither the key nor the name may be the same.
 *
 * @param message - what `createMutualEvidence` gave
 * @param options - `content` of a detached message; the certificates of `chain` go into the message
 * @returns the new message, DER
 * @throws {@link SmError} ERR_PKI_MESSAGE_OPTIONS, ERR_PKI_MESSAGE_MALFORMED, and as `signReliably`
 */
export async function countersign(
  message: Uint8Array,
  options: PartySigner & { readonly content?: Uint8Array },
): Promise<Uint8Array> {
  const read = readSignedMessage(message, undefined);
  const content = options.content === undefined ? {} : { content: ownBytes(options.content, 'content') };
  checkOthers(read, { ...options, ...content });
  const evidence = await checkSignerCertificate(options);
  const before = read.signers.map(({ signature }) => signature);
  const { chain: certificates = [] } = options;
  const der = await addSignature(read, signerSpec(options), { ...content, certificates });
  const signed = readSignedMessage(der, undefined);
  const added = signed.signers.find(({ signature }) => !before.some((other) => equalBytes(other, signature)));
  if (added === undefined) throw PKI_ERRORS.create('ERR_PKI_SIGNING_FAILED', { detail: 'reason=signature' });
  return (await completeSignature(signed, added.signature, evidence, options)).raw;
}

/** What mutual evidence is judged by. */
export interface MutualVerifyOptions extends ReliableVerifyOptions {
  /** The two parties; each must have signed. */
  readonly parties: readonly [EvidenceParty, EvidenceParty];
  /** Leave time in doubt for a signature without a time stamp; `false` when left out. */
  readonly stampRequired?: boolean;
}

/** The signature that speaks best for a party. Others, that anybody may have added, take nothing away. */
function bestOf(signatures: readonly ReliableSignature[]): ReliableSignature | undefined {
  return [...signatures].sort((a, b) => rankOf(a) - rankOf(b))[0];
}

function judgeParty(
  log: StepLog,
  party: EvidenceParty,
  other: EvidenceParty,
  signatures: readonly ReliableSignature[],
): MutualPartyReport {
  const own = signatures.filter(({ certificate }) => certificate !== undefined && isOf(party, certificate));
  const clear = own.filter(({ certificate }) => !isOf(other, certificate!));
  const signature = bestOf(clear);
  if (signature === undefined) {
    log.say('party', 'trust', 'failed', own.length > 0 ? 'PARTY_AMBIGUOUS' : 'PARTY_NOT_SIGNED');
    return {};
  }
  log.say('party', 'trust', 'passed', 'PARTY_SIGNED');
  return { signature };
}

/**
 * Verifies evidence that both parties signed: one content, and for each party a signature that
 * is good, by a certificate of this party and not of the other. Two signatures of one party never
 * pass, nor do two certificates with one key or one name. Signatures of third parties are
 * reported and decide nothing.
 *
 * @param message - signed data, as bytes or as `parseMessage` gave it
 * @standard T/TCCIA 0002-2022 §7.5
 * @throws {@link SmError} as `verifyReliably`
 */
export function verifyMutualEvidence(
  message: Uint8Array | SignedMessage,
  options: MutualVerifyOptions,
): MutualReport {
  if (!Array.isArray(options.parties) || options.parties.length !== 2) throw refused('parties');
  const [a, b] = [checkParty(options.parties[0]), checkParty(options.parties[1])];
  const read = readSignedMessage(message, options.policy);
  const signatures = judgeSignatures(read, options, { stampRequired: options.stampRequired === true });
  const log = new StepLog();
  const parties = [judgeParty(log, a, b, signatures), judgeParty(log, b, a, signatures)] as const;
  const [first, second] = parties.map(({ signature }) => signature?.certificate);
  if (first !== undefined && second !== undefined && sameHolder(first, second)) {
    log.say('party', 'trust', 'failed', 'PARTY_AMBIGUOUS');
  }
  const stranger = signatures.some(
    ({ certificate }) => certificate === undefined || !(isOf(a, certificate) || isOf(b, certificate)),
  );
  if (stranger) log.say('party', 'trust', 'passed', 'PARTY_UNKNOWN');
  const decisive = parties.flatMap(({ signature }) => (signature === undefined ? [] : [signature.verdict]));
  return {
    verdict: together([log.verdict(), ...decisive]),
    parties,
    steps: log.steps,
    signatures,
    ...contentOf(read, options),
    findings: [...read.findings, ...signatures.flatMap(({ signature }) => signature.findings)],
  };
}
