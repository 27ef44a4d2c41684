import { parseCertificate } from '@cssi/pki';
import { equalBytes, isAccepted, sm3, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { decodeTpmEvidence, tcmVerifier, tpmVerifier } from '../../../src/evidence/tpm/index.ts';
import type { SyntheticTpmKey } from '../../../src/synthetic/tpm-keys.ts';
import {
  anchored,
  changed,
  found,
  machine,
  malformation,
  NONCE,
  NOW,
  verify,
  withFiles,
  without,
} from './support.ts';

const KINDS: readonly SyntheticTpmKey[] = [
  'rsassa-sha256',
  'rsassa-sha384',
  'rsassa-sha512',
  'rsapss-sha256',
  'ecdsa-p256-sha256',
  'ecdsa-p384-sha384',
  'sm2-sm3',
  'sm2-sha256',
];

describe('quotes of a TPM', () => {
  it.each(KINDS)('[part of CC-006] synthetic: a quote signed by %s verifies to the root', async (key) => {
    const tpm = await machine({ key });
    const verdict = tpmVerifier.verify(tpm.evidence(NONCE), anchored(tpm));
    expect(found(verdict)).toEqual([]);
    expect(found(verdict, 'indeterminate')).toEqual([]);
    expect(isAccepted(verdict)).toBe(true);
    expect(found(verdict, 'passed')).toEqual(
      expect.arrayContaining([
        'certificates:AK_RESTRICTED',
        'certificates:AK_PURPOSE_RIGHT',
        'chain:PATH_TO_ANCHOR',
        'signature:EVIDENCE_SIGNATURE_RIGHT',
        'binding:QUALIFIED_SIGNER_MATCHES',
        'binding:PCR_DIGEST_MATCHES',
        'freshness:NONCE_MATCHES',
      ]),
    );
  });

  it('[part of CC-006] synthetic: a TCM quote is SM2 and SM3 throughout', async () => {
    const tcm = withFiles(await machine({ profile: 'tcm' }));
    const evidence = tcm.evidence(NONCE);
    expect([tcmVerifier.recognises(evidence), tpmVerifier.recognises(evidence)]).toEqual([true, false]);
    const verdict = tcmVerifier.verify(evidence, anchored(tcm));
    expect(isAccepted(verdict)).toBe(true);
    expect(verdict.claims).toMatchObject({ type: 'tcm', format: 'cssi-tcm-evidence/1' });
    expect(verdict.claims.details.signature).toBe('sm2-sm3');
    expect(new Set(verdict.claims.measurements.map(({ algorithm }) => algorithm))).toEqual(new Set(['sm3']));
    expect(malformation(() => tpmVerifier.verify(evidence, anchored(tcm)))).toBe('format');
  });

  it('[part of CC-006] claims carry registers, versions and counters', async () => {
    const tpm = await machine();
    const { claims } = verify(tpm.evidence(NONCE), anchored(tpm));
    expect(claims).toMatchObject({
      type: 'tpm',
      deployment: 'platform',
      memoryEncryption: 'unknown',
      debug: 'unknown',
      migration: 'unknown',
      versions: [
        { name: 'tpm-firmware-1', value: 0x0001_0002 },
        { name: 'tpm-firmware-2', value: 3 },
      ],
      details: {
        hierarchy: 'endorsement',
        countersTrue: true,
        firmwareVersion: '0001000200000003',
        resetCount: 7,
        restartCount: 1,
        clockSafe: true,
        clock: '86400000',
      },
    });
    expect(equalBytes(claims.reportData, NONCE)).toBe(true);
    const pcr7 = claims.measurements.find(({ name, algorithm }) => name === 'pcr7' && algorithm === 'sm3');
    expect(pcr7?.role).toBe('configuration');
    expect(pcr7?.value).toEqual(tpm.pcrs.get('sm3')?.get(7));
    expect(claims.measurements).toHaveLength(2 * 17);
  });

  it('[part of CC-006] the device is the endorsement key, whatever the attestation key is', async () => {
    const [one, other] = [await machine(), await machine()];
    const device = (tpm: typeof one) => verify(tpm.evidence(NONCE), anchored(tpm)).claims.device;
    expect(device(one)).toEqual(device(one));
    expect(device(one)).not.toEqual(device(other));
    expect(device(one)).toHaveLength(34);
  });

  it('[part of CC-007] a key of the owner hierarchy vouches for no version: its view of it is obfuscated', async () => {
    const tpm = await machine({ hierarchy: 'owner' });
    const verdict = verify(tpm.evidence(NONCE), anchored(tpm));
    expect(isAccepted(verdict)).toBe(true);
    expect(verdict.claims.versions).toEqual([]);
    expect(verdict.claims.device).toBeUndefined();
    expect(verdict.claims.details).toMatchObject({ hierarchy: 'owner', countersTrue: false });
  });

  it('[part of CC-007] without its ancestors a key vouches for no version', async () => {
    const tpm = await machine();
    const verdict = verify(without(tpm.evidence(NONCE), 'parents'), anchored(tpm));
    expect(isAccepted(verdict)).toBe(true);
    expect(verdict.claims.versions).toEqual([]);
    expect(verdict.claims.details.hierarchy).toBeNull();
  });

  it('[part of CC-006] a trusted key needs no certificate, and names the device', async () => {
    const tpm = await machine({ key: 'ecdsa-p256-sha256' });
    const device = utf8('rack 7');
    const options = {
      time: NOW,
      reportData: NONCE,
      anchors: { keys: [{ publicKeyInfo: tpm.publicKeyInfo, device }] },
    };
    const bare = without(tpm.evidence(NONCE), 'certificates');
    const verdict = verify(bare, options);
    expect(isAccepted(verdict)).toBe(true);
    expect(found(verdict, 'passed')).toContain('chain:AK_TRUSTED');
    expect(verdict.claims.device).toEqual(device);
    const named = changed(bare, () => ({ publicKeyInfo: tpm.publicKeyInfo }));
    const info = without(named, 'publicArea', 'parents');
    expect(isAccepted(verify(info, options))).toBe(true);
  });

  it('[part of CC-006] the certificate of the key may come as an endorsement', async () => {
    const tpm = await machine();
    const bare = without(tpm.evidence(NONCE), 'certificates');
    const certificates = tpm.certificates.map((der) => parseCertificate(der));
    const verdict = verify(bare, { ...anchored(tpm), endorsements: { certificates } });
    expect(isAccepted(verdict)).toBe(true);
  });

  it('without anchors the key is nobody, without a challenge the quote may be old', async () => {
    const tpm = await machine();
    const bare = without(tpm.evidence(NONCE), 'certificates');
    const verdict = verify(bare, { time: NOW, anchors: {} });
    expect(found(verdict)).toEqual([]);
    expect(found(verdict, 'indeterminate')).toEqual(['chain:NO_ANCHOR', 'freshness:NONCE_NOT_COMPARED']);
    expect(verdict.integrity.status).toBe('passed');
    const chained = verify(tpm.evidence(NONCE), { time: NOW, anchors: {}, reportData: NONCE });
    expect(chained.trust.status).toBe('indeterminate');
  });

  it('a quote without values measures nothing by itself', async () => {
    const tpm = withFiles(await machine());
    const evidence = changed(tpm.evidence(NONCE), () => ({ pcrs: new Map() }));
    const verdict = verify(evidence, anchored(tpm));
    expect(found(verdict)).toEqual([]);
    expect(found(verdict, 'indeterminate')).toEqual([
      'binding:PCR_VALUES_NOT_GIVEN',
      'event-log:IMA_REGISTER_NOT_QUOTED',
    ]);
    expect(verdict.claims.measurements).toEqual([]);
  });

  it('nothing of the input is changed or kept by the parts of a document', async () => {
    const tpm = await machine();
    const evidence = tpm.evidence(NONCE);
    const before = sm3(evidence);
    const { claims } = verify(evidence, anchored(tpm));
    const parts = decodeTpmEvidence(evidence);
    parts.quote.fill(0);
    expect(sm3(evidence)).toEqual(before);
    expect(equalBytes(claims.reportData, NONCE)).toBe(true);
  });
});
