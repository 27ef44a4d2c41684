import { TEE_CLIENT_ERRORS } from '../errors.ts';
import { TEEC_SHAREDMEM_MIN_MAX_SIZE } from '../spec/v1/constants.ts';
import {
  MODULE_CAPABILITIES,
  MODULE_INTERFACE_VERSION,
  type ModuleDescription,
  type SecurityModule,
} from '../spec/v1/module.ts';

const ISOLATIONS: readonly unknown[] = ['none', 'thread', 'process', 'hardware'];
const NAME = /^[a-z0-9-]{1,32}$/;
const MAX_TEXT = 128;

const isText = (value: unknown): boolean =>
  typeof value === 'string' && value.length > 0 && value.length <= MAX_TEXT;

/** The first field of a description that is not as the interface asks. */
function faultyField(description: ModuleDescription): string | undefined {
  if (description === null || typeof description !== 'object') return 'description';
  const { interfaceVersion, name, vendor, version, emulated, isolation, capabilities, maxMemoryBytes } =
    description;
  if (interfaceVersion !== MODULE_INTERFACE_VERSION) return 'interfaceVersion';
  if (typeof name !== 'string' || !NAME.test(name)) return 'name';
  if (!isText(vendor)) return 'vendor';
  if (!isText(version)) return 'version';
  if (typeof emulated !== 'boolean') return 'emulated';
  if (!ISOLATIONS.includes(isolation)) return 'isolation';
  if (!Array.isArray(capabilities) || new Set(capabilities).size !== capabilities.length) {
    return 'capabilities';
  }
  const known: readonly unknown[] = MODULE_CAPABILITIES;
  if (!capabilities.every((capability) => known.includes(capability))) return 'capabilities';
  // 2^32 - 1: sizes of parameters are 32-bit numbers on the way.
  if (!Number.isSafeInteger(maxMemoryBytes) || maxMemoryBytes > 0xffffffff) return 'maxMemoryBytes';
  return maxMemoryBytes < TEEC_SHAREDMEM_MIN_MAX_SIZE ? 'maxMemoryBytes' : undefined;
}

/**
 * What a module says of itself, checked and frozen.
 *
 * @throws {@link SmError} ERR_TEE_MODULE_INVALID
 */
export function describeModule(module: SecurityModule): ModuleDescription {
  const description = module.describe();
  const field = faultyField(description);
  if (field !== undefined) {
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_MODULE_INVALID', { detail: `field=${field}` });
  }
  return Object.freeze({ ...description, capabilities: Object.freeze([...description.capabilities]) });
}
