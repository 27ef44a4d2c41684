import { concatBytes, sm2 } from '@cssi/sm-core';
import { type CborValue, encodeCbor } from '../spec/v1/cbor.ts';
import { decodeHeader } from '../spec/v1/manifest-codec.ts';
import { forge, mapsIn } from './forge.ts';
import { scene } from './transfer-kit.ts';

const INVALID = ['ERR_MODEL_MANIFEST_INVALID'];
const CBOR = ['ERR_MODEL_CBOR_MALFORMED'];

/** The encoded members of a map in their right order. */
const membersOf = (value: CborValue): Uint8Array[] =>
  ['core', 'files', 'recipients'].map((name) =>
    concatBytes(encodeCbor(name), encodeCbor((value as Readonly<Record<string, CborValue>>)[name]!)),
  );

/** Manifests that a trusted publisher signed with a faulty or malicious program. */
export const forgedCases = [
  scene('refuses-moved-key', 'EDGE-050', async (at) => {
    const { device, otherDevice, publisher } = at.world;
    const parts = await at.pack({ recipients: [device.certificate, otherDevice.certificate] });
    const swapped = await forge(parts, publisher, ({ manifest }) => {
      const [a, b] = mapsIn(manifest, 'recipients');
      [a!.wrappedKey, b!.wrappedKey] = [b!.wrappedKey!, a!.wrappedKey!];
    });
    await at.refuses(swapped, ['ERR_DECRYPT_FAILED'], 'keys of two devices swapped');
    // The second device opens its key and wraps the plaintext for the first one as it is.
    const grants = decodeHeader(parts.header).manifest.recipients;
    const opened = grants.flatMap(({ wrappedKey }) => {
      try {
        return [sm2.decrypt(otherDevice.keyPair.privateKey, wrappedKey)];
      } catch {
        return [];
      }
    });
    const wrappedKey = sm2.encrypt(device.keyPair.publicKey, opened[0]!);
    const passed = await forge(parts, publisher, ({ manifest }) => {
      for (const grant of mapsIn(manifest, 'recipients')) grant.wrappedKey = wrappedKey;
    });
    await at.refuses(passed, ['ERR_DECRYPT_FAILED'], 'key of one device wrapped for another');
  }),
  scene('refuses-key-of-another-package', 'EDGE-050', async (at) => {
    const [one, two] = [await at.pack(), await at.pack()];
    const { wrappedKey } = decodeHeader(two.header).manifest.recipients[0]!;
    const mixed = await forge(one, at.world.publisher, ({ manifest }) => {
      mapsIn(manifest, 'recipients')[0]!.wrappedKey = wrappedKey;
    });
    await at.refuses(mixed, ['ERR_DECRYPT_FAILED'], 'key of another package');
  }),
  scene('refuses-prolonged-grant', 'EDGE-050', async (at) => {
    const parts = await at.pack({ grantsUntil: new Date(at.context.now.getTime() + 1000) });
    const forged = await forge(parts, at.world.publisher, ({ core, manifest }) => {
      mapsIn(manifest, 'recipients')[0]!.notAfter = core.expires!;
    });
    await at.refuses(forged, ['ERR_DECRYPT_FAILED'], 'prolonged grant');
  }),
  scene('refuses-changed-core', 'EDGE-034', async (at) => {
    const parts = await at.pack();
    for (const [field, value] of [
      ['version', 6],
      ['keyCommitment', new Uint8Array(32)],
      ['salt', new Uint8Array(32)],
    ] as const) {
      const forged = await forge(parts, at.world.publisher, ({ core }) => {
        core[field] = value;
      });
      await at.refuses(forged, ['ERR_DECRYPT_FAILED'], `${field} of the core changed`);
    }
  }),
  scene('refuses-wrong-content-tag', 'EDGE-034', async (at) => {
    const forged = await forge(await at.pack(), at.world.publisher, ({ manifest }) => {
      mapsIn(manifest, 'files')[0]!.contentTag = new Uint8Array(32);
    });
    await at.refuses(forged, ['ERR_MODEL_CONTENT_WRONG'], 'wrong digest of the whole file');
  }),
  scene('refuses-level-without-implementation', 'EDGE-001', async (at) => {
    const forged = await forge(await at.pack(), at.world.publisher, ({ core }) => {
      core.level = 'L3';
    });
    await at.refuses(forged, ['ERR_MODEL_LEVEL_UNSUPPORTED'], 'level L3 without attestation', {
      policy: { levels: ['L1', 'L2', 'L3'] },
    });
  }),
  scene('refuses-unknown-words', 'EDGE-001, EDGE-004, EDGE-011', async (at) => {
    const parts = await at.pack();
    for (const [field, value] of [
      ['link', 'device-device'],
      ['payloadClass', 'secrets'],
      ['level', 'L0'],
      ['version', -1],
      ['epoch', 0],
      ['expires', 1],
      ['surprise', 1],
    ] as const) {
      const forged = await forge(parts, at.world.publisher, ({ core }) => {
        core[field] = value;
      });
      await at.refuses(forged, INVALID, `${field}=${value}`);
    }
  }),
  scene('refuses-unknown-algorithm', 'EDGE-011', async (at) => {
    const parts = await at.pack();
    for (const [name, value] of [
      ['cipher', '2.16.840.1.101.3.4.1.6'],
      ['tagBits', 96],
      ['curve', '1.2.840.10045.3.1.7'],
      ['signerId', ''],
      ['nonceRule', 'random'],
      ['keyBits', 256],
    ] as const) {
      const forged = await forge(parts, at.world.publisher, ({ core }) => {
        core.suite = { ...(core.suite as object), [name]: value };
      });
      await at.refuses(forged, ['ERR_MODEL_SUITE_UNSUPPORTED'], `${name}=${value}`);
    }
  }),
  scene('refuses-unsafe-file-names', 'EDGE-034', async (at) => {
    const parts = await at.pack();
    const names = [
      '../model',
      'a/b',
      'a\\b',
      '/etc/x',
      '..',
      '.',
      '',
      '.hidden',
      'nul',
      'COM1.bin',
      'a\0b',
      'c:x',
      'x.',
    ];
    for (const name of [...names, 'NOTES.TXT']) {
      const forged = await forge(parts, at.world.publisher, ({ core }) => {
        mapsIn(core, 'files')[0]!.name = name;
      });
      await at.refuses(forged, ['ERR_MODEL_NAME_UNSAFE'], `name ${JSON.stringify(name)}`);
    }
  }),
  scene('refuses-huge-declared-sizes', 'EDGE-034', async (at) => {
    const parts = await at.pack();
    for (const [size, chunkBytes, chunkCount] of [
      [Number.MAX_SAFE_INTEGER, 65_536, 65_536],
      [2 ** 40, 1_048_576, 2 ** 20],
      [10, 2 ** 31, 1],
      [10, 1, 10],
      [10, 65_536, 2],
      [-1, 65_536, 1],
    ] as const) {
      const forged = await forge(parts, at.world.publisher, ({ core }) => {
        Object.assign(mapsIn(core, 'files')[0]!, { size, chunkBytes, chunkCount });
      });
      await at.refuses(forged, INVALID, `size ${size}`);
    }
    const many = await forge(parts, at.world.publisher, ({ core }) => {
      const half = { size: 40_000 * 65_536, chunkBytes: 65_536, chunkCount: 40_000 };
      for (const file of mapsIn(core, 'files')) Object.assign(file, half);
    });
    await at.refuses(many, ['ERR_MODEL_LIMIT'], 'two files within the limit that are over it together');
  }),
  scene('refuses-repeated-recipient', 'EDGE-050', async (at) => {
    const forged = await forge(await at.pack(), at.world.publisher, ({ manifest }) => {
      const [grant] = mapsIn(manifest, 'recipients');
      manifest.recipients = [grant!, grant!];
    });
    await at.refuses(forged, INVALID, 'recipient twice');
  }),
  scene('refuses-non-canonical-cbor', 'EDGE-034', async (at) => {
    const parts = await at.pack();
    const encodings: readonly (readonly [string, (value: CborValue) => Uint8Array])[] = [
      ['order of keys', (value) => concatBytes(Uint8Array.of(0xa3), ...membersOf(value).reverse())],
      ['trailing byte', (value) => concatBytes(encodeCbor(value), Uint8Array.of(0xf6))],
      ['tag', (value) => concatBytes(Uint8Array.of(0xc1), encodeCbor(value))],
      [
        'indefinite map',
        (value) => concatBytes(Uint8Array.of(0xbf), encodeCbor(value).subarray(1), Uint8Array.of(0xff)),
      ],
    ];
    for (const [what, encoding] of encodings) {
      const forged = await forge(parts, at.world.publisher, () => {}, encoding);
      await at.refuses(forged, CBOR, what);
    }
  }),
];
