import { SEAL_ERRORS } from '../errors.ts';
import type { XmlElement } from './xml-read.ts';

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

/** Trimmed text of an element that must not be empty. @throws SmError ERR_OFD_STRUCTURE */
export function textOf(element: XmlElement): string {
  const text = element.text.trim();
  if (text === '') throw structure('reason=empty-text');
  return text;
}

/** Value of a required attribute. @throws SmError ERR_OFD_STRUCTURE */
export function attribute(element: XmlElement, name: string): string {
  const value = element.attributes.get(name)?.trim();
  if (value === undefined || value === '') throw structure(`attribute=${name} reason=missing`);
  return value;
}
