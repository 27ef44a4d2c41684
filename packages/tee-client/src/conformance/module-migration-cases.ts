import { type ConformanceCase, expectCode, expectTrue } from '@cssi/sm-core/conformance';
import type { ModuleMigrationRequest } from '../spec/v1/migration.ts';
import type { ModuleCapability } from '../spec/v1/module.ts';
import { moduleCase, plainCase, type SecurityModuleSubject } from './module-support.ts';

const MIGRATE = 'SecurityModule.migrate';
const NEEDS: readonly ModuleCapability[] = ['enclave-migrate'];
/** Of no application. */
const STRANGER = '7d5d1b58-1d4b-4c0e-9d8c-00000000dead';
const REFUSALS: readonly string[] = [
  'ERR_TEE_MIGRATION_STATE',
  'ERR_TEE_MIGRATION_REFUSED',
  'ERR_TEE_MIGRATION_PACKAGE',
  'ERR_TEE_CHANNEL',
];

/** Steps of a migration that no command has begun. */
export const migrationCases: readonly ConformanceCase<SecurityModuleSubject>[] = [
  plainCase('migrate.undeclared', MIGRATE, async ({ module }) => {
    if (module.describe().capabilities.includes('enclave-migrate')) return;
    await expectCode(
      () => module.migrate({ step: 'status', ta: STRANGER, role: 'source' }),
      ['ERR_TEEC_NOT_SUPPORTED'],
      'a step without the capability enclave-migrate',
    );
  }),
  moduleCase(
    'migrate.none',
    MIGRATE,
    async ({ module }) => {
      for (const role of ['source', 'target'] as const) {
        const { state, transfer, message, files } = await module.migrate({
          step: 'status',
          ta: STRANGER,
          role,
        });
        expectTrue(state === 'none' && transfer === '', `there is no migration (${role})`);
        expectTrue(message.length === 0 && files.length === 0, `and nothing to say of it (${role})`);
      }
    },
    NEEDS,
  ),
  moduleCase(
    'migrate.without-command',
    MIGRATE,
    async ({ module }, { bytes }) => {
      const noise = bytes('noise', 300);
      const ta = STRANGER;
      const requests: readonly ModuleMigrationRequest[] = [
        { step: 'open', ta, role: 'source' },
        { step: 'staged', ta, role: 'target' },
        { step: 'read', ta, role: 'source', name: 'counter', offset: 0, length: 16 },
        { step: 'write', ta, role: 'target', name: 'counter', offset: 0, data: noise.slice() },
        ...(['source', 'target'] as const).flatMap((role): ModuleMigrationRequest[] => [
          { step: 'message', ta, role, message: new Uint8Array(0) },
          { step: 'message', ta, role, message: noise.slice() },
        ]),
      ];
      for (const request of requests) {
        await expectCode(() => module.migrate(request), REFUSALS, `${request.step} that no command allows`);
      }
    },
    NEEDS,
  ),
];
