import { SM_CORE_ERRORS, type SmError } from '@cssi/sm-core';
import { PKI_ERRORS } from '../errors.ts';
import { MAX_MESSAGE_BYTES, MAX_MESSAGE_CONTENT_BYTES, type MessageSyntax } from '../spec/v1/message.ts';

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
