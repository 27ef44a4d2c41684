import { rm } from 'node:fs/promises';
import { type Certificate, PKI_ERRORS, parseCertificate, pemEncode } from '@cssi/pki';
import { sm2SoftwareSigner } from '@cssi/pki/adapters/software';
import { DEFAULT_APPLICATION_PROFILES } from '@cssi/pki/authority';
import { encryptPrivateKey } from '@cssi/pki/containers';
import { sm2 } from '@cssi/sm-core';
import type { Arguments, Command, CommandGroup } from '../../command.ts';
import { checkPassphrase } from '../../credential-file.ts';
import { readCertificates, timeOf, writePrivate, writePublic } from '../../files.ts';
import { authorityFiles, makeFolder, withAuthority, writeSettings } from '../../pki/authority-folder.ts';
import { entry, label } from '../../pki/entry.ts';
import { usageError } from '../../pki/options.ts';
import { signerOf, withPrivateKey } from '../../pki/private-key-file.ts';
import { certificateEntries, certificateJson } from '../../pki/show-certificate.ts';
import { contextOf, done, VIEW_HELP, VIEW_OPTIONS } from '../../pki/view.ts';
import { applyCommand, issueCommand, listCommand, reviewCommand } from './ca-applications.ts';
import { crlCommand, ocspCommand, revokeCommand } from './ca-revocation.ts';
import { selfSigned } from './issue.ts';

const ROOT_DAYS = 3650;

const ADDRESS = /^[a-z][a-z0-9+.-]*:[\x21-\x7e]+$/i;

/** Addresses for every certificate: a wrong one would fail each of them later. @throws SmError ERR_CLI_USAGE */
function urlsOf(args: Arguments, name: string): readonly string[] {
  const urls = args.many(name);
  if (!urls.every((url) => ADDRESS.test(url)))
    throw usageError(`--${name} expects an address such as http://…`);
  return urls;
}

/** Settings of `ca init`. @throws SmError ERR_CLI_USAGE */
const settingsOf = (args: Arguments) => ({
  reviewsNeeded: args.flag('four-eyes') ? (2 as const) : (1 as const),
  urls: { crlDistributionPoints: urlsOf(args, 'crl-url'), ocspUrls: urlsOf(args, 'ocsp-url') },
});

/** What goes into the folder: the key under the passphrase, and its certificate. */
interface Made {
  readonly key: Uint8Array;
  readonly certificate: Certificate;
}

/** A CA with a new key, certified by itself. */
function newRoot(args: Arguments, passphrase: string): () => Promise<Made> {
  if (args.text('certificate') !== undefined) throw usageError('--certificate needs --key');
  const make = selfSigned(args, 'root-ca', { days: ROOT_DAYS, urls: false });
  return async () => {
    const pair = sm2.generateKeyPair();
    try {
      const der = await make(sm2SoftwareSigner(pair));
      return { certificate: parseCertificate(der), key: await encryptPrivateKey(pair, passphrase) };
    } finally {
      pair.privateKey.destroy();
    }
  };
}

const OF_NEW_ROOTS = ['subject', 'days', 'path-length'] as const;

/** A CA with a key and a certificate that are there; the key is encrypted anew, however it was kept. */
function existing(args: Arguments, keyFile: string, passphrase: string): () => Promise<Made> {
  const idle = OF_NEW_ROOTS.find((name) => args.text(name) !== undefined);
  if (idle !== undefined) throw usageError(`--${idle} is for a new root, and not for --key`);
  const file = args.required('certificate');
  return async () => {
    const [certificate] = await readCertificates(file);
    return await withPrivateKey(keyFile, async (key) => {
      if (Buffer.compare(signerOf(key).publicKeyInfo, certificate!.publicKeyInfo) !== 0) {
        throw PKI_ERRORS.create('ERR_PKI_REQUEST_INVALID', { detail: 'reason=key of another certificate' });
      }
      const input = key.kind === 'sm2' ? key.pair : key.pkcs8;
      return { certificate: certificate!, key: await encryptPrivateKey(input, passphrase) };
    });
  };
}

/** Fills the folder of a CA, and opens it once; nothing is left of what fails. */
async function fill(args: Arguments, folder: string, make: () => Promise<Made>): Promise<Certificate> {
  const settings = settingsOf(args);
  const clock = () => timeOf(args.text('time'));
  const files = authorityFiles(folder);
  await makeFolder(folder);
  try {
    const { key, certificate } = await make();
    await writePrivate(files.key, pemEncode('ENCRYPTED PRIVATE KEY', key));
    await writePublic(files.certificate, pemEncode('CERTIFICATE', certificate.raw));
    await writeSettings(folder, settings);
    await withAuthority(folder, clock, async () => undefined);
    return certificate;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

const init: Command = {
  synopsis:
    'FOLDER (--subject NAME [--days N] [--path-length N] | --key FILE --certificate FILE) [--four-eyes] [--crl-url URL]… [--ocsp-url URL]… [--time ISO]',
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
    [
      '--key FILE, --certificate FILE',
      'a CA that is there, in place of a new root; CSSI_PASSPHRASE opens and protects the key',
    ],
    ['--four-eyes', 'two reviewers must agree'],
    ['--crl-url URL, --ocsp-url URL', 'written into each certificate'],
    ...VIEW_HELP,
  ],
  async run(args) {
    const folder = args.only('FOLDER');
    const key = args.text('key');
    const passphrase = checkPassphrase(process.env.CSSI_PASSPHRASE);
    const make = key === undefined ? newRoot(args, passphrase) : existing(args, key, passphrase);
    const certificate = await fill(args, folder, make);
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
