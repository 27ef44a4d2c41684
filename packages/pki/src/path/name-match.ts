import { toHex } from '@cssi/sm-core';
import { readName } from '../certificate/names.ts';
import { readOne } from '../internal/tlv.ts';
import type { GeneralNameValue } from '../spec/v1/certificate.ts';

/** Text as RFC 5280 §7.1 compares it: case and amount of white space do not count. */
const fold = (text: string): string => text.normalize('NFKC').toLowerCase().trim().replace(/\s+/gu, ' ');

/**
 * The relative names of a Name, each in a form that is equal when RFC 5280 calls them equal: in
 * whatever string type the text is.
 */
function foldedName(raw: Uint8Array): readonly string[] {
  return readName(readOne(raw, 0x30).value).map((attributes) =>
    attributes
      .map(({ oid, text, raw: value }) =>
        JSON.stringify([oid, text === undefined ? toHex(value) : fold(text), text === undefined]),
      )
      .sort()
      .join('+'),
  );
}

const host = (text: string): string => text.toLowerCase().replace(/\.$/, '');

/** `.example.com` holds what is below it; `exact` says whether `example.com` holds more than itself. */
function inDomain(name: string, constraint: string, exact: boolean): boolean {
  if (constraint.startsWith('.')) return name.endsWith(constraint) && name.length > constraint.length;
  return name === constraint || (!exact && (constraint === '' || name.endsWith(`.${constraint}`)));
}

/** `undefined` for what cannot be told. */
type Match = boolean | undefined;

function matchDns(name: string, constraint: string): Match {
  const [has, wanted] = [host(name), host(constraint)];
  if (inDomain(has, wanted, false)) return true;
  // A wildcard stands for hosts of which one is named: neither inside nor outside.
  return has.startsWith('*.') && wanted.slice(wanted.indexOf('.') + 1) === has.slice(2) ? undefined : false;
}

function matchEmail(name: string, constraint: string): Match {
  const at = name.lastIndexOf('@');
  if (at < 1 || at === name.length - 1) return undefined;
  const domain = host(name.slice(at + 1));
  const [local, rest] = [name.slice(0, at), constraint.lastIndexOf('@')];
  if (rest < 0) return inDomain(domain, host(constraint), true);
  return local === constraint.slice(0, rest) && domain === host(constraint.slice(rest + 1));
}

/** scheme, user, host, port: anything else in the place of the host cannot be judged. */
const URI = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@\\]*@)?([a-z0-9_.-]+)(?::\d*)?(?:[/?#]|$)/i;

function matchUri(name: string, constraint: string): Match {
  const found = URI.exec(name)?.[1];
  if (found === undefined || /^[\d.]+$/.test(found)) return undefined;
  return inDomain(host(found), host(constraint), true);
}

function matchIp(name: Uint8Array, constraint: Uint8Array): Match {
  const size = name.length;
  if (constraint.length !== 2 * size) return false;
  return name.every((byte, i) => ((byte ^ constraint[i]!) & constraint[size + i]!) === 0);
}

/** Compares names with constraints; folded names are kept, for the same ones come again and again. */
export class NameMatcher {
  readonly #folded = new WeakMap<Uint8Array, readonly string[]>();

  /**
   * Is the name in the subtree? Both are of one kind; `undefined` when that cannot be told, because
   * the kind is not evaluated or the name is no proper one.
   *
   * @standard RFC 5280 §4.2.1.10
   */
  match(name: GeneralNameValue, constraint: GeneralNameValue): Match {
    if (name.kind === 'dns' && constraint.kind === 'dns') return matchDns(name.value, constraint.value);
    if (name.kind === 'email' && constraint.kind === 'email') return matchEmail(name.value, constraint.value);
    if (name.kind === 'uri' && constraint.kind === 'uri') return matchUri(name.value, constraint.value);
    if (name.kind === 'ip' && constraint.kind === 'ip') return matchIp(name.value, constraint.value);
    if (name.kind !== 'directory' || constraint.kind !== 'directory') return undefined;
    const [has, base] = [this.#fold(name.raw), this.#fold(constraint.raw)];
    return base.every((part, i) => part === has[i]);
  }

  #fold(raw: Uint8Array): readonly string[] {
    const known = this.#folded.get(raw);
    if (known !== undefined) return known;
    const folded = foldedName(raw);
    this.#folded.set(raw, folded);
    return folded;
  }
}
