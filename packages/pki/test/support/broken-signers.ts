import { concatBytes, fromHex, sm2, sm3, toHex, utf8 } from '@cssi/sm-core';
import { sm2SoftwareSigner } from '../../src/adapters/software.ts';
import type { CertificateSigner } from '../../src/index.ts';

/** A signer with one planted fault, and the cases of the suite that must find it. */
export interface BrokenSigner {
  readonly fault: string;
  readonly signer: CertificateSigner;
  readonly caught: readonly string[];
}

const pair = sm2.generateKeyPair();
const good = sm2SoftwareSigner(pair);
/** Any id will do for a key of its own; a constant nonce gives the key away. */
const constantNonce = { fill: (out: Uint8Array) => void out.fill(0x11) };

const broken = (
  fault: string,
  sign: (message: Uint8Array) => Promise<Uint8Array>,
  ...caught: readonly string[]
): BrokenSigner => ({ fault, signer: { ...good, sign }, caught });

/** r or s with a zero byte in front that DER does not allow. */
function padded(signature: Uint8Array): Uint8Array {
  const r = signature.subarray(2, 4 + signature[3]!);
  const s = signature.subarray(4 + signature[3]!);
  const longer = concatBytes(Uint8Array.of(0x02, r[1]! + 1, 0), r.subarray(2));
  return concatBytes(Uint8Array.of(0x30, longer.length + s.length), longer, s);
}

const N = fromHex('fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123');
let lastMessage: Uint8Array = new Uint8Array(0);
const shared = new Uint8Array(72);

export const BROKEN_SIGNERS: readonly BrokenSigner[] = [
  broken(
    'signs with the empty ID',
    async (message) => sm2.signWith(pair, message, { id: new Uint8Array(0) }),
    'signer.rejects.the-empty-id',
    'signer.sign.short-messages',
  ),
  broken(
    'signs with an ID of its own',
    async (message) => sm2.signWith(pair, message, { id: utf8('12345678') }),
    'signer.rejects.another-id',
  ),
  broken(
    'leaves out Z',
    async (message) => sm2.signDigest(pair.privateKey, sm3(message)),
    'signer.rejects.plain-sm3-without-z',
  ),
  broken(
    'hashes the message first',
    async (message) => sm2.signWith(pair, sm3(message)),
    'signer.rejects.the-digest-in-place-of-the-message',
  ),
  broken(
    'uses one nonce for ever',
    async (message) => sm2.signWith(pair, message, { random: constantNonce }),
    'signer.nonce.is-not-used-again',
  ),
  broken(
    'answers with raw r and s',
    async (message) => sm2.signWith(pair, message, { format: 'raw' }),
    'signer.encoding.is-strict-der',
  ),
  broken('pads r', async (message) => padded(sm2.signWith(pair, message)), 'signer.encoding.is-strict-der'),
  broken(
    'answers with r = 0 and s = n',
    async () => concatBytes(fromHex('3026020100022100'), N),
    'signer.encoding.is-not-out-of-range',
  ),
  broken(
    'signs the first 64 KiB only',
    async (message) => sm2.signWith(pair, message.subarray(0, 65_536)),
    'signer.sign.one-mebibyte',
  ),
  broken(
    'signs the first 32 bytes only',
    async (message) => sm2.signWith(pair, message.subarray(0, 32)),
    'signer.rejects.another-message',
    'signer.sign.short-messages',
  ),
  broken(
    'drops the last byte',
    async (message) => sm2.signWith(pair, message.subarray(0, message.length - 1)),
    'signer.rejects.shorter-and-longer-messages',
  ),
  broken(
    'refuses the empty message',
    async (message) => {
      if (message.length === 0) throw new Error('empty');
      return sm2.signWith(pair, message);
    },
    'signer.sign.empty-message',
  ),
  broken(
    'signs the whole buffer behind a view',
    async (message) => sm2.signWith(pair, new Uint8Array(message.buffer)),
    'signer.sign.part-of-a-buffer',
  ),
  broken(
    'signs whichever message came last',
    async (message) => {
      lastMessage = message;
      await new Promise((resolve) => setImmediate(resolve));
      return sm2.signWith(pair, lastMessage);
    },
    'signer.calls.do-not-mix',
  ),
  broken(
    'wipes the message',
    async (message) => {
      const signature = sm2.signWith(pair, message);
      message.fill(0);
      return signature;
    },
    'signer.calls.do-not-change-the-message',
  ),
  broken(
    'answers in one buffer for all calls',
    async (message) => {
      const signature = sm2.signWith(pair, message);
      shared.set(signature);
      return shared.subarray(0, signature.length);
    },
    'signer.calls.do-not-share-results',
  ),
  broken(
    'signs with another key now and then',
    async (message) => sm2.signWith(toHex(message).startsWith('30') ? sm2.generateKeyPair() : pair, message),
    'signer.certificate.leads-to-an-accepted-path',
  ),
  {
    fault: 'signs the digest of the digest',
    signer: { ...good, signDigest: async (digest) => sm2.signDigest(pair.privateKey, sm3(digest)) },
    caught: ['signer.digest.is-signed-as-it-is', 'signer.digest.is-not-of-another-length'],
  },
  {
    fault: 'shows the public key of another pair',
    signer: { ...good, publicKeyInfo: sm2SoftwareSigner(sm2.generateKeyPair()).publicKeyInfo },
    caught: ['signer.sign.short-messages'],
  },
  {
    fault: 'shows its key with the OID of the curve as algorithm',
    signer: {
      ...good,
      publicKeyInfo: concatBytes(
        fromHex('305a301406082a811ccf5501822d06082a811ccf5501822d034200'),
        pair.publicKey,
      ),
    },
    caught: ['signer.key.is-of-the-algorithm'],
  },
];
