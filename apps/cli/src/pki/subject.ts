import type { DistinguishedName, IdentityValues, PersonDocument } from '@cssi/pki';
import { usageError } from './options.ts';

/** Words of a name on the command line. @standard RFC 4514 §3 */
const PARTS: Readonly<Record<string, keyof DistinguishedName>> = {
  CN: 'commonName',
  O: 'organization',
  OU: 'organizationalUnit',
  C: 'country',
  ST: 'province',
  L: 'locality',
  STREET: 'street',
  POSTALCODE: 'postalCode',
  T: 'title',
  SN: 'surname',
  GN: 'givenName',
  SERIALNUMBER: 'serialNumber',
  UID: 'userId',
  ORGANIZATIONIDENTIFIER: 'organizationIdentifier',
  EMAIL: 'email',
  EMAILADDRESS: 'email',
};

/** Parts with commas between, and nothing left over. */
const WHOLE = /^(?:\\.|[^,\\])+(?:,(?:\\.|[^,\\])+)*$/s;

/** A name such as `CN=张三,O=某公司,C=CN`; `\,` stands for a comma in a value. @throws SmError ERR_CLI_USAGE */
export function subjectOf(text: string): DistinguishedName {
  const name: Partial<Record<keyof DistinguishedName, string>> = {};
  if (!WHOLE.test(text)) throw usageError(`--subject is malformed: an empty part, or \\ at the end`);
  for (const part of text.match(/(?:\\.|[^,\\])+/gs) ?? []) {
    const at = part.indexOf('=');
    const key = PARTS[part.slice(0, Math.max(0, at)).trim().toUpperCase()];
    const value = part
      .slice(at + 1)
      .trim()
      .replace(/\\(.)/gs, '$1');
    if (at < 1 || key === undefined || value === '') {
      throw usageError(
        `--subject expects a name such as CN=张三,O=公司,C=CN; known are ${Object.keys(PARTS).join(' ')}`,
      );
    }
    if (name[key] !== undefined) throw usageError('--subject names a part twice');
    name[key] = value;
  }
  const { commonName } = name;
  if (commonName === undefined) throw usageError('--subject needs CN');
  return { ...name, commonName };
}

const KINDS = ['person', 'socialInsurance', 'businessRegistration', 'organization', 'tax'] as const;
const DOCUMENTS: readonly PersonDocument[] = ['resident', 'military', 'passport'];

/** Identity extensions of `--identity kind=number`; `person:passport=…` names the document. @throws SmError ERR_CLI_USAGE */
export function identityOf(items: readonly string[]): { readonly identity?: IdentityValues } {
  const values: Record<string, IdentityValues[keyof IdentityValues]> = {};
  for (const item of items) {
    const [, kind = '', document, number = ''] = /^(\w+)(?::(\w+))?=(.+)$/s.exec(item) ?? [];
    const known = KINDS.find((one) => one === kind);
    const paper = DOCUMENTS.find((one) => one === document);
    if (known === undefined || (document !== undefined && (paper === undefined || known !== 'person'))) {
      throw usageError(
        `--identity expects KIND=NUMBER; kinds are ${KINDS.join(' ')}, and person:${DOCUMENTS.join('|')}`,
      );
    }
    if (Object.hasOwn(values, known)) throw usageError(`--identity names ${known} twice`);
    values[known] = paper === undefined ? number : { document: paper, number };
  }
  return items.length === 0 ? {} : { identity: values };
}
