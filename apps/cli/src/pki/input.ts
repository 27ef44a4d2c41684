import { PKI_ERRORS } from '@cssi/pki';
import { fromBase64 } from '@cssi/sm-core';
import { CLI_ERRORS } from '../errors.ts';
import { readBounded } from '../files.ts';
import { elementAt } from './asn1.ts';

/** One object of a file: a block of a PEM text, or a structure in DER. */
export interface FileObject {
  readonly der: Uint8Array;
  readonly pemLabel?: string;
  /** The whole block, for keys that are encrypted in the older form with headers. */
  readonly pem?: string;
  /** Bytes that are no structure, behind the last one. */
  readonly leftOver?: boolean;
}

/** Longest file that is read when it does not look like ASN.1, in bytes. */
const MAX_OTHER_BYTES = 1 << 20;
/** Longest file with a revocation list or a message: 16 MiB, as PEM. */
const MAX_FILE_BYTES = 24 << 20;
const MAX_OBJECTS = 256;

const malformed = (reason: string) =>
  PKI_ERRORS.create('ERR_PKI_PEM_MALFORMED', { detail: `reason=${reason}` });

function fromBase64Text(text: string): Uint8Array {
  try {
    return fromBase64(text.replace(/\s/g, ''));
  } catch {
    // The cause would repeat the text, which may hold a private key.
    throw malformed('base64');
  }
}

function pemObjects(text: string): FileObject[] {
  const objects: FileObject[] = [];
  const begin = /-----BEGIN ([A-Z0-9 ]{1,64})-----/g;
  for (let match = begin.exec(text); match !== null; match = begin.exec(text)) {
    if (objects.length === MAX_OBJECTS) throw malformed('blocks');
    const pemLabel = match[1]!;
    const marker = `-----END ${pemLabel}-----`;
    const end = text.indexOf(marker, begin.lastIndex);
    if (end < 0) throw malformed('end');
    const inside = text.slice(begin.lastIndex, end);
    const pem = text.slice(match.index, end + marker.length);
    const hasHeaders = inside.includes(':');
    objects.push({ pemLabel, pem, der: hasHeaders ? new Uint8Array(0) : fromBase64Text(inside) });
    begin.lastIndex = end + marker.length;
  }
  return objects;
}

function derObjects(bytes: Uint8Array): FileObject[] {
  const objects: FileObject[] = [];
  for (let at = 0; at < bytes.length; ) {
    const element = objects.length < MAX_OBJECTS ? elementAt(bytes, at) : undefined;
    const broken = element === undefined || (element.tag === 0 && objects.length > 0);
    if (broken) return [...objects, { der: bytes.subarray(at), leftOver: objects.length > 0 }];
    objects.push({ der: element.raw });
    at += element.raw.length;
  }
  return objects;
}

/** Objects in the bytes of a file. @throws SmError ERR_PKI_PEM_MALFORMED */
export function objectsOf(bytes: Uint8Array): FileObject[] {
  const whole = bytes[0] === 0x30 && elementAt(bytes, 0)?.raw.length === bytes.length;
  if (whole) return [{ der: bytes }];
  const text = new TextDecoder('latin1').decode(bytes);
  if (text.includes('-----BEGIN ')) {
    const found = pemObjects(text);
    if (found.length > 0) return found;
  }
  if (bytes[0] === 0x30) return derObjects(bytes);
  // Base64 without the lines around it, as Chinese interfaces hand certificates out.
  if (/^\s*M[A-Za-z0-9+/\s]+={0,2}\s*$/.test(text)) return [{ der: fromBase64Text(text) }];
  throw malformed('neither PEM nor DER');
}

const looksLikeAsn1 = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x30 || new TextDecoder('latin1').decode(bytes.subarray(0, 4096)).includes('-----BEGIN ');

/** Objects of a file. @throws SmError ERR_CLI_FILE, ERR_PKI_PEM_MALFORMED */
export async function readObjects(path: string): Promise<FileObject[]> {
  const bytes = await readBounded(path, MAX_FILE_BYTES);
  if (bytes.length > MAX_OTHER_BYTES && !looksLikeAsn1(bytes)) {
    throw CLI_ERRORS.create('ERR_CLI_FILE', { detail: `reason=larger than ${MAX_OTHER_BYTES} bytes` });
  }
  return objectsOf(bytes);
}

/** The only object of a file. @throws SmError ERR_CLI_FILE, ERR_PKI_PEM_MALFORMED */
export async function readObject(path: string): Promise<FileObject> {
  const [first, ...others] = await readObjects(path);
  if (first === undefined || others.length > 0) throw malformed('expected one object');
  return first;
}
