import { fromUtf8 } from '@cssi/sm-core';
import { SaxesParser } from 'saxes';
import { SEAL_ERRORS } from '../errors.ts';
import { OFD_NAMESPACE } from '../spec/v1/oids.ts';

/** One element; attributes without a namespace by name. */
export interface XmlElement {
  /** Local name for elements of the OFD namespace; `{uri}local` for others. */
  readonly name: string;
  readonly prefix: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Character data directly inside. */
  readonly text: string;
  /** Whether a comment stands directly inside; it may divide the text. */
  readonly commented: boolean;
  /** Character position just behind the end tag. */
  readonly end: number;
}

interface Draft {
  name: string;
  prefix: string;
  attributes: Map<string, string>;
  children: Draft[];
  text: string;
  commented: boolean;
  end: number;
}

const MAX_BYTES = 8 << 20;
const MAX_DEPTH = 64;
const MAX_ELEMENTS = 100_000;
const MAX_ATTRIBUTES = 64;

const malformed = (part: string, reason: string) =>
  SEAL_ERRORS.create('ERR_OFD_XML_MALFORMED', { detail: `part=${part} reason=${reason}` });

function decode(bytes: Uint8Array, part: string): string {
  if (bytes.length > MAX_BYTES) {
    throw SEAL_ERRORS.create('ERR_OFD_LIMIT', { detail: `limit=xml-bytes max=${MAX_BYTES} part=${part}` });
  }
  try {
    return fromUtf8(bytes);
  } catch {
    throw malformed(part, 'utf-8');
  }
}

/**
 * Parses a structure part. Document types, and with them every entity beyond the
 * five of XML itself, are refused; size, depth and counts are bounded.
 *
 * @param part - name shown in errors
 * @param namespace - namespace whose elements are named by their local name alone
 * @throws SmError ERR_OFD_XML_MALFORMED, ERR_OFD_LIMIT
 */
export function parseXml(bytes: Uint8Array, part: string, namespace: string = OFD_NAMESPACE): XmlElement {
  const text = decode(bytes, part);
  const parser = new SaxesParser({ xmlns: true, position: true });
  const open: Draft[] = [];
  let root: Draft | undefined;
  let count = 0;
  // The parser's messages quote the document; they are not passed on.
  parser.on('error', () => {
    throw malformed(part, 'syntax');
  });
  parser.on('doctype', () => {
    throw malformed(part, 'doctype');
  });
  parser.on('processinginstruction', () => {
    throw malformed(part, 'processing-instruction');
  });
  parser.on('comment', () => {
    const draft = open.at(-1);
    if (draft !== undefined) draft.commented = true;
  });
  parser.on('xmldecl', ({ encoding, version }) => {
    // Version 1.1 has other characters and other ends of lines, and not every reader knows it.
    if (version !== undefined && version !== '1.0') throw malformed(part, 'version');
    if (encoding !== undefined && encoding.toLowerCase() !== 'utf-8') throw malformed(part, 'encoding');
  });
  parser.on('opentag', (tag) => {
    if (++count > MAX_ELEMENTS || open.length >= MAX_DEPTH) throw malformed(part, 'bounds');
    const attributes = Object.values(tag.attributes);
    if (attributes.length > MAX_ATTRIBUTES) throw malformed(part, 'bounds');
    const draft: Draft = {
      name: tag.uri === namespace ? tag.local : `{${tag.uri}}${tag.local}`,
      prefix: tag.prefix,
      attributes: new Map(attributes.filter((a) => a.uri === '').map((a) => [a.local, a.value])),
      children: [],
      text: '',
      commented: false,
      end: 0,
    };
    if (open.length === 0) root = draft;
    else open.at(-1)!.children.push(draft);
    open.push(draft);
  });
  parser.on('closetag', () => {
    const draft = open.pop();
    if (draft !== undefined) draft.end = parser.position;
  });
  const addText = (chunk: string) => {
    const draft = open.at(-1);
    if (draft !== undefined) draft.text += chunk;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  try {
    parser.write(text).close();
  } catch (cause) {
    throw SEAL_ERRORS.is(cause) ? cause : malformed(part, 'syntax');
  }
  if (root === undefined) throw malformed(part, 'empty');
  return root;
}
