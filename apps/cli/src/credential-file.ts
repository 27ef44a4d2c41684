import { pbkdf2Sync } from 'node:crypto';
import { decodeSm2PrivateKey, encodeSm2PrivateKey } from '@cssi/pki';
import {
  canonicalJson,
  fromBase64,
  parseJson,
  randomBytes,
  Secret,
  type Sm2KeyPair,
  sm4,
  toBase64,
  utf8,
} from '@cssi/sm-core';
import { CLI_ERRORS } from './errors.ts';
import { readBounded } from './files.ts';

/**
 * A credential: the login certificate, its private key, and a key for the state files of
 * this holder. On disk it is encrypted with SM4-GCM under a key of PBKDF2-HMAC-SM3.
 */
export interface Credential {
  readonly certificate: Uint8Array;
  readonly keyPair: Sm2KeyPair;
  /** 32 bytes; authenticates state files, for example the high-water marks of a device. */
  readonly stateKey: Secret;
}

const ITERATIONS = 200_000;
const MAX_FILE_BYTES = 64 * 1024;
const FORMAT = 'cssi-credential/1';
const BINDING = utf8('cssi.credential.v1');

/** The passphrase, long enough. @throws {@link SmError} ERR_CLI_PASSPHRASE */
export function checkPassphrase(passphrase: string | undefined): string {
  if (passphrase === undefined || passphrase.length < 12) throw CLI_ERRORS.create('ERR_CLI_PASSPHRASE');
  return passphrase;
}

function passphraseKey(passphrase: string, salt: Uint8Array): Secret {
  return Secret.take(Uint8Array.from(pbkdf2Sync(passphrase, salt, ITERATIONS, 16, 'sm3')));
}

/** Content of a credential file. */
export function encodeCredential(credential: Credential, passphrase: string): string {
  const salt = randomBytes(16);
  const privateKey = encodeSm2PrivateKey(credential.keyPair);
  const plaintext = canonicalJson({
    certificate: toBase64(credential.certificate),
    privateKey: toBase64(privateKey),
    stateKey: credential.stateKey.use(toBase64),
  });
  const key = passphraseKey(passphrase, salt);
  const gcm = sm4.gcm(key);
  const box = gcm.sealBox(plaintext, BINDING);
  for (const secret of [privateKey, plaintext]) secret.fill(0);
  gcm.destroy();
  key.destroy();
  const file = { format: FORMAT, salt: toBase64(salt), box: toBase64(box) };
  return `${JSON.stringify(file, null, 2)}\n`;
}

function openBox(passphrase: string, salt: Uint8Array, box: Uint8Array): Uint8Array {
  const key = passphraseKey(passphrase, salt);
  const gcm = sm4.gcm(key);
  try {
    return gcm.openBox(box, BINDING);
  } finally {
    gcm.destroy();
    key.destroy();
  }
}

/**
 * Opens a credential file. A wrong passphrase and a damaged file look the same.
 *
 * @throws {@link SmError} ERR_CLI_CREDENTIAL, ERR_CLI_PASSPHRASE, ERR_CLI_FILE
 */
export async function readCredential(path: string, passphrase: string | undefined): Promise<Credential> {
  const bytes = await readBounded(path, MAX_FILE_BYTES);
  const checked = checkPassphrase(passphrase);
  try {
    const file = parseJson(bytes, MAX_FILE_BYTES) as { format?: unknown; salt?: unknown; box?: unknown };
    if (file.format !== FORMAT) throw CLI_ERRORS.create('ERR_CLI_CREDENTIAL');
    const plaintext = openBox(checked, fromBase64(String(file.salt)), fromBase64(String(file.box)));
    const parts = parseJson(plaintext, MAX_FILE_BYTES) as Record<string, string>;
    plaintext.fill(0);
    const privateKey = fromBase64(parts.privateKey ?? '');
    const keyPair = decodeSm2PrivateKey(privateKey);
    privateKey.fill(0);
    return {
      certificate: fromBase64(parts.certificate ?? ''),
      keyPair,
      stateKey: Secret.take(fromBase64(parts.stateKey ?? '')),
    };
  } catch {
    throw CLI_ERRORS.create('ERR_CLI_CREDENTIAL');
  }
}
