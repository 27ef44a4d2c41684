import type { GeneralNameValue } from '@cssi/pki';
import type { JsonValue } from '@cssi/sm-core';
import { addressText } from './bytes.ts';
import { nameText, type Privacy, personal, valueBytes } from './names.ts';

/** One alternative name as text with its kind in front. */
export function generalNameText(name: GeneralNameValue, privacy: Privacy): string {
  switch (name.kind) {
    case 'dns':
    case 'email':
    case 'uri':
      return `${name.kind.toUpperCase()}: ${personal(name.value, privacy)}`;
    case 'ip':
      return `IP: ${addressText(name.value)}`;
    case 'directory':
      return `DN: ${nameText(name.raw, privacy)}`;
    case 'oid':
      return `OID: ${name.value}`;
    case 'other':
      return `[${name.number}]: ${valueBytes(name.raw, privacy)}`;
  }
}

/** One alternative name for JSON. */
export const generalNameJson = (name: GeneralNameValue, privacy: Privacy): JsonValue => ({
  kind: name.kind,
  value: generalNameText(name, privacy).replace(/^[^:]*: /, ''),
});
