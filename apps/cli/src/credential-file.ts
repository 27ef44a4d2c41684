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
import { readBounded, writePrivate } from './files.ts';

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
const BINDING = utf8('cssi.credential.v1');

function passphraseKey(passphrase: string | undefined, salt: Uint8Array): Secret {
  if (passphrase === undefined || passphrase.length < 12) throw CLI_ERRORS.create('ERR_CLI_PASSPHRASE');
  return Secret.take(Uint8Array.from(pbkdf2Sync(passphrase, salt, ITERATIONS, 16, 'sm3')));
}

/**
 * Writes a new credential file.
 *
 * @throws {@link SmError} ERR_CLI_PASSPHRASE, ERR_CLI_FILE
 */
export async function writeCredential(
  path: string,
  credential: Credential,
  passphrase: string | undefined,
): Promise<void> {
  const salt = randomBytes(16);
  const key = passphraseKey(passphrase, salt);
  const privateKey = encodeSm2PrivateKey(credential.keyPair);
  const plaintext = canonicalJson({
    certificate: toBase64(credential.certificate),
    privateKey: toBase64(privateKey),
    stateKey: credential.stateKey.use(toBase64),
  });
  const gcm = sm4.gcm(key);
  const box = gcm.sealBox(plaintext, BINDING);
  for (const secret of [privateKey, plaintext]) secret.fill(0);
  gcm.destroy();
  key.destroy();
  const file = { format: 'cssi-credential/1', salt: toBase64(salt), box: toBase64(box) };
  await writePrivate(path, `${JSON.stringify(file, null, 2)}\n`);
}

/**
 * Opens a credential file. A wrong passphrase and a damaged file look the same.
 *
 * @throws {@link SmError} ERR_CLI_CREDENTIAL, ERR_CLI_PASSPHRASE, ERR_CLI_FILE
 */
export async function readCredential(path: string, passphrase: string | undefined): Promise<Credential> {
  const bytes = await readBounded(path, MAX_FILE_BYTES);
  try {
    const file = parseJson(bytes, MAX_FILE_BYTES) as { format?: unknown; salt?: unknown; box?: unknown };
    if (file.format !== 'cssi-credential/1') throw CLI_ERRORS.create('ERR_CLI_CREDENTIAL');
    const key = passphraseKey(passphrase, fromBase64(String(file.salt)));
    const gcm = sm4.gcm(key);
    const plaintext = gcm.openBox(fromBase64(String(file.box)), BINDING);
    gcm.destroy();
    key.destroy();
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
  } catch (cause) {
    if (CLI_ERRORS.is(cause)) throw cause;
    throw CLI_ERRORS.create('ERR_CLI_CREDENTIAL');
  }
}
