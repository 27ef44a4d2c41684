import type { ConformanceSuite } from '@cssi/sm-core/conformance';
import { MODULE_INTERFACE_VERSION } from '../spec/v1/module.ts';
import { channelCases } from './module-channel-cases.ts';
import { controlCases } from './module-control-cases.ts';
import { descriptionCases } from './module-description-cases.ts';
import { secureMemoryCases } from './module-memory-cases.ts';
import { migrationCases } from './module-migration-cases.ts';
import { monitorCases } from './module-monitor-cases.ts';
import { parameterCases } from './module-parameter-cases.ts';
import { serviceCases } from './module-service-cases.ts';
import { sessionCases } from './module-session-cases.ts';
import type { SecurityModuleSubject } from './module-support.ts';

export type { SecurityModuleSubject } from './module-support.ts';

/**
 * The module-side (southbound) interface. A security module that passes it carries every client of
 * this package: the client API, the enclave interface and what is built on them. Give the runner the
 * module's capabilities; most cases need the conformance TAs (`conformance-ta`).
 *
 * @example
 * ```ts
 * const report = await runSuite(securityModuleSuite, {
 *   name: module.describe().name,
 *   emulated: module.describe().emulated,
 *   capabilities: module.describe().capabilities,
 *   subject: { module, open: () => openMyModule() },
 * });
 * ```
 * @group Conformance
 */
export const securityModuleSuite: ConformanceSuite<SecurityModuleSubject> = {
  name: 'security-module',
  specVersion: MODULE_INTERFACE_VERSION,
  packageVersion: '0.1.0',
  cases: [
    ...descriptionCases,
    ...sessionCases,
    ...parameterCases,
    ...serviceCases,
    ...secureMemoryCases,
    ...channelCases,
    ...migrationCases,
    ...monitorCases,
    ...controlCases,
  ],
};
