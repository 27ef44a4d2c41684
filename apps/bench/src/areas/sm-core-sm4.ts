import { createCipheriv, createDecipheriv } from 'node:crypto';
import { concatBytes, randomBytes, Secret, sm4, toHex } from '@cssi/sm-core';
import type { BenchRow } from '../area.ts';
import { agree, agreeBytes } from './agree.ts';
import { type GcmOutput, smCrypto, smCryptoV2 } from './sm-crypto-peers.ts';

const LENGTH = 1 << 14;

const rate = {
  unit: 'Mbit/s',
  better: 'higher',
  perOperation: (8 * LENGTH) / 1e6,
  goal: 650,
  requirements: ['TCCIA-037'],
} as const;

/** Rows of SM4 over 16 KiB. Node 20 has CBC and CTR, sm-crypto CBC, sm-crypto-v2 CBC and GCM. */
export function sm4Rows(): BenchRow[] {
  const rawKey = randomBytes(16);
  return [...cbcRows(rawKey), ctrRow(rawKey), ...gcmRows(rawKey)];
}

function cbcRows(rawKey: Uint8Array): BenchRow[] {
  const key = Secret.copy(rawKey);
  const [iv, data] = [randomBytes(16), randomBytes(LENGTH)];
  const [keyNumbers, ivNumbers, numbers] = [Array.from(rawKey), Array.from(iv), Array.from(data)];
  const out = sm4.cbcEncrypt(key, iv, data);
  const outNumbers = Array.from(out);
  const options = { mode: 'cbc', output: 'array' } as const;
  const encrypters = {
    'node:crypto': () => {
      const cipher = createCipheriv('sm4-cbc', rawKey, iv);
      return Buffer.concat([cipher.update(data), cipher.final()]);
    },
    'sm-crypto': () =>
      smCrypto.sm4.encrypt(numbers, keyNumbers, { ...options, iv: ivNumbers }) as ArrayLike<number>,
    'sm-crypto-v2': () => smCryptoV2.sm4.encrypt(data, rawKey, { ...options, iv }) as ArrayLike<number>,
  };
  const decrypters = {
    'node:crypto': () => {
      const cipher = createDecipheriv('sm4-cbc', rawKey, iv);
      return Buffer.concat([cipher.update(out), cipher.final()]);
    },
    'sm-crypto': () => smCrypto.sm4.decrypt(outNumbers, keyNumbers, { ...options, iv: ivNumbers }),
    'sm-crypto-v2': () => smCryptoV2.sm4.decrypt(out, rawKey, { ...options, iv }),
  };
  for (const [name, run] of Object.entries(encrypters)) agreeBytes(out, { [name]: run() }, 'SM4-CBC');
  for (const [name, run] of Object.entries(decrypters)) agreeBytes(data, { [name]: run() }, 'SM4-CBC');
  return [
    { ...rate, id: 'sm4.cbc.encrypt', ours: () => sm4.cbcEncrypt(key, iv, data), peers: encrypters },
    { ...rate, id: 'sm4.cbc.decrypt', ours: () => sm4.cbcDecrypt(key, iv, out), peers: decrypters },
  ];
}

/** Both directions are one operation. */
function ctrRow(rawKey: Uint8Array): BenchRow {
  const key = Secret.copy(rawKey);
  const [counter, data] = [randomBytes(16), randomBytes(LENGTH)];
  const peers = {
    'node:crypto': () => {
      const cipher = createCipheriv('sm4-ctr', rawKey, counter);
      return Buffer.concat([cipher.update(data), cipher.final()]);
    },
  };
  agreeBytes(sm4.ctr(key, counter, data), { 'node:crypto': peers['node:crypto']() }, 'SM4-CTR');
  return { ...rate, id: 'sm4.ctr', ours: () => sm4.ctr(key, counter, data), peers };
}

function gcmRows(rawKey: Uint8Array): BenchRow[] {
  const gcm = sm4.gcm(Secret.copy(rawKey));
  const [nonce, data, aad] = [randomBytes(12), randomBytes(LENGTH), randomBytes(32)];
  const sealed = gcm.seal(nonce, data, aad);
  const v2 = (): GcmOutput =>
    smCryptoV2.sm4.encrypt(data, rawKey, {
      mode: 'gcm',
      output: 'array',
      iv: nonce,
      associatedData: aad,
      outputTag: true,
    }) as GcmOutput;
  const { output, tag } = v2();
  agree(tag !== undefined && toHex(concatBytes(output, tag)) === toHex(sealed), 'SM4-GCM by sm-crypto-v2');
  return [
    { ...rate, id: 'sm4.gcm.seal', ours: () => gcm.seal(nonce, data, aad), peers: { 'sm-crypto-v2': v2 } },
    { ...rate, id: 'sm4.gcm.open', ours: () => gcm.open(nonce, sealed, aad), peers: {} },
  ];
}
