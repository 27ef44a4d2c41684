import { concatBytes, SmError } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CertificateSpec, checkCertificateSignature, parseCertificate } from '../src/index.ts';
import {
  createCertificateRequest,
  parseCertificateRequest,
  verifyCertificateRequest,
} from '../src/request/index.ts';
import { type Holder, newSigner, root, under } from './support/authority.ts';
import { numbers, seedOf } from './support/numbers.ts';

const SEED = seedOf('5eed0003');
const CODES = { certificate: 'ERR_PKI_CERTIFICATE_MALFORMED', request: 'ERR_PKI_CSR_MALFORMED' } as const;

/** Every extension that is read, so that every reader meets broken input. */
const EVERYTHING: Partial<CertificateSpec> = {
  profile: 'sub-ca',
  dnsNames: ['a.cn'],
  ipAddresses: ['::1', '10.0.0.1'],
  emails: ['a@b.cn'],
  uris: ['urn:a:b'],
  identity: { person: '110101199003070000', organization: '91110000000000000X' },
  crlDistributionPoints: ['http://a.cn/c.crl'],
  freshestCrl: ['http://a.cn/d.crl'],
  ocspUrls: ['http://a.cn/o'],
  caIssuerUrls: ['http://a.cn/i'],
  certificatePolicies: ['1.2.3', { oid: '1.2.4', cpsUri: 'http://a.cn/cps' }],
  nameConstraints: {
    permitted: [
      { kind: 'dns', value: 'a.cn' },
      { kind: 'directory', name: { commonName: 'x' } },
    ],
    excluded: [{ kind: 'ip', value: '10.0.0.0/8' }],
  },
};

/** Reads; anything but an object or the coded error fails the test. */
function read(kind: keyof typeof CODES, der: Uint8Array): 'read' | 'refused' {
  try {
    if (kind === 'certificate') parseCertificate(der);
    else parseCertificateRequest(der);
    return 'read';
  } catch (error) {
    if (!(error instanceof SmError) || error.code !== CODES[kind]) throw error;
    return 'refused';
  }
}

describe('certificates and requests that were damaged', () => {
  console.info(`seed ${SEED.toString(16)}`);
  let ca: Holder;
  let objects: readonly (readonly [keyof typeof CODES, Uint8Array])[];

  beforeAll(async () => {
    ca = await root();
    const leaf = await under(ca, 'leaf', EVERYTHING);
    const holder = newSigner();
    const wish = await createCertificateRequest(
      {
        subject: { commonName: 'leaf', email: 'a@b.cn' },
        dnsNames: ['a.cn'],
        uris: ['urn:a:b'],
        keyUsage: ['digitalSignature'],
        extendedKeyUsage: ['1.2.3'],
        identity: { person: { document: 'military', number: '军字第1号' } },
        challengePassword: 'open',
      },
      holder,
    );
    objects = [
      ['certificate', leaf.certificate.raw],
      ['request', wish],
    ];
  });

  it('every truncation is refused with a code', () => {
    for (const [kind, raw] of objects) {
      for (let length = 0; length < raw.length; length++) {
        expect(read(kind, raw.subarray(0, length))).toBe('refused');
      }
    }
  });

  it('every byte flipped: a code, or an object whose signature is not right', () => {
    let refused = 0;
    for (const [kind, raw] of objects) {
      for (let at = 0; at < raw.length; at++) {
        const der = Uint8Array.from(raw);
        der[at]! ^= 1 << (at % 8);
        if (read(kind, der) === 'refused') refused++;
        else if (kind === 'certificate') {
          expect(checkCertificateSignature(parseCertificate(der), ca.certificate)).not.toBe('right');
        } else expect(verifyCertificateRequest(parseCertificateRequest(der)).check).not.toBe('right');
      }
    }
    expect(refused).toBeGreaterThan(200);
  });

  it('random bytes in random places, pieces cut out and doubled', () => {
    const next = numbers(SEED ^ 0x5a5a5a5a);
    const seen = { read: 0, refused: 0 };
    for (let i = 0; i < 6000; i++) {
      const [kind, raw] = objects[i % objects.length]!;
      const der = Uint8Array.from(raw);
      for (let change = next(6); change > 0; change--) der[next(der.length)] = next(256);
      const from = next(der.length);
      const parts = [
        der.subarray(0, from),
        der.subarray(Math.max(0, from - next(16))),
        der.subarray(from + next(8)),
      ];
      const pick = next(4);
      const piece = pick === 0 ? parts[1]! : pick === 1 ? parts[2]! : undefined;
      seen[read(kind, piece === undefined ? der : concatBytes(parts[0]!, piece))]++;
    }
    expect(seen.read).toBeGreaterThan(100);
    expect(seen.refused).toBeGreaterThan(1000);
  });

  it('deep nesting and many elements end in a code in no time', () => {
    const deep = new Uint8Array(60_000).fill(0x30);
    const many = new Uint8Array(60_000);
    for (let i = 0; i < many.length; i += 2) many[i] = 5;
    const started = performance.now();
    for (const bytes of [deep, many]) {
      for (const kind of ['certificate', 'request'] as const) expect(read(kind, bytes)).toBe('refused');
    }
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('the undamaged ones are read', () => {
    for (const [kind, raw] of objects) expect(read(kind, raw)).toBe('read');
  });
});
