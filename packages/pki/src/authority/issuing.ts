import { randomBytes, type Sm2KeyPair, sm3, toHex } from '@cssi/sm-core';
import { issueCertificate } from '../certificate/issue-certificate.ts';
import { parseCertificate } from '../certificate/parse-certificate.ts';
import { encodeSm2PublicKeyInfo } from '../containers/sm2-keys.ts';
import type { CertificateRecord, KeyDeliveryFormat } from '../spec/v1/authority.ts';
import type { Certificate, CertificateProfile, CertificateSpec } from '../spec/v1/certificate.ts';
import { type AuthorityContext, keyDigest, refused, workingTime } from './context.ts';
import { deliverKey, drawKeyPair, escrowKey } from './key-delivery.ts';
import { stateProblem } from './records.ts';
import { revoke } from './revoking.ts';

/** Random bytes of a serial number, the first of which says that it is positive. */
const SERIAL_BYTES = 16;
const MAX_SERIAL_TRIES = 8;

/** What the authority fills in itself. */
type OwnFields = 'issuer' | 'issuerPublicKeyInfo' | 'issuerKeyIdentifier' | 'serial';

/** A certificate to make. */
export type CertificateOrder = Omit<CertificateSpec, OwnFields>;

/** Certificates that were issued, DER. */
export interface IssuedCertificates {
  /** The single certificate, or the signing certificate of a pair. */
  readonly certificate: Uint8Array;
  /** Of a pair (双证书). */
  readonly encryption?: {
    readonly certificate: Uint8Array;
    /** The encryption key for the holder of the signing key. */
    readonly delivery: { readonly format: KeyDeliveryFormat; readonly bytes: Uint8Array };
  };
}

/** A serial number of 126 random bits that no certificate of the store has or will have. */
export async function drawSerial({ store }: AuthorityContext): Promise<Uint8Array> {
  for (let i = 0; i < MAX_SERIAL_TRIES; i++) {
    const serial = randomBytes(SERIAL_BYTES);
    // 01 in front: positive, and always of the same length.
    serial[0] = (serial[0]! & 0x3f) | 0x40;
    if (await store.reserveSerial(serial)) return serial;
  }
  throw stateProblem('serial');
}

/** Makes one certificate; its signature is verified in `issueCertificate`. */
export async function makeCertificate(
  context: AuthorityContext,
  order: CertificateOrder,
  serial: Uint8Array,
): Promise<Certificate> {
  const { certificate: own, signer, urls } = context;
  const identifier = own.subjectKeyIdentifier;
  const der = await issueCertificate(
    {
      ...urls,
      ...order,
      serial,
      issuer: { raw: own.subjectRaw },
      issuerPublicKeyInfo: own.publicKeyInfo,
      // As the authority's certificate states it, which may be made by another rule than ours.
      ...(identifier === undefined ? {} : { issuerKeyIdentifier: identifier }),
    },
    signer,
  );
  return parseCertificate(der);
}

/** What is kept of a certificate besides its own bytes. */
export function recordOf(
  certificate: Certificate,
  profile: CertificateProfile,
  issuedAt: Date,
  more: Pick<CertificateRecord, 'applicationId' | 'partner' | 'delivery'> = {},
): CertificateRecord {
  return {
    serial: certificate.serial,
    der: certificate.raw,
    keyDigest: keyDigest(certificate.publicKeyInfo),
    holderDigest: sm3(certificate.subjectRaw),
    profile,
    issuedAt: issuedAt.toISOString(),
    notAfter: certificate.notAfter.toISOString(),
    ...more,
  };
}

/** A pair to make: the order of the signing certificate and what differs in the other one. */
export interface PairOrder {
  readonly order: CertificateOrder;
  readonly encryption: CertificateProfile;
  readonly format: KeyDeliveryFormat;
  readonly serials: readonly [signing: Uint8Array, encryption: Uint8Array];
  readonly applicationId?: string;
}

async function encryptionRecord(
  context: AuthorityContext,
  pair: Sm2KeyPair,
  signing: Certificate,
  { order, encryption, format, serials, applicationId }: PairOrder,
  issuedAt: Date,
): Promise<CertificateRecord> {
  const publicKeyInfo = encodeSm2PublicKeyInfo(pair.publicKey);
  // A key that was handed out before is not the secret of one holder.
  const earlier = await context.store.findCertificatesByKey(keyDigest(publicKeyInfo));
  const repeated = earlier.length > 0 || toHex(publicKeyInfo) === toHex(signing.publicKeyInfo);
  if (repeated) throw stateProblem('key-centre');
  const [serial, partner] = [serials[1], serials[0]];
  const { keyUsage: _, ...common } = order;
  const made = await makeCertificate(context, { ...common, publicKeyInfo, profile: encryption }, serial);
  await escrowKey(context, pair, { serial, notAfter: order.notAfter, publicKeyInfo });
  const delivery = { format, bytes: await deliverKey(context, pair, signing, format) };
  const link = applicationId === undefined ? { partner } : { partner, applicationId };
  return recordOf(made, encryption, issuedAt, { ...link, delivery });
}

/** Makes a pair; the private encryption key is zeroed in any case. */
export async function makePair(
  context: AuthorityContext,
  pairOrder: PairOrder,
): Promise<readonly [CertificateRecord, CertificateRecord]> {
  const { order, serials, applicationId } = pairOrder;
  const issuedAt = workingTime(context);
  const signing = await makeCertificate(context, order, serials[0]);
  const pair = await drawKeyPair(context);
  try {
    const encryption = await encryptionRecord(context, pair, signing, pairOrder, issuedAt);
    const link = applicationId === undefined ? {} : { applicationId };
    return [recordOf(signing, order.profile, issuedAt, { ...link, partner: serials[1] }), encryption];
  } finally {
    pair.privateKey.destroy();
  }
}

/** Puts certificates into the store. */
export async function insertCertificates(
  { store }: AuthorityContext,
  records: readonly CertificateRecord[],
): Promise<void> {
  const result = await store.insertCertificates(records);
  if (result === 'key-taken') throw refused('key-in-use');
  if (result !== 'inserted') throw stateProblem('serial');
}

/**
 * A key may have been reported lost after its history was looked at. Its new certificates are
 * in the store then and must not be good: they are revoked, and do not leave.
 */
export async function refuseLostKey(
  context: AuthorityContext,
  records: readonly CertificateRecord[],
): Promise<void> {
  for (const { keyDigest: key } of records) {
    for (const { serial } of await context.store.findCertificatesByKey(key)) {
      const found = await context.store.findRevocation(serial);
      if (found?.status !== 'revoked' || found.reason !== 'keyCompromise') continue;
      for (const record of records) await revoke(context, record.serial, { reason: 'keyCompromise' });
      throw refused('key-compromised');
    }
  }
}

/** Puts certificates into the store, from where they may leave. */
export async function storeCertificates(
  context: AuthorityContext,
  records: readonly CertificateRecord[],
): Promise<void> {
  await insertCertificates(context, records);
  await refuseLostKey(context, records);
}

/** What leaves of one or two stored certificates. */
export function issuedOf(records: readonly CertificateRecord[]): IssuedCertificates {
  const [first, second] = records;
  if (first === undefined) throw stateProblem('store-damaged');
  if (second === undefined) return { certificate: first.der };
  if (second.delivery === undefined) throw stateProblem('store-damaged');
  return {
    certificate: first.der,
    encryption: { certificate: second.der, delivery: second.delivery },
  };
}
