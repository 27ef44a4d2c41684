import {
  type CertificateRevocationList,
  KEY_USAGE_LABELS,
  type KeyUsage,
  type OcspResponse,
  type PkiErrorCode,
  parseCrl,
  parseOcspResponse,
  type Sm2SignerId,
} from '@cssi/pki';
import { fromHex, type SmError, utf8 } from '@cssi/sm-core';
import type { Arguments } from '../command.ts';
import { CLI_ERRORS } from '../errors.ts';
import type { ObjectKind } from './detect.ts';
import { readExpected, readOnly } from './input.ts';
import { PURPOSE_NAMES } from './oid-names.ts';

export const usageError = (detail: string): SmError => CLI_ERRORS.create('ERR_CLI_USAGE', { detail });

/** Key usages of `--usage`. @throws SmError ERR_CLI_USAGE */
export function usagesOf(names: readonly string[]): KeyUsage[] {
  return names.map((name) => {
    if (!Object.hasOwn(KEY_USAGE_LABELS, name)) {
      throw usageError(`--usage expects one of ${Object.keys(KEY_USAGE_LABELS).join(' ')}`);
    }
    return name as KeyUsage;
  });
}

const OID = /^[0-2](?:\.(?:0|[1-9]\d{0,38})){1,30}$/;

/** An object identifier. @throws SmError ERR_CLI_USAGE */
export function oidOption(name: string, text: string): string {
  if (!OID.test(text)) throw usageError(`--${name} expects an object identifier such as 1.2.3`);
  return text;
}

/** Object identifier of a purpose given by name or number. @throws SmError ERR_CLI_USAGE */
export function purposeOf(text: string): string {
  if (Object.hasOwn(PURPOSE_NAMES, text)) return PURPOSE_NAMES[text]!;
  if (OID.test(text)) return text;
  throw usageError(
    `--purpose expects an object identifier or one of ${Object.keys(PURPOSE_NAMES).join(' ')}`,
  );
}

/** A signer ID: text, `hex:` and bytes, `none` for the empty one, `plain-sm3`. @throws SmError ERR_CLI_USAGE */
function signerIdOf(text: string): Sm2SignerId {
  if (text === 'plain-sm3') return text;
  if (text === 'none') return new Uint8Array(0);
  if (text.startsWith('text:')) return utf8(text.slice(5));
  if (!text.startsWith('hex:')) return utf8(text);
  const hex = text.slice(4);
  if (!/^(?:[0-9a-fA-F]{2})+$/.test(hex)) throw usageError('--signer-id hex: expects hex digits');
  return fromHex(hex);
}

/** Options of signer IDs, left out when none was given. */
export function signerIdsOf(args: Arguments): { readonly signerIds?: readonly Sm2SignerId[] } {
  const ids = args.many('signer-id').map(signerIdOf);
  return ids.length === 0 ? {} : { signerIds: ids };
}

/** Help for signer IDs. */
export const SIGNER_ID_HELP: readonly [string, string] = [
  '--signer-id ID',
  'SM2 signer ID that may have been used, in order: text, hex:…, none for the empty one, plain-sm3; 1234567812345678 when left out',
];

/** Structures of one kind in a file. @throws SmError ERR_CLI_FILE, ERR_PKI_PEM_MALFORMED, and `code` */
export const readKind = async (path: string, kind: ObjectKind, code: PkiErrorCode): Promise<Uint8Array[]> =>
  (await readExpected(path, { kinds: [kind], code })).map(({ der }) => der);

/** The one structure of one kind in a file. @throws SmError ERR_CLI_FILE, ERR_PKI_PEM_MALFORMED, and `code` */
export const readOneKind = async (path: string, kind: ObjectKind, code: PkiErrorCode): Promise<Uint8Array> =>
  (await readOnly(path, { kinds: [kind], code })).der;

/** Revocation lists of files. @throws SmError ERR_CLI_FILE, ERR_PKI_CRL_MALFORMED */
export async function readCrls(args: Arguments): Promise<CertificateRevocationList[]> {
  const policy = args.flag('strict') ? 'strict' : 'tolerant';
  const lists = await Promise.all(
    args.many('crl').map((path) => readKind(path, 'crl', 'ERR_PKI_CRL_MALFORMED')),
  );
  return lists.flat().map((der) => parseCrl(der, { policy }));
}

/** OCSP responses of files. @throws SmError ERR_CLI_FILE, ERR_PKI_OCSP_MALFORMED */
export async function readOcspResponses(args: Arguments): Promise<OcspResponse[]> {
  const policy = args.flag('strict') ? 'strict' : 'tolerant';
  const found = await Promise.all(
    args.many('ocsp').map((path) => readKind(path, 'ocsp-response', 'ERR_PKI_OCSP_MALFORMED')),
  );
  return found.flat().map((der) => parseOcspResponse(der, { policy }));
}
