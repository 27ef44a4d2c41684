import { toHex } from '@cssi/sm-core';
import {
  findRevoked,
  parseCrl,
  parseOcspRequest,
  parseOcspResponse,
  verifyCrlSignature,
  verifyOcspResponse,
} from '../../../revocation/index.ts';
import type { Certificate } from '../../../spec/v1/certificate.ts';
import type { OcspCertId } from '../../../spec/v1/ocsp.ts';
import { expectSame, fail } from '../case.ts';
import type { VectorFile, VectorRow } from '../vector-file.ts';

/** A revocation list: its signature, and that it lists whom the file says it revokes. */
export function revocationList(file: VectorFile, row: VectorRow): void {
  const issuer = file.certificate(row.text('issuer'));
  const crl = parseCrl(row.der);
  expectSame(toHex(crl.issuerRaw), toHex(issuer.subjectRaw), 'issuer');
  const { check } = verifyCrlSignature(crl, issuer);
  expectSame(check, row.invalid === undefined ? 'right' : 'wrong', 'signature');
  for (const other of file.rows.filter(({ kind }) => kind === 'certificate')) {
    if (other.optional('expected') !== `revoked in ${row.id}`) continue;
    if (findRevoked(crl, file.certificateOf(other).serial) === undefined) fail(`${other.id} is not listed`);
  }
}

/** Hex without leading zeros, as the files write serial numbers. */
const serialText = ({ serial }: Pick<OcspCertId, 'serial'>): string => toHex(serial).replace(/^0+(?=.)/, '');

/** A request: it asks about certificates of its set, by the hash that its name says. */
export function ocspRequest(file: VectorFile, row: VectorRow): void {
  const { certIds } = parseOcspRequest(row.der);
  if (certIds.length === 0) fail('asks about nothing');
  const serials = file.othersOf(row.id).map(serialText);
  for (const certId of certIds) {
    expectSame(certId.hash, row.id.split('-').at(-1), 'hash');
    if (!serials.includes(serialText(certId))) fail(`asks about ${serialText(certId)}, which is unknown`);
  }
}

/** A response: what it says about the two certificates that the file names, and under an altered signature nothing. */
export function ocspResponse(file: VectorFile, row: VectorRow): void {
  const signer = file.named(row.text('signer'));
  const issuer = file.certificate(signer.text('issuer'));
  const all = file.othersOf(row.id);
  const statusOf = (serial: string, der: Uint8Array): string => {
    const certificate = all.find((one) => serialText(one) === serial) ?? fail(`no certificate ${serial}`);
    return judged(der, certificate, issuer, file.time);
  };
  const [good, revoked] = [row.text('good_serial'), row.text('revoked_serial')];
  expectSame([statusOf(good, row.der), statusOf(revoked, row.der)], ['good', 'revoked'], 'status');
  // One bit of the signature, which stands in front of the responder's certificate.
  const altered = row.der;
  const { basic } = parseOcspResponse(altered);
  altered[Buffer.from(altered).indexOf(basic!.signature) + 10]! ^= 1;
  expectSame([statusOf(good, altered), statusOf(revoked, altered)], ['unknown', 'unknown'], 'altered');
}

const judged = (der: Uint8Array, certificate: Certificate, issuer: Certificate, time: Date): string =>
  verifyOcspResponse(parseOcspResponse(der), { certificate, issuer, time }).status;
