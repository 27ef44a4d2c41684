import { type ConformanceCase, expectBytes, expectTrue } from '@cssi/sm-core/conformance';
import type { TeeClient } from '../../spec/v1/client.ts';
import { CONFORMANCE_TA_UUID, CONFORMANCE_TAS } from '../../spec/v1/conformance-ta.ts';
import { TEE_PROPSET } from '../../spec/v1/internal/constants.ts';
import type { RemoteTee } from '../remote.ts';
import { expectEqual, expectTee, inside, panics, refuses } from '../support.ts';

const PROPERTIES = 'xtest 1006; GPD_SPE_010 §4.4';
const TA = 'xtest 1006; GPD_SPE_010 §4.5';
const TEE = 'xtest 1006; GPD_SPE_010 §4.7';
const ENUMERATION = 'xtest 1006; GPD_SPE_010 §4.4.3';
const { CURRENT_TA, CURRENT_CLIENT, TEE_IMPLEMENTATION } = TEE_PROPSET;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A boolean property of several conformance TAs. */
const flags = (
  id: string,
  name: string,
  values: Readonly<Partial<Record<keyof typeof CONFORMANCE_TAS, boolean>>>,
): ConformanceCase<TeeClient> =>
  inside(id, TA, async (_, kit) => {
    for (const [role, value] of Object.entries(values)) {
      const t = await kit.open(CONFORMANCE_TAS[role as keyof typeof CONFORMANCE_TAS]);
      expectEqual(await t.TEE_GetPropertyAsBool(CURRENT_TA, name), value, `${name} of ${role}`);
    }
  });

/** Names of all properties of a set. */
async function namesOf(t: RemoteTee, set: number): Promise<string[]> {
  const enumerator = await t.TEE_AllocatePropertyEnumerator();
  await t.TEE_StartPropertyEnumerator(enumerator, set);
  const names: string[] = [];
  for (;;) {
    names.push(await t.TEE_GetPropertyName(enumerator));
    try {
      await t.TEE_GetNextProperty(enumerator);
    } catch {
      await t.TEE_FreePropertyEnumerator(enumerator);
      return names;
    }
  }
}

/** Properties of the application, its client and the TEE. */
export const propertyCases: readonly ConformanceCase<TeeClient>[] = [
  inside('properties.ta.id', TA, async (t, kit) => {
    expectEqual(
      await t.TEE_GetPropertyAsUUID(CURRENT_TA, 'gpd.ta.appID'),
      CONFORMANCE_TA_UUID,
      'the identifier',
    );
    const second = await kit.open(CONFORMANCE_TAS.second);
    expectEqual(
      await second.TEE_GetPropertyAsUUID(CURRENT_TA, 'gpd.ta.appID'),
      CONFORMANCE_TAS.second,
      'of the second',
    );
  }),
  flags('properties.ta.single-instance', 'gpd.ta.singleInstance', { main: true, multiInstance: false }),
  flags('properties.ta.multi-session', 'gpd.ta.multiSession', { main: true, singleSession: false }),
  flags('properties.ta.keep-alive', 'gpd.ta.instanceKeepAlive', { main: false, keepAlive: true }),
  inside('properties.ta.text', PROPERTIES, async (t) => {
    expectEqual(
      await t.TEE_GetPropertyAsString(CURRENT_TA, 'cssi.test.text'),
      'conformance',
      'a property of its own',
    );
  }),
  inside('properties.ta.number', PROPERTIES, async (t) => {
    expectEqual(await t.TEE_GetPropertyAsU32(CURRENT_TA, 'cssi.test.number'), 70000, 'a number');
    expectEqual(await t.TEE_GetPropertyAsU64(CURRENT_TA, 'cssi.test.number'), 70000n, 'the same in 64 bits');
  }),
  inside('properties.ta.long', PROPERTIES, async (t) => {
    expectEqual(
      await t.TEE_GetPropertyAsU64(CURRENT_TA, 'cssi.test.long'),
      5_000_000_000n,
      'a number of 33 bits',
    );
  }),
  inside('properties.ta.bool', PROPERTIES, async (t) => {
    expectEqual(await t.TEE_GetPropertyAsBool(CURRENT_TA, 'cssi.test.bool'), true, 'a boolean');
    expectEqual(await t.TEE_GetPropertyAsString(CURRENT_TA, 'cssi.test.bool'), 'true', 'and its text');
  }),
  inside('properties.ta.block', PROPERTIES, async (t) => {
    expectBytes(
      await t.TEE_GetPropertyAsBinaryBlock(CURRENT_TA, 'cssi.test.block'),
      Uint8Array.of(1, 2, 3),
      'the bytes',
    );
  }),
  refuses('properties.absent', PROPERTIES, ['ITEM_NOT_FOUND'], 'a property that does not exist', (t) => {
    return () => t.TEE_GetPropertyAsString(CURRENT_TA, 'cssi.test.absent');
  }),
  refuses('properties.other-set', PROPERTIES, ['ITEM_NOT_FOUND'], 'a property of another set', (t) => {
    return () => t.TEE_GetPropertyAsString(TEE_IMPLEMENTATION, 'gpd.ta.appID');
  }),
  panics('properties.unknown-set', PROPERTIES, 'neither a property set nor an enumerator', async (t) => {
    const forged = await t.forgeHandle();
    return () => t.TEE_GetPropertyAsString(forged, 'gpd.ta.appID');
  }),
  refuses('properties.format.number', PROPERTIES, ['BAD_FORMAT'], 'a text as number', (t) => {
    return () => t.TEE_GetPropertyAsU32(CURRENT_TA, 'cssi.test.text');
  }),
  refuses('properties.format.too-large', PROPERTIES, ['BAD_FORMAT'], '5,000,000,000 in 32 bits', (t) => {
    return () => t.TEE_GetPropertyAsU32(CURRENT_TA, 'cssi.test.long');
  }),
  refuses('properties.format.bool', PROPERTIES, ['BAD_FORMAT'], 'a number as boolean', (t) => {
    return () => t.TEE_GetPropertyAsBool(CURRENT_TA, 'cssi.test.number');
  }),
  refuses('properties.format.uuid', PROPERTIES, ['BAD_FORMAT'], 'a text as UUID', (t) => {
    return () => t.TEE_GetPropertyAsUUID(CURRENT_TA, 'cssi.test.text');
  }),
  refuses('properties.format.identity', PROPERTIES, ['BAD_FORMAT'], 'a UUID as identity', (t) => {
    return () => t.TEE_GetPropertyAsIdentity(CURRENT_TA, 'gpd.ta.appID');
  }),
  inside('properties.short-buffer', PROPERTIES, async (t) => {
    // The size counts the zero that ends a C string.
    const error = await expectTee(
      () => t.TEE_GetPropertyAsString(CURRENT_TA, 'cssi.test.text', 11),
      ['SHORT_BUFFER'],
      '11 characters into 11 bytes',
    );
    expectEqual(error.required, 12, 'the size required');
    expectEqual(
      await t.TEE_GetPropertyAsString(CURRENT_TA, 'cssi.test.text', 12),
      'conformance',
      'in 12 bytes',
    );
  }),
  inside('properties.tee.version', TEE, async (t) => {
    const text = await t.TEE_GetPropertyAsString(TEE_IMPLEMENTATION, 'gpd.tee.apiversion');
    expectTrue(/^1\.[1-9]/.test(text), `version ${text} of the API`);
    const number = await t.TEE_GetPropertyAsU32(TEE_IMPLEMENTATION, 'gpd.tee.internalCore.version');
    expectEqual(number >>> 24, 1, 'the major version');
  }),
  inside('properties.tee.description', TEE, async (t) => {
    expectTrue(
      (await t.TEE_GetPropertyAsString(TEE_IMPLEMENTATION, 'gpd.tee.description')).length > 0,
      'a description',
    );
  }),
  inside('properties.tee.device', TEE, async (t, kit) => {
    const device = await t.TEE_GetPropertyAsUUID(TEE_IMPLEMENTATION, 'gpd.tee.deviceID');
    expectTrue(UUID.test(device), 'the device has a UUID');
    const second = await kit.open(CONFORMANCE_TAS.second);
    expectEqual(
      await second.TEE_GetPropertyAsUUID(TEE_IMPLEMENTATION, 'gpd.tee.deviceID'),
      device,
      'for every application',
    );
  }),
  inside('properties.tee.time', TEE, async (t) => {
    for (const name of ['gpd.tee.systemTime.protectionLevel', 'gpd.tee.TAPersistentTime.protectionLevel']) {
      const level = await t.TEE_GetPropertyAsU32(TEE_IMPLEMENTATION, name);
      expectTrue(level === 100 || level === 1000, `${name} is 100 or 1000, got ${level}`);
    }
  }),
  inside('properties.client.identity', 'xtest 1026; GPD_SPE_010 §4.6', async (t) => {
    const identity = await t.TEE_GetPropertyAsIdentity(CURRENT_CLIENT, 'gpd.client.identity');
    expectEqual(identity.login, 0, 'the login PUBLIC');
    expectEqual(identity.uuid, '00000000-0000-0000-0000-000000000000', 'the nil UUID');
  }),
  inside('properties.enumerate.names', ENUMERATION, async (t) => {
    const names = await namesOf(t, CURRENT_TA);
    for (const name of ['gpd.ta.appID', 'gpd.ta.singleInstance', 'cssi.test.text']) {
      expectEqual(names.filter((item) => item === name).length, 1, `how often ${name} is listed`);
    }
  }),
  inside('properties.enumerate.values', ENUMERATION, async (t) => {
    const enumerator = await t.TEE_AllocatePropertyEnumerator();
    await t.TEE_StartPropertyEnumerator(enumerator, CURRENT_TA);
    while ((await t.TEE_GetPropertyName(enumerator)) !== 'cssi.test.number')
      await t.TEE_GetNextProperty(enumerator);
    expectEqual(await t.TEE_GetPropertyAsU32(enumerator, null), 70000, 'the value at the enumerator');
  }),
  inside('properties.enumerate.restart', ENUMERATION, async (t) => {
    const enumerator = await t.TEE_AllocatePropertyEnumerator();
    await t.TEE_StartPropertyEnumerator(enumerator, CURRENT_TA);
    const first = await t.TEE_GetPropertyName(enumerator);
    await t.TEE_GetNextProperty(enumerator);
    await t.TEE_StartPropertyEnumerator(enumerator, CURRENT_TA);
    expectEqual(await t.TEE_GetPropertyName(enumerator), first, 'a new start begins again');
  }),
  refuses(
    'properties.enumerate.end',
    ENUMERATION,
    ['ITEM_NOT_FOUND'],
    'the next property after the last',
    async (t) => {
      const enumerator = await t.TEE_AllocatePropertyEnumerator();
      await t.TEE_StartPropertyEnumerator(enumerator, CURRENT_TA);
      const { length } = await namesOf(t, CURRENT_TA);
      for (let i = 1; i < length; i++) await t.TEE_GetNextProperty(enumerator);
      return () => t.TEE_GetNextProperty(enumerator);
    },
  ),
  refuses(
    'properties.enumerate.not-started',
    ENUMERATION,
    ['ITEM_NOT_FOUND'],
    'a name before the start',
    async (t) => {
      const enumerator = await t.TEE_AllocatePropertyEnumerator();
      return () => t.TEE_GetPropertyName(enumerator);
    },
  ),
  refuses(
    'properties.enumerate.reset',
    ENUMERATION,
    ['ITEM_NOT_FOUND'],
    'a name after a reset',
    async (t) => {
      const enumerator = await t.TEE_AllocatePropertyEnumerator();
      await t.TEE_StartPropertyEnumerator(enumerator, CURRENT_TA);
      await t.TEE_ResetPropertyEnumerator(enumerator);
      return () => t.TEE_GetPropertyName(enumerator);
    },
  ),
  panics('properties.enumerate.freed', ENUMERATION, 'an enumerator after it was freed', async (t) => {
    const enumerator = await t.TEE_AllocatePropertyEnumerator();
    await t.TEE_FreePropertyEnumerator(enumerator);
    return () => t.TEE_GetPropertyName(enumerator);
  }),
];
