import { sm2, sm3, utf8 } from '@cssi/sm-core';
import { type ConformanceCase, expectTrue } from '@cssi/sm-core/conformance';
import { decodeSm2PublicKeyInfo } from '../containers/sm2-keys.ts';
import type { CertificateSigner } from '../spec/v1/signer.ts';
import { signDigest, verifies } from './signer-support.ts';

const SIGN = 'GB/T 32918.2-2016 §6.1';

/** Whose key, which ID, and Z: for SM2 alone. */
export const sm2IdCases: readonly ConformanceCase<CertificateSigner>[] = [
  {
    id: 'signer.rejects.another-key',
    clause: 'GB/T 32918.2-2016 §7.1',
    level: 'MUST',
    requires: ['sm2-sm3'],
    async run(signer, context) {
      const message = context.bytes('m', 20);
      const signature = await signer.sign(message);
      const other = sm2.generateKeyPair().publicKey;
      expectTrue(!sm2.verify(other, message, signature), 'the signature verifies under a fresh key');
    },
  },
  {
    id: 'signer.rejects.the-empty-id',
    clause: 'GM/T 0009-2012 §10',
    level: 'MUST',
    requires: ['sm2-sm3'],
    async run(signer, context) {
      const message = context.bytes('m', 20);
      const signature = await signer.sign(message);
      expectTrue(verifies(signer, message, signature), 'not signed with the default ID');
      expectTrue(!verifies(signer, message, signature, new Uint8Array(0)), 'signed with the empty ID');
    },
  },
  {
    id: 'signer.rejects.another-id',
    clause: 'GM/T 0009-2012 §10',
    level: 'MUST',
    requires: ['sm2-sm3'],
    async run(signer, context) {
      const message = context.bytes('m', 20);
      const signature = await signer.sign(message);
      for (const id of ['1234567812345679', '12345678', 'ALICE123@YAHOO.COM']) {
        expectTrue(!verifies(signer, message, signature, utf8(id)), `signed with the ID ${id}`);
      }
    },
  },
  {
    id: 'signer.rejects.plain-sm3-without-z',
    clause: 'GB/T 32918.2-2016 §5.5',
    level: 'MUST',
    requires: ['sm2-sm3'],
    async run(signer, context) {
      const message = context.bytes('m', 20);
      const signature = await signer.sign(message);
      const key = decodeSm2PublicKeyInfo(signer.publicKeyInfo);
      expectTrue(!sm2.verifyDigest(key, sm3(message), signature), 'signed SM3 of the message without Z');
    },
  },
];

/** `signDigest`: for SM2 signers that have it. */
export const sm2DigestCases: readonly ConformanceCase<CertificateSigner>[] = [
  {
    id: 'signer.digest.is-signed-as-it-is',
    clause: `${SIGN} A3`,
    level: 'MUST',
    requires: ['sm2-sm3', 'sign-digest'],
    async run(signer, context) {
      const key = decodeSm2PublicKeyInfo(signer.publicKeyInfo);
      const e = context.bytes('e', 32);
      const signature = await signDigest(signer, e);
      expectTrue(sm2.verifyDigest(key, e, signature), 'the digest was not signed');
      const other = Uint8Array.from(e);
      other[31]! ^= 1;
      expectTrue(!sm2.verifyDigest(key, other, signature), 'another digest verifies');
    },
  },
  {
    id: 'signer.digest.is-not-of-another-length',
    clause: `${SIGN} A3`,
    level: 'MUST',
    requires: ['sm2-sm3', 'sign-digest'],
    async run(signer, context) {
      for (const length of [0, 20, 31, 33, 64]) {
        const refused = await signDigest(signer, context.bytes(`e${length}`, length)).then(
          () => false,
          () => true,
        );
        expectTrue(refused, `a digest of ${length} bytes was signed`);
      }
    },
  },
];
