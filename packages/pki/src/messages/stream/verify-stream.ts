import { toDer } from '../../internal/ber.ts';
import { FindingLog } from '../../internal/finding-log.ts';
import { readOid } from '../../internal/oids.ts';
import { DerProblem, readOne } from '../../internal/tlv.ts';
import { explicit, sequence } from '../../internal/write.ts';
import type { Message, SignedMessage } from '../../spec/v1/message.ts';
import type { SignedMessageReport } from '../../spec/v1/message-report.ts';
import { contentKind } from '../content-types.ts';
import { optionProblem } from '../options.ts';
import { parseMessage } from '../parse-message.ts';
import { readDigestAlgorithms } from '../read-signed.ts';
import { reportOn, type VerifyMessageOptions } from '../verify-message.ts';
import { candidates } from '../verify-signer.ts';
import { BerSource } from './ber-source.ts';
import { ownPieces, streamError } from './problems.ts';
import { StreamedContent } from './streamed-content.ts';

/** Longest head, and longest tail (certificates, CRLs, signers), of a signed stream in bytes. */
const MAX_HEAD_BYTES = 16_384;
const MAX_TAIL_BYTES = 8_388_608;

/** What {@link verifyMessageStream} judges by. */
export type VerifyStreamOptions = Omit<VerifyMessageOptions, 'content'>;

/** A signed stream that is being read. */
export interface VerifiedStream {
  /**
   * The content as it comes, once. It is not verified until {@link VerifiedStream.report} has said
   * so: keep it apart till then. Ends with an error where the stream is malformed or cut off.
   */
  readonly content: AsyncIterable<Uint8Array>;
  /** The verdict; reads and drops what is left of the content. Rejects when reading was given up. */
  report(): Promise<SignedMessageReport>;
}

interface Outcome {
  report?: SignedMessageReport;
  error?: unknown;
}

/** Everything but the content, as a message without content. */
function assemble(
  parts: readonly Uint8Array[],
  type: Uint8Array,
  policy: FindingLog['policy'],
): SignedMessage {
  const message: Message = parseMessage(sequence(type, explicit(0, sequence(...parts))), { policy });
  if (message.kind !== 'signedData') throw new DerProblem('content type');
  return message;
}

async function* read(
  source: AsyncIterable<Uint8Array>,
  options: VerifyStreamOptions,
  outcome: Outcome,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { signerCertificates = [], signerIds } = options;
  const log = new FindingLog(options.policy);
  const ber = new BerSource(source, () => log.note('BER_ENCODING', 'message'));
  try {
    await ber.enter(0x30, 'message');
    const outer = await ber.element('content type', MAX_HEAD_BYTES);
    if (contentKind(readOid(readOne(outer, 0x06), 'content type'))?.kind !== 'signedData') {
      throw new DerProblem('content type');
    }
    await ber.enter(0xa0, 'content');
    await ber.enter(0x30, 'signed data');
    const version = await ber.element('version', MAX_HEAD_BYTES);
    const algorithms = await ber.element('digest algorithms', MAX_HEAD_BYTES);
    await ber.enter(0x30, 'content info');
    const innerType = await ber.element('content type', MAX_HEAD_BYTES);
    const announced = readDigestAlgorithms(readOne(toDer(algorithms).der, 0x31), new FindingLog());
    const content = new StreamedContent(announced.map(({ name }) => name));
    content.expect(signerCertificates, log.policy, signerIds);
    if ((await ber.peek()) === undefined) content.present = false;
    else {
      await ber.enter(0xa0, 'content');
      for await (const piece of ber.octets(0x04, 'content')) {
        content.update(piece);
        yield piece;
      }
      await ber.leave('content');
    }
    await ber.leave('content info');
    const tail = await ber.rest(MAX_TAIL_BYTES);
    for (const layer of ['signed data', 'content', 'message']) await ber.leave(layer);
    await ber.end();
    const message = assemble([version, algorithms, sequence(innerType), ...tail], outer, log.policy);
    const findings = [...log.findings, ...message.findings];
    outcome.report = reportOn({ ...message, findings }, (own) => content.seenBy(own), options);
  } catch (error) {
    outcome.error = streamError(error);
    throw outcome.error;
  } finally {
    await ber.close();
  }
}

/**
 * Reads a signed message with its content, of any length, DER or BER, holding no more of it than
 * one piece and the certificates and signers at its end.
 *
 * A signature over the content itself (without signed attributes) begins with Z of the signer's
 * key, and the certificates come after the content: give them ahead as `signerCertificates`, or
 * such a signature stays unchecked and the verdict indeterminate.
 *
 * @standard GB/T 35275-2017 (GM/T 0010), RFC 5652 §5
 * @throws {@link SmError} ERR_PKI_MESSAGE_MALFORMED, ERR_PKI_MESSAGE_OPTIONS, ERR_PKI_PATH_OPTIONS,
 *   ERR_PKI_DEVIATION_REFUSED, from the content and from the report
 */
export function verifyMessageStream(
  source: AsyncIterable<Uint8Array>,
  options: VerifyStreamOptions = {},
): VerifiedStream {
  const outcome: Outcome = {};
  const content = read(source, options, outcome);
  return {
    content,
    async report() {
      if (outcome.error === undefined) for await (const _ of content);
      if (outcome.error !== undefined) throw outcome.error;
      if (outcome.report === undefined) throw optionProblem('stream-abandoned');
      return outcome.report;
    },
  };
}

/**
 * Judges a detached message over content of any length, which goes by once.
 *
 * @standard GB/T 35275-2017 (GM/T 0010), RFC 5652 §5
 * @throws {@link SmError} ERR_PKI_MESSAGE_OPTIONS, ERR_PKI_PATH_OPTIONS, ERR_PKI_DEVIATION_REFUSED
 */
export async function verifyDetachedStream(
  message: SignedMessage,
  content: AsyncIterable<Uint8Array>,
  options: VerifyStreamOptions = {},
): Promise<SignedMessageReport> {
  if (message.kind !== 'signedData') throw optionProblem('kind');
  if (message.content !== undefined) throw optionProblem('content-twice');
  const { signerCertificates = [], signerIds } = options;
  const streamed = new StreamedContent([
    ...new Set(message.signers.map((each) => each.digestAlgorithm.name)),
  ]);
  const known = [...signerCertificates, ...message.certificates];
  const plain = message.signers.filter((signer) => signer.signedAttributes === undefined);
  const needed = new Set(plain.flatMap((signer) => candidates(signer, known)));
  streamed.expect([...needed], options.policy ?? message.policy, signerIds);
  for await (const piece of ownPieces(content)) streamed.update(piece);
  return reportOn(message, (log) => streamed.seenBy(log), options);
}
