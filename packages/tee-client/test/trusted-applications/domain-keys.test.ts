import { canonicalJson, concatBytes, fromUtf8, hkdfSm3, Secret, sm4, toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { encodeDomainKey, openKeyVault } from '../../src/key-vault.ts';
import { DOMAIN_BLOB, type DomainKey, type KeyVault } from '../../src/spec/v1/key-vault.ts';
import { PERSONALISE_COMMAND } from '../../src/spec/v1/personalisation.ts';
import {
  ALICE,
  BOB,
  failureOf,
  flipped,
  given,
  type Harness,
  PUBLIC,
  seededRandom,
  startKeyVault,
} from './support.ts';

const random = seededRandom('domain keys');
const domainKey = (changes: Partial<DomainKey> = {}): DomainKey => ({
  domain: 'records.example',
  version: 1,
  key: random(32),
  clients: null,
  ...changes,
});

const give = (harness: Harness, key: DomainKey) => harness.personalise(encodeDomainKey(key));

/** Opens a blob with nothing but the documented form and SM algorithms. */
function openOutside(key: Uint8Array, blob: Uint8Array, aad: Uint8Array): Uint8Array {
  const secret = Secret.copy(key);
  expect(fromUtf8(blob.slice(0, 4))).toBe('CSDP');
  expect([...blob.slice(4, 6)]).toEqual([1, 1]);
  const none = new Uint8Array(0);
  expect(blob.slice(6, 14)).toEqual(hkdfSm3(secret, none, utf8('cssi-domain key id 1'), 8));
  const material = hkdfSm3(secret, blob.slice(14, 46), utf8('cssi-domain protect 1'), 28);
  const gcm = sm4.gcm(Secret.copy(material.subarray(0, 16)));
  return gcm.open(material.slice(16), blob.slice(46), concatBytes(blob.slice(0, 46), aad));
}

/** An application written against neither module. */
async function moveRecord(from: KeyVault, to: KeyVault, record: Uint8Array): Promise<Uint8Array> {
  const aad = utf8('record 7');
  return to.unprotect(await from.protect('records.example', record, aad), aad);
}

describe('domain keys', () => {
  it('open on module B what module A protected [part of CSSI-009] [part of CSSI-005]', async () => {
    const [a, b] = [startKeyVault(), startKeyVault()];
    const key = domainKey();
    expect(give(a, key)).toBe('SUCCESS');
    expect(give(b, key)).toBe('SUCCESS');
    const [first, second] = [await openKeyVault(a.as(ALICE)), await openKeyVault(b.as(BOB))];
    for (const length of [0, 1, 15, 16, 1000]) {
      const record = random(length);
      expect(await moveRecord(first, second, record)).toEqual(record);
      expect(await moveRecord(second, first, record)).toEqual(record);
    }
  });

  it('make the documented form, which opens without any of this code [part of CSSI-009]', async () => {
    const harness = startKeyVault();
    const key = domainKey();
    give(harness, key);
    const vault = await openKeyVault(harness.as(PUBLIC));
    const blob = await vault.protect('records.example', utf8('record'), utf8('aad'));
    expect(blob.length).toBe(6 + DOMAIN_BLOB.overhead);
    expect(openOutside(key.key, blob, utf8('aad'))).toEqual(utf8('record'));
    expect(await vault.protect('records.example', utf8('record'), utf8('aad'))).not.toEqual(blob);
  });

  it('refuse everything altered, other associated data, other domains and modules without the key', async () => {
    const harness = startKeyVault();
    give(harness, domainKey());
    const vault = await openKeyVault(harness.as(PUBLIC));
    const blob = await vault.protect('records.example', utf8('record'));
    for (let at = 0; at < blob.length; at++) {
      const { code } = await failureOf(() => vault.unprotect(flipped(blob, at)));
      expect(code).toBe(at >= 6 && at < 14 ? 'ERR_TEEC_ITEM_NOT_FOUND' : 'ERR_TEEC_MAC_INVALID');
    }
    for (const length of [0, 5, 61, blob.length - 1]) {
      const { code } = await failureOf(() => vault.unprotect(blob.subarray(0, length)));
      expect(code).toBe('ERR_TEEC_MAC_INVALID');
    }
    expect((await failureOf(() => vault.unprotect(blob, utf8('x')))).code).toBe('ERR_TEEC_MAC_INVALID');
    expect((await failureOf(() => vault.protect('other', utf8('x')))).code).toBe('ERR_TEEC_ITEM_NOT_FOUND');
    const stranger = await openKeyVault(startKeyVault().as(PUBLIC));
    expect((await failureOf(() => stranger.unprotect(blob))).code).toBe('ERR_TEEC_ITEM_NOT_FOUND');
  });

  it('are replaced by newer versions, and old blobs still open, after restarts too', async () => {
    const first = startKeyVault();
    give(first, domainKey());
    const old = await (await openKeyVault(first.as(PUBLIC))).protect('records.example', utf8('old'));
    expect(give(first, domainKey({ version: 3 }))).toBe('SUCCESS');
    first.stop();
    const vault = await openKeyVault(startKeyVault({ folder: first.folder }).as(PUBLIC));
    const young = await vault.protect('records.example', utf8('new'));
    const [one, three] = await vault.domains();
    expect([one?.version, three?.version]).toEqual([1, 3]);
    expect(toHex(young.subarray(6, 14))).toBe(three?.keyId);
    expect(toHex(old.subarray(6, 14))).toBe(one?.keyId);
    expect(await vault.unprotect(old)).toEqual(utf8('old'));
  });

  it('do not go back to an older version, nor to another key of the same', () => {
    const harness = startKeyVault();
    const key = domainKey({ version: 5 });
    expect(give(harness, key)).toBe('SUCCESS');
    expect(give(harness, domainKey({ version: 5 }))).toBe('BAD_STATE');
    expect(give(harness, domainKey({ version: 4 }))).toBe('BAD_STATE');
    expect(give(harness, { ...key, domain: 'other' })).toBe('BAD_STATE');
    expect(give(harness, { ...key, version: 6 })).toBe('BAD_STATE');
    expect(give(harness, key)).toBe('SUCCESS');
  });

  it('serve the clients they name and no others [part of CSSI-006]', async () => {
    const harness = startKeyVault();
    const key = domainKey({ clients: [ALICE] });
    give(harness, key);
    const [alice, bob] = [await openKeyVault(harness.as(ALICE)), await openKeyVault(harness.as(BOB))];
    const blob = await alice.protect('records.example', utf8('x'));
    expect((await failureOf(() => bob.unprotect(blob))).code).toBe('ERR_TEEC_ACCESS_DENIED');
    expect((await failureOf(() => bob.protect('records.example', utf8('x')))).code).toBe(
      'ERR_TEEC_ACCESS_DENIED',
    );
    expect(await bob.domains()).toEqual([]);
    expect(await alice.domains()).toHaveLength(1);
    give(harness, { ...key, clients: [ALICE, BOB] });
    expect(await bob.unprotect(blob)).toEqual(utf8('x'));
  });

  it('come from the security domain only [part of CSSI-006]', async () => {
    const harness = startKeyVault();
    const data = encodeDomainKey(domainKey());
    for (const client of [PUBLIC, ALICE, { ...PUBLIC, login: 0xf0000000 }]) {
      expect(harness.call(client, PERSONALISE_COMMAND, given(data)).result).toBe('ACCESS_DENIED');
    }
    expect(await (await openKeyVault(harness.as(ALICE))).domains()).toEqual([]);
    // And the session that delivers is no client.
    const { result } = harness.call({ ...PUBLIC, login: 0xf1000000 }, 3, given(utf8('l')), given(data));
    expect(result).toBe('ACCESS_DENIED');
  });

  it.each([
    ['another format', { format: 'cssi-domain-key/2' }],
    ['a domain in capitals', { domain: 'Records' }],
    ['an empty domain', { domain: '' }],
    ['version 0', { version: 0 }],
    ['a version that is no number', { version: '1' }],
    ['a short key', { key: 'AAAA' }],
    ['a key in another alphabet', { key: '-'.repeat(43) }],
    ['nobody at all', { clients: [] }],
    ['one more field', { more: 1 }],
  ])('are refused with %s', (_, changes) => {
    const harness = startKeyVault();
    const fields = JSON.parse(fromUtf8(encodeDomainKey(domainKey())));
    const { result } = { result: harness.personalise(canonicalJson({ ...fields, ...changes })) };
    expect(['BAD_FORMAT', 'BAD_PARAMETERS']).toContain(result);
  });
});
