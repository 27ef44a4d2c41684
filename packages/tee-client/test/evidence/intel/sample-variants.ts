import { concatBytes, utf8 } from '@cssi/sm-core';
import type { TrustAnchors } from '../../../src/spec/v1/attestation.ts';
import { chainOf, flipped, joined, partsOf, placeOf, withCertificate } from './support.ts';

const SIGNATURE = 'signature:EVIDENCE_SIGNATURE_WRONG';
const QE_SIGNATURE = 'signature:QE_REPORT_SIGNATURE_WRONG';
const BINDING = 'binding:ATTESTATION_KEY_NOT_BOUND';
const FRESHNESS = 'freshness:NONCE_MISMATCH';
const CHAIN = ['chain:CERTIFICATE_SIGNATURE_WRONG', 'chain:NO_PATH_TO_ANCHOR'];
const MALFORMED = 'ERR_TEE_EVIDENCE_MALFORMED';

/** A way to tamper with a genuine quote, and what has to come of it: steps that fail, or a coded error. */
export interface Variant {
  readonly name: string;
  readonly quote: Uint8Array;
  readonly fails: readonly string[];
  readonly time?: Date;
  readonly reportData?: Uint8Array;
  readonly anchors?: TrustAnchors;
}

const malformed = (name: string, quote: Uint8Array, reason: string): Variant => ({
  name,
  quote,
  fails: [MALFORMED, `reason=${reason}`],
});

/** What a signed field is called, where it is, and what a change of it brings besides the signature. */
export type Field = readonly [name: string, at: number, more?: string];

/** A bit of every field the attestation key signed. */
const signedFields = (quote: Uint8Array, fields: readonly Field[]): readonly Variant[] =>
  fields.map(([name, at, more]) => ({
    name: `bit of ${name}`,
    quote: flipped(quote, at),
    fails: more === undefined ? [SIGNATURE] : [SIGNATURE, more],
  }));

/** Fields of the quoting enclave's report, by offset in it. */
const QE_FIELDS: readonly Field[] = [
  ['cpuSvn', 0],
  ['miscSelect', 16],
  ['attributes (mode)', 50],
  ['mrEnclave', 64],
  ['mrSigner', 128],
  ['isvProdId', 256],
  ['isvSvn', 258],
  ['reportData, hash', 320, BINDING],
  ['reportData, zeros', 383, BINDING],
];

function quotingEnclave(quote: Uint8Array): readonly Variant[] {
  const { qeReportRaw, qeReportSignature, authenticationData, attestationKey, signature } = partsOf(quote);
  const report = placeOf(quote, qeReportRaw);
  const at = (part: Uint8Array, offset: number): Uint8Array => flipped(quote, placeOf(quote, part) + offset);
  return [
    ...QE_FIELDS.map(([name, offset, more]) => ({
      name: `bit of the quoting enclave's ${name}`,
      quote: flipped(quote, report + offset),
      fails: more === undefined ? [QE_SIGNATURE] : [QE_SIGNATURE, more],
    })),
    { name: 'bit of r of the quoting enclave', quote: at(qeReportSignature, 3), fails: [QE_SIGNATURE] },
    { name: 'bit of s of the quoting enclave', quote: at(qeReportSignature, 40), fails: [QE_SIGNATURE] },
    { name: 'bit of the authentication data', quote: at(authenticationData, 5), fails: [BINDING] },
    { name: 'bit of r', quote: at(signature, 0), fails: [SIGNATURE] },
    { name: 'bit of s', quote: at(signature, 63), fails: [SIGNATURE] },
    { name: 'r and s of zeros', quote: put0(quote, placeOf(quote, signature), 64), fails: [SIGNATURE] },
    // Another x is with next to certainty no point of the curve.
    malformed('bit of the attestation key', at(attestationKey, 8), 'public-key'),
  ];
}

function put0(quote: Uint8Array, at: number, length: number): Uint8Array {
  return Uint8Array.from(quote).fill(0, at, at + length);
}

function certificates(quote: Uint8Array, version: number): readonly Variant[] {
  const [leaf, authority] = chainOf(quote);
  const edited = (index: number, part: Uint8Array, offset: number): Uint8Array =>
    withCertificate(quote, version, index, (der) => flipped(der, placeOf(der, part) + offset));
  const extension = leaf!.extensions.find(({ oid }) => oid === '1.2.840.113741.1.13.1')!.value;
  const drop = (count: number): Uint8Array => {
    const parts = partsOf(quote);
    const pem = Buffer.from(parts.certificationData)
      .toString('latin1')
      .split(/(?=-----BEGIN)/);
    return joined({ ...parts, certificationData: utf8(pem.slice(count).join('')) }, version);
  };
  return [
    { name: 'bit of the PCK serial number', quote: edited(0, leaf!.serial, 2), fails: CHAIN },
    { name: 'bit of the PPID in the certificate', quote: edited(0, extension, 25), fails: CHAIN },
    { name: 'bit of the PCK signature', quote: edited(0, leaf!.signature, 20), fails: CHAIN },
    { name: 'bit of the authority serial number', quote: edited(1, authority!.serial, 2), fails: CHAIN },
    { name: 'bit of the authority signature', quote: edited(1, authority!.signature, 20), fails: CHAIN },
    {
      name: 'no PCK certificate',
      quote: drop(1),
      fails: ['certificates:PCK_CERTIFICATE_WRONG'],
    },
    malformed('no certificate', drop(3), 'pck-chain'),
  ];
}

/** Parts of two genuine quotes. */
function splices(quote: Uint8Array, version: number, other: Uint8Array): readonly Variant[] {
  const own = partsOf(quote);
  const foreign = partsOf(other);
  const { certificationData } = foreign;
  const { qeReportRaw, qeReportSignature, authenticationData } = foreign;
  const enclave = { qeReportRaw, qeReportSignature, authenticationData };
  const { attestationKey, signature } = foreign;
  const splice = (name: string, parts: Partial<typeof own>, fails: readonly string[]): Variant => ({
    name: `${name} of another quote`,
    quote: joined({ ...own, ...parts }, version),
    fails,
  });
  return [
    splice('chain', { certificationData }, [QE_SIGNATURE]),
    splice('quoting enclave', enclave, [QE_SIGNATURE, BINDING]),
    splice('quoting enclave and chain', { ...enclave, certificationData }, [BINDING]),
    splice('attestation key', { attestationKey }, [SIGNATURE, BINDING]),
    splice('attestation key and signature', { attestationKey, signature }, [SIGNATURE, BINDING]),
    splice('signature', { signature }, [SIGNATURE]),
    splice('whole signature part', { ...enclave, certificationData, attestationKey, signature }, [SIGNATURE]),
  ];
}

const dates = (quote: Uint8Array): readonly Variant[] => [
  {
    name: 'time before the PCK certificate',
    quote,
    time: new Date(chainOf(quote)[0]!.notBefore.getTime() - 1000),
    fails: ['validity:CERTIFICATE_NOT_YET_VALID'],
  },
  {
    name: 'time after the PCK certificate',
    quote,
    time: new Date(chainOf(quote)[0]!.notAfter.getTime() + 1000),
    fails: ['validity:CERTIFICATE_EXPIRED'],
  },
];

/** Other answers than the one asked for. */
function challenges(quote: Uint8Array, reportData: Uint8Array): readonly Variant[] {
  const fails = [FRESHNESS];
  return [
    { name: 'another challenge', quote, reportData: flipped(reportData, 0), fails },
    { name: 'a challenge that ends otherwise', quote, reportData: flipped(reportData, 63), fails },
    { name: 'part of the challenge', quote, reportData: reportData.subarray(0, 2), fails },
    { name: 'a longer challenge', quote, reportData: concatBytes(reportData, Uint8Array.of(0)), fails },
  ];
}

const cuts = (quote: Uint8Array): readonly Variant[] => [
  malformed('nothing', new Uint8Array(0), 'quote-truncated'),
  malformed('half a header', quote.subarray(0, 24), 'quote-truncated'),
  malformed('half a body', quote.subarray(0, 200), 'quote-truncated'),
  malformed('last byte cut', quote.subarray(0, quote.length - 1), 'quote-truncated'),
  malformed('something behind it', concatBytes(quote, Uint8Array.of(0, 1)), 'quote-trailing'),
  malformed('another version', flipped(quote, 0, 0x40), 'quote-version'),
  malformed('another key type', flipped(quote, 2), 'quote-key-type'),
  malformed('another TEE', flipped(quote, 5), 'quote-tee-type'),
];

/**
 * Every way to tamper with `quote`.
 *
 * @param other - a genuine quote of another platform, to splice from
 */
export const variantsOf = (
  quote: Uint8Array,
  version: number,
  fields: readonly Field[],
  other: Uint8Array,
  reportData: Uint8Array,
): readonly Variant[] => [
  ...signedFields(quote, fields),
  ...quotingEnclave(quote),
  ...certificates(quote, version),
  ...splices(quote, version, other),
  ...dates(quote),
  ...challenges(quote, reportData),
  ...cuts(quote),
];
