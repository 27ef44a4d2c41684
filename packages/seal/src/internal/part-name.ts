import { SEAL_ERRORS } from '../errors.ts';
import { trimXml } from './xml-query.ts';

const MAX_NAME = 512;
// Characters that some system reads as a separator, a drive or a wildcard, or that XML cannot write.
const REFUSED = /[\\:*?"<>|\ufffe\uffff]/;

const refuse = (reason: string) => SEAL_ERRORS.create('ERR_OFD_PART_NAME', { detail: `reason=${reason}` });

function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

/**
 * Checks the name of a ZIP entry: relative, no `..`, nothing that another system
 * would read as a different place.
 *
 * @throws SmError ERR_OFD_PART_NAME
 */
export function checkPartName(name: string): string {
  if (name.length === 0 || name.length > MAX_NAME) throw refuse('length');
  if (name.startsWith('/')) throw refuse('absolute');
  if (REFUSED.test(name) || hasControl(name)) throw refuse('character');
  for (const segment of name.split('/')) {
    if (segment === '' || segment === '.' || segment === '..') throw refuse('segment');
    // Some systems drop these, and find another part.
    if (segment.endsWith('.') || segment.endsWith(' ')) throw refuse('segment-end');
  }
  return name;
}

/**
 * Resolves a location (ST_Loc) to a part name: absolute from the package root, or
 * relative to the folder of the part that holds it.
 *
 * @standard GB/T 33190-2016 §7.3
 * @throws SmError ERR_OFD_PART_NAME when it leaves the package
 */
export function resolveLocation(location: string, fromPart: string): string {
  const text = trimXml(location);
  const folder = fromPart.split('/').slice(0, -1);
  const out: string[] = text.startsWith('/') ? [] : folder;
  for (const segment of (text.startsWith('/') ? text.slice(1) : text).split('/')) {
    if (segment === '.') continue;
    if (segment !== '..') out.push(segment);
    else if (out.pop() === undefined) throw refuse('outside');
  }
  return checkPartName(out.join('/'));
}
