import { fromBase64, toBase64 } from '@cssi/sm-core';
import { parseCertificate } from '../certificate/parse-certificate.ts';
import { PKI_ERRORS } from '../errors.ts';
import type { Certificate } from '../spec/v1/certificate.ts';

const MAX_PEM_CHARACTERS = 1 << 20;
const MAX_PEM_BLOCKS = 256;
const LABEL = /^[A-Z0-9]+(?: [A-Z0-9]+)*$/;

const malformed = (reason: string) =>
  PKI_ERRORS.create('ERR_PKI_PEM_MALFORMED', { detail: `reason=${reason}` });

/**
 * PEM text with lines of 64 characters and a line break at the end.
 *
 * @standard RFC 7468 §3
 * @throws {@link SmError} ERR_PKI_PEM_MALFORMED for a label that is none
 */
export function pemEncode(label: string, der: Uint8Array): string {
  if (!LABEL.test(label)) throw malformed('label');
  const lines = toBase64(der).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.map((line) => `${line}\n`).join('')}-----END ${label}-----\n`;
}

/**
 * The contents of every block with `label` in a PEM text, or of every block. Text outside
 * of blocks is read over, as RFC 7468 §2 asks.
 *
 * @param text - at most 1,048,576 characters and 256 blocks
 * @throws {@link SmError} ERR_PKI_PEM_MALFORMED when a block is broken or there is none
 */
export function pemDecode(text: string, label?: string): Uint8Array[] {
  if (typeof text !== 'string') throw malformed('type');
  if (text.length > MAX_PEM_CHARACTERS) throw malformed('size');
  const blocks: Uint8Array[] = [];
  const begin = /-----BEGIN ([A-Z0-9 ]{1,64})-----/g;
  let count = 0;
  for (let match = begin.exec(text); match !== null; match = begin.exec(text)) {
    if (++count > MAX_PEM_BLOCKS) throw malformed('blocks');
    const name = match[1]!;
    const marker = `-----END ${name}-----`;
    const end = text.indexOf(marker, begin.lastIndex);
    if (end < 0) throw malformed('end');
    if (label === undefined || name === label) {
      const body = text.slice(begin.lastIndex, end).replace(/[\r\n\t ]/g, '');
      try {
        blocks.push(fromBase64(body));
      } catch {
        // The cause would not tell more, and the text may hold a private key.
        throw malformed('base64');
      }
    }
    begin.lastIndex = end + marker.length;
  }
  if (blocks.length === 0) throw malformed('none');
  return blocks;
}

/**
 * All certificates of a PEM text, in its order.
 *
 * @throws {@link SmError} ERR_PKI_PEM_MALFORMED, ERR_PKI_CERTIFICATE_MALFORMED
 */
export function certificatesFromPem(text: string): Certificate[] {
  return pemDecode(text, 'CERTIFICATE').map((der) => parseCertificate(der));
}
