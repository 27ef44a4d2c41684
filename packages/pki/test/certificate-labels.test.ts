import { describe, expect, it } from 'vitest';
import {
  ATTRIBUTE_LABELS,
  EXTENDED_KEY_USAGE_LABELS,
  EXTENSION_LABELS,
  GENERAL_NAME_LABELS,
  IDENTITY_LABELS,
  KEY_USAGE_LABELS,
  PROFILE_LABELS,
} from '../src/certificate/index.ts';
import { KEY_USAGES } from '../src/certificate/key-usage.ts';
import { IDENTITY_EXTENSION_OIDS, PURPOSE_OIDS, parseCertificate } from '../src/index.ts';
import { derOf, sharedPresent, vectorCases } from './support/shared.ts';

const THIRD_PARTY = 'vectors/certs/third_party_certs.json';
const TABLES = {
  ATTRIBUTE_LABELS,
  EXTENDED_KEY_USAGE_LABELS,
  EXTENSION_LABELS,
  GENERAL_NAME_LABELS,
  IDENTITY_LABELS,
  KEY_USAGE_LABELS,
  PROFILE_LABELS,
};

describe('labels for people', () => {
  it.each(Object.entries(TABLES))('%s has both languages, and no label twice', (_, table) => {
    const labels = Object.values(table);
    for (const { en, zh } of labels) {
      expect(en).not.toMatch(/\p{Script=Han}/u);
      expect(zh).toMatch(/\p{Script=Han}/u);
    }
    expect(new Set(labels.map(({ en }) => en)).size).toBe(labels.length);
    expect(new Set(labels.map(({ zh }) => zh)).size).toBe(labels.length);
  });

  it('cover all key usages, purposes of this project and identity extensions', () => {
    expect(Object.keys(KEY_USAGE_LABELS)).toEqual(KEY_USAGES);
    for (const oid of Object.values(PURPOSE_OIDS)) expect(EXTENDED_KEY_USAGE_LABELS[oid]).toBeDefined();
    for (const oid of Object.values(IDENTITY_EXTENSION_OIDS)) expect(EXTENSION_LABELS[oid]).toBeDefined();
  });

  it.skipIf(!sharedPresent(THIRD_PARTY))('cover what stands in real certificates', () => {
    for (const item of vectorCases(THIRD_PARTY).filter(({ kind }) => kind === 'certificate')) {
      const {
        extensions,
        subjectAttributes,
        issuerAttributes,
        extendedKeyUsage = [],
      } = parseCertificate(derOf(item));
      for (const { oid } of extensions) expect(EXTENSION_LABELS, oid).toHaveProperty([oid]);
      for (const { oid } of [...subjectAttributes, ...issuerAttributes]) {
        expect(ATTRIBUTE_LABELS, oid).toHaveProperty([oid]);
      }
      for (const oid of extendedKeyUsage) expect(EXTENDED_KEY_USAGE_LABELS, oid).toHaveProperty([oid]);
    }
  });
});
