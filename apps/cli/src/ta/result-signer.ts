import type { CertificateSigner } from '@cssi/pki';
import { usageError } from '../pki/options.ts';
import { withSigner } from '../pki/private-key-file.ts';

/** What tokens and reference values are signed with. */
const ALGORITHMS: readonly string[] = ['sm2-sm3', 'ecdsa-p256-sha256'];

/** Runs `work` with the signer of a key file. @throws SmError ERR_CLI_USAGE for another key than SM2 or P-256 */
export const withResultSigner = <T>(
  path: string,
  work: (signer: CertificateSigner) => Promise<T>,
): Promise<T> =>
  withSigner(path, (signer) => {
    if (!ALGORITHMS.includes(signer.algorithm)) throw usageError('--key expects an SM2 or P-256 key');
    return work(signer);
  });
