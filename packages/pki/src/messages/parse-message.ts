import { toDer } from '../internal/ber.ts';
import { Cursor } from '../internal/cursor.ts';
import { FindingLog } from '../internal/finding-log.ts';
import { readOid } from '../internal/oids.ts';
import { reading } from '../internal/reading.ts';
import { DerProblem, readOctets, readOne } from '../internal/tlv.ts';
import type { DeviationPolicy } from '../spec/v1/finding.ts';
import { type DataMessage, MAX_MESSAGE_BYTES, type Message, type MessageKind } from '../spec/v1/message.ts';
import { contentKind } from './content-types.ts';
import { readKeyAgreement } from './key-agreement.ts';
import {
  readAuthEnveloped,
  readEncryptedData,
  readEnveloped,
  readSignedAndEnveloped,
} from './read-enveloped.ts';
import { type ReadContext, readSigned } from './read-signed.ts';

/** Distributes over the union. */
type WithoutFindings<T> = T extends Message ? Omit<T, 'findings'> : never;
type Reader = (body: Uint8Array, context: ReadContext) => WithoutFindings<Message>;

/** Data of GB/T 35275 or CMS as a message of its own. */
const readData = (body: Uint8Array, { base }: ReadContext): Omit<DataMessage, 'findings'> => ({
  ...base,
  kind: 'data',
  content: readOctets(readOne(body, 0x04), 'content'),
});

const READERS: Readonly<Record<MessageKind, Reader>> = {
  data: readData,
  signedData: readSigned,
  envelopedData: readEnveloped,
  authEnvelopedData: readAuthEnveloped,
  signedAndEnvelopedData: readSignedAndEnveloped,
  encryptedData: readEncryptedData,
  keyAgreementInfo: readKeyAgreement,
};

function read(input: Uint8Array, log: FindingLog): Message {
  const { der, wasBer } = toDer(input);
  if (wasBer) log.note('BER_ENCODING', 'message');
  const cursor = new Cursor(readOne(der, 0x30).value);
  const type = readOid(cursor.next('content type'), 'content type');
  const found = contentKind(type);
  if (found === undefined) throw new DerProblem('content type');
  const body = cursor.maybe(0xa0);
  cursor.end('content info');
  const base = { syntax: found.syntax, raw: der, policy: log.policy };
  // Only plain data may be kept elsewhere as a whole.
  if (body === undefined && found.kind !== 'data') throw new DerProblem('content');
  const message =
    body === undefined
      ? { ...base, kind: 'data' as const, content: undefined }
      : READERS[found.kind](body.value, { base, log });
  return { ...message, findings: [...log.findings] };
}

/** How {@link parseMessage} reads. */
export interface ParseMessageOptions {
  /** `tolerant` when left out. */
  readonly policy?: DeviationPolicy;
}

/**
 * Reads a message of GB/T 35275 or CMS; which of them, its content type says. Nothing is
 * verified or decrypted. DER or BER; BER is a finding, and so are the deviations that real
 * files have. Nothing may follow the message.
 *
 * @param bytes - at most 16,777,215 bytes; copied
 * @standard GB/T 35275-2017 (GM/T 0010), RFC 5652, RFC 5083
 * @throws {@link SmError} ERR_PKI_MESSAGE_MALFORMED, ERR_PKI_DEVIATION_REFUSED
 */
export function parseMessage(bytes: Uint8Array, options: ParseMessageOptions = {}): Message {
  const log = new FindingLog(options.policy);
  return reading('ERR_PKI_MESSAGE_MALFORMED', MAX_MESSAGE_BYTES, bytes, (copy) => read(copy, log));
}
