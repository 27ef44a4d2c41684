import { PKI_ERRORS } from '@cssi/pki';
import { fromBase64, type SmError } from '@cssi/sm-core';
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

const MAX_OBJECTS = 256;

const malformed = (reason: string, path: string): SmError =>
  PKI_ERRORS.create('ERR_PKI_PEM_MALFORMED', {
    detail: `file=${path} reason=${reason}`,
  });

function fromBase64Text(text: string, path: string): Uint8Array {
  try {
    return fromBase64(text.replace(/\s/g, ''));
  } catch {
    // The cause would repeat the text, which may hold a private key.
    throw malformed('base64', path);
  }
}

function pemObjects(text: string, path: string): FileObject[] {
  const objects: FileObject[] = [];
  const begin = /-----BEGIN ([A-Z0-9 ]{1,64})-----/g;
  for (let match = begin.exec(text); match !== null; match = begin.exec(text)) {
    if (objects.length === MAX_OBJECTS) throw malformed('more than 256 blocks', path);
    const pemLabel = match[1]!;
    const marker = `-----END ${pemLabel}-----`;
    const end = text.indexOf(marker, begin.lastIndex);
    if (end < 0) throw malformed('END line is missing', path);
    const inside = text.slice(begin.lastIndex, end);
    const pem = text.slice(match.index, end + marker.length);
    const hasHeaders = inside.includes(':');
    objects.push({ pemLabel, pem, der: hasHeaders ? new Uint8Array(0) : fromBase64Text(inside, path) });
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
export function objectsOf(bytes: Uint8Array, path: string): FileObject[] {
  const whole = bytes[0] === 0x30 && elementAt(bytes, 0)?.raw.length === bytes.length;
  if (whole) return [{ der: bytes }];
  const text = new TextDecoder('latin1').decode(bytes);
  if (text.includes('-----BEGIN ')) {
    const found = pemObjects(text, path);
    if (found.length > 0) return found;
  }
  if (bytes[0] === 0x30) return derObjects(bytes);
  // Base64 without the lines around it, as Chinese interfaces hand certificates out.
  if (/^\s*M[A-Za-z0-9+/\s]+={0,2}\s*$/.test(text)) return [{ der: fromBase64Text(text, path) }];
  throw malformed('neither PEM nor DER', path);
}
