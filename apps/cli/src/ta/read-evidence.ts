import { fromBase64, type JsonValue, parseJson, type SmError } from '@cssi/sm-core';
import { EVIDENCE_FORMAT, TEE_CLIENT_ERRORS } from '@cssi/tee-client';
import { encodeEvidence, MAX_TPM_EVIDENCE_BYTES } from '@cssi/tee-client/evidence';
import { readBounded } from '../files.ts';

/** Longest evidence of any kind that is read, in bytes: a TPM's comes with its logs. */
const MAX_EVIDENCE_BYTES = MAX_TPM_EVIDENCE_BYTES;
const OPENING_BRACE = 0x7b;

const malformed = (reason: string, cause?: unknown): SmError =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_EVIDENCE_MALFORMED', { detail: `reason=${reason}`, cause });

function bytesOf(value: JsonValue | undefined, name: string): Uint8Array {
  if (typeof value !== 'string') throw malformed(name);
  try {
    return fromBase64(value);
  } catch (cause) {
    throw malformed(name, cause);
  }
}

/** Evidence of the software TEE out of the JSON form that servers answer with, in any layout. */
export function softwareEvidence(value: JsonValue): Uint8Array {
  const { format, report, certificates } = (value ?? {}) as Partial<Record<string, JsonValue>>;
  if (typeof format !== 'string' || !Array.isArray(certificates)) throw malformed('members');
  return encodeEvidence({
    format,
    report: bytesOf(report, 'report'),
    certificates: certificates.map((item: JsonValue) => bytesOf(item, 'certificates')),
  });
}

/** JSON of the software TEE in its canonical form; all else is left as it is. */
function canonicalForm(bytes: Uint8Array): Uint8Array {
  const first = bytes.find((byte) => byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09);
  if (first !== OPENING_BRACE) return bytes;
  let value: JsonValue;
  try {
    value = parseJson(bytes, MAX_EVIDENCE_BYTES);
  } catch (cause) {
    throw malformed('json', cause);
  }
  const { format } = (value ?? {}) as Partial<Record<string, JsonValue>>;
  return format === EVIDENCE_FORMAT ? softwareEvidence(value) : bytes;
}

/** Evidence of a file. @throws {@link SmError} ERR_CLI_FILE, ERR_TEE_EVIDENCE_MALFORMED */
export const readEvidence = async (path: string): Promise<Uint8Array> =>
  canonicalForm(await readBounded(path, MAX_EVIDENCE_BYTES));
