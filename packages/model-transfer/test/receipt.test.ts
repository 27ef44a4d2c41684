import { isAccepted } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { memoryPackageSource } from '../src/adapters/memory.ts';
import { flipped } from '../src/conformance/forge.ts';
import { decodeReceipt, receiveModel, verifyReceipt } from '../src/index.ts';
import { encodeCbor } from '../src/spec/v1/cbor.ts';
import { codeOf, NOW, pack, receiveOptions, theWorld } from './support.ts';

const parts = await pack();
const received = await receiveModel(await receiveOptions(memoryPackageSource(parts)));

describe('delivery receipt [EDGE-072]', () => {
  const verify = async (receipt: Uint8Array, change: object = {}) =>
    verifyReceipt(receipt, { anchors: (await theWorld()).anchors, time: NOW, ...change });

  it('binds manifest digest, version, time and device', async () => {
    const verdict = await verify(received.receipt, { manifestDigest: parts.manifest.digest });
    expect(isAccepted(verdict)).toBe(true);
    expect(verdict.statement).toMatchObject({
      modelId: 'detector',
      version: 3,
      link: 'device-edge',
      receivedAt: NOW,
      manifestDigest: parts.manifest.digest,
    });
  });

  it('fails for another package, without anchors, and after the certificate', async () => {
    const other = await verify(received.receipt, { manifestDigest: new Uint8Array(32) });
    expect(other.integrity.status).toBe('failed');
    expect((await verify(received.receipt, { anchors: [] })).trust.status).toBe('indeterminate');
    expect((await verify(received.receipt, { time: new Date('2040-01-01') })).time.status).toBe('failed');
  });

  it('fails with any byte changed', async () => {
    for (let i = 0; i < 60; i++) {
      const place = Math.floor((i * received.receipt.length) / 60);
      let accepted = false;
      try {
        accepted = isAccepted(await verify(flipped(received.receipt, place)));
      } catch {
        continue;
      }
      expect(accepted, `byte ${place}`).toBe(false);
    }
  });

  it('fails when another device put its certificate or signature in', async () => {
    const { otherDevice } = await theWorld();
    const { signature, certificate, signedBytes } = decodeReceipt(received.receipt);
    const statement = signedBytes.subarray('cssi SMP1 receipt v1\0'.length);
    const own = await otherDevice.signer.sign(signedBytes);
    for (const [by, cert] of [
      [own, otherDevice.certificate],
      [own, certificate],
      [signature, otherDevice.certificate],
    ] as const) {
      expect((await verify(encodeCbor([statement, by, cert]))).integrity.status).toBe('failed');
    }
  });

  it('refuses malformed receipts', async () => {
    expect(await codeOf(() => verify(new Uint8Array(0)))).toBe('ERR_MODEL_CBOR_MALFORMED');
    expect(await codeOf(() => verify(encodeCbor([1, 2])))).toBe('ERR_MODEL_MANIFEST_INVALID');
    expect(await codeOf(() => verify(new Uint8Array(100_000)))).toBe('ERR_MODEL_CBOR_MALFORMED');
  });
});
