import { KEY_VAULT_COMMANDS } from '../../spec/v1/key-vault.ts';
import { TA_MANIFEST_FORMAT, type TaManifest } from '../../spec/v1/manifest.ts';
import { PERSONALISE_COMMAND } from '../../spec/v1/personalisation.ts';
import {
  ROOT_KEY_COMMANDS,
  ROOT_KEY_SERVICE_UUID,
  ROOT_KEY_SERVICE_VERSION,
} from '../../spec/v1/root-key-service.ts';

/** The key vault: single instance, kept alive, storage of its own. */
export const KEY_VAULT_MANIFEST: TaManifest = {
  format: TA_MANIFEST_FORMAT,
  uuid: ROOT_KEY_SERVICE_UUID,
  name: 'key-vault',
  version: ROOT_KEY_SERVICE_VERSION,
  description: 'Root of the key hierarchy, keys of clients, domain keys',
  singleInstance: true,
  multiSession: true,
  instanceKeepAlive: true,
  apis: ['crypto', 'storage', 'evidence'],
  // Keys may be given to the vault so that the host sees none.
  services: ['channel'],
  commands: [
    ...Object.values(ROOT_KEY_COMMANDS),
    ...Object.values(KEY_VAULT_COMMANDS),
    // The application itself refuses it outside a session of the security domain.
    PERSONALISE_COMMAND,
  ],
  logins: null,
  callers: null,
  memoryBytes: 32 * 1024 * 1024,
  storageBytes: 32 * 1024 * 1024,
  maxSessions: 256,
  callTimeoutMs: 10_000,
  socketPeers: [],
  minimumTcb: 1,
  properties: {},
};
