import { createPublicKey } from 'node:crypto';
import { encodeSm2PublicKeyInfo } from '@cssi/pki';
import { concatBytes, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import {
  combineTrustFiles,
  looksLikeTrustFile,
  readTrustFile,
} from '../../../src/evidence/trust-files/index.ts';
import { createSyntheticIntelVendor } from '../../../src/synthetic/intel/index.ts';
import { createSyntheticSnp } from '../../../src/synthetic/snp.ts';
import { sample, samplePresent } from '../samples.ts';
import {
  base64url,
  chip,
  counts,
  crlDer,
  ec,
  FROM,
  json,
  leafDer,
  leafPair,
  log,
  NONE,
  pem,
  pretenderDer,
  rootDer,
  rootSigner,
  sm2Jwk,
  spki,
} from './support.ts';

describe('trust files', () => {
  it.each<readonly [string, Uint8Array, Partial<ReturnType<typeof counts>>]>([
    ['a root in DER', rootDer, { kind: 'certificates', roots: 1 }],
    ['a leaf in DER', leafDer, { kind: 'certificates', certificates: 1 }],
    [
      'a bundle in PEM',
      pem(['CERTIFICATE', leafDer], ['CERTIFICATE', rootDer]),
      { kind: 'certificates', roots: 1, certificates: 1 },
    ],
    [
      'everything in one PEM',
      pem(['CERTIFICATE', rootDer], ['X509 CRL', crlDer], ['PUBLIC KEY', spki]),
      { kind: 'certificates', roots: 1, crls: 1, keys: 1 },
    ],
    [
      'one that names itself and is not its own signer',
      pretenderDer,
      { kind: 'certificates', certificates: 1 },
    ],
    ['a list in DER', crlDer, { kind: 'crl', crls: 1 }],
    ['a list in PEM', pem(['X509 CRL', crlDer]), { kind: 'crl', crls: 1 }],
    ['a public key in DER', spki, { kind: 'public-key', keys: 1 }],
    ['an SM2 key in PEM', pem(['PUBLIC KEY', rootSigner.publicKeyInfo]), { kind: 'public-key', keys: 1 }],
    ['a JWK', json(ec.publicKey.export({ format: 'jwk' })), { kind: 'public-key', keys: 1 }],
    ['an SM2 JWK', json(sm2Jwk), { kind: 'public-key', keys: 1 }],
    [
      'a set of JWKs',
      json({ keys: [sm2Jwk, ec.publicKey.export({ format: 'jwk' })] }),
      { kind: 'public-key', keys: 2 },
    ],
    ['HRK', chip.hrk, { kind: 'hygon-root', hygonRoots: 1 }],
    ['HSK', chip.hsk, { kind: 'hygon-certificates', hygon: 1 }],
    ['CEK', chip.cek, { kind: 'hygon-certificates', hygon: 1 }],
    ['HSK and CEK', chip.hskCek, { kind: 'hygon-certificates', hygon: 2 }],
    ['an event log', log, { kind: 'event-log', log: 1 }],
    ['TCB info', json({ tcbInfo: { id: 'TDX' }, signature: '00' }), { kind: 'intel-collateral', tcb: 1 }],
    [
      'QE identity',
      json({ enclaveIdentity: { id: 'QE' }, signature: '00' }),
      { kind: 'intel-collateral', qe: 1 },
    ],
  ])('know %s, whatever its name', (_, bytes, expected) => {
    expect(counts(readTrustFile('file.bin', bytes))).toEqual({ ...NONE, ...expected });
  });

  it('give keys that are the keys', () => {
    const keyOf = (bytes: Uint8Array) => readTrustFile('k', bytes).anchors.keys?.[0]?.publicKeyInfo;
    expect(keyOf(json(ec.publicKey.export({ format: 'jwk' })))).toEqual(spki);
    expect(keyOf(json(sm2Jwk))).toEqual(encodeSm2PublicKeyInfo(leafPair.publicKey));
    expect(
      createPublicKey({ key: Buffer.from(keyOf(spki) ?? []), format: 'der', type: 'spki' }).asymmetricKeyType,
    ).toBe('ec');
  });

  it.each<readonly [string, Uint8Array, string]>([
    ['nothing', new Uint8Array(0), 'unknown'],
    ['text', utf8('trust me'), 'unknown'],
    ['zeros', new Uint8Array(100), 'unknown'],
    [
      'a private key in PEM',
      utf8(ec.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string),
      'private-key',
    ],
    [
      'a private key beside a certificate',
      concatBytes(
        pem(['CERTIFICATE', rootDer]),
        utf8(ec.privateKey.export({ format: 'pem', type: 'sec1' }) as string),
      ),
      'private-key',
    ],
    ['a private JWK', json(ec.privateKey.export({ format: 'jwk' })), 'private-key'],
    ['a symmetric JWK', json({ kty: 'oct', k: 'AAAA' }), 'private-key'],
    ['another PEM', pem(['PKCS7', rootDer]), 'pem-label'],
    ['a broken PEM', utf8('-----BEGIN CERTIFICATE-----\nAAAA\n'), 'pem'],
    ['a PEM of something else', pem(['CERTIFICATE', crlDer]), 'pem'],
    ['a PEM with an unknown key', pem(['PUBLIC KEY', rootDer]), 'public-key'],
    ['DER of something else', Uint8Array.of(0x30, 3, 2, 1, 5), 'der'],
    ['a cut certificate', rootDer.subarray(0, -1), 'der'],
    ['a JWK off its curve', json({ ...sm2Jwk, x: base64url(new Uint8Array(32).fill(1)) }), 'jwk'],
    ['a JWK with a short coordinate', json({ ...sm2Jwk, x: 'AAAA' }), 'jwk'],
    ['a JWK of an unknown curve', json({ ...sm2Jwk, crv: 'P-1' }), 'jwk'],
    ['an empty set', json({ keys: [] }), 'json'],
    ['a set of text', json({ keys: ['x'] }), 'jwk'],
    ['another object', json({ hello: 1 }), 'json'],
    ['TCB info without signature', json({ tcbInfo: {} }), 'json'],
    ['what is no JSON', utf8('{'), 'json'],
    ['a PEK for a CEK', chip.pek, 'hygon-usage'],
    ['HRK and CEK in one', concatBytes(chip.hrk, chip.cek), 'hygon-usage'],
    [
      'an HRK that names another',
      concatBytes(chip.hrk.subarray(0, 20), new Uint8Array(16), chip.hrk.subarray(36)),
      'hygon-usage',
    ],
  ])('refuse %s', (_, bytes, reason) => {
    expect(() => readTrustFile('a "file"', bytes)).toThrow(
      expect.objectContaining({
        code: 'ERR_TEE_OPTION_INVALID',
        detail: expect.stringMatching(
          new RegExp(`^option=trust-file name="a \\\\"file\\\\"" reason=${reason}$`),
        ),
      }),
    );
  });

  it('never fail otherwise, whatever is in them (seed 20261201)', () => {
    let state = 20261201;
    const next = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state;
    };
    console.info('trust files: seed 20261201');
    const originals = [
      rootDer,
      crlDer,
      spki,
      chip.hrk,
      chip.hskCek,
      log,
      json(sm2Jwk),
      pem(['CERTIFICATE', rootDer]),
    ];
    for (let round = 0; round < 600; round++) {
      const bytes = originals[round % originals.length]!.slice(0, round % 5 === 0 ? next() % 400 : undefined);
      for (let i = 0; i < 1 + (next() % 3) && bytes.length > 0; i++)
        bytes[next() % bytes.length] = next() & 0xff;
      try {
        readTrustFile('x', bytes);
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_TEE_OPTION_INVALID' });
      }
    }
  });
});

describe('trust files together', () => {
  const read = (...files: readonly Uint8Array[]) => files.map((bytes, i) => readTrustFile(`${i}`, bytes));

  it('count once what stands in several', () => {
    const { anchors, endorsements } = combineTrustFiles(
      read(
        rootDer,
        pem(['CERTIFICATE', rootDer], ['CERTIFICATE', leafDer]),
        leafDer,
        chip.hsk,
        chip.hskCek,
        chip.hrk,
        crlDer,
        crlDer,
        spki,
        spki,
      ),
    );
    expect(anchors.certificates).toHaveLength(1);
    expect(anchors.hygonRoots).toHaveLength(1);
    expect(anchors.keys).toHaveLength(1);
    expect(endorsements.certificates).toHaveLength(1);
    expect(endorsements.hygon).toHaveLength(2);
    expect(endorsements.crls).toHaveLength(1);
    expect(endorsements.eventLog).toBeUndefined();
  });

  it('join Intel’s statements of one TEE with each other and with their signer', () => {
    const statement = (name: string, id: string) => json({ [name]: { id }, signature: '00' });
    const [tdx, sgx] = [statement('tcbInfo', 'TDX'), statement('tcbInfo', 'SGX')];
    const [tdqe, qe] = [statement('enclaveIdentity', 'TD_QE'), statement('enclaveIdentity', 'QE')];
    const { endorsements } = combineTrustFiles(read(tdx, qe, sgx, tdqe, leafDer));
    expect(endorsements.intel?.map(({ tcbInfo, qeIdentity }) => [tcbInfo, qeIdentity])).toEqual([
      [tdx, tdqe],
      [sgx, qe],
    ]);
    expect(combineTrustFiles(read(tdx, qe)).endorsements.intel).toEqual([]);
  });

  it('put the signer of the statements first', async () => {
    const vendor = await createSyntheticIntelVendor(FROM);
    const ders = [vendor.root, vendor.platformCa, vendor.tcbSigning].map(
      ({ certificate }) => certificate.raw,
    );
    const tcb = json({ tcbInfo: { id: 'SGX' }, signature: '00' });
    const identity = json({ enclaveIdentity: { id: 'QE' }, signature: '00' });
    const { endorsements, anchors } = combineTrustFiles(read(...ders, tcb, identity));
    expect(endorsements.intel?.[0]?.issuers[0]?.subject.commonName).toBe('Intel SGX TCB Signing');
    expect(anchors.certificates).toHaveLength(1);
  });

  it('take one event log, not two', () => {
    expect(combineTrustFiles(read(log, log)).endorsements.eventLog).toEqual(log);
    const other = log.slice();
    other[other.length - 1]! ^= 1;
    expect(() => combineTrustFiles(read(log, other))).toThrow(
      expect.objectContaining({ code: 'ERR_TEE_OPTION_INVALID' }),
    );
  });

  it('sort AMD’s chain: root an anchor, the rest endorsements', () => {
    const amd = createSyntheticSnp({ modulusLength: 2048 });
    const { anchors, endorsements } = combineTrustFiles(
      read(pem(['CERTIFICATE', amd.ask], ['CERTIFICATE', amd.ark]), amd.endorse().certificate),
    );
    expect(anchors.certificates?.map(({ raw }) => raw)).toEqual([amd.ark]);
    expect(endorsements.certificates).toHaveLength(2);
  });

  const NAMES = [
    'hrk.cert',
    'hsk.cert',
    'cek.cert',
    'hsk_cek.cert',
    'milan.pem',
    'test-vcek.der',
    'ccel_csv.bin',
  ] as const;
  it.skipIf(!samplePresent(...NAMES))('read the files of real hardware', () => {
    const kinds = NAMES.map((name) => counts(readTrustFile(name, sample(name))));
    expect(kinds).toEqual([
      { ...NONE, kind: 'hygon-root', hygonRoots: 1 },
      { ...NONE, kind: 'hygon-certificates', hygon: 1 },
      { ...NONE, kind: 'hygon-certificates', hygon: 1 },
      { ...NONE, kind: 'hygon-certificates', hygon: 2 },
      { ...NONE, kind: 'certificates', roots: 1, certificates: 2 },
      { ...NONE, kind: 'certificates', certificates: 1 },
      { ...NONE, kind: 'event-log', log: 1 },
    ]);
  });
});

describe('files that claim to be trust files', () => {
  it.each<readonly [string, Uint8Array]>([
    ['a root in DER', rootDer],
    ['half of one', rootDer.subarray(0, rootDer.length >> 1)],
    ['a key in DER', spki],
    ['a list in PEM', pem(['X509 CRL', crlDer])],
    ['one cut short', pem(['X509 CRL', crlDer]).subarray(0, 60)],
    ['HRK', chip.hrk],
    ['a log', log],
    ['a JWK', json(sm2Jwk)],
    ['a statement cut short', utf8('{"tcbInfo":{')],
    ['a private key', pem(['PRIVATE KEY', spki])],
  ])('%s does', (_, bytes) => {
    expect(looksLikeTrustFile(bytes)).toBe(true);
  });

  it.each<readonly [string, Uint8Array]>([
    ['nothing', new Uint8Array(0)],
    ['text', utf8('roots of our vendors')],
    ['text that begins like DER', utf8('01 root of vendor')],
    ['JSON of another kind', json({ format: 'cssi-appraisal-policy/1' })],
    ['a list', utf8('[1]')],
    ['zeros', new Uint8Array(64)],
  ])('%s does not', (_, bytes) => {
    expect(looksLikeTrustFile(bytes)).toBe(false);
  });
});
