import {
  KEY_VAULT_COMMANDS as COMMANDS,
  KEY_VAULT_LIMITS as LIMITS,
  type VaultClient,
} from '../../spec/v1/key-vault.ts';
import { concat, fromUtf8, toHex } from '../../ta/bytes.ts';
import { NONE } from '../../ta/crypto.ts';
import type { TEE_Params, Tee } from '../../ta/index.ts';
import { decodeJson, encodeJson, type Json } from '../../ta/json.ts';
import { expectTypes, inputAt, requireRoom, writeOutputs, writeSecret } from '../../ta/parameters.ts';
import type { DomainKeys } from './domain-keys.ts';
import { materialOf, withGenerated, withMaterial } from './key-material.ts';
import type { KeyStore } from './key-store.ts';
import { KeyUses } from './key-uses.ts';
import type { RootKeys } from './root-keys.ts';
import { TemplateReader } from './templates.ts';

const KEY_PURPOSE = 'cssi-vault key 1';

/** Commands on keys of clients; what each takes is at `KEY_VAULT_COMMANDS`. */
export class VaultCommands {
  readonly #tee: Tee;
  readonly #keys: KeyStore;
  readonly #root: RootKeys;
  readonly #domains: DomainKeys;
  readonly #templates: TemplateReader;
  readonly #uses: KeyUses;

  constructor(tee: Tee, keys: KeyStore, root: RootKeys, domains: DomainKeys) {
    this.#tee = tee;
    this.#keys = keys;
    this.#root = root;
    this.#domains = domains;
    this.#templates = new TemplateReader(tee);
    this.#uses = new KeyUses(tee, keys);
  }

  /** False for a command that is none of these. */
  invoke(command: number, params: TEE_Params, client: VaultClient): boolean {
    switch (command) {
      case COMMANDS.GENERATE:
        expectTypes(this.#tee, params, 5, 6);
        requireRoom(this.#tee, params, [1, LIMITS.description]);
        return this.#generate(params, client);
      case COMMANDS.IMPORT:
        expectTypes(this.#tee, params, 5, 5, 6);
        requireRoom(this.#tee, params, [2, LIMITS.description]);
        return this.#importKey(params, client);
      case COMMANDS.LIST:
        expectTypes(this.#tee, params, 5, 6);
        return this.#list(params, client);
      case COMMANDS.DESCRIBE:
        expectTypes(this.#tee, params, 5, 6);
        return this.#answer(params, 1, this.#keys.allowed(this.#id(params), client));
      case COMMANDS.DELETE:
        expectTypes(this.#tee, params, 5);
        this.#keys.delete(this.#keys.owned(this.#id(params), client).id);
        return true;
      case COMMANDS.SET_ACCESS:
        expectTypes(this.#tee, params, 5, 5);
        return this.#setAccess(params, client);
      case COMMANDS.WRAP_KEY:
        expectTypes(this.#tee, params, 5, 6);
        return this.#wrapKey(params, client);
      case COMMANDS.UNWRAP_KEY:
        expectTypes(this.#tee, params, 5, 6);
        requireRoom(this.#tee, params, [1, LIMITS.description]);
        return this.#unwrapKey(params, client);
      case COMMANDS.DOMAINS:
        expectTypes(this.#tee, params, 6);
        return this.#answer(params, 0, this.#domains.list(client));
      case COMMANDS.PROTECT:
      case COMMANDS.UNPROTECT:
        return this.#domain(command, params, client);
      default:
        return this.#uses.invoke(command, params, client);
    }
  }

  #id(params: TEE_Params): string {
    return toHex(inputAt(this.#tee, params, 0, LIMITS.id, LIMITS.id));
  }

  #answer(params: TEE_Params, index: number, value: unknown): true {
    writeOutputs(this.#tee, params, [index, encodeJson(value as Json)]);
    return true;
  }

  #json(params: TEE_Params, index: number): Json {
    return decodeJson(this.#tee, inputAt(this.#tee, params, index, LIMITS.description), LIMITS.description);
  }

  #generate(params: TEE_Params, client: VaultClient): true {
    const template = this.#templates.template(this.#json(params, 0));
    const key = withGenerated(this.#tee, template.type, (object) => this.#keys.add(template, client, object));
    return this.#answer(params, 1, key);
  }

  #importKey(params: TEE_Params, client: VaultClient): true {
    const template = this.#templates.template(this.#json(params, 0));
    const material = inputAt(this.#tee, params, 1, 97);
    try {
      const key = withMaterial(this.#tee, template.type, material, (object) =>
        this.#keys.add(template, client, object),
      );
      return this.#answer(params, 2, key);
    } finally {
      material.fill(0);
    }
  }

  #list(params: TEE_Params, client: VaultClient): true {
    const after = inputAt(this.#tee, params, 0, LIMITS.id);
    if (after.length !== 0 && after.length !== LIMITS.id) throw this.#tee.error('BAD_PARAMETERS');
    return this.#answer(params, 1, this.#keys.list(client, toHex(after)));
  }

  #setAccess(params: TEE_Params, client: VaultClient): true {
    const key = this.#keys.owned(this.#id(params), client);
    this.#keys.setAccess(key.id, this.#templates.access(this.#json(params, 1), key.usages));
    return true;
  }

  /** u16 n ‖ template (n bytes of JSON) ‖ material, under the root; the new owner is who unwraps. */
  #wrapKey(params: TEE_Params, client: VaultClient): true {
    const { id } = this.#keys.owned(this.#id(params), client);
    const { type, label, usages, access, owner } = this.#keys.allowed(id, client, 'wrap');
    const facts = encodeJson({ template: { type, label, usages, access }, owner } as unknown as Json);
    const material = this.#keys.use(id, (object) => materialOf(this.#tee, type, object));
    const plaintext = concat(Uint8Array.of(facts.length >> 8, facts.length & 0xff), facts, material);
    try {
      writeOutputs(this.#tee, params, [1, this.#root.wrap(plaintext, NONE, KEY_PURPOSE)]);
      return true;
    } finally {
      material.fill(0);
      plaintext.fill(0);
    }
  }

  #unwrapKey(params: TEE_Params, client: VaultClient): true {
    const blob = inputAt(this.#tee, params, 0, LIMITS.wrappedKey);
    const plaintext = this.#root.unwrap(blob, NONE, KEY_PURPOSE);
    try {
      const end = 2 + (((plaintext[0] ?? 0) << 8) | (plaintext[1] ?? 0));
      const facts = decodeJson(this.#tee, plaintext.slice(2, end), LIMITS.description) as {
        template: Json;
        owner: Json;
      };
      const owner = this.#templates.client(facts.owner);
      // A blob is no bearer token: only the owner of the wrapped key brings it back.
      if (owner.login !== client.login || owner.uuid !== client.uuid) throw this.#tee.error('ACCESS_DENIED');
      const template = this.#templates.template(facts.template);
      const key = withMaterial(this.#tee, template.type, plaintext.subarray(end), (object) =>
        this.#keys.add(template, client, object),
      );
      return this.#answer(params, 1, key);
    } finally {
      plaintext.fill(0);
    }
  }

  #domain(command: number, params: TEE_Params, client: VaultClient): true {
    if (command === COMMANDS.PROTECT) {
      expectTypes(this.#tee, params, 5, 5, 5, 6);
      const name = fromUtf8(inputAt(this.#tee, params, 0, 32)) ?? '';
      const plaintext = inputAt(this.#tee, params, 1, LIMITS.plaintext);
      const aad = inputAt(this.#tee, params, 2, LIMITS.associatedData);
      writeOutputs(this.#tee, params, [3, this.#domains.protect(name, plaintext, aad, client)]);
      return true;
    }
    expectTypes(this.#tee, params, 5, 5, 6);
    const blob = inputAt(this.#tee, params, 0, LIMITS.plaintext + 64);
    const aad = inputAt(this.#tee, params, 1, LIMITS.associatedData);
    writeSecret(this.#tee, params, 2, this.#domains.unprotect(blob, aad, client));
    return true;
  }
}
