import { SM_CORE_ERRORS, type SmError } from '@cssi/sm-core';
import { PKI_ERRORS } from '../errors.ts';
import { toDer } from '../internal/ber.ts';
import type { FindingLog } from '../internal/finding-log.ts';
import { oidBytes } from '../internal/oids.ts';
import { DerProblem, readOne } from '../internal/tlv.ts';
import type { Finding } from '../spec/v1/finding.ts';
import { MAX_MESSAGE_BYTES, MAX_MESSAGE_CONTENT_BYTES, type MessageSyntax } from '../spec/v1/message.ts';

/** Longest contents of an OBJECT IDENTIFIER that is written: that of those that are read. */
const MAX_OID_BYTES = 64;
const OID = /^([0-2])\.(0|[1-9]\d{0,38})(\.(0|[1-9]\d{0,38})){0,30}$/;

/** The error for options by which no message can be made or read. */
export const optionProblem = (reason: string): SmError =>
  PKI_ERRORS.create('ERR_PKI_MESSAGE_OPTIONS', { detail: `reason=${reason}` });

/** The one error for whatever goes wrong after a key was used. */
export const decryptFailed = (): SmError => SM_CORE_ERRORS.create('ERR_DECRYPT_FAILED');

export function checkSyntax(syntax: MessageSyntax): MessageSyntax {
  if (syntax !== 'gbt35275' && syntax !== 'rfc5652') throw optionProblem('syntax');
  return syntax;
}

/** A copy, so that what is hashed is what is written. */
export function ownContent(content: Uint8Array): Uint8Array {
  if (!(content instanceof Uint8Array)) throw optionProblem('content');
  if (content.length > MAX_MESSAGE_CONTENT_BYTES) throw optionProblem('size');
  return Uint8Array.from(content);
}

/** What this package writes it must be able to read. */
export function checkSize(message: Uint8Array): Uint8Array {
  if (message.length > MAX_MESSAGE_BYTES) throw optionProblem('size');
  return message;
}

/** A list, or nothing, of at most `max` parts that are there. */
export function checkList(list: unknown, max: number, reason: string): void {
  if (list === undefined) return;
  const good = Array.isArray(list) && list.length <= max;
  if (!good || !list.every((part: unknown) => typeof part === 'object' && part !== null)) {
    throw optionProblem(reason);
  }
}

/** An OBJECT IDENTIFIER that can be written and read again. */
export function checkOid(text: string, reason: string): void {
  const parts = typeof text === 'string' ? OID.exec(text) : null;
  const good = parts !== null && (parts[1] === '2' || Number(parts[2]) < 40);
  if (!good || oidBytes(text).length > MAX_OID_BYTES) throw optionProblem(reason);
}

/** One DER element, with `tag` when it is named: what is more, or less, would move what follows. */
export function checkElement(bytes: Uint8Array, reason: string, tag?: number): void {
  if (!(bytes instanceof Uint8Array) || bytes.length > MAX_MESSAGE_BYTES) throw optionProblem(reason);
  try {
    readOne(bytes, tag ?? bytes[0] ?? 0);
    if (toDer(bytes).wasBer) throw optionProblem(reason);
  } catch (error) {
    if (error instanceof DerProblem) throw optionProblem(reason);
    throw error;
  }
}

/**
 * What was tolerated when the message was read is refused when its use is strict.
 *
 * @throws SmError ERR_PKI_DEVIATION_REFUSED
 */
export function refuseFindings(findings: readonly Finding[], log: FindingLog): void {
  if (log.policy === 'strict') log.add(findings, 'message');
}
