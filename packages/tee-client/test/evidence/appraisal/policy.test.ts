import { utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import {
  type AppraisalPolicy,
  parseAppraisalPolicy,
  policyDigest,
  readAppraisalPolicy,
} from '../../../src/evidence/appraisal/index.ts';
import { POLICY } from './support.ts';

const refused = (value: unknown, reason: string): void => {
  expect(() => parseAppraisalPolicy(value)).toThrow(
    expect.objectContaining({ code: 'ERR_TEE_POLICY_INVALID', detail: expect.stringContaining(reason) }),
  );
};
const rule = { by: 'name', of: 'launch', accept: [`sm3:${'11'.repeat(32)}`] };

describe('appraisal policies as data', () => {
  it('are read from a file as they were written', () => {
    const text = JSON.stringify(POLICY, undefined, 2);
    expect(readAppraisalPolicy(utf8(text))).toEqual(POLICY);
    expect(parseAppraisalPolicy(JSON.parse(text))).toEqual(POLICY);
  });

  it('are named by what they demand, not by how they are written', () => {
    const reordered = Object.fromEntries(Object.entries(POLICY).reverse()) as unknown as AppraisalPolicy;
    expect(policyDigest(reordered)).toBe(policyDigest(POLICY));
    expect(policyDigest(POLICY)).toMatch(/^sm3:[0-9a-f]{64}$/);
    const digests = [
      POLICY,
      { ...POLICY, allowDebug: true },
      { ...POLICY, name: 'x' },
      { ...POLICY, migration: 'disabled' as const },
      { ...POLICY, minimumVersions: [] },
      { ...POLICY, maxAgeSeconds: 0 },
    ].map(policyDigest);
    expect(new Set(digests).size).toBe(digests.length);
  });

  it('have every member: none can be left out', () => {
    for (const name of Object.keys(POLICY)) {
      const without = Object.fromEntries(Object.entries(POLICY).filter(([key]) => key !== name));
      refused(without, 'members');
    }
  });

  it.each([
    ['a list', [], 'object'],
    ['nothing', null, 'object'],
    ['an unknown member', { ...POLICY, extra: 1 }, 'members'],
    ['another format', { ...POLICY, format: 'cssi-appraisal-policy/2' }, 'format'],
    ['no name', { ...POLICY, name: '' }, 'name'],
    ['a name with control characters', { ...POLICY, name: 'a\nb' }, 'name'],
    ['an unknown type', { ...POLICY, types: ['sev'] }, 'types'],
    ['a type twice', { ...POLICY, types: ['csv', 'csv'] }, 'types'],
    ['an unknown deployment', { ...POLICY, deployments: ['pod'] }, 'deployments'],
    ['text for a flag', { ...POLICY, allowDebug: 'false' }, 'allowDebug'],
    ['a number for a flag', { ...POLICY, requireMemoryEncryption: 1 }, 'requireMemoryEncryption'],
    ['an unknown migration', { ...POLICY, migration: 'unknown' }, 'migration'],
    ['a negative minimum', { ...POLICY, minimumVersions: [{ component: 'a', minimum: -1 }] }, 'minimum'],
    ['a fraction', { ...POLICY, minimumVersions: [{ component: 'a', minimum: 0.5 }] }, 'minimum'],
    [
      'a component twice',
      { ...POLICY, minimumVersions: [1, 2].map((minimum) => ({ component: 'a', minimum })) },
      'minimumVersions',
    ],
    ['a negative age', { ...POLICY, maxAgeSeconds: -1 }, 'maxAgeSeconds'],
    ['a measurement twice', { ...POLICY, measurements: [rule, rule] }, 'measurements'],
    ['an unknown role', { ...POLICY, measurements: [{ ...rule, by: 'role', of: 'kernel' }] }, 'of'],
    ['a measurement without name', { ...POLICY, measurements: [{ ...rule, of: '' }] }, 'of'],
    [
      'a digest of the wrong length',
      { ...POLICY, measurements: [{ ...rule, accept: ['sm3:11'] }] },
      'accept',
    ],
    [
      'a digest in capitals',
      { ...POLICY, measurements: [{ ...rule, accept: [`sm3:${'AA'.repeat(32)}`] }] },
      'accept',
    ],
    [
      'a digest of an unknown algorithm',
      { ...POLICY, measurements: [{ ...rule, accept: [`md5:${'11'.repeat(16)}`] }] },
      'accept',
    ],
    [
      'the length of another algorithm',
      { ...POLICY, measurements: [{ ...rule, accept: [`sha384:${'11'.repeat(32)}`] }] },
      'accept',
    ],
    ['a deployment that is none', { ...POLICY, deployment: {} }, 'deployment'],
    [
      'too many rules',
      { ...POLICY, untrustedSoftware: Array.from({ length: 65 }, (_, i) => `s${i}`) },
      'untrusted',
    ],
  ])('refuse %s', (_, value, reason) => {
    refused(value, reason);
  });

  it.each([
    ['no JSON', 'policy'],
    ['a byte order mark', `\ufeff${JSON.stringify(POLICY)}`],
    ['deep nesting', '['.repeat(40) + ']'.repeat(40)],
    ['too long a file', `${' '.repeat(262_144)}${JSON.stringify(POLICY)}`],
  ])('refuse a file with %s', (_, text) => {
    expect(() => readAppraisalPolicy(utf8(text))).toThrow(
      expect.objectContaining({ code: 'ERR_TEE_POLICY_INVALID' }),
    );
  });

  it('refuse rules for a deployment without a rule for the software that states it', () => {
    refused({ ...POLICY, measurements: [], deployment: {} }, 'deployment-without-measurements');
  });
});
