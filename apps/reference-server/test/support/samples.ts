import { MODEL_OPERATIONS } from '@cssi/model-transfer';
import { SEAL_OPERATIONS } from '@cssi/seal';
import { CORE_OPERATIONS, type Operation } from '@cssi/security-service-api';
import { toBase64 } from '@cssi/sm-core';

const certificate = toBase64(new Uint8Array(300));
const keyId = `k${'0'.repeat(32)}`;
const packageId = '0'.repeat(64);
const signature = toBase64(new Uint8Array(70));
const data = toBase64(new Uint8Array(16));
const publicKey = toBase64(new Uint8Array(65));
const time = '2026-12-01T00:00:00.000Z';

/** Parameters that fit each schema, so that a refusal has another reason. */
const PARAMETERS: Readonly<Record<string, object>> = {
  version: { versions: ['1'] },
  'errors.list': {},
  'session.challenge': {},
  'session.open': {
    certificate,
    challenge: toBase64(new Uint8Array(32)),
    ephemeralPublicKey: publicKey,
    signing: 'hmac-sm3',
    signature,
  },
  'session.close': {},
  'identity.activate': { activationToken: 'A'.repeat(43), publicKey, possession: signature },
  'identity.enroll': { userId: 'sample', name: 'Sample', tenantId: 'nowhere', roles: [] },
  'tenant.create': { tenantId: 'cssi-platform', name: 'Sample' },
  'certificate.issue': { profile: 'seal-maker', commonName: 'x', publicKey, possession: signature },
  'key.create': { algorithm: 'SM4', usage: ['encrypt'], label: 'sample' },
  'key.list': {},
  sign: { keyId, message: data },
  verify: { keyId, message: data, signature },
  encrypt: { keyId, plaintext: data },
  decrypt: { keyId, ciphertext: data },
  random: { length: 8 },
  hash: { data },
  evidence: { nonce: data },
  'audit.read': { fromSequence: 0, limit: 1 },
  'seal.make': {
    esId: '1',
    name: 'x',
    type: 1,
    keyId,
    certificate,
    signerCertificates: [certificate],
    validFrom: time,
    validTo: time,
  },
  'seal.ofd.sign': { keyId, certificate, page: 1, x: 1, y: 1, width: 1, height: 1 },
  'seal.ofd.verify': {},
  'model.offer': { header: data },
  'model.offer.chunk': { packageId, index: 0 },
  'model.offer.commit': { packageId },
  'model.list': { after: '', limit: 1 },
  'model.manifest': { packageId },
  'model.leaves': { packageId },
  'model.chunk': { packageId, index: 0 },
  'model.receipt': { packageId, receipt: data },
  'model.receipts': { packageId, after: '' },
};

/** Every operation of the server with parameters that fit its schema. */
export const operations: readonly { readonly operation: Operation; readonly params: object }[] = [
  ...CORE_OPERATIONS,
  ...SEAL_OPERATIONS,
  ...MODEL_OPERATIONS,
].map((operation) => {
  const params = PARAMETERS[operation.name];
  if (params === undefined) throw new RangeError(`no sample parameters for ${operation.name}`);
  return { operation, params };
});
