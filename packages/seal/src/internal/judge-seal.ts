import { parseCertificate } from '@cssi/pki';
import { SmError, sm2, sm3, toHex } from '@cssi/sm-core';
import { SEAL_ERRORS } from '../errors.ts';
import { SEAL_OIDS } from '../spec/v1/oids.ts';
import type { SealVerifyOptions } from '../spec/v1/service.ts';
import type { Seal } from '../spec/v1/structures.ts';
import type { SealStepId, SealSummary } from '../spec/v1/verdicts.ts';
import { judgeCertificate, MAKER_CODES } from './judge-certificate.ts';
import { sm2KeyOf } from './seal-key.ts';
import type { StepSink } from './step-recorder.ts';

/** Checks an algorithm identifier. @throws SmError ERR_SEAL_ALGORITHM_UNSUPPORTED */
export function checkSignatureAlgorithm(oid: string): void {
  if (oid !== SEAL_OIDS.sm2WithSm3) {
    throw SEAL_ERRORS.create('ERR_SEAL_ALGORITHM_UNSUPPORTED', { detail: 'field=signatureAlgorithm' });
  }
}

/** SM2 verification where a value that is not DER counts as wrong. @standard GB/T 35276-2017 §7.3 */
export function verifyValue(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    return sm2.verify(publicKey, message, signature);
  } catch (error) {
    if (error instanceof SmError && error.code === 'ERR_SM2_SIGNATURE_MALFORMED') return false;
    throw error;
  }
}

/** The public statement of a seal. */
export function summarize(seal: Seal): SealSummary {
  const { version, esId, name, type, vendorId, createDate, validStart, validEnd } = seal;
  return {
    version,
    esId,
    name,
    type,
    vendorId,
    createDate,
    validStart,
    validEnd,
    pictureType: seal.picture.type,
    makerFingerprint: toHex(sm3(seal.makerCertificate)),
  };
}

/**
 * Judges a seal at the time `at`.
 *
 * @standard GB/T 38540-2020 §6.3
 */
export function judgeSeal(
  recorder: StepSink<SealStepId>,
  seal: Seal,
  options: SealVerifyOptions,
  at: Date,
): void {
  checkSignatureAlgorithm(seal.signatureAlgorithm);
  const maker = parseCertificate(seal.makerCertificate);
  const makerKey = sm2KeyOf(maker);
  recorder.step('seal-format', 'GB/T 38540-2020 §6.3 a', (record) => {
    if (seal.extensions.some((extension) => extension.critical)) {
      record.doubt('integrity', 'SEAL_EXTENSION_CRITICAL');
    } else record.pass('integrity', 'SEAL_FORMAT_VALID');
  });
  recorder.step('maker-signature', 'GB/T 38540-2020 §6.3 b', (record) => {
    const right = verifyValue(makerKey, seal.sealInfoRaw, seal.makerSignature);
    record.check(right, 'integrity', 'MAKER_SIGNATURE_VALID', 'MAKER_SIGNATURE_WRONG');
  });
  recorder.step('maker-certificate', 'GB/T 38540-2020 §6.3 c', (record) => {
    judgeCertificate(record, maker, MAKER_CODES, {
      anchors: options.makerAnchors ?? options.anchors,
      intermediates: options.intermediates ?? [],
      extendedKeyUsage: options.makerExtendedKeyUsage,
      at,
      now: options.time,
    });
  });
  recorder.step('seal-period', 'GB/T 38540-2020 §6.3 d', (record) => {
    // The last second belongs to the validity, all of it.
    const end = seal.validEnd.getTime() + 1000;
    if (at < seal.validStart) record.fail('time', 'SEAL_NOT_YET_VALID');
    else if (at.getTime() >= end) record.fail('time', 'SEAL_EXPIRED');
    else if (options.time.getTime() >= end) record.doubt('time', 'SEAL_EXPIRED_SINCE');
    else record.pass('time', 'SEAL_PERIOD_VALID');
  });
}
