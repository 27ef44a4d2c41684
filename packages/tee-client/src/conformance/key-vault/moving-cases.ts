import { concatBytes, hkdfSm3, Secret, sm4, toHex, utf8 } from '@cssi/sm-core';
import { type ConformanceCase, expectBytes, expectCode, expectTrue } from '@cssi/sm-core/conformance';
import { DOMAIN_BLOB, type DomainKey } from '../../spec/v1/key-vault.ts';
import { expectEqual, must } from '../support.ts';
import { APPLICATION_LINES, keyVaultApplication, readRecords, storeRecords } from './application.ts';
import {
  between,
  DOMAIN_KEYS,
  flipped,
  KEY_VAULT_CONFORMANCE_DOMAINS,
  type KeyVaultModule,
  type KeyVaultSubject,
  OPEN_DOMAIN,
  onEach,
  SECOND_MODULE,
} from './subject.ts';
import { DOMAIN_BLOBS as BLOBS } from './vectors.ts';

const INTERWORKING = 'KeyVault v1, DOMAIN_BLOB; CSSI-009';
const MOVING = 'KeyVault v1; CSSI-011';
const MAC_INVALID = ['ERR_TEEC_MAC_INVALID'];
const NOT_FOUND = ['ERR_TEEC_ITEM_NOT_FOUND'];
const RECORDS = { 'patient 7': 'record of patient 7', 'patient 8': '', 病人: '记录'.repeat(200) };
const KEY = Uint8Array.from({ length: 16 }, (_, i) => i);

/** Opens a blob by its documented form and nothing of any module; `undefined` where it does not open. */
function openOutside({ key }: DomainKey, blob: Uint8Array, aad: Uint8Array): Uint8Array | undefined {
  const header = blob.slice(0, DOMAIN_BLOB.headerBytes);
  const salt = header.slice(DOMAIN_BLOB.headerBytes - DOMAIN_BLOB.saltBytes);
  const material = hkdfSm3(Secret.copy(key), salt, utf8(DOMAIN_BLOB.protectInfo), 28);
  try {
    const gcm = sm4.gcm(Secret.copy(material.subarray(0, 16)));
    return gcm.open(material.slice(16), blob.slice(DOMAIN_BLOB.headerBytes), concatBytes(header, aad));
  } catch {
    return undefined;
  }
}

const keyIdOf = (blob: Uint8Array): string => toHex(blob.subarray(6, 6 + DOMAIN_BLOB.keyIdBytes));
const newest = KEY_VAULT_CONFORMANCE_DOMAINS[1] as DomainKey;

/** A case on each module with domain keys. */
const domain = (id: string, run: Parameters<typeof onEach>[2]): ConformanceCase<KeyVaultSubject> =>
  onEach(`domain.${id}`, INTERWORKING, run, [DOMAIN_KEYS]);

/** Data protected through one module are opened through another. */
export const interworkingCases: readonly ConformanceCase<KeyVaultSubject>[] = [
  between(
    'domain.interwork',
    INTERWORKING,
    async (from, to) => {
      for (const length of [0, 1, 16, 1000, 65_536]) {
        const record = from.bytes(`record ${length}`, length);
        const blob = await from.vault.protect(OPEN_DOMAIN, record, BLOBS.aad);
        expectBytes(await to.vault.unprotect(blob, BLOBS.aad), record, `${length} bytes of ${from.name}`);
      }
    },
    [DOMAIN_KEYS],
  ),
  domain('vector', async ({ vault }) => {
    expectBytes(await vault.unprotect(BLOBS.openV2, BLOBS.aad), BLOBS.plaintext, 'the fixed blob');
  }),
  domain('vector-older-key', async ({ vault }) => {
    expectBytes(await vault.unprotect(BLOBS.openV1, BLOBS.aad), BLOBS.plaintext, 'a blob of the key before');
  }),
  domain('form', async ({ vault, bytes }) => {
    const record = bytes('record', 100);
    const blob = await vault.protect(OPEN_DOMAIN, record, BLOBS.aad);
    expectEqual(blob.length, 100 + DOMAIN_BLOB.overhead, 'length');
    expectEqual(keyIdOf(blob), keyIdOf(BLOBS.openV2), 'the key it names: the newest');
    expectBytes(openOutside(newest, blob, BLOBS.aad), record, 'opened outside of the module');
  }),
  domain('listed', async ({ vault }) => {
    const versions = (await vault.domains()).filter(({ domain: name }) => name === OPEN_DOMAIN);
    expectEqual(versions.map(({ version }) => version).join(), '1,2', 'versions');
    const ids = versions.map(({ keyId }) => keyId).join();
    expectEqual(ids, [BLOBS.openV1, BLOBS.openV2].map(keyIdOf).join(), 'key ids');
  }),
  domain('fresh', async ({ vault }) => {
    const seen = new Set<string>();
    for (let i = 0; i < 16; i++) seen.add(toHex((await vault.protect(OPEN_DOMAIN, KEY)).subarray(14, 46)));
    expectEqual(seen.size, 16, 'salts of 16 blobs');
  }),
  domain('flipped', async ({ vault }) => {
    for (let at = 0; at < BLOBS.openV2.length; at++) {
      const codes = at >= 6 && at < 14 ? NOT_FOUND : MAC_INVALID;
      const call = () => vault.unprotect(flipped(BLOBS.openV2, at), BLOBS.aad);
      await expectCode(call, codes, `a bit changed in byte ${at}`);
    }
  }),
  domain('truncated', async ({ vault }) => {
    for (const length of [0, 5, 14, 61, BLOBS.openV2.length - 1]) {
      const call = () => vault.unprotect(BLOBS.openV2.slice(0, length), BLOBS.aad);
      await expectCode(call, MAC_INVALID, `${length} bytes`);
    }
  }),
  domain('extended', async ({ vault }) => {
    const call = () => vault.unprotect(concatBytes(BLOBS.openV2, Uint8Array.of(0)), BLOBS.aad);
    await expectCode(call, MAC_INVALID, 'a byte more');
  }),
  domain('other-aad', async ({ vault }) => {
    for (const aad of [new Uint8Array(0), BLOBS.aad.slice(1), concatBytes(BLOBS.aad, KEY)]) {
      await expectCode(() => vault.unprotect(BLOBS.openV2, aad), MAC_INVALID, 'other associated data');
    }
  }),
  domain('other-version', async ({ vault }) => {
    const mixed = BLOBS.openV2.slice();
    mixed.set(BLOBS.openV1.subarray(6, 14), 6);
    await expectCode(() => vault.unprotect(mixed, BLOBS.aad), MAC_INVALID, 'a blob under the key before');
  }),
  domain('unknown', async ({ vault }) => {
    await expectCode(() => vault.protect('conformance.none', KEY), NOT_FOUND, 'a domain that is not there');
  }),
  domain('malformed-name', async ({ vault }) => {
    for (const name of ['', 'Conformance.Open', '.open', 'a b', `conformance.open${'\0'}`]) {
      await expectCode(() => vault.protect(name, KEY), ['ERR_TEEC_BAD_PARAMETERS'], JSON.stringify(name));
    }
  }),
];

const both = (
  id: string,
  run: (from: KeyVaultModule, to: KeyVaultModule) => Promise<void>,
  requires: readonly string[] = [],
): ConformanceCase<KeyVaultSubject> =>
  must(
    `kv.move.${id}`,
    MOVING,
    async ({ a, b }: KeyVaultSubject) => {
      expectTrue(b !== undefined, 'a second module');
      await run(a, b);
      await run(b, a);
    },
    [SECOND_MODULE, ...requires],
  );

/** An application moves from one module to another by configuration alone: the module is its parameter. */
export const movingCases: readonly ConformanceCase<KeyVaultSubject>[] = [
  must('kv.move.behaviour', MOVING, async ({ a, b }: KeyVaultSubject) => {
    for (const module of b === undefined ? [a] : [a, b]) {
      const lines = await keyVaultApplication(module, KEY);
      expectEqual(lines.join('\n'), APPLICATION_LINES.join('\n'), `the application on ${module.name}`);
    }
  }),
  both(
    'records',
    async (from, to) => {
      const stored = await storeRecords(from, OPEN_DOMAIN, RECORDS);
      const found = await readRecords(to, stored);
      expectEqual(JSON.stringify(found), JSON.stringify(RECORDS), `records of ${from.name} on ${to.name}`);
    },
    [DOMAIN_KEYS],
  ),
  both(
    'records-exchanged',
    async (from, to) => {
      const stored = await storeRecords(from, OPEN_DOMAIN, RECORDS);
      const swapped = { ...stored, 'patient 7': stored['patient 8'] ?? '' };
      await expectCode(() => readRecords(to, swapped), MAC_INVALID, 'a record under the name of another');
    },
    [DOMAIN_KEYS],
  ),
  both(
    'records-altered',
    async (from, to) => {
      const stored = await storeRecords(from, OPEN_DOMAIN, RECORDS);
      const blob = Uint8Array.from(Buffer.from(stored['patient 7'] ?? '', 'base64'));
      for (const at of [14, 46, blob.length - 1]) {
        const altered = { ...stored, 'patient 7': Buffer.from(flipped(blob, at)).toString('base64') };
        await expectCode(() => readRecords(to, altered), MAC_INVALID, `a bit changed in byte ${at}`);
      }
    },
    [DOMAIN_KEYS],
  ),
  both('keys-stay', async (from, to) => {
    const [one, two] = [await from.open(), await to.open()];
    try {
      const { id } = await one.generateKey({ type: 'SM4', usages: ['encrypt', 'wrap'] });
      try {
        const blob = await one.wrapKey(id);
        // A wrapped key is for its own module; what moves is data of a domain.
        await expectCode(() => two.unwrapKey(blob), MAC_INVALID, 'a key wrapped by another module');
        await expectCode(() => two.encrypt(id, KEY), NOT_FOUND, 'the id of a key of another module');
      } finally {
        await one.deleteKey(id);
      }
    } finally {
      await Promise.all([one.close(), two.close()]);
    }
  }),
];
