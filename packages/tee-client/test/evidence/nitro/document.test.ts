import { parseCertificate } from '@cssi/pki';
import { isAccepted, utf8 } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CborValue } from '../../../src/evidence/cbor/index.ts';
import { signCoseSign1 } from '../../../src/evidence/cose/index.ts';
import { nitroVerifier, parseNitroDocument } from '../../../src/evidence/nitro/index.ts';
import type { VerificationOptions } from '../../../src/spec/v1/attestation.ts';
import { createSyntheticCca } from '../../../src/synthetic/cca.ts';
import { createSyntheticNitro, type SyntheticNitro } from '../../../src/synthetic/nitro.ts';
import { failedSteps, refusal, statusOf } from '../cbor/support.ts';
import { changedPayload, partsOf } from './support.ts';

const TIME = new Date('2026-12-01T00:00:00Z');
const NONCE = utf8('a challenge of some bytes');
let nitro: SyntheticNitro;

beforeAll(async () => {
  nitro = await createSyntheticNitro(TIME);
});

const verify = (evidence: Uint8Array, changes: Partial<VerificationOptions> = {}) =>
  nitroVerifier.verify(evidence, { time: TIME, anchors: nitro.anchors, reportData: NONCE, ...changes });

/** A document that says something else, well signed. */
const stating = (claims: Readonly<Record<string, CborValue | undefined>>) =>
  signCoseSign1(changedPayload(partsOf(nitro.document({ nonce: NONCE }))[2], claims), nitro.signer, {
    tagged: false,
  });

describe('[part of CC-006] [part of CC-020] synthetic Nitro documents', () => {
  it('are verified, and say so in their names', () => {
    const verdict = verify(nitro.document({ nonce: NONCE, userData: utf8('user'), publicKey: utf8('key') }));
    expect(isAccepted(verdict)).toBe(true);
    expect(verdict.claims.details).toEqual({
      moduleId: 'i-00000000synthetic-enc0000',
      userData: '75736572',
      publicKey: '6b6579',
    });
    expect(nitro.root.subject.commonName).toContain('SYNTHETIC');
    expect(verdict.claims.trustedSoftware).toContain('nitro hypervisor');
    expect(verdict.claims.untrustedSoftware).toContain('parent instance operating system');
  });

  it('debug is enabled when registers 0 to 2 are zero, all of them', () => {
    const debugOf = (evidence: Uint8Array) => verify(evidence).claims.debug;
    expect(debugOf(nitro.document({ nonce: NONCE }))).toBe('disabled');
    expect(debugOf(nitro.document({ nonce: NONCE, debug: true }))).toBe('enabled');
    const { pcrs } = parseNitroDocument(nitro.document({ debug: true }));
    for (const index of [0, 1, 2]) {
      const one = new Map(pcrs).set(index, new Uint8Array(48).fill(1));
      expect(debugOf(nitro.document({ nonce: NONCE, pcrs: one }))).toBe('disabled');
      const without = new Map(pcrs);
      without.delete(index);
      expect(debugOf(nitro.document({ nonce: NONCE, pcrs: without }))).toBe('unknown');
    }
  });

  it('the registers become measurements of what they are of', () => {
    const { measurements } = verify(nitro.document({ nonce: NONCE })).claims;
    expect(measurements.map(({ name, role }) => `${name} ${role}`)).toEqual([
      'pcr0 workload',
      'pcr1 boot',
      'pcr2 workload',
      'pcr3 platform',
      'pcr4 platform',
      'pcr5 workload',
      'pcr6 workload',
      'pcr7 workload',
      'pcr8 signer',
      ...[9, 10, 11, 12, 13, 14, 15].map((index) => `pcr${index} workload`),
    ]);
  });

  it('a time of issue outside of the certificate, or in the future, fails the validity', () => {
    const at = (minutes: number) =>
      nitro.document({ nonce: NONCE, timestamp: new Date(TIME.getTime() + minutes * 60_000) });
    expect(isAccepted(verify(at(1)))).toBe(true);
    expect(failedSteps(verify(at(2)))).toEqual(['validity EVIDENCE_FROM_FUTURE']);
    expect(failedSteps(verify(at(-1)))).toEqual(['validity EVIDENCE_OUTSIDE_CERTIFICATE']);
    const later = { time: new Date(TIME.getTime() + 7_200_000) };
    expect(isAccepted(verify(at(119), later))).toBe(true);
    const expired = { time: new Date(TIME.getTime() + 11_000_000) };
    expect(failedSteps(verify(at(179), expired))).toEqual(['validity CERTIFICATE_EXPIRED']);
    expect(failedSteps(verify(at(182), expired))).toEqual([
      'validity CERTIFICATE_EXPIRED',
      'validity EVIDENCE_OUTSIDE_CERTIFICATE',
    ]);
  });

  it('certificates out of order fail, though a path would be found', () => {
    const [root, region, zone, instance] = nitro.cabundle as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    const fail = 'certificates CABUNDLE_OUT_OF_ORDER';
    const withBundle = (cabundle: Uint8Array[]) =>
      failedSteps(verify(nitro.document({ nonce: NONCE, cabundle })));
    expect(withBundle([root, zone, region, instance])).toEqual([fail]);
    expect(withBundle([region, zone, instance])).toEqual([fail, 'chain CABUNDLE_ROOT_NOT_ANCHOR']);
    expect(withBundle([instance, zone, region, root])).toEqual([fail, 'chain CABUNDLE_ROOT_NOT_ANCHOR']);
    expect(withBundle([root, region, instance])).toEqual([
      fail,
      'chain ISSUER_UNKNOWN',
      'chain NO_PATH_TO_ANCHOR',
    ]);
  });

  it('a certificate that may not sign data fails', () => {
    const certificate = nitro.cabundle[3]!;
    const cabundle = nitro.cabundle.slice(0, 3);
    const verdict = verify(nitro.document({ nonce: NONCE, certificate, cabundle }));
    expect(failedSteps(verdict)).toEqual([
      'certificates KEY_USAGE_WRONG',
      'signature EVIDENCE_SIGNATURE_WRONG',
    ]);
  });

  it.each(['SM2-SM3', 'ES256', 'ES512'] as const)(
    'of a key for %s under an anchor that is there for other evidence fails',
    async (algorithm) => {
      const profile = algorithm === 'SM2-SM3' ? 'sm' : '1.0';
      const other = await createSyntheticCca({ profile, algorithm, time: TIME });
      const [certificate, ca] = other.platformChain as [Uint8Array, Uint8Array];
      const root = other.certificateAnchors.certificates![0]!;
      const cabundle = [root.raw, ca];
      const forged = nitro.document({ nonce: NONCE, certificate, cabundle, signer: other.platformSigner });
      const anchors = { certificates: [nitro.root, root] };
      expect(failedSteps(verify(forged, { anchors }))).toEqual(['signature EVIDENCE_ALGORITHM_WRONG']);
    },
  );

  it('stands beside as many endorsements as there may be', () => {
    const given = (length: number) => ({ certificates: Array.from({ length }, () => nitro.root) });
    const evidence = nitro.document({ nonce: NONCE });
    const { cabundle } = nitro;
    const room = { endorsements: given(256 - cabundle.length + 1) };
    expect(failedSteps(verify(evidence, room))).toEqual([]);
    // No room for the document's own: not an error of the caller's, but no path either.
    expect(failedSteps(verify(evidence, { endorsements: given(256) }))).toEqual([
      'chain ISSUER_UNKNOWN',
      'chain NO_PATH_TO_ANCHOR',
    ]);
  });

  it('without a nonce in the document a challenge is not answered', () => {
    const verdict = verify(nitro.document());
    expect(failedSteps(verdict)).toEqual(['freshness NONCE_MISMATCH']);
    expect(verdict.claims.reportData).toEqual(new Uint8Array(0));
  });

  it('certificates beside the document do not replace those inside', () => {
    const [root, region, , instance] = nitro.cabundle as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    const evidence = nitro.document({ nonce: NONCE, cabundle: [root, region, instance] });
    const endorsements = { certificates: nitro.cabundle.map((der) => parseCertificate(der)) };
    expect(failedSteps(verify(evidence, { endorsements }))).toEqual(['certificates CABUNDLE_OUT_OF_ORDER']);
  });

  it.each<[string, Readonly<Record<string, CborValue | undefined>>, string]>([
    ['no module id', { module_id: undefined }, 'nitro-module_id'],
    ['an empty module id', { module_id: '' }, 'nitro-module_id'],
    ['a module id that is bytes', { module_id: utf8('i') }, 'nitro-module_id'],
    ['a long module id', { module_id: 'i'.repeat(257) }, 'nitro-module_id'],
    ['another digest', { digest: 'SHA256' }, 'nitro-digest'],
    ['no time', { timestamp: undefined }, 'nitro-timestamp'],
    ['the time 0', { timestamp: 0 }, 'nitro-timestamp'],
    ['a negative time', { timestamp: -1 }, 'nitro-timestamp'],
    ['a time no date holds', { timestamp: 8.64e15 + 1 }, 'nitro-timestamp'],
    ['a time over 2^53', { timestamp: 2n ** 60n }, 'nitro-timestamp'],
    ['no registers', { pcrs: undefined }, 'nitro-pcrs'],
    ['an empty map of registers', { pcrs: new Map() }, 'nitro-pcrs'],
    ['a register 32', { pcrs: new Map([[32, new Uint8Array(48)]]) }, 'nitro-pcrs'],
    ['a register -1', { pcrs: new Map([[-1, new Uint8Array(48)]]) }, 'nitro-pcrs'],
    ['a register by name', { pcrs: new Map([['0', new Uint8Array(48)]]) }, 'nitro-pcrs'],
    ['a register of 32 bytes', { pcrs: new Map([[0, new Uint8Array(32)]]) }, 'nitro-pcrs'],
    ['no certificate', { certificate: undefined }, 'nitro-certificate'],
    ['a certificate that is none', { certificate: utf8('certificate') }, 'nitro-certificate'],
    ['a long certificate', { certificate: new Uint8Array(1025) }, 'nitro-certificate'],
    ['no bundle', { cabundle: undefined }, 'nitro-cabundle'],
    ['an empty bundle', { cabundle: [] }, 'nitro-cabundle'],
    ['a bundle of 17', { cabundle: Array.from({ length: 17 }, () => new Uint8Array(1)) }, 'nitro-cabundle'],
    ['a bundle of text', { cabundle: ['x'] }, 'nitro-cabundle'],
    ['a bundle with an empty certificate', { cabundle: [new Uint8Array(0)] }, 'nitro-cabundle'],
    ['a bundle with a long certificate', { cabundle: [new Uint8Array(1025)] }, 'nitro-cabundle'],
    ['a bundle of something else', { cabundle: [utf8('root')] }, 'nitro-certificate'],
    ['a nonce that is text', { nonce: 'nonce' }, 'nitro-nonce'],
    ['a long nonce', { nonce: new Uint8Array(1025) }, 'nitro-nonce'],
    ['user data that is a number', { user_data: 1 }, 'nitro-user_data'],
    ['a public key that is text', { public_key: 'key' }, 'nitro-public_key'],
  ])('%s is malformed, however well signed', (_, claims, reason) => {
    expect(refusal(() => verify(stating(claims)))).toBe(reason);
  });

  it('a payload that is no map, or no CBOR, is malformed', () => {
    const sign = (payload: Uint8Array) => signCoseSign1(payload, nitro.signer, { tagged: false });
    expect(refusal(() => verify(sign(Uint8Array.of(0x80))))).toBe('nitro');
    expect(refusal(() => verify(sign(utf8('payload'))))).toMatch(/^cbor-/);
    expect(refusal(() => verify(sign(new Uint8Array(0))))).toBe('cbor-truncated');
  });

  it('trust stays open without anchors, and the claims are stated all the same', () => {
    const verdict = verify(nitro.document({ nonce: NONCE }), { anchors: {} });
    expect(statusOf(verdict)).toBe('passed indeterminate passed');
    expect(verdict.claims.measurements).toHaveLength(16);
  });
});
