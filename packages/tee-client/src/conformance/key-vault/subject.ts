import { sm3, utf8 } from '@cssi/sm-core';
import { type ConformanceCase, ConformanceFailure } from '@cssi/sm-core/conformance';
import { openKeyVault } from '../../key-vault.ts';
import type { ServiceLogin } from '../../service-session.ts';
import type { TeeClient } from '../../spec/v1/client.ts';
import type { DomainKey, KeyTemplateInput, KeyVault, VaultKey } from '../../spec/v1/key-vault.ts';
import { must } from '../support.ts';

/**
 * A security module as an application is configured with it: something that opens a key vault.
 *
 * @group Conformance
 */
export interface KeyVaultModule {
  /** For failures of cases. */
  readonly name: string;
  /** Opens the vault for this login; PUBLIC when left out. */
  open(login?: ServiceLogin): Promise<KeyVault>;
}

/**
 * What the key vault suite runs on. Capabilities: `second-module` when there is `b`; `domain-keys` when
 * both were personalised with {@link KEY_VAULT_CONFORMANCE_DOMAINS}, in this order; `login-user` and
 * `login-group` as the TEE declares them.
 *
 * @group Conformance
 */
export interface KeyVaultSubject {
  readonly a: KeyVaultModule;
  /** Another module, of the same kind or of any other. */
  readonly b?: KeyVaultModule;
}

/** The key vault of a TEE as such a module. @group Conformance */
export const teeKeyVault = (name: string, client: TeeClient): KeyVaultModule => ({
  name,
  open: (login) => openKeyVault(client, login),
});

/** Somebody nobody can log in as. */
const NOBODY = { login: 1, uuid: 'c0ffee00-0000-4000-8000-000000000000' } as const;
const keyOf = (name: string, version: number): Uint8Array =>
  sm3(utf8(`cssi conformance domain ${name} ${version}`));

export const OPEN_DOMAIN = 'conformance.open';
export const NAMED_DOMAIN = 'conformance.named';

/**
 * The domain keys the suite expects in every module: two versions anybody may use, and one that is for
 * somebody else. They are public: never use them for anything else.
 *
 * @group Conformance
 */
export const KEY_VAULT_CONFORMANCE_DOMAINS: readonly DomainKey[] = [
  { domain: OPEN_DOMAIN, version: 1, key: keyOf('open', 1), clients: null },
  { domain: OPEN_DOMAIN, version: 2, key: keyOf('open', 2), clients: null },
  { domain: NAMED_DOMAIN, version: 1, key: keyOf('named', 1), clients: [NOBODY] },
];

export const SECOND_MODULE = 'second-module';
export const DOMAIN_KEYS = 'domain-keys';

/** What a case has of one module. */
export interface VaultKit {
  readonly name: string;
  /** Opened with login PUBLIC. */
  readonly vault: KeyVault;
  open(login: ServiceLogin): Promise<KeyVault>;
  /** A key that is deleted after the case; imported where there is material. */
  make(vault: KeyVault, template: KeyTemplateInput, material?: Uint8Array): Promise<VaultKey>;
  bytes(label: string, length: number): Uint8Array;
}

type Bytes = VaultKit['bytes'];

/** Runs `use` with a module and leaves nothing behind in it. */
async function withModule<T>(
  module: KeyVaultModule,
  bytes: Bytes,
  use: (kit: VaultKit) => Promise<T>,
): Promise<T> {
  const opened: KeyVault[] = [];
  const made: (readonly [KeyVault, string])[] = [];
  const open = async (login?: ServiceLogin): Promise<KeyVault> => {
    const vault = await module.open(login);
    opened.push(vault);
    return vault;
  };
  try {
    const vault = await open();
    return await use({
      name: module.name,
      vault,
      open,
      make: async (owner, template, material) => {
        const key = await (material === undefined
          ? owner.generateKey(template)
          : owner.importKey(template, material));
        made.push([owner, key.id]);
        return key;
      },
      bytes,
    });
  } catch (error) {
    if (error instanceof ConformanceFailure) throw new ConformanceFailure(`${module.name}: ${error.message}`);
    throw error;
  } finally {
    // The case has its result by now; a key it deleted itself is no failure.
    for (const [vault, id] of made) await vault.deleteKey(id).catch(() => {});
    for (const vault of opened) await vault.close().catch(() => {});
  }
}

/** A case that must hold on each module by itself, with the same expectations: the same results. */
export const onEach = (
  id: string,
  clause: string,
  run: (kit: VaultKit) => Promise<void>,
  requires: readonly string[] = [],
): ConformanceCase<KeyVaultSubject> =>
  must(
    `kv.${id}`,
    clause,
    async ({ a, b }: KeyVaultSubject, { bytes }) => {
      for (const module of b === undefined ? [a] : [a, b]) await withModule(module, bytes, run);
    },
    requires,
  );

/** A case between two modules, run in both directions. */
export const between = (
  id: string,
  clause: string,
  run: (from: VaultKit, to: VaultKit) => Promise<void>,
  requires: readonly string[] = [],
): ConformanceCase<KeyVaultSubject> =>
  must(
    `kv.${id}`,
    clause,
    async ({ a, b }: KeyVaultSubject, { bytes }) => {
      if (b === undefined) throw new ConformanceFailure(`${SECOND_MODULE} is declared and not there`);
      await withModule(a, bytes, (one) =>
        withModule(b, bytes, async (two) => {
          await run(one, two);
          await run(two, one);
        }),
      );
    },
    [SECOND_MODULE, ...requires],
  );

/** `bytes` with one bit changed. */
export function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}
