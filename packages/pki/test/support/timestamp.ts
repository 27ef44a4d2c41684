import { fromHex, randomBytes, sm3, toHex } from '@cssi/sm-core';
import { type Certificate, parseCertificate } from '../../src/index.ts';
import { bits, oid, sequence } from '../../src/internal/write.ts';
import { signMessage } from '../../src/messages/sign-message.ts';
import { issueCrl } from '../../src/revocation/issue-crl.ts';
import type { RevocationReason } from '../../src/spec/v1/revocation.ts';
import {
  createTimeStampAuthority,
  createTimeStampRequest,
  grantedToken,
  parseTimeStampResponse,
  TIMESTAMP_OIDS,
  type TimeStampAuthorityOptions,
  type TimeStampRequestOptions,
} from '../../src/timestamp/index.ts';
import { type TimeStampInfoFields, writeTimeStampInfo } from '../../src/timestamp/info.ts';
import { signingCertificateAttribute, signToken } from '../../src/timestamp/sign-token.ts';
import { type Holder, NOW, root, under } from './authority.ts';

/** Policy of the authorities of tests. */
export const POLICY = '1.2.156.99999.1.1';

/** A root and an authority under it. */
export interface StampingSite {
  readonly ca: Holder;
  readonly tsa: Holder;
}

export async function stampingSite(): Promise<StampingSite> {
  const ca = await root();
  return { ca, tsa: await under(ca, '时间戳服务', { profile: 'tsa' }) };
}

/** Options of an authority that stamps at `NOW`. */
export const tsaOptions = (
  tsa: Holder,
  changes: Partial<TimeStampAuthorityOptions> = {},
): TimeStampAuthorityOptions => ({
  ...tsa,
  policy: POLICY,
  clock: () => NOW,
  serial: () => randomBytes(12),
  ...changes,
});

/** A token for a request. */
export async function tokenFor(
  tsa: Holder,
  request: Uint8Array | TimeStampRequestOptions,
  changes: Partial<TimeStampAuthorityOptions> = {},
): Promise<Uint8Array> {
  const der = request instanceof Uint8Array ? request : createTimeStampRequest(request);
  const authority = createTimeStampAuthority(tsaOptions(tsa, changes));
  return grantedToken(parseTimeStampResponse(await authority.reply(der)));
}

/** A token by any holder, as no authority would make it; fields of TSTInfo can be changed. */
export function tokenBy(
  holder: Holder,
  content: Uint8Array,
  changes: Partial<TimeStampInfoFields> = {},
  certificates: readonly Certificate[] = [holder.certificate],
): Promise<Uint8Array> {
  const info = writeTimeStampInfo({
    policy: POLICY,
    imprint: { hash: 'sm3', digest: sm3(content) },
    serial: Uint8Array.of(1),
    time: NOW,
    ordering: false,
    ...changes,
  });
  return signToken(info, { ...holder, certificates, syntax: 'rfc5652', time: NOW });
}

/** A token at `NOW` into which anybody may have put certificates and revocation lists. */
export function tokenCarrying(
  { signer, certificate }: Holder,
  content: Uint8Array,
  { certificates = [certificate], crls = [] }: CarriedInToken,
): Promise<Uint8Array> {
  const info = writeTimeStampInfo({
    policy: POLICY,
    imprint: { hash: 'sm3', digest: sm3(content) },
    serial: Uint8Array.of(1),
    time: NOW,
    ordering: false,
  });
  return signMessage(info, {
    syntax: 'rfc5652',
    contentType: TIMESTAMP_OIDS.tstInfo,
    certificates,
    crls,
    signers: [
      {
        signer,
        certificate,
        attributes: 'standard',
        signingTime: NOW,
        signedAttributes: [signingCertificateAttribute(certificate)],
      },
    ],
  });
}

/** What a token carries beside its signature. */
interface CarriedInToken {
  readonly certificates?: readonly Certificate[];
  readonly crls?: readonly Uint8Array[];
}

/** The certificate with some bytes of its signed part replaced, signed again by its CA. */
export async function resigned(holder: Holder, ca: Holder, from: string, to: string): Promise<Holder> {
  const tbs = toHex(holder.certificate.tbsRaw);
  if (!tbs.includes(from) || from.length !== to.length) throw new Error('nothing to replace');
  const changed = fromHex(tbs.replace(from, to));
  const algorithm = sequence(oid('1.2.156.10197.1.501'));
  const der = sequence(changed, algorithm, bits(await ca.signer.sign(changed)));
  return { signer: holder.signer, certificate: parseCertificate(der) };
}

/** A revocation list of a CA; `revoked` gives serial numbers with date and reason. */
export async function crlOf(
  ca: Holder,
  revoked: readonly { certificate: Certificate; date: Date; reason?: RevocationReason }[],
  thisUpdate: Date,
  days = 7,
): Promise<Uint8Array> {
  return issueCrl(
    {
      issuer: ca.certificate,
      thisUpdate,
      nextUpdate: new Date(thisUpdate.getTime() + days * 86_400_000),
      crlNumber: 1,
      entries: revoked.map(({ certificate, date, reason }) => ({
        serial: certificate.serial,
        revocationDate: date,
        ...(reason === undefined ? {} : { reason }),
      })),
    },
    ca.signer,
  );
}
