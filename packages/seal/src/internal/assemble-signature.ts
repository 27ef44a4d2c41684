import { type Certificate, parseCertificate } from '@cssi/pki';
import { fromUtf8, sm3, toBase64, utf8 } from '@cssi/sm-core';
import { AsnConvert } from '@peculiar/asn1-schema';
import { SEAL_ERRORS } from '../errors.ts';
import { OFD_NAMESPACE, SEAL_OIDS } from '../spec/v1/oids.ts';
import type { SealKey } from '../spec/v1/service.ts';
import { SesSeal, SesSignature } from '../spec/v1/ses-asn1.ts';
import { type ListedSignature, OFD_ROOT, type OfdDocument, partOf } from './ofd-document.ts';
import { signChecked } from './seal-key.ts';
import { parseDer, parseSealSignature } from './ses-codec.ts';
import { escapeXml, XML_DECLARATION } from './xml-write.ts';
import type { OfdParts } from './zip-read.ts';

const NAMESPACE = `xmlns:ofd="${OFD_NAMESPACE}"`;

/** A signature to be made; all values are checked by the caller. */
export interface SignatureDraft {
  /** DER of the seal. */
  readonly seal: Uint8Array;
  readonly signer: SealKey;
  readonly pageId: string;
  /** ST_Box text. */
  readonly boundary: string;
  /** Whole seconds. */
  readonly time: Date;
  /** Rows of the signature list so far, and its highest number. */
  readonly rows: readonly ListedSignature[];
  readonly maxId: number;
}

/** Names the signature list in OFD.xml; every other character of its text stays. */
function withList(root: Uint8Array, document: OfdDocument, listPart: string): Uint8Array {
  const text = fromUtf8(root);
  const tag = document.prefix === '' ? 'Signatures' : `${document.prefix}:Signatures`;
  const element = `<${tag}>/${escapeXml(listPart)}</${tag}>`;
  return utf8(text.slice(0, document.insertAt) + element + text.slice(document.insertAt));
}

function listXml(rows: readonly ListedSignature[], maxId: number): Uint8Array {
  const items = rows.map(
    ({ id, type, path }) =>
      `<ofd:Signature ID="${escapeXml(id)}" Type="${escapeXml(type)}" BaseLoc="/${escapeXml(path)}"/>`,
  );
  return utf8(
    `${XML_DECLARATION}<ofd:Signatures ${NAMESPACE}><ofd:MaxSignId>${maxId}</ofd:MaxSignId>${items.join('')}</ofd:Signatures>`,
  );
}

/** Signature.xml over every part but the signature list, in name order. */
function describe(
  parts: OfdParts,
  listPart: string,
  draft: SignatureDraft,
  sealPart: string,
  valuePart: string,
): Uint8Array {
  const references = [...parts.keys()]
    .filter((name) => name !== listPart)
    .sort()
    .map(
      (name) =>
        `<ofd:Reference FileRef="/${escapeXml(name)}"><ofd:CheckValue>${toBase64(sm3(parts.get(name)!))}</ofd:CheckValue></ofd:Reference>`,
    );
  const dateTime = `${draft.time.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;
  return utf8(
    `${XML_DECLARATION}<ofd:Signature ${NAMESPACE}><ofd:SignedInfo><ofd:Provider ProviderName="cssi-seal" Version="1" Company="CSSI"/><ofd:SignatureMethod>${SEAL_OIDS.sm2WithSm3}</ofd:SignatureMethod><ofd:SignatureDateTime>${dateTime}</ofd:SignatureDateTime><ofd:References CheckMethod="${SEAL_OIDS.sm3}">${references.join('')}</ofd:References><ofd:StampAnnot ID="s1" PageRef="${escapeXml(draft.pageId)}" Boundary="${draft.boundary}"/><ofd:Seal><ofd:BaseLoc>/${escapeXml(sealPart)}</ofd:BaseLoc></ofd:Seal></ofd:SignedInfo><ofd:SignedValue>/${escapeXml(valuePart)}</ofd:SignedValue></ofd:Signature>`,
  );
}

/** SES_Signature over one Signature.xml. @standard GB/T 38540-2020 §7.1, §7.2 */
async function signDescription(
  draft: SignatureDraft,
  certificate: Certificate,
  description: Uint8Array,
  propertyInfo: string,
): Promise<Uint8Array> {
  const signature = new SesSignature();
  // The codec refuses seals that would encode differently, so these are the seal's very bytes.
  signature.toSign.seal = parseDer(draft.seal, SesSeal);
  signature.toSign.timeInfo = draft.time;
  signature.toSign.dataHash = Uint8Array.from(sm3(description)).buffer;
  signature.toSign.propertyInfo = propertyInfo;
  signature.certificate = Uint8Array.from(draft.signer.certificate).buffer;
  signature.signatureAlgorithm = SEAL_OIDS.sm2WithSm3;
  const toSign = new Uint8Array(AsnConvert.serialize(signature.toSign));
  signature.signature = Uint8Array.from(await signChecked(draft.signer, certificate, toSign)).buffer;
  const der = new Uint8Array(AsnConvert.serialize(signature));
  parseSealSignature(der);
  return der;
}

/** First free folder for a new signature beside Document.xml. */
function signatureFolder(parts: OfdParts, docRoot: string, id: number): string {
  const base = docRoot.split('/').slice(0, -1).concat('Signs').join('/');
  const names = [...parts.keys()].map((name) => name.toLowerCase());
  let number = id;
  while (names.some((name) => name.startsWith(`${base}/Sign_${number}/`.toLowerCase()))) number++;
  return `${base}/Sign_${number}`;
}

/**
 * Adds one signature to a package. It signs whatever it is given: whether seal,
 * signer and time belong together is for the caller to check.
 *
 * @throws SmError ERR_OFD_UNSUPPORTED, ERR_SEAL_SIGNING_FAILED
 */
export async function assembleSignature(
  before: OfdParts,
  document: OfdDocument,
  draft: SignatureDraft,
): Promise<Map<string, Uint8Array>> {
  const unsupported = (feature: string) =>
    SEAL_ERRORS.create('ERR_OFD_UNSUPPORTED', { detail: `feature=${feature}` });
  const parts = new Map(before);
  const id = draft.maxId + 1;
  const folder = signatureFolder(parts, document.docRoot, id);
  const path = `${folder}/Signature.xml`;
  // propertyInfo is an IA5String.
  if (!/^[\x20-\x7e]+$/.test(path)) throw unsupported('folder-name');
  const listPart = document.signatureList ?? `${folder.slice(0, folder.lastIndexOf('/'))}/Signatures.xml`;
  if (document.signatureList === undefined) {
    if (parts.has(listPart)) throw unsupported('loose-signature-list');
    parts.set(OFD_ROOT, withList(partOf(parts, OFD_ROOT), document, listPart));
  }
  parts.set(listPart, listXml([...draft.rows, { id: `s${id}`, type: 'Seal', path }], id));
  const sealPart = `${folder}/Seal.esl`;
  const valuePart = `${folder}/SignedValue.dat`;
  parts.set(sealPart, Uint8Array.from(draft.seal));
  const description = describe(parts, listPart, draft, sealPart, valuePart);
  parts.set(path, description);
  const certificate = parseCertificate(draft.signer.certificate);
  parts.set(valuePart, await signDescription(draft, certificate, description, `/${path}`));
  return parts;
}
