import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { issueCertificate } from '@cssi/pki';
import { concatBytes, equalBytes, sm3, sm3Hash, toHex } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { filePackageSource } from '../src/adapters/file.ts';
import { memoryPackageSource } from '../src/adapters/memory.ts';
import {
  describeManifest,
  LINK_TYPES,
  MIN_CHUNK_BYTES,
  type ModelOutput,
  openPackage,
  PAYLOAD_CLASSES,
  type PackRequest,
  packModel,
  packModelInMemory,
  receiveModel,
  SMP1_SUITE,
} from '../src/index.ts';
import {
  codeOf,
  DAY_MS,
  NOW,
  pack,
  packRequest,
  receiveOptions,
  seeded,
  temporaryFolder,
  theWorld,
} from './support.ts';

const folder = await temporaryFolder();

const MIB = 1024 * 1024;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes of array buffers that are still in use. */
async function liveBytes(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().arrayBuffers;
}

async function* cut(bytes: Uint8Array, ...sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

const roundTrip = async (change: Partial<PackRequest>) => {
  const { files } = await openPackage(await receiveOptions(memoryPackageSource(await pack(change))));
  return files;
};

const packCode = async (change: Partial<PackRequest>, publisher?: Parameters<typeof packModelInMemory>[1]) =>
  codeOf(async () => packModelInMemory(await packRequest(change), publisher ?? (await theWorld()).publisher));

describe('packModel', () => {
  it('packs bytes, paths and streams of any piece size alike [EDGE-034] [part of EDGE-033]', async () => {
    const path = join(folder, 'plain.bin');
    for (const size of [
      0,
      1,
      MIN_CHUNK_BYTES - 1,
      MIN_CHUNK_BYTES,
      MIN_CHUNK_BYTES + 1,
      3 * MIN_CHUNK_BYTES,
    ]) {
      const data = seeded(`size ${size}`, size);
      await writeFile(path, data);
      const files = await roundTrip({
        files: [
          { name: 'a', input: data },
          { name: 'b', input: path },
          { name: 'c', input: cut(data, 1, 70_000, 17), size },
        ],
      });
      for (const name of ['a', 'b', 'c'])
        expect(equalBytes(files.get(name)!, data), `${name} ${size}`).toBe(true);
      files.destroy();
    }
  });

  it('delivers 6 MiB byte by byte and keeps a few chunks in memory at a time [EDGE-034]', async () => {
    const output = join(folder, 'large.smp');
    const data = seeded('large', 6 * MIB + 5);
    const { publisher } = await theWorld();
    const before = await liveBytes();
    /** Live bytes when nearly all of the input has been taken. */
    let whilePacking = 0;
    async function* pieces() {
      let sent = 0;
      for await (const piece of cut(data, 65_536)) {
        sent += piece.length;
        if (sent === 6 * MIB) whilePacking = (await liveBytes()) - before;
        yield piece;
      }
    }
    const large = () => [{ name: 'large', input: pieces(), size: data.length }];
    await packModelInMemory(await packRequest({ files: large(), chunkBytes: MIB / 4 }), publisher);
    // The control: what keeps all ciphertext is seen to keep it.
    expect(whilePacking).toBeGreaterThan(5 * MIB);
    const request = await packRequest({ files: large(), chunkBytes: MIB / 4 });
    const packed = await packModel({ ...request, output }, publisher);
    expect(whilePacking).toBeLessThan(3 * MIB);
    expect(packed.manifest.chunkCount).toBe(25);
    expect(packed.bytes).toBe((await stat(output)).size);

    const source = await filePackageSource(output);
    const digest = sm3Hash();
    let written = 0;
    let whileOpening = 0;
    const sink: ModelOutput = {
      specVersion: '1',
      name: 'digest',
      persistent: false,
      begin: async () => {},
      async write(_fileId, plaintext) {
        digest.update(plaintext);
        written += plaintext.length;
        if (written === 6 * MIB) whileOpening = (await liveBytes()) - before;
      },
      commit: async () => {},
      abort: async () => {},
    };
    await receiveModel(await receiveOptions(source, { output: sink, parallel: 3 }));
    expect(written).toBe(data.length);
    expect(toHex(digest.digest())).toBe(toHex(sm3(data)));
    expect(whileOpening).toBeLessThan(3 * MIB);
    await source.close();
  });

  it('carries every class of payload and every link type [part of EDGE-001, EDGE-004]', async () => {
    for (const payloadClass of PAYLOAD_CLASSES) {
      for (const link of LINK_TYPES) {
        const { manifest } = await pack({
          payloadClass,
          link,
          files: [{ name: 'x', input: Uint8Array.of(1) }],
        });
        expect([manifest.payloadClass, manifest.link]).toEqual([payloadClass, link]);
      }
    }
  });

  it('describes a package with every algorithm parameter [part of EDGE-011]', async () => {
    const { manifest } = await pack();
    const description = JSON.parse(JSON.stringify(describeManifest(manifest)));
    expect(description.suite).toEqual(SMP1_SUITE);
    expect(description).toMatchObject({
      format: 'SMP1',
      modelId: 'detector',
      version: 3,
      chunks: 3,
      previous: null,
    });
    expect(description.files).toMatchObject([{ name: 'model.onnx', size: 131_393, chunks: 3 }]);
  });

  it('shows no byte of the plaintext and no tensor name [part of EDGE-033]', async () => {
    const marker = Buffer.from('encoder.layers.0.attention.weight');
    const input = concatBytes(seeded('before', 70_000), marker, seeded('after', 70_000));
    const output = join(folder, 'marker.smp');
    await packModel(
      { ...(await packRequest({ files: [{ name: 'm', input }] })), output },
      (await theWorld()).publisher,
    );
    const file = await readFile(output);
    expect(file.includes(marker)).toBe(false);
    expect(file.includes(Buffer.from(seeded('before', 16)))).toBe(false);
    expect(Buffer.from(input).includes(marker)).toBe(true);
  });

  it('leaves nothing behind when it fails, and the old package where it was', async () => {
    const own = join(folder, 'failing');
    await mkdir(own);
    const output = join(own, 'model.smp');
    await writeFile(output, 'old');
    const { publisher } = await theWorld();
    async function* failing() {
      yield seeded('x', 100_000);
      throw new Error('the disk is gone');
    }
    const request = await packRequest({ files: [{ name: 'm', input: failing(), size: 200_000 }] });
    expect(await codeOf(() => packModel({ ...request, output }, publisher))).toBe(
      'ERR_MODEL_INPUT_UNREADABLE',
    );
    expect(await readdir(own)).toEqual(['model.smp']);
    expect(await readFile(output, 'utf8')).toBe('old');
    const nowhere = { ...(await packRequest()), output: join(own, 'no', 'such', 'folder.smp') };
    expect(await codeOf(() => packModel(nowhere, publisher))).toBe('ERR_MODEL_OUTPUT_FAILED');
  });

  it('refuses an input whose length is not the declared one', async () => {
    const data = seeded('x', 100_000);
    for (const size of [99_999, 100_001, 0]) {
      expect(await packCode({ files: [{ name: 'm', input: cut(data, 999), size }] })).toBe(
        'ERR_MODEL_INPUT_CHANGED',
      );
    }
    expect(await packCode({ files: [{ name: 'm', input: cut(data, 999) }] })).toBe(
      'ERR_MODEL_PARAMETER_INVALID',
    );
    expect(await packCode({ files: [{ name: 'm', input: cut(data, 9), size: -1 }] })).toBe(
      'ERR_MODEL_PARAMETER_INVALID',
    );
  });

  it('refuses inputs that cannot be read', async () => {
    async function* text() {
      yield 'text' as unknown as Uint8Array;
    }
    expect(await packCode({ files: [{ name: 'm', input: join(folder, 'missing') }] })).toBe(
      'ERR_MODEL_INPUT_UNREADABLE',
    );
    expect(await packCode({ files: [{ name: 'm', input: folder }] })).toBe('ERR_MODEL_INPUT_UNREADABLE');
    expect(await packCode({ files: [{ name: 'm', input: text(), size: 4 }] })).toBe(
      'ERR_MODEL_INPUT_UNREADABLE',
    );
  });

  it.each<[string, Partial<PackRequest>, string]>([
    ['unsafe name', { files: [{ name: '../m', input: Uint8Array.of(1) }] }, 'ERR_MODEL_NAME_UNSAFE'],
    [
      'names that differ in case only',
      { files: ['m', 'M'].map((name) => ({ name, input: Uint8Array.of(1) })) },
      'ERR_MODEL_NAME_UNSAFE',
    ],
    ['no file', { files: [] }, 'ERR_MODEL_MANIFEST_INVALID'],
    [
      'too many files',
      { files: Array.from({ length: 65 }, (_, i) => ({ name: `f${i}`, input: Uint8Array.of(1) })) },
      'ERR_MODEL_MANIFEST_INVALID',
    ],
    ['no recipient', { recipients: [] }, 'ERR_MODEL_MANIFEST_INVALID'],
    ['small chunks', { chunkBytes: 65_535 }, 'ERR_MODEL_MANIFEST_INVALID'],
    ['large chunks', { chunkBytes: 1_048_577 }, 'ERR_MODEL_MANIFEST_INVALID'],
    ['version 0', { version: 0 }, 'ERR_MODEL_MANIFEST_INVALID'],
    ['version 1.5', { version: 1.5 }, 'ERR_MODEL_PARAMETER_INVALID'],
    ['version beyond 2^53', { version: 2 ** 53 }, 'ERR_MODEL_PARAMETER_INVALID'],
    ['expiry in the past', { expires: NOW }, 'ERR_MODEL_MANIFEST_INVALID'],
    ['invalid expiry', { expires: new Date(Number.NaN) }, 'ERR_MODEL_PARAMETER_INVALID'],
    [
      'grants beyond the expiry',
      { grantsUntil: new Date(NOW.getTime() + 2 * DAY_MS) },
      'ERR_MODEL_MANIFEST_INVALID',
    ],
    ['model id with a slash', { modelId: 'a/b' }, 'ERR_MODEL_MANIFEST_INVALID'],
    ['channel in capitals', { channel: 'Stable' }, 'ERR_MODEL_MANIFEST_INVALID'],
    ['short digest of the manifest before', { previous: new Uint8Array(31) }, 'ERR_MODEL_MANIFEST_INVALID'],
    ['level without implementation', { level: 'L3' }, 'ERR_MODEL_LEVEL_UNSUPPORTED'],
    ['unknown level', { level: 'L9' as 'L1' }, 'ERR_MODEL_LEVEL_UNSUPPORTED'],
    ['unknown link', { link: 'x' as 'edge-edge' }, 'ERR_MODEL_MANIFEST_INVALID'],
    [
      'package over the limit',
      { files: [{ name: 'm', input: cut(new Uint8Array(0), 1), size: 2 ** 33 }] },
      'ERR_MODEL_MANIFEST_INVALID',
    ],
    [
      'recipient that is no certificate',
      { recipients: [new Uint8Array(9)] },
      'ERR_PKI_CERTIFICATE_MALFORMED',
    ],
  ])('refuses %s', async (_name, change, code) => {
    expect(await packCode(change)).toBe(code);
  });

  it('refuses recipients that cannot receive', async () => {
    const world = await theWorld();
    const expired = await world.issue('device', 'old', { notAfter: new Date(NOW.getTime() - 1) });
    const early = await world.issue('device', 'new', { notBefore: new Date(NOW.getTime() + DAY_MS) });
    for (const { certificate } of [world.publisher, expired, early]) {
      expect(await packCode({ recipients: [certificate] })).toBe('ERR_MODEL_RECIPIENT_INVALID');
    }
    expect(await packCode({ recipients: [world.anchors[0]!] })).toBe('ERR_MODEL_RECIPIENT_INVALID');
  });

  it('refuses a publisher whose signer has another key', async () => {
    const { publisher, otherPublisher } = await theWorld();
    const mixed = { certificate: publisher.certificate, signer: otherPublisher.signer };
    expect(await packCode({}, mixed)).toBe('ERR_MODEL_SIGNATURE_WRONG');
  });

  it('names a recipient once, however often it is given', async () => {
    const { device, otherDevice } = await theWorld();
    const recipients = [otherDevice, device, otherDevice].map((party) => party.certificate);
    const { manifest } = await pack({ recipients });
    expect(manifest.recipients.length).toBe(2);
  });

  it('reports progress', async () => {
    const seen: string[] = [];
    await pack({ onProgress: ({ chunksDone, chunks }) => seen.push(`${chunksDone}/${chunks}`) });
    expect(seen).toEqual(['1/3', '2/3', '3/3']);
  });

  it('accepts a certificate chain through an intermediate only where the anchor allows it', async () => {
    const { publisher, device } = await theWorld();
    // A certificate issued by a publisher, who is no CA.
    const signer = publisher.signer;
    const certificate = await issueCertificate(
      {
        subject: { commonName: 'Sub Publisher' },
        issuer: { commonName: 'Publisher One' },
        publicKeyInfo: device.signer.publicKeyInfo,
        profile: 'model-publisher',
        notBefore: new Date(NOW.getTime() - DAY_MS),
        notAfter: new Date(NOW.getTime() + DAY_MS),
      },
      signer,
    );
    const sub = { certificate, intermediates: [publisher.certificate], signer: device.signer };
    const parts = await packModelInMemory(await packRequest(), sub);
    const options = await receiveOptions(memoryPackageSource(parts));
    expect(await codeOf(() => openPackage(options))).toBe('ERR_MODEL_PUBLISHER_UNTRUSTED');
  });
});
