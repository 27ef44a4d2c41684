import { isIPv4 } from 'node:net';
import { concatBytes, utf8 } from '@cssi/sm-core';
import { PKI_ERRORS } from '../errors.ts';
import { Cursor } from '../internal/cursor.ts';
import { DerProblem, expectTag, readAll, readOne, type Tlv } from '../internal/tlv.ts';
import { explicit, implicit, sequence } from '../internal/write.ts';
import type {
  GeneralNameValue,
  NameConstraintSpec,
  NameConstraints,
  NameConstraintsSpec,
} from '../spec/v1/certificate.ts';
import { readGeneralName } from './general-names.ts';
import { isRecord, unknownField } from './known-fields.ts';
import { encodeSubject } from './names.ts';
import { addressBytes, isAddress, isHostName, isMailbox } from './subject-alt-name.ts';

const WHAT = 'name constraints';
const MAX_CONSTRAINTS = 64;
const FIELDS: ReadonlySet<string> = /* @__PURE__ */ new Set(['permitted', 'excluded']);
const BASE_FIELDS: ReadonlySet<string> = /* @__PURE__ */ new Set(['kind', 'value', 'name']);

/** minimum and maximum, which nobody may use, are refused. @standard RFC 5280 §4.2.1.10 */
function readSubtrees(element: Tlv | undefined): readonly GeneralNameValue[] {
  if (element === undefined) return [];
  const subtrees = readAll(element.value);
  if (subtrees.length === 0) throw new DerProblem(WHAT);
  return subtrees.map((subtree) => {
    const [base, ...rest] = readAll(expectTag(subtree, 0x30, WHAT).value);
    if (base === undefined || rest.length > 0) throw new DerProblem(WHAT);
    return readGeneralName(base, 8);
  });
}

/** Reads the value of nameConstraints. */
export function decodeNameConstraints(value: Uint8Array): NameConstraints {
  const cursor = new Cursor(readOne(value, 0x30).value);
  if (cursor.peek() === undefined) throw new DerProblem(WHAT);
  const [permitted, excluded] = [cursor.maybe(0xa0), cursor.maybe(0xa1)];
  cursor.end(WHAT);
  return { permitted: readSubtrees(permitted), excluded: readSubtrees(excluded) };
}

const invalid = () => PKI_ERRORS.create('ERR_PKI_REQUEST_INVALID', { detail: 'field=nameConstraints' });

/** A domain, or with a dot in front all that is below it. */
const isDomain = (text: string): boolean => isHostName(text.startsWith('.') ? text.slice(1) : text);

/** Address and mask of `address/prefix`; bits behind the prefix must be zero. */
function encodeNetwork(text: string): Uint8Array {
  const [address = '', prefix = '', ...rest] = text.split('/');
  if (rest.length > 0 || !isAddress(address) || !/^(0|[1-9]\d{0,2})$/.test(prefix)) throw invalid();
  const bytes = addressBytes(address);
  const length = Number(prefix);
  if (length > (isIPv4(address) ? 32 : 128)) throw invalid();
  const mask = bytes.map((_, i) => (0xff00 >> Math.max(0, Math.min(8, length - 8 * i))) & 0xff);
  if (bytes.some((byte, i) => (byte & ~mask[i]!) !== 0)) throw invalid();
  return concatBytes(bytes, mask);
}

function encodeBase(base: NameConstraintSpec): Uint8Array {
  if (!isRecord(base) || unknownField(base, BASE_FIELDS) !== undefined) throw invalid();
  if (base.kind === 'directory') return explicit(4, encodeSubject(base.name));
  const { kind, value } = base;
  if (typeof value !== 'string') throw invalid();
  if (kind === 'ip') return implicit(7, encodeNetwork(value));
  const tag = { email: 1, dns: 2, uri: 6 }[kind];
  const fits = isDomain(value) || (kind === 'email' && isMailbox(value));
  if (tag === undefined || !fits) throw invalid();
  return implicit(tag, utf8(value));
}

function encodeSubtrees(n: number, bases: unknown): readonly Uint8Array[] {
  if (bases === undefined) return [];
  if (!Array.isArray(bases) || bases.length === 0 || bases.length > MAX_CONSTRAINTS) throw invalid();
  return [explicit(n, ...bases.map((base: NameConstraintSpec) => sequence(encodeBase(base))))];
}

/**
 * Value of nameConstraints.
 *
 * @throws SmError ERR_PKI_REQUEST_INVALID, ERR_PKI_NAME_INVALID
 */
export function encodeNameConstraints(spec: NameConstraintsSpec): Uint8Array {
  if (!isRecord(spec)) throw invalid();
  const unknown = unknownField(spec, FIELDS);
  if (unknown !== undefined) {
    throw PKI_ERRORS.create('ERR_PKI_REQUEST_INVALID', { detail: `field=nameConstraints option=${unknown}` });
  }
  const { permitted, excluded } = spec;
  const parts = [...encodeSubtrees(0, permitted), ...encodeSubtrees(1, excluded)];
  if (parts.length === 0) throw invalid();
  return sequence(...parts);
}
