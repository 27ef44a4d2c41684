import { SM2_MAX_ID_BYTES, sm2 } from '@cssi/sm-core';
import { parseCertificate } from '../certificate/parse-certificate.ts';
import { Cursor } from '../internal/cursor.ts';
import { DerProblem, readBytesOfBits, readOctets, readOne, readSmallInteger } from '../internal/tlv.ts';
import { bits, explicit, integer, octets, oid, sequence } from '../internal/write.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import type { KeyAgreementMessage } from '../spec/v1/message.ts';
import { GM_CONTENT_TYPES } from './content-types.ts';
import { optionProblem } from './options.ts';
import type { ReadContext } from './read-signed.ts';

/** KeyAgreementInfo. @standard GB/T 35275-2017 */
export function readKeyAgreement(
  body: Uint8Array,
  { base, log }: ReadContext,
): Omit<KeyAgreementMessage, 'findings'> {
  const cursor = new Cursor(readOne(body, 0x30).value);
  const version = readSmallInteger(cursor.take(0x02, 'version'), 'version');
  if (version !== 1) log.note('MESSAGE_VERSION', 'keyAgreementInfo');
  const point = readBytesOfBits(cursor.next('temporary key'), 'temporary key');
  if (point.length !== 65) throw new DerProblem('temporary key');
  const certificate = parseCertificate(cursor.next('certificate').raw, { policy: log.policy });
  log.add(certificate.findings, 'userCertificate');
  const userId = readOctets(cursor.next('user id'), 'user id');
  if (userId.length > SM2_MAX_ID_BYTES) throw new DerProblem('user id');
  cursor.end('key agreement');
  const temporaryPublicKey = sm2.publicKey(point);
  return { ...base, kind: 'keyAgreementInfo', version, temporaryPublicKey, certificate, userId };
}

/** What one side of a key exchange sends. */
export interface KeyAgreementSpec {
  /** Temporary public key R, 04‖x‖y, 65 bytes. */
  readonly temporaryPublicKey: Uint8Array;
  readonly certificate: Certificate;
  /** Identity of the user, 0 to 8191 bytes. */
  readonly userId: Uint8Array;
}

/**
 * A keyAgreementInfo message (密钥协商数据). It carries no proof of its own: the exchange that
 * uses it must confirm the key.
 *
 * @standard GB/T 35275-2017
 * @throws {@link SmError} ERR_SM2_PUBLIC_KEY_INVALID, ERR_PKI_MESSAGE_OPTIONS
 */
export function createKeyAgreementInfo(spec: KeyAgreementSpec): Uint8Array {
  const { temporaryPublicKey, certificate, userId } = spec;
  if (!(userId instanceof Uint8Array) || userId.length > SM2_MAX_ID_BYTES) throw optionProblem('user-id');
  const body = sequence(integer(1), bits(sm2.publicKey(temporaryPublicKey)), certificate.raw, octets(userId));
  return sequence(oid(GM_CONTENT_TYPES.keyAgreementInfo), explicit(0, body));
}
