import { createECDH } from 'node:crypto';
import { fromHex, type Sm2KeyPair, sm2, toHex } from '@cssi/sm-core';
import { weierstrass } from '@noble/curves/abstract/weierstrass.js';
import type { BenchRow } from '../area.ts';
import { agreeBytes } from './agree.ts';
import { rate } from './sm-core-sm2.ts';
import { smCrypto, smCryptoV2 } from './sm-crypto-peers.ts';

/** sm2p256v1 on @noble/curves, which does the point arithmetic of sm-crypto-v2. @standard GB/T 32918.5-2017 §2 */
const Point = weierstrass({
  p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
  a: 0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffcn,
  b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
  n: 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n,
  h: 1n,
  Gx: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  Gy: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
});

/** Rows of key generation, Diffie–Hellman and the SM2 key exchange. */
export function agreementRows(): BenchRow[] {
  Point.BASE.precompute(8, false);
  const [own, peer] = [sm2.generateKeyPair(), sm2.generateKeyPair()];
  return [keygenRow(), ecdhRow(own, peer), exchangeRow(own, peer)];
}

function keygenRow(): BenchRow {
  const ecdh = createECDH('SM2');
  return {
    ...rate,
    id: 'sm2.keygen',
    aims: [{ value: 40_000 }],
    ours: () => sm2.generateKeyPair(),
    peers: {
      'node:crypto': () => ecdh.generateKeys(),
      'sm-crypto': () => smCrypto.sm2.generateKeyPairHex(),
      'sm-crypto-v2': () => smCryptoV2.sm2.generateKeyPairHex(),
    },
  };
}

function ecdhRow(own: Sm2KeyPair, peer: Sm2KeyPair): BenchRow {
  const d = BigInt(`0x${own.privateKey.use(toHex)}`);
  const point = Point.fromHex(toHex(peer.publicKey));
  const secret = nodeSecret(own, peer);
  const peers = {
    ...(secret === undefined ? {} : { 'node:crypto': secret }),
    '@noble/curves': () => fromHex(point.multiply(d).toAffine().x.toString(16).padStart(64, '0')),
  };
  const shared = sm2.ecdh(own.privateKey, peer.publicKey);
  shared.use((x) => {
    for (const [name, run] of Object.entries(peers)) agreeBytes(x, { [name]: run() }, 'agreement');
  });
  return {
    ...rate,
    id: 'sm2.ecdh',
    ours: () => sm2.ecdh(own.privateKey, peer.publicKey).destroy(),
    peers,
  };
}

/** Agreement through `node:crypto`, where its OpenSSL lets SM2 keys agree: that of Node 24 and later does not. */
function nodeSecret(own: Sm2KeyPair, peer: Sm2KeyPair): (() => Uint8Array) | undefined {
  try {
    const ecdh = createECDH('SM2');
    ecdh.setPrivateKey(own.privateKey.use((bytes) => Buffer.from(bytes)));
    ecdh.computeSecret(peer.publicKey);
    return () => ecdh.computeSecret(peer.publicKey);
  } catch {
    return undefined;
  }
}

/** One side from drawing r to the key: two ephemeral keys more than a plain agreement. */
function exchangeRow(own: Sm2KeyPair, peer: Sm2KeyPair): BenchRow {
  const begin = (role: 'initiator' | 'responder', [self, other]: readonly [Sm2KeyPair, Sm2KeyPair]) =>
    sm2.keyExchange({
      role,
      pair: self,
      peerPublicKey: other.publicKey,
      keyLength: 16,
      confirm: 'none',
    });
  const [a, b] = [begin('initiator', [own, peer]), begin('responder', [peer, own])];
  const [ra, rb] = [a.offer(), b.offer()];
  agreeBytes(
    a.agree(rb).use((key) => Uint8Array.from(key)),
    { peer: b.agree(ra).use((key) => Uint8Array.from(key)) },
    'exchange',
  );
  return {
    ...rate,
    id: 'sm2.exchange.side',
    aims: [{ value: 6000 }],
    ours: () => {
      const side = begin('initiator', [own, peer]);
      side.offer();
      side.agree(rb).destroy();
    },
    peers: {},
  };
}
