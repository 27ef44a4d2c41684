import { equalBytes } from '@cssi/sm-core';
import { readName } from '../certificate/names.ts';
import { readOne } from '../internal/tlv.ts';
import type { GeneralNameValue, NameAttribute } from '../spec/v1/certificate.ts';
import { foldText } from './fold-text.ts';

/** `undefined` for what cannot be told: such a name is neither permitted nor known not to be excluded. */
type Match = boolean | undefined;

/** Two that must both hold: one that does not decides, one that cannot be told leaves it open. */
const both = (a: Match, b: Match): Match =>
  a === false || b === false ? false : a === undefined || b === undefined ? undefined : true;

interface FoldedAttribute {
  readonly oid: string;
  /** `undefined` when the value is no text that we know how to compare. */
  readonly text: string | undefined;
  readonly raw: Uint8Array;
}

type FoldedName = readonly (readonly FoldedAttribute[])[];

const TELETEX = 0x14;
const isAscii = (text: string): boolean => /^\p{ASCII}*$/u.test(text);

/** Nobody agrees on what the characters of a TeletexString above ASCII are. */
function foldAttribute({ oid, text, raw }: NameAttribute): FoldedAttribute {
  const known = text !== undefined && (raw[0] !== TELETEX || isAscii(text));
  return { oid, text: known ? foldText(text) : undefined, raw };
}

const order = (a: FoldedAttribute, b: FoldedAttribute): number => {
  const [x, y] = [a, b].map(({ oid, text = '' }) => `${oid}=${text}`);
  return x! < y! ? -1 : x === y ? 0 : 1;
};

const foldName = (raw: Uint8Array): FoldedName =>
  readName(readOne(raw, 0x30).value).map((attributes) => attributes.map(foldAttribute).sort(order));

function sameAttribute(a: FoldedAttribute, b: FoldedAttribute): Match {
  if (a.oid !== b.oid) return false;
  if (a.text !== undefined && b.text !== undefined) return a.text === b.text;
  return equalBytes(a.raw, b.raw) || undefined;
}

/** Are two relative names the same? Values that cannot be compared leave it open when the types fit. */
function sameRelative(a: readonly FoldedAttribute[], b: readonly FoldedAttribute[] | undefined): Match {
  if (b === undefined || a.length !== b.length) return false;
  const open = [...a, ...b].some(({ text }) => text === undefined);
  if (!open || a.length === 1) {
    return a.reduce<Match>((all, one, i) => both(all, sameAttribute(one, b[i]!)), true);
  }
  const [types, others] = [a, b].map((list) =>
    list
      .map(({ oid }) => oid)
      .sort()
      .join(),
  );
  return types === others ? undefined : false;
}

const LABEL = '[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?';
const HOST = new RegExp(`^${LABEL}(?:\\.${LABEL})*\\.?$`);
const MAX_HOST_CHARACTERS = 254;

/** A host name in small letters without the dot of the root; `undefined` for what is none. */
const host = (text: string): string | undefined =>
  text.length <= MAX_HOST_CHARACTERS && HOST.test(text) ? text.toLowerCase().replace(/\.$/, '') : undefined;

/** A host name, or with a dot in front what is below one. */
function domain(text: string): string | undefined {
  const below = text.startsWith('.');
  const name = host(below ? text.slice(1) : text);
  return name === undefined || !below ? name : `.${name}`;
}

/** `.example.com` holds what is below it; `exact` says whether `example.com` holds no more than itself. */
function inDomain(name: string | undefined, constraint: string | undefined, exact: boolean): Match {
  if (name === undefined || constraint === undefined) return undefined;
  if (constraint.startsWith('.')) return name.endsWith(constraint) && name.length > constraint.length;
  return name === constraint || (!exact && name.endsWith(`.${constraint}`));
}

function matchDns(name: string, constraint: string): Match {
  if (constraint === '') return true;
  const wanted = domain(constraint);
  if (!name.startsWith('*.')) return inDomain(host(name), wanted, false);
  const base = host(name.slice(2));
  if (base === undefined || wanted === undefined) return undefined;
  if (inDomain(`*.${base}`, wanted, false)) return true;
  // A wildcard stands for hosts of which one is named: neither inside nor outside.
  return wanted.slice(wanted.indexOf('.') + 1) === base ? undefined : false;
}

/** The local part of a mail address without quotes. */
const LOCAL = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+$/;

function mailbox(text: string): { readonly local: string; readonly at: string } | undefined {
  const [local = '', behind = '', ...rest] = text.split('@');
  const at = host(behind);
  return rest.length > 0 || at === undefined || !LOCAL.test(local) ? undefined : { local, at };
}

function matchEmail(name: string, constraint: string): Match {
  if (constraint === '') return true;
  const has = mailbox(name);
  if (has === undefined) return undefined;
  if (!constraint.includes('@')) return inDomain(has.at, domain(constraint), true);
  const wanted = mailbox(constraint);
  return wanted === undefined ? undefined : has.local === wanted.local && has.at === wanted.at;
}

/** scheme, user, host, port: anything else in the place of the host cannot be judged. */
const URI = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/(?:[^/?#@\\]*@)?([A-Za-z0-9_.-]+)(?::\d*)?(?:[/?#]|$)/;

function matchUri(name: string, constraint: string): Match {
  if (constraint === '') return true;
  const found = URI.exec(name)?.[1];
  if (found === undefined || /^[\d.]+$/.test(found)) return undefined;
  return inDomain(host(found), domain(constraint), true);
}

function matchIp(name: Uint8Array, constraint: Uint8Array): Match {
  const size = name.length;
  if (constraint.length !== 2 * size) return false;
  return name.every((byte, i) => ((byte ^ constraint[i]!) & constraint[size + i]!) === 0);
}

/** Compares names with constraints; folded names are kept, for the same ones come again and again. */
export class NameMatcher {
  readonly #folded = new WeakMap<Uint8Array, FoldedName>();

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
    return base.reduce<Match>((all, part, i) => both(all, sameRelative(part, has[i])), true);
  }

  #fold(raw: Uint8Array): FoldedName {
    const known = this.#folded.get(raw);
    if (known !== undefined) return known;
    const folded = foldName(raw);
    this.#folded.set(raw, folded);
    return folded;
  }
}
