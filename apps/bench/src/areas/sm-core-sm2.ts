import { fromHex, randomBytes, type Sm2KeyPair, sm2, toHex } from '@cssi/sm-core';
import type { BenchRow } from '../area.ts';
import { agree, agreeBytes } from './agree.ts';
import { NodeSm2 } from './node-sm2.ts';
import { smCrypto, smCryptoV2 } from './sm-crypto-peers.ts';

/** A request body or a digest to sign; a data key to encrypt. */
const MESSAGE_BYTES = 256;
const SECRET_BYTES = 32;
const BATCH = 64;

export const rate = { unit: 'ops/s', better: 'higher', perOperation: 1 } as const;
const der = { hash: true, der: true } as const;

/** Rows of SM2 signatures and encryption. `node:crypto` has no SM2 encryption. */
export function sm2Rows(): BenchRow[] {
  const pair = sm2.generateKeyPair();
  return [...signRows(pair), ...verifyRows(pair), ...cipherRows(pair)];
}

function signRows(pair: Sm2KeyPair): BenchRow[] {
  const node = new NodeSm2(pair);
  const signer = sm2.signer(pair);
  const d = pair.privateKey.use(toHex);
  const publicKey = toHex(pair.publicKey);
  const message = randomBytes(MESSAGE_BYTES);
  const messages = Array.from({ length: BATCH }, () => randomBytes(MESSAGE_BYTES));
  const numbers = Array.from(message);
  const peers = {
    'node:crypto': () => node.sign(message),
    'sm-crypto': () => fromHex(smCrypto.sm2.doSignature(numbers, d, { ...der, publicKey })),
    'sm-crypto-v2': () => fromHex(smCryptoV2.sm2.doSignature(message, d, { ...der, publicKey })),
  };
  for (const [name, sign] of Object.entries({ ...peers, ours: () => signer.sign(message) })) {
    agree(sm2.verify(pair.publicKey, message, sign()), `signing by ${name}`);
  }
  return [
    {
      ...rate,
      id: 'sm2.sign',
      goal: 5000,
      requirements: ['TCCIA-034'],
      aims: [{ value: 40_000 }, { peer: 'node:crypto', value: 9 }],
      ours: () => signer.sign(message),
      peers,
    },
    {
      ...rate,
      id: 'sm2.sign.unprepared',
      ours: () => sm2.signWith(pair, message),
      peers: { 'node:crypto': peers['node:crypto'] },
    },
    {
      ...rate,
      id: 'sm2.sign.batch64',
      perOperation: BATCH,
      ours: () => signer.signMany(messages),
      peers: {
        'ours, one by one': () => {
          for (const one of messages) signer.sign(one);
        },
      },
    },
  ];
}

function verifyRows(pair: Sm2KeyPair): BenchRow[] {
  const node = new NodeSm2(pair);
  const verifier = sm2.verifier(pair.publicKey);
  const publicKey = toHex(pair.publicKey);
  const message = randomBytes(MESSAGE_BYTES);
  const numbers = Array.from(message);
  const signature = sm2.signWith(pair, message);
  const signatureHex = toHex(signature);
  const items = Array.from({ length: BATCH }, () => {
    const one = randomBytes(MESSAGE_BYTES);
    return { publicKey: pair.publicKey, message: one, signature: sm2.signWith(pair, one) };
  });
  const peers = {
    'node:crypto': () => node.verify(message, signature),
    'sm-crypto': () => smCrypto.sm2.doVerifySignature(numbers, signatureHex, publicKey, der),
    'sm-crypto-v2': () => smCryptoV2.sm2.doVerifySignature(message, signatureHex, publicKey, der),
  };
  for (const [name, verify] of Object.entries(peers)) agree(verify(), `verifying by ${name}`);
  agree(verifier.verify(message, signature), 'verifying with a prepared key');
  return [
    {
      ...rate,
      id: 'sm2.verify',
      goal: 3000,
      requirements: ['TCCIA-035'],
      aims: [{ value: 12_000 }, { peer: 'node:crypto', value: 2.5 }],
      ours: () => sm2.verify(pair.publicKey, message, signature),
      peers,
    },
    {
      ...rate,
      id: 'sm2.verify.prepared',
      aims: [{ value: 27_000 }],
      ours: () => verifier.verify(message, signature),
      peers: { 'node:crypto': peers['node:crypto'] },
    },
    {
      ...rate,
      id: 'sm2.verify.batch64',
      perOperation: BATCH,
      ours: () => sm2.verifyMany(items),
      peers: {
        'ours, one by one': () => {
          for (const one of items) sm2.verify(one.publicKey, one.message, one.signature);
        },
      },
    },
  ];
}

function cipherRows(pair: Sm2KeyPair): BenchRow[] {
  const format = { format: 'c1c3c2' } as const;
  const d = pair.privateKey.use(toHex);
  const publicKey = toHex(pair.publicKey);
  const secret = randomBytes(SECRET_BYTES);
  const secretNumbers = Array.from(secret);
  const ciphertext = sm2.encrypt(pair.publicKey, secret, format);
  const tail = toHex(ciphertext.subarray(1));
  const encrypters = {
    'sm-crypto': () => fromHex(`04${smCrypto.sm2.doEncrypt(secretNumbers, publicKey, 1)}`),
    'sm-crypto-v2': () => fromHex(`04${smCryptoV2.sm2.doEncrypt(secret, publicKey, 1)}`),
  };
  for (const [name, encrypt] of Object.entries(encrypters)) {
    agreeBytes(secret, { [name]: sm2.decrypt(pair.privateKey, encrypt(), format) }, 'encryption');
  }
  const decrypters = {
    'sm-crypto': () => smCrypto.sm2.doDecrypt(tail, d, 1, { output: 'array' }),
    'sm-crypto-v2': () => smCryptoV2.sm2.doDecrypt(tail, d, 1, { output: 'array' }),
  };
  for (const [name, decrypt] of Object.entries(decrypters))
    agreeBytes(secret, { [name]: decrypt() }, 'decryption');
  const aims = [{ value: 10_000 }];
  return [
    {
      ...rate,
      id: 'sm2.encrypt',
      aims,
      ours: () => sm2.encrypt(pair.publicKey, secret, format),
      peers: encrypters,
    },
    {
      ...rate,
      id: 'sm2.decrypt',
      aims,
      ours: () => sm2.decrypt(pair.privateKey, ciphertext, format),
      peers: decrypters,
    },
  ];
}
