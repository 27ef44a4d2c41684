import { SEAL_ERRORS } from '../errors.ts';
import type { XmlElement } from './xml-read.ts';

const isSpace = (code: number): boolean => code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;

/** Text without the white space of XML at its ends. Other spaces stay: they can belong to a name. */
export function trimXml(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && isSpace(text.charCodeAt(from))) from++;
  while (to > from && isSpace(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}

const structure = (detail: string) => SEAL_ERRORS.create('ERR_OFD_STRUCTURE', { detail });

/** All children called `name`, in any place: producers differ in their order. */
export function childrenOf(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

/** The one child called `name`, or nothing. @throws SmError ERR_OFD_STRUCTURE when there are several */
export function optionalChild(element: XmlElement, name: string): XmlElement | undefined {
  const [child, second] = childrenOf(element, name);
  if (second !== undefined) throw structure(`element=${name} reason=repeated`);
  return child;
}

/** The one child called `name`. @throws SmError ERR_OFD_STRUCTURE */
export function child(element: XmlElement, name: string): XmlElement {
  const found = optionalChild(element, name);
  if (found === undefined) throw structure(`element=${name} reason=missing`);
  return found;
}

/** Trimmed text of an element that must hold text and nothing else. @throws SmError ERR_OFD_STRUCTURE */
export function textOf(element: XmlElement): string {
  // Readers differ in which pieces of divided text they take.
  if (element.children.length > 0 || element.commented) throw structure('reason=divided-text');
  const text = trimXml(element.text);
  if (text === '') throw structure('reason=empty-text');
  return text;
}

/** Value of a required attribute. @throws SmError ERR_OFD_STRUCTURE */
export function attribute(element: XmlElement, name: string): string {
  const value = trimXml(element.attributes.get(name) ?? '');
  if (value === '') throw structure(`attribute=${name} reason=missing`);
  return value;
}
