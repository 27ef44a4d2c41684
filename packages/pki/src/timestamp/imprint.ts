import { encodeAlgorithm, readAlgorithm } from '../algorithms/index.ts';
import { PKI_ERRORS } from '../errors.ts';
import type { FindingLog } from '../internal/finding-log.ts';
import { DerProblem, expectTag, readAll, readOctets, type Tlv } from '../internal/tlv.ts';
import { octets, sequence } from '../internal/write.ts';
import type { MessageImprint, TimeStampHash } from '../spec/v1/timestamp.ts';
import { digestBytes, digestOf, isTimeStampHash, TIMESTAMP_HASHES } from './hashes.ts';

const MAX_DIGEST_BYTES = 128;

/** Reads a MessageImprint; a digest of the wrong length for a known hash is refused. */
export function readImprint(element: Tlv | undefined, log: FindingLog): MessageImprint {
  const [algorithm, hashed, ...rest] = readAll(expectTag(element, 0x30, 'imprint').value);
  if (rest.length > 0) throw new DerProblem('imprint');
  const { name: hash } = readAlgorithm(algorithm, {
    where: 'messageImprint.hashAlgorithm',
    expected: TIMESTAMP_HASHES,
    log,
  });
  const digest = readOctets(hashed, 'imprint');
  const wanted = digestBytes(hash);
  const fits = wanted === undefined ? digest.length <= MAX_DIGEST_BYTES : digest.length === wanted;
  if (!fits || digest.length === 0) throw new DerProblem('imprint length');
  return { hash, digest };
}

export function writeImprint({ hash, digest }: MessageImprint): Uint8Array {
  return sequence(encodeAlgorithm(hash as TimeStampHash), octets(digest));
}

/** What is stamped: the content itself, or its imprint when only that is at hand. */
interface ImprintSource {
  readonly content?: Uint8Array | undefined;
  readonly imprint?: MessageImprint | undefined;
}

const invalid = (option: string) =>
  PKI_ERRORS.create('ERR_PKI_TIMESTAMP_OPTIONS', { detail: `option=${option}` });

/** Checks an imprint of the caller. @throws SmError ERR_PKI_TIMESTAMP_OPTIONS */
export function checkImprint(imprint: MessageImprint): MessageImprint {
  const { hash, digest } = imprint;
  if (!isTimeStampHash(hash) || !(digest instanceof Uint8Array) || digest.length !== digestBytes(hash)) {
    throw invalid('imprint');
  }
  return { hash, digest: Uint8Array.from(digest) };
}

/** Imprint of exactly one of content and imprint. @throws SmError ERR_PKI_TIMESTAMP_OPTIONS */
export function imprintOf({ content, imprint }: ImprintSource, hash: TimeStampHash): MessageImprint {
  if ((content === undefined) === (imprint === undefined)) throw invalid('content');
  if (imprint !== undefined) return checkImprint(imprint);
  if (!(content instanceof Uint8Array)) throw invalid('content');
  if (!isTimeStampHash(hash)) throw invalid('hash');
  return { hash, digest: digestOf(hash, content) };
}
