import { sm2 } from '@cssi/sm-core';
import { memoryAuthorityStore } from '../../src/adapters/memory-authority-store.ts';
import { sm2SoftwareSigner } from '../../src/adapters/software.ts';
import {
  type ApplicationInput,
  type Authority,
  type AuthorityOptions,
  type AuthorityStore,
  createAuthority,
  type DomainProofInput,
} from '../../src/authority/index.ts';
import { type Certificate, type CertificateSigner, parseCertificate } from '../../src/index.ts';
import type { CertificateRequestOptions } from '../../src/request/index.ts';
import { createCertificateRequest } from '../../src/request/index.ts';
import { NOW, root } from './authority.ts';

/** A clock that a test moves. */
export interface Clock {
  now: Date;
  advance(seconds: number): void;
}

/** An authority under test with everything around it. */
export interface Scene {
  readonly authority: Authority;
  readonly root: Certificate;
  readonly signer: CertificateSigner;
  readonly store: AuthorityStore;
  readonly clock: Clock;
  /** The same authority once more on the same store, as after a restart. */
  again(changes?: Partial<AuthorityOptions>): Promise<Authority>;
}

function testClock(): Clock {
  const clock = {
    now: NOW,
    advance(seconds: number) {
      clock.now = new Date(clock.now.getTime() + seconds * 1000);
    },
  };
  return clock;
}

export async function scene(changes: Partial<AuthorityOptions> = {}): Promise<Scene> {
  const { signer, certificate } = await root();
  const clock = testClock();
  const store = changes.store ?? memoryAuthorityStore();
  const options: AuthorityOptions = {
    certificate: certificate.raw,
    signer,
    store,
    clock: () => clock.now,
    ...changes,
  };
  const again = (more: Partial<AuthorityOptions> = {}) => createAuthority({ ...options, ...more });
  return { authority: await again(), root: certificate, signer, store, clock, again };
}

/** A request with its key. */
export async function newRequest(
  commonName: string,
  changes: Partial<CertificateRequestOptions> = {},
): Promise<{
  readonly csr: Uint8Array;
  readonly pair: ReturnType<typeof sm2.generateKeyPair>;
  readonly signer: CertificateSigner;
}> {
  const pair = sm2.generateKeyPair();
  const signer = sm2SoftwareSigner(pair);
  const csr = await createCertificateRequest({ subject: { commonName }, ...changes }, signer);
  return { csr, pair, signer };
}

export const dnsProof = (dnsName: string, changes: Partial<DomainProofInput> = {}): DomainProofInput => ({
  dnsName,
  method: 'dns',
  provenAt: NOW,
  ...changes,
});

/** An application that was approved. */
export async function approved(
  authority: Authority,
  input: Omit<ApplicationInput, 'applicant'>,
  domainProofs: readonly DomainProofInput[] = [],
): Promise<string> {
  const { id } = await authority.apply({ ...input, applicant: 'zhang.san' });
  await authority.review(id, { decision: 'approve', reviewer: 'li.si', domainProofs });
  return id;
}

/** A person's certificate, issued. */
export async function person(authority: Authority, commonName = '张三'): Promise<Certificate> {
  const { csr } = await newRequest(commonName);
  const { certificate } = await authority.issue(await approved(authority, { csr, profile: 'person' }));
  return parseCertificate(certificate);
}

/** The fixed word of a refusal. */
export async function reasonOf(action: () => Promise<unknown>): Promise<string> {
  try {
    await action();
  } catch (error) {
    return /(?:reason|field)=([A-Za-z-]+)/.exec(String(error))?.[1] ?? String(error);
  }
  return 'nothing was thrown';
}
