import { concatBytes, derElement, fromHex, sm2, toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { encodeSm2PublicKeyInfo, OIDS } from '../src/index.ts';
import {
  type CertificateRequest,
  parseCertificateRequest,
  verifyCertificateRequest,
} from '../src/request/index.ts';
import { codeOf } from './support/codes.ts';
import {
  attribute,
  attributes,
  craftedKey,
  craftRequest,
  extension,
  NONE,
  sequence,
} from './support/craft.ts';

const MALFORMED = 'ERR_PKI_CSR_MALFORMED';
const EXTENSION_REQUEST = '2a864886f70d01090e';
const CHALLENGE = '2a864886f70d010907';
const KEY_USAGE = extension('551d0f', fromHex('03020780'));
const wishes = (...list: readonly Uint8Array[]) => attribute(EXTENSION_REQUEST, sequence(...list));
const challenge = (value: Uint8Array) => attribute(CHALLENGE, value);
const check = (der: Uint8Array) => verifyCertificateRequest(parseCertificateRequest(der)).check;

describe('a certificate request [part of SEAL-015, part of TCCIA-021]', () => {
  it('made by hand is read, and proves possession', () => {
    const request = parseCertificateRequest(craftRequest({ rest: attributes(wishes(KEY_USAGE)) }));
    expect(request).toMatchObject({
      subject: { commonName: 'crafted' },
      keyAlgorithm: 'sm2',
      signatureAlgorithm: 'sm2-sm3',
      findings: [],
    });
    expect([...request.requested.keyUsage!]).toEqual(['digitalSignature']);
    expect(request.requestedExtensions.map(({ oid }) => oid)).toEqual([OIDS.keyUsage]);
    expect(request.attributes.map(({ oid }) => oid)).toEqual([OIDS.extensionRequest]);
    expect(verifyCertificateRequest(request)).toEqual({ check: 'right' });
  });

  it('may leave the attributes out, and its name empty', () => {
    const request = parseCertificateRequest(craftRequest({ rest: NONE, subject: sequence() }));
    expect(request.attributes).toEqual([]);
    expect(request.requested).toMatchObject({ isCa: false, dnsNames: [], identity: [] });
    expect(verifyCertificateRequest(request).check).toBe('right');
  });

  it('keeps its challenge password to itself', () => {
    const der = craftRequest({ rest: attributes(challenge(derElement(0x0c, utf8('口令 1')))) });
    const request = parseCertificateRequest(der);
    expect(request.challengePassword!.use((bytes) => toHex(bytes))).toBe(toHex(utf8('口令 1')));
    expect(request.attributes).toEqual([]);
    const { raw: _, infoRaw: __, ...rest } = request;
    expect(JSON.stringify(rest)).not.toContain(toHex(utf8('口令')));
    expect(String(request.challengePassword)).not.toContain('口令');
  });

  it('does not change with the bytes it was read from', () => {
    const der = craftRequest();
    const request = parseCertificateRequest(der);
    der.fill(0);
    expect(verifyCertificateRequest(request).check).toBe('right');
  });

  it('signed by another key proves nothing', () => {
    const stranger = sm2.generateKeyPair();
    const good = parseCertificateRequest(craftRequest());
    const signature = sm2.signWith(stranger, good.infoRaw);
    const bits = derElement(0x03, concatBytes(Uint8Array.of(0), signature));
    expect(check(craftRequest({ signature: bits }))).toBe('wrong');
    expect(check(craftRequest({ signature: fromHex('030100') }))).toBe('wrong');
    expect(check(craftRequest({ publicKeyInfo: encodeSm2PublicKeyInfo(stranger.publicKey) }))).toBe('wrong');
    const moved: CertificateRequest = { ...good, sm2PublicKey: stranger.publicKey };
    expect(verifyCertificateRequest(moved).check).toBe('wrong');
  });

  it('is checked with the signer IDs that are listed and with no others', () => {
    const empty = parseCertificateRequest(craftRequest({}, { id: new Uint8Array(0) }));
    expect(verifyCertificateRequest(empty).check).toBe('wrong');
    expect(verifyCertificateRequest(empty, { signerIds: ['plain-sm3'] }).check).toBe('wrong');
    const ids = { signerIds: ['plain-sm3' as const, new Uint8Array(0)] };
    expect(verifyCertificateRequest(empty, ids)).toEqual({ check: 'right', signerId: new Uint8Array(0) });
    expect(codeOf(() => verifyCertificateRequest(empty, { signerIds: [] }))).toBe('ERR_PKI_PATH_OPTIONS');
  });

  it('with an algorithm that is not for the key says so', () => {
    expect(check(craftRequest({ algorithm: fromHex('300a06082a8648ce3d040302') }))).toBe('key-mismatch');
    expect(check(craftRequest({ algorithm: fromHex('300406022a03') }))).toBe('unsupported');
  });
});

const KEY_BY_CURVE = concatBytes(
  fromHex('305a301406082a811ccf5501822d06082a811ccf5501822d034200'),
  craftedKey.subarray(26),
);
const DEVIATIONS: readonly (readonly [string, Uint8Array])[] = [
  ['ALGORITHM_PARAMETERS_NULL', craftRequest({ algorithm: fromHex('300c06082a811ccf550183750500') })],
  ['SM2_SIGN_OID_301_1', craftRequest({ algorithm: fromHex('300b06092a811ccf5501822d01') })],
  ['SM2_CURVE_AS_KEY_ALGORITHM', craftRequest({ publicKeyInfo: KEY_BY_CURVE })],
  [
    'CRITICAL_FALSE_WRITTEN',
    craftRequest({ rest: attributes(wishes(extension('551d0f', fromHex('03020780'), fromHex('010100')))) }),
  ],
  [
    'KEY_USAGE_TRAILING_ZEROS',
    craftRequest({ rest: attributes(wishes(extension('551d0f', fromHex('03020080')))) }),
  ],
];

describe('a request with a known deviation', () => {
  it.each(DEVIATIONS)('%s is reported by default and refused by the strict policy', (code, der) => {
    const request = parseCertificateRequest(der);
    expect(request.findings.map((finding) => finding.code)).toEqual([code]);
    expect(verifyCertificateRequest(request).check).toBe('right');
    expect(codeOf(() => parseCertificateRequest(der, { policy: 'strict' }))).toBe(
      'ERR_PKI_DEVIATION_REFUSED',
    );
  });

  it('and without one is read by the strict policy', () => {
    expect(parseCertificateRequest(craftRequest(), { policy: 'strict' }).findings).toEqual([]);
  });
});

describe('a malformed request is refused', () => {
  it.each([
    ['bytes after it', concatBytes(craftRequest(), Uint8Array.of(0))],
    ['bytes after the signature', craftRequest({ trailing: fromHex('0500') })],
    ['version 2', craftRequest({ version: fromHex('020101') })],
    ['a negative version', craftRequest({ version: fromHex('0201ff') })],
    ['no name', craftRequest({ subject: fromHex('3100') })],
    ['a point that is not on the curve', craftRequest({ publicKeyInfo: offCurve() })],
    ['a part nobody knows', craftRequest({ rest: fromHex('a100') })],
    ['attributes twice', craftRequest({ rest: fromHex('a000a000') })],
    ['an attribute without values', craftRequest({ rest: attributes(attribute('2a0304')) })],
    [
      'an attribute twice',
      craftRequest({ rest: attributes(challenge(fromHex('0c0161')), challenge(fromHex('0c0162'))) }),
    ],
    [
      'two lists of extensions',
      craftRequest({
        rest: attributes(attribute(EXTENSION_REQUEST, sequence(KEY_USAGE), sequence(KEY_USAGE))),
      }),
    ],
    ['an empty list of extensions', craftRequest({ rest: attributes(wishes()) })],
    ['a repeated extension', craftRequest({ rest: attributes(wishes(KEY_USAGE, KEY_USAGE)) })],
    ['a broken extension', craftRequest({ rest: attributes(wishes(extension('551d0f', fromHex('0500')))) })],
    ['a challenge that is a number', craftRequest({ rest: attributes(challenge(fromHex('020101'))) })],
    [
      'two challenges',
      craftRequest({ rest: attributes(attribute(CHALLENGE, fromHex('0c0161'), fromHex('0c0162'))) }),
    ],
    ['a signature with unused bits', craftRequest({ signature: fromHex('03020440') })],
    ['an empty input', NONE],
    ['an empty sequence', sequence()],
  ])('for %s', (_, der) => {
    expect(codeOf(() => parseCertificateRequest(der))).toBe(MALFORMED);
  });

  it.each([['text'], [undefined], [null], [new ArrayBuffer(4)], [new Uint8Array(65_537)]])(
    'for %o',
    (input) => {
      expect(codeOf(() => parseCertificateRequest(input as unknown as Uint8Array))).toBe(MALFORMED);
    },
  );
});

function offCurve(): Uint8Array {
  const info = Uint8Array.from(craftedKey);
  info[90]! ^= 1;
  return info;
}
