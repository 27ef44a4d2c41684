import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCertificate, verifyCertificatePath } from '@cssi/pki';
import { fromBase64, toHex } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { deviceName } from '../../src/management/index.ts';
import {
  BUILT_IN_UUID,
  codeOf,
  coreFolder,
  EVENTS,
  pairA,
  rootPair,
  TestCore,
  TIME,
} from './core-support.ts';

describe('first start', () => {
  it('makes a hardware-unique key of 32 bytes that only its owner may read', () => {
    const core = new TestCore();
    const path = join(core.folder, 'huk.key');
    expect(statSync(path).size).toBe(32);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(new Set(readFileSync(path)).size).toBeGreaterThan(8);
  });

  it('issues certificates that lead to the device root', () => {
    const core = new TestCore();
    const anchor = parseCertificate(core.rootCertificate);
    for (const certificate of [core.info.attestationCertificate, core.info.bundleCertificate]) {
      const leaf = parseCertificate(fromBase64(certificate));
      const path = verifyCertificatePath(leaf, {
        intermediates: [],
        anchors: [anchor],
        time: new Date(TIME),
      });
      expect([path.integrity.status, path.trust.status, path.time.status]).toEqual([
        'passed',
        'passed',
        'passed',
      ]);
    }
    const bundle = parseCertificate(fromBase64(core.info.bundleCertificate));
    expect(bundle.sm2PublicKey).toEqual(fromBase64(core.info.bundleKey));
    expect(core.info.device).toBe(deviceName(core.rootCertificate));
  });

  it('is another device every time', () => {
    const [a, b] = [new TestCore(), new TestCore()];
    expect(a.info.device).not.toBe(b.info.device);
    expect(toHex(a.launch(BUILT_IN_UUID).grant.seed)).not.toBe(toHex(b.launch(BUILT_IN_UUID).grant.seed));
  });

  it('without a management key nobody manages it', () => {
    expect(new TestCore({ managementKey: undefined }).info.managed).toBe(false);
    expect(new TestCore().info.managed).toBe(true);
  });
});

describe('later starts', () => {
  it('keep the device, its keys and its certificates', () => {
    const first = new TestCore();
    const seed = toHex(first.launch(BUILT_IN_UUID).grant.seed);
    first.stop();
    const second = new TestCore({ folder: first.folder });
    expect(second.info).toEqual(first.info);
    expect(second.rootCertificate).toEqual(first.rootCertificate);
    expect(toHex(second.launch(BUILT_IN_UUID).grant.seed)).toBe(seed);
  });

  it('take no other management key [part of CC-042]', () => {
    const first = new TestCore();
    first.stop();
    expect(codeOf(() => new TestCore({ folder: first.folder, managementKey: pairA.publicKey }))).toContain(
      'ERR_TEE_OPTION_INVALID option=managementKey',
    );
    expect(new TestCore({ folder: first.folder, managementKey: undefined }).info.managed).toBe(true);
  });

  it('take no first management key either: a device that began unmanaged stays so', () => {
    const first = new TestCore({ managementKey: undefined });
    first.stop();
    expect(codeOf(() => new TestCore({ folder: first.folder }))).toContain('ERR_TEE_OPTION_INVALID');
  });

  it('count and record each start', () => {
    const folder = coreFolder();
    for (let start = 0; start < 3; start++) new TestCore({ folder }).stop();
    const started = new TestCore({ folder }).audit().filter(({ event }) => event === 'started');
    expect(started.map(({ detail }) => detail.split(' ')[0])).toEqual([
      'start=1',
      'start=2',
      'start=3',
      'start=4',
    ]);
  });
});

describe('a folder that does not fit together is refused', () => {
  const stopped = (): string => {
    const core = new TestCore();
    core.launch(BUILT_IN_UUID);
    core.stop();
    return core.folder;
  };
  const huk = (folder: string) => join(folder, 'huk.key');

  it('hardware-unique key missing while there is sealed state', () => {
    const folder = stopped();
    rmSync(huk(folder));
    expect(codeOf(() => new TestCore({ folder }))).toBe('ERR_TEE_HUK_MISSING');
    // And it is not made anew by trying.
    expect(codeOf(() => new TestCore({ folder }))).toBe('ERR_TEE_HUK_MISSING');
  });

  it.each([
    ['empty', new Uint8Array(0)],
    ['31 bytes', new Uint8Array(31)],
    ['33 bytes', new Uint8Array(33)],
  ])('hardware-unique key: %s', (_, bytes) => {
    const folder = stopped();
    writeFileSync(huk(folder), bytes);
    expect(codeOf(() => new TestCore({ folder }))).toBe('ERR_TEE_HUK_INVALID reason=length');
  });

  it.each([0o640, 0o604, 0o620, 0o666])('hardware-unique key of mode %o', (mode) => {
    const folder = stopped();
    chmodSync(huk(folder), mode);
    expect(codeOf(() => new TestCore({ folder }))).toContain('ERR_TEE_HUK_INVALID reason=mode');
  });

  it('hardware-unique key of another device', () => {
    const folder = stopped();
    writeFileSync(huk(folder), readFileSync(huk(stopped())));
    expect(codeOf(() => new TestCore({ folder }))).toMatch(/^ERR_TEE_SEAL_/);
  });

  it('sealed state gone, in part or altered', () => {
    for (const name of readdirSync(join(stopped(), 'state'))) {
      const gone = stopped();
      rmSync(join(gone, 'state', name));
      expect(
        codeOf(() => new TestCore({ folder: gone })),
        `${name} gone`,
      ).toMatch(/^ERR_TEE_SEAL_/);
      const altered = stopped();
      const path = join(altered, 'state', name);
      const bytes = new Uint8Array(readFileSync(path));
      for (let at = 0; at < bytes.length; at += 3) bytes[at]! ^= 0x10;
      writeFileSync(path, bytes);
      expect(
        codeOf(() => new TestCore({ folder: altered })),
        `${name} altered`,
      ).toMatch(/^ERR_TEE_SEAL_/);
    }
  });

  it('an older copy of the sealed state', () => {
    const core = new TestCore();
    core.stop();
    const names = readdirSync(join(core.folder, 'state'));
    const log = names.filter((name) => !name.includes('counter'));
    const old = log.map((name) => [name, readFileSync(join(core.folder, 'state', name))] as const);
    const again = new TestCore({ folder: core.folder });
    again.launch(BUILT_IN_UUID);
    again.stop();
    for (const [name, bytes] of old) writeFileSync(join(core.folder, 'state', name), bytes);
    expect(codeOf(() => new TestCore({ folder: core.folder }))).toMatch(/^ERR_TEE_SEAL_/);
  });
});

describe('what the host hands to the boot is checked', () => {
  const malformed = (part: Uint8Array) => {
    const core = new TestCore();
    core.stop();
    return core.service.handle({ kind: 'control', name: 'boot', parts: [part] }).error?.code;
  };
  const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const good = { events: EVENTS, time: TIME };
  it.each([
    ['nothing', new Uint8Array(0)],
    ['no JSON', new TextEncoder().encode('{')],
    ['no object', text(1)],
    ['null', text(null)],
    ['a time missing', text({ events: EVENTS })],
    ['a negative time', text({ ...good, time: -1 })],
    ['a time no Date can be', text({ ...good, time: 8.64e15 + 1 })],
    ['an unknown member', text({ ...good, more: 1 })],
    ['a stage of an application', text({ ...good, events: [{ ...EVENTS[0], stage: 'ta' }] })],
    ['too many events', text({ ...good, events: Array.from({ length: 64 }, () => EVENTS[0]) })],
    ['a key that is too short', text({ ...good, managementKey: 'AAAA' })],
    ['a flag that is none', text({ ...good, conformanceTa: 1 })],
  ])('%s', (_, part) => {
    expect(malformed(part)).toBe('ERR_TEE_ANSWER_MALFORMED');
  });

  it('a management key that is no point on the curve', () => {
    const key = rootPair.publicKey.slice();
    key[64]! ^= 1;
    expect(codeOf(() => new TestCore({ managementKey: key }))).toContain('ERR_TEE_OPTION_INVALID');
  });

  it('a second boot, and any request before the first', () => {
    const core = new TestCore();
    expect(codeOf(() => core.control('boot', text(good)))).toContain('ERR_TEE_START_FAILED');
    core.stop();
    expect(codeOf(() => core.control('snapshot'))).toContain('ERR_TEE_START_FAILED');
    const { error } = core.service.handle({ kind: 'close', session: 1 });
    expect(error?.code).toBe('ERR_TEE_ANSWER_MALFORMED');
  });
});
