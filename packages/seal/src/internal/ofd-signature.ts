import { fromBase64 } from '@cssi/sm-core';
import { SEAL_ERRORS } from '../errors.ts';
import { partOf } from './ofd-document.ts';
import { resolveLocation } from './part-name.ts';
import { attribute, child, childrenOf, optionalChild, textOf } from './xml-query.ts';
import { parseXml } from './xml-read.ts';
import type { OfdParts } from './zip-read.ts';

/** One digest of a part. */
interface SignatureReference {
  readonly part: string;
  readonly checkValue: Uint8Array;
}

/** Signature.xml. */
export interface OfdSignatureFile {
  /** Bytes as stored: what dataHash is made over. */
  readonly raw: Uint8Array;
  readonly signedValue: string;
  readonly signatureMethod: string | undefined;
  /** As written; `MD5` by the standard when left out. */
  readonly checkMethod: string;
  readonly references: readonly SignatureReference[];
  /** Part name of the seal, when one is named. */
  readonly sealFile: string | undefined;
  readonly stamps: readonly { readonly pageRef: string; readonly boundary: readonly number[] }[];
}

const structure = (detail: string) => SEAL_ERRORS.create('ERR_OFD_STRUCTURE', { detail });

/** A double of XML Schema; `Number` alone would take hexadecimal as well. */
const DECIMAL = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;

/** Four numbers of an ST_Box. @throws SmError ERR_OFD_STRUCTURE */
function box(text: string): number[] {
  const words = text.split(/[ \t\r\n]+/);
  const numbers = words.map(Number);
  if (
    numbers.length !== 4 ||
    !words.every((word) => DECIMAL.test(word)) ||
    !numbers.every(Number.isFinite) ||
    numbers[2]! <= 0 ||
    numbers[3]! <= 0
  ) {
    throw structure('attribute=Boundary');
  }
  return numbers;
}

function checkValue(text: string): Uint8Array {
  try {
    return fromBase64(text);
  } catch (cause) {
    throw SEAL_ERRORS.create('ERR_OFD_STRUCTURE', { detail: 'element=CheckValue', cause });
  }
}

/** Reads one Signature.xml by names; producers differ in order. @standard GB/T 33190-2016 §18.2 @throws SmError ERR_OFD_STRUCTURE */
export function readSignatureFile(parts: OfdParts, path: string): OfdSignatureFile {
  const raw = partOf(parts, path);
  const root = parseXml(raw, 'Signature.xml');
  if (root.name !== 'Signature') throw structure('element=Signature reason=root');
  const info = child(root, 'SignedInfo');
  const list = child(info, 'References');
  const references = childrenOf(list, 'Reference').map((item) => ({
    part: resolveLocation(attribute(item, 'FileRef'), path),
    checkValue: checkValue(textOf(child(item, 'CheckValue'))),
  }));
  if (references.length === 0) throw structure('element=Reference reason=missing');
  if (new Set(references.map((item) => item.part)).size !== references.length) {
    throw structure('element=Reference reason=repeated');
  }
  const seal = optionalChild(info, 'Seal');
  const method = optionalChild(info, 'SignatureMethod');
  return {
    raw,
    signedValue: resolveLocation(textOf(child(root, 'SignedValue')), path),
    signatureMethod: method === undefined ? undefined : textOf(method),
    checkMethod: list.attributes.get('CheckMethod') ?? 'MD5',
    references,
    sealFile: seal === undefined ? undefined : resolveLocation(textOf(child(seal, 'BaseLoc')), path),
    stamps: childrenOf(info, 'StampAnnot').map((stamp) => ({
      pageRef: attribute(stamp, 'PageRef'),
      boundary: box(attribute(stamp, 'Boundary')),
    })),
  };
}
