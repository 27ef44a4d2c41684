import { type Certificate, PURPOSE_OIDS, parseCertificate, verifyCertificatePath } from '@cssi/pki';
import {
  AspectBuilder,
  equalBytes,
  isAccepted,
  sm2,
  sm3,
  type Verdict,
  type VerdictAspect,
} from '@cssi/sm-core';
import { CLOCK_TOLERANCE_MS } from '../spec/v1/constants.ts';
import { MODEL_TRANSFER_ERRORS, type ModelTransferErrorCode } from '../spec/v1/errors.ts';
import type { SignedManifest } from '../spec/v1/manifest.ts';
import { manifestSignedBytes } from '../spec/v1/manifest-codec.ts';

/** Who is trusted and when. */
export interface PublisherTrust {
  readonly anchors: readonly Certificate[];
  readonly time: Date;
}

/** What was found out about the publisher of a package. */
export interface PublisherJudgement {
  /** The path of the certificate with its usages. */
  readonly path: Verdict;
  /** Is the certificate the one that the manifest names? */
  readonly match: VerdictAspect;
  readonly signature: VerdictAspect;
  /** Dates of the manifest. */
  readonly dates: VerdictAspect;
}

function judgeSignature(signed: SignedManifest, publicKey: Uint8Array | undefined): VerdictAspect {
  const aspect = new AspectBuilder();
  // Parsed as SM2 here whatever the certificate: a malformed signature throws.
  const right =
    publicKey !== undefined &&
    sm2.verify(publicKey, manifestSignedBytes(signed.manifestBytes), signed.signature);
  return right
    ? aspect
        .pass('MODEL_SIGNATURE_RIGHT', 'The publisher signed this manifest.', '发布者已签署该清单。')
        .build()
    : aspect
        .fail('MODEL_SIGNATURE_WRONG', 'The signature of the manifest is wrong.', '清单签名错误。')
        .build();
}

function judgeMatch(signed: SignedManifest, certificate: Certificate): VerdictAspect {
  const { publisherCertificate, publisherId } = signed.manifest;
  const aspect = new AspectBuilder();
  if (
    !equalBytes(publisherCertificate, sm3(certificate.raw)) ||
    certificate.subject.commonName !== publisherId
  ) {
    aspect.fail(
      'MODEL_PUBLISHER_MISMATCH',
      'The manifest names another publisher than the certificate.',
      '清单中的发布者与证书不一致。',
    );
  }
  return aspect.build();
}

function judgeDates({ manifest }: SignedManifest, time: Date): VerdictAspect {
  const aspect = new AspectBuilder();
  if (manifest.created.getTime() > time.getTime() + CLOCK_TOLERANCE_MS) {
    aspect.fail('MODEL_NOT_YET_VALID', 'The package is dated in the future.', '模型包签发时间在未来。');
  } else if (manifest.expires <= time) {
    aspect.fail('MODEL_EXPIRED', 'The package has expired.', '模型包已过期。');
  } else {
    aspect.pass('MODEL_CURRENT', 'The package is current.', '模型包在有效期内。');
  }
  return aspect.build();
}

/**
 * Judges certificate path, usages, signature and dates of a signed manifest.
 *
 * @throws SmError for a malformed certificate or signature
 */
export function judgePublisher(signed: SignedManifest, trust: PublisherTrust): PublisherJudgement {
  const [leaf, ...intermediates] = signed.certificates.map((der) => parseCertificate(der));
  const path = verifyCertificatePath(leaf!, {
    intermediates,
    anchors: trust.anchors,
    time: trust.time,
    keyUsage: ['digitalSignature'],
    extendedKeyUsage: PURPOSE_OIDS.modelPublisher,
  });
  return {
    path,
    match: judgeMatch(signed, leaf!),
    signature: judgeSignature(signed, leaf!.sm2PublicKey),
    dates: judgeDates(signed, trust.time),
  };
}

const reasonOf = (aspects: readonly VerdictAspect[]): string =>
  aspects.find((aspect) => aspect.status !== 'passed')?.reasons.at(-1)?.code ?? 'NOT_DETERMINED';

/**
 * Lets a manifest pass only when everything about its publisher is in order.
 *
 * @throws SmError ERR_MODEL_PUBLISHER_UNTRUSTED, ERR_MODEL_PUBLISHER_MISMATCH, ERR_MODEL_SIGNATURE_WRONG,
 * ERR_MODEL_NOT_YET_VALID, ERR_MODEL_EXPIRED
 */
export function requirePublisher(signed: SignedManifest, trust: PublisherTrust): void {
  const { path, match, signature, dates } = judgePublisher(signed, trust);
  const refuse = (code: ModelTransferErrorCode, aspects: readonly VerdictAspect[]) =>
    MODEL_TRANSFER_ERRORS.create(code, { detail: `reason=${reasonOf(aspects)}` });
  if (!isAccepted(path)) {
    throw refuse('ERR_MODEL_PUBLISHER_UNTRUSTED', [path.integrity, path.trust, path.time]);
  }
  if (match.status !== 'passed') throw refuse('ERR_MODEL_PUBLISHER_MISMATCH', [match]);
  if (signature.status !== 'passed') throw refuse('ERR_MODEL_SIGNATURE_WRONG', [signature]);
  if (dates.status !== 'passed') {
    const early = dates.reasons.some((reason) => reason.code === 'MODEL_NOT_YET_VALID');
    throw MODEL_TRANSFER_ERRORS.create(early ? 'ERR_MODEL_NOT_YET_VALID' : 'ERR_MODEL_EXPIRED');
  }
}
