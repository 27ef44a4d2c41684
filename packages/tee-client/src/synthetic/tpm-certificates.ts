import { generateKeyPairSync } from 'node:crypto';
import { type CertificateSigner, issueCertificate, parseCertificate } from '@cssi/pki';
import { derElement, derUnsigned, fromHex, sm2, utf8 } from '@cssi/sm-core';
import { ecdsaIssuer, sm2Issuer } from './signers.ts';

/** Certificates of an attestation key and who issued them, DER. @internal */
export interface AkCertificates {
  readonly root: Uint8Array;
  readonly intermediate: Uint8Array;
  readonly ak: Uint8Array;
}

/** AlgorithmIdentifiers: sm2-with-sm3, ecdsa-with-SHA256. */
const ALGORITHMS: Readonly<Partial<Record<CertificateSigner['algorithm'], Uint8Array>>> = {
  'sm2-sm3': fromHex('300a06082a811ccf55018375'),
  'ecdsa-p256-sha256': fromHex('300a06082a8648ce3d040302'),
};
/** 2.23.133.8.3 tcg-kp-AIKCertificate, 2.23.133.8.1 tcg-kp-EKCertificate. */
const PURPOSES = { ak: fromHex('06056781050803'), ek: fromHex('06056781050801') } as const;

const VERSION_3 = fromHex('a003020102');
const KEY_USAGE_OID = fromHex('0603551d0f');
const EXTENDED_KEY_USAGE_OID = fromHex('0603551d25');
const AUTHORITY_KEY_OID = fromHex('0603551d23');
const TRUE = fromHex('0101ff');
/** BIT STRING with digitalSignature alone. */
const DIGITAL_SIGNATURE = fromHex('03020780');
const COMMON_NAME_OID = fromHex('0603550403');

const sequence = (...parts: readonly Uint8Array[]): Uint8Array => derElement(0x30, ...parts);
const octets = (value: Uint8Array): Uint8Array => derElement(0x04, value);

/** GeneralizedTime from 2050 on, UTCTime before. @standard RFC 5280 §4.1.2.5 */
function time(date: Date): Uint8Array {
  const digits = `${date.toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}Z`;
  return date.getUTCFullYear() < 2050
    ? derElement(0x17, utf8(digits.slice(2)))
    : derElement(0x18, utf8(digits));
}

const commonName = (text: string): Uint8Array =>
  sequence(derElement(0x31, sequence(COMMON_NAME_OID, derElement(0x0c, utf8(text)))));

/** What an attestation key's certificate says. @internal */
export interface AkCertificateSpec {
  readonly publicKeyInfo: Uint8Array;
  readonly purpose: keyof typeof PURPOSES;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** The certificate profiles of `@cssi/pki` know no TCG purposes, so this one is written here. */
async function issueAk(
  { publicKeyInfo, purpose, notBefore, notAfter }: AkCertificateSpec,
  issuer: Uint8Array,
  signer: CertificateSigner,
): Promise<Uint8Array> {
  const { subjectRaw, subjectKeyIdentifier } = parseCertificate(issuer);
  const algorithm = ALGORITHMS[signer.algorithm]!;
  const extensions = [
    sequence(AUTHORITY_KEY_OID, octets(sequence(derElement(0x80, subjectKeyIdentifier!)))),
    sequence(KEY_USAGE_OID, TRUE, octets(DIGITAL_SIGNATURE)),
    sequence(EXTENDED_KEY_USAGE_OID, octets(sequence(PURPOSES[purpose]))),
  ];
  const tbs = sequence(
    VERSION_3,
    derUnsigned(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)),
    algorithm,
    subjectRaw,
    sequence(time(notBefore), time(notAfter)),
    commonName('Synthetic TPM attestation key'),
    publicKeyInfo,
    derElement(0xa3, sequence(...extensions)),
  );
  return sequence(tbs, algorithm, derElement(0x03, Uint8Array.of(0), await signer.sign(tbs)));
}

const newSigner = (national: boolean): CertificateSigner =>
  national
    ? sm2Issuer(sm2.generateKeyPair())
    : ecdsaIssuer(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);

/**
 * A new root, an intermediate CA and a certificate for the key.
 *
 * @param national - SM2 with SM3; P-256 with SHA-256 otherwise
 * @internal
 */
export async function issueAkCertificates(
  national: boolean,
  spec: AkCertificateSpec,
): Promise<AkCertificates> {
  const [rootSigner, caSigner] = [newSigner(national), newSigner(national)];
  const rootName = { commonName: 'Synthetic TPM root' };
  const { notBefore, notAfter } = spec;
  const root = await issueCertificate(
    {
      subject: rootName,
      issuer: rootName,
      publicKeyInfo: rootSigner.publicKeyInfo,
      issuerPublicKeyInfo: rootSigner.publicKeyInfo,
      profile: 'root-ca',
      notBefore,
      notAfter,
    },
    rootSigner,
  );
  const intermediate = await issueCertificate(
    {
      subject: { commonName: 'Synthetic TPM attestation CA' },
      issuer: rootName,
      publicKeyInfo: caSigner.publicKeyInfo,
      issuerPublicKeyInfo: rootSigner.publicKeyInfo,
      profile: 'sub-ca',
      notBefore,
      notAfter,
    },
    rootSigner,
  );
  return { root, intermediate, ak: await issueAk(spec, intermediate, caSigner) };
}
