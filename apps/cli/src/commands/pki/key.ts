import { encodeSm2PrivateKey, encodeSm2PublicKeyInfo } from '@cssi/pki';
import { sm2SoftwareDecipherer } from '@cssi/pki/adapters/software';
import { type DecodedPrivateKey, encryptPrivateKey, openEnvelopedKey } from '@cssi/pki/containers';
import { type Sm2KeyPair, sm2 } from '@cssi/sm-core';
import type { Arguments, Command, CommandGroup, Outcome } from '../../command.ts';
import { checkPassphrase } from '../../credential-file.ts';
import { CLI_ERRORS } from '../../errors.ts';
import { withPrivateFile, writePublic } from '../../files.ts';
import { entry, label } from '../../pki/entry.ts';
import { readOnly } from '../../pki/input.ts';
import { usageError } from '../../pki/options.ts';
import { formOf, inForm } from '../../pki/output.ts';
import { withPrivateKey, withSm2Key } from '../../pki/private-key-file.ts';
import { privateKeyEntries, privateKeyJson, publicKeyInfoOf } from '../../pki/show-keys.ts';
import { done, VIEW_HELP, VIEW_OPTIONS } from '../../pki/view.ts';

const KEY_OPTIONS = {
  ...VIEW_OPTIONS,
  out: {},
  'public-out': {},
  form: {},
  iterations: {},
  prf: {},
  plain: { flag: true },
} as const;

const KEY_HELP: readonly (readonly [string, string])[] = [
  [
    '--out FILE',
    'the private key, PKCS#8 under CSSI_PASSPHRASE (PBKDF2-HMAC-SM3, SM4-CBC); never replaces a file',
  ],
  ['--public-out FILE', 'the public key as well'],
  ['--form pem|der', 'pem when left out'],
  ['--iterations N', 'of PBKDF2; 600,000 when left out'],
  ['--prf NAME', 'hmac-sm3 when left out; hmac-sha256 for keys that OpenSSL opens as well'],
  ['--plain', 'writes the key without a password: for tests'],
  ...VIEW_HELP,
];

const pkcs8Of = (key: DecodedPrivateKey): Uint8Array =>
  key.kind === 'sm2' ? encodeSm2PrivateKey(key.pair) : key.pkcs8.use((der) => Uint8Array.from(der));

const PRFS = ['hmac-sm3', 'hmac-sha256'] as const;

/** Function of PBKDF2. @throws SmError ERR_CLI_USAGE */
function prfOf(args: Arguments): (typeof PRFS)[number] {
  const prf = PRFS.find((known) => known === (args.text('prf') ?? 'hmac-sm3'));
  if (prf === undefined) throw usageError(`--prf expects one of ${PRFS.join(' ')}`);
  return prf;
}

/** PKCS#8 of a key under the passphrase, or as it is with `--plain`. */
async function protect(args: Arguments, key: DecodedPrivateKey): Promise<{ label: string; der: Uint8Array }> {
  if (args.flag('plain')) return { label: 'PRIVATE KEY', der: pkcs8Of(key) };
  const iterations = args.whole('iterations');
  const prf = prfOf(args);
  const passphrase = checkPassphrase(process.env.CSSI_PASSPHRASE);
  const input = key.kind === 'sm2' ? key.pair : key.pkcs8;
  const der = await encryptPrivateKey(input, passphrase, {
    prf,
    ...(iterations === undefined ? {} : { iterations }),
  });
  return { label: 'ENCRYPTED PRIVATE KEY', der };
}

/** Checks what can fail before a key is drawn or opened. */
function prepared(args: Arguments): { out: string; form: 'pem' | 'der' } {
  const out = args.required('out');
  prfOf(args);
  if (!args.flag('plain')) checkPassphrase(process.env.CSSI_PASSPHRASE);
  return { out, form: formOf(args, 'pem') };
}

async function writeKey(args: Arguments, key: DecodedPrivateKey): Promise<Outcome> {
  const { out, form } = prepared(args);
  const publicOut = args.text('public-out');
  const publicKeyInfo = publicKeyInfoOf(key);
  await withPrivateFile(out, async (write) => {
    const { label: name, der } = await protect(args, key);
    await write(inForm(form, name, der));
    der.fill(0);
    if (publicOut !== undefined && publicKeyInfo !== undefined) {
      await writePublic(publicOut, inForm(form, 'PUBLIC KEY', publicKeyInfo));
    }
  });
  return done(
    args,
    label('已写入私钥', 'Private key written'),
    [...entry(label('文件', 'File'), out), ...privateKeyEntries(key)],
    { file: out, publicFile: publicOut ?? null, encrypted: !args.flag('plain'), ...privateKeyJson(key) },
  );
}

const asKey = (pair: Sm2KeyPair): DecodedPrivateKey => ({ kind: 'sm2', pair, findings: [] });

const create: Command = {
  synopsis:
    '--out FILE [--public-out FILE] [--form pem|der] [--iterations N] [--prf hmac-sm3|hmac-sha256] [--plain]',
  summary: 'makes an SM2 key pair in a PKCS#8 file under CSSI_PASSPHRASE 生成 SM2 密钥',
  options: KEY_OPTIONS,
  help: KEY_HELP,
  async run(args) {
    args.none();
    prepared(args);
    const pair = sm2.generateKeyPair();
    try {
      return await writeKey(args, asKey(pair));
    } finally {
      pair.privateKey.destroy();
    }
  },
};

const convert: Command = {
  synopsis:
    'FILE --out FILE [--public-out FILE] [--form pem|der] [--iterations N] [--prf hmac-sm3|hmac-sha256] [--plain]',
  summary: 'writes a private key of any form anew as PKCS#8 under CSSI_PASSPHRASE 转换私钥格式',
  options: KEY_OPTIONS,
  help: [['FILE', 'PKCS#8 with or without a password, SEC 1, PKCS#1; PEM or DER'], ...KEY_HELP],
  async run(args) {
    const path = args.only('FILE');
    prepared(args);
    return await withPrivateKey(path, (key) => writeKey(args, key));
  },
};

const open: Command = {
  synopsis:
    'FILE --key FILE --out FILE [--public-out FILE] [--form pem|der] [--iterations N] [--prf hmac-sm3|hmac-sha256] [--plain]',
  summary:
    'opens an SM2EnvelopedKey, by which a CA hands out an encryption key, with the signing key 打开密钥信封',
  options: { ...KEY_OPTIONS, key: {} },
  help: [
    ['FILE', 'SM2EnvelopedKey, PEM or DER'],
    ['--key FILE', 'private key of the signing certificate'],
    ...KEY_HELP,
  ],
  async run(args) {
    const { der } = await readOnly(args.only('FILE'), {
      kinds: ['enveloped-key'],
      code: 'ERR_PKI_KEY_MALFORMED',
      unknown: true,
    });
    prepared(args);
    return await withSm2Key(args.required('key'), async (pair) => {
      const opened = await openEnvelopedKey(der, sm2SoftwareDecipherer(pair));
      try {
        return await writeKey(args, opened);
      } finally {
        opened.pair.privateKey.destroy();
      }
    });
  },
};

const publicKey: Command = {
  synopsis: 'FILE --out FILE [--form pem|der]',
  summary: 'writes the public key of a private key 导出公钥',
  options: { ...VIEW_OPTIONS, out: {}, form: {} },
  help: [['FILE', 'the private key'], ['--out FILE', 'SubjectPublicKeyInfo'], ...VIEW_HELP],
  async run(args) {
    const path = args.only('FILE');
    const out = args.required('out');
    const form = formOf(args, 'pem');
    return await withPrivateKey(path, async (key) => {
      const info = key.kind === 'sm2' ? encodeSm2PublicKeyInfo(key.pair.publicKey) : publicKeyInfoOf(key);
      if (info === undefined)
        throw CLI_ERRORS.create('ERR_CLI_USAGE', { detail: 'no public key for this kind of key' });
      await writePublic(out, inForm(form, 'PUBLIC KEY', info));
      const entries = [...entry(label('文件', 'File'), out), ...privateKeyEntries(key)];
      return done(args, label('已写入公钥', 'Public key written'), entries, {
        file: out,
        ...privateKeyJson(key),
      });
    });
  },
};

/** `cssi pki key …` */
export const keyCommands: CommandGroup = {
  'key new': create,
  'key convert': convert,
  'key open': open,
  'key public': publicKey,
};
