import { createECDH, createPublicKey, createVerify, ECDH } from 'node:crypto';
import { bytesOf, concat, der, derInteger, fixed, hexOf, uncompressed } from './bytes.ts';
import { type Affine, G, N } from './curve.ts';
import { type Rs, z } from './sm2-reference.ts';

/** Checks against OpenSSL through node:crypto. A difference stops the generator. */
function demand(condition: boolean, what: string): void {
  if (!condition) throw new Error(`OpenSSL does not agree: ${what}`);
}

/** [d]G by OpenSSL. */
export function checkPublicKey(d: bigint, point: Affine): void {
  const ecdh = createECDH('SM2');
  ecdh.setPrivateKey(fixed(d), 'hex');
  demand(ecdh.getPublicKey('hex') === uncompressed(point), `public key of ${d}`);
}

/** x of [d]P by OpenSSL; its interface gives no more of a multiple. */
export function checkMultiple(d: bigint, point: Affine, product: Affine): void {
  const ecdh = createECDH('SM2');
  ecdh.setPrivateKey(fixed(d), 'hex');
  demand(ecdh.computeSecret(uncompressed(point), 'hex', 'hex') === fixed(product.x), `multiple by ${d}`);
}

/** Decompression by OpenSSL; nothing when it refuses. */
export function decompress(encoded: string): string | undefined {
  try {
    return ECDH.convertKey(encoded, 'SM2', 'hex', 'hex', 'uncompressed') as string;
  } catch {
    return undefined;
  }
}

/** id-ecPublicKey and sm2p256v1 as AlgorithmIdentifier. */
const ALGORITHM = '301306072a8648ce3d020106082a811ccf5501822d';

/** Verification by OpenSSL of a message under an ID; DER of r and s. */
export function checkSignature(publicKey: Affine, id: string, msg: string, { r, s }: Rs): void {
  const spki = der('30', ALGORITHM, der('03', '00', uncompressed(publicKey)));
  const key = createPublicKey({ key: Buffer.from(spki, 'hex'), format: 'der', type: 'spki' });
  const signature = bytesOf(der('30', derInteger(r), derInteger(s)));
  const verified = createVerify('sm3')
    .update(concat(z(publicKey, id), bytesOf(msg)))
    .verify(key, signature);
  demand(verified, `signature ${hexOf(signature)}`);
}

checkPublicKey(1n, G);
checkPublicKey(N - 1n, {
  x: G.x,
  y: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn - G.y,
});
