import { constants, createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { concatBytes, derElement, derUnsigned, utf8 } from '@cssi/sm-core';

/** Certificates in the shape of AMD's, RSASSA-PSS with SHA-384, under names that say they are synthetic. */

const ORGANIZATION = 'CSSI synthetic evidence';
const SALT_BYTES = 48;
const KEY_ID_BYTES = 20;

const sequence = (...parts: readonly Uint8Array[]): Uint8Array => derElement(0x30, ...parts);
const explicit = (n: number, ...parts: readonly Uint8Array[]): Uint8Array => derElement(0xa0 | n, ...parts);
const NULL = Uint8Array.of(0x05, 0x00);
const TRUE = Uint8Array.of(0x01, 0x01, 0xff);

/** OBJECT IDENTIFIER. */
function oid(text: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const arcs = [first * 40 + second, ...rest].map((arc) => {
    const digits = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80);
    return Uint8Array.from(digits);
  });
  return derElement(0x06, ...arcs);
}

const SHA384 = /* @__PURE__ */ sequence(oid('2.16.840.1.101.3.4.2.2'), NULL);
/** RSASSA-PSS, SHA-384 twice, salt of 48 bytes, trailer field 1. @standard RFC 4055 §3.1 */
const PSS = /* @__PURE__ */ sequence(
  oid('1.2.840.113549.1.1.10'),
  sequence(
    explicit(0, SHA384),
    explicit(1, sequence(oid('1.2.840.113549.1.1.8'), SHA384)),
    explicit(2, derUnsigned(Uint8Array.of(SALT_BYTES))),
    explicit(3, derUnsigned(Uint8Array.of(1))),
  ),
);

/** A name with the attributes AMD's have, in their order. */
function nameOf(commonName: string): Uint8Array {
  const attribute = (type: string, tag: number, text: string) =>
    derElement(0x31, sequence(oid(type), derElement(tag, utf8(text))));
  return sequence(
    attribute('2.5.4.11', 0x0c, 'emulated'),
    attribute('2.5.4.6', 0x13, 'CN'),
    attribute('2.5.4.10', 0x0c, ORGANIZATION),
    attribute('2.5.4.3', 0x0c, commonName),
  );
}

/** UTCTime until 2049, then GeneralizedTime. */
function timeOf(time: Date): Uint8Array {
  const digits = `${time.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;
  return time.getUTCFullYear() < 2050
    ? derElement(0x17, utf8(digits.slice(2)))
    : derElement(0x18, utf8(digits));
}

const spkiOf = (publicKey: KeyObject): Uint8Array =>
  Uint8Array.from(publicKey.export({ format: 'der', type: 'spki' }));

const keyId = (publicKeyInfo: Uint8Array): Uint8Array =>
  Uint8Array.from(createHash('sha256').update(publicKeyInfo).digest()).slice(0, KEY_ID_BYTES);

function extension(id: string, critical: boolean, value: Uint8Array): Uint8Array {
  return sequence(oid(id), ...(critical ? [TRUE] : []), derElement(0x04, value));
}

/** SEQUENCE of what is signed, the algorithm and the signature. */
function signed(tbs: Uint8Array, privateKey: KeyObject): Uint8Array {
  const signature = sign('sha384', tbs, {
    key: privateKey,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: SALT_BYTES,
  });
  return sequence(tbs, PSS, derElement(0x03, Uint8Array.of(0), signature));
}

/** A certification authority of the synthetic chain. @internal */
export interface SyntheticAmdCa {
  readonly commonName: string;
  readonly publicKeyInfo: Uint8Array;
  readonly privateKey: KeyObject;
  /** DER. */
  readonly certificate: Uint8Array;
  readonly serial: Uint8Array;
}

/** @internal */
export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

interface CertificateParts extends Validity {
  readonly serial: Uint8Array;
  readonly subject: string;
  readonly publicKeyInfo: Uint8Array;
  readonly extensions: readonly Uint8Array[];
}

function certificateOf(
  parts: CertificateParts,
  issuer: { readonly commonName: string; readonly privateKey: KeyObject },
): Uint8Array {
  const tbs = sequence(
    explicit(0, derUnsigned(Uint8Array.of(2))),
    derUnsigned(parts.serial),
    PSS,
    nameOf(issuer.commonName),
    sequence(timeOf(parts.notBefore), timeOf(parts.notAfter)),
    nameOf(parts.subject),
    parts.publicKeyInfo,
    explicit(3, sequence(...parts.extensions)),
  );
  return signed(tbs, issuer.privateKey);
}

/**
 * A new authority: a root without `issuer`, else one that may issue endorsement keys only.
 *
 * @internal
 */
export function makeAmdCa(
  commonName: string,
  serial: number,
  modulusLength: number,
  validity: Validity,
  issuer?: SyntheticAmdCa,
): SyntheticAmdCa {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength });
  const publicKeyInfo = spkiOf(publicKey);
  const path = issuer === undefined ? [] : [derUnsigned(Uint8Array.of(0))];
  const extensions = [
    extension('2.5.29.14', false, derElement(0x04, keyId(publicKeyInfo))),
    ...(issuer === undefined ? [] : [authorityKeyId(issuer.publicKeyInfo)]),
    extension('2.5.29.19', true, sequence(TRUE, ...path)),
    // keyCertSign and cRLSign.
    extension('2.5.29.15', true, Uint8Array.of(0x03, 0x02, 0x01, 0x06)),
  ];
  const number = Uint8Array.of(serial);
  const parts = { ...validity, serial: number, subject: commonName, publicKeyInfo, extensions };
  const certificate = certificateOf(parts, issuer ?? { commonName, privateKey });
  return { commonName, publicKeyInfo, privateKey, certificate, serial: number };
}

const authorityKeyId = (publicKeyInfo: Uint8Array): Uint8Array =>
  extension('2.5.29.35', false, sequence(derElement(0x80, keyId(publicKeyInfo))));

/**
 * The certificate of an endorsement key, with AMD's extensions as given. The serial number is 0, as AMD's are.
 *
 * @internal
 */
export function issueAmdEndorsement(
  subject: string,
  publicKey: KeyObject,
  values: readonly (readonly [oid: string, value: Uint8Array])[],
  validity: Validity,
  issuer: SyntheticAmdCa,
): Uint8Array {
  const extensions = values.map(([id, value]) => extension(id, false, value));
  const publicKeyInfo = spkiOf(publicKey);
  return certificateOf({ ...validity, serial: Uint8Array.of(0), subject, publicKeyInfo, extensions }, issuer);
}

/**
 * A revocation list of `issuer`, DER.
 *
 * @param revoked - serial numbers
 * @internal
 */
export function issueAmdCrl(
  issuer: SyntheticAmdCa,
  revoked: readonly Uint8Array[],
  thisUpdate: Date,
  nextUpdate: Date,
): Uint8Array {
  const entries = revoked.map((serial) => sequence(derUnsigned(serial), timeOf(thisUpdate)));
  const tbs = sequence(
    derUnsigned(Uint8Array.of(1)),
    PSS,
    nameOf(issuer.commonName),
    timeOf(thisUpdate),
    timeOf(nextUpdate),
    ...(entries.length === 0 ? [] : [sequence(...entries)]),
    explicit(
      0,
      sequence(
        authorityKeyId(issuer.publicKeyInfo),
        extension('2.5.29.20', false, derUnsigned(Uint8Array.of(1))),
      ),
    ),
  );
  return signed(tbs, issuer.privateKey);
}

/** Values of AMD's extensions. @internal */
export const amdValue = {
  version: (value: number): Uint8Array => derUnsigned(Uint8Array.of(value)),
  text: (value: string): Uint8Array => derElement(0x16, utf8(value)),
  bytes: (value: Uint8Array): Uint8Array => concatBytes(value),
} as const;
