import { PKI_ERRORS } from '@cssi/pki';
import { SmError } from '@cssi/sm-core';
import type { Arguments, OptionTable } from '../command.ts';
import { CLI_ERRORS } from '../errors.ts';

/** Which options say what the library calls by another name; the first that was given is meant. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  subjectAltName: ['dns', 'ip', 'email', 'uri'],
  dnsNames: ['dns'],
  ipAddresses: ['ip'],
  emails: ['email'],
  uris: ['uri'],
  extendedKeyUsage: ['purpose'],
  keyUsage: ['usage'],
  pathLength: ['path-length'],
  serial: ['serial', 'revoke'],
  validity: ['days', 'time'],
  crlDistributionPoints: ['crl-url'],
  ocspUrls: ['ocsp-url'],
  authorityInfoAccess: ['ocsp-url'],
  urls: ['crl-url', 'ocsp-url'],
  identity: ['identity'],
  entries: ['revoke'],
  revocationDate: ['revoke'],
  invalidityDate: ['invalid-since', 'revoke'],
  reason: ['reason', 'revoke'],
  baseCrlNumber: ['base'],
  crlNumber: ['number'],
  accuracy: ['accuracy'],
  policy: ['policy'],
  requiredPolicy: ['policy'],
  iterations: ['iterations'],
  applicant: ['applicant'],
  reviewer: ['reviewer'],
  operator: ['operator'],
  note: ['note'],
  profile: ['profile'],
  subject: ['subject'],
  signerIds: ['signer-id'],
};

/** Codes by which the library refuses what it is asked for, and not what a file holds. */
const CODES = /^ERR_PKI_(?:REQUEST_INVALID|NAME_INVALID|[A-Z]+_OPTIONS)$/;

function namesOf(error: SmError): readonly string[] {
  if (error.code === 'ERR_SM2_ID_INVALID') return ['signer-id'];
  if (!PKI_ERRORS.is(error) || !CODES.test(error.code)) return [];
  if (error.code === 'ERR_PKI_NAME_INVALID') return ['subject'];
  const field = /(?:field|option|reason)=([A-Za-z]+)/.exec(error.message)?.[1] ?? '';
  return Object.hasOwn(OPTIONS, field) ? OPTIONS[field]! : [];
}

/** Was the option given? */
const isGiven = (args: Arguments, table: OptionTable, name: string): boolean =>
  table[name] !== undefined && (args.many(name).length > 0 || args.text(name) !== undefined);

/** A value of the command line that the library refuses is wrong use, with the option named. */
export function asWrongUse(error: unknown, args: Arguments, table: OptionTable): unknown {
  if (!(error instanceof SmError)) return error;
  const option = namesOf(error).find((name) => isGiven(args, table, name));
  if (option === undefined) return error;
  return CLI_ERRORS.create('ERR_CLI_USAGE', {
    detail: `--${option} has a value that is refused: ${error.code} ${error.message}`.slice(0, 300),
    cause: error,
  });
}
