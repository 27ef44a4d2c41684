import { concatBytes, equalBytes, hmacSm3, sm3, toHex, utf8 } from '@cssi/sm-core';
import type { KeyVaultModule } from '../../src/conformance/index.ts';
import type { KeyVault, VaultKey } from '../../src/spec/v1/key-vault.ts';

/** Broken modules: each names the cases that must fail on it. */

const zeros = (length: number): Uint8Array => new Uint8Array(Math.max(0, length));
const turned = (bytes: Uint8Array): Uint8Array => concatBytes(bytes.slice(12), bytes.slice(0, 12));
const turnedBack = (bytes: Uint8Array): Uint8Array => concatBytes(bytes.slice(-12), bytes.slice(0, -12));
const xored = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i < 46 ? byte : byte ^ 0x5a));

/** `module` with some functions of its vaults changed. */
const changed = (module: KeyVaultModule, change: (vault: KeyVault) => Partial<KeyVault>): KeyVaultModule => ({
  name: module.name,
  open: async (login) => {
    const vault = await module.open(login);
    return { ...vault, ...change(vault) };
  },
});

type Break = (module: KeyVaultModule) => KeyVaultModule;

const breaks =
  (change: (vault: KeyVault) => Partial<KeyVault>): Break =>
  (module) =>
    changed(module, change);

/** Never fails; `fallback` instead. */
const forgiving =
  <A extends unknown[], R>(call: (...args: A) => Promise<R>, fallback: (...args: A) => R) =>
  (...args: A): Promise<R> =>
    call(...args).catch(() => fallback(...args));

/** An error of another module: what a call to a key it does not know gives. */
const denied = async (vault: KeyVault): Promise<never> => {
  const { id } = await vault.generateKey({ type: 'SM4', usages: ['encrypt'] });
  try {
    return (await vault.wrapKey(id)) as never;
  } finally {
    await vault.deleteKey(id);
  }
};

const nobody: Break = (module) => ({
  name: module.name,
  // Looks at no login: whoever comes is the user.
  open: () => module.open({ connectionMethod: 1 }),
});

const REFUSED = [
  ...['describe', 'encrypt', 'decrypt', 'delete', 'set-access', 'wrap', 'mac', 'verify-mac', 'sign'],
  ...['verify', 'public-key', 'encrypt-to', 'decrypt-from'],
].map((name) => `kv.access.refused.${name}`);

export interface Fault {
  readonly name: string;
  readonly kills: readonly string[];
  /** Breaks module b, or a where the fault is in what comes from it. */
  readonly break: Break;
}

export const FAULTS: readonly Fault[] = [
  {
    name: 'gives zeros for what does not open',
    kills: [
      ...['flipped', 'truncated', 'other-aad', 'other-key', 'other-type', 'deleted-key'].map(
        (n) => `kv.data.${n}`,
      ),
      ...['kv.access.granted-no-more', 'kv.access.usages-bind-owner', 'kv.move.behaviour'],
    ],
    break: breaks((v) => ({
      decrypt: forgiving(v.decrypt, (_, sealed) => zeros(sealed.length - 28)),
      decryptFrom: forgiving(v.decryptFrom, () => zeros(1)),
    })),
  },
  {
    name: 'puts the nonce behind the ciphertext',
    kills: ['kv.data.vector-sm4', 'kv.data.form', 'kv.data.same-results'],
    break: breaks((v) => ({
      encrypt: async (id, plaintext, aad) => turned(await v.encrypt(id, plaintext, aad)),
      decrypt: async (id, sealed, aad) => v.decrypt(id, turnedBack(sealed), aad),
    })),
  },
  {
    name: 'ignores associated data',
    kills: ['kv.data.vector-sm4', 'kv.data.form', 'kv.move.behaviour'],
    break: breaks((v) => ({
      encrypt: (id, plaintext) => v.encrypt(id, plaintext),
      decrypt: (id, sealed) => v.decrypt(id, sealed),
    })),
  },
  {
    name: 'gives one ciphertext for one plaintext',
    kills: ['kv.data.fresh'],
    break: (module) => {
      const known = new Map<string, Uint8Array>();
      return changed(module, (v) => ({
        encrypt: async (id, plaintext, aad = zeros(0)) => {
          const name = `${id} ${toHex(plaintext)} ${toHex(aad)}`;
          const sealed = known.get(name) ?? (await v.encrypt(id, plaintext, aad));
          known.set(name, sealed);
          return sealed;
        },
      }));
    },
  },
  {
    name: 'hashes instead of a MAC',
    kills: ['kv.data.vector-mac', 'kv.move.behaviour'],
    break: breaks(() => ({ mac: async (_, data) => sm3(data) })),
  },
  {
    name: 'takes every MAC and every signature',
    kills: [
      'kv.data.mac-altered',
      'kv.data.signature-altered',
      ...REFUSED.filter((id) => id.includes('verif')),
    ],
    break: breaks(() => ({ verifyMac: async () => true, verifyDigest: async () => true })),
  },
  {
    name: 'signs something else',
    kills: ['kv.data.vector-signature', 'kv.data.same-results'],
    break: breaks((v) => ({ signDigest: (id, digest) => v.signDigest(id, sm3(digest)) })),
  },
  {
    name: 'has another order in SM2 ciphertexts',
    kills: ['kv.data.vector-pke'],
    break: breaks((v) => ({
      encryptTo: async (id, plaintext) => turned(await v.encryptTo(id, plaintext)),
      decryptFrom: (id, ciphertext) => v.decryptFrom(id, turnedBack(ciphertext)),
    })),
  },
  {
    name: 'answers SM2 ciphertexts that are altered',
    kills: ['kv.data.pke-altered', 'kv.data.other-type', 'kv.access.refused.decrypt-from'],
    break: breaks((v) => ({ decryptFrom: forgiving(v.decryptFrom, () => utf8('text')) })),
  },
  {
    name: 'makes up keys that are not there',
    kills: ['kv.data.unknown-key', 'kv.move.keys-stay'],
    break: breaks((v) => ({ encrypt: forgiving(v.encrypt, (_, plaintext) => zeros(plaintext.length + 28)) })),
  },
  {
    name: 'does not delete',
    kills: ['kv.data.deleted-key', 'kv.data.unknown-key', 'kv.access.refused.delete', 'kv.move.behaviour'],
    break: breaks(() => ({ deleteKey: async () => {} })),
  },
  {
    name: 'cuts off what is too long',
    kills: ['kv.data.excess', 'kv.data.largest'],
    break: breaks((v) => ({ encrypt: (id, text, aad) => v.encrypt(id, text.slice(0, 1 << 18), aad) })),
  },
  {
    name: 'pads and cuts key material',
    kills: ['kv.data.material', 'kv.move.behaviour'],
    break: breaks((v) => ({
      importKey: (template, material) => {
        const fitted = zeros(16);
        fitted.set(material.subarray(0, 16));
        return v.importKey(template, template.type === 'SM4' ? fitted : material);
      },
    })),
  },
  {
    name: 'zeroes the plaintext of the caller',
    kills: ['kv.data.keeps-inputs'],
    break: breaks((v) => ({
      encrypt: async (id, plaintext, aad) => {
        const sealed = await v.encrypt(id, plaintext, aad);
        plaintext.fill(0);
        return sealed;
      },
    })),
  },
  {
    name: 'looks at no login',
    kills: [
      ...REFUSED,
      ...['granted-no-more', 'granted-no-owner', 'revoked', 'not-listed', 'wrapped-no-bearer'].map(
        (name) => `kv.access.${name}`,
      ),
    ],
    break: nobody,
  },
  {
    name: 'takes every login for PUBLIC',
    kills: ['kv.access.owner', ...REFUSED],
    break: (module) => ({ name: module.name, open: () => module.open() }),
  },
  {
    name: 'grants nothing',
    kills: ['kv.access.granted', 'kv.access.granted-later'],
    break: breaks((v) => ({
      generateKey: ({ access: _, ...template }) => v.generateKey(template),
      setAccess: (id) => v.setAccess(id, []),
    })),
  },
  {
    name: 'takes nothing back',
    kills: ['kv.access.revoked', 'kv.access.granted-later', 'kv.access.grant-beyond-key'],
    break: breaks(() => ({ setAccess: async () => {} })),
  },
  {
    name: 'compares the UUID and not the login',
    kills: ['kv.access.login-counts'],
    break: breaks((v) => ({
      generateKey: (template) => {
        const access = template.access?.map((entry) => ({ ...entry, login: 2 }));
        return v.generateKey({ ...template, ...(access === undefined ? {} : { access }) });
      },
    })),
  },
  {
    name: 'gives keys all usages',
    kills: ['kv.access.usages-bind-owner', 'kv.access.grant-beyond-key', 'kv.move.behaviour'],
    break: breaks((v) => {
      const all = <T extends { type: string; usages?: unknown }>(template: T): T =>
        template.type === 'SM4' ? { ...template, usages: ['decrypt', 'encrypt', 'wrap'] } : template;
      return {
        generateKey: (template) => v.generateKey(all(template)),
        importKey: (template, material) => v.importKey(all(template), material),
      };
    }),
  },
  {
    name: 'opens a wrapped key for who brings it',
    kills: ['kv.access.wrapped-no-bearer', 'kv.move.keys-stay'],
    break: breaks((v) => ({ unwrapKey: forgiving(v.unwrapKey, () => ({ id: '' }) as VaultKey) })),
  },
  {
    name: 'serves domains of others',
    kills: ['kv.access.domain-named', 'kv.domain.unknown', 'kv.domain.malformed-name'],
    break: breaks((v) => ({ protect: forgiving(v.protect, (_, plaintext) => plaintext) })),
  },
  {
    name: 'has another key for the domain',
    kills: [
      ...['interwork', 'vector', 'vector-older-key', 'form'].map((name) => `kv.domain.${name}`),
      'kv.move.records',
    ],
    break: breaks((v) => ({
      protect: async (...args) => xored(await v.protect(...args)),
      unprotect: (blob, aad) => v.unprotect(xored(blob), aad),
    })),
  },
  {
    name: 'gives zeros for blobs that do not open',
    kills: [
      ...['flipped', 'truncated', 'extended', 'other-aad', 'other-version'].map(
        (name) => `kv.domain.${name}`,
      ),
      ...['kv.access.domain-named', 'kv.move.records-altered', 'kv.move.records-exchanged'],
    ],
    break: breaks((v) => ({ unprotect: forgiving(v.unprotect, () => zeros(1)) })),
  },
  {
    name: 'forgets older keys of a domain',
    kills: ['kv.domain.vector-older-key', 'kv.domain.listed'],
    break: breaks((v) => ({
      domains: async () => (await v.domains()).filter(({ version }) => version > 1),
      unprotect: async (blob, aad) => {
        const known = (await v.domains()).filter(({ version }) => version > 1);
        const wanted = toHex(blob.subarray(6, 14));
        return known.some(({ keyId }) => keyId === wanted) ? v.unprotect(blob, aad) : denied(v);
      },
    })),
  },
  {
    name: 'protects one record to one blob',
    kills: ['kv.domain.fresh'],
    break: (module) => {
      const known: (readonly [string, Uint8Array, Uint8Array, Uint8Array])[] = [];
      return changed(module, (v) => ({
        protect: async (domain, text, aad = zeros(0)) => {
          const found = known.find(([d, t, a]) => d === domain && equalBytes(t, text) && equalBytes(a, aad));
          if (found !== undefined) return found[3];
          const blob = await v.protect(domain, text, aad);
          known.push([domain, text.slice(), aad.slice(), blob]);
          return blob;
        },
      }));
    },
  },
  {
    name: 'gives MACs of its own',
    kills: ['kv.data.vector-mac', 'kv.move.behaviour'],
    break: breaks(() => ({ mac: async (id, data) => hmacSm3(utf8(id), data) })),
  },
];
