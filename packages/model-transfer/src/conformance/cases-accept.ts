import { equalBytes, isAccepted } from '@cssi/sm-core';
import { expectBytes, expectTrue } from '@cssi/sm-core/conformance';
import { LINK_TYPES, PAYLOAD_CLASSES } from '../spec/v1/constants.ts';
import { decodeHeader } from '../spec/v1/manifest-codec.ts';
import { verifyReceipt } from '../verify-receipt.ts';
import { type Scene, scene } from './transfer-kit.ts';
import { sourceOf } from './world.ts';

function includes(haystack: Uint8Array, needle: Uint8Array): boolean {
  return Buffer.from(haystack).includes(Buffer.from(needle));
}

async function expectRoundTrip(at: Scene, parts: Parameters<Scene['receive']>[0]): Promise<void> {
  const { model, empty } = at.plaintext();
  const { files } = await at.receive(parts);
  expectTrue(files.size === 2, 'the number of files is wrong');
  expectBytes(files.get('model.onnx'), model, 'model');
  expectBytes(files.get('notes.txt'), empty, 'empty file');
}

/** What must work. */
export const acceptCases = [
  scene('round-trip', 'EDGE-033, EDGE-034', async (at) => expectRoundTrip(at, await at.pack())),
  scene('same-package-again', 'EDGE-041', async (at) => {
    const parts = await at.pack();
    await at.receive(parts);
    await expectRoundTrip(at, parts);
  }),
  scene('newer-version', 'EDGE-041', async (at) => {
    await at.receive(await at.pack({ version: 5 }));
    await expectRoundTrip(at, await at.pack({ version: 6 }));
    await expectRoundTrip(at, await at.pack({ version: 1, epoch: 2 }));
  }),
  scene('lines-are-apart', 'EDGE-041', async (at) => {
    await at.receive(await at.pack({ version: 9 }));
    await expectRoundTrip(at, await at.pack({ version: 1, modelId: 'another' }));
    await expectRoundTrip(at, await at.pack({ version: 1, channel: 'beta' }));
    await expectRoundTrip(at, await at.pack({ version: 1 }, at.world.otherPublisher));
  }),
  scene('slow-and-out-of-order-source', 'EDGE-036', async (at) => {
    const source = sourceOf(await at.pack());
    await expectRoundTrip(at, {
      ...source,
      chunk: async (index) => {
        await new Promise((resolve) => setTimeout(resolve, index === 0 ? 20 : 1));
        return source.chunk(index);
      },
    });
  }),
  scene('link-and-class-arrive', 'EDGE-001, EDGE-004', async (at) => {
    for (const [i, payloadClass] of PAYLOAD_CLASSES.entries()) {
      const link = LINK_TYPES[i % LINK_TYPES.length]!;
      const { receipt } = await at.receive(await at.pack({ payloadClass, link, version: 5 + i }));
      const { statement } = verifyReceipt(receipt, { anchors: at.world.anchors, time: at.context.now });
      expectTrue(
        statement.payloadClass === payloadClass && statement.link === link,
        'link or class got lost',
      );
    }
  }),
  scene('receipt', 'EDGE-072', async (at) => {
    const parts = await at.pack();
    const { manifest } = decodeHeader(parts.header);
    const { receipt } = await at.receive(parts);
    const verdict = verifyReceipt(receipt, {
      anchors: at.world.anchors,
      time: at.context.now,
      manifestDigest: manifest.digest,
    });
    expectTrue(isAccepted(verdict), 'the receipt does not verify');
    expectTrue(verdict.statement.version === manifest.version, 'the receipt states another version');
    expectTrue(
      verdict.statement.receivedAt.getTime() === at.context.now.getTime(),
      'the receipt states another time',
    );
  }),
  scene('every-recipient-opens', 'EDGE-050', async (at) => {
    const { device, otherDevice } = at.world;
    const parts = await at.pack({ recipients: [device.certificate, otherDevice.certificate] });
    await expectRoundTrip(at, parts);
    const { files } = await at.receive(parts, { device: otherDevice });
    expectBytes(files.get('model.onnx'), at.plaintext().model, 'model of the second device');
  }),
  scene('plaintext-is-not-visible', 'EDGE-033', async (at) => {
    const { model } = at.plaintext();
    const { header, leaves, chunks } = await at.pack();
    const marker = model.subarray(0, 24);
    expectTrue(![header, leaves, ...chunks].some((part) => includes(part, marker)), 'plaintext is visible');
  }),
  scene('keys-are-fresh', 'EDGE-033', async (at) => {
    const first = await at.pack();
    const second = await at.pack();
    const shared = first.chunks.filter((chunk) => second.chunks.some((other) => equalBytes(chunk, other)));
    expectTrue(shared.length === 0, 'two packages of the same plaintext share ciphertext');
  }),
];
