import { fromUtf8, SmError, toHex, utf8 } from '@cssi/sm-core';
import type { KeyVaultModule } from './subject.ts';

/**
 * An application as a user of the platform writes it: it is given a module, and nothing in it knows
 * which. What it stores is a plain value that any storage could hold.
 */

/** What the application keeps outside of any module. */
export type StoredRecords = Readonly<Record<string, string>>;

const bytesOf = (base64: string): Uint8Array => Uint8Array.from(Buffer.from(base64, 'base64'));

/** Protects records for the domain, each bound to its name. */
export async function storeRecords(
  module: KeyVaultModule,
  domain: string,
  records: Readonly<Record<string, string>>,
): Promise<StoredRecords> {
  const vault = await module.open();
  try {
    const stored: Record<string, string> = {};
    for (const [name, record] of Object.entries(records)) {
      const blob = await vault.protect(domain, utf8(record), utf8(name));
      stored[name] = Buffer.from(blob).toString('base64');
    }
    return stored;
  } finally {
    await vault.close();
  }
}

/** The records {@link storeRecords} stored. */
export async function readRecords(
  module: KeyVaultModule,
  stored: StoredRecords,
): Promise<Readonly<Record<string, string>>> {
  const vault = await module.open();
  try {
    const records: Record<string, string> = {};
    for (const [name, blob] of Object.entries(stored)) {
      records[name] = fromUtf8(await vault.unprotect(bytesOf(blob), utf8(name)));
    }
    return records;
  } finally {
    await vault.close();
  }
}

/** Works with a key of its own and tells, line by line, what came of it. The same lines on every module. */
export async function keyVaultApplication(
  module: KeyVaultModule,
  key: Uint8Array,
): Promise<readonly string[]> {
  const vault = await module.open();
  const lines: string[] = [];
  const made: string[] = [];
  const tell = async (what: string, action: () => Promise<unknown>): Promise<void> => {
    try {
      const result = await action();
      lines.push(`${what}: ${result instanceof Uint8Array ? toHex(result) : String(result)}`);
    } catch (error) {
      if (!(error instanceof SmError)) throw error;
      lines.push(`${what}: ${error.code}`);
    }
  };
  try {
    const mac = await vault.importKey({ type: 'HMAC-SM3', label: 'tags' }, key);
    const cipher = await vault.importKey(
      { type: 'SM4', label: 'records', usages: ['encrypt', 'decrypt'] },
      key,
    );
    made.push(mac.id, cipher.id);
    lines.push(
      `keys: ${[mac, cipher].map((one) => `${one.type} ${one.label} ${one.usages.join('+')}`).join(', ')}`,
    );
    await tell('tag', () => vault.mac(mac.id, utf8('record')));
    const sealed = await vault.encrypt(cipher.id, utf8('record'), utf8('name'));
    lines.push(`length: ${sealed.length}`);
    await tell('opened', () => vault.decrypt(cipher.id, sealed, utf8('name')));
    await tell('opened under another name', () => vault.decrypt(cipher.id, sealed, utf8('other')));
    await tell('opened with the wrong key', () => vault.decrypt(mac.id, sealed, utf8('name')));
    await tell('key taken out', () => vault.wrapKey(cipher.id));
    await tell('a key of no type', () => vault.generateKey({ type: 'AES' as 'SM4' }));
    await tell('a short key', () => vault.importKey({ type: 'SM4' }, key.slice(1)));
    await vault.deleteKey(cipher.id);
    await tell('opened with a deleted key', () => vault.decrypt(cipher.id, sealed, utf8('name')));
    return lines;
  } finally {
    for (const id of made) await vault.deleteKey(id).catch(() => {});
    await vault.close();
  }
}

/** What {@link keyVaultApplication} tells with the key 00 01 … 0f. */
export const APPLICATION_LINES: readonly string[] = [
  'keys: HMAC-SM3 tags mac+verify, SM4 records decrypt+encrypt',
  'tag: 4bcb29c455a927d6283905bcdda7ef6176b7a999d679d9e92bafa3a55a340eb1',
  'length: 34',
  'opened: 7265636f7264',
  'opened under another name: ERR_TEEC_MAC_INVALID',
  'opened with the wrong key: ERR_TEEC_BAD_PARAMETERS',
  'key taken out: ERR_TEEC_ACCESS_DENIED',
  'a key of no type: ERR_TEEC_BAD_PARAMETERS',
  'a short key: ERR_TEEC_BAD_PARAMETERS',
  'opened with a deleted key: ERR_TEEC_ITEM_NOT_FOUND',
];
