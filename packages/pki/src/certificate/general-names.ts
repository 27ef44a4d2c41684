import { oidText } from '../internal/oids.ts';
import { DerProblem, readAll, readOne, type Tlv } from '../internal/tlv.ts';
import type { GeneralNameValue } from '../spec/v1/certificate.ts';
import { readName } from './names.ts';
import { printableAscii } from './text.ts';

const TEXT_KINDS: Readonly<Record<number, 'email' | 'dns' | 'uri'>> = {
  129: 'email',
  130: 'dns',
  134: 'uri',
};
const WHAT = 'general name';

function readText(kind: 'email' | 'dns' | 'uri', value: Uint8Array): GeneralNameValue {
  // A NUL or a space in a host name has made readers take it for another.
  const text = printableAscii(value, kind === 'dns' ? 0x21 : 0x20);
  if (text === undefined) throw new DerProblem(`${kind} name`);
  return { kind, value: text };
}

function readDirectory(value: Uint8Array): GeneralNameValue {
  const name = readOne(value, 0x30);
  readName(name.value);
  return { kind: 'directory', raw: name.raw };
}

/**
 * Reads one GeneralName.
 *
 * @param addressBytes - 4 in an alternative name, 8 in a constraint, where a mask follows; or four times as much
 */
export function readGeneralName({ tag, raw, value }: Tlv, addressBytes: 4 | 8 = 4): GeneralNameValue {
  const kind = TEXT_KINDS[tag];
  if (kind !== undefined) return readText(kind, value);
  switch (tag) {
    case 0x87:
      if (value.length !== addressBytes && value.length !== 4 * addressBytes) {
        throw new DerProblem('ip address');
      }
      return { kind: 'ip', value };
    case 0xa4:
      return readDirectory(value);
    case 0x88:
      return { kind: 'oid', value: oidText(value) };
    case 0xa0:
    case 0xa3:
    case 0xa5:
      return { kind: 'other', number: tag & 0x1f, raw };
    default:
      throw new DerProblem(WHAT);
  }
}

/** Reads the contents of GeneralNames, of which there must be one at least. */
export function readGeneralNames(contents: Uint8Array): readonly GeneralNameValue[] {
  const elements = readAll(contents);
  if (elements.length === 0) throw new DerProblem('general names');
  return elements.map((element) => readGeneralName(element));
}

/** The URI of a GeneralName that tells where to fetch something; other kinds and other bytes are read over. */
export function uriOf({ tag, value }: Tlv): readonly string[] {
  const text = tag === 0x86 ? printableAscii(value, 0x20) : undefined;
  return text === undefined ? [] : [text];
}
