import { PKI_ERRORS } from '../errors.ts';
import { badRevocationOption } from '../revocation/options.ts';
import { MAX_SIGNER_IDS } from '../signature/sm2-signature.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import type { DeviationPolicy } from '../spec/v1/finding.ts';
import { MAX_PATH_CANDIDATES, type PathOptions } from '../spec/v1/path.ts';
import type { Sm2SignerId } from '../spec/v1/signer.ts';
import { checkList, optionProblem } from './options.ts';

/** What {@link verifySignedMessage} judges by. */
export interface VerifyMessageOptions {
  /**
   * Content of a detached message. A message that has its content must not be given another;
   * the same bytes may be given.
   */
  readonly content?: Uint8Array;
  /**
   * What the SM2 signatures may have been made with, tried in this order: at most 8. The default
   * ID `1234567812345678` alone when left out.
   */
  readonly signerIds?: readonly Sm2SignerId[];
  /**
   * Judges each signer's certificate; trust and time are indeterminate without. Certificates
   * and CRLs of the message help, and are not trusted.
   */
  readonly path?: PathOptions;
  /** Certificates that the signers may mean, for messages that carry none. They are not trusted. */
  readonly signerCertificates?: readonly Certificate[];
  /**
   * That of the message when left out. `strict` refuses a message that was read tolerantly and has
   * findings.
   */
  readonly policy?: DeviationPolicy;
}

/** Most certificates of the caller. */
const MAX_SIGNER_CERTIFICATES = 256;

const isList = (value: unknown): boolean =>
  value === undefined || (Array.isArray(value) && value.length <= MAX_PATH_CANDIDATES);

function badPathOption(path: PathOptions): string | undefined {
  if (typeof path !== 'object' || path === null) return 'path';
  if (!Array.isArray(path.anchors) || !isList(path.anchors)) return 'anchors';
  if (!isList(path.intermediates)) return 'intermediates';
  return badRevocationOption(path);
}

/**
 * Looks at the options before anything is decrypted, hashed or judged.
 *
 * @throws SmError ERR_PKI_MESSAGE_OPTIONS, ERR_PKI_PATH_OPTIONS
 */
export function checkVerifyOptions(options: VerifyMessageOptions): void {
  const { signerIds, signerCertificates, path } = options;
  checkList(signerCertificates, MAX_SIGNER_CERTIFICATES, 'certificates');
  if (signerIds !== undefined) {
    const good = Array.isArray(signerIds) && signerIds.length > 0 && signerIds.length <= MAX_SIGNER_IDS;
    if (!good || !signerIds.every((id: unknown) => id === 'plain-sm3' || id instanceof Uint8Array)) {
      throw optionProblem('signer-ids');
    }
  }
  const option = path === undefined ? undefined : badPathOption(path);
  if (option !== undefined) throw PKI_ERRORS.create('ERR_PKI_PATH_OPTIONS', { detail: `option=${option}` });
}
