import { X509Certificate } from 'node:crypto';
import { parseCertificate } from '@cssi/pki';
import { concatBytes, toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { encodeCbor } from '../../../src/evidence/cbor/index.ts';
import { nitroVerifier, parseNitroDocument } from '../../../src/evidence/nitro/index.ts';
import type { VerificationOptions } from '../../../src/spec/v1/attestation.ts';
import { createSyntheticNitro } from '../../../src/synthetic/nitro.ts';
import { failedSteps, flipped, indexOf, refusal, replaced, seeded, statusOf } from '../cbor/support.ts';
import { sample, samplePresent } from '../samples.ts';
import { partsOf, withClaims } from './support.ts';

/** The vendor publishes it beside the root certificate. */
const ROOT_FINGERPRINT = '641A0321A3E244EFE456463195D606317ED7CDCC3C1756E09893F3C68F79BB5B';
/** Of the sample: its certificates were valid for three hours. */
const TIME = new Date('2022-10-13T09:00:00Z');
const present = samplePresent('nitro.bin');
const genuine = present ? sample('nitro.bin') : new Uint8Array(0);

/** The root out of the document, but only when it is the vendor's. */
function vendorRoot() {
  const root = parseNitroDocument(genuine).cabundle[0]!;
  const fingerprint = new X509Certificate(root).fingerprint256.replaceAll(':', '');
  if (fingerprint !== ROOT_FINGERPRINT) throw new Error('not the root of the vendor');
  return parseCertificate(root);
}

const nonceOf = () => parseNitroDocument(genuine).nonce!;
const options = (): VerificationOptions => ({
  time: TIME,
  anchors: { certificates: [vendorRoot()] },
  reportData: nonceOf(),
});
const verify = (evidence: Uint8Array, changes: Partial<VerificationOptions> = {}) =>
  nitroVerifier.verify(evidence, { ...options(), ...changes });

const SIGNATURE = 'signature EVIDENCE_SIGNATURE_WRONG';

describe.skipIf(!present)('[part of CC-006] the Nitro document of real hardware', () => {
  it('is verified under the root of the vendor', () => {
    const verdict = verify(genuine);
    expect(failedSteps(verdict)).toEqual([]);
    expect(statusOf(verdict)).toBe('passed passed passed');
    expect([...new Set(verdict.steps.map(({ step }) => step))]).toEqual([
      'format',
      'certificates',
      'chain',
      'signature',
      'freshness',
      'validity',
    ]);
    const { claims } = verdict;
    expect(claims.type).toBe('nitro');
    expect(claims.deployment).toBe('enclave');
    expect(claims.debug).toBe('disabled');
    expect(claims.memoryEncryption).toBe('unknown');
    expect(claims.issuedAt).toEqual(new Date('2022-10-13T08:58:02.136Z'));
    expect(claims.device).toEqual(utf8('i-020b6af9246d90e92'));
    expect(claims.details.moduleId).toBe('i-020b6af9246d90e92-enc0183d09086c24190');
    expect(claims.details.userData).toBeNull();
    expect(claims.measurements).toHaveLength(16);
    const pcr0 = claims.measurements.find(({ name }) => name === 'pcr0')!;
    expect(toHex(pcr0.value)).toMatch(/^f4d48b81a460c991/);
    expect([pcr0.role, pcr0.algorithm]).toEqual(['workload', 'sha384']);
    expect(claims.reportData).toEqual(nonceOf());
  });

  it('is recognised, and cut or under another head it is not', () => {
    expect(nitroVerifier.recognises(genuine)).toBe(true);
    expect(nitroVerifier.recognises(concatBytes(Uint8Array.of(0xd2), genuine))).toBe(true);
    expect(failedSteps(verify(concatBytes(Uint8Array.of(0xd2), genuine)))).toEqual([]);
    for (let length = 0; length < 16; length++) {
      expect(nitroVerifier.recognises(genuine.subarray(0, length))).toBe(false);
    }
    for (let at = 0; at < 7; at++) expect(nitroVerifier.recognises(flipped(genuine, at, 6))).toBe(false);
    expect(nitroVerifier.recognises(concatBytes(genuine, new Uint8Array(16_384)))).toBe(false);
  });

  it('without anchors trust stays open, without a nonce time does', () => {
    expect(statusOf(verify(genuine, { anchors: {} }))).toBe('passed indeterminate passed');
    const { reportData: _, ...rest } = options();
    const verdict = nitroVerifier.verify(genuine, rest);
    expect(statusOf(verdict)).toBe('passed passed indeterminate');
    expect(verdict.steps.find(({ step }) => step === 'freshness')?.code).toBe('NONCE_NOT_COMPARED');
  });

  it('every register and every other signed field counts', () => {
    const { pcrs, nonce, certificate, cabundle } = parseNitroDocument(genuine);
    for (const [index, value] of pcrs) {
      const changed = new Map(pcrs).set(index, flipped(value, index, 3));
      expect(failedSteps(verify(withClaims(genuine, { pcrs: changed })))).toEqual([SIGNATURE]);
    }
    expect(
      failedSteps(verify(withClaims(genuine, { module_id: 'i-020b6af9246d90e93-enc0183d09086c24190' }))),
    ).toEqual([SIGNATURE]);
    expect(failedSteps(verify(withClaims(genuine, { timestamp: 1_665_651_482_137 })))).toEqual([SIGNATURE]);
    expect(failedSteps(verify(withClaims(genuine, { user_data: utf8('mine') })))).toEqual([SIGNATURE]);
    expect(failedSteps(verify(withClaims(genuine, { public_key: utf8('mine') })))).toEqual([SIGNATURE]);
    expect(failedSteps(verify(withClaims(genuine, { more: 1 })))).toEqual([SIGNATURE]);
    const wrong = { nonce: flipped(nonce!, 200) };
    expect(failedSteps(verify(withClaims(genuine, wrong)))).toEqual(['freshness NONCE_MISMATCH', SIGNATURE]);
    expect(failedSteps(verify(withClaims(genuine, { nonce: null })))).toEqual([
      'freshness NONCE_MISMATCH',
      SIGNATURE,
    ]);
    // The last byte of a certificate is of its signature.
    const leaf = { certificate: flipped(certificate, certificate.length - 1) };
    expect(failedSteps(verify(withClaims(genuine, leaf)))).toEqual([
      'chain CERTIFICATE_SIGNATURE_WRONG',
      'chain NO_PATH_TO_ANCHOR',
      SIGNATURE,
    ]);
    cabundle.forEach((der, index) => {
      const changed = cabundle.map((one, at) => (at === index ? flipped(der, der.length - 1) : one));
      const chain =
        index === 0
          ? ['chain CABUNDLE_ROOT_NOT_ANCHOR']
          : ['chain CERTIFICATE_SIGNATURE_WRONG', 'chain NO_PATH_TO_ANCHOR'];
      expect(failedSteps(verify(withClaims(genuine, { cabundle: changed })))).toEqual([...chain, SIGNATURE]);
    });
  });

  it('every byte of the signature and of the protected header counts', () => {
    const [header, unprotectedHeader, payload, signature] = partsOf(genuine);
    for (let at = 0; at < signature.length; at += 5) {
      const changed = encodeCbor([header, unprotectedHeader, payload, flipped(signature, at, at % 8)]);
      expect(failedSteps(verify(changed))).toEqual([SIGNATURE]);
    }
    const es512 = encodeCbor([encodeCbor(new Map([[1, -36]])), unprotectedHeader, payload, signature]);
    expect(failedSteps(verify(es512))).toEqual(['signature EVIDENCE_ALGORITHM_WRONG']);
    const none = encodeCbor([new Uint8Array(0), unprotectedHeader, payload, signature]);
    expect(failedSteps(verify(none))).toEqual(['signature EVIDENCE_ALGORITHM_WRONG']);
  });

  it('changes in the certificates are found wherever they are', () => {
    const { certificate, cabundle } = parseNitroDocument(genuine);
    const random = seeded('nitro certificates');
    for (let round = 0; round < 60; round++) {
      const der = [certificate, ...cabundle][random(5)]!;
      const changed = replaced(genuine, der, flipped(der, random(der.length), random(8)));
      try {
        const failed = failedSteps(verify(changed));
        expect(failed).toContain(SIGNATURE);
      } catch (error) {
        expect((error as { code?: string }).code).toBe('ERR_TEE_EVIDENCE_MALFORMED');
      }
    }
  });

  it('cut anywhere, or with something behind, it is malformed', () => {
    for (let length = 0; length < genuine.length; length += length < 200 ? 1 : 97) {
      expect(refusal(() => verify(genuine.slice(0, length)))).toMatch(/^cbor-/);
    }
    expect(refusal(() => verify(concatBytes(genuine, Uint8Array.of(0))))).toBe('cbor-trailing');
    expect(refusal(() => verify(new Uint8Array(16_385)))).toBe('cbor-length');
  });

  it.each([
    ['before all of them', '2019-01-01T00:00:00Z', ['CERTIFICATE_NOT_YET_VALID', 'EVIDENCE_FROM_FUTURE']],
    ['before the leaf', '2022-10-13T08:57:30Z', ['CERTIFICATE_NOT_YET_VALID']],
    ['after the leaf', '2022-10-13T11:58:04Z', ['CERTIFICATE_EXPIRED']],
    ['four years later', '2026-12-01T00:00:00Z', ['CERTIFICATE_EXPIRED']],
  ])('at the wrong time (%s) the validity fails and nothing else', (_, time, codes) => {
    const failed = failedSteps(verify(genuine, { time: new Date(time) }));
    expect(failed).toEqual(codes.map((code) => `validity ${code}`));
  });

  it('the edges of the validity: first and last second of the leaf', () => {
    for (const time of ['2022-10-13T08:57:59Z', '2022-10-13T11:58:02.999Z']) {
      expect(statusOf(verify(genuine, { time: new Date(time) }))).toBe('passed passed passed');
    }
  });

  it('with the wrong nonce freshness fails and nothing else', () => {
    const nonce = nonceOf();
    const wrong = [
      flipped(nonce, 0),
      nonce.subarray(0, 64),
      concatBytes(nonce, Uint8Array.of(0)),
      utf8('x'),
      new Uint8Array(0),
    ];
    for (const reportData of wrong) {
      expect(failedSteps(verify(genuine, { reportData }))).toEqual(['freshness NONCE_MISMATCH']);
    }
  });

  it('with wrong anchors the chain fails and nothing else', async () => {
    const { root } = await createSyntheticNitro(TIME);
    expect(failedSteps(verify(genuine, { anchors: { certificates: [root] } }))).toEqual([
      'chain CABUNDLE_ROOT_NOT_ANCHOR',
      'chain NO_PATH_TO_ANCHOR',
      'chain SELF_SIGNED_NOT_TRUSTED',
    ]);
    // A certificate below the root reaches no further than itself.
    const region = parseCertificate(parseNitroDocument(genuine).cabundle[1]!);
    expect(failedSteps(verify(genuine, { anchors: { certificates: [region] } }))).toEqual([
      'chain CABUNDLE_ROOT_NOT_ANCHOR',
    ]);
  });

  it('spliced with parts of another document it fails at the part that does not belong', async () => {
    const other = await createSyntheticNitro(TIME);
    const foreign = other.document({ nonce: nonceOf() });
    const [header, unprotectedHeader, payload, signature] = partsOf(genuine);
    const splice = (by: Uint8Array, to: Uint8Array) =>
      verify(encodeCbor([header, unprotectedHeader, by, to]));
    expect(failedSteps(splice(payload, partsOf(foreign)[3]))).toEqual([SIGNATURE]);
    const untrusted = [
      'chain CABUNDLE_ROOT_NOT_ANCHOR',
      'chain NO_PATH_TO_ANCHOR',
      'chain SELF_SIGNED_NOT_TRUSTED',
    ];
    expect(failedSteps(splice(partsOf(foreign)[2], signature))).toEqual([...untrusted, SIGNATURE]);
    // Whole and well signed, but by a hypervisor of one's own.
    expect(failedSteps(verify(foreign))).toEqual(untrusted);
    // A key of one's own under the chain of the real one.
    const { certificate, cabundle } = parseNitroDocument(genuine);
    expect(failedSteps(verify(other.document({ nonce: nonceOf(), cabundle })))).toEqual([
      'certificates CABUNDLE_OUT_OF_ORDER',
      'chain ISSUER_UNKNOWN',
      'chain NO_PATH_TO_ANCHOR',
    ]);
    // The chain and the leaf of the real one, signed by a key of one's own.
    expect(failedSteps(verify(other.document({ nonce: nonceOf(), cabundle, certificate })))).toEqual([
      SIGNATURE,
    ]);
  });

  it('seeded changes of any byte are refused or fail', () => {
    const random = seeded('nitro document');
    const start = indexOf(genuine, utf8('module_id'));
    for (let round = 0; round < 300; round++) {
      const at = start + random(genuine.length - start);
      try {
        expect(failedSteps(verify(flipped(genuine, at, random(8))))).not.toEqual([]);
      } catch (error) {
        expect((error as { code?: string }).code).toBe('ERR_TEE_EVIDENCE_MALFORMED');
      }
    }
  });
});
