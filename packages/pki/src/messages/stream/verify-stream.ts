import { toDer } from '../../internal/ber.ts';
import { FindingLog } from '../../internal/finding-log.ts';
import { readOid } from '../../internal/oids.ts';
import { DerProblem, readOne } from '../../internal/tlv.ts';
import { explicit, sequence } from '../../internal/write.ts';
import {
  MAX_MESSAGE_BYTES,
  type Message,
  type MessageSyntax,
  type SignedMessage,
} from '../../spec/v1/message.ts';
import type { SignedMessageReport } from '../../spec/v1/message-report.ts';
import { contentKind } from '../content-types.ts';
import { optionProblem, refuseFindings } from '../options.ts';
import { parseMessage } from '../parse-message.ts';
import { readDigestAlgorithms } from '../read-signed.ts';
import { reportOn } from '../verify-message.ts';
import { checkVerifyOptions, type VerifyMessageOptions } from '../verify-options.ts';
import { candidates } from '../verify-signer.ts';
import { BerSource } from './ber-source.ts';
import { MAX_HEAD_BYTES, MAX_TAIL_BYTES } from './limits.ts';
import { ownPieces, streamError } from './problems.ts';
import { StreamedContent } from './streamed-content.ts';

/** What may come after the content: certificates, CRLs, signers. */
const MAX_TAIL_ELEMENTS = 3;

/** What {@link verifyMessageStream} judges by. */
export type VerifyStreamOptions = Omit<VerifyMessageOptions, 'content'>;

/** A signed stream that is being read. */
export interface VerifiedStream {
  /**
   * The content in blocks as it comes, to be gone through once: asking for a second iterator, or
   * for one after {@link VerifiedStream.report}, is an error. It is not verified until {@link VerifiedStream.report} has said
   * so: keep it apart till then. Ends with an error where the stream is malformed or cut off.
   */
  readonly content: AsyncIterable<Uint8Array>;
  /**
   * The verdict. Where nobody has begun to read the content it is read and dropped; else this waits
   * for the reader to come to the end. Rejects when reading was given up.
   */
  report(): Promise<SignedMessageReport>;
}

interface Outcome {
  log?: FindingLog;
  typedContent?: boolean;
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

/** The content, octets or in GB/T 35275 a SEQUENCE, of which the contents octets are signed. */
async function* readContent(
  ber: BerSource,
  syntax: MessageSyntax,
  outcome: Outcome,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (syntax !== 'gbt35275' || (await ber.peek()) !== 0x30) {
    yield* ber.octets(0x04, 'content');
    return;
  }
  const { der, wasBer } = toDer(await ber.element('content', MAX_MESSAGE_BYTES));
  if (wasBer) outcome.log?.note('BER_ENCODING', 'message');
  outcome.typedContent = true;
  yield readOne(der, 0x30).value.slice();
}

async function* read(
  source: AsyncIterable<Uint8Array>,
  options: VerifyStreamOptions,
  outcome: Outcome,
): AsyncGenerator<Uint8Array, void, undefined> {
  let ber: BerSource | undefined;
  try {
    checkVerifyOptions(options);
    const log = new FindingLog(options.policy);
    outcome.log = log;
    ber = new BerSource(source, () => log.note('BER_ENCODING', 'message'));
    await ber.enter(0x30, 'message');
    const outer = await ber.element('content type', MAX_HEAD_BYTES);
    const found = contentKind(readOid(readOne(outer, 0x06), 'content type'));
    if (found?.kind !== 'signedData') throw new DerProblem('content type');
    await ber.enter(0xa0, 'content');
    await ber.enter(0x30, 'signed data');
    const version = await ber.element('version', MAX_HEAD_BYTES);
    const algorithms = await ber.element('digest algorithms', MAX_HEAD_BYTES);
    await ber.enter(0x30, 'content info');
    const innerType = await ber.element('content type', MAX_HEAD_BYTES);
    const announced = readDigestAlgorithms(readOne(toDer(algorithms).der, 0x31), new FindingLog());
    const content = new StreamedContent(announced.map(({ name }) => name));
    content.expect(options.signerCertificates ?? [], options.signerIds);
    if ((await ber.peek()) === undefined) content.present = false;
    else {
      await ber.enter(0xa0, 'content');
      for await (const piece of readContent(ber, found.syntax, outcome)) {
        content.update(piece);
        yield piece;
      }
      await ber.leave('content');
    }
    await ber.leave('content info');
    const tail = await ber.rest(MAX_TAIL_BYTES, MAX_TAIL_ELEMENTS);
    for (const layer of ['signed data', 'content', 'message']) await ber.leave(layer);
    await ber.end();
    const message = assemble([version, algorithms, sequence(innerType), ...tail], outer, log.policy);
    const findings = [...log.findings, ...message.findings];
    const typed = outcome.typedContent === true ? { typedContent: true } : {};
    outcome.report = reportOn({ ...message, ...typed, findings }, (own) => content.seenBy(own), options);
  } catch (error) {
    outcome.error = streamError(error);
    throw outcome.error;
  } finally {
    await ber?.close();
  }
}

/** One reader of the content, and the news of its end. */
class OneReader {
  readonly #content: AsyncGenerator<Uint8Array, void, undefined>;
  readonly #ended: Promise<void>;
  #end: () => void = () => undefined;
  #taken = false;

  constructor(content: AsyncGenerator<Uint8Array, void, undefined>) {
    this.#content = content;
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** @throws SmError ERR_PKI_MESSAGE_OPTIONS the second time */
  iterate(): AsyncIterator<Uint8Array, void, undefined> {
    if (this.#taken) throw optionProblem('content-taken');
    this.#taken = true;
    return {
      next: async () => {
        try {
          const result = await this.#content.next();
          if (result.done === true) this.#end();
          return result;
        } catch (error) {
          this.#end();
          throw error;
        }
      },
      return: async () => {
        try {
          return await this.#content.return();
        } finally {
          this.#end();
        }
      },
    };
  }

  /** Waits for the end; goes there itself where nobody else does. */
  async end(): Promise<void> {
    if (this.#taken) return this.#ended;
    const iterator = this.iterate();
    try {
      while ((await iterator.next()).done !== true);
    } catch {
      // The outcome has it.
    }
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
  const reader = new OneReader(read(source, options, outcome));
  return {
    content: { [Symbol.asyncIterator]: () => reader.iterate() },
    async report() {
      await reader.end();
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
  checkVerifyOptions(options);
  refuseFindings(message.findings, new FindingLog(options.policy ?? message.policy));
  const { signerCertificates = [], signerIds } = options;
  const streamed = new StreamedContent([
    ...new Set(message.signers.map((each) => each.digestAlgorithm.name)),
  ]);
  const known = [...signerCertificates, ...message.certificates];
  const plain = message.signers.filter((signer) => signer.signedAttributes === undefined);
  const needed = new Set(plain.flatMap((signer) => candidates(signer, known).tried));
  streamed.prepare([...needed], signerIds);
  for await (const piece of ownPieces(content)) streamed.update(piece);
  return reportOn(message, (log) => streamed.seenBy(log), options);
}
