import { type ConformanceCase, expectTrue } from '@cssi/sm-core/conformance';
import { TEEC_SHAREDMEM_MIN_MAX_SIZE } from '../spec/v1/constants.ts';
import { MODULE_CAPABILITIES, MODULE_INTERFACE_VERSION } from '../spec/v1/module.ts';
import { plainCase, type SecurityModuleSubject } from './module-support.ts';

const CLAUSE = 'SecurityModule.describe';
const KNOWN: readonly string[] = MODULE_CAPABILITIES;
const ISOLATIONS: readonly string[] = ['none', 'thread', 'process', 'hardware'];

const isText = (value: unknown): boolean =>
  typeof value === 'string' && value.length > 0 && value.length <= 128;

/** What a module says of itself. */
export const descriptionCases: readonly ConformanceCase<SecurityModuleSubject>[] = [
  plainCase('describe.version', CLAUSE, async ({ module }) => {
    expectTrue(
      module.describe().interfaceVersion === MODULE_INTERFACE_VERSION,
      'the module speaks this version of the interface',
    );
  }),
  plainCase('describe.name', CLAUSE, async ({ module }) => {
    expectTrue(/^[a-z0-9-]{1,32}$/.test(module.describe().name), 'the name has the form of a name');
  }),
  plainCase('describe.texts', CLAUSE, async ({ module }) => {
    const { vendor, version } = module.describe();
    expectTrue(isText(vendor) && isText(version), 'vendor and version are texts of 1 to 128 characters');
  }),
  plainCase('describe.isolation', CLAUSE, async ({ module }) => {
    const { emulated, isolation } = module.describe();
    expectTrue(ISOLATIONS.includes(isolation), 'the kind of isolation is one of the interface');
    expectTrue(typeof emulated === 'boolean', 'the module says whether it stands in for hardware');
  }),
  plainCase('describe.emulated', CLAUSE, async ({ module }) => {
    const { emulated, isolation } = module.describe();
    expectTrue(emulated || isolation === 'hardware', 'what has no hardware under it says it is emulated');
  }),
  plainCase('describe.capabilities', CLAUSE, async ({ module }) => {
    const { capabilities } = module.describe();
    expectTrue(new Set(capabilities).size === capabilities.length, 'no capability is declared twice');
    expectTrue(
      capabilities.every((one) => KNOWN.includes(one)),
      'no capability is unknown to the interface',
    );
  }),
  plainCase('describe.max-memory', 'GPD_SPE_007 §4.4 TEEC_CONFIG_SHAREDMEM_MAX_SIZE', async ({ module }) => {
    const { maxMemoryBytes } = module.describe();
    expectTrue(
      Number.isSafeInteger(maxMemoryBytes) &&
        maxMemoryBytes >= TEEC_SHAREDMEM_MIN_MAX_SIZE &&
        maxMemoryBytes <= 0xffffffff,
      'a memory parameter may have 512 KiB at least and 2^32 - 1 bytes at most',
    );
  }),
  plainCase('describe.stable', CLAUSE, async ({ module }) => {
    const first = JSON.stringify(module.describe());
    expectTrue(JSON.stringify(module.describe()) === first, 'the description is the same every time');
  }),
];
