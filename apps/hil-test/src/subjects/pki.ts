import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import type { CertificateSigner } from '@cssi/pki';
import { fileAuthorityStore } from '@cssi/pki/adapters/file-authority-store';
import { memoryAuthorityStore } from '@cssi/pki/adapters/memory-authority-store';
import { ecdsaP256SoftwareSigner, nodeSoftwareSigner, sm2SoftwareSigner } from '@cssi/pki/adapters/software';
import {
  type AuthorityStoreSubject,
  authorityStoreSuite,
  certificateSignerSuite,
} from '@cssi/pki/conformance';
import { sm2 } from '@cssi/sm-core';
import { type Opened, type Trial, trial } from '../trial.ts';

/** A signer as a subject: its algorithm is its capability. */
export const openSigner = (signer: CertificateSigner): Opened<CertificateSigner> => ({
  subject: signer,
  capabilities: signer.signDigest === undefined ? [signer.algorithm] : [signer.algorithm, 'sign-digest'],
});

/** File stores in folders of their own below `parent`; the suite reopens them by the store it got. */
function fileStores(parent: string): AuthorityStoreSubject {
  const folders = new Map<object, string>();
  let count = 0;
  const open = async (folder: string) => {
    const store = await fileAuthorityStore(folder);
    folders.set(store, folder);
    return store;
  };
  return {
    create: () => open(join(parent, String(count++))),
    reopen: async (store) => {
      await store.close();
      return open(folders.get(store) ?? parent);
    },
  };
}

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
  trial('pki', authorityStoreSuite, 'memory', () => ({
    subject: { create: async () => memoryAuthorityStore() },
    capabilities: [],
  })),
  trial('pki', authorityStoreSuite, 'file', ({ folder }) => ({
    subject: fileStores(folder),
    capabilities: ['durable'],
  })),
];
