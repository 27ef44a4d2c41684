import type { JsonValue } from '../../encoding/json.ts';
import type { Row } from './fields.ts';
import { botanCases } from './formats/botan.ts';
import { gmsslCases } from './formats/gmssl.ts';
import { kdfCases, macCases, sm3Cases, wycheproofMacCases } from './formats/hashes.ts';
import { allSkipped, gmsmTableCases } from './formats/not-here.ts';
import { opensslCases } from './formats/openssl.ts';
import {
  sm2AnnexCases,
  sm2DecryptCases,
  sm2EncryptCases,
  sm2ExchangeCases,
  sm2KeyCases,
  sm2SignCases,
  sm2VerifyCases,
} from './formats/sm2.ts';
import { sm4AeadCases, sm4ModeCases, sm4PaddingCases, wycheproofAeadCases } from './formats/sm4.ts';
import type { VectorReader } from './vector-case.ts';

/** Readers by the name of the file, hyphens for underscores, without `.json`. */
const BY_NAME: ReadonlyMap<string, VectorReader> = new Map<string, VectorReader>([
  ['hmac-sm3-standard', macCases],
  ['sm2-standard', sm2AnnexCases],
  ['sm3-standard', sm3Cases],
  ['sm4-standard', sm4ModeCases],
  ['gmsm-standard-annex-tables', gmsmTableCases],
  ['sm9-openhitls', allSkipped('sm9')],
  ['kdf', kdfCases],
  ['mac', macCases],
  ['sm2-encrypt', sm2EncryptCases],
  ['sm2-kex', sm2ExchangeCases],
  ['sm2-sign', sm2SignCases],
  ['sm3', sm3Cases],
  ['sm4-aead', sm4AeadCases],
  ['sm4-modes', sm4ModeCases],
  ['tls-records', allSkipped('tls')],
  ['zuc', allSkipped('zuc')],
  ['sm2-decrypt', sm2DecryptCases],
  ['sm2-keys', sm2KeyCases],
  ['sm2-verify', sm2VerifyCases],
  ['sm4-padding', sm4PaddingCases],
  ['containers', allSkipped('certificates')],
  ['generated-pki', allSkipped('certificates')],
  ['third-party-certs', allSkipped('certificates')],
  ['botan-vec', botanCases],
  ['gmssl-tables', gmsslCases],
  ['openssl-evp', opensslCases],
]);

/** Wycheproof files say themselves what they test. */
const BY_ALGORITHM: ReadonlyMap<string, VectorReader> = new Map<string, VectorReader>([
  ['HMACSM3', wycheproofMacCases],
  ['SM4-GCM', wycheproofAeadCases],
  ['SM4-CCM', wycheproofAeadCases],
]);

const isRow = (content: JsonValue): content is Row =>
  typeof content === 'object' && content !== null && !Array.isArray(content);

/** The reader for a file; one that skips everything under `unknown-file` when there is none. */
export function readerFor(fileName: string, content: JsonValue): VectorReader {
  const named = BY_NAME.get(fileName.replace(/\.json$/, '').replaceAll('_', '-'));
  if (named !== undefined) return named;
  if (isRow(content)) {
    const byAlgorithm =
      typeof content.algorithm === 'string' ? BY_ALGORITHM.get(content.algorithm) : undefined;
    if (byAlgorithm !== undefined && content.testGroups !== undefined) return byAlgorithm;
    // A recorded handshake: one connection with its records.
    if (typeof content.protocol === 'string' && Array.isArray(content.records)) return allSkipped('tls');
  }
  return allSkipped('unknown-file');
}
