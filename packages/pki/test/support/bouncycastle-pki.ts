import { fromUtf8, utf8 } from '@cssi/sm-core';
import { type Certificate, parseCertificate } from '../../src/index.ts';
import { type BouncyCastle, bytesOf } from './bouncycastle.ts';

const DAY = 86_400_000;

/** A key and its certificate, both made by BouncyCastle. */
export interface ForeignHolder {
  /** PKCS#8. */
  readonly key: Uint8Array;
  readonly publicKeyInfo: Uint8Array;
  readonly certificate: Certificate;
}

/** Valid now and at the time of judgement: BouncyCastle judges revocation by its own clock. */
export const FOREIGN_VALIDITY: readonly [from: Date, to: Date] = [
  new Date(Math.min(Date.now(), Date.UTC(2026, 10, 1)) - 10 * DAY),
  new Date(Math.max(Date.now(), Date.UTC(2027, 0, 1)) + 400 * DAY),
];

/** A certificate of a `kind` that the checker knows, under `issuer` or self-signed. */
async function foreignHolder(
  castle: BouncyCastle,
  kind: 'root' | 'sub' | 'sign' | 'encrypt' | 'tsa' | 'ocsp',
  issuer?: ForeignHolder,
  serial = '1234',
): Promise<ForeignHolder> {
  const [key, publicKeyInfo] = (await castle.does('make-key')).map(bytesOf) as [Uint8Array, Uint8Array];
  const der = await castle.makes(
    'make-certificate',
    kind,
    utf8(`CN=测试 ${kind},O=互操作,C=CN`),
    publicKeyInfo,
    serial,
    ...FOREIGN_VALIDITY,
    issuer?.certificate.raw,
    issuer?.key ?? key,
  );
  return { key, publicKeyInfo, certificate: parseCertificate(der) };
}

/** A root, a CA below it, a pair of certificates, a time stamping authority and an OCSP responder. */
export interface ForeignPki {
  readonly root: ForeignHolder;
  readonly sub: ForeignHolder;
  readonly sign: ForeignHolder;
  readonly encrypt: ForeignHolder;
  readonly tsa: ForeignHolder;
  readonly ocsp: ForeignHolder;
}

export async function foreignPki(castle: BouncyCastle): Promise<ForeignPki> {
  const root = await foreignHolder(castle, 'root', undefined, '1');
  const sub = await foreignHolder(castle, 'sub', root, '2');
  return {
    root,
    sub,
    sign: await foreignHolder(castle, 'sign', sub, '3eb'),
    encrypt: await foreignHolder(castle, 'encrypt', sub, '3ec'),
    tsa: await foreignHolder(castle, 'tsa', sub, '3ed'),
    ocsp: await foreignHolder(castle, 'ocsp', sub, '3ee'),
  };
}

/** Text of one field of an answer. */
export const textOf = (field: string | undefined): string => fromUtf8(bytesOf(field));
