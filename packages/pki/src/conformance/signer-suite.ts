import { isAccepted, sm3, toHex } from '@cssi/sm-core';
import { type ConformanceCase, type ConformanceSuite, expectTrue } from '@cssi/sm-core/conformance';
import { issueCertificate } from '../certificate/issue-certificate.ts';
import { parseCertificate } from '../certificate/parse-certificate.ts';
import { decodeSm2PublicKeyInfo, encodeSm2PublicKeyInfo } from '../containers/sm2-keys.ts';
import { verifyCertificatePath } from '../path/verify-path.ts';
import type { CertificateSigner } from '../spec/v1/signer.ts';
import { sm2DigestCases, sm2IdCases } from './signer-sm2-cases.ts';
import { expectEncoding, expectInOrder, keyFits, readSignature, verifies } from './signer-support.ts';

const SIGN = 'GB/T 32918.2-2016 §6.1';
const ENCODING = 'GB/T 35276-2017 §7.3 [SEAL-018]';
const INTERFACE = 'CertificateSigner v1';
const DAY = 86_400_000;

const cases: readonly ConformanceCase<CertificateSigner>[] = [
  {
    id: 'signer.key.is-of-the-algorithm',
    clause: 'GB/T 35276-2017 §7.1 [SEAL-018]',
    level: 'MUST',
    run(signer) {
      const { algorithm, publicKeyInfo } = signer;
      if (algorithm === 'sm2-sm3') {
        const again = encodeSm2PublicKeyInfo(decodeSm2PublicKeyInfo(publicKeyInfo));
        expectTrue(toHex(again) === toHex(publicKeyInfo), 'publicKeyInfo is not the one DER form of its key');
        return;
      }
      expectTrue(keyFits(signer), 'the key is not one of the algorithm');
    },
  },
  {
    id: 'signer.sign.short-messages',
    clause: SIGN,
    level: 'MUST',
    async run(signer, context) {
      for (const length of [1, 31, 32, 33, 64, 1000]) {
        const message = context.bytes(`m${length}`, length);
        expectTrue(verifies(signer, message, await signer.sign(message)), `message of ${length} bytes`);
      }
    },
  },
  {
    id: 'signer.sign.empty-message',
    clause: SIGN,
    level: 'MUST',
    async run(signer) {
      const empty = new Uint8Array(0);
      expectTrue(verifies(signer, empty, await signer.sign(empty)), 'the empty message');
    },
  },
  {
    id: 'signer.sign.one-mebibyte',
    clause: INTERFACE,
    level: 'MUST',
    async run(signer, context) {
      const message = context.bytes('large', 1 << 20);
      const signature = await signer.sign(message);
      expectTrue(verifies(signer, message, signature), 'message of 1 MiB');
      const other = Uint8Array.from(message);
      other[other.length - 1]! ^= 1;
      expectTrue(!verifies(signer, other, signature), 'the last byte of 1 MiB was not signed');
    },
  },
  {
    id: 'signer.sign.part-of-a-buffer',
    clause: INTERFACE,
    level: 'MUST',
    async run(signer, context) {
      const view = context.bytes('buffer', 300).subarray(100, 200);
      const signature = await signer.sign(view);
      expectTrue(verifies(signer, view, signature), 'a view of a larger buffer was not signed as it is');
    },
  },
  {
    id: 'signer.encoding.is-strict-der',
    clause: ENCODING,
    level: 'MUST',
    async run(signer, context) {
      // Enough signatures for values that need a sign byte and for such that do not.
      for (let i = 0; i < 16; i++) expectEncoding(signer, await signer.sign(context.bytes(`m${i}`, 20)));
    },
  },
  {
    id: 'signer.encoding.is-not-out-of-range',
    clause: 'GB/T 32918.2-2016 §7.1 B1, B2',
    level: 'MUST',
    async run(signer, context) {
      for (let i = 0; i < 4; i++) {
        expectInOrder(signer.algorithm, await signer.sign(context.bytes(`m${i}`, 20)));
      }
    },
  },
  {
    id: 'signer.rejects.another-message',
    clause: SIGN,
    level: 'MUST',
    async run(signer, context) {
      const message = context.bytes('m', 64);
      const signature = await signer.sign(message);
      expectTrue(verifies(signer, message, signature), 'the message itself does not verify');
      for (const at of [0, 31, 63]) {
        const other = Uint8Array.from(message);
        other[at]! ^= 1;
        expectTrue(!verifies(signer, other, signature), `a message with byte ${at} changed verifies`);
      }
    },
  },
  {
    id: 'signer.rejects.shorter-and-longer-messages',
    clause: SIGN,
    level: 'MUST',
    async run(signer, context) {
      const message = context.bytes('m', 64);
      const signature = await signer.sign(message.subarray(0, 63));
      expectTrue(!verifies(signer, message, signature), 'a longer message verifies');
      expectTrue(!verifies(signer, message.subarray(0, 62), signature), 'a shorter message verifies');
    },
  },
  {
    id: 'signer.rejects.the-digest-in-place-of-the-message',
    clause: `${SIGN} A1, A2`,
    level: 'MUST',
    async run(signer, context) {
      const message = context.bytes('m', 100);
      const signature = await signer.sign(message);
      expectTrue(!verifies(signer, sm3(message), signature), 'SM3 of the message was signed in its place');
    },
  },
  ...sm2IdCases,
  {
    id: 'signer.nonce.is-not-used-again',
    clause: `${SIGN} A3`,
    level: 'MUST',
    // ECDSA may derive its nonce from the message (RFC 6979).
    requires: ['sm2-sm3'],
    async run(signer, context) {
      // For one message r shows the nonce: r = e + x1 mod n.
      const message = context.bytes('m', 20);
      const seen = new Set<string>();
      for (let i = 0; i < 8; i++) {
        seen.add(toHex(readSignature(await signer.sign(message), 'sm2-sm3').r));
      }
      expectTrue(seen.size === 8, 'two signatures of one message have the same r');
    },
  },
  {
    id: 'signer.calls.do-not-mix',
    clause: INTERFACE,
    level: 'MUST',
    async run(signer, context) {
      const messages = Array.from({ length: 16 }, (_, i) => context.bytes(`m${i}`, 100));
      const signatures = await Promise.all(messages.map((message) => signer.sign(message)));
      for (const [i, message] of messages.entries()) {
        expectTrue(verifies(signer, message, signatures[i]!), `call ${i} of 16 at once`);
        const next = messages[(i + 1) % messages.length]!;
        expectTrue(!verifies(signer, next, signatures[i]!), `call ${i} got the signature of another`);
      }
    },
  },
  {
    id: 'signer.calls.do-not-change-the-message',
    clause: INTERFACE,
    level: 'MUST',
    async run(signer, context) {
      const message = context.bytes('m', 100);
      const before = toHex(message);
      await signer.sign(message);
      expectTrue(toHex(message) === before, 'the message was changed');
    },
  },
  {
    id: 'signer.calls.do-not-share-results',
    clause: INTERFACE,
    level: 'MUST',
    async run(signer, context) {
      const message = context.bytes('m', 100);
      const first = await signer.sign(message);
      const kept = toHex(first);
      const second = await signer.sign(context.bytes('other', 100));
      expectTrue(toHex(first) === kept, 'a later call changed the bytes of an earlier signature');
      second.fill(0);
      expectTrue(verifies(signer, message, first), 'two results share one buffer');
    },
  },
  ...sm2DigestCases,
  {
    id: 'signer.certificate.leads-to-an-accepted-path',
    clause: 'GB/T 20518-2018 §5.2 [SEAL-015]',
    level: 'MUST',
    async run(signer, context) {
      const name = { commonName: '一致性测试根', organization: 'CSSI', country: 'CN' };
      const der = await issueCertificate(
        {
          subject: name,
          issuer: name,
          publicKeyInfo: signer.publicKeyInfo,
          issuerPublicKeyInfo: signer.publicKeyInfo,
          profile: 'root-ca',
          notBefore: new Date(context.now.getTime() - DAY),
          notAfter: new Date(context.now.getTime() + DAY),
        },
        signer,
      );
      const root = parseCertificate(der);
      const verdict = verifyCertificatePath(root, { anchors: [root], time: context.now });
      expectTrue(isAccepted(verdict), 'a self-signed certificate of the signer is not accepted');
    },
  },
];

/**
 * Suite of {@link CertificateSigner} version 1. Give the signer's algorithm as its capability, and
 * `sign-digest` when it has `signDigest`: the cases about signer IDs and digests run for SM2 only.
 *
 * @example
 * ```ts
 * import { sm2SoftwareSigner } from '@cssi/pki/adapters/software';
 * import { certificateSignerSuite } from '@cssi/pki/conformance';
 * import { sm2 } from '@cssi/sm-core';
 * import { runSuite } from '@cssi/sm-core/conformance';
 * const subject = sm2SoftwareSigner(sm2.generateKeyPair());
 * const under = { name: 'software', subject, capabilities: [subject.algorithm, 'sign-digest'] };
 * const report = await runSuite(certificateSignerSuite, under);
 * ```
 */
export const certificateSignerSuite: ConformanceSuite<CertificateSigner> = {
  name: 'pki.certificate-signer',
  specVersion: '1',
  packageVersion: '0.1.0',
  cases,
};
