import {
  createOcspRequest,
  createOcspResponse,
  issueCrl,
  parseCrl,
  parseOcspRequest,
  parseOcspResponse,
} from '../../src/revocation/index.ts';
import type { OcspAnswer, OcspRequestSpec, OcspResponse } from '../../src/spec/v1/ocsp.ts';
import type { CertificateRevocationList, CrlSpec, CrlSpecEntry } from '../../src/spec/v1/revocation.ts';
import { day, type Holder } from './authority.ts';

export const crlSpec = (issuer: Holder, changes: Partial<CrlSpec> = {}): CrlSpec => ({
  issuer: issuer.certificate,
  thisUpdate: day(-1),
  nextUpdate: day(6),
  crlNumber: 1,
  entries: [],
  ...changes,
});

/** A list of `issuer`; good values for everything that a test does not name. */
export const crlOf = async (
  issuer: Holder,
  changes: Partial<CrlSpec> = {},
): Promise<CertificateRevocationList> => parseCrl(await issueCrl(crlSpec(issuer, changes), issuer.signer));

export const revokedEntry = (holder: Holder, changes: Partial<CrlSpecEntry> = {}): CrlSpecEntry => ({
  serial: holder.certificate.serial,
  revocationDate: day(-2),
  ...changes,
});

/** What a test wants to be different in a response. */
export interface ResponseChanges {
  readonly answer?: Partial<OcspAnswer>;
  readonly request?: Partial<OcspRequestSpec>;
  readonly responder?: Holder;
  readonly chain?: readonly Holder[];
  readonly responderId?: 'name' | 'key';
  readonly nonce?: Uint8Array;
  readonly producedAt?: Date;
}

/** DER of a response about `holder`; the issuer answers itself unless `responder` is given. */
export async function responseDer(
  issuer: Holder,
  holder: Holder,
  changes: ResponseChanges = {},
): Promise<Uint8Array> {
  const { certificate } = holder;
  const request = createOcspRequest({ certificate, issuer: issuer.certificate, ...changes.request });
  const [certId] = parseOcspRequest(request).certIds;
  const { responder = issuer, chain = changes.responder === undefined ? [] : [changes.responder] } = changes;
  return createOcspResponse(
    {
      responder: responder.certificate,
      producedAt: changes.producedAt ?? day(-1),
      answers: [
        { certId: certId!, status: 'good', thisUpdate: day(-1), nextUpdate: day(6), ...changes.answer },
      ],
      ...(changes.responderId === undefined ? {} : { responderId: changes.responderId }),
      ...(changes.nonce === undefined ? {} : { nonce: changes.nonce }),
    },
    responder.signer,
    chain.map((one) => one.certificate),
  );
}

export const responseOf = async (
  issuer: Holder,
  holder: Holder,
  changes: ResponseChanges = {},
): Promise<OcspResponse> => parseOcspResponse(await responseDer(issuer, holder, changes));
