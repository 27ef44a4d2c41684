import { equalBytes, Secret, type Sm2KeyPair, sm2, sm4 } from '@cssi/sm-core';
import { PKI_ERRORS } from '../errors.ts';
import { Cursor } from '../internal/cursor.ts';
import { FindingLog } from '../internal/finding-log.ts';
import { readOid } from '../internal/oids.ts';
import { reading } from '../internal/reading.ts';
import { DerProblem, readAll, readBytesOfBits, readOne, type Tlv } from '../internal/tlv.ts';
import type { ContainerReading, Sm2PrivateKeyRead } from '../spec/v1/container.ts';
import type { KeyDecipherer } from '../spec/v1/decipherer.ts';
import { OIDS } from '../spec/v1/oids.ts';
import { sm2PairOf } from './ec-private-key.ts';
import { decodeSm2PublicKeyInfo } from './sm2-keys.ts';
import { badOptions, decryptFailed, readingOptions } from './support.ts';

/** Longest SM2EnvelopedKey that is read, in bytes; one is about 240 long. */
export const MAX_ENVELOPED_KEY_BYTES = 4096;

const POINT_BYTES = 65;
const KEY_BYTES = 32;
const PADDED_BYTES = 64;
const SM4_KEY_BYTES = 16;

/** The parts of an SM2EnvelopedKey; views. */
interface EnvelopedKey {
  /** SM2Cipher of the SM4 key. */
  readonly cipher: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly wrapped: Uint8Array;
}

/** symAlgID: SM4-ECB, or SM4 without a mode; parameters are NULL or absent. */
function checkAlgorithm(element: Tlv, log: FindingLog): void {
  const [name, parameters, ...rest] = readAll(element.value);
  const oid = readOid(name, 'symAlgID');
  if (
    rest.length > 0 ||
    (parameters !== undefined && (parameters.tag !== 0x05 || parameters.value.length > 0))
  ) {
    throw new DerProblem('symAlgID');
  }
  if (oid === OIDS.sm4) log.note('SM4_OID_WITHOUT_MODE', 'symAlgID');
  else if (oid !== OIDS.sm4Ecb) {
    throw PKI_ERRORS.create('ERR_PKI_ALGORITHM_UNSUPPORTED', { detail: `oid=${oid}` });
  }
}

function readEnvelopedKey(der: Uint8Array, log: FindingLog): EnvelopedKey {
  const parts = new Cursor(readOne(der, 0x30).value);
  checkAlgorithm(parts.take(0x30, 'symAlgID'), log);
  const cipher = parts.take(0x30, 'symEncryptedKey').raw;
  const publicKey = readBytesOfBits(parts.take(0x03, 'sm2PublicKey'), 'sm2PublicKey');
  const wrapped = readBytesOfBits(parts.take(0x03, 'sm2EncryptedPrivateKey'), 'sm2EncryptedPrivateKey');
  parts.end('envelopedKey');
  if (publicKey.length !== POINT_BYTES) throw new DerProblem('sm2PublicKey');
  if (wrapped.length === PADDED_BYTES) log.note('PRIVATE_KEY_PADDED', 'sm2EncryptedPrivateKey');
  else if (wrapped.length !== KEY_BYTES) throw new DerProblem('sm2EncryptedPrivateKey');
  return { cipher, publicKey, wrapped };
}

/** The pair under the SM4 key. @throws SmError ERR_DECRYPT_FAILED */
function unwrap(key: Secret, { wrapped, publicKey }: EnvelopedKey): Sm2KeyPair {
  let scalar: Uint8Array | undefined;
  try {
    if (key.length !== SM4_KEY_BYTES) throw decryptFailed();
    scalar = sm4.ecbDecryptBlocks(key, wrapped);
    // ECB notices nothing: that the public key is the one of d is all the check there is.
    return sm2PairOf(scalar, () => {}, publicKey);
  } catch {
    throw decryptFailed();
  } finally {
    scalar?.fill(0);
  }
}

/** Failures of the cipher have one code; those of the holder of the key keep theirs. */
async function sm4KeyOf(decipherer: KeyDecipherer, cipher: Uint8Array): Promise<Secret> {
  const key = await decipherer.decrypt(Uint8Array.from(cipher));
  if (!(key instanceof Secret)) throw badOptions('decipherer');
  return key;
}

/**
 * The pair in an SM2EnvelopedKey (密钥对保护数据), by which a CA hands out an encryption key pair.
 * It is not authenticated: who made it, and that it was meant, must be known from elsewhere. Compare
 * the public key with that of the encryption certificate.
 *
 * Findings: SM4_OID_WITHOUT_MODE, PRIVATE_KEY_PADDED.
 *
 * @param der - at most 4,096 bytes
 * @param decipherer - holder of the private key of the signing certificate
 * @standard GB/T 35276-2017 §7.4
 * @throws {@link SmError} ERR_PKI_CONTAINER_MALFORMED, ERR_PKI_ALGORITHM_UNSUPPORTED,
 *   ERR_PKI_DEVIATION_REFUSED, ERR_DECRYPT_FAILED, and the errors of the decipherer
 */
export async function openEnvelopedKey(
  der: Uint8Array,
  decipherer: KeyDecipherer,
  options: ContainerReading = {},
): Promise<Sm2PrivateKeyRead> {
  const log = new FindingLog(readingOptions(options).policy);
  const parts = reading('ERR_PKI_CONTAINER_MALFORMED', MAX_ENVELOPED_KEY_BYTES, der, (copy) =>
    readEnvelopedKey(copy, log),
  );
  const key = await sm4KeyOf(decipherer, parts.cipher);
  try {
    return { kind: 'sm2', pair: unwrap(key, parts), findings: log.findings };
  } finally {
    key.destroy();
  }
}

/**
 * An SM2EnvelopedKey (密钥对保护数据): the pair for the holder of `recipient`, in DER.
 *
 * @param recipient - public key of the signing certificate: 04‖x‖y of 65 bytes, or SubjectPublicKeyInfo
 * @param pair - stays the caller's
 * @standard GB/T 35276-2017 §7.4
 * @throws {@link SmError} ERR_PKI_KEY_MALFORMED, ERR_PKI_ALGORITHM_UNSUPPORTED, ERR_PKI_CONTAINER_OPTIONS
 *   for a pair whose keys do not belong together, ERR_SM2_PUBLIC_KEY_INVALID,
 *   ERR_SM2_PRIVATE_KEY_INVALID, ERR_SECRET_DESTROYED
 */
export function envelopeKeyPair(recipient: Uint8Array, pair: Sm2KeyPair): Uint8Array {
  if (!(recipient instanceof Uint8Array)) throw badOptions('recipient');
  const point = recipient.length === POINT_BYTES ? recipient : decodeSm2PublicKeyInfo(recipient);
  if (!(pair?.privateKey instanceof Secret)) throw badOptions('pair');
  // Nobody could open it, and the recipient could not say why.
  if (!equalBytes(sm2.keyPair(pair.privateKey).publicKey, sm2.publicKey(pair.publicKey))) {
    throw badOptions('pair');
  }
  return sm2.envelopeKey(point, pair);
}
