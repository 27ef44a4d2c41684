import { decodeCbor, encodeCbor } from '../spec/v1/cbor.ts';
import { MAX_HEADER_BYTES } from '../spec/v1/constants.ts';
import { forge } from './forge.ts';
import { scene } from './transfer-kit.ts';
import { makeWorld } from './world.ts';

const DAY_MS = 86_400_000;
const INVALID = ['ERR_MODEL_MANIFEST_INVALID'];

/** Wrong publishers, devices, times, versions and policies. */
export const trustCases = [
  scene('refuses-wrong-signature', 'EDGE-035', async (at) => {
    const parts = await at.pack();
    const [manifest, , certificates] = decodeCbor(parts.header, MAX_HEADER_BYTES) as readonly Uint8Array[];
    const signature = await at.world.publisher.signer.sign(Uint8Array.of(1, 2, 3));
    const header = encodeCbor([manifest!, signature, certificates!]);
    await at.refuses({ ...parts, header }, ['ERR_MODEL_SIGNATURE_WRONG'], 'signature of other bytes');
  }),
  scene('refuses-unsigned', 'EDGE-035', async (at) => {
    const parts = await at.pack();
    const [manifest, , certificates] = decodeCbor(parts.header, MAX_HEADER_BYTES) as readonly Uint8Array[];
    const header = encodeCbor([manifest!, new Uint8Array(0), certificates!]);
    await at.refuses({ ...parts, header }, INVALID, 'empty signature');
  }),
  scene('refuses-unknown-publisher', 'EDGE-035', async (at) => {
    const stranger = await makeWorld(at.context.now);
    const parts = await at.pack({}, stranger.publisher);
    await at.refuses(parts, ['ERR_MODEL_PUBLISHER_UNTRUSTED'], 'publisher of another CA');
    await at.refuses(await at.pack(), ['ERR_MODEL_PUBLISHER_UNTRUSTED'], 'no anchors', {
      publisherAnchors: [],
    });
  }),
  scene('refuses-other-publisher-in-its-name', 'EDGE-035', async (at) => {
    const parts = await forge(await at.pack(), at.world.otherPublisher, () => {});
    await at.refuses(parts, ['ERR_MODEL_PUBLISHER_MISMATCH'], 'signed by another publisher');
    const namesake = await at.world.issue('model-publisher', 'Publisher One');
    const same = await forge(await at.pack(), namesake, () => {});
    await at.refuses(same, ['ERR_MODEL_PUBLISHER_MISMATCH'], 'signed by a namesake');
    const renamed = await forge(await at.pack(), at.world.publisher, ({ core }) => {
      core.publisherId = 'Publisher Two';
    });
    await at.refuses(renamed, ['ERR_MODEL_PUBLISHER_MISMATCH'], 'in the name of another publisher');
  }),
  scene('refuses-certificate-of-other-use', 'EDGE-035', async (at) => {
    for (const profile of ['person', 'device', 'tls-server', 'seal-signer', 'audit'] as const) {
      const party = await at.world.issue(profile, 'Publisher One');
      const parts = await at.pack({}, party);
      await at.refuses(parts, ['ERR_MODEL_PUBLISHER_UNTRUSTED'], `certificate of profile ${profile}`);
    }
  }),
  scene('refuses-expired-publisher', 'EDGE-035', async (at) => {
    const notAfter = new Date(at.context.now.getTime() - 1000);
    const party = await at.world.issue('model-publisher', 'Publisher Three', { notAfter });
    await at.refuses(await at.pack({}, party), ['ERR_MODEL_PUBLISHER_UNTRUSTED'], 'expired certificate');
  }),
  scene('refuses-expired-package', 'EDGE-035, EDGE-041', async (at) => {
    const parts = await at.pack();
    const time = new Date(at.context.now.getTime() + DAY_MS);
    await at.refuses(parts, ['ERR_MODEL_EXPIRED'], 'expired package', { time });
  }),
  scene('refuses-package-from-the-future', 'EDGE-035', async (at) => {
    const time = new Date(at.context.now.getTime() - DAY_MS);
    await at.refuses(await at.pack(), ['ERR_MODEL_NOT_YET_VALID'], 'package of tomorrow', { time });
  }),
  scene('refuses-expired-grant', 'EDGE-050', async (at) => {
    const grantsUntil = new Date(at.context.now.getTime() + 1000);
    const time = new Date(at.context.now.getTime() + 1000);
    await at.refuses(await at.pack({ grantsUntil }), ['ERR_MODEL_EXPIRED'], 'expired grant', { time });
  }),
  scene('refuses-other-device', 'EDGE-050', async (at) => {
    const { device, otherDevice } = at.world;
    const parts = await at.pack();
    await at.refuses(parts, ['ERR_MODEL_NOT_RECIPIENT'], 'device without grant', { device: otherDevice });
    const thief = { certificate: device.certificate, keyPair: otherDevice.keyPair };
    await at.refuses(parts, ['ERR_DECRYPT_FAILED'], 'certificate with another key', { device: thief });
  }),
  scene('refuses-rollback', 'EDGE-041', async (at) => {
    const older = await at.pack({ version: 4 });
    const olderEpoch = await at.pack({ version: 9 });
    await at.receive(await at.pack({ version: 5 }));
    await at.refuses(older, ['ERR_MODEL_ROLLBACK'], 'older version');
    await at.receive(await at.pack({ version: 1, epoch: 2 }));
    await at.refuses(olderEpoch, ['ERR_MODEL_ROLLBACK'], 'higher version of an older epoch');
  }),
  scene('refuses-second-package-of-a-version', 'EDGE-041', async (at) => {
    const other = await at.pack();
    await at.receive(await at.pack());
    await at.refuses(other, ['ERR_MODEL_ROLLBACK'], 'same version with other content');
  }),
  scene('refuses-denied-level-link-or-name', 'EDGE-001', async (at) => {
    const parts = await at.pack();
    const policies = [
      ['ERR_MODEL_LEVEL_DENIED', { levels: ['L1'] }],
      ['ERR_MODEL_LINK_DENIED', { links: ['device-edge', 'edge-edge'] }],
      ['ERR_MODEL_UNEXPECTED', { expected: { modelId: 'another' } }],
      ['ERR_MODEL_UNEXPECTED', { expected: { publisherId: 'Publisher Two' } }],
      ['ERR_MODEL_UNEXPECTED', { expected: { channel: 'beta' } }],
      ['ERR_MODEL_UNEXPECTED', { expected: { manifestDigest: new Uint8Array(32) } }],
    ] as const;
    for (const [code, policy] of policies)
      await at.refuses(parts, [code], JSON.stringify(policy), { policy });
  }),
];
