import { concatBytes, utf8 } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { CborTagged, type CborValue, decodeCbor, encodeCbor } from '../../../src/evidence/cbor/index.ts';
import { ccaVerifier } from '../../../src/evidence/cca/index.ts';
import {
  createSyntheticCca,
  type SyntheticCca,
  type SyntheticCcaFields,
} from '../../../src/synthetic/cca.ts';
import { failedSteps, flipped, hex, refusal } from '../cbor/support.ts';

const TIME = new Date('2026-12-01T00:00:00Z');
let cca: SyntheticCca;
let newer: SyntheticCca;

beforeAll(async () => {
  cca = await createSyntheticCca({ time: TIME });
  newer = await createSyntheticCca({ profile: '2.0', time: TIME });
});

const verify = (evidence: Uint8Array, of: SyntheticCca = cca) =>
  ccaVerifier.verify(evidence, { time: TIME, anchors: of.anchors });
const claimsOf = (fields: SyntheticCcaFields, of: SyntheticCca = cca) => {
  const verdict = verify(of.token(fields), of);
  expect(failedSteps(verdict)).toEqual([]);
  return verdict.claims;
};

describe('[part of CC-006] [part of CC-020] [part of CC-036] what a CCA token states', () => {
  it.each([
    [0x0000, 'unknown', 'unknown'],
    [0x1001, 'assembly-and-test', 'enabled'],
    [0x2000, 'rot-provisioning', 'unknown'],
    [0x3000, 'secured', 'disabled'],
    [0x30ff, 'secured', 'disabled'],
    [0x3100, 'unknown', 'unknown'],
    [0x4000, 'non-cca-platform-rot-debug', 'enabled'],
    [0x5000, 'recoverable-cca-platform-rot-debug', 'enabled'],
    [0x6000, 'decommissioned', 'unknown'],
    [0xffff, 'unknown', 'unknown'],
  ])('lifecycle %i is %s, debug %s', (lifecycle, name, debug) => {
    const claims = claimsOf({ lifecycle });
    expect([claims.details.lifecycle, claims.debug]).toEqual([name, debug]);
  });

  it('the realm and the firmware below it are measurements; the monitor is in the place of a hypervisor', () => {
    const { measurements, deployment, trustedSoftware, untrustedSoftware } = claimsOf({});
    expect(deployment).toBe('virtual-machine');
    expect(measurements.map(({ name, role }) => `${name} ${role}`)).toEqual([
      'rim workload',
      'rem0 workload',
      'rem1 workload',
      'rem2 workload',
      'rem3 workload',
      'platform.bl firmware',
      'platform.bl.signer signer',
      'platform.rmm hypervisor',
      'platform.rmm.signer signer',
    ]);
    expect(trustedSoftware).toEqual(['realm management monitor', 'root monitor', 'bl', 'rmm']);
    expect(untrustedSoftware).toContain('normal-world hypervisor');
  });

  it('digests that firmware fills up with zeros are cut to the length of their algorithm', () => {
    const filled = (fill: number, tail: number) => new Uint8Array(64).fill(fill, 0, 32).fill(tail, 32);
    const algorithmsOf = (rim: Uint8Array, rem: Uint8Array) =>
      claimsOf({ initialMeasurement: rim, extensibleMeasurements: [rem, rem, rem, rem] })
        .measurements.slice(0, 2)
        .map(({ algorithm, value }) => [algorithm, value.length, value[0]]);
    expect(algorithmsOf(filled(1, 0), filled(0, 0))).toEqual([
      ['sha256', 32, 1],
      ['sha256', 32, 0],
    ]);
    // No digest of SHA-256, whatever the token says.
    expect(algorithmsOf(filled(1, 2), filled(3, 0))).toEqual([
      ['sha512', 64, 1],
      ['sha256', 32, 3],
    ]);
  });

  it('[part of CC-046] memory encryption is stated from version 2 on', () => {
    expect(claimsOf({}).memoryEncryption).toBe('unknown');
    expect(claimsOf({}, newer).memoryEncryption).toBe('active');
    const shared = claimsOf({ realmClaims: new Map([[44_243, 0]]) }, newer);
    expect([shared.memoryEncryption, shared.details.memoryEncryptionPolicy]).toEqual(['unknown', 'shared']);
    expect(claimsOf({}, newer).details.liveActivationPolicy).toBe('disallow');
  });

  it.each([
    ['1.2.3', [1_002_003]],
    ['v1.2', [1_002_000]],
    ['0.10.0', [10_000]],
    ['1.2.3.4', []],
    ['1.2.3-rc1', []],
    ['1.1000.0', []],
    ['one', []],
    ['', []],
  ])('version %s can be compared as %j', (monitorVersion, values) => {
    const { versions } = claimsOf({ monitorVersion });
    expect(versions.filter(({ name }) => name === 'rmm').map(({ value }) => value)).toEqual(values);
    expect(versions[0]).toEqual({ name: 'bl', value: 3_004_002 });
  });

  const component = (...changes: [number, CborValue][]): CborValue =>
    new Map<number, CborValue>([
      [2, new Uint8Array(32).fill(1)],
      [5, new Uint8Array(32).fill(2)],
      ...changes,
    ]);
  const algorithmsOf = (one: CborValue) =>
    claimsOf({ platformClaims: new Map([[2399, [one]]]) })
      .measurements.filter(({ name }) => name.startsWith('platform.'))
      .map(({ name, algorithm }) => `${name} ${algorithm}`);

  it('components without a type or with free words for their algorithm', () => {
    expect(algorithmsOf(component())).toEqual([
      'platform.component-0 sha256',
      'platform.component-0.signer sha256',
    ]);
    expect(algorithmsOf(component([6, 'TF-M_SHA256MemPreXIP']))[0]).toBe('platform.component-0 sha256');
    expect(algorithmsOf(component([1, 'RSE'], [2, new Uint8Array(48)]))[0]).toBe('platform.rse sha384');
    expect(algorithmsOf(component([5, new Uint8Array(64)]))[1]).toBe('platform.component-0.signer sha512');
    expect(algorithmsOf(component([6, 'sm3']))[0]).toBe('platform.component-0 sm3');
  });

  const bytes = (length: number) => new Uint8Array(length).fill(1);
  it.each<[string, number, CborValue, string]>([
    ['no profile', 265, null, 'cca-platform-profile'],
    ['a profile that is a number', 265, 1, 'cca-platform-profile'],
    ['a long profile', 265, 'x'.repeat(513), 'cca-platform-profile'],
    ['no challenge', 10, null, 'cca-platform-challenge'],
    ['a challenge of 33 bytes', 10, bytes(33), 'cca-platform-challenge'],
    ['no implementation id', 2396, null, 'cca-platform-implementation-id'],
    ['an implementation id of 31 bytes', 2396, bytes(31), 'cca-platform-implementation-id'],
    ['no instance id', 256, null, 'cca-platform-instance-id'],
    ['an instance id of 32 bytes', 256, bytes(32), 'cca-platform-instance-id'],
    ['an instance id of another kind', 256, bytes(33).fill(2), 'cca-platform-instance-id'],
    ['no config', 2401, null, 'cca-platform-config'],
    ['a long config', 2401, bytes(4097), 'cca-platform-config'],
    ['no lifecycle', 2395, null, 'cca-platform-lifecycle'],
    ['a negative lifecycle', 2395, -1, 'cca-platform-lifecycle'],
    ['a lifecycle over 16 bits', 2395, 0x1_0000, 'cca-platform-lifecycle'],
    ['no components', 2399, null, 'cca-platform-components'],
    ['an empty list of components', 2399, [], 'cca-platform-components'],
    ['65 components', 2399, Array.from({ length: 65 }, () => component()), 'cca-platform-components'],
    ['a component that is no map', 2399, [1], 'cca-component'],
    ['a component without value', 2399, [component([2, null])], 'cca-component-value'],
    ['a component of 20 bytes', 2399, [component([2, bytes(20)])], 'cca-component-value'],
    [
      'a component whose length is of another algorithm',
      2399,
      [component([6, 'sha-384'])],
      'cca-component-value',
    ],
    ['a component without signer', 2399, [component([5, null])], 'cca-component-signer'],
    ['a component version that is a number', 2399, [component([4, 1])], 'cca-component-version'],
    ['a service that is bytes', 2400, bytes(3), 'cca-platform-service'],
    ['no hash algorithm', 2402, null, 'cca-platform-hash'],
    ['an unknown hash algorithm', 2402, 'md5', 'cca-hash-algorithm'],
  ])('platform token: %s is malformed, however well signed', (_, label, value, reason) => {
    expect(refusal(() => verify(cca.token({ platformClaims: new Map([[label, value]]) })))).toBe(reason);
  });

  it.each<[string, number, CborValue, string]>([
    ['no challenge', 10, null, 'cca-realm-challenge'],
    ['a challenge of 32 bytes', 10, bytes(32), 'cca-realm-challenge'],
    ['a profile that is bytes', 265, bytes(3), 'cca-realm-profile'],
    ['no personalization', 44_235, null, 'cca-realm-personalization'],
    ['a personalization of 63 bytes', 44_235, bytes(63), 'cca-realm-personalization'],
    ['no initial measurement', 44_238, null, 'cca-realm-rim'],
    ['an initial measurement of 20 bytes', 44_238, bytes(20), 'cca-realm-rim'],
    ['an initial measurement longer than the others', 44_238, bytes(48), 'cca-realm-rem'],
    ['measurements shorter than their algorithm', 44_236, 'sha-384', 'cca-realm-rim'],
    ['no extensible measurements', 44_239, null, 'cca-realm-rem'],
    ['three extensible measurements', 44_239, [bytes(32), bytes(32), bytes(32)], 'cca-realm-rem'],
    ['an extensible measurement of text', 44_239, [bytes(32), bytes(32), bytes(32), 'x'], 'cca-realm-rem'],
    [
      'an extensible measurement of 48 bytes',
      44_239,
      [bytes(32), bytes(32), bytes(32), bytes(48)],
      'cca-realm-rem',
    ],
    ['no hash algorithm', 44_236, null, 'cca-realm-hash'],
    ['an unknown hash algorithm', 44_236, 'sha-1', 'cca-hash-algorithm'],
    ['no key', 44_237, null, 'cca-realm-public-key'],
    ['a key that is a map outside of bytes', 44_237, new Map(), 'cca-realm-public-key'],
    ['an empty key', 44_237, bytes(0), 'cca-realm-public-key'],
    ['a long key', 44_237, bytes(513), 'cca-realm-public-key'],
    ['a key that is no COSE_Key', 44_237, hex('80'), 'cose-key'],
    ['a key of 0x04 and nothing', 44_237, hex('04'), 'public-key'],
    ['a point off the curve', 44_237, concatBytes(hex('04'), bytes(96)), 'public-key'],
    ['no algorithm of the key', 44_240, null, 'cca-realm-key-hash'],
    ['an unknown algorithm of the key', 44_240, 'crc32', 'cca-hash-algorithm'],
    ['a policy of 2', 44_243, 2, 'cca-realm-policy'],
    ['a policy that is text', 44_244, 'allow', 'cca-realm-policy'],
    ['an instance id of 32 bytes', 256, bytes(32), 'cca-realm-instance-id'],
    ['a digest of devices of 20 bytes', 44_257, bytes(20), 'cca-realm-devices-hash'],
  ])('realm token: %s is malformed, however well signed', (_, label, value, reason) => {
    expect(refusal(() => verify(cca.token({ realmClaims: new Map([[label, value]]) })))).toBe(reason);
  });

  const parts = (of: SyntheticCca) =>
    (decodeCbor(of.token(), { maxBytes: 65_536 }) as CborTagged).value as Map<number, CborValue>;
  it.each<[string, () => CborValue, string]>([
    ['no tag', () => parts(cca), 'cca-tag'],
    ['another tag', () => new CborTagged(18, parts(cca)), 'cca-tag'],
    ['the tag over an array', () => new CborTagged(399, []), 'cca-token'],
    [
      'no platform token',
      () => new CborTagged(399, new Map([[44_241, parts(cca).get(44_241)!]])),
      'cca-part',
    ],
    ['no realm token', () => new CborTagged(399, new Map([[44_234, parts(cca).get(44_234)!]])), 'cca-part'],
    ['parts of version 1 under the tag of version 2', () => new CborTagged(907, parts(cca)), 'cca-part'],
    ['parts of version 2 under the tag of version 1', () => new CborTagged(399, parts(newer)), 'cca-part'],
    [
      'a part of another content format',
      () => new CborTagged(907, new Map(parts(newer)).set(44_234, [60, new Uint8Array(1)])),
      'cca-part',
    ],
    [
      'a part that is empty',
      () => new CborTagged(399, parts(cca).set(44_234, new Uint8Array(0))),
      'cbor-truncated',
    ],
    ['a part that is no COSE', () => new CborTagged(399, parts(cca).set(44_241, hex('00'))), 'cose-sign1'],
    ['devices that are text', () => new CborTagged(399, parts(cca).set(44_258, 'x')), 'cca-part'],
  ])('%s is malformed', (_, value, reason) => {
    expect(refusal(() => verify(encodeCbor(value())))).toBe(reason);
  });

  it.each<[string, ReadonlyMap<number, CborValue>, string]>([
    ['a chain that is text', new Map([[33, 'x']]), 'cca-x5chain'],
    ['an empty chain', new Map([[33, []]]), 'cca-x5chain'],
    ['a chain of nine', new Map([[33, Array.from({ length: 9 }, () => bytes(1))]]), 'cca-x5chain'],
    ['a chain of no certificates', new Map([[33, [utf8('certificate')]]]), 'cca-x5chain'],
    ['a chain with a long certificate', new Map([[33, bytes(16_385)]]), 'cca-x5chain'],
  ])('%s is malformed', (_, platformHeader, reason) => {
    const evidence = cca.token({ platformHeader });
    expect(refusal(() => ccaVerifier.verify(evidence, { time: TIME, anchors: {} }))).toBe(reason);
  });

  it('a thumbprint that is none is malformed', () => {
    const evidence = cca.token({ withChain: true, platformHeader: new Map([[34, 'x']]) });
    expect(refusal(() => ccaVerifier.verify(evidence, { time: TIME, anchors: {} }))).toBe('cca-x5t');
  });

  it('cut anywhere, or with something behind, it is malformed', () => {
    const evidence = cca.token();
    for (let length = 0; length < evidence.length; length += 13) {
      expect(refusal(() => verify(evidence.slice(0, length)))).toMatch(/^c(bor|ca)-/);
    }
    expect(refusal(() => verify(concatBytes(evidence, Uint8Array.of(0))))).toBe('cbor-trailing');
    expect(refusal(() => verify(new Uint8Array(65_537)))).toBe('cbor-length');
    expect(refusal(() => verify(flipped(evidence, 0, 5)))).toMatch(/^cbor-/);
  });
});
