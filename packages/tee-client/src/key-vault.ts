import { canonicalJson, fromHex, type JsonValue, parseJson, toBase64, utf8 } from '@cssi/sm-core';
import {
  badAnswer,
  copyOf,
  isResult,
  output,
  type ServiceLogin,
  ServiceSession,
  secretOutput,
} from './service-session.ts';
import type { TeeClient } from './spec/v1/client.ts';
import {
  KEY_VAULT_COMMANDS as COMMANDS,
  DOMAIN_BLOB,
  DOMAIN_KEY_FORMAT,
  type DomainKey,
  type DomainKeyInfo,
  KEY_VAULT_UUID,
  type KeyTemplateInput,
  type KeyVault,
  KEY_VAULT_LIMITS as LIMITS,
  VAULT_USAGES_OF_TYPE,
  type VaultKey,
} from './spec/v1/key-vault.ts';
import { teecParam } from './spec/v1/operation.ts';

const PUBLIC_BYTES = 65;
const MAC_BYTES = 32;
const SIGNATURE_BYTES = 64;
const PKE_OVERHEAD = 128;
const LIST_BYTES = LIMITS.listed * 1_024;
const LIST_MAX = LIMITS.listed * LIMITS.description;
const NONE = new Uint8Array(0);

function read<T>(bytes: Uint8Array | undefined): T {
  try {
    return parseJson(bytes ?? NONE, LIST_MAX) as T;
  } catch {
    throw badAnswer('json');
  }
}

const templateOf = ({ type, label = '', usages, access = [] }: KeyTemplateInput): Uint8Array =>
  canonicalJson({
    type,
    label,
    usages: usages ?? VAULT_USAGES_OF_TYPE[type]?.filter((usage) => usage !== 'wrap') ?? [],
    access,
  } as unknown as JsonValue);

/**
 * The personalisation data that give a module a domain key (域密钥), for `signManagementCommand` with
 * the action `personalise-ta` and the key vault as its application. They hold the key in clear:
 * encrypt them to the module, and zero them.
 *
 * @group Key vault
 */
export const encodeDomainKey = ({ domain, version, key, clients }: DomainKey): Uint8Array =>
  canonicalJson({
    format: DOMAIN_KEY_FORMAT,
    domain,
    version,
    key: toBase64(key),
    clients: clients as unknown as JsonValue,
  });

/** True, false for `result`, or the error. */
async function verdict(
  call: Promise<unknown>,
  result: 'MAC_INVALID' | 'SIGNATURE_INVALID',
): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (isResult(error, result)) return false;
    throw error;
  }
}

/**
 * Opens the key vault of a TEE, by GlobalPlatform calls only. Keys belong to the identity the TEE
 * sees: that of `login`, PUBLIC when left out.
 *
 * @example
 * ```ts
 * const vault = await openKeyVault(tee, { connectionMethod: TEEC_LOGIN.USER });
 * const { id } = await vault.generateKey({ type: 'SM4', label: 'records' });
 * const sealed = await vault.encrypt(id, utf8('record'), utf8('table 7'));
 * ```
 * @throws {@link TeecError} what the TEE refused with
 * @group Key vault
 */
export async function openKeyVault(client: TeeClient, login: ServiceLogin = {}): Promise<KeyVault> {
  const session = await ServiceSession.open(client, KEY_VAULT_UUID, login);
  const input = (value: Uint8Array, name: string) => teecParam.tempInput(copyOf(value, name));
  const room = (size: number) => teecParam.tempOutput(size);
  const key = (id: string) => teecParam.tempInput(fromHex(id));

  return {
    specVersion: '1',
    generateKey: async (template) => {
      const answer = await session.invoke(
        COMMANDS.GENERATE,
        teecParam.tempInput(templateOf(template)),
        room(LIMITS.description),
      );
      return read(output(answer, 1));
    },
    importKey: async (template, material) => {
      const secret = copyOf(material, 'material');
      try {
        const answer = await session.invoke(
          COMMANDS.IMPORT,
          teecParam.tempInput(templateOf(template)),
          teecParam.tempInput(secret),
          room(LIMITS.description),
        );
        return read(output(answer, 2));
      } finally {
        secret.fill(0);
      }
    },
    listKeys: async () => {
      const all: VaultKey[] = [];
      for (;;) {
        const after = fromHex(all.at(-1)?.id ?? '');
        const [answer] = await session.ask(COMMANDS.LIST, [after], [LIST_BYTES], LIST_MAX);
        const some = read<VaultKey[]>(answer);
        all.push(...some);
        if (some.length < LIMITS.listed) return all;
        if (all.length > LIMITS.keys) throw badAnswer('list');
      }
    },
    describeKey: async (id) => {
      const answer = await session.invoke(COMMANDS.DESCRIBE, key(id), room(LIMITS.description));
      return read(output(answer, 1));
    },
    deleteKey: async (id) => {
      await session.invoke(COMMANDS.DELETE, key(id));
    },
    setAccess: async (id, access) => {
      const list = canonicalJson(access as unknown as JsonValue);
      await session.invoke(COMMANDS.SET_ACCESS, key(id), teecParam.tempInput(list));
    },
    encrypt: async (id, plaintext, aad = NONE) => {
      const secret = copyOf(plaintext, 'plaintext');
      try {
        const size = secret.length + LIMITS.encryptOverhead;
        const answer = await session.invoke(
          COMMANDS.ENCRYPT,
          key(id),
          teecParam.tempInput(secret),
          input(aad, 'aad'),
          room(size),
        );
        return output(answer, 3);
      } finally {
        secret.fill(0);
      }
    },
    decrypt: async (id, ciphertext, aad = NONE) => {
      const answer = await session.invoke(
        COMMANDS.DECRYPT,
        key(id),
        input(ciphertext, 'ciphertext'),
        input(aad, 'aad'),
        room(ciphertext.length),
      );
      return secretOutput(answer, 3);
    },
    mac: async (id, data) => {
      const answer = await session.invoke(COMMANDS.MAC, key(id), input(data, 'data'), room(MAC_BYTES));
      return output(answer, 2);
    },
    verifyMac: async (id, data, mac) =>
      verdict(
        session.invoke(COMMANDS.MAC_VERIFY, key(id), input(data, 'data'), input(mac, 'mac')),
        'MAC_INVALID',
      ),
    signDigest: async (id, digest) => {
      const answer = await session.invoke(
        COMMANDS.SIGN,
        key(id),
        input(digest, 'digest'),
        room(SIGNATURE_BYTES),
      );
      return output(answer, 2);
    },
    verifyDigest: async (id, digest, signature) =>
      verdict(
        session.invoke(COMMANDS.VERIFY, key(id), input(digest, 'digest'), input(signature, 'signature')),
        'SIGNATURE_INVALID',
      ),
    publicKey: async (id) =>
      output(await session.invoke(COMMANDS.PUBLIC_KEY, key(id), room(PUBLIC_BYTES)), 1),
    encryptTo: async (id, plaintext) => {
      const secret = copyOf(plaintext, 'plaintext');
      try {
        const size = secret.length + PKE_OVERHEAD;
        const answer = await session.invoke(
          COMMANDS.PKE_ENCRYPT,
          key(id),
          teecParam.tempInput(secret),
          room(size),
        );
        return output(answer, 2);
      } finally {
        secret.fill(0);
      }
    },
    decryptFrom: async (id, ciphertext) => {
      const answer = await session.invoke(
        COMMANDS.PKE_DECRYPT,
        key(id),
        input(ciphertext, 'ciphertext'),
        room(ciphertext.length),
      );
      return secretOutput(answer, 2);
    },
    wrapKey: async (id) =>
      output(await session.invoke(COMMANDS.WRAP_KEY, key(id), room(LIMITS.wrappedKey)), 1),
    unwrapKey: async (blob) => {
      const answer = await session.invoke(COMMANDS.UNWRAP_KEY, input(blob, 'blob'), room(LIMITS.description));
      return read(output(answer, 1));
    },
    domains: async () => {
      const [answer] = await session.ask(COMMANDS.DOMAINS, [], [8_192], LIST_MAX);
      return read<readonly DomainKeyInfo[]>(answer);
    },
    protect: async (domain, plaintext, aad = NONE) => {
      const secret = copyOf(plaintext, 'plaintext');
      try {
        const size = secret.length + DOMAIN_BLOB.overhead;
        const answer = await session.invoke(
          COMMANDS.PROTECT,
          teecParam.tempInput(utf8(domain)),
          teecParam.tempInput(secret),
          input(aad, 'aad'),
          room(size),
        );
        return output(answer, 3);
      } finally {
        secret.fill(0);
      }
    },
    unprotect: async (blob, aad = NONE) => {
      const answer = await session.invoke(
        COMMANDS.UNPROTECT,
        input(blob, 'blob'),
        input(aad, 'aad'),
        room(blob.length),
      );
      return secretOutput(answer, 2);
    },
    close: () => session.close(),
  };
}
