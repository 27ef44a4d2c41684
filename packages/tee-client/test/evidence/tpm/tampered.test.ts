import { parseCertificate } from '@cssi/pki';
import { sm3, utf8 } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TpmEvidence } from '../../../src/evidence/tpm/index.ts';
import type { AttestationVerdict } from '../../../src/spec/v1/attestation.ts';
import type { SyntheticTpm } from '../../../src/synthetic/tpm.ts';
import {
  anchored,
  changed,
  flip,
  found,
  machine,
  malformation,
  NONCE,
  NOW,
  verify,
  withFiles,
  without,
} from './support.ts';

/** Offsets in a TPMS_ATTEST whose signer is named by a 32-byte hash and whose challenge has 32 bytes. */
const AT = {
  magic: 0,
  type: 4,
  signerAlgorithm: 8,
  signer: 10,
  extraDataLength: 43,
  extraData: 44,
  clock: 76,
  resetCount: 84,
  restartCount: 88,
  safe: 92,
  firmwareVersion: 93,
  selectionCount: 104,
  bank: 106,
  selection: 108,
  pcrDigest: -1,
} as const;

const SIGNATURE = 'signature:EVIDENCE_SIGNATURE_WRONG';

describe('tampered quotes', () => {
  let tpm: SyntheticTpm;
  let other: SyntheticTpm;
  let evidence: Uint8Array;
  beforeAll(async () => {
    tpm = withFiles(await machine());
    other = withFiles(await machine());
    other.extend(0, utf8('implant'));
    evidence = tpm.evidence(NONCE);
  });
  const judged = (change: (parts: TpmEvidence) => Partial<TpmEvidence>): AttestationVerdict =>
    verify(changed(evidence, change), anchored(tpm));
  const failed = (change: (parts: TpmEvidence) => Partial<TpmEvidence>): string[] => found(judged(change));

  it.each([
    ['signer algorithm', AT.signerAlgorithm, [SIGNATURE, 'binding:QUALIFIED_SIGNER_MISMATCH']],
    ['signer', AT.signer, [SIGNATURE, 'binding:QUALIFIED_SIGNER_MISMATCH']],
    ['challenge', AT.extraData, [SIGNATURE, 'freshness:NONCE_MISMATCH']],
    ['clock', AT.clock, [SIGNATURE]],
    ['reset count', AT.resetCount, [SIGNATURE]],
    ['restart count', AT.restartCount, [SIGNATURE]],
    ['safe flag', AT.safe, [SIGNATURE]],
    ['firmware version', AT.firmwareVersion, [SIGNATURE]],
    ['register digest', AT.pcrDigest, [SIGNATURE, 'binding:PCR_DIGEST_MISMATCH']],
    // PCR 8 of SHA-256 is no longer selected, but its value stands there.
    ['selection', AT.selection + 1, [SIGNATURE, 'binding:PCR_NOT_QUOTED']],
  ])('[part of CC-006] a flipped %s', (_name, at, expected) => {
    const verdict = judged(({ quote }) => ({ quote: flip(quote, at) }));
    expect(found(verdict)).toEqual(expected);
    expect(verdict.integrity.status).toBe('failed');
  });

  it.each([
    ['magic', AT.magic, 'quote-magic'],
    ['type', AT.type, 'quote-type'],
    ['length of the challenge', AT.extraDataLength, undefined],
    ['count of selections', AT.selectionCount, undefined],
    ['bank', AT.bank, 'quote-pcr-bank'],
  ])('[part of CC-006] a flipped %s is no quote', (_name, at, reason) => {
    const bad = changed(evidence, ({ quote }) => ({ quote: flip(quote, at, at === AT.bank ? 0x40 : 1) }));
    const said = malformation(() => verify(bad, anchored(tpm)));
    if (reason !== undefined) expect(said).toBe(reason);
  });

  it.each([4, 5, 20, 35, 36, 37, 50, -1])('[part of CC-006] signature byte %i', (at) => {
    const run = () => failed(({ signature }) => ({ signature: flip(signature, at) }));
    // 4, 5 and 38, 39 are the lengths of r and s.
    if (at === 4 || at === 5) expect(malformation(run)).toMatch(/^signature-/);
    else expect(run()).toEqual([SIGNATURE]);
  });

  it('[part of CC-006] r and s swapped, zero, or as large as the order', () => {
    const bodies = ({ signature }: TpmEvidence) =>
      [signature.subarray(6, 38), signature.subarray(40, 72)] as const;
    const build = (parts: TpmEvidence, r: Uint8Array, s: Uint8Array) => ({
      signature: Uint8Array.of(...parts.signature.subarray(0, 4), 0, r.length, ...r, 0, s.length, ...s),
    });
    expect(failed((parts) => build(parts, bodies(parts)[1], bodies(parts)[0]))).toEqual([SIGNATURE]);
    expect(failed((parts) => build(parts, new Uint8Array(32), bodies(parts)[1]))).toEqual([SIGNATURE]);
    expect(failed((parts) => build(parts, bodies(parts)[0], new Uint8Array(0)))).toEqual([SIGNATURE]);
    expect(failed((parts) => build(parts, new Uint8Array(32).fill(0xff), bodies(parts)[1]))).toEqual([
      SIGNATURE,
    ]);
    expect(failed((parts) => build(parts, new Uint8Array(33), bodies(parts)[1]))).toEqual([SIGNATURE]);
  });

  it('[part of CC-006] signed with Z, as applications sign and a TPM does not', () => {
    expect(found(verify(tpm.evidence(NONCE, { withZ: true }), anchored(tpm)))).toEqual([SIGNATURE]);
  });

  it('[part of CC-006] the same signature under another scheme or hash', () => {
    const mismatch = ['signature:SIGNATURE_SCHEME_MISMATCH'];
    expect(failed(({ signature }) => ({ signature: flip(signature, 1, 0x1b ^ 0x18) }))).toEqual(mismatch);
    // The hash of the register digest is that of the signature.
    expect(failed(({ signature }) => ({ signature: flip(signature, 3, 0x12 ^ 0x0b) }))).toEqual([
      ...mismatch,
      'binding:PCR_DIGEST_MISMATCH',
    ]);
  });

  it('[part of CC-006] a hash that does not go with the scheme, a scheme that does not go with the key', async () => {
    const rsa = await machine({ key: 'rsassa-sha256' });
    const judgedAs = (one: SyntheticTpm, signature: Uint8Array): string[] => {
      const named = changed(one.evidence(NONCE), () => ({ publicKeyInfo: one.publicKeyInfo, signature }));
      return found(verify(without(named, 'publicArea', 'parents'), anchored(one))).filter((code) =>
        code.startsWith('signature'),
      );
    };
    const [own, theirs] = [tpm.quote(NONCE).signature, rsa.quote(NONCE).signature];
    const unsupported = ['signature:SIGNATURE_ALGORITHM_UNSUPPORTED'];
    expect(judgedAs(tpm, flip(own, 3, 0x12 ^ 0x0d))).toEqual(unsupported);
    expect(judgedAs(rsa, flip(theirs, 3, 0x0b ^ 0x12))).toEqual(unsupported);
    expect(judgedAs(tpm, theirs)).toEqual([SIGNATURE]);
    expect(judgedAs(rsa, own)).toEqual([SIGNATURE]);
    const ecdsa = Uint8Array.of(0, 0x18, 0, 0x0b, ...own.subarray(4));
    expect([judgedAs(tpm, ecdsa), judgedAs(rsa, ecdsa)]).toEqual([[SIGNATURE], [SIGNATURE]]);
  });

  it.each([0, 7, 10, 23])('[part of CC-006] another value for PCR %i', (index) => {
    const verdict = judged(({ pcrs }) => {
      const bank = new Map(pcrs.get('sm3'));
      bank.set(index, flip(bank.get(index)!, 0));
      return { pcrs: new Map([...pcrs, ['sm3', bank]]) };
    });
    expect(found(verdict)).toEqual(['binding:PCR_DIGEST_MISMATCH']);
    expect(verdict.claims.measurements).toEqual([]);
  });

  it('[part of CC-006] a value more, a value less, banks exchanged', () => {
    const edit = (change: (bank: Map<number, Uint8Array>) => void) => (parts: TpmEvidence) => {
      const bank = new Map(parts.pcrs.get('sm3'));
      change(bank);
      return { pcrs: new Map([...parts.pcrs, ['sm3', bank] as const]) };
    };
    expect(failed(edit((bank) => bank.set(16, new Uint8Array(32))))).toEqual(['binding:PCR_NOT_QUOTED']);
    expect(failed(edit((bank) => bank.delete(7)))).toEqual(['binding:PCR_VALUE_MISSING']);
    expect(
      failed(({ pcrs }) => ({
        pcrs: new Map([
          ['sm3', pcrs.get('sha256')!],
          ['sha256', pcrs.get('sm3')!],
        ]),
      })),
    ).toEqual(['binding:PCR_DIGEST_MISMATCH']);
    expect(failed(({ pcrs }) => ({ pcrs: new Map([['sm3', pcrs.get('sm3')!]]) }))).toEqual([
      'binding:PCR_VALUE_MISSING',
    ]);
  });

  it('[part of CC-006] spliced: parts of another genuine TPM', () => {
    const theirs = other.quote(NONCE);
    expect(failed(() => ({ signature: theirs.signature }))).toEqual([SIGNATURE]);
    expect(failed(() => theirs)).toEqual([
      SIGNATURE,
      'binding:QUALIFIED_SIGNER_MISMATCH',
      'binding:PCR_DIGEST_MISMATCH',
    ]);
    expect(failed(() => ({ publicArea: other.publicArea }))).toEqual([
      SIGNATURE,
      'binding:AK_PARTS_DIFFER',
      'binding:QUALIFIED_SIGNER_MISMATCH',
    ]);
    expect(failed(() => ({ parents: [other.parent] }))).toEqual(['binding:QUALIFIED_SIGNER_MISMATCH']);
    expect(failed(() => ({ publicKeyInfo: other.publicKeyInfo }))).toEqual(['binding:AK_PARTS_DIFFER']);
    expect(failed(() => ({ certificates: other.certificates }))).toEqual(
      expect.arrayContaining(['binding:AK_PARTS_DIFFER', 'chain:NO_PATH_TO_ANCHOR']),
    );
    expect(found(verify(other.evidence(NONCE), anchored(tpm)))).toContain('chain:NO_PATH_TO_ANCHOR');
  });

  it('[part of CC-006] wrong chain: no issuer, another root, a flipped certificate', () => {
    expect(failed(({ certificates }) => ({ certificates: certificates!.slice(0, 1) }))).toContain(
      'chain:NO_PATH_TO_ANCHOR',
    );
    const stranger = { ...anchored(tpm), anchors: { certificates: [parseCertificate(other.root)] } };
    expect(found(verify(evidence, stranger))).toContain('chain:NO_PATH_TO_ANCHOR');
    expect(
      failed(({ certificates }) => ({ certificates: [flip(certificates![0]!, -1), certificates![1]!] })),
    ).toContain('chain:CERTIFICATE_SIGNATURE_WRONG');
    expect(
      malformation(() => failed(({ certificates }) => ({ certificates: [flip(certificates![0]!, 0)] }))),
    ).toBe('certificate');
  });

  it('[part of CC-006] wrong time, wrong challenge', () => {
    const late = verify(evidence, { ...anchored(tpm), time: new Date('2037-01-01T00:00:00Z') });
    expect(new Set(late.steps.filter(({ status }) => status === 'failed').map(({ step }) => step))).toEqual(
      new Set(['validity']),
    );
    const early = verify(evidence, { ...anchored(tpm), time: new Date('2025-01-01T00:00:00Z') });
    expect(new Set(early.steps.filter(({ status }) => status === 'failed').map(({ step }) => step))).toEqual(
      new Set(['validity']),
    );
    for (const reportData of [sm3(NONCE), NONCE.subarray(1), new Uint8Array(32), new Uint8Array(64)]) {
      expect(found(verify(evidence, { ...anchored(tpm), reportData }))).toEqual(['freshness:NONCE_MISMATCH']);
    }
    expect(found(verify(tpm.evidence(new Uint8Array()), anchored(tpm)))).toEqual([
      'freshness:NONCE_MISMATCH',
    ]);
  });

  it('[part of CC-006] a trusted key of another TPM vouches for nothing', () => {
    const anchors = { keys: [{ publicKeyInfo: other.publicKeyInfo }] };
    for (const one of [evidence, without(evidence, 'certificates')]) {
      expect(found(verify(one, { time: NOW, anchors, reportData: NONCE }))).toEqual(['chain:AK_NOT_VOUCHED']);
    }
    expect(found(verify(without(evidence, 'certificates'), anchored(tpm)))).toEqual(['chain:AK_NOT_VOUCHED']);
  });
});
