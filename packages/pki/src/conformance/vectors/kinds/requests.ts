import { toHex } from '@cssi/sm-core';
import { parseCertificateRequest, verifyCertificateRequest } from '../../../request/index.ts';
import { expectSame } from '../case.ts';
import type { VectorFile, VectorRow } from '../vector-file.ts';

/** A request for a certificate: proof of possession, and the fields that another reader read. */
export function certificateRequest(file: VectorFile, row: VectorRow): void {
  const request = parseCertificateRequest(row.der);
  const plain = row.rows('sig_check').some((check) => check.text('id').startsWith('none'));
  const { check } = verifyCertificateRequest(request);
  expectSame(check, plain || row.invalid !== undefined ? 'wrong' : 'right', 'proof of possession');
  if (plain) {
    // Wrong by the standard, right for a caller who asks for a signature without Z.
    const asked = verifyCertificateRequest(request, { signerIds: ['plain-sm3'] });
    expectSame(asked.check, 'right', 'proof of possession over plain SM3');
  }
  const key = request.sm2PublicKey && toHex(request.sm2PublicKey);
  if (row.has('pub')) expectSame(key, row.text('pub'), 'public key');
  if (row.has('key')) expectSame(key, file.publicKeyOf(row.text('key')), 'public key');
  const commonName = /(?:^|,)CN=([^,]+)/.exec(row.optional('subject') ?? '')?.[1];
  if (commonName !== undefined) expectSame(request.subject.commonName, commonName, 'common name');
}
