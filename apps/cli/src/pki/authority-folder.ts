import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Certificate, type CertificateSigner, PKI_ERRORS } from '@cssi/pki';
import { fileAuthorityStore } from '@cssi/pki/adapters/file-authority-store';
import { type Authority, type AuthorityUrls, createAuthority } from '@cssi/pki/authority';
import type { DecodedPrivateKey } from '@cssi/pki/containers';
import { parseJson } from '@cssi/sm-core';
import { fileError, readBounded, readCertificates, writePrivate } from '../files.ts';
import { readPrivateKey, signerOf } from './private-key-file.ts';
import { destroyKey } from './show-keys.ts';

const FORMAT = 'cssi-ca/1';
const MAX_SETTINGS_BYTES = 65_536;

/** What `ca init` fixes. */
export interface AuthoritySettings {
  /** Reviewers who must agree. */
  readonly reviewsNeeded: 1 | 2;
  /** Written into each certificate. */
  readonly urls: AuthorityUrls;
}

/** Files of a CA in its folder. */
export const authorityFiles = (folder: string) => ({
  settings: join(folder, 'ca.json'),
  certificate: join(folder, 'ca.pem'),
  key: join(folder, 'ca-key.pem'),
  store: join(folder, 'store'),
});

/** Makes the folder of a CA, for its owner alone. @throws SmError ERR_CLI_FILE when it is there already */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (cause) {
    throw fileError(folder, cause);
  }
}

/** Writes the settings. @throws SmError ERR_CLI_FILE */
export const writeSettings = (folder: string, settings: AuthoritySettings): Promise<void> =>
  writePrivate(
    authorityFiles(folder).settings,
    `${JSON.stringify({ format: FORMAT, ...settings }, null, 2)}\n`,
  );

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];

async function readSettings(folder: string): Promise<AuthoritySettings> {
  const bytes = await readBounded(authorityFiles(folder).settings, MAX_SETTINGS_BYTES);
  const value = parseJson(bytes, MAX_SETTINGS_BYTES) as Partial<Record<string, unknown>> | null;
  const { format, reviewsNeeded } = value ?? {};
  const urls = (value?.urls ?? {}) as Partial<Record<string, unknown>>;
  if (format !== FORMAT || (reviewsNeeded !== 1 && reviewsNeeded !== 2)) {
    throw PKI_ERRORS.create('ERR_PKI_AUTHORITY_STATE', { detail: 'reason=settings' });
  }
  return {
    reviewsNeeded,
    urls: { crlDistributionPoints: texts(urls.crlDistributionPoints), ocspUrls: texts(urls.ocspUrls) },
  };
}

/** Opens the CA's key only when something is signed: whoever reviews needs no passphrase. */
class LazyKey {
  readonly #path: string;
  #key: DecodedPrivateKey | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  signer({ publicKeyInfo, keyAlgorithm }: Certificate): CertificateSigner {
    const algorithms: Readonly<Record<string, CertificateSigner['algorithm']>> = {
      sm2: 'sm2-sm3',
      'ec:1.2.840.10045.3.1.7': 'ecdsa-p256-sha256',
      'ec:1.3.132.0.34': 'ecdsa-p384-sha384',
      '1.2.840.113549.1.1.1': 'rsa-pkcs1-sha256',
    };
    const algorithm = algorithms[keyAlgorithm];
    if (algorithm === undefined) throw PKI_ERRORS.create('ERR_PKI_ALGORITHM_UNSUPPORTED');
    return {
      algorithm,
      publicKeyInfo,
      sign: async (message) => {
        this.#key ??= await readPrivateKey(this.#path);
        return signerOf(this.#key).sign(message);
      },
    };
  }

  destroy(): void {
    if (this.#key !== undefined) destroyKey(this.#key);
  }
}

/**
 * Runs `work` with the CA of a folder; nobody else can open it meanwhile.
 *
 * @throws SmError ERR_CLI_FILE, ERR_PKI_AUTHORITY_STATE
 */
export async function withAuthority<T>(
  folder: string,
  clock: () => Date,
  work: (authority: Authority) => Promise<T>,
): Promise<T> {
  const files = authorityFiles(folder);
  const { urls, reviewsNeeded } = await readSettings(folder);
  const [certificate] = await readCertificates(files.certificate);
  const key = new LazyKey(files.key);
  const store = await fileAuthorityStore(files.store);
  try {
    const signer = key.signer(certificate!);
    return await work(
      await createAuthority({
        certificate: certificate!.raw,
        signer,
        store,
        clock,
        urls,
        policy: { reviewsNeeded },
      }),
    );
  } finally {
    key.destroy();
    await store.close();
  }
}
