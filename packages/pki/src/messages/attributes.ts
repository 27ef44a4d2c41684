import { equalBytes } from '@cssi/sm-core';
import { Cursor } from '../internal/cursor.ts';
import type { FindingLog } from '../internal/finding-log.ts';
import { readOid } from '../internal/oids.ts';
import { decodeTime } from '../internal/times.ts';
import { DerProblem, readOctets, readOne, type Tlv } from '../internal/tlv.ts';
import type { AlgorithmRef } from '../spec/v1/algorithm.ts';
import type { MessageAttribute, MessageSigner, MessageSyntax } from '../spec/v1/message.ts';
import type { MessageReasonCode } from '../spec/v1/message-report.ts';
import { ATTRIBUTE_OIDS, CMS_CONTENT_TYPES, GM_CONTENT_TYPES } from './content-types.ts';

/** The one value of an attribute that must not be repeated; `undefined` when it is absent. */
function single(attributes: readonly MessageAttribute[], oid: string): Tlv | undefined {
  const found = attributes.filter((attribute) => attribute.oid === oid);
  if (found.length === 0) return undefined;
  const [value, ...more] = found[0]!.values;
  if (found.length > 1 || more.length > 0 || value === undefined) throw new DerProblem('attribute');
  return readOne(value, value[0]!);
}

/** What the signed attributes say. */
export interface SignedAttributeFacts {
  readonly messageDigest: Uint8Array;
  readonly signingTime?: Date;
}

function isSameType(signed: string, actual: string, syntax: MessageSyntax, log: FindingLog): boolean {
  if (signed === actual) return true;
  const data: readonly string[] = [GM_CONTENT_TYPES.data, CMS_CONTENT_TYPES.data];
  if (syntax !== 'gbt35275' || !data.includes(signed) || !data.includes(actual)) return false;
  log.note('CONTENT_TYPE_PKCS7', 'contentType attribute');
  return true;
}

/**
 * CMSAlgorithmProtection: the algorithms themselves are signed, so that nobody exchanges them.
 *
 * @standard RFC 6211 §2
 */
function protects(element: Tlv, { digestAlgorithm, signatureAlgorithm }: MessageSigner): boolean {
  if (element.tag !== 0x30) throw new DerProblem('algorithm protection');
  const cursor = new Cursor(element.value);
  const digest = cursor.take(0x30, 'algorithm protection').value;
  const signature = cursor.maybe(0xa1);
  // A MAC algorithm, or none, protects no signature.
  if (signature === undefined) return false;
  cursor.end('algorithm protection');
  return isAlgorithm(digest, digestAlgorithm) && isAlgorithm(signature.value, signatureAlgorithm);
}

/** NULL and nothing mean the same. */
const parametersOf = (parameters: AlgorithmRef['parameters']): Uint8Array =>
  parameters === undefined || parameters.tag === 0x05 ? new Uint8Array(0) : parameters.raw;

/** Do contents of an AlgorithmIdentifier name this algorithm, parameters included? */
function isAlgorithm(contents: Uint8Array, { oid, parameters }: AlgorithmRef): boolean {
  const cursor = new Cursor(contents);
  const named = readOid(cursor.next('algorithm protection'), 'algorithm protection');
  const own = cursor.peek() === undefined ? undefined : cursor.next('algorithm protection');
  cursor.end('algorithm protection');
  return named === oid && equalBytes(parametersOf(own), parametersOf(parameters));
}

/** A time that DER does not allow is the signer's claim all the same, but not one that this package repeats. */
function readSigningTime(element: Tlv | undefined, log: FindingLog): Date | undefined {
  if (element === undefined) return undefined;
  try {
    return decodeTime(element);
  } catch (error) {
    if (!(error instanceof DerProblem)) throw error;
    log.note('TIME_NOT_DER', 'signingTime');
    return undefined;
  }
}

/**
 * Reads the signed attributes that RFC 5652 §11 defines and checks all but the digest.
 *
 * @returns what they say, or why they are no good
 */
export function checkSignedAttributes(
  attributes: readonly MessageAttribute[],
  signer: MessageSigner,
  message: { readonly syntax: MessageSyntax; readonly contentType: string },
  log: FindingLog,
): SignedAttributeFacts | MessageReasonCode {
  try {
    const type = single(attributes, ATTRIBUTE_OIDS.contentType);
    const digest = single(attributes, ATTRIBUTE_OIDS.messageDigest);
    const protection = single(attributes, ATTRIBUTE_OIDS.algorithmProtection);
    if (type === undefined || digest === undefined) return 'ATTRIBUTES_INCOMPLETE';
    if (!isSameType(readOid(type, 'content type'), message.contentType, message.syntax, log)) {
      return 'CONTENT_TYPE_WRONG';
    }
    if (protection !== undefined && !protects(protection, signer)) return 'ALGORITHM_PROTECTION_WRONG';
    const messageDigest = readOctets(digest, 'message digest');
    const signingTime = readSigningTime(single(attributes, ATTRIBUTE_OIDS.signingTime), log);
    return { messageDigest, ...(signingTime === undefined ? {} : { signingTime }) };
  } catch (error) {
    if (error instanceof DerProblem) return 'ATTRIBUTES_INCOMPLETE';
    throw error;
  }
}
