import { generateKeyPairSync } from 'node:crypto';
import type { CertificateSigner } from '@cssi/pki';
import { ecdsaP256SoftwareSigner, nodeSoftwareSigner, sm2SoftwareSigner } from '@cssi/pki/adapters/software';
import { certificateSignerSuite } from '@cssi/pki/conformance';
import { sm2 } from '@cssi/sm-core';
import { type Opened, type Trial, trial } from '../trial.ts';

/** A signer as a subject: its algorithm is its capability. */
export const openSigner = (signer: CertificateSigner): Opened<CertificateSigner> => ({
  subject: signer,
  capabilities: signer.signDigest === undefined ? [signer.algorithm] : [signer.algorithm, 'sign-digest'],
});

export const pkiTrials: readonly Trial[] = [
  trial('pki', certificateSignerSuite, 'software SM2', () =>
    openSigner(sm2SoftwareSigner(sm2.generateKeyPair())),
  ),
  trial('pki', certificateSignerSuite, 'software P-256', () =>
    openSigner(ecdsaP256SoftwareSigner(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)),
  ),
  trial('pki', certificateSignerSuite, 'software P-384', () =>
    openSigner(nodeSoftwareSigner(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey)),
  ),
  trial('pki', certificateSignerSuite, 'software RSA', () =>
    openSigner(nodeSoftwareSigner(generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey)),
  ),
];
