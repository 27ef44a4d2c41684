import { fromHex, randomBytes, sm2, toHex } from '@cssi/sm-core';
import type { BenchRow } from '../area.ts';
import { agree, agreeBytes } from './agree.ts';
import { NodeSm2 } from './node-sm2.ts';
import { smCrypto, smCryptoV2 } from './sm-crypto-peers.ts';

/** A request body or a digest to sign; a data key to encrypt. */
const MESSAGE_BYTES = 256;
const SECRET_BYTES = 32;

/** Rows of SM2. `node:crypto` has no SM2 encryption. */
export function sm2Rows(): BenchRow[] {
  const pair = sm2.generateKeyPair();
  const node = new NodeSm2(pair);
  const d = pair.privateKey.use(toHex);
  const publicKey = toHex(pair.publicKey);
  const message = randomBytes(MESSAGE_BYTES);
  const numbers = Array.from(message);
  const secret = randomBytes(SECRET_BYTES);
  const secretNumbers = Array.from(secret);
  const der = { hash: true, der: true } as const;

  const signature = sm2.signWith(pair, message);
  const signatureHex = toHex(signature);
  const signers = {
    'node:crypto': () => node.sign(message),
    'sm-crypto': () => fromHex(smCrypto.sm2.doSignature(numbers, d, { ...der, publicKey })),
    'sm-crypto-v2': () => fromHex(smCryptoV2.sm2.doSignature(message, d, { ...der, publicKey })),
  };
  for (const [name, sign] of Object.entries(signers)) {
    agree(sm2.verify(pair.publicKey, message, sign()), `signing by ${name}`);
  }
  const verifiers = {
    'node:crypto': () => node.verify(message, signature),
    'sm-crypto': () => smCrypto.sm2.doVerifySignature(numbers, signatureHex, publicKey, der),
    'sm-crypto-v2': () => smCryptoV2.sm2.doVerifySignature(message, signatureHex, publicKey, der),
  };
  for (const [name, verify] of Object.entries(verifiers)) agree(verify(), `verifying by ${name}`);

  const ciphertext = sm2.encrypt(pair.publicKey, secret, { format: 'c1c3c2' });
  const tail = toHex(ciphertext.subarray(1));
  const encrypters = {
    'sm-crypto': () => fromHex(`04${smCrypto.sm2.doEncrypt(secretNumbers, publicKey, 1)}`),
    'sm-crypto-v2': () => fromHex(`04${smCryptoV2.sm2.doEncrypt(secret, publicKey, 1)}`),
  };
  for (const [name, encrypt] of Object.entries(encrypters)) {
    agreeBytes(
      secret,
      { [name]: sm2.decrypt(pair.privateKey, encrypt(), { format: 'c1c3c2' }) },
      'encryption',
    );
  }
  const decrypters = {
    'sm-crypto': () => smCrypto.sm2.doDecrypt(tail, d, 1, { output: 'array' }),
    'sm-crypto-v2': () => smCryptoV2.sm2.doDecrypt(tail, d, 1, { output: 'array' }),
  };
  for (const [name, decrypt] of Object.entries(decrypters))
    agreeBytes(secret, { [name]: decrypt() }, 'decryption');

  const rate = { unit: 'ops/s', better: 'higher', perOperation: 1 } as const;
  return [
    {
      ...rate,
      id: 'sm2.sign',
      goal: 5000,
      requirements: ['TCCIA-034'],
      ours: () => sm2.signWith(pair, message),
      peers: signers,
    },
    {
      ...rate,
      id: 'sm2.verify',
      goal: 3000,
      requirements: ['TCCIA-035'],
      ours: () => sm2.verify(pair.publicKey, message, signature),
      peers: verifiers,
    },
    {
      ...rate,
      id: 'sm2.encrypt',
      ours: () => sm2.encrypt(pair.publicKey, secret, { format: 'c1c3c2' }),
      peers: encrypters,
    },
    {
      ...rate,
      id: 'sm2.decrypt',
      ours: () => sm2.decrypt(pair.privateKey, ciphertext, { format: 'c1c3c2' }),
      peers: decrypters,
    },
  ];
}
