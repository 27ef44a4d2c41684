import {
  KEY_VAULT_LIMITS,
  type KeyAccess,
  type KeyTemplate,
  VAULT_KEY_TYPES,
  VAULT_KEY_USAGES,
  VAULT_USAGES_OF_TYPE,
  type VaultClient,
  type VaultKeyUsage,
} from '../../spec/v1/key-vault.ts';
import type { Tee } from '../../ta/index.ts';
import { type Json, JsonReader } from '../../ta/json.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const LABEL = /^[ -~]{0,64}$/;

/** Reads what clients say about keys. */
export class TemplateReader {
  readonly #json: JsonReader;

  constructor(tee: Tee) {
    this.#json = new JsonReader(tee, () => tee.error('BAD_PARAMETERS'));
  }

  template(value: Json): KeyTemplate {
    const fields = this.#json.object(value, ['type', 'label', 'usages', 'access']);
    const type = this.#json.oneOf(fields.type, VAULT_KEY_TYPES);
    const usages = this.#usages(fields.usages, VAULT_USAGES_OF_TYPE[type]);
    return {
      type,
      label: this.#json.text(fields.label, LABEL),
      usages,
      access: this.access(fields.access, usages),
    };
  }

  /** An access list; nobody gets a usage the key does not have. */
  access(value: Json, usages: readonly VaultKeyUsage[]): readonly KeyAccess[] {
    const entries = this.#json.list(value, 0, KEY_VAULT_LIMITS.accessEntries).map((item) => {
      const fields = this.#json.object(item, ['login', 'uuid', 'usages']);
      return { ...this.#client(fields.login, fields.uuid), usages: this.#usages(fields.usages, usages) };
    });
    if (new Set(entries.map(clientName)).size !== entries.length) throw this.#json.fail();
    return entries;
  }

  client(value: Json): VaultClient {
    const { login, uuid } = this.#json.object(value, ['login', 'uuid']);
    return this.#client(login, uuid);
  }

  #client(login: Json, uuid: Json): VaultClient {
    return { login: this.#json.integer(login, 0, 0xffffffff), uuid: this.#json.text(uuid, UUID) };
  }

  #usages(value: Json, allowed: readonly VaultKeyUsage[]): readonly VaultKeyUsage[] {
    const items = this.#json.distinct(value, 1, VAULT_KEY_USAGES.length, (item) =>
      this.#json.oneOf(item, allowed),
    );
    // One order, so that equal keys have equal descriptions.
    return VAULT_KEY_USAGES.filter((usage) => items.includes(usage));
  }
}

/** A client in one text. */
export const clientName = ({ login, uuid }: VaultClient): string => `${login}:${uuid}`;
