import type { ConformanceSuite } from '@cssi/sm-core/conformance';
import { accessCases } from './key-vault/access-cases.ts';
import { dataCases } from './key-vault/data-cases.ts';
import { interworkingCases, movingCases } from './key-vault/moving-cases.ts';
import type { KeyVaultSubject } from './key-vault/subject.ts';

/**
 * The key vault over any security module, and between two of them: data encryption and access control
 * give the same results, data protected on one open on the other, and an application moves by
 * configuration alone. The cases know neither module. What to give as capabilities tells
 * {@link KeyVaultSubject}.
 *
 * @group Conformance
 */
export const keyVaultSuite: ConformanceSuite<KeyVaultSubject> = {
  name: 'key-vault',
  specVersion: '1',
  packageVersion: '0.1.0',
  cases: [...dataCases, ...accessCases, ...interworkingCases, ...movingCases],
};
