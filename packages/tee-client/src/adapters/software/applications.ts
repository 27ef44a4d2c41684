import { CONFORMANCE_TA_UUID } from '../../spec/v1/conformance-ta.ts';
import { ROOT_KEY_SERVICE_UUID, ROOT_KEY_SERVICE_VERSION } from '../../spec/v1/root-key-service.ts';

/** A trusted application that comes with the software TEE. */
export interface BuiltInApplication {
  /** Folder below `ta/`. */
  readonly name: string;
  readonly version: number;
}

/** The trusted applications by UUID. */
export const APPLICATIONS: ReadonlyMap<string, BuiltInApplication> = new Map([
  [ROOT_KEY_SERVICE_UUID, { name: 'root-key-service', version: ROOT_KEY_SERVICE_VERSION }],
  [CONFORMANCE_TA_UUID, { name: 'conformance', version: 1 }],
]);
