import { createHash, generateKeyPairSync } from 'node:crypto';
import { parseCertificate } from '@cssi/pki';
import { concatBytes, isAccepted, toHex, utf8 } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { ccaVerifier, parseCcaToken } from '../../../src/evidence/cca/index.ts';
import type { VerificationOptions } from '../../../src/spec/v1/attestation.ts';
import {
  createSyntheticCca,
  type SyntheticCca,
  type SyntheticCcaFields,
  type SyntheticCcaProfile,
} from '../../../src/synthetic/cca.ts';
import { failedSteps, flipped, replaced, seeded, statusOf } from '../cbor/support.ts';

const TIME = new Date('2026-12-01T00:00:00Z');
const CHALLENGE = new Uint8Array(64).fill(0x5a);
const PROFILES: readonly SyntheticCcaProfile[] = ['legacy', '1.0', '2.0', 'sm'];
const platforms = {} as Record<SyntheticCcaProfile, SyntheticCca>;
let cca: SyntheticCca;

beforeAll(async () => {
  for (const profile of PROFILES) platforms[profile] = await createSyntheticCca({ profile, time: TIME });
  cca = platforms['1.0'];
});

const options = (of: SyntheticCca): VerificationOptions => ({
  time: TIME,
  anchors: of.anchors,
  reportData: CHALLENGE,
});
const token = (fields: SyntheticCcaFields = {}, of: SyntheticCca = cca) =>
  of.token({ challenge: CHALLENGE, ...fields });
const verify = (evidence: Uint8Array, changes: Partial<VerificationOptions> = {}, of: SyntheticCca = cca) =>
  ccaVerifier.verify(evidence, { ...options(of), ...changes });

const REALM_SIGNATURE = 'signature EVIDENCE_SIGNATURE_WRONG';
const PLATFORM_SIGNATURE = 'signature PLATFORM_SIGNATURE_WRONG';
const NOT_BOUND = 'binding REALM_KEY_NOT_BOUND';

describe('[part of CC-006] CCA tokens', () => {
  it.each(PROFILES)('of the profile %s are verified', (profile) => {
    const of = platforms[profile];
    const evidence = token({}, of);
    expect(ccaVerifier.recognises(evidence)).toBe(true);
    const verdict = verify(evidence, {}, of);
    expect(failedSteps(verdict)).toEqual([]);
    expect(isAccepted(verdict)).toBe(true);
    expect(verdict.claims.format).toBe(profile === '2.0' ? 'cca-token/2' : 'cca-token/1');
    expect(verdict.claims.device).toEqual(of.instanceId);
    expect(verdict.claims.reportData).toEqual(CHALLENGE);
    const algorithm = profile === 'sm' ? 'sm3' : 'sha256';
    expect(verdict.claims.measurements.every((one) => one.algorithm === algorithm)).toBe(true);
  });

  it.each(['ES256', 'ES512'] as const)('signed with %s are verified', async (algorithm) => {
    const of = await createSyntheticCca({ algorithm, time: TIME });
    expect(isAccepted(verify(token({}, of), {}, of))).toBe(true);
    const withChain = token({ withChain: true }, of);
    expect(isAccepted(verify(withChain, { anchors: of.certificateAnchors }, of))).toBe(true);
  });

  it('a shorter challenge is compared with zeros behind it', () => {
    const challenge = new Uint8Array(64);
    challenge.set(utf8('short'));
    expect(isAccepted(verify(cca.token({ challenge }), { reportData: utf8('short') }))).toBe(true);
    expect(failedSteps(verify(cca.token({ challenge }), { reportData: utf8('shor') }))).toEqual([
      'freshness NONCE_MISMATCH',
    ]);
  });

  it.each(PROFILES)('of the profile %s: every signed field counts', (profile) => {
    const of = platforms[profile];
    const evidence = token({}, of);
    const { realm, platform, realmMessage, platformMessage } = parseCcaToken(evidence);
    const failing = (part: Uint8Array, at = 0) =>
      failedSteps(verify(replaced(evidence, part, flipped(part, at)), {}, of));
    expect(failing(realm.challenge, 63)).toEqual(['freshness NONCE_MISMATCH', REALM_SIGNATURE]);
    expect(failing(realm.personalization)).toEqual([REALM_SIGNATURE]);
    expect(failing(realm.initialMeasurement, 31)).toEqual([REALM_SIGNATURE]);
    for (const value of realm.extensibleMeasurements) expect(failing(value)).toEqual([REALM_SIGNATURE]);
    expect(failing(platform.challenge)).toEqual([NOT_BOUND, PLATFORM_SIGNATURE]);
    expect(failing(platform.implementationId)).toEqual([PLATFORM_SIGNATURE]);
    expect(failing(platform.config)).toEqual([PLATFORM_SIGNATURE]);
    for (const { value } of platform.components) expect(failing(value)).toEqual([PLATFORM_SIGNATURE]);
    expect(failing(platform.components[0]!.signerId)).toEqual([PLATFORM_SIGNATURE]);
    expect(failing(utf8('3.4.2'), 4)).toEqual([PLATFORM_SIGNATURE]);
    expect(failing(utf8('synthetic.invalid'))).toEqual([PLATFORM_SIGNATURE]);
    // The key is named for another platform now: nobody vouches for this one, nor can its signature be checked.
    expect(failing(platform.instanceId, 32)).toEqual(['chain PLATFORM_KEY_UNKNOWN']);
    for (let at = 0; at < realmMessage.signature.length; at += 3) {
      expect(failing(realmMessage.signature, at)).toEqual([REALM_SIGNATURE]);
      expect(failing(platformMessage.signature, at)).toEqual([PLATFORM_SIGNATURE]);
    }
  });

  it('lifecycle and policies are signed', () => {
    // 0x3000 and 0x4000: the debug state of the realm world.
    const evidence = token();
    const lifecycle = Uint8Array.of(0x19, 0x09, 0x5b, 0x19, 0x30, 0x00);
    const debugging = replaced(evidence, lifecycle, Uint8Array.of(0x19, 0x09, 0x5b, 0x19, 0x40, 0x00));
    expect(failedSteps(verify(debugging))).toEqual([PLATFORM_SIGNATURE]);
    const of = platforms['2.0'];
    const shared = replaced(
      token({}, of),
      Uint8Array.of(0x19, 0xac, 0xd3, 1),
      Uint8Array.of(0x19, 0xac, 0xd3, 0),
    );
    expect(failedSteps(verify(shared, {}, of))).toEqual([REALM_SIGNATURE]);
  });

  it('realm and platform of different tokens do not belong together', async () => {
    const other = await createSyntheticCca({ time: TIME });
    // The platform's own, with the realm token of another one, whole and well signed.
    const { realmMessage } = parseCcaToken(token({}, other));
    const evidence = token();
    const mine = parseCcaToken(evidence).realmMessage;
    const spliced = replaced(
      replaced(evidence, mine.payload, realmMessage.payload),
      mine.signature,
      realmMessage.signature,
    );
    expect(failedSteps(verify(spliced))).toEqual([NOT_BOUND]);
    const foreignRealm = token({ realmSigner: other.realmSigner });
    expect(failedSteps(verify(foreignRealm))).toEqual([REALM_SIGNATURE]);
  });

  it('the digest that binds the key is the one the realm token names, not that of its measurements', () => {
    const { publicKeyBytes } = parseCcaToken(token()).realm;
    const digest = Uint8Array.from(createHash('sha512').update(publicKeyBytes).digest());
    const realmClaims = new Map([[44_240, 'sha-512']]);
    const platformClaims = new Map([[10, digest]]);
    expect(isAccepted(verify(token({ realmClaims, platformClaims })))).toBe(true);
    expect(failedSteps(verify(token({ realmClaims })))).toEqual([NOT_BOUND]);
    expect(failedSteps(verify(token({ platformClaims })))).toEqual([NOT_BOUND]);
  });

  it('a platform signed by another key fails, under every kind of anchor', async () => {
    const other = await createSyntheticCca({ time: TIME });
    const forged = token({ platformSigner: other.platformSigner });
    expect(failedSteps(verify(forged))).toEqual([PLATFORM_SIGNATURE]);
    const unnamed = { keys: [{ publicKeyInfo: cca.platformKeyInfo }] };
    expect(isAccepted(verify(token(), { anchors: unnamed }))).toBe(true);
    expect(failedSteps(verify(forged, { anchors: unnamed }))).toEqual([PLATFORM_SIGNATURE]);
    const chained = token({ platformSigner: other.platformSigner, withChain: true });
    expect(failedSteps(verify(chained, { anchors: cca.certificateAnchors }))).toEqual([PLATFORM_SIGNATURE]);
  });

  it('with wrong anchors the chain fails and nothing else', async () => {
    const other = await createSyntheticCca({ time: TIME });
    const verdict = verify(token(), { anchors: other.anchors });
    expect(failedSteps(verdict)).toEqual(['chain PLATFORM_KEY_UNKNOWN']);
    expect(verdict.integrity.status).toBe('indeterminate');
    const untrusted = verify(token({ withChain: true }), { anchors: other.certificateAnchors });
    expect(failedSteps(untrusted)).toEqual(['chain CERTIFICATE_SIGNATURE_WRONG', 'chain NO_PATH_TO_ANCHOR']);
    expect(failedSteps(verify(token(), { anchors: other.certificateAnchors }))).toEqual([
      'chain PLATFORM_KEY_UNKNOWN',
    ]);
    // The right key under the name of another platform.
    const misnamed = { keys: [{ publicKeyInfo: cca.platformKeyInfo, device: other.instanceId }] };
    expect(failedSteps(verify(token(), { anchors: misnamed }))).toEqual(['chain PLATFORM_KEY_UNKNOWN']);
    // A key that is named for this platform excludes those that are named for none.
    const both = {
      keys: [
        ...misnamed.keys,
        { publicKeyInfo: other.platformKeyInfo, device: cca.instanceId },
        { publicKeyInfo: cca.platformKeyInfo },
      ],
    };
    expect(failedSteps(verify(token(), { anchors: both }))).toEqual([PLATFORM_SIGNATURE]);
  });

  it('without anchors trust stays open; without its key so does the platform', () => {
    expect(statusOf(verify(token(), { anchors: {} }))).toBe('indeterminate indeterminate passed');
    expect(statusOf(verify(token({ withChain: true }), { anchors: {} }))).toBe('passed indeterminate passed');
    const { reportData: _, ...rest } = options(cca);
    const verdict = ccaVerifier.verify(token(), rest);
    expect(statusOf(verdict)).toBe('passed passed indeterminate');
  });

  it('keys that sign no token are passed over', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
    const keys = [
      { publicKeyInfo: Uint8Array.from(rsa.export({ format: 'der', type: 'spki' })) },
      { publicKeyInfo: utf8('no key') },
    ];
    expect(
      isAccepted(verify(token(), { anchors: { keys: [...keys, { publicKeyInfo: cca.platformKeyInfo }] } })),
    ).toBe(true);
    expect(failedSteps(verify(token(), { anchors: { keys } }))).toEqual([PLATFORM_SIGNATURE]);
  });

  it('the certificate of the platform key: in the token, beside it, out of time, named by the header', () => {
    const anchors = cca.certificateAnchors;
    const chain = cca.platformChain.map((der) => parseCertificate(der));
    expect(isAccepted(verify(token({ withChain: true }), { anchors }))).toBe(true);
    expect(isAccepted(verify(token(), { anchors, endorsements: { certificates: chain } }))).toBe(true);
    const leafOnly = { certificates: chain.slice(0, 1) };
    expect(failedSteps(verify(token(), { anchors, endorsements: leafOnly }))).toEqual([
      'chain ISSUER_UNKNOWN',
      'chain NO_PATH_TO_ANCHOR',
    ]);
    const wrongCertificate = { certificates: [parseCertificate(platforms.legacy.platformChain[0]!)] };
    expect(failedSteps(verify(token(), { anchors, endorsements: wrongCertificate }))).toEqual([
      PLATFORM_SIGNATURE,
    ]);
    for (const [time, code] of [
      ['2026-11-30T23:59:59Z', 'CERTIFICATE_NOT_YET_VALID'],
      ['2037-12-01T00:00:00Z', 'CERTIFICATE_EXPIRED'],
    ] as const) {
      const verdict = verify(token({ withChain: true }), { anchors, time: new Date(time) });
      expect(failedSteps(verdict)).toEqual([`validity ${code}`]);
    }
    const named = (algorithm: number, digest: Uint8Array) => {
      const platformHeader = new Map([[34, [algorithm, digest]]]);
      return failedSteps(verify(token({ withChain: true, platformHeader }), { anchors }));
    };
    const digest = Uint8Array.from(createHash('sha256').update(cca.platformChain[0]!).digest());
    const wrong = ['certificates CERTIFICATE_THUMBPRINT_WRONG'];
    expect(named(-16, digest)).toEqual([]);
    expect(named(-16, new Uint8Array(32))).toEqual(wrong);
    expect(named(-44, digest)).toEqual(wrong);
  });

  it('a certificate that may not sign data fails', () => {
    const platformHeader = new Map([[33, cca.platformChain[1]!]]);
    expect(failedSteps(verify(token({ platformHeader }), { anchors: cca.certificateAnchors }))).toEqual([
      'certificates KEY_USAGE_WRONG',
      PLATFORM_SIGNATURE,
    ]);
  });

  it('a certificate does not help where the key of this platform is named', async () => {
    const other = await createSyntheticCca({ time: TIME });
    const keys = [{ publicKeyInfo: other.platformKeyInfo, device: cca.instanceId }];
    const anchors = { ...cca.certificateAnchors, keys };
    expect(failedSteps(verify(token({ withChain: true }), { anchors }))).toEqual([PLATFORM_SIGNATURE]);
    const unnamed = { ...cca.certificateAnchors, keys: [{ publicKeyInfo: other.platformKeyInfo }] };
    expect(isAccepted(verify(token({ withChain: true }), { anchors: unnamed }))).toBe(true);
  });

  it('claims of devices are bound by their digest', () => {
    const of = platforms['2.0'];
    const devices = Uint8Array.of(0xa1, 0x01, 0x02);
    const verdict = verify(token({ devices }, of), {}, of);
    expect(isAccepted(verdict)).toBe(true);
    expect(verdict.claims.details.devices).toBe(toHex(devices));
    const withOther = replaced(
      token({ devices }, of),
      Uint8Array.of(0x43, 0xa1, 1, 2),
      Uint8Array.of(0x43, 0xa1, 1, 3),
    );
    expect(failedSteps(verify(withOther, {}, of))).toEqual(['binding DEVICES_NOT_BOUND']);
    const unbound = token({ devices, realmClaims: new Map([[44_257, null]]) }, of);
    expect(failedSteps(verify(unbound, {}, of))).toEqual(['binding DEVICES_NOT_BOUND']);
  });

  it('seeded changes of any byte are refused, fail, or are of unsigned hints', () => {
    for (const profile of PROFILES) {
      const of = platforms[profile];
      const evidence = token({}, of);
      const random = seeded(`cca ${profile}`);
      for (let round = 0; round < 150; round++) {
        const changed = flipped(evidence, random(evidence.length), random(8));
        try {
          const verdict = verify(changed, {}, of);
          expect(isAccepted(verdict)).toBe(false);
        } catch (error) {
          expect((error as { code?: string }).code).toBe('ERR_TEE_EVIDENCE_MALFORMED');
        }
      }
    }
  });

  it('recognises by tag and first key', () => {
    const evidence = token();
    for (const at of [0, 1, 2, 3, 4, 5, 6])
      expect(ccaVerifier.recognises(flipped(evidence, at, 2))).toBe(false);
    expect(ccaVerifier.recognises(evidence.subarray(0, 6))).toBe(false);
    expect(ccaVerifier.recognises(concatBytes(evidence, new Uint8Array(65_536)))).toBe(false);
  });
});
