import { sm4 } from '@cssi/sm-core';
import { PKI_ERRORS } from '../../errors.ts';
import { toDer } from '../../internal/ber.ts';
import { FindingLog } from '../../internal/finding-log.ts';
import { readOid } from '../../internal/oids.ts';
import { DerProblem, readOne } from '../../internal/tlv.ts';
import { sequence } from '../../internal/write.ts';
import type { DeviationPolicy, Finding } from '../../spec/v1/finding.ts';
import type { MessageRecipient } from '../../spec/v1/message.ts';
import { type ContentCipher, readContentCipher } from '../content-cipher.ts';
import { contentKind } from '../content-types.ts';
import { decryptFailed } from '../options.ts';
import { readEncryptedContent, readRecipients } from '../read-enveloped.ts';
import { openContentKey, type RecipientOptions } from '../recipients.ts';
import { BerSource } from './ber-source.ts';
import { streamError } from './problems.ts';

const MAX_HEAD_BYTES = 16_384;
const MAX_RECIPIENTS_BYTES = 1_048_576;

/** How a stream is decrypted. */
export interface DecryptStreamOptions extends RecipientOptions {
  /** `tolerant` when left out. */
  readonly policy?: DeviationPolicy;
  /** Gets the deviations, once the end was reached. */
  readonly onFindings?: (findings: readonly Finding[]) => void;
}

interface Head {
  readonly recipients: readonly MessageRecipient[];
  readonly cipher: ContentCipher & { readonly mode: 'sm4-cbc' };
}

/** Everything before the ciphertext. */
async function readHead(ber: BerSource, log: FindingLog): Promise<Head> {
  await ber.enter(0x30, 'message');
  const outer = readOne(await ber.element('content type', MAX_HEAD_BYTES), 0x06);
  const found = contentKind(readOid(outer, 'content type'));
  if (found?.kind !== 'envelopedData') throw new DerProblem('content type');
  const { syntax } = found;
  await ber.enter(0xa0, 'content');
  await ber.enter(0x30, 'enveloped data');
  await ber.element('version', MAX_HEAD_BYTES);
  if (syntax === 'rfc5652' && (await ber.peek()) === 0xa0)
    await ber.element('originator', MAX_RECIPIENTS_BYTES);
  const infos = toDer(await ber.element('recipients', MAX_RECIPIENTS_BYTES)).der;
  const recipients = readRecipients(readOne(infos, 0x31), syntax, log);
  await ber.enter(0x30, 'encrypted content');
  const type = await ber.element('content type', MAX_HEAD_BYTES);
  const algorithm = toDer(await ber.element('content encryption algorithm', MAX_HEAD_BYTES)).der;
  const info = readEncryptedContent(readOne(sequence(type, algorithm), 0x30), syntax, log);
  const cipher = readContentCipher(info.algorithm);
  if (cipher.mode !== 'sm4-cbc')
    throw PKI_ERRORS.create('ERR_PKI_ALGORITHM_UNSUPPORTED', { detail: 'use=content' });
  return { recipients, cipher };
}

/** Everything after the ciphertext: shared information, unprotected attributes. */
async function readTail(ber: BerSource): Promise<void> {
  await ber.rest(MAX_HEAD_BYTES);
  await ber.leave('encrypted content');
  await ber.rest(MAX_RECIPIENTS_BYTES);
  for (const layer of ['enveloped data', 'content', 'message']) await ber.leave(layer);
  await ber.end();
}

async function* decrypt(
  ber: BerSource,
  options: DecryptStreamOptions,
  log: FindingLog,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { recipients, cipher } = await readHead(ber, log);
  const { key, genuine } = await openContentKey(recipients, options, log);
  const stream = sm4.decryptor('cbc', key, cipher.iv);
  try {
    for await (const piece of ber.octets(0x80, 'encrypted content')) {
      const content = stream.update(piece);
      if (content.length > 0) yield content;
    }
    await readTail(ber);
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
  const ber = new BerSource(source, () => log.note('BER_ENCODING', 'message'));
  try {
    yield* decrypt(ber, options, log);
  } catch (error) {
    throw streamError(error);
  } finally {
    await ber.close();
  }
}
