import { equalBytes } from '@cssi/sm-core';
import type { AttestationVerdict, EvidenceVerifier, VerificationOptions } from '../../spec/v1/attestation.ts';
import { verifyCoseSign1 } from '../cose/verify.ts';
import { judgeFreshness } from '../freshness.ts';
import { ReportBuilder } from '../report-builder.ts';
import { ccaClaims } from './claims.ts';
import { ccaDigest } from './hashes.ts';
import { PLATFORM_PROFILES, REALM_PROFILES } from './labels.ts';
import { judgePlatformKey } from './platform-key.ts';
import { CCA_TEXTS as TEXTS } from './texts.ts';
import { type CcaToken, isCcaToken, parseCcaToken } from './token.ts';

/** Both profiles are known, and each token is signed with what its profile has: SM2 in ours, ECDSA in the others. */
function judgeProfiles(report: ReportBuilder, token: CcaToken): void {
  const profiles = [
    [PLATFORM_PROFILES.get(token.platform.profile), token.platformMessage],
    [REALM_PROFILES.get(token.realm.profile), token.realmMessage],
  ] as const;
  if (profiles.some(([profile]) => profile === undefined)) {
    report.fail('format', TEXTS.profileUnknown);
    return;
  }
  const fits = profiles.every(([profile, { algorithm }]) => profile?.isSm === (algorithm === 'SM2-SM3'));
  report.check('format', fits, TEXTS.formatRight, TEXTS.profileAlgorithm);
}

/** The platform's challenge is the digest of the key that signs the realm token. */
function judgeBinding(report: ReportBuilder, { platform, realm, devices }: CcaToken): void {
  const digest = ccaDigest(realm.publicKeyHash, realm.publicKeyBytes);
  const bound = equalBytes(digest, platform.challenge);
  report.check('binding', bound, TEXTS.realmBound, TEXTS.realmNotBound);
  // A realm may vouch for devices and leave their claims at home; claims it does not vouch for are nobody's.
  if (devices === undefined) return;
  const { devicesHash, hash } = realm;
  const vouched = devicesHash !== undefined && equalBytes(ccaDigest(hash, devices), devicesHash);
  report.check('binding', vouched, TEXTS.devicesBound, TEXTS.devicesNotBound);
}

function verify(evidence: Uint8Array, options: VerificationOptions): AttestationVerdict {
  const token = parseCcaToken(evidence);
  const report = new ReportBuilder();
  judgeProfiles(report, token);
  const { realm, realmMessage } = token;
  const signed = verifyCoseSign1(realmMessage, realm.publicKey);
  report.check('signature', signed, TEXTS.realmSigned, TEXTS.realmNotSigned);
  judgePlatformKey(report, token, options);
  judgeBinding(report, token);
  judgeFreshness(report, realm.challenge, options.reportData);
  return report.build(ccaClaims(token));
}

/**
 * Verifies attestation tokens of Arm CCA realms: the realm token by the key it names, the platform token by the
 * platform's attestation key (`anchors.keys` with the instance id as device, keys without device, or a certificate
 * with a chain to `anchors.certificates`), and that the platform vouches for the realm's key.
 * Collections of RMM 1.0 (tag 399) and RMM 2.0 (tag 907); ECDSA on P-256, P-384, P-521, and with
 * our private numbers and profiles SM2 with SM3.
 *
 * A token carries no time: freshness is the challenge alone. Whoever is an anchor certificate vouches for platform
 * keys, so give roots of platform vendors alone. The collection itself is not signed: its tag says nothing,
 * and claims of devices may have been taken out.
 *
 * @example
 * ```ts
 * const anchors = { keys: [{ publicKeyInfo: cpak, device: instanceId }] };
 * const verdict = ccaVerifier.verify(token, { time: new Date(), anchors, reportData: challenge });
 * ```
 * @standard Arm DEN0137 §A7.2, draft-ffm-rats-cca-token
 * @group Attestation
 */
export const ccaVerifier: EvidenceVerifier = {
  specVersion: '1',
  type: 'cca',
  recognises: isCcaToken,
  verify,
};
