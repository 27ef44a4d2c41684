import { generateKeyPairSync } from 'node:crypto';
import {
  type Certificate,
  type CertificateSigner,
  encodeSm2PublicKeyInfo,
  issueCertificate,
  parseCertificate,
} from '@cssi/pki';
import { sm2 } from '@cssi/sm-core';
import type { CoseAlgorithm } from '../evidence/cose/algorithms.ts';
import { type CoseSigner, ecdsaCoseSigner, sm2CoseSigner } from '../evidence/cose/sign.ts';
import { ecdsaIssuer, sm2Issuer } from './signers.ts';

/** Signature algorithm of both keys of a synthetic token. @group Synthetic evidence */
export type SyntheticCcaAlgorithm = CoseAlgorithm;

/** Keys of a synthetic platform and its realm. @group Synthetic evidence */
export interface CcaKeys {
  readonly platformSigner: CoseSigner;
  readonly realmSigner: CoseSigner;
  /** SubjectPublicKeyInfo of the platform's attestation key, DER. */
  readonly platformKeyInfo: Uint8Array;
  /** DER of the certificate of the platform's key and of the CA between it and the root. */
  readonly platformChain: readonly Uint8Array[];
  readonly root: Certificate;
}

const CURVES = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' } as const;
const YEAR_MS = 365 * 24 * 3_600_000;

interface Key {
  readonly cose: CoseSigner;
  readonly publicKeyInfo: Uint8Array;
}

function newKey(algorithm: SyntheticCcaAlgorithm): Key {
  if (algorithm === 'SM2-SM3') {
    const pair = sm2.generateKeyPair();
    return { cose: sm2CoseSigner(pair), publicKeyInfo: encodeSm2PublicKeyInfo(pair.publicKey) };
  }
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: CURVES[algorithm] });
  const publicKeyInfo = Uint8Array.from(publicKey.export({ format: 'der', type: 'spki' }));
  return { cose: ecdsaCoseSigner(privateKey), publicKeyInfo };
}

/** A signer for certificates; ECDSA ones are of P-384, whichever the tokens are of. */
const newIssuer = (algorithm: SyntheticCcaAlgorithm): CertificateSigner =>
  algorithm === 'SM2-SM3'
    ? sm2Issuer(sm2.generateKeyPair())
    : ecdsaIssuer(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey);

const name = (commonName: string) => ({ commonName, organization: 'SYNTHETIC', country: 'CN' });

/** Makes the keys and the certificates of the platform's key. @internal */
export async function createCcaKeys(algorithm: SyntheticCcaAlgorithm, time: Date): Promise<CcaKeys> {
  const [platform, realm] = [newKey(algorithm), newKey(algorithm)];
  const [root, ca] = [newIssuer(algorithm), newIssuer(algorithm)];
  const life = { notBefore: time, notAfter: new Date(time.getTime() + 10 * YEAR_MS) };
  const rootName = name('SYNTHETIC CCA root');
  const caName = name('SYNTHETIC CCA platform CA');
  const rootRaw = await issueCertificate(
    {
      subject: rootName,
      issuer: rootName,
      publicKeyInfo: root.publicKeyInfo,
      issuerPublicKeyInfo: root.publicKeyInfo,
      profile: 'root-ca',
      ...life,
    },
    root,
  );
  const caRaw = await issueCertificate(
    {
      subject: caName,
      issuer: rootName,
      publicKeyInfo: ca.publicKeyInfo,
      issuerPublicKeyInfo: root.publicKeyInfo,
      profile: 'sub-ca',
      ...life,
    },
    root,
  );
  const leafRaw = await issueCertificate(
    {
      subject: name('SYNTHETIC CCA platform key'),
      issuer: caName,
      publicKeyInfo: platform.publicKeyInfo,
      issuerPublicKeyInfo: ca.publicKeyInfo,
      profile: 'device-signing',
      keyUsage: ['digitalSignature'],
      ...life,
    },
    ca,
  );
  return {
    platformSigner: platform.cose,
    realmSigner: realm.cose,
    platformKeyInfo: platform.publicKeyInfo,
    platformChain: [leafRaw, caRaw],
    root: parseCertificate(rootRaw),
  };
}
