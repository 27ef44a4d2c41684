import { fromHex } from '@cssi/sm-core';
import { CHANNEL_PEER_PROPERTY } from '../../spec/v1/channel.ts';
import { TEE_PROPSET } from '../../spec/v1/internal/constants.ts';
import { uuidFromOctets } from '../../spec/v1/uuid.ts';
import { ARITHMETIC_MAX_BITS } from '../arithmetic/format.ts';
import type { RuntimeContext } from '../context.ts';
import type { PropertyValue } from './property-values.ts';
import type { RuntimeServices } from './services.ts';

export type PropertySet = ReadonlyMap<string, PropertyValue>;

const text = (value: string): PropertyValue => ({ kind: 'text', value });
const bool = (value: boolean): PropertyValue => ({ kind: 'bool', value });
const u32 = (value: number): PropertyValue => ({ kind: 'u32', value });

/** 1.3.1, as the property wants it. @standard GPD_SPE_010 v1.3.1 §4.7 */
const INTERNAL_CORE_VERSION = 0x01030100;
/** Enforced by what the host controls, not by hardware. @standard GPD_SPE_010 v1.3.1 §4.7 */
const REE_CONTROLLED = 100;
/** Of the engine's default stack. */
const STACK_BYTES = 960 * 1024;
const LITTLE_ENDIAN = 0;
const MAKER = 'CSSI reference implementation';
const TEE_VERSION = '0.1.0';

/** The sets of one instance; the client's depends on the call. */
export function propertySets(
  context: RuntimeContext,
  services: RuntimeServices,
): (set: number) => PropertySet | undefined {
  const application = applicationProperties(context);
  const implementation = implementationProperties(services);
  return (set) => {
    if (set === TEE_PROPSET.CURRENT_TA) return application;
    if (set === TEE_PROPSET.TEE_IMPLEMENTATION) return implementation;
    if (set === TEE_PROPSET.CURRENT_CLIENT) return clientProperties(services);
    return undefined;
  };
}

/** @standard GPD_SPE_010 v1.3.1 §4.5 */
function applicationProperties({ manifest }: RuntimeContext): PropertySet {
  return new Map<string, PropertyValue>([
    ['gpd.ta.appID', { kind: 'uuid', value: manifest.uuid }],
    ['gpd.ta.singleInstance', bool(manifest.singleInstance)],
    ['gpd.ta.multiSession', bool(manifest.multiSession)],
    ['gpd.ta.instanceKeepAlive', bool(manifest.instanceKeepAlive)],
    ['gpd.ta.dataSize', u32(manifest.memoryBytes)],
    ['gpd.ta.stackSize', u32(STACK_BYTES)],
    ['gpd.ta.version', text(String(manifest.version))],
    ['gpd.ta.description', text(manifest.description)],
    ['gpd.ta.endian', u32(LITTLE_ENDIAN)],
    ['gpd.ta.doesNotCloseHandleOnCorruptObject', bool(false)],
    ...Object.entries(manifest.properties).map(([name, value]): [string, PropertyValue] => [
      name,
      text(value),
    ]),
  ]);
}

/** @standard GPD_SPE_010 v1.3.1 §4.6 */
function clientProperties(services: RuntimeServices): PropertySet {
  const { client, channel } = services.call;
  if (client === undefined) return new Map();
  const properties = new Map<string, PropertyValue>([
    ['gpd.client.identity', { kind: 'identity', value: client }],
    ['gpd.client.endian', u32(LITTLE_ENDIAN)],
  ]);
  // Absent for a call in the clear: an application that asks for it cannot take one for the other.
  if (channel !== undefined) {
    properties.set(CHANNEL_PEER_PROPERTY, { kind: 'binary', value: Uint8Array.from(channel.peer) });
  }
  return properties;
}

/** @standard GPD_SPE_010 v1.3.1 §4.7 */
function implementationProperties({ deviceId, tcbVersion }: RuntimeServices): PropertySet {
  const octets = fromHex(deviceId).slice(0, 16);
  // RFC 9562 version 8: made of something else by its maker.
  octets[6] = ((octets[6] as number) & 0x0f) | 0x80;
  octets[8] = ((octets[8] as number) & 0x3f) | 0x80;
  return new Map<string, PropertyValue>([
    ['gpd.tee.apiversion', text('1.3')],
    ['gpd.tee.internalCore.version', u32(INTERNAL_CORE_VERSION)],
    [
      'gpd.tee.description',
      text('CSSI software TEE: emulates a TEE, protects against no host administrator'),
    ],
    ['gpd.tee.deviceID', { kind: 'uuid', value: uuidFromOctets(octets) }],
    ['gpd.tee.systemTime.protectionLevel', u32(REE_CONTROLLED)],
    ['gpd.tee.TAPersistentTime.protectionLevel', u32(REE_CONTROLLED)],
    ['gpd.tee.arith.maxBigIntSize', u32(ARITHMETIC_MAX_BITS)],
    ['gpd.tee.cryptography.ecc', bool(true)],
    ['gpd.tee.cryptography.nist', bool(false)],
    ['gpd.tee.cryptography.bsi-r', bool(false)],
    ['gpd.tee.cryptography.bsi-t', bool(false)],
    ['gpd.tee.cryptography.ietf', bool(false)],
    ['gpd.tee.cryptography.octa', bool(false)],
    ['gpd.tee.trustedStorage.antiRollback.protectionLevel', u32(REE_CONTROLLED)],
    ['gpd.tee.trustedStorage.rollbackDetection.protectionLevel', u32(REE_CONTROLLED)],
    ['gpd.tee.trustedStorage.private.rollbackProtection', u32(REE_CONTROLLED)],
    ['gpd.tee.trustedos.implementation.version', text(TEE_VERSION)],
    ['gpd.tee.trustedos.manufacturer', text(MAKER)],
    ['gpd.tee.firmware.implementation.version', text(TEE_VERSION)],
    ['gpd.tee.firmware.manufacturer', text(MAKER)],
    ['gpd.tee.event.maxSources', u32(0)],
    ['cssi.tee.tcbVersion', u32(tcbVersion)],
  ]);
}
