/**
 * Containers of keys and certificates: PKCS#8 and SEC 1, PBES2, PKCS#12, PEM, SM2EnvelopedKey, and the
 * container of CFCA's kit.
 *
 * @packageDocumentation
 */

export {
  type ContainerCipher,
  type ContainerEncryption,
  type ContainerPassword,
  type ContainerReading,
  DEFAULT_CONTAINER_ITERATIONS,
  type DecodedPrivateKey,
  type ForeignPrivateKey,
  MAX_CONTAINER_BYTES,
  MAX_CONTAINER_ITERATIONS,
  MAX_PASSWORD_BYTES,
  MAX_PKCS12_BAGS,
  MAX_PKCS12_ITERATIONS,
  MAX_PRIVATE_KEY_BYTES,
  type Pbkdf2Prf,
  type Pkcs12Certificate,
  type Pkcs12Contents,
  type Pkcs12Input,
  type Pkcs12Key,
  type Pkcs12KeyInput,
  type Pkcs12Reading,
  type Sm2PrivateKeyRead,
  WEAK_CONTAINER_ITERATIONS,
} from '../spec/v1/container.ts';
export { type CfcaSm2Contents, openCfcaSm2 } from './cfca-sm2.ts';
export {
  type DecryptedPkcs8,
  decryptPkcs8,
  decryptPrivateKey,
  encryptPrivateKey,
} from './encrypted-key.ts';
export { envelopeKeyPair, MAX_ENVELOPED_KEY_BYTES, openEnvelopedKey } from './enveloped-key.ts';
export { type PrivateKeyPemOptions, privateKeyFromPem } from './key-pem.ts';
export { type CertificatesPemOptions, certificatesFromPem, pemDecode, pemEncode } from './pem.ts';
export { openPkcs12 } from './pkcs12-read.ts';
export { type Pkcs12Options, sealPkcs12 } from './pkcs12-write.ts';
export { decodePrivateKey } from './private-key.ts';
export {
  decodeSm2PrivateKey,
  decodeSm2PublicKeyInfo,
  encodeSm2PrivateKey,
  encodeSm2PublicKeyInfo,
} from './sm2-keys.ts';
