import { constants, copyFile } from 'node:fs/promises';
import { type Certificate, PKI_ERRORS, parseCertificate, pemEncode } from '@cssi/pki';
import { sm2SoftwareSigner } from '@cssi/pki/adapters/software';
import { DEFAULT_APPLICATION_PROFILES } from '@cssi/pki/authority';
import { encryptPrivateKey } from '@cssi/pki/containers';
import { sm2 } from '@cssi/sm-core';
import type { Arguments, Command, CommandGroup } from '../../command.ts';
import { checkPassphrase } from '../../credential-file.ts';
import { CLI_ERRORS } from '../../errors.ts';
import { readCertificates, timeOf, writePrivate } from '../../files.ts';
import { authorityFiles, makeFolder, withAuthority, writeSettings } from '../../pki/authority-folder.ts';
import { entry, label } from '../../pki/entry.ts';
import { withSigner } from '../../pki/private-key-file.ts';
import { certificateEntries, certificateJson } from '../../pki/show-certificate.ts';
import { contextOf, done, VIEW_HELP, VIEW_OPTIONS } from '../../pki/view.ts';
import { applyCommand, issueCommand, listCommand, reviewCommand } from './ca-applications.ts';
import { crlCommand, ocspCommand, revokeCommand } from './ca-revocation.ts';
import { selfSigned } from './issue.ts';

const ROOT_DAYS = 3650;

/** Settings of `ca init`. @throws SmError ERR_CLI_USAGE */
const settingsOf = (args: Arguments) => ({
  reviewsNeeded: args.flag('four-eyes') ? (2 as const) : (1 as const),
  urls: { crlDistributionPoints: args.many('crl-url'), ocspUrls: args.many('ocsp-url') },
});

/** A CA with a new key, certified by itself. */
async function initNew(args: Arguments, folder: string): Promise<Certificate> {
  const passphrase = checkPassphrase(process.env.CSSI_PASSPHRASE);
  const make = selfSigned(args, 'root-ca', { days: ROOT_DAYS, urls: false });
  const settings = settingsOf(args);
  const files = authorityFiles(folder);
  await makeFolder(folder);
  const pair = sm2.generateKeyPair();
  try {
    await writePrivate(
      files.key,
      pemEncode('ENCRYPTED PRIVATE KEY', await encryptPrivateKey(pair, passphrase)),
    );
    const der = await make(sm2SoftwareSigner(pair));
    await writePrivate(files.certificate, pemEncode('CERTIFICATE', der));
    await writeSettings(folder, settings);
    return parseCertificate(der);
  } finally {
    pair.privateKey.destroy();
  }
}

/** A CA with a key and a certificate that are there; the key file is copied as it is. */
async function initFrom(args: Arguments, folder: string, key: string): Promise<Certificate> {
  const [certificate] = await readCertificates(args.required('certificate'));
  const settings = settingsOf(args);
  const files = authorityFiles(folder);
  await withSigner(key, async ({ publicKeyInfo }) => {
    if (Buffer.compare(publicKeyInfo, certificate!.publicKeyInfo) !== 0) {
      throw PKI_ERRORS.create('ERR_PKI_REQUEST_INVALID', { detail: 'reason=key of another certificate' });
    }
  });
  await makeFolder(folder);
  await copyFile(key, files.key, constants.COPYFILE_EXCL).catch((cause: unknown) => {
    throw CLI_ERRORS.create('ERR_CLI_FILE', { detail: `file=${files.key}`, cause });
  });
  await writePrivate(files.certificate, pemEncode('CERTIFICATE', certificate!.raw));
  await writeSettings(folder, settings);
  return certificate!;
}

const init: Command = {
  synopsis:
    'FOLDER (--subject NAME [--days N] | --key FILE --certificate FILE) [--four-eyes] [--crl-url URL]… [--ocsp-url URL]…',
  summary: 'sets up a small CA in a folder of its own 建立小型证书认证机构',
  options: {
    ...VIEW_OPTIONS,
    subject: {},
    days: {},
    key: {},
    certificate: {},
    'path-length': {},
    'four-eyes': { flag: true },
    'crl-url': { many: true },
    'ocsp-url': { many: true },
    time: {},
  },
  help: [
    [
      'FOLDER',
      'is made; holds ca.pem, ca-key.pem (under CSSI_PASSPHRASE), ca.json and the journal of the CA',
    ],
    ['--subject NAME', 'name of a new root CA, such as CN=测试根 CA,C=CN'],
    ['--days N', `validity of a new root; ${ROOT_DAYS} when left out`],
    ['--key FILE, --certificate FILE', 'a CA that is there, in place of a new root'],
    ['--four-eyes', 'two reviewers must agree'],
    ['--crl-url URL, --ocsp-url URL', 'written into each certificate'],
    ...VIEW_HELP,
  ],
  async run(args) {
    const folder = args.only('FOLDER');
    const key = args.text('key');
    const certificate = key === undefined ? await initNew(args, folder) : await initFrom(args, folder, key);
    const clock = () => timeOf(args.text('time'));
    await withAuthority(folder, clock, async () => undefined);
    const context = contextOf(args);
    return done(
      args,
      label('已建立 CA', 'CA set up'),
      [...entry(label('文件夹', 'Folder'), folder), ...certificateEntries(certificate, context)],
      {
        folder,
        profiles: Object.keys(DEFAULT_APPLICATION_PROFILES),
        ...certificateJson(certificate, context),
      },
    );
  },
};

/** `cssi pki ca …` */
export const caCommands: CommandGroup = {
  'ca init': init,
  'ca apply': applyCommand,
  'ca review': reviewCommand,
  'ca list': listCommand,
  'ca issue': issueCommand,
  'ca revoke': revokeCommand,
  'ca crl': crlCommand,
  'ca ocsp': ocspCommand,
};
