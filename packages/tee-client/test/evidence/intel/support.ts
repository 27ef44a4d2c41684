import { type Certificate, certificatesFromPem, pemDecode, pemEncode } from '@cssi/pki';
import { concatBytes, fromUtf8, type SmError, utf8 } from '@cssi/sm-core';
import { parseIntelQuote } from '../../../src/evidence/intel/index.ts';
import type { AttestationVerdict } from '../../../src/spec/v1/attestation.ts';

export const TIME: Date = new Date('2026-12-01T00:00:00Z');

/** `step:code` of every step that failed. */
export const failures = ({ steps }: AttestationVerdict): readonly string[] =>
  steps.filter(({ status }) => status === 'failed').map(({ step, code }) => `${step}:${code}`);

/** `step:code` of every step that is open. */
export const doubts = ({ steps }: AttestationVerdict): readonly string[] =>
  steps.filter(({ status }) => status === 'indeterminate').map(({ step, code }) => `${step}:${code}`);

/** What a verification comes to: the steps that failed, or the code of the error. */
export function outcome(verify: () => AttestationVerdict): readonly string[] {
  try {
    return failures(verify());
  } catch (error) {
    const { code, detail } = error as SmError;
    return [code, detail ?? ''];
  }
}

export function flipped(bytes: Uint8Array, at: number, mask = 1): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at] = copy[at]! ^ mask;
  return copy;
}

/** Text with another hexadecimal digit at `at`; a flipped bit would make some digits letters that are none. */
export function otherDigit(text: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(text);
  copy[at] = copy[at] === 0x30 ? 0x31 : 0x30;
  return copy;
}

/** `bytes` with what stands at `at` replaced. */
export function put(bytes: Uint8Array, at: number, part: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy.set(part, at);
  return copy;
}

const u16 = (value: number): Uint8Array => Uint8Array.of(value & 0xff, value >> 8);
const u32 = (value: number): Uint8Array => concatBytes(u16(value & 0xffff), u16(value >>> 16));

/** A part with its number and length, as certification data stands in quotes. */
export const certification = (type: number, data: Uint8Array): Uint8Array =>
  concatBytes(u16(type), u32(data.length), data);

/** Parts of a quote that can be exchanged. */
export interface Parts {
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
  readonly attestationKey: Uint8Array;
  readonly qeReportRaw: Uint8Array;
  readonly qeReportSignature: Uint8Array;
  readonly authenticationData: Uint8Array;
  readonly certificationData: Uint8Array;
}

export function partsOf(quote: Uint8Array): Parts {
  const { signed, signature } = parseIntelQuote(quote);
  return { signed, ...signature };
}

/** A quote out of parts, each genuine in itself. */
export function joined(parts: Parts, version: number): Uint8Array {
  const { authenticationData } = parts;
  const inner = concatBytes(
    parts.qeReportRaw,
    parts.qeReportSignature,
    u16(authenticationData.length),
    authenticationData,
    certification(5, parts.certificationData),
  );
  const whole = concatBytes(
    parts.signature,
    parts.attestationKey,
    version === 3 ? inner : certification(6, inner),
  );
  return concatBytes(parts.signed, u32(whole.length), whole);
}

/** The certificates of a quote, leaf first. */
export function chainOf(quote: Uint8Array): readonly Certificate[] {
  const { certificationData } = parseIntelQuote(quote).signature;
  return certificatesFromPem(fromUtf8(certificationData).replace('\0', ''));
}

export const rootOf = (quote: Uint8Array): Certificate => chainOf(quote).at(-1)!;

/** `quote` with certificate `index` of its chain changed by `edit`. */
export function withCertificate(
  quote: Uint8Array,
  version: number,
  index: number,
  edit: (der: Uint8Array) => Uint8Array,
): Uint8Array {
  const parts = partsOf(quote);
  const chain = pemDecode(fromUtf8(parts.certificationData).replace('\0', ''), 'CERTIFICATE');
  const pem = chain.map((der, at) => pemEncode('CERTIFICATE', at === index ? edit(der) : der));
  return joined({ ...parts, certificationData: utf8(pem.join('')) }, version);
}

/** Place of `part` in `whole`. */
export function placeOf(whole: Uint8Array, part: Uint8Array): number {
  const at = Buffer.from(whole).indexOf(part);
  if (at < 0) throw new Error('not part of it');
  return at;
}
