import { generateKeyPairSync } from 'node:crypto';
import {
  type CertificateProfile,
  encodeSm2PublicKeyInfo,
  issueCertificate,
  issueCrl,
  parseCertificate,
  pemEncode,
} from '@cssi/pki';
import { sm2SoftwareSigner } from '@cssi/pki/adapters/software';
import { sm2, utf8 } from '@cssi/sm-core';
import { EVENT_TYPES } from '../../../src/evidence/event-log/index.ts';
import type { TrustFile } from '../../../src/evidence/trust-files/index.ts';
import { createSyntheticHygon } from '../../../src/synthetic/csv.ts';
import { synthesizeEventLog } from '../../../src/synthetic/event-log.ts';

export const FROM = new Date('2026-01-01T00:00:00Z');
const TO = new Date('2036-01-01T00:00:00Z');
const rootPair = sm2.generateKeyPair();
export const rootSigner = sm2SoftwareSigner(rootPair);
export const leafPair = sm2.generateKeyPair();

const issue = (commonName: string, issuer: string, publicKeyInfo: Uint8Array, profile: CertificateProfile) =>
  issueCertificate(
    {
      subject: { commonName },
      issuer: { commonName: issuer },
      publicKeyInfo,
      profile,
      notBefore: FROM,
      notAfter: TO,
      issuerPublicKeyInfo: rootSigner.publicKeyInfo,
    },
    rootSigner,
  );
const leafInfo = encodeSm2PublicKeyInfo(leafPair.publicKey);
export const rootDer = await issue('root', 'root', rootSigner.publicKeyInfo, 'root-ca');
const root = parseCertificate(rootDer);
export const leafDer = await issue('leaf', 'root', leafInfo, 'device-signing');
/** Names itself as its issuer, but another key signed it. */
export const pretenderDer = await issue('root', 'root', leafInfo, 'device-signing');
export const crlDer = await issueCrl(
  { issuer: root, thisUpdate: FROM, nextUpdate: TO, crlNumber: 1, entries: [] },
  rootSigner,
);
export const ec = generateKeyPairSync('ec', { namedCurve: 'P-384' });
export const spki = Uint8Array.from(ec.publicKey.export({ format: 'der', type: 'spki' }));
export const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
export const json = (value: unknown) => utf8(JSON.stringify(value));
export const sm2Jwk = {
  kty: 'EC',
  crv: 'SM2',
  x: base64url(leafPair.publicKey.subarray(1, 33)),
  y: base64url(leafPair.publicKey.subarray(33)),
};

/** What a file gave, in counts. */
export const counts = ({ kind, anchors, endorsements, intel }: TrustFile) => ({
  kind,
  roots: anchors.certificates?.length ?? 0,
  hygonRoots: anchors.hygonRoots?.length ?? 0,
  keys: anchors.keys?.length ?? 0,
  certificates: endorsements.certificates?.length ?? 0,
  hygon: endorsements.hygon?.length ?? 0,
  crls: endorsements.crls?.length ?? 0,
  log: endorsements.eventLog === undefined ? 0 : 1,
  tcb: intel.tcbInfos.length,
  qe: intel.qeIdentities.length,
});
export const NONE = {
  roots: 0,
  hygonRoots: 0,
  keys: 0,
  certificates: 0,
  hygon: 0,
  crls: 0,
  log: 0,
  tcb: 0,
  qe: 0,
};
export const chip = createSyntheticHygon();
export const { log } = synthesizeEventLog({
  events: [{ register: 1, type: EVENT_TYPES.EV_SEPARATOR, data: new Uint8Array(4) }],
});
export const pem = (...parts: readonly (readonly [string, Uint8Array])[]) =>
  utf8(parts.map(([label, der]) => pemEncode(label, der)).join('some text\n'));
