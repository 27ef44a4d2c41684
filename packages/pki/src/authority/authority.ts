import type { ApplicationQuery, ApplicationRecord, RevocationRecord } from '../spec/v1/authority.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import type { ApplicationInput } from './application-input.ts';
import type { ReviewInput } from './applications.ts';
import type { DirectRequest, PairRequest } from './direct.ts';
import type { IssueInput } from './issue-application.ts';
import type { IssuedCertificates } from './issuing.ts';
import type { RevokeInput } from './revoking.ts';

/**
 * A certification authority (证书认证机构).
 *
 * Guarantee: a certificate leaves only when it is stored under a serial number that no other
 * has; what is in it is decided by profile, application and review, never by the extensions
 * of a request; an application leads to at most one certificate or pair, also over restarts.
 * Failure: rejects with an {@link SmError}; nothing has left. ERR_PKI_AUTHORITY_REFUSED says
 * by a fixed word why an application or request is refused, ERR_PKI_AUTHORITY_STATE why
 * something cannot be done now, ERR_PKI_REQUEST_INVALID names the field that is no good.
 * Concurrency: any number of calls at once. Who may call what is the caller's to decide; the
 * names of applicants and reviewers are taken as true.
 */
export interface Authority {
  /** The certificate of the authority. */
  readonly certificate: Certificate;
  /**
   * Submits an application (申请).
   *
   * @throws {@link SmError} ERR_PKI_CSR_MALFORMED, ERR_PKI_AUTHORITY_REFUSED, ERR_PKI_NAME_INVALID,
   * ERR_PKI_REQUEST_INVALID
   */
  apply(input: ApplicationInput): Promise<ApplicationRecord>;
  /**
   * Records a review (审核) of a submitted application.
   *
   * @throws {@link SmError} ERR_PKI_AUTHORITY_REFUSED for the applicant as reviewer and for domain names
   * without proof, ERR_PKI_AUTHORITY_STATE, ERR_PKI_REQUEST_INVALID
   */
  review(id: string, input: ReviewInput): Promise<ApplicationRecord>;
  /**
   * Issues an approved application (签发); goes on where an earlier call was cut off. Calls at
   * once for one application take turns, and all get what the first one made. Proofs of domain
   * control must still be fresh.
   *
   * @throws {@link SmError} ERR_PKI_AUTHORITY_STATE, ERR_PKI_AUTHORITY_REFUSED, ERR_PKI_SIGNING_FAILED
   */
  issue(id: string, input?: IssueInput): Promise<IssuedCertificates>;
  /** The certificates of an issued application once more. @throws {@link SmError} ERR_PKI_AUTHORITY_STATE */
  collect(id: string): Promise<IssuedCertificates>;
  findApplication(id: string): Promise<ApplicationRecord | undefined>;
  listApplications(query: ApplicationQuery): Promise<readonly ApplicationRecord[]>;
  /**
   * Ends applications that are past their time; tells how many expired. Until then they show as
   * expired. One whose certificates are stored was issued, and does not expire.
   */
  expireApplications(): Promise<number>;
  /**
   * Issues a certificate of any profile without application and review, for programs that
   * answer for its content.
   *
   * @returns the certificate, DER
   * @throws {@link SmError} ERR_PKI_REQUEST_INVALID, ERR_PKI_AUTHORITY_REFUSED, ERR_PKI_AUTHORITY_STATE
   */
  issueCertificate(request: DirectRequest): Promise<Uint8Array>;
  /**
   * Issues a signing and an encryption certificate (双证书) for the key of a request. The
   * encryption key comes from the key centre and leaves for the holder of the signing key only.
   *
   * @throws {@link SmError} ERR_PKI_CSR_MALFORMED, ERR_PKI_AUTHORITY_REFUSED, ERR_PKI_AUTHORITY_STATE
   */
  issuePair(request: PairRequest): Promise<IssuedCertificates>;
  /**
   * Revokes a certificate for good (吊销). Again changes nothing, except that a lost key is noted.
   *
   * @param serial - as in `Certificate.serial`
   * @throws {@link SmError} ERR_PKI_AUTHORITY_STATE for an unknown serial number
   */
  revoke(serial: Uint8Array, input: RevokeInput): Promise<RevocationRecord>;
  /** Puts a certificate on hold (挂起). @throws {@link SmError} ERR_PKI_AUTHORITY_STATE */
  hold(serial: Uint8Array): Promise<RevocationRecord>;
  /** Lifts a hold (解挂). @throws {@link SmError} ERR_PKI_AUTHORITY_STATE when there is none */
  release(serial: Uint8Array): Promise<RevocationRecord>;
  /** Makes a complete revocation list (证书吊销列表), DER. @throws {@link SmError} ERR_PKI_AUTHORITY_STATE */
  crl(): Promise<Uint8Array>;
  /** Makes a delta list (增量吊销列表) on the latest complete one, DER. @throws {@link SmError} ERR_PKI_AUTHORITY_STATE */
  deltaCrl(): Promise<Uint8Array>;
  /**
   * Answers an OCSP request (在线证书状态查询), DER. Never rejects: what is wrong with the request
   * or with the authority is an OCSP error response.
   */
  answerOcsp(request: Uint8Array): Promise<Uint8Array>;
}
