import type { JsonValue } from '../../encoding/json.ts';
import type { Row } from './fields.ts';
import { botanCases } from './formats/botan.ts';
import { gmsslCases } from './formats/gmssl.ts';
import { macCases, sm3Cases, wycheproofMacCases } from './formats/hashes.ts';
import { kdfCases } from './formats/kdf.ts';
import { allSkipped, gmsmTableCases } from './formats/not-here.ts';
import { opensslCases } from './formats/openssl.ts';
import { ownSm2Encrypt, ownSm2Exchange, ownSm2Keys, ownSm2Sign, ownSm2Verify } from './formats/own-sm2.ts';
import { ownHkdf, ownHmac, ownPbkdf2, ownSm2Kdf, ownSm3 } from './formats/own-sm3.ts';
import { ownSm4Ccm, ownSm4Gcm, ownSm4Modes } from './formats/own-sm4.ts';
import { ownZuc } from './formats/own-zuc.ts';
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
import { tlsRecordCases } from './formats/tls-records.ts';
import { zucCases } from './formats/zuc.ts';
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
  ['tls-records', tlsRecordCases],
  ['zuc', zucCases],
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

/** Files of this repository name their schema. */
const BY_SCHEMA: ReadonlyMap<string, VectorReader> = new Map<string, VectorReader>([
  ['hkdf-sm3.schema.json', ownHkdf],
  ['hmac-sm3.schema.json', ownHmac],
  ['pbkdf2-hmac-sm3.schema.json', ownPbkdf2],
  ['sm2-encrypt.schema.json', ownSm2Encrypt],
  ['sm2-exchange.schema.json', ownSm2Exchange],
  ['sm2-kdf.schema.json', ownSm2Kdf],
  ['sm2-keys.schema.json', ownSm2Keys],
  ['sm2-sign.schema.json', ownSm2Sign],
  ['sm2-verify.schema.json', ownSm2Verify],
  ['sm3.schema.json', ownSm3],
  ['sm4-ccm.schema.json', ownSm4Ccm],
  ['sm4-gcm.schema.json', ownSm4Gcm],
  ['sm4-modes.schema.json', ownSm4Modes],
  ['zuc.schema.json', ownZuc],
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
  if (isRow(content)) {
    const bySchema = typeof content.schema === 'string' ? BY_SCHEMA.get(content.schema) : undefined;
    if (bySchema !== undefined) return bySchema;
  }
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
