import { type Sm2CiphertextFormat, type Sm2SignatureFormat, SmError, sm2 } from '@cssi/sm-core';
import type { SmAlgorithm } from './algorithm.ts';
import { publicPointOf, secretOf } from './crypto-key.ts';
import { operationFailed, orDomError } from './dom-errors.ts';
import { bytesOf } from './input.ts';
import { exportSm2, generateSm2, importSm2 } from './sm2-keys.ts';
import type { AlgorithmLike } from './types.ts';

/** `id` and `format` of a signature: the default ID and DER when left out. A hash beside them is always SM3. */
function signatureOptions({ id, format }: AlgorithmLike): { id?: Uint8Array; format?: Sm2SignatureFormat } {
  return {
    ...(id === undefined ? {} : { id: bytesOf(id, 'id') }),
    ...(format === undefined ? {} : { format: format as Sm2SignatureFormat }),
  };
}

const cipherOptions = ({ format }: AlgorithmLike): { format?: Sm2CiphertextFormat } =>
  format === undefined ? {} : { format: format as Sm2CiphertextFormat };

/**
 * SM2 signing and encryption.
 *
 * @standard GB/T 32918.2-2016 §6, §7; GB/T 32918.4-2016 §6, §7; GB/T 35276-2017 §7
 */
export const SM2: SmAlgorithm = {
  generateKey: generateSm2,
  importKey: importSm2,
  exportKey: exportSm2,
  sign: (algorithm, key, data) =>
    orDomError(operationFailed, () =>
      sm2.signWith(
        { privateKey: secretOf(key), publicKey: publicPointOf(key) },
        data,
        signatureOptions(algorithm),
      ),
    ),
  verify(algorithm, key, signature, data) {
    const options = signatureOptions(algorithm);
    try {
      // Not a verifier: its tables cost about ten verifications, and are worth it only from 16 on.
      return sm2.verify(publicPointOf(key), data, signature, options);
    } catch (error) {
      if (error instanceof SmError && error.code === 'ERR_SM2_SIGNATURE_MALFORMED') return false;
      // An ID or a form that is none is a mistake of the caller and not a wrong signature.
      throw operationFailed(error);
    }
  },
  encrypt: (algorithm, key, data) =>
    orDomError(operationFailed, () => sm2.encrypt(publicPointOf(key), data, cipherOptions(algorithm))),
  decrypt: (algorithm, key, data) =>
    orDomError(
      () => operationFailed(),
      () => sm2.decrypt(secretOf(key), data, cipherOptions(algorithm)),
    ),
};
