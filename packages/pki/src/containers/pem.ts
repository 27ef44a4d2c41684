import { fromBase64, toBase64 } from '@cssi/sm-core';
import { parseCertificate } from '../certificate/parse-certificate.ts';
import { PKI_ERRORS } from '../errors.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import type { ContainerReading } from '../spec/v1/container.ts';
import { readingOptions } from './support.ts';

const MAX_PEM_CHARACTERS = 1 << 20;
const MAX_PEM_BLOCKS = 256;
const LABEL = /^[A-Z0-9]+(?: [A-Z0-9]+)*$/;

const malformed = (reason: string) =>
  PKI_ERRORS.create('ERR_PKI_PEM_MALFORMED', { detail: `reason=${reason}` });

/**
 * PEM text with lines of 64 characters and a line break at the end.
 *
 * @standard RFC 7468 §3
 * @throws {@link SmError} ERR_PKI_PEM_MALFORMED for a label that is none, or what is no byte array
 */
export function pemEncode(label: string, der: Uint8Array): string {
  if (typeof label !== 'string' || !LABEL.test(label)) throw malformed('label');
  if (!(der instanceof Uint8Array)) throw malformed('type');
  const lines = toBase64(der).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.map((line) => `${line}\n`).join('')}-----END ${label}-----\n`;
}

/** How certificates are read from PEM. */
export type CertificatesPemOptions = Pick<ContainerReading, 'policy'>;

/** One block of a PEM text. @internal */
export interface PemSection {
  readonly label: string;
  /** Lines before the empty line, as RFC 1421 has them. */
  readonly headers: readonly string[];
  /** Base64 without white space. */
  readonly body: string;
}

/** Base64 in lines without any other white space, as almost every file has it. */
const PLAIN_BODY = /^[A-Za-z0-9+/=\n]*$/;

/** A block with a colon in it has headers, which an empty line ends. */
function section(label: string, inside: string): PemSection {
  if (PLAIN_BODY.test(inside)) return { label, headers: [], body: inside.replaceAll('\n', '') };
  const lines = inside.split(/\r?\n/).map((line) => line.trim());
  const bodyFrom = (at: number) => lines.slice(at).join('').replace(/[\t ]/g, '');
  if (!inside.includes(':')) return { label, headers: [], body: bodyFrom(0) };
  const first = lines.findIndex((line) => line !== '');
  const end = lines.indexOf('', first);
  // Without one there is nothing to read; whoever wants this block refuses its headers.
  if (end < 0) return { label, headers: lines, body: '' };
  return { label, headers: lines.slice(first, end), body: bodyFrom(end) };
}

/** Every block of a PEM text. @throws SmError ERR_PKI_PEM_MALFORMED @internal */
export function pemSections(text: string): readonly PemSection[] {
  if (typeof text !== 'string') throw malformed('type');
  if (text.length > MAX_PEM_CHARACTERS) throw malformed('size');
  const sections: PemSection[] = [];
  const begin = /-----BEGIN ([A-Z0-9 ]{1,64})-----/g;
  for (let match = begin.exec(text); match !== null; match = begin.exec(text)) {
    if (sections.length === MAX_PEM_BLOCKS) throw malformed('blocks');
    const label = match[1]!;
    const marker = `-----END ${label}-----`;
    const end = text.indexOf(marker, begin.lastIndex);
    if (end < 0) throw malformed('end');
    sections.push(section(label, text.slice(begin.lastIndex, end)));
    begin.lastIndex = end + marker.length;
  }
  return sections;
}

/** Blocks of which everything is public. */
const PUBLIC_LABELS: ReadonlySet<string> = new Set(['CERTIFICATE', 'X509 CRL']);

/**
 * Contents of a block. Node decodes faster than `fromBase64`, whose time says nothing about a key, but leniently: that
 * nothing was overlooked shows when it is encoded again.
 */
function contentsOf({ label, body }: PemSection): Uint8Array {
  if (!PUBLIC_LABELS.has(label)) return fromBase64(body);
  const decoded = Buffer.from(body, 'base64');
  if (decoded.toString('base64') !== body) throw malformed('base64');
  return new Uint8Array(decoded);
}

/**
 * The contents of every block with `label` in a PEM text, or of every block. Text outside
 * of blocks is read over, as RFC 7468 §2 asks. Blocks with headers are for `privateKeyFromPem`.
 *
 * @param text - at most 1,048,576 characters and 256 blocks
 * @throws {@link SmError} ERR_PKI_PEM_MALFORMED when a block is broken or there is none
 */
export function pemDecode(text: string, label?: string): Uint8Array[] {
  const wanted = pemSections(text).filter((one) => label === undefined || one.label === label);
  if (wanted.length === 0) throw malformed('none');
  return wanted.map((one) => {
    if (one.headers.length > 0) throw malformed('headers');
    try {
      return contentsOf(one);
    } catch {
      // The cause would not tell more, and the text may hold a private key.
      throw malformed('base64');
    }
  });
}

/**
 * All certificates of a PEM text, in its order.
 *
 * @param options - `policy` as `parseCertificate` takes it: `tolerant` when left out
 * @throws {@link SmError} ERR_PKI_PEM_MALFORMED, ERR_PKI_CERTIFICATE_MALFORMED, ERR_PKI_DEVIATION_REFUSED,
 *   ERR_PKI_CONTAINER_OPTIONS
 */
export function certificatesFromPem(text: string, options: CertificatesPemOptions = {}): Certificate[] {
  const { policy = 'tolerant' } = readingOptions(options);
  return pemDecode(text, 'CERTIFICATE').map((der) => parseCertificate(der, { policy }));
}
