import {
  canonicalJson,
  equalBytes,
  type JsonValue,
  parseJson,
  SM_CORE_ERRORS,
  toBase64,
} from '@cssi/sm-core';
import { LOG_ALGORITHMS, type LogAlgorithm } from '../event-log/types.ts';
import { malformed } from '../malformed.ts';
import { MAX_TPM_QUOTE_BYTES } from './attest.ts';
import { type ImaDigest, MAX_IMA_LOG_BYTES } from './ima-log.ts';
import { MAX_PCRS, type PcrValues } from './pcrs.ts';
import { MAX_TPM_PUBLIC_BYTES } from './public-area.ts';
import { MAX_TPM_SIGNATURE_BYTES } from './signature.ts';

/** Formats of the documents that carry a quote. @group Attestation */
export const TPM_EVIDENCE_FORMATS = {
  tpm: 'cssi-tpm-evidence/1',
  /** SM2, SM3 and nothing else. */
  tcm: 'cssi-tcm-evidence/1',
} as const;

/** Longest document that is read, in bytes. @group Attestation */
export const MAX_TPM_EVIDENCE_BYTES = 8_388_608;
const MAX_EVENT_LOG_BYTES = 1_048_576;
const MAX_CERTIFICATES = 8;
const MAX_CERTIFICATE_BYTES = 16_384;
const MAX_PARENTS = 4;
const MAX_KEY_INFO_BYTES = 1200;

/**
 * A quote with what it takes to judge it. The attestation key comes as its public area, as
 * SubjectPublicKeyInfo or in its certificate; several of them have to agree.
 *
 * As bytes it is canonical JSON (sorted members, no white space) with the members below; bytes are
 * base64, `pcrs` is `{"sm3":{"0":"…"}}`, `imaLog` is `{"digest":"sha1","log":"…"}`.
 *
 * @group Attestation
 */
export interface TpmEvidence {
  readonly profile: keyof typeof TPM_EVIDENCE_FORMATS;
  /** TPMS_ATTEST. */
  readonly quote: Uint8Array;
  /** TPMT_SIGNATURE. */
  readonly signature: Uint8Array;
  /** TPMT_PUBLIC of the attestation key. */
  readonly publicArea?: Uint8Array;
  /** TPMT_PUBLIC of the attestation key's ancestors, the nearest first, to the primary key. */
  readonly parents?: readonly Uint8Array[];
  /** SubjectPublicKeyInfo of the attestation key. */
  readonly publicKeyInfo?: Uint8Array;
  /** DER; that of the attestation key first. */
  readonly certificates?: readonly Uint8Array[];
  readonly pcrs: PcrValues;
  /** Measured-boot log (TCG2). */
  readonly eventLog?: Uint8Array;
  /** `binary_runtime_measurements` of Linux IMA. */
  readonly imaLog?: { readonly digest: ImaDigest; readonly log: Uint8Array };
}

type Fields = { readonly [name: string]: JsonValue };

const OPTIONAL: readonly string[] = [
  'publicArea',
  'parents',
  'publicKeyInfo',
  'certificates',
  'pcrs',
  'eventLog',
  'imaLog',
];
const REQUIRED: readonly string[] = ['format', 'quote', 'signature'];

function object(value: JsonValue | undefined, reason: string): Fields {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw malformed(reason);
  return value as Fields;
}

/** Canonical base64. Node decodes it, leniently; that nothing was overlooked shows when it is encoded again. */
function bytes(value: JsonValue | undefined, name: string, max: number): Uint8Array {
  if (typeof value !== 'string' || value.length > 4 * Math.ceil(max / 3)) throw malformed(name);
  const decoded = Buffer.from(value, 'base64');
  if (decoded.length === 0 || decoded.length > max || decoded.toString('base64') !== value) {
    throw malformed(name);
  }
  return new Uint8Array(decoded.buffer, decoded.byteOffset, decoded.byteLength);
}

function list(value: JsonValue | undefined, name: string, count: number, max: number): Uint8Array[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > count) throw malformed(name);
  return value.map((item: JsonValue) => bytes(item, name, max));
}

function readBank(value: JsonValue | undefined, bank: LogAlgorithm): Map<number, Uint8Array> {
  const values = new Map<number, Uint8Array>();
  for (const [index, text] of Object.entries(object(value, 'pcrs'))) {
    if (!/^(?:0|[1-9][0-9]?)$/.test(index) || Number(index) >= MAX_PCRS) throw malformed('pcr-index');
    const decoded = bytes(text, 'pcr-value', LOG_ALGORITHMS[bank].bytes);
    if (decoded.length !== LOG_ALGORITHMS[bank].bytes) throw malformed('pcr-value');
    values.set(Number(index), decoded);
  }
  if (values.size === 0) throw malformed('pcrs');
  return values;
}

function readPcrs(value: JsonValue | undefined): PcrValues {
  const banks = new Map<LogAlgorithm, Map<number, Uint8Array>>();
  if (value === undefined) return banks;
  const read = object(value, 'pcrs');
  for (const bank of Object.keys(read)) {
    if (!Object.hasOwn(LOG_ALGORITHMS, bank)) throw malformed('pcr-bank');
    banks.set(bank as LogAlgorithm, readBank(read[bank], bank as LogAlgorithm));
  }
  if (banks.size === 0) throw malformed('pcrs');
  return banks;
}

const IMA_DIGESTS: readonly JsonValue[] = ['sha1', 'sha256', 'sm3'] satisfies ImaDigest[];

function readImaLog(value: JsonValue): NonNullable<TpmEvidence['imaLog']> {
  const read = object(value, 'ima-log');
  if (Object.keys(read).length !== 2 || !IMA_DIGESTS.includes(read.digest ?? null))
    throw malformed('ima-log');
  return { digest: read.digest as ImaDigest, log: bytes(read.log, 'ima-log', MAX_IMA_LOG_BYTES) };
}

/** JSON in canonical form: one content has one encoding, and no member stands there twice. */
function canonical(input: Uint8Array): Fields {
  try {
    const value = parseJson(input, MAX_TPM_EVIDENCE_BYTES);
    if (!equalBytes(canonicalJson(value), input)) throw malformed('not-canonical');
    return object(value, 'object');
  } catch (cause) {
    throw SM_CORE_ERRORS.is(cause) ? malformed('json', cause) : cause;
  }
}

/**
 * Reads a document of either format.
 *
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED
 * @group Attestation
 */
export function decodeTpmEvidence(input: Uint8Array): TpmEvidence {
  const read = canonical(input);
  const profile = (['tpm', 'tcm'] as const).find((one) => TPM_EVIDENCE_FORMATS[one] === read.format);
  if (profile === undefined) throw malformed('format');
  for (const name of Object.keys(read)) {
    if (!REQUIRED.includes(name) && !OPTIONAL.includes(name)) throw malformed('members');
  }
  const { publicArea, parents, publicKeyInfo, certificates, eventLog, imaLog } = read;
  if (publicArea === undefined && publicKeyInfo === undefined && certificates === undefined) {
    throw malformed('attestation-key');
  }
  if (parents !== undefined && publicArea === undefined) throw malformed('parents');
  return {
    profile,
    quote: bytes(read.quote, 'quote', MAX_TPM_QUOTE_BYTES),
    signature: bytes(read.signature, 'signature', MAX_TPM_SIGNATURE_BYTES),
    pcrs: readPcrs(read.pcrs),
    ...(publicArea === undefined
      ? {}
      : { publicArea: bytes(publicArea, 'public-area', MAX_TPM_PUBLIC_BYTES) }),
    ...(parents === undefined
      ? {}
      : { parents: list(parents, 'parents', MAX_PARENTS, MAX_TPM_PUBLIC_BYTES) }),
    ...(publicKeyInfo === undefined
      ? {}
      : { publicKeyInfo: bytes(publicKeyInfo, 'public-key', MAX_KEY_INFO_BYTES) }),
    ...(certificates === undefined
      ? {}
      : { certificates: list(certificates, 'certificates', MAX_CERTIFICATES, MAX_CERTIFICATE_BYTES) }),
    ...(eventLog === undefined ? {} : { eventLog: bytes(eventLog, 'event-log', MAX_EVENT_LOG_BYTES) }),
    ...(imaLog === undefined ? {} : { imaLog: readImaLog(imaLog) }),
  };
}

/**
 * Writes the document an attester sends: what a TPM gave (for example through `tpm2_quote`, whose message is
 * `quote` and whose signature in TSS form is `signature`) and the values and logs beside it.
 *
 * @returns canonical JSON, UTF-8
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED for what {@link decodeTpmEvidence} would refuse
 * @example
 * ```ts
 * import { encodeTpmEvidence, tpmVerifier } from '@cssi/tee-client/evidence';
 * declare const fromTpm: { quote: Uint8Array; signature: Uint8Array; publicArea: Uint8Array };
 * declare const pcrs: Map<'sm3', Map<number, Uint8Array>>;
 * const evidence = encodeTpmEvidence({ profile: 'tpm', ...fromTpm, pcrs });
 * const verdict = tpmVerifier.verify(evidence, { time: new Date(), anchors: {} });
 * ```
 * @group Attestation
 */
export function encodeTpmEvidence(evidence: TpmEvidence): Uint8Array {
  const { profile, quote, signature, publicArea, parents, publicKeyInfo, certificates, pcrs } = evidence;
  const banks: Record<string, JsonValue> = {};
  for (const [bank, values] of pcrs) {
    banks[bank] = Object.fromEntries([...values].map(([index, value]) => [`${index}`, toBase64(value)]));
  }
  const { eventLog, imaLog } = evidence;
  const encoded = canonicalJson({
    format: TPM_EVIDENCE_FORMATS[profile],
    quote: toBase64(quote),
    signature: toBase64(signature),
    ...(publicArea === undefined ? {} : { publicArea: toBase64(publicArea) }),
    ...(parents === undefined ? {} : { parents: parents.map(toBase64) }),
    ...(publicKeyInfo === undefined ? {} : { publicKeyInfo: toBase64(publicKeyInfo) }),
    ...(certificates === undefined ? {} : { certificates: certificates.map(toBase64) }),
    ...(pcrs.size === 0 ? {} : { pcrs: banks }),
    ...(eventLog === undefined ? {} : { eventLog: toBase64(eventLog) }),
    ...(imaLog === undefined ? {} : { imaLog: { digest: imaLog.digest, log: toBase64(imaLog.log) } }),
  });
  decodeTpmEvidence(encoded);
  return encoded;
}

/** Does `input` look like a document of this format? Base64 holds no quotes: only the member can match. @internal */
export function looksLike(profile: TpmEvidence['profile'], input: Uint8Array): boolean {
  if (input[0] !== 0x7b || input.length > MAX_TPM_EVIDENCE_BYTES) return false;
  const document = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
  return document.includes(`"format":"${TPM_EVIDENCE_FORMATS[profile]}"`);
}
