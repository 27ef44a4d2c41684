/**
 * The software TEE: a core and one domain for each trusted application, in child processes, worker
 * threads or the calling process. It stands in for a device and says so (`emulated`): it protects
 * applications from each other and from their clients, and nothing from an administrator of the host.
 *
 * @packageDocumentation
 */
import { createTeeClient } from '../../client/index.ts';
import { openEnclaves } from '../../enclave/index.ts';
import { TEE_CLIENT_ERRORS } from '../../errors.ts';
import type { TeeClient } from '../../spec/v1/client.ts';
import type { EnclavePlatform } from '../../spec/v1/enclave.ts';
import { teecError } from '../../spec/v1/error.ts';
import { codeMeasurement } from '../../spec/v1/evidence.ts';
import type { SecurityModule } from '../../spec/v1/module.ts';
import { ROOT_KEY_SERVICE_UUID } from '../../spec/v1/root-key-service.ts';
import { normalizeUuid, type TeecUuid } from '../../spec/v1/uuid.ts';
import { applicationEvent, measureStages } from './code-files.ts';
import type { CorePublicInfo, DomainMode } from './domain-protocol.ts';
import type { CheckReport } from './drift.ts';
import { runAsync } from './flow.ts';
import { BUILT_IN_APPLICATIONS } from './images/index.ts';
import { SoftwareModule } from './module.ts';
import { checkOptions, type SoftwareTeeDeps, type SoftwareTeeOptions } from './options.ts';
import { startParts } from './start.ts';

export type { CorePublicInfo, DomainMode } from './domain-protocol.ts';
export type { CheckReport } from './drift.ts';
export { SOFTWARE_TCB_VERSION, type SoftwareTeeDeps, type SoftwareTeeOptions } from './options.ts';

const VERSION = '0.1.0';

/**
 * The software TEE with what only its owner uses.
 *
 * @group Software TEE
 */
export interface SoftwareTee extends TeeClient {
  /** The module behind this client: management commands, events and metrics. */
  readonly module: SecurityModule;
  /** DER of the device root certificate, the anchor for this device's evidence. */
  readonly rootCertificate: Uint8Array;
  /** Public facts of the device, for management and for bundles encrypted to it. */
  readonly info: CorePublicInfo;
  /** The enclave interface on this TEE. */
  enclaves(): EnclavePlatform;
  /**
   * Measures the code again and has every running application check itself. What drifted is stopped
   * and reported (`ta-drifted`), and not launched again before the TEE is started anew.
   *
   * @throws {@link SmError} ERR_TEE_STORAGE when descriptors or memory are short: nothing was found out
   */
  check(): Promise<CheckReport>;
  /**
   * Records of the audit log from number `from` on, at most `max` (1 to 1,000).
   *
   * @throws {@link SmError} ERR_TEE_OPTION_INVALID
   */
  audit(from: number, max: number): Promise<readonly unknown[]>;
  /** Ends all sessions, lets the domains zero their secrets and frees the data folder. */
  close(): Promise<void>;
}

/**
 * The measurement that evidence of a built-in application of this release carries, computed from the
 * installed files; of the root key service when `uuid` is left out. A verifier computes it from its
 * own installation of the same release.
 *
 * @param mode - matters only where the sources run instead of the compiled package
 * @throws {@link SmError} ERR_TEE_WORKER_MISSING, ERR_TEE_STORAGE, ERR_TEE_UUID_MALFORMED;
 * ERR_TEE_OPTION_INVALID for an application that does not come with the software TEE
 * @group Software TEE
 */
export function softwareTaMeasurement(
  uuid: TeecUuid = ROOT_KEY_SERVICE_UUID,
  mode: DomainMode = 'process',
): string {
  const application = BUILT_IN_APPLICATIONS.get(normalizeUuid(uuid));
  if (application === undefined) {
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_OPTION_INVALID', {
      detail: 'option=uuid expected=built-in-application',
    });
  }
  return codeMeasurement([
    ...measureStages(mode),
    applicationEvent(application.manifest.name, application.code),
  ]);
}

/**
 * The measurement that the core of this release states of itself to another when an application migrates,
 * for `measurements` of `export-ta` and `import-ta` between different releases.
 *
 * @param mode - matters only where the sources run instead of the compiled package
 * @throws {@link SmError} ERR_TEE_WORKER_MISSING, ERR_TEE_STORAGE
 * @group Software TEE
 */
export function softwareCoreMeasurement(mode: DomainMode = 'process'): string {
  return codeMeasurement(measureStages(mode));
}

/**
 * Starts the software TEE: makes or opens the device in `dataDir` and starts its core. Applications
 * start with their first session.
 *
 * State that does not open (altered, from another device, rolled back, partly missing) is an
 * error; it is never made anew.
 *
 * @example
 * ```ts
 * const tee = await createSoftwareTee({ dataDir: './data' });
 * const service = await openRootKeyService(tee);
 * ```
 * @throws {@link SmError} ERR_TEE_WORKER_MISSING, ERR_TEE_LOCKED, ERR_TEE_STORAGE, ERR_TEE_STATE_FORMAT,
 * ERR_TEE_HUK_MISSING, ERR_TEE_HUK_INVALID, ERR_TEE_SEAL_INTEGRITY, ERR_TEE_SEAL_MISSING,
 * ERR_TEE_SEAL_ROLLBACK, ERR_TEE_SEAL_NEWER, ERR_TEE_OPTION_INVALID, ERR_TEE_START_FAILED
 * @group Software TEE
 */
export async function createSoftwareTee(
  options: SoftwareTeeOptions,
  deps: SoftwareTeeDeps = {},
): Promise<SoftwareTee> {
  const parts = await startParts(checkOptions(options, deps));
  const module = new SoftwareModule(parts, VERSION);
  const checkOpen = (): void => {
    if (module.closed) throw teecError('BAD_STATE', 'API', { detail: 'reason=closed' });
  };
  const client = createTeeClient(module, { checkOpen });
  const { rootCertificate, info } = parts.core.facts;
  return {
    ...client,
    module,
    rootCertificate,
    info,
    enclaves: () => openEnclaves(module),
    check: async () => {
      checkOpen();
      return parts.watch.check();
    },
    audit: async (from, max) => {
      checkOpen();
      if (!Number.isSafeInteger(from) || from < 0 || !Number.isInteger(max) || max < 1 || max > 1000) {
        throw TEE_CLIENT_ERRORS.create('ERR_TEE_OPTION_INVALID', { detail: 'option=from,max' });
      }
      return (await runAsync(parts.core.audit(from, max))) as readonly unknown[];
    },
    close: () => module.close(),
  };
}
