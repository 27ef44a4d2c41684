import { createHash } from 'node:crypto';
import { toHex } from '@cssi/sm-core';
import { checkCertificateSignature } from '../../../signature/check-signature.ts';
import type { Certificate } from '../../../spec/v1/certificate.ts';
import { expectSame, fail, type VectorCheck } from '../case.ts';
import type { VectorFile, VectorRow } from '../vector-file.ts';

/** Digits of a time as the files write it: of UTCTime the year has two. */
const digits = (time: Date, like: string): string =>
  `${time.toISOString().replace(/[-:T]|\.\d+/g, '')}`.slice(like.length === 13 ? 2 : 0);

/** Reads as another reader read it. */
function checkFields(certificate: Certificate, row: VectorRow): void {
  const fingerprint = createHash('sha256').update(certificate.raw).digest('hex');
  expectSame(fingerprint, row.text('sha256'), 'digest of the whole');
  expectSame(certificate.signatureAlgorithm, 'sm2-sm3', 'signature algorithm');
  expectSame(toHex(certificate.serial), row.text('serial').replace(/^00(?=..)/, ''), 'serial number');
  expectSame(certificate.sm2PublicKey && toHex(certificate.sm2PublicKey), row.text('pub'), 'public key');
  const [from, to] = [row.text('not_before'), row.text('not_after')];
  expectSame(digits(certificate.notBefore, from), from, 'notBefore');
  expectSame(digits(certificate.notAfter, to), to, 'notAfter');
  const oids = certificate.extensions.map(({ oid }) => oid);
  expectSame(oids, row.texts('extensions'), 'extensions');
  const commonName = /(?:^|,)CN=([^,]+)/.exec(row.text('subject'))?.[1];
  expectSame(certificate.subject.commonName, commonName, 'common name');
}

/** The signer ID that a check states, and whether it is the one of the standard. */
function checkOne(certificate: Certificate, issuer: Certificate, id: string): void {
  const byDefault = checkCertificateSignature(certificate, issuer);
  const plain = checkCertificateSignature(certificate, issuer, ['plain-sm3']);
  if (id.startsWith('default')) expectSame([byDefault, plain], ['right', 'wrong'], 'signature');
  // Signed over plain SM3: wrong by the standard, right for a caller who asks for it.
  else if (id.startsWith('none')) expectSame([byDefault, plain], ['wrong', 'right'], 'signature');
  else fail('field id has an unknown value');
}

/** Nobody in the file signed it, whatever the names say. */
function checkNoIssuer(file: VectorFile, certificate: Certificate): void {
  for (const row of file.rows.filter(({ kind }) => kind === 'certificate')) {
    const check = checkCertificateSignature(certificate, file.certificateOf(row));
    if (check === 'right') fail(`signed by ${row.id}, expected nobody of the file`);
  }
}

/** A certificate of another project or of a real CA. */
export function* foreignCertificate(file: VectorFile, row: VectorRow): Iterable<VectorCheck> {
  const checks = row.rows('sig_check').map((check) => {
    const digest = check.text('issuer_sha256');
    const issuer = file.find((other) => other.optional('sha256') === digest);
    return { issuer, id: check.text('id') };
  });
  yield {
    id: row.id,
    run() {
      const certificate = file.certificateOf(row);
      checkFields(certificate, row);
      for (const { issuer, id } of checks) {
        if (issuer !== undefined) checkOne(certificate, file.certificateOf(issuer), id);
      }
      if (checks.length === 0) {
        expectSame(row.text('sig_check'), 'no matching issuer in the set', 'field sig_check');
        checkNoIssuer(file, certificate);
      }
    },
  };
  if (checks.some(({ issuer }) => issuer === undefined)) yield { id: row.id, skip: 'issuer-not-in-set' };
}
