import { concatBytes, randomBytes, Secret, sm4, toHex } from '@cssi/sm-core';
import type { Aim, BenchRow } from '../area.ts';
import { agree, agreeBytes } from './agree.ts';
import { SM4_BYTES, sm4Rate } from './sm-core-sm4-rate.ts';
import { type GcmOutput, smCryptoV2 } from './sm-crypto-peers.ts';

/** 190 MB/s. */
const GCM: readonly Aim[] = [{ value: 1520 }];
const SMALL_BYTES = 64;
const BATCH = 256;
const ONE_BY_ONE = 'ours, one by one';

/** Moves the nonce on by one, so that every message has its own. */
function step(nonce: Uint8Array): Uint8Array {
  for (let i = nonce.length - 1; i >= 0; i--) {
    nonce[i] = (nonce[i] ?? 0) + 1;
    if (nonce[i] !== 0) break;
  }
  return nonce;
}

/** Rows of SM4 with authentication, and XTS. Node 20 has none of them; sm-crypto-v2 has GCM. */
export function aeadRows(rawKey: Uint8Array, key: Secret): BenchRow[] {
  const [nonce, data, aad] = [randomBytes(12), randomBytes(SM4_BYTES), randomBytes(32)];
  const gcm = sm4.gcm(key);
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
  const ccm = sm4.ccm(key);
  const aead = sm4.aead(key);
  const box = aead.seal(data, aad);
  agreeBytes(data, { aead: aead.open(box, aad) }, 'AEAD');
  const xts = Secret.take(concatBytes(rawKey, randomBytes(16)));
  const [counted, ccmNonce, tweak] = [Uint8Array.from(nonce), randomBytes(12), randomBytes(16)];
  const row = (id: string, ours: () => unknown, more: Partial<BenchRow> = {}): BenchRow => ({
    ...sm4Rate,
    id,
    ours,
    peers: {},
    ...more,
  });
  return [
    row('sm4.gcm.seal', () => gcm.seal(step(counted), data, aad), {
      aims: GCM,
      peers: { 'sm-crypto-v2': v2 },
    }),
    row('sm4.gcm.open', () => gcm.open(nonce, sealed, aad), { aims: GCM }),
    row('sm4.aead.seal', () => aead.seal(data, aad), { aims: GCM }),
    ccmRow(() => ccm.seal(step(ccmNonce), data, aad)),
    row('sm4.xts-gb', () => sm4.xtsGbEncrypt(xts, tweak, data)),
    batchRow(key),
  ];
}

/** CCM runs the cipher twice, once of it serially: the rate asked of SM4 is not asked of it. */
function ccmRow(ours: () => unknown): BenchRow {
  const { unit, better, perOperation } = sm4Rate;
  return { id: 'sm4.ccm.seal', unit, better, perOperation, ours, peers: {} };
}

/** Small messages in one call against the same one by one. */
function batchRow(key: Secret): BenchRow {
  const aead = sm4.aead(key);
  const items = Array.from({ length: BATCH }, () => ({ plaintext: randomBytes(SMALL_BYTES) }));
  return {
    id: 'sm4.aead.batch256x64B',
    unit: 'ops/s',
    better: 'higher',
    perOperation: BATCH,
    ours: () => aead.sealMany(items),
    peers: {
      [ONE_BY_ONE]: () => {
        for (const { plaintext } of items) aead.seal(plaintext);
      },
    },
  };
}
