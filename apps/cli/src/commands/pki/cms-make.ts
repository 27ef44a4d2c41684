import { encryptMessage, signAndEncryptMessage, signMessage } from '@cssi/pki/messages';
import type { Arguments, Command, Outcome } from '../../command.ts';
import { readAnchors, readBounded, timeOf, withPrivateFile } from '../../files.ts';
import { entry, label } from '../../pki/entry.ts';
import { usageError } from '../../pki/options.ts';
import { formOf, inForm } from '../../pki/output.ts';
import { withSigner } from '../../pki/private-key-file.ts';
import { inspectMessage } from '../../pki/show-message.ts';
import { contextOf, done, VIEW_HELP, VIEW_OPTIONS } from '../../pki/view.ts';
import { MAX_CONTENT_BYTES, onlyCertificate, SYNTAX_HELP, syntaxOf } from './cms-shared.ts';

/** Shows a message that was made. */
function made(args: Arguments, out: string, der: Uint8Array): Outcome {
  const { entries, json } = inspectMessage(der, contextOf(args));
  const title = label('已生成密码消息', 'Message made');
  return done(args, title, [...entry(label('文件', 'File'), out), ...entries], { file: out, ...json });
}

/** Writes the message that `make` makes; the place for it is taken before. */
async function writeMessage(args: Arguments, make: () => Promise<Uint8Array>): Promise<Outcome> {
  const [out, form] = [args.required('out'), formOf(args, 'der')];
  const der = await withPrivateFile(out, async (write) => {
    const message = await make();
    await write(inForm(form, 'CMS', message));
    return message;
  });
  return made(args, out, der);
}

const SIGNER_OPTIONS = { key: {}, certificate: {}, chain: { many: true } } as const;
const SIGNER_HELP: readonly (readonly [string, string])[] = [
  ['--key FILE', 'private key of the signer; CSSI_PASSPHRASE opens it'],
  ['--certificate FILE', 'certificate of that key'],
  ['--chain FILE', 'more certificates to carry along'],
];

export const sign: Command = {
  synopsis:
    'FILE --key FILE --certificate FILE --out FILE [--detached] [--syntax gbt35275|rfc5652] [--attributes] [--signing-time ISO] [--chain FILE]… [--form der|pem]',
  summary: 'signs a file as a message 生成签名消息',
  options: {
    ...VIEW_OPTIONS,
    ...SIGNER_OPTIONS,
    'signing-time': {},
    out: {},
    form: {},
    syntax: {},
    detached: { flag: true },
    attributes: { flag: true },
  },
  help: [
    ...SIGNER_HELP,
    ['--detached', 'leaves the content out of the message'],
    SYNTAX_HELP,
    [
      '--attributes',
      'signs attributes; in rfc5652 always, in gbt35275 the content itself is signed otherwise',
    ],
    ['--signing-time ISO', 'states a time; only a time stamp proves one'],
    ...VIEW_HELP,
  ],
  async run(args) {
    const syntax = syntaxOf(args);
    const claimed = args.text('signing-time');
    const content = await readBounded(args.only('FILE'), MAX_CONTENT_BYTES);
    const certificate = await onlyCertificate(args.required('certificate'));
    const certificates = await readAnchors(args.many('chain'));
    args.required('out');
    const spec = {
      certificate,
      ...(args.flag('attributes') ? { attributes: 'standard' as const } : {}),
      ...(claimed === undefined ? {} : { signingTime: timeOf(claimed, 'signing-time') }),
    };
    const detached = args.flag('detached');
    return await withSigner(args.required('key'), (signer) =>
      writeMessage(args, () =>
        signMessage(content, { syntax, detached, certificates, signers: [{ signer, ...spec }] }),
      ),
    );
  },
};

const CIPHERS = ['sm4-cbc', 'sm4-gcm'] as const;

/** Options that would say nothing are refused, lest a message be taken for what it is not. @throws SmError ERR_CLI_USAGE */
function checkEncrypt(args: Arguments): void {
  if (args.text('key') === undefined) {
    if (args.text('certificate') !== undefined)
      throw usageError('--certificate needs --key: nothing is signed');
    if (args.many('chain').length > 0) throw usageError('--chain needs --key: nothing is signed');
    return;
  }
  if (args.text('cipher') !== undefined) throw usageError('--cipher does not go with --key: always sm4-cbc');
  if (syntaxOf(args) !== 'gbt35275') throw usageError('--key needs --syntax gbt35275');
  args.required('certificate');
}

export const encrypt: Command = {
  synopsis:
    'FILE --to FILE… --out FILE [--syntax gbt35275|rfc5652] [--cipher sm4-cbc|sm4-gcm] [--key FILE --certificate FILE [--chain FILE]…] [--form der|pem]',
  summary: 'encrypts a file for the holders of certificates; signs it too with --key 生成数字信封',
  options: {
    ...VIEW_OPTIONS,
    ...SIGNER_OPTIONS,
    to: { many: true },
    out: {},
    form: {},
    syntax: {},
    cipher: {},
  },
  help: [
    ['--to FILE', 'encryption certificates of the recipients'],
    SYNTAX_HELP,
    ['--cipher NAME', 'sm4-cbc when left out; sm4-gcm, in rfc5652 only, also protects against alteration'],
    ...SIGNER_HELP.map(([option, text]) => [option, `${text} (signs as well; gbt35275 only)`] as const),
    ...VIEW_HELP,
  ],
  async run(args) {
    const syntax = syntaxOf(args);
    checkEncrypt(args);
    const cipher = CIPHERS.find((known) => known === (args.text('cipher') ?? 'sm4-cbc'));
    if (cipher === undefined) throw usageError('--cipher expects sm4-cbc or sm4-gcm');
    const content = await readBounded(args.only('FILE'), MAX_CONTENT_BYTES);
    const recipients = (await readAnchors(args.many('to'))).map((certificate) => ({ certificate }));
    if (recipients.length === 0) throw usageError('--to is missing');
    args.required('out');
    const key = args.text('key');
    if (key === undefined)
      return await writeMessage(args, () => encryptMessage(content, { syntax, recipients, cipher }));
    const certificate = await onlyCertificate(args.required('certificate'));
    const certificates = await readAnchors(args.many('chain'));
    return await withSigner(key, (signer) =>
      writeMessage(args, () =>
        signAndEncryptMessage(content, {
          syntax: 'gbt35275',
          recipients,
          certificates,
          signers: [{ signer, certificate }],
        }),
      ),
    );
  },
};
