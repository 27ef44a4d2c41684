import { SEAL_ERRORS } from '../errors.ts';
import { OFD_MAX_SIGNATURES } from '../spec/v1/oids.ts';
import { resolveLocation } from './part-name.ts';
import { attribute, child, childrenOf, optionalChild, textOf } from './xml-query.ts';
import { parseXml, type XmlElement } from './xml-read.ts';
import type { OfdParts } from './zip-read.ts';

/** Name of the part every package starts from. */
export const OFD_ROOT = 'OFD.xml';

/** What this layer needs of a document. */
export interface OfdDocument {
  /** Part name of Document.xml. */
  readonly docRoot: string;
  /** Part name of Signatures.xml, when the document is signed. */
  readonly signatureList: string | undefined;
  /** IDs of the pages in order. */
  readonly pageIds: readonly string[];
  /** Where in the text of OFD.xml a Signatures element may be inserted, and with which prefix. */
  readonly insertAt: number;
  readonly prefix: string;
}

/** One row of Signatures.xml. */
export interface ListedSignature {
  readonly id: string;
  readonly type: string;
  /** Part name of its Signature.xml. */
  readonly path: string;
}

/** Signatures.xml. */
export interface SignatureList {
  readonly maxId: number;
  readonly signatures: readonly ListedSignature[];
  /** False when it holds something this layer would lose by writing it again. */
  readonly plain: boolean;
}

const structure = (detail: string) => SEAL_ERRORS.create('ERR_OFD_STRUCTURE', { detail });

/** Bytes of a part. @throws SmError ERR_OFD_STRUCTURE when it is missing */
export function partOf(parts: OfdParts, name: string): Uint8Array {
  const bytes = parts.get(name);
  if (bytes === undefined) throw structure('part=missing');
  return bytes;
}

function rootOf(parts: OfdParts, part: string, name: string): XmlElement {
  const root = parseXml(partOf(parts, part), part.length > 64 ? 'part' : part);
  if (root.name !== name) throw structure(`element=${name} reason=root`);
  return root;
}

/** Reads OFD.xml and Document.xml. @standard GB/T 33190-2016 §7.4, §7.5 @throws SmError ERR_OFD_STRUCTURE, ERR_OFD_UNSUPPORTED */
export function readDocument(parts: OfdParts): OfdDocument {
  const root = rootOf(parts, OFD_ROOT, 'OFD');
  const bodies = childrenOf(root, 'DocBody');
  if (bodies.length > 1) {
    throw SEAL_ERRORS.create('ERR_OFD_UNSUPPORTED', { detail: 'feature=several-documents' });
  }
  const body = child(root, 'DocBody');
  const docRootElement = child(body, 'DocRoot');
  const docRoot = resolveLocation(textOf(docRootElement), OFD_ROOT);
  const signatures = optionalChild(body, 'Signatures');
  const document = rootOf(parts, docRoot, 'Document');
  const pageIds = childrenOf(child(document, 'Pages'), 'Page').map((page) => {
    partOf(parts, resolveLocation(attribute(page, 'BaseLoc'), docRoot));
    return attribute(page, 'ID');
  });
  if (pageIds.length === 0 || new Set(pageIds).size !== pageIds.length) throw structure('element=Page');
  return {
    docRoot,
    signatureList: signatures === undefined ? undefined : resolveLocation(textOf(signatures), OFD_ROOT),
    pageIds,
    insertAt: (optionalChild(body, 'Versions') ?? docRootElement).end,
    prefix: docRootElement.prefix,
  };
}

/** The number in an ID such as `s003` or `3`. */
function idNumber(id: string): number {
  const digits = /^s?([0-9]{1,9})$/.exec(id)?.[1];
  return digits === undefined ? 0 : Number(digits);
}

function isPlain(root: XmlElement): boolean {
  const known = new Set(['ID', 'Type', 'BaseLoc']);
  return (
    root.attributes.size === 0 &&
    root.children.every(
      ({ name, attributes, children }) =>
        children.length === 0 &&
        (name === 'MaxSignId'
          ? attributes.size === 0
          : [...attributes.keys()].every((key) => known.has(key))),
    )
  );
}

/** Reads Signatures.xml. @standard GB/T 33190-2016 §18.1 @throws SmError ERR_OFD_STRUCTURE, ERR_OFD_LIMIT */
export function readSignatureList(parts: OfdParts, part: string): SignatureList {
  const root = rootOf(parts, part, 'Signatures');
  const unknown = root.children.some(({ name }) => name !== 'MaxSignId' && name !== 'Signature');
  if (unknown) throw structure('element=Signatures reason=unknown-child');
  const rows = childrenOf(root, 'Signature');
  if (rows.length > OFD_MAX_SIGNATURES) {
    throw SEAL_ERRORS.create('ERR_OFD_LIMIT', { detail: `limit=signatures max=${OFD_MAX_SIGNATURES}` });
  }
  const signatures = rows.map((row) => ({
    id: attribute(row, 'ID'),
    type: row.attributes.get('Type') ?? 'Seal',
    path: resolveLocation(attribute(row, 'BaseLoc'), part),
  }));
  for (const key of ['id', 'path'] as const) {
    if (new Set(signatures.map((row) => row[key])).size !== signatures.length) {
      throw structure('element=Signature reason=repeated');
    }
  }
  const max = optionalChild(root, 'MaxSignId');
  const stated = max === undefined ? 0 : idNumber(textOf(max));
  return {
    maxId: Math.max(stated, ...signatures.map((row) => idNumber(row.id)), 0),
    signatures,
    plain: isPlain(root),
  };
}
