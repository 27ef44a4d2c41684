import type { CertificateSigner } from '@cssi/pki';
import { encodeSm2PublicKeyInfo } from '@cssi/pki';
import { sm2 } from '@cssi/sm-core';
import type { AuditEvent } from '../../src/spec/v1/audit.ts';
import { NOW } from '../state/support.ts';

/** A signer of a fresh key. */
export function newSigner(): CertificateSigner {
  const pair = sm2.generateKeyPair();
  return {
    algorithm: 'sm2-sm3',
    publicKeyInfo: encodeSm2PublicKeyInfo(pair.publicKey),
    sign: async (message) => sm2.signWith(pair, message),
  };
}

/** The n-th event of a test. */
export function event(n: number, more: Partial<AuditEvent> = {}): AuditEvent {
  return {
    time: new Date(NOW.getTime() + n),
    requestId: `r-${n}`,
    traceId: `t-${n}`,
    type: 'key.create',
    subject: `user-${n % 3}`,
    tenantId: n % 2 === 0 ? 'even' : 'odd',
    object: `key/${n}`,
    outcome: 'success',
    remoteAddress: '192.0.2.7',
    detail: { version: n, algorithm: 'SM2' },
    ...more,
  };
}

export const clock = (): Date => NOW;
