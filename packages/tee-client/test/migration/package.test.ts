import {
  canonicalJson,
  concatBytes,
  type JsonValue,
  randomBytes,
  Secret,
  SmError,
  sm3,
  toHex,
  utf8,
} from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import {
  decodeNotice,
  decodePackage,
  encodeNotice,
  encodePackage,
  encodeRelease,
  MESSAGE,
  openSecrets,
  type PackageHeader,
} from '../../src/adapters/software/core/migration-package.ts';
import { OUTER, outer, readOuter } from '../../src/adapters/software/core/migration-peer.ts';
import { keepSecret, keptSecret } from '../../src/adapters/software/core/migration-secrets.ts';
import { decodeSummary } from '../../src/adapters/software/core/storage-grant.ts';
import { ROOT_SECURITY_DOMAIN } from '../../src/spec/v1/management.ts';
import { MIGRATION_FORMAT } from '../../src/spec/v1/migration.ts';
import { lengthPrefixed } from '../../src/spec/v1/parts.ts';
import { codeOf, TA_UUID } from '../core/core-support.ts';

const DIGEST = 'ab'.repeat(32);
const BUNDLE = utf8('the bundle');
const HEADER: PackageHeader = {
  format: MIGRATION_FORMAT,
  transfer: '0123456789abcdef'.repeat(2),
  ta: TA_UUID,
  domain: ROOT_SECURITY_DOMAIN,
  source: DIGEST,
  target: 'cd'.repeat(32),
  floor: 3,
  locked: false,
  bundle: toHex(sm3(BUNDLE)),
  storage: { head: DIGEST, files: [{ name: 'log.1', size: 10, digest: DIGEST }] },
};
const SECRETS = { seed: randomBytes(32), codeKey: randomBytes(16) };
const RELEASE = randomBytes(32);
const MALFORMED = /^ERR_TEE_MIGRATION_PACKAGE\b/;
const bodyOf = (header: unknown): Uint8Array =>
  concatBytes(
    Uint8Array.of(MESSAGE.PACKAGE),
    lengthPrefixed(canonicalJson(header as JsonValue)),
    lengthPrefixed(new Uint8Array(77)),
    lengthPrefixed(BUNDLE),
  );

describe('a package', () => {
  it.each([SECRETS, { ...SECRETS, codeKey: new Uint8Array(0) }])(
    'reads back; its secrets with the release key',
    (secrets) => {
      const message = encodePackage(HEADER, secrets, BUNDLE, RELEASE);
      const { header, binding, sealed, bundle } = decodePackage(message);
      expect(header).toEqual(HEADER);
      expect(bundle).toEqual(BUNDLE);
      expect(openSecrets(RELEASE, binding, sealed)).toEqual(secrets);
      // With a code key or without, it looks the same.
      expect(sealed).toHaveLength(77);
      expect(Buffer.from(message).includes(Buffer.from(secrets.seed))).toBe(false);
    },
  );

  it('opens under no other key, and with no other header', () => {
    const { binding, sealed } = decodePackage(encodePackage(HEADER, SECRETS, BUNDLE, RELEASE));
    const other = decodePackage(encodePackage({ ...HEADER, locked: true }, SECRETS, BUNDLE, RELEASE));
    for (const [key, bound, box] of [
      [randomBytes(32), binding, sealed],
      [RELEASE, other.binding, sealed],
      [RELEASE, binding, other.sealed],
      [RELEASE, binding, sealed.subarray(1)],
    ] as const) {
      expect(codeOf(() => openSecrets(key, bound, box))).toBe('ERR_TEE_MIGRATION_PACKAGE reason=release');
    }
  });

  it('altered at any byte is another one or malformed, never anything else', () => {
    const message = encodePackage(HEADER, SECRETS, BUNDLE, RELEASE);
    const { binding } = decodePackage(message);
    for (let at = 0; at < message.length; at++) {
      const altered = Uint8Array.from(message);
      altered[at] = (altered[at] ?? 0) ^ 0x11;
      let read: ReturnType<typeof decodePackage>;
      try {
        read = decodePackage(altered);
      } catch (error) {
        expect(error, `at=${at}`).toBeInstanceOf(SmError);
        expect((error as SmError).code, `at=${at}`).toBe('ERR_TEE_MIGRATION_PACKAGE');
        continue;
      }
      // What reads is bound to another header, or its box does not open.
      expect(
        codeOf(() => openSecrets(RELEASE, read.binding, read.sealed)),
        `at=${at}`,
      ).toMatch(MALFORMED);
    }
    expect(binding).toHaveLength(64);
    for (let length = 0; length < message.length; length += 7) {
      expect(codeOf(() => decodePackage(message.subarray(0, length)))).toMatch(MALFORMED);
    }
    expect(codeOf(() => decodePackage(concatBytes(message, Uint8Array.of(0))))).toMatch(MALFORMED);
  });

  it.each([
    ['another format', { ...HEADER, format: 'cssi-tee-migration/2' }],
    ['a number of another form', { ...HEADER, transfer: 'AB'.repeat(16) }],
    ['an application that is none', { ...HEADER, ta: 'x' }],
    ['a version that is none', { ...HEADER, floor: 0 }],
    ['a flag that is none', { ...HEADER, locked: 1 }],
    ['another bundle', { ...HEADER, bundle: DIGEST }],
    ['a member too many', { ...HEADER, more: 1 }],
    ['no storage', { ...HEADER, storage: null }],
    [
      'a file outside',
      { ...HEADER, storage: { head: DIGEST, files: [{ name: '../x', size: 1, digest: DIGEST }] } },
    ],
    [
      'a file of a wrong name',
      { ...HEADER, storage: { head: DIGEST, files: [{ name: 'log.01', size: 1, digest: DIGEST }] } },
    ],
    [
      'a file of no size',
      { ...HEADER, storage: { head: DIGEST, files: [{ name: 'counter', size: -1, digest: DIGEST }] } },
    ],
    [
      'a file twice',
      { ...HEADER, storage: { head: DIGEST, files: [...HEADER.storage.files, ...HEADER.storage.files] } },
    ],
    [
      'too many files',
      {
        ...HEADER,
        storage: {
          head: DIGEST,
          files: Array.from({ length: 9 }, (_, i) => ({ name: `log.${i + 1}`, size: 1, digest: DIGEST })),
        },
      },
    ],
  ])('with %s is malformed', (_, header) => {
    expect(codeOf(() => decodePackage(bodyOf(header)))).toMatch(MALFORMED);
  });
});

describe('notices', () => {
  it('read back, and nothing else does', () => {
    const { transfer } = HEADER;
    expect(decodeNotice(encodeNotice(MESSAGE.READY, transfer), MESSAGE.READY).transfer).toBe(transfer);
    const released = decodeNotice(encodeRelease(transfer, RELEASE), MESSAGE.RELEASE);
    expect(released).toEqual({ transfer, release: RELEASE });
    for (const [message, kind] of [
      [encodeNotice(MESSAGE.READY, transfer), MESSAGE.ACTIVATED],
      [encodeNotice(MESSAGE.RELEASE, transfer), MESSAGE.RELEASE],
      [encodeRelease(transfer, RELEASE).subarray(0, 48), MESSAGE.RELEASE],
      [concatBytes(encodeNotice(MESSAGE.READY, transfer), Uint8Array.of(0)), MESSAGE.READY],
      [new Uint8Array(0), MESSAGE.READY],
    ] as const) {
      expect(codeOf(() => decodeNotice(message, kind))).toMatch(MALFORMED);
    }
  });

  it('travel in messages of one form', () => {
    const message = outer(OUTER.FINISH, utf8('a'), utf8('bc'));
    expect(readOuter(message)).toEqual({ kind: OUTER.FINISH, parts: [utf8('a'), utf8('bc')] });
    for (const wrong of [
      new Uint8Array(0),
      Uint8Array.of(1),
      outer(0, utf8('a')),
      outer(5, utf8('a')),
      outer(OUTER.FINISH, utf8('a')),
      outer(OUTER.HELLO, utf8('a'), utf8('b')),
      message.subarray(0, -1),
      concatBytes(message, Uint8Array.of(0)),
    ]) {
      expect(codeOf(() => readOuter(wrong))).toBe('ERR_TEE_CHANNEL reason=message');
    }
  });
});

describe('a summary of storage', () => {
  it.each(['', '{', '[]', '{"head":"x","files":[]}', '{"files":[]}', `{"files":{},"head":"${DIGEST}"}`])(
    '%s is none',
    (text) => {
      expect(codeOf(() => decodeSummary(utf8(text)))).toMatch(MALFORMED);
    },
  );
});

describe('a secret that is kept', () => {
  const huk = Secret.take(randomBytes(32));
  const binding = { ta: TA_UUID, sd: ROOT_SECURITY_DOMAIN, era: 1, deletions: 2, transfer: HEADER.transfer };

  it('opens for the same purpose, application, era and migration alone [part of CC-004]', () => {
    const kept = keepSecret(huk, 'seed', binding, SECRETS.seed);
    expect(keptSecret(huk, 'seed', binding, kept)).toEqual(SECRETS.seed);
    for (const [purpose, bound, key] of [
      ['release', binding, huk],
      ['seed', { ...binding, era: 2 }, huk],
      ['seed', { ...binding, deletions: 3 }, huk],
      ['seed', { ...binding, transfer: '00'.repeat(16) }, huk],
      ['seed', { ...binding, sd: TA_UUID }, huk],
      ['seed', { ...binding, ta: ROOT_SECURITY_DOMAIN }, huk],
      ['seed', binding, Secret.take(randomBytes(32))],
    ] as const) {
      expect(codeOf(() => keptSecret(key, purpose, bound, kept))).toMatch(/^ERR_TEE_SEAL_INTEGRITY/);
    }
  });
});
