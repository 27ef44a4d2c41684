import type { Certificate } from '@cssi/pki';
import { type Message, type MessageSyntax, parseMessage } from '@cssi/pki/messages';
import type { Arguments } from '../../command.ts';
import { readCertificates } from '../../files.ts';
import { readOnly } from '../../pki/input.ts';
import { usageError } from '../../pki/options.ts';

export const MAX_CONTENT_BYTES = 15 << 20;
const SYNTAXES: readonly MessageSyntax[] = ['gbt35275', 'rfc5652'];

export function syntaxOf(args: Arguments): MessageSyntax {
  const text = args.text('syntax') ?? 'gbt35275';
  const syntax = SYNTAXES.find((known) => known === text);
  if (syntax === undefined) throw usageError('--syntax expects gbt35275 or rfc5652');
  return syntax;
}

export const SYNTAX_HELP = [
  '--syntax NAME',
  'gbt35275 (GB/T 35275, when left out) or rfc5652 (CMS)',
] as const;

/** The message in a file. @throws SmError ERR_PKI_MESSAGE_MALFORMED, ERR_CLI_FILE */
export async function readMessage(args: Arguments, path: string): Promise<Message> {
  const { der } = await readOnly(path, {
    kinds: ['message', 'time-stamp-token'],
    code: 'ERR_PKI_MESSAGE_MALFORMED',
    unknown: true,
  });
  return parseMessage(der, { policy: args.flag('strict') ? 'strict' : 'tolerant' });
}

export async function onlyCertificate(path: string): Promise<Certificate> {
  const [certificate] = await readCertificates(path);
  return certificate!;
}
