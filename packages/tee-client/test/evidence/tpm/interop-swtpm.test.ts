import { createHash } from 'node:crypto';
import { isAccepted, sm3, utf8 } from '@cssi/sm-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AttestationKey, keyOfArea } from '../../../src/evidence/tpm/attestation-key.ts';
import {
  encodeTpmEvidence,
  type PcrValues,
  parseTpmPublicArea,
  parseTpmQuote,
  type TpmEvidence,
} from '../../../src/evidence/tpm/index.ts';
import { infoOf } from '../../../src/evidence/tpm/signing-key.ts';
import type { AttestationVerdict, VerificationOptions } from '../../../src/spec/v1/attestation.ts';
import { imaEntry, imaTemplateData } from '../../../src/synthetic/ima-log.ts';
import { programsPresent } from './interop.ts';
import { ForeignTpm } from './software-tpm.ts';
import { changed, flip, found, NONCE, NOW, verify } from './support.ts';

const present = programsPresent('Debian packages swtpm, tpm2-tools', 'swtpm', 'tpm2_quote');
const SELECTION = 'sha256:0,7,10+sha1:3';
const FILE = { path: '/usr/bin/service', algorithm: 'sm3', digest: sm3(utf8('service')) } as const;
/** In a TPMS_ATTEST whose signer is named by SHA-256 and whose challenge has 32 bytes. */
const RESET_COUNT = 84;
const sha256 = (data: Uint8Array): Uint8Array => createHash('sha256').update(data).digest();

describe.skipIf(!present)('quotes of swtpm', () => {
  let tpm: ForeignTpm;
  let pcrs: PcrValues;
  beforeAll(() => {
    tpm = new ForeignTpm();
    tpm.extend(7, 'sha256', sha256(utf8('policy')));
    tpm.extend(3, 'sha1', createHash('sha1').update('rom').digest());
    tpm.extend(10, 'sha256', sha256(imaTemplateData(FILE)));
    const values = tpm.read(SELECTION);
    pcrs = new Map([
      ['sha256', new Map([0, 7, 10].map((index, at) => [index, values.slice(32 * at, 32 * at + 32)]))],
      ['sha1', new Map([[3, values.slice(96)]])],
    ]);
  });
  afterAll(() => tpm?.stop());

  const trusting = (publicArea: Uint8Array): VerificationOptions => {
    const key: AttestationKey = keyOfArea(parseTpmPublicArea(publicArea));
    return {
      time: NOW,
      reportData: NONCE,
      anchors: { keys: [{ publicKeyInfo: Uint8Array.from(infoOf(key)) }] },
    };
  };
  const judge = (parts: Omit<TpmEvidence, 'profile' | 'pcrs'>): [Uint8Array, AttestationVerdict] => {
    const evidence = encodeTpmEvidence({ profile: 'tpm', pcrs, ...parts });
    return [evidence, verify(evidence, trusting(parts.publicArea!))];
  };

  it.each([
    ['rsa2048:rsassa-sha256:null', 'sha256', 'rsassa'],
    ['rsa2048:rsapss-sha256:null', 'sha256', 'rsapss'],
    ['ecc256:ecdsa-sha256:null', 'sha256', 'ecdsa'],
    ['ecc384:ecdsa-sha384:null', 'sha384', 'ecdsa'],
    // libtpms has the SM2 curve and scheme, but not SM3: the digest without Z is what is proven here.
    ['ecc_sm2:sm2-sha256:null', 'sha256', 'sm2'],
  ])(
    '[part of CC-006] %s: verifies, and a flipped bit of quote or signature does not',
    (key, hash, scheme) => {
      const publicArea = tpm.primary(key, 'e');
      const signed = tpm.quote(SELECTION, NONCE, hash, scheme);
      const [evidence, verdict] = judge({ publicArea, ...signed });
      expect(found(verdict)).toEqual([]);
      expect(isAccepted(verdict)).toBe(true);
      expect(found(verdict, 'passed')).toContain('binding:QUALIFIED_SIGNER_MATCHES');
      expect(verdict.claims.details).toMatchObject({
        hierarchy: 'endorsement',
        signature: `${scheme}-${hash}`,
      });
      const [first, second] = tpm.firmware();
      expect(verdict.claims.versions).toEqual([
        { name: 'tpm-firmware-1', value: first },
        { name: 'tpm-firmware-2', value: second },
      ]);
      const options = trusting(publicArea);
      const wrong = 'signature:EVIDENCE_SIGNATURE_WRONG';
      const clock = changed(evidence, ({ quote }) => ({ quote: flip(quote, RESET_COUNT) }));
      expect(found(verify(clock, options))).toContain(wrong);
      const value = changed(evidence, ({ signature }) => ({ signature: flip(signature, -1) }));
      expect(found(verify(value, options))).toEqual([wrong]);
    },
  );

  it('[part of CC-006] a key below an endorsement key: the qualified name needs its parent', () => {
    const { publicArea, parent } = tpm.child();
    const signed = tpm.quote(SELECTION, NONCE, 'sha256', 'ecdsa');
    const [, verdict] = judge({ publicArea, parents: [parent], ...signed });
    expect(isAccepted(verdict)).toBe(true);
    expect(verdict.claims.details.hierarchy).toBe('endorsement');
    expect(verdict.claims.device).toHaveLength(34);
    expect(judge({ publicArea, ...signed })[1].claims.details.hierarchy).toBeNull();
    const wrong = judge({ publicArea, parents: [publicArea], ...signed })[1];
    expect(found(wrong)).toEqual(['binding:QUALIFIED_SIGNER_MISMATCH']);
  });

  it('[part of CC-022] registers lead from an IMA list', () => {
    const publicArea = tpm.primary('ecc256:ecdsa-sha256:null', 'e');
    const signed = tpm.quote(SELECTION, NONCE, 'sha256', 'ecdsa');
    const imaLog = { digest: 'sha1', log: imaEntry(FILE, 'sha1') } as const;
    const [, verdict] = judge({ publicArea, imaLog, ...signed });
    expect(found(verdict, 'passed')).toContain('event-log:IMA_LOG_REPLAYED');
    expect(verdict.claims.measurements.at(-1)).toMatchObject({
      name: 'ima:sm3:/usr/bin/service',
      value: FILE.digest,
    });
  });

  it('[part of CC-007] a key of the owner hierarchy obfuscates the version, and none is claimed', () => {
    const publicArea = tpm.primary('ecc256:ecdsa-sha256:null', 'o');
    const signed = tpm.quote(SELECTION, NONCE, 'sha256', 'ecdsa');
    const [, verdict] = judge({ publicArea, ...signed });
    expect(isAccepted(verdict)).toBe(true);
    expect(verdict.claims).toMatchObject({
      versions: [],
      details: { hierarchy: 'owner', countersTrue: false },
    });
    const [first, second] = tpm.firmware();
    expect(parseTpmQuote(signed.quote).firmwareVersion).not.toBe((BigInt(first) << 32n) | BigInt(second));
  });

  it('[part of CC-006] an unrestricted key signs a made-up quote, and is refused for what it is', () => {
    const attributes = 'sign|fixedtpm|fixedparent|sensitivedataorigin|userwithauth';
    const publicArea = tpm.primary('ecc256:ecdsa-sha256:null', 'e', attributes);
    const { quote } = tpm.quote(SELECTION, NONCE, 'sha256', 'ecdsa');
    const forged = flip(quote, RESET_COUNT);
    const [, verdict] = judge({ publicArea, quote: forged, signature: tpm.sign(forged) });
    expect(found(verdict, 'passed')).toContain('signature:EVIDENCE_SIGNATURE_RIGHT');
    expect(found(verdict)).toEqual(['certificates:AK_NOT_RESTRICTED']);
  });

  it('[part of CC-006] a fresh challenge, other registers', () => {
    const publicArea = tpm.primary('ecc256:ecdsa-sha256:null', 'e');
    const old = judge({ publicArea, ...tpm.quote(SELECTION, sm3(NONCE), 'sha256', 'ecdsa') })[1];
    expect(found(old)).toEqual(['freshness:NONCE_MISMATCH']);
    const other = judge({ publicArea, ...tpm.quote('sha256:0,7', NONCE, 'sha256', 'ecdsa') })[1];
    expect(found(other)).toEqual(['binding:PCR_NOT_QUOTED']);
    tpm.extend(7, 'sha256', sha256(utf8('another policy')));
    const changedRegister = judge({ publicArea, ...tpm.quote(SELECTION, NONCE, 'sha256', 'ecdsa') })[1];
    expect(found(changedRegister)).toEqual(['binding:PCR_DIGEST_MISMATCH']);
  });
});
