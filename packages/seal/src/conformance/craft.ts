import { fromUtf8, utf8 } from '@cssi/sm-core';
import { assembleSignature, type SignatureDraft } from '../internal/assemble-signature.ts';
import { readDocument } from '../internal/ofd-document.ts';
import { type OfdParts, readParts } from '../internal/zip-read.ts';
import { writeParts } from '../internal/zip-write.ts';
import { makeSeal } from '../make-seal.ts';
import type { SealKey } from '../spec/v1/service.ts';
import { writeTextOfd } from '../write-text-ofd.ts';
import type { SealFixture } from './fixture.ts';

/** Folder of the first signature of a crafted document. */
export const FIRST_SIGNATURE = 'Doc_0/Signs/Sign_1';

/** A document without signature. */
export function plainOfd(fixture: SealFixture): Uint8Array {
  return writeTextOfd({
    title: '测试文书',
    lines: ['甲方 & 乙方', '<正文> "引号"'],
    created: fixture.day(-5),
  });
}

/** What a crafted document departs in from a right one. */
interface CraftChanges {
  readonly seal?: Uint8Array;
  readonly maker?: SealKey;
  readonly signer?: SealKey;
  readonly time?: Date;
  readonly pageId?: string;
}

/**
 * A sealed document made without any of the checks a seal service makes, so that
 * wrong documents with right signatures can be made.
 */
export async function craftSealed(fixture: SealFixture, changes: CraftChanges = {}): Promise<Uint8Array> {
  const seal = changes.seal ?? (await makeSeal(fixture.sealSpec(), changes.maker ?? fixture.maker));
  const parts = readParts(plainOfd(fixture));
  const document = readDocument(parts);
  const time = changes.time ?? fixture.day(-1);
  const draft: SignatureDraft = {
    seal,
    signer: changes.signer ?? fixture.signer,
    pageId: changes.pageId ?? document.pageIds[0]!,
    boundary: '120 200 40 40',
    time: new Date(Math.floor(time.getTime() / 1000) * 1000),
    rows: [],
    maxId: 0,
  };
  return writeParts(await assembleSignature(parts, document, draft), fixture.now);
}

/** Changes the parts of a package and packs it again. */
export function repack(
  ofd: Uint8Array,
  change: (parts: Map<string, Uint8Array>) => void,
  time: Date,
): Uint8Array {
  const parts = new Map<string, Uint8Array>(readParts(ofd));
  change(parts);
  return writeParts(parts, time);
}

/** Replaces text in one part, which must hold it. */
export function replaceText(parts: Map<string, Uint8Array>, name: string, from: string, to: string): void {
  const text = fromUtf8(bytesOf(parts, name));
  if (!text.includes(from)) throw new RangeError(`the part ${name} does not hold the text to replace`);
  parts.set(name, utf8(text.replace(from, to)));
}

/** Bytes of a part that is known to be there. */
export function bytesOf(parts: OfdParts, name: string): Uint8Array {
  const bytes = parts.get(name);
  if (bytes === undefined) throw new RangeError(`there is no part ${name}`);
  return bytes;
}

/** Replaces the first occurrence of `from` by `to`, which has its length. */
export function patchBytes(bytes: Uint8Array, from: Uint8Array, to: Uint8Array): Uint8Array {
  const at = Buffer.from(bytes).indexOf(from);
  if (at < 0 || from.length !== to.length) throw new RangeError('the bytes to patch are not there');
  const out = Uint8Array.from(bytes);
  out.set(to, at);
  return out;
}
