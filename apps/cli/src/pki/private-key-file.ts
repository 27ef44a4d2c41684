import { createPrivateKey } from 'node:crypto';
import { type CertificateSigner, PKI_ERRORS } from '@cssi/pki';
import { nodeSoftwareSigner, sm2SoftwareSigner } from '@cssi/pki/adapters/software';
import {
  type DecodedPrivateKey,
  decodePrivateKey,
  decryptPrivateKey,
  privateKeyFromPem,
} from '@cssi/pki/containers';
import { SM_CORE_ERRORS, type Sm2KeyPair } from '@cssi/sm-core';
import { CLI_ERRORS } from '../errors.ts';
import { kindOf } from './detect.ts';
import { type FileObject, readObjects } from './input.ts';
import { destroyKey } from './show-keys.ts';
import { passphraseOf } from './view.ts';

const PLAIN = new Set(['private-key', 'ec-private-key', 'rsa-private-key']);

async function decode(
  object: FileObject,
  kind: string,
  passphrase: string | undefined,
): Promise<DecodedPrivateKey> {
  const isPlain = object.der.length > 0 && PLAIN.has(kind);
  if (isPlain) return decodePrivateKey(object.der);
  if (passphrase === undefined) throw CLI_ERRORS.create('ERR_CLI_PASSPHRASE');
  return object.der.length > 0
    ? decryptPrivateKey(object.der, passphrase)
    : privateKeyFromPem(object.pem ?? '', { password: passphrase });
}

/**
 * The one private key of a file; the caller destroys it. A wrong passphrase is wrong use, as with
 * credential files.
 *
 * @throws SmError ERR_CLI_FILE, ERR_CLI_PASSPHRASE, ERR_CLI_CREDENTIAL, ERR_PKI_KEY_MALFORMED and others
 */
export async function readPrivateKey(path: string): Promise<DecodedPrivateKey> {
  const objects = (await readObjects(path)).map((object) => ({
    object,
    kind: kindOf(object.der, object.pemLabel),
  }));
  const kinds = [...new Set(objects.map(({ kind }) => kind))].slice(0, 8).join(',');
  const keys = objects.filter(({ kind }) => PLAIN.has(kind) || kind === 'encrypted-private-key');
  const [first, ...others] = keys;
  if (first === undefined || others.length > 0) {
    throw PKI_ERRORS.create('ERR_PKI_KEY_MALFORMED', {
      detail: `file=${path} expected=one private key found=${first === undefined ? kinds : `${keys.length}`}`,
    });
  }
  try {
    return await decode(first.object, first.kind, passphraseOf());
  } catch (error) {
    if (SM_CORE_ERRORS.is(error) && error.code === 'ERR_DECRYPT_FAILED') {
      throw CLI_ERRORS.create('ERR_CLI_CREDENTIAL', { detail: `file=${path}` });
    }
    throw error;
  }
}

/** A signer with a key of a file. */
export function signerOf(key: DecodedPrivateKey): CertificateSigner {
  if (key.kind === 'sm2') return sm2SoftwareSigner(key.pair);
  return key.pkcs8.use((der) => {
    const copy = Buffer.from(der);
    try {
      return nodeSoftwareSigner(createPrivateKey({ key: copy, format: 'der', type: 'pkcs8' }));
    } finally {
      copy.fill(0);
    }
  });
}

/** Runs `work` with the private key of a file, which is destroyed afterwards. */
export async function withPrivateKey<T>(
  path: string,
  work: (key: DecodedPrivateKey) => Promise<T>,
): Promise<T> {
  const key = await readPrivateKey(path);
  try {
    return await work(key);
  } finally {
    destroyKey(key);
  }
}

/** Runs `work` with a signer of the key of a file. */
export const withSigner = <T>(path: string, work: (signer: CertificateSigner) => Promise<T>): Promise<T> =>
  withPrivateKey(path, (key) => work(signerOf(key)));

/** Runs `work` with the SM2 key pair of a file. @throws SmError ERR_PKI_ALGORITHM_UNSUPPORTED */
export const withSm2Key = <T>(path: string, work: (pair: Sm2KeyPair) => Promise<T>): Promise<T> =>
  withPrivateKey(path, (key) => {
    if (key.kind !== 'sm2')
      throw PKI_ERRORS.create('ERR_PKI_ALGORITHM_UNSUPPORTED', { detail: 'expected=SM2' });
    return work(key.pair);
  });
