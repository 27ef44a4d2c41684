import { equalBytes } from '@cssi/sm-core';
import { SEAL_ERRORS } from '../errors.ts';
import { SEAL_PICTURE_MAX_BYTES } from '../spec/v1/oids.ts';
import { SEAL_PICTURE_TYPES, type SealPicture } from '../spec/v1/structures.ts';
import { parseXml, type XmlElement } from './xml-read.ts';

const SVG_NAMESPACE = 'http://www.w3.org/2000/svg';
const MAX_SIDE_MM = 200;

/** First bytes of each raster format. */
const MAGIC: Readonly<Record<string, readonly (readonly number[])[]>> = {
  GIF: [
    [0x47, 0x49, 0x46, 0x38, 0x37, 0x61],
    [0x47, 0x49, 0x46, 0x38, 0x39, 0x61],
  ],
  BMP: [[0x42, 0x4d]],
  JPG: [[0xff, 0xd8, 0xff]],
  PNG: [[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
};

/** Drawing only: nothing that runs, loads or links. */
const SVG_ELEMENTS: ReadonlySet<string> = new Set(
  'svg g title desc path circle ellipse rect line polyline polygon text tspan'.split(' '),
);

const refuse = (reason: string) => SEAL_ERRORS.create('ERR_SEAL_PICTURE', { detail: `reason=${reason}` });

function checkSvg(element: XmlElement): void {
  if (!SVG_ELEMENTS.has(element.name)) throw refuse('svg-element');
  for (const [name, value] of element.attributes) {
    const lower = name.toLowerCase();
    if (
      lower.startsWith('on') ||
      lower === 'href' ||
      lower === 'style' ||
      /url\s*\(|:\s*\/\/|\\/i.test(value)
    ) {
      throw refuse('svg-attribute');
    }
  }
  for (const child of element.children) checkSvg(child);
}

/**
 * Checks that a picture is what its type says and cannot carry active content.
 *
 * @throws SmError ERR_SEAL_PICTURE, ERR_OFD_XML_MALFORMED
 */
export function checkPicture(picture: SealPicture): void {
  const { type, data, widthMm, heightMm } = picture;
  if (!(SEAL_PICTURE_TYPES as readonly string[]).includes(type)) throw refuse('type');
  if (!(data instanceof Uint8Array) || data.length === 0 || data.length > SEAL_PICTURE_MAX_BYTES) {
    throw refuse('size');
  }
  for (const side of [widthMm, heightMm]) {
    if (!Number.isInteger(side) || side < 1 || side > MAX_SIDE_MM) throw refuse('side');
  }
  if (type === 'SVG') {
    const root = parseXml(data, 'picture', SVG_NAMESPACE);
    if (root.name !== 'svg') throw refuse('svg-element');
    checkSvg(root);
    return;
  }
  const known = MAGIC[type]!.some((magic) =>
    equalBytes(data.subarray(0, magic.length), Uint8Array.from(magic)),
  );
  if (!known) throw refuse('magic');
}
