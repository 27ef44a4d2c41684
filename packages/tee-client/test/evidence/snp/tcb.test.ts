import { encodeSm2PublicKeyInfo, parseCertificate } from '@cssi/pki';
import { sm2 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { issueNow } from '../../../src/adapters/software/core/issue-now.ts';
import { readEndorsement, SNP_OIDS } from '../../../src/evidence/snp/certificate.ts';
import { encodeTcb, isNoNewer, productOf, tcbParts } from '../../../src/evidence/snp/tcb.ts';
import { NOW } from '../../basics.ts';
import { syntheticSnp } from './support.ts';

const PARTS = { fmc: 1, bootloader: 2, tee: 3, snp: 4, microcode: 255 };

describe('versions of the trusted computing base of AMD', () => {
  it('stand where the firmware’s specification puts them [part of CC-007]', () => {
    const milan = Uint8Array.of(2, 3, 0, 0, 0, 0, 4, 255);
    const turin = Uint8Array.of(1, 2, 3, 4, 0, 0, 0, 255);
    expect(encodeTcb(PARTS, 'Milan')).toEqual(milan);
    expect(encodeTcb(PARTS, 'Genoa')).toEqual(milan);
    expect(encodeTcb(PARTS, 'Turin')).toEqual(turin);
    expect(Object.fromEntries(tcbParts(turin, 'Turin'))).toEqual(PARTS);
    const { fmc, ...older } = PARTS;
    expect(fmc).toBe(1);
    expect(Object.fromEntries(tcbParts(milan, undefined))).toEqual(older);
  });

  it('are compared part by part', () => {
    const of = (changes: Partial<typeof PARTS>) => encodeTcb({ ...PARTS, ...changes }, 'Turin');
    const now = of({});
    expect(isNoNewer(now, now, 'Turin')).toBe(true);
    for (const part of ['fmc', 'bootloader', 'tee', 'snp'] as const) {
      expect(isNoNewer(of({ [part]: PARTS[part] + 1 }), now, 'Turin')).toBe(false);
      expect(isNoNewer(of({ [part]: PARTS[part] - 1 }), now, 'Turin')).toBe(true);
    }
  });

  it.each([
    [0x19, 0x00, 'Milan'],
    [0x19, 0x0f, 'Milan'],
    [0x19, 0x10, 'Genoa'],
    [0x19, 0x1f, 'Genoa'],
    [0x19, 0x20, undefined],
    [0x19, 0x9f, undefined],
    [0x19, 0xa0, 'Genoa'],
    [0x19, 0xaf, 'Genoa'],
    [0x19, 0xb0, undefined],
    [0x1a, 0x00, 'Turin'],
    [0x1a, 0x11, 'Turin'],
    [0x1a, 0x12, undefined],
    [0x17, 0x00, undefined],
  ] as const)('processor %i/%i is %s', (family, model, product) => {
    expect(productOf(family, model)).toBe(product);
  });
});

describe('a certificate with AMD’s extensions', () => {
  it('is none of an endorsement key with a key of another curve', () => {
    const vcek = parseCertificate(syntheticSnp().endorse().certificate);
    expect(readEndorsement(vcek)).toMatchObject({ kind: 'vcek', product: 'Milan' });
    const pair = sm2.generateKeyPair();
    const publicKeyInfo = encodeSm2PublicKeyInfo(pair.publicKey);
    const name = { commonName: 'SEV-VCEK' };
    const der = issueNow(
      {
        subject: name,
        issuer: name,
        publicKeyInfo,
        issuerPublicKeyInfo: publicKeyInfo,
        profile: 'device-signing',
        notBefore: NOW,
        notAfter: new Date('2027-01-01T00:00:00Z'),
        // The chip's identifier as AMD writes it is no DER, which our own issuer insists on.
        extensions: vcek.extensions.map((extension) =>
          extension.oid === SNP_OIDS.hwId
            ? { ...extension, value: Uint8Array.of(0x04, 0x40, ...extension.value) }
            : extension,
        ),
      },
      pair,
    );
    const certificate = parseCertificate(der);
    expect(certificate.extensions.some(({ oid }) => oid === SNP_OIDS.hwId)).toBe(true);
    expect(readEndorsement(certificate)).toBeUndefined();
  });
});
