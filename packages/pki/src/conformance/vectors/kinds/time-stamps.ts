import { isAccepted, sm3, toHex, utf8 } from '@cssi/sm-core';
import { parseTimeStampRequest } from '../../../timestamp/request.ts';
import { grantedToken, parseTimeStampResponse } from '../../../timestamp/response.ts';
import { verifyTimeStampToken } from '../../../timestamp/verify.ts';
import { expectBytes, expectSame, fail } from '../case.ts';
import type { VectorFile, VectorRow } from '../vector-file.ts';

/** A request for a time stamp: its imprint is SM3 of the content. */
export function timeStampRequest(_file: VectorFile, row: VectorRow): void {
  const { imprint } = parseTimeStampRequest(row.der);
  expectSame(imprint.hash, 'sm3', 'hash');
  expectBytes(imprint.digest, sm3(row.bytes('content')), 'imprint');
}

/** A response: the token is for the content, and for no other. */
export function timeStampResponse(file: VectorFile, row: VectorRow): void {
  const token = grantedToken(parseTimeStampResponse(row.der));
  const path = {
    anchors: [file.anchorOf(row.id)],
    intermediates: file.othersOf(row.id),
  };
  const { verdict, info, certificate } = verifyTimeStampToken(token, { content: row.bytes('content'), path });
  if (!isAccepted(verdict)) fail(`refused: ${JSON.stringify(verdict.integrity)}`);
  expectSame(info.time.toISOString().replace('.000', ''), row.text('gen_time'), 'time');
  const signer = file.certificate(row.text('signer'));
  expectSame(certificate && toHex(certificate.raw), toHex(signer.raw), 'certificate');
  const other = verifyTimeStampToken(token, { content: utf8('other content'), path });
  if (isAccepted(other.verdict)) fail('accepted for other content');
}
