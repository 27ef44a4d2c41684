import { sm4 } from '@cssi/sm-core';
import { PKI_ERRORS } from '../../errors.ts';
import { toDer } from '../../internal/ber.ts';
import { FindingLog } from '../../internal/finding-log.ts';
import { readOid } from '../../internal/oids.ts';
import { DerProblem, readOne, readSmallInteger } from '../../internal/tlv.ts';
import { sequence } from '../../internal/write.ts';
import type { DeviationPolicy, Finding } from '../../spec/v1/finding.ts';
import type { MessageRecipient, MessageSyntax } from '../../spec/v1/message.ts';
import { type ContentCipher, readContentCipher } from '../content-cipher.ts';
import { contentKind } from '../content-types.ts';
import { decryptFailed, optionProblem } from '../options.ts';
import { checkEnvelopedVersion, readEncryptedContent, readRecipients } from '../read-enveloped.ts';
import { openContentKey, type RecipientOptions } from '../recipients.ts';
import { BerSource } from './ber-source.ts';
import { MAX_HEAD_BYTES } from './limits.ts';
import { streamError } from './problems.ts';

const MAX_RECIPIENTS_BYTES = 1_048_576;

/** How a stream is decrypted. */
export interface DecryptStreamOptions extends RecipientOptions {
  /** `tolerant` when left out. */
  readonly policy?: DeviationPolicy;
  /** Gets the deviations, once the end was reached. */
  readonly onFindings?: (findings: readonly Finding[]) => void;
}

interface Head {
  readonly syntax: MessageSyntax;
  readonly version: number;
  readonly originator: boolean;
  readonly recipients: readonly MessageRecipient[];
  readonly cipher: ContentCipher & { readonly mode: 'sm4-cbc' };
}

/** The next element in DER; BER is a finding. */
async function nextElement(
  ber: BerSource,
  what: string,
  maxBytes: number,
  log: FindingLog,
): Promise<Uint8Array> {
  const { der, wasBer } = toDer(await ber.element(what, maxBytes));
  if (wasBer) log.note('BER_ENCODING', 'message');
  return der;
}

/** Everything before the ciphertext. */
async function readHead(ber: BerSource, log: FindingLog): Promise<Head> {
  await ber.enter(0x30, 'message');
  const outer = readOne(await nextElement(ber, 'content type', MAX_HEAD_BYTES, log), 0x06);
  const found = contentKind(readOid(outer, 'content type'));
  if (found?.kind !== 'envelopedData') throw new DerProblem('content type');
  const { syntax } = found;
  await ber.enter(0xa0, 'content');
  await ber.enter(0x30, 'enveloped data');
  const written = await nextElement(ber, 'version', MAX_HEAD_BYTES, log);
  const version = readSmallInteger(readOne(written, 0x02), 'version');
  const originator = syntax === 'rfc5652' && (await ber.peek()) === 0xa0;
  if (originator) await nextElement(ber, 'originator', MAX_RECIPIENTS_BYTES, log);
  const infos = await nextElement(ber, 'recipients', MAX_RECIPIENTS_BYTES, log);
  const recipients = readRecipients(readOne(infos, 0x31), syntax, log);
  // In CMS what comes last has a say.
  if (syntax === 'gbt35275') checkEnvelopedVersion(version, recipients, false, syntax, log);
  await ber.enter(0x30, 'encrypted content');
  const type = await nextElement(ber, 'content type', MAX_HEAD_BYTES, log);
  const algorithm = await nextElement(ber, 'content encryption algorithm', MAX_HEAD_BYTES, log);
  const info = readEncryptedContent(readOne(sequence(type, algorithm), 0x30), syntax, log);
  const cipher = readContentCipher(info.algorithm);
  if (cipher.mode !== 'sm4-cbc')
    throw PKI_ERRORS.create('ERR_PKI_ALGORITHM_UNSUPPORTED', { detail: 'use=content' });
  return { syntax, version, originator, recipients, cipher };
}

/** Takes those of the elements that may come next, each once and in this order. */
async function takeOptional(
  ber: BerSource,
  tags: readonly number[],
  maxBytes: number,
  log: FindingLog,
): Promise<number> {
  let taken = 0;
  for (const tag of tags) {
    if ((await ber.peek()) !== tag) continue;
    await nextElement(ber, 'rest', maxBytes, log);
    taken++;
  }
  return taken;
}

/** Everything after the ciphertext: shared information of GB/T 35275, unprotected attributes of CMS. */
async function readTail(ber: BerSource, head: Head, log: FindingLog): Promise<void> {
  const { syntax, version, recipients, originator } = head;
  const cms = syntax === 'rfc5652';
  await takeOptional(ber, cms ? [] : [0x81, 0x82], MAX_HEAD_BYTES, log);
  await ber.leave('encrypted content');
  const attributes = await takeOptional(ber, cms ? [0xa1] : [], MAX_RECIPIENTS_BYTES, log);
  for (const layer of ['enveloped data', 'content', 'message']) await ber.leave(layer);
  await ber.end();
  checkEnvelopedVersion(version, recipients, originator || attributes > 0, syntax, log);
}

async function* decrypt(
  ber: BerSource,
  options: DecryptStreamOptions,
  log: FindingLog,
): AsyncGenerator<Uint8Array, void, undefined> {
  const head = await readHead(ber, log);
  const { recipients, cipher } = head;
  const { key, genuine } = await openContentKey(recipients, options, log);
  const stream = sm4.decryptor('cbc', key, cipher.iv);
  try {
    for await (const piece of ber.octets(0x80, 'encrypted content')) {
      const content = stream.update(piece);
      if (content.length > 0) yield content;
    }
    await readTail(ber, head, log);
    const last = stream.final();
    // A key of another length has gone the whole way of one that is merely wrong.
    if (!genuine) throw decryptFailed();
    if (last.length > 0) yield last;
    options.onFindings?.(log.findings);
  } finally {
    stream.destroy();
    key.destroy();
  }
}

/**
 * Decrypts envelopedData (SM4-CBC) of any length, DER or BER, for one recipient. Only the last
 * block is held back: the content is not authenticated, comes before anybody knows whether the
 * stream goes on to its end, and is worth nothing where an error follows.
 *
 * @standard GB/T 35275-2017 (GM/T 0010), RFC 5652 §6
 * @throws {@link SmError} ERR_DECRYPT_FAILED, ERR_PKI_RECIPIENT_UNKNOWN, ERR_PKI_MESSAGE_MALFORMED,
 *   ERR_PKI_MESSAGE_OPTIONS, ERR_PKI_ALGORITHM_UNSUPPORTED, ERR_PKI_DEVIATION_REFUSED
 */
export async function* decryptMessageStream(
  source: AsyncIterable<Uint8Array>,
  options: DecryptStreamOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const log = new FindingLog(options.policy);
  if (options.onFindings !== undefined && typeof options.onFindings !== 'function') {
    throw optionProblem('on-findings');
  }
  const ber = new BerSource(source, () => log.note('BER_ENCODING', 'message'));
  try {
    yield* decrypt(ber, options, log);
  } catch (error) {
    throw streamError(error);
  } finally {
    await ber.close();
  }
}
