import { fail, type VectorCheck } from '../case.ts';
import type { VectorFile, VectorRow } from '../vector-file.ts';
import { chainCertificate } from './certificates.ts';
import { encryptedKey, keyStore, privateKey, publicKey, sm2EnvelopedKey } from './containers.ts';
import { foreignCertificate } from './foreign-certificates.ts';
import { encryptedMessage, signedMessage } from './messages.ts';
import { certificateRequest } from './requests.ts';
import { ocspRequest, ocspResponse, revocationList } from './revocation.ts';
import { timeStampRequest, timeStampResponse } from './time-stamps.ts';

type Reader = (file: VectorFile, row: VectorRow) => Iterable<VectorCheck>;

/** Certificates of other projects come with a digest, those made here with a name. */
const certificate: Reader = (file, row) =>
  row.has('sha256') ? foreignCertificate(file, row) : chainCertificate(file, row);

/** One check for one case. */
const single =
  (run: (file: VectorFile, row: VectorRow) => void | Promise<void>): Reader =>
  (file, row) => [{ id: row.id, run: () => run(file, row) }];

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['certificate', certificate],
  ['cms-signeddata', single(signedMessage)],
  ['crl', single(revocationList)],
  ['csr', single(certificateRequest)],
  ['encrypted-pkcs8', single(encryptedKey)],
  ['enveloped-data', single(encryptedMessage)],
  ['ocsp-request', single(ocspRequest)],
  ['ocsp-response', single(ocspResponse)],
  ['pfx', single(keyStore)],
  ['pkcs8', single(privateKey)],
  ['sec1', single(privateKey)],
  ['signed-data', single(signedMessage)],
  ['sm2-enveloped-key', single(sm2EnvelopedKey)],
  ['spki', single(publicKey)],
  ['tsp-request', single(timeStampRequest)],
  ['tsp-response', single(timeStampResponse)],
]);

const unknown: Reader = single((_, row) => fail(`nobody knows the kind ${row.kind}`));

/** What one case of a file checks. */
export const checksOf: Reader = (file, row) => (READERS.get(row.kind) ?? unknown)(file, row);
