/**
 * Engine on `node:crypto`, for Node only: SM3, and SM4 in ECB, CBC and CTR, from the
 * OpenSSL that Node carries.
 *
 * What is left out, and why:
 * - SM2. `crypto.sign` and `crypto.verify` compute Z with an *empty* signer ID and
 *   take neither an ID nor a digest, so they make and accept other signatures than
 *   GM/T 0009 asks for; and they draw their nonces from OpenSSL's own generator.
 *   There is no access to the encryption, to key agreement or to points.
 * - GCM. SM4-GCM is in the newest OpenSSL only, and as a whole, not in the parts that
 *   the façade puts together. The façade says by name that it is missing.
 * - ZUC, which OpenSSL does not have.
 *
 * Whether OpenSSL was built with SM3 and SM4 is asked at run time (a FIPS build has
 * neither); what is not there is not declared.
 *
 * @packageDocumentation
 */
export { createNodeEngine, nodeEngine } from './node/engine.ts';
