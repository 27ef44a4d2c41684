import { canonicalJson, concatBytes, type JsonValue, sm2, toBase64, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import {
  buildBundle,
  encryptBundle,
  encryptPersonalisation,
  inspectBundle,
  keyName,
  managementCommand,
  managementSigner,
  plainPersonalisation,
  readBundle,
  signBundle,
  signManagementCommand,
  verifyReceipt,
} from '../../src/management/index.ts';
import { TA_MAX_BUNDLE_BYTES, TA_MAX_CODE_BYTES } from '../../src/spec/v1/bundle.ts';
import { encodeBundle, parseBundle, parseSignedHeader } from '../../src/spec/v1/bundle-codec.ts';
import {
  MANAGEMENT_FORMAT,
  type ManagementAction,
  RECEIPT_FORMAT,
  ROOT_SECURITY_DOMAIN,
} from '../../src/spec/v1/management.ts';
import {
  encodeSignedReceipt,
  parseSignedCommand,
  parseSignedReceipt,
} from '../../src/spec/v1/management-codec.ts';
import { TA_SERVICES, type TaManifest } from '../../src/spec/v1/manifest.ts';
import { decodeManifest, encodeManifest, parseManifest } from '../../src/spec/v1/manifest-codec.ts';
import { parsePersonalisation } from '../../src/spec/v1/personalisation-codec.ts';
import { CODE, codeOf, keyOf, MANIFEST, OTHER_UUID, pairA, rootPair, TA_UUID } from '../core/core-support.ts';

const root = managementSigner(rootPair);
const U32 = 0xffff_ffff;

describe('manifest', () => {
  it('reads back as it was written, at its bounds too', () => {
    const largest: TaManifest = {
      ...MANIFEST,
      name: 'a'.repeat(64),
      version: U32,
      description: '说'.repeat(256),
      apis: [
        'crypto',
        'storage',
        'time',
        'arithmetic',
        'internal-client',
        'derive',
        'evidence',
        'secure-memory',
        'sockets',
      ],
      services: [...TA_SERVICES],
      commands: Array.from({ length: 1024 }, (_, i) => U32 - i),
      logins: [0, 0xf0000000],
      callers: [OTHER_UUID],
      memoryBytes: 1 << 30,
      storageBytes: 0,
      maxSessions: 1024,
      callTimeoutMs: 600_000,
      socketPeers: ['example.com:1', '[::1]:65535', '127.0.0.1:8080'],
      minimumTcb: U32,
      properties: { 'my.property': 'v'.repeat(1024) },
    };
    for (const manifest of [MANIFEST, largest]) {
      expect(decodeManifest(encodeManifest(manifest))).toEqual(manifest);
    }
  });

  const bad: readonly (readonly [string, Record<string, unknown>])[] = [
    ['format', { format: 'cssi-ta/2' }],
    ['uuid', { uuid: 'x' }],
    ['uuid', { uuid: TA_UUID.toUpperCase() }],
    ['name', { name: '' }],
    ['name', { name: 'A' }],
    ['name', { name: 'a'.repeat(65) }],
    ['name', { name: '../x' }],
    ['version', { version: 0 }],
    ['version', { version: U32 + 1 }],
    ['version', { version: 1.5 }],
    ['version', { version: '1' }],
    ['version', { version: Number.NaN }],
    ['description', { description: 'x'.repeat(257) }],
    ['description', { description: 'a\nb' }],
    ['description', { description: '\ud800' }],
    ['singleInstance', { singleInstance: 1 }],
    ['multiSession', { multiSession: null }],
    ['instanceKeepAlive', { instanceKeepAlive: 'yes' }],
    ['apis', { apis: ['network'] }],
    ['apis', { apis: ['crypto', 'crypto'] }],
    ['apis', { apis: 'crypto' }],
    ['services', { services: ['migrate'] }],
    ['services', { services: ['seal', 'seal'] }],
    ['commands', { commands: [-1] }],
    ['commands', { commands: [U32 + 1] }],
    ['commands', { commands: [1, 1] }],
    ['commands', { commands: Array.from({ length: 1025 }, (_, i) => i) }],
    ['commands', { commands: undefined }],
    ['logins', { logins: [-0] }],
    ['logins', { logins: Array.from({ length: 17 }, (_, i) => i) }],
    ['callers', { callers: ['x'] }],
    ['callers', { callers: [OTHER_UUID, OTHER_UUID] }],
    ['memoryBytes', { memoryBytes: 4095 }],
    ['memoryBytes', { memoryBytes: (1 << 30) + 1 }],
    ['storageBytes', { storageBytes: -1 }],
    ['storageBytes', { storageBytes: (1 << 30) + 1 }],
    ['maxSessions', { maxSessions: 0 }],
    ['maxSessions', { maxSessions: 1025 }],
    ['callTimeoutMs', { callTimeoutMs: 9 }],
    ['callTimeoutMs', { callTimeoutMs: 600_001 }],
    ['socketPeers', { socketPeers: ['example.com:80'] }],
    ['socketPeers', { apis: ['sockets'], socketPeers: ['example.com'] }],
    ['socketPeers', { apis: ['sockets'], socketPeers: ['example.com:0'] }],
    ['socketPeers', { apis: ['sockets'], socketPeers: ['example.com:65536'] }],
    ['socketPeers', { apis: ['sockets'], socketPeers: ['-x.com:80'] }],
    ['socketPeers', { apis: ['sockets'], socketPeers: ['a b:80'] }],
    ['socketPeers', { apis: ['sockets'], socketPeers: ['a.b:1', 'a.b:1'] }],
    ['minimumTcb', { minimumTcb: -1 }],
    ['properties', { properties: { 'gpd.ta.version': '9' } }],
    ['properties', { properties: { '': 'x' } }],
    ['properties', { properties: { a: 1 } }],
    ['properties', { properties: { a: 'x'.repeat(1025) } }],
    ['properties', { properties: [] }],
    ['properties', { properties: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`p${i}`, ''])) }],
    ['members', { more: 1 }],
  ];
  it.each(bad)('a wrong %s is refused: %j', (field, change) => {
    expect(codeOf(() => parseManifest({ ...MANIFEST, ...change }))).toBe(
      `ERR_TEE_MANIFEST_INVALID field=${field}`,
    );
  });

  it.each(Object.keys(MANIFEST))('without %s is refused', (name) => {
    const { [name as keyof TaManifest]: _, ...rest } = MANIFEST;
    expect(codeOf(() => parseManifest(rest))).toBe('ERR_TEE_MANIFEST_INVALID field=members');
  });

  it.each([null, undefined, 1, 'x', []])('%j is refused', (value) => {
    expect(codeOf(() => parseManifest(value))).toBe('ERR_TEE_MANIFEST_INVALID field=object');
  });

  it('is read in canonical form only, and not beyond its size', () => {
    const text = new TextDecoder().decode(encodeManifest(MANIFEST));
    expect(codeOf(() => decodeManifest(utf8(` ${text}`)))).toMatch(/^ERR_TEE_MANIFEST_INVALID field=json/);
    expect(codeOf(() => decodeManifest(new Uint8Array(70_000).fill(0x20)))).toMatch(
      /^ERR_TEE_MANIFEST_INVALID/,
    );
    const properties = Object.fromEntries(
      Array.from({ length: 64 }, (_, i) => [`p${i}`, '\u{1F600}'.repeat(512)]),
    );
    expect(codeOf(() => encodeManifest({ ...MANIFEST, properties }))).toBe(
      'ERR_TEE_MANIFEST_INVALID field=size',
    );
  });
});

describe('bundle', async () => {
  const bundle = await signBundle(buildBundle(MANIFEST, CODE), root);
  const tee = sm2.generateKeyPair();
  const encrypted = encryptBundle(bundle, tee.publicKey);

  it('reads back as it was signed; the same code under another envelope is the same application', () => {
    const parsed = readBundle(bundle);
    expect(parsed.header.manifest).toEqual(MANIFEST);
    expect(parsed.payload).toEqual(CODE);
    expect(encodeBundle(parsed)).toEqual(bundle);
    expect(encodeBundle(readBundle(encrypted))).toEqual(encrypted);
    expect(readBundle(encrypted).headerBytes).toEqual(parsed.headerBytes);
  });

  it('is inspected without a TEE', () => {
    expect(inspectBundle(bundle, rootPair.publicKey)).toMatchObject({
      encrypted: false,
      codeMatches: true,
      signatureValid: true,
    });
    expect(inspectBundle(bundle, pairA.publicKey).signatureValid).toBe(false);
    expect(inspectBundle(encrypted, rootPair.publicKey)).toMatchObject({
      encrypted: true,
      codeMatches: undefined,
      signatureValid: true,
    });
    const altered = bundle.slice();
    altered[altered.length - 1]! ^= 1;
    expect(inspectBundle(altered)).toMatchObject({ codeMatches: false, signatureValid: undefined });
  });

  it('every length is refused, and every truncation', () => {
    for (const whole of [bundle, encrypted]) {
      for (let length = 0; length < whole.length; length++) {
        expect(
          codeOf(() => parseBundle(whole.slice(0, length))),
          `${length}`,
        ).toMatch(/^ERR_TEE_BUNDLE_MALFORMED /);
      }
      expect(codeOf(() => parseBundle(concatBytes(whole, Uint8Array.of(0))))).toContain('reason=trailing');
    }
  });

  it('no flipped bit leaves a bundle that is still signed', () => {
    for (let at = 0; at < bundle.length - CODE.length - 4; at++) {
      const altered = bundle.slice();
      altered[at]! ^= 1 << (at & 7);
      try {
        expect(inspectBundle(altered, rootPair.publicKey).signatureValid, `byte ${at}`).toBe(false);
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_(?:TEE_BUNDLE_MALFORMED|SM2_)/) });
      }
    }
  });

  const header = readBundle(bundle).header as unknown as Record<string, JsonValue>;
  it.each([
    ['another format', { format: 'cssi-ta-bundle/2' }],
    ['a manifest that is none', { manifest: {} }],
    ['a digest that is none', { codeDigest: 'x' }],
    ['a length of 0', { codeLength: 0 }],
    ['a length over the most', { codeLength: TA_MAX_CODE_BYTES + 1 }],
    ['a signer that is none', { signer: 'AB'.repeat(32) }],
    ['an unknown member', { more: 1 }],
  ])('header: %s', (_, change) => {
    const bytes = canonicalJson({ ...header, ...change } as JsonValue);
    expect(codeOf(() => parseSignedHeader(bytes))).toMatch(/^ERR_TEE_BUNDLE_MALFORMED /);
  });

  it.each([
    ['another algorithm', { algorithm: 'SM2' }],
    ['a recipient that is none', { recipient: '' }],
    ['a short key', { wrappedKey: toBase64(new Uint8Array(112)) }],
    ['a long key', { wrappedKey: toBase64(new Uint8Array(114)) }],
    ['a short nonce', { nonce: toBase64(new Uint8Array(11)) }],
    ['an unknown member', { more: 1 }],
  ])('envelope: %s', (_, change) => {
    const parsed = readBundle(encrypted);
    const envelope = { ...parsed.envelope, ...change } as never;
    expect(codeOf(() => encodeBundle({ ...parsed, envelope }))).toMatch(/^ERR_TEE_BUNDLE_MALFORMED /);
  });

  it('code that is empty, too long, or not of the header’s length', async () => {
    expect(codeOf(() => buildBundle(MANIFEST, new Uint8Array(0)))).toContain('ERR_TEE_BUNDLE_MALFORMED');
    expect(codeOf(() => buildBundle(MANIFEST, new Uint8Array(TA_MAX_CODE_BYTES + 1)))).toContain(
      'ERR_TEE_BUNDLE_MALFORMED',
    );
    const parsed = readBundle(bundle);
    expect(codeOf(() => encodeBundle({ ...parsed, payload: new Uint8Array(CODE.length + 1) }))).toContain(
      'reason=length',
    );
    expect(codeOf(() => parseBundle(new Uint8Array(TA_MAX_BUNDLE_BYTES + 1)))).toContain('reason=size');
    const largest = await signBundle(buildBundle(MANIFEST, new Uint8Array(TA_MAX_CODE_BYTES)), root);
    expect(largest.length).toBeLessThanOrEqual(TA_MAX_BUNDLE_BYTES);
    expect(encryptBundle(largest, tee.publicKey).length).toBeLessThanOrEqual(TA_MAX_BUNDLE_BYTES);
  });

  it('is not signed by a signer that answers wrong', async () => {
    const wrong = [
      { publicKey: rootPair.publicKey, sign: () => new Uint8Array(64).fill(1) },
      { publicKey: pairA.publicKey, sign: root.sign },
    ];
    for (const signer of wrong) {
      await expect(signBundle(buildBundle(MANIFEST, CODE), signer)).rejects.toMatchObject({
        code: 'ERR_TEE_BUNDLE_SIGNATURE',
      });
    }
  });

  it('is not encrypted twice, altered, or to what is no key', () => {
    expect(codeOf(() => encryptBundle(encrypted, tee.publicKey))).toContain('reason=encrypted');
    const altered = bundle.slice();
    altered[altered.length - 1]! ^= 1;
    expect(codeOf(() => encryptBundle(altered, tee.publicKey))).toBe('ERR_TEE_BUNDLE_DIGEST');
    expect(codeOf(() => encryptBundle(bundle, new Uint8Array(65)))).toBe('ERR_SM2_PUBLIC_KEY_INVALID');
  });
});

describe('command', async () => {
  const device = 'ab'.repeat(32);
  const lock: ManagementAction = { action: 'lock-ta', ta: TA_UUID };
  const command = await managementCommand(lock, { device, sequence: 7, signer: root });
  const body = (change: Record<string, unknown>): Uint8Array => {
    const bytes = canonicalJson({
      ...parseSignedCommand(command).command,
      ...change,
    } as unknown as JsonValue);
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, bytes.length);
    return concatBytes(length, bytes, new Uint8Array(64));
  };

  it('of every action reads back as it was signed', async () => {
    const actions: readonly ManagementAction[] = [
      { action: 'install-sd', sd: OTHER_UUID, keys: [keyOf(pairA)] },
      { action: 'uninstall-sd', sd: OTHER_UUID },
      { action: 'install-ta', bundleDigest: device },
      { action: 'personalise-ta', ta: TA_UUID, dataDigest: device },
      { action: 'factory-reset' },
      { action: 'raise-tcb-floor', minimum: 5 },
    ];
    for (const action of actions) {
      const signed = await managementCommand(action, { device, sequence: 1, signer: root });
      expect(parseSignedCommand(signed).command).toEqual({
        ...action,
        format: MANAGEMENT_FORMAT,
        device,
        domain: ROOT_SECURITY_DOMAIN,
        signer: keyName(rootPair.publicKey),
        sequence: 1,
      });
    }
  });

  it.each([
    ['another format', { format: 'cssi-tee-management/2' }],
    ['an unknown action', { action: 'format-disk' }],
    ['a member of another action', { sd: OTHER_UUID }],
    ['no target', { ta: undefined }],
    ['a target that is none', { ta: 'x' }],
    ['a device that is none', { device: 'x' }],
    ['a domain that is none', { domain: TA_UUID.toUpperCase() }],
    ['a number of 0', { sequence: 0 }],
    ['a negative number', { sequence: -1 }],
    ['an unknown member', { more: 1 }],
  ])('%s is refused', (_, change) => {
    const clean = JSON.parse(JSON.stringify(change)) as Record<string, unknown>;
    const bytes =
      'ta' in change && change.ta === undefined ? body({ action: 'lock-ta', ta: null }) : body(clean);
    expect(codeOf(() => parseSignedCommand(bytes))).toMatch(/^ERR_TEE_MANAGEMENT_MALFORMED /);
  });

  const key = keyOf(pairA);
  it.each([
    ['no keys', []],
    ['too many', Array.from({ length: 17 }, () => key)],
    ['one twice', [key, key]],
    ['one that is no point', [{ ...key, publicKey: toBase64(new Uint8Array(65)) }]],
    ['one of another length', [{ ...key, publicKey: toBase64(new Uint8Array(64)) }]],
    ['an unknown privilege', [{ ...key, privileges: ['everything'] }]],
    ['a privilege twice', [{ ...key, privileges: ['ta-signing', 'ta-signing'] }]],
    ['an unknown member', [{ ...key, name: 'x' }]],
  ])('keys of a domain: %s', async (_, keys) => {
    const action = { action: 'install-sd', sd: OTHER_UUID, keys } as ManagementAction;
    await expect(managementCommand(action, { device, sequence: 1, signer: root })).rejects.toMatchObject({
      code: 'ERR_TEE_MANAGEMENT_MALFORMED',
    });
  });

  it('of another length is refused', () => {
    for (let length = 0; length < command.length; length++) {
      expect(codeOf(() => parseSignedCommand(command.slice(0, length)))).toMatch(
        /^ERR_TEE_MANAGEMENT_MALFORMED/,
      );
    }
    expect(codeOf(() => parseSignedCommand(concatBytes(command, Uint8Array.of(0))))).toContain(
      'reason=length',
    );
    expect(codeOf(() => parseSignedCommand(new Uint8Array(20_000)))).toContain('reason=size');
  });

  it('is not signed by a signer that answers wrong or is not the one it names', async () => {
    const parsed = parseSignedCommand(command).command;
    const wrong = [
      managementSigner(pairA),
      { publicKey: rootPair.publicKey, sign: () => new Uint8Array(64).fill(1) },
      { publicKey: rootPair.publicKey, sign: () => new Uint8Array(63) },
    ];
    for (const signer of wrong) {
      await expect(signManagementCommand(parsed, signer)).rejects.toMatchObject({
        code: 'ERR_TEE_MANAGEMENT_SIGNATURE',
      });
    }
  });
});

describe('receipt', async () => {
  const device = 'ab'.repeat(32);
  const attestation = sm2.generateKeyPair();
  const command = await managementCommand({ action: 'lock-tee' }, { device, sequence: 3, signer: root });
  const { digest } = parseSignedCommand(command);
  const good = {
    format: RECEIPT_FORMAT,
    device,
    command: digest,
    action: 'lock-tee',
    domain: ROOT_SECURITY_DOMAIN,
    sequence: 3,
    time: 1,
    audit: 'cd'.repeat(32),
  } as const;
  const signed = (change: object = {}, pair = attestation): Uint8Array =>
    encodeSignedReceipt({ ...good, ...change }, (input) => sm2.signWith(pair, input, { format: 'raw' }));

  it('is verified against the command and the attestation key', () => {
    expect(verifyReceipt(signed(), command, attestation.publicKey)).toEqual(good);
  });

  it.each([
    ['by another key', () => signed({}, pairA)],
    ['of another device', () => signed({ device: 'ef'.repeat(32) })],
    ['of another command', () => signed({ command: 'ef'.repeat(32) })],
    ['of another action', () => signed({ action: 'unlock-tee' })],
    ['of another domain', () => signed({ domain: OTHER_UUID })],
    ['of another number', () => signed({ sequence: 4 })],
  ])('%s is refused', (_, receipt) => {
    expect(codeOf(() => verifyReceipt(receipt(), command, attestation.publicKey))).toMatch(
      /^ERR_TEE_MANAGEMENT_SIGNATURE /,
    );
  });

  it.each([
    ['another format', { format: 'x' }],
    ['an unknown action', { action: 'x' }],
    ['an audit digest that is none', { audit: 'x' }],
    ['a negative time', { time: -1 }],
    ['an unknown member', { more: 1 }],
  ])('with %s is refused', (_, change) => {
    expect(codeOf(() => parseSignedReceipt(signed(change)))).toMatch(/^ERR_TEE_MANAGEMENT_MALFORMED /);
  });

  it('any flipped bit is refused', () => {
    const receipt = signed();
    for (let at = 0; at < receipt.length; at += 3) {
      const altered = receipt.slice();
      altered[at]! ^= 1;
      expect(codeOf(() => verifyReceipt(altered, command, attestation.publicKey))).toMatch(
        /^ERR_TEE_MANAGEMENT_(?:SIGNATURE|MALFORMED) /,
      );
    }
  });
});

describe('personalisation data', () => {
  it('read back, in clear and encrypted', () => {
    expect(parsePersonalisation(plainPersonalisation(utf8('x')))).toEqual({
      envelope: undefined,
      payload: utf8('x'),
    });
    const sealed = parsePersonalisation(encryptPersonalisation(TA_UUID, utf8('x'), pairA.publicKey));
    expect(sealed.payload.length).toBe(17);
    expect(sealed.envelope?.recipient).toBe(keyName(pairA.publicKey));
  });

  it('of another length, form or size are refused', () => {
    const whole = encryptPersonalisation(TA_UUID, utf8('x'), pairA.publicKey);
    for (let length = 0; length < whole.length; length++) {
      expect(codeOf(() => parsePersonalisation(whole.slice(0, length)))).toContain(
        'ERR_TEE_MANAGEMENT_MALFORMED',
      );
    }
    expect(codeOf(() => parsePersonalisation(concatBytes(whole, Uint8Array.of(0))))).toContain('MALFORMED');
    expect(codeOf(() => plainPersonalisation(new Uint8Array((1 << 20) + 1)))).toContain('MALFORMED');
    expect(plainPersonalisation(new Uint8Array(1 << 20)).length).toBeGreaterThan(1 << 20);
  });
});
