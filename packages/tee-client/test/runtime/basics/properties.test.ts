import { describe, expect, it } from 'vitest';
import { TEE_PROPSET } from '../../../src/spec/v1/internal/constants.ts';
import { TEEC_RESULTS as R } from '../../../src/spec/v1/results.ts';
import { UUID } from '../../domain/support.ts';
import { evaluator } from './support.ts';

const { CURRENT_TA: TA, CURRENT_CLIENT: CLIENT, TEE_IMPLEMENTATION: TEE } = TEE_PROPSET;
const PROPERTIES = {
  'a.number': '4K',
  'a.hex': '0xFFFFFFFF',
  'a.binary': '0b101',
  'a.large': '18446744073709551615',
  'a.larger': '18446744073709551616',
  'a.truth': 'TRUE',
  'a.base64': 'AQID',
  'a.uuid': UUID.toUpperCase(),
  'a.identity': `1:${UUID}`,
  'a.login': '0xf0000000',
  'a.text': '密',
  'a.long': '9'.repeat(200),
  __proto__x: 'x',
  constructor: 'c',
};
const open = () => evaluator({ manifest: { properties: PROPERTIES, version: 7 } });

describe('[part of CC-002] properties', () => {
  it.each<[number, string, string, unknown]>([
    [TA, 'gpd.ta.appID', 'UUID', UUID],
    [TA, 'gpd.ta.appID', 'String', UUID],
    [TA, 'gpd.ta.singleInstance', 'Bool', true],
    [TA, 'gpd.ta.multiSession', 'String', 'true'],
    [TA, 'gpd.ta.instanceKeepAlive', 'Bool', true],
    [TA, 'gpd.ta.dataSize', 'U32', 1 << 20],
    [TA, 'gpd.ta.dataSize', 'U64', `${1 << 20}n`],
    [TA, 'gpd.ta.dataSize', 'String', String(1 << 20)],
    [TA, 'gpd.ta.version', 'String', '7'],
    [TA, 'gpd.ta.description', 'String', 'test application'],
    [TA, 'gpd.ta.endian', 'U32', 0],
    [TA, 'a.number', 'U32', 4096],
    [TA, 'a.hex', 'U32', 0xffffffff],
    [TA, 'a.binary', 'U32', 5],
    [TA, 'a.large', 'U64', '18446744073709551615n'],
    [TA, 'a.truth', 'Bool', true],
    [TA, 'a.base64', 'BinaryBlock', [1, 2, 3]],
    [TA, 'a.uuid', 'UUID', UUID],
    [TA, 'a.identity', 'Identity', { login: 1, uuid: UUID }],
    [TA, 'a.login', 'Identity', { login: 0xf0000000, uuid: '00000000-0000-0000-0000-000000000000' }],
    [TA, 'a.text', 'String', '密'],
    [TA, 'constructor', 'String', 'c'],
    [CLIENT, 'gpd.client.identity', 'Identity', { login: 0, uuid: '00000000-0000-0000-0000-000000000000' }],
    [CLIENT, 'gpd.client.identity', 'String', '0:00000000-0000-0000-0000-000000000000'],
    [CLIENT, 'gpd.client.endian', 'U32', 0],
    [TEE, 'gpd.tee.apiversion', 'String', '1.3'],
    [TEE, 'gpd.tee.internalCore.version', 'U32', 0x01030100],
    [TEE, 'gpd.tee.deviceID', 'UUID', 'abababab-abab-8bab-abab-abababababab'],
    [TEE, 'gpd.tee.systemTime.protectionLevel', 'U32', 100],
    [TEE, 'gpd.tee.TAPersistentTime.protectionLevel', 'U32', 100],
    [TEE, 'gpd.tee.arith.maxBigIntSize', 'U32', 4096],
    [TEE, 'gpd.tee.cryptography.ecc', 'Bool', true],
    [TEE, 'gpd.tee.cryptography.nist', 'Bool', false],
    [TEE, 'gpd.tee.trustedStorage.antiRollback.protectionLevel', 'U32', 100],
    [TEE, 'cssi.tee.tcbVersion', 'U32', 1],
  ])('%i %s as %s', async (set, name, type, expected) => {
    const { value } = await open();
    expect(await value(`tee.TEE_GetPropertyAs${type}(${set}, ${JSON.stringify(name)})`)).toEqual(expected);
  });

  it.each([
    [TA, 'gpd.ta.appID', 'Bool'],
    [TA, 'gpd.ta.appID', 'U32'],
    [TA, 'gpd.ta.singleInstance', 'U32'],
    [TA, 'gpd.ta.singleInstance', 'BinaryBlock'],
    [TA, 'gpd.ta.dataSize', 'UUID'],
    [TA, 'gpd.ta.dataSize', 'Identity'],
    [TA, 'gpd.ta.description', 'U32'],
    [TA, 'gpd.ta.description', 'Bool'],
    [TA, 'gpd.ta.description', 'UUID'],
    [TA, 'gpd.ta.description', 'BinaryBlock'],
    [TA, 'a.large', 'U32'],
    [TA, 'a.larger', 'U64'],
    [TA, 'a.long', 'U64'],
    [TA, 'a.text', 'Identity'],
    [CLIENT, 'gpd.client.identity', 'UUID'],
  ])('%i %s is no %s', async (set, name, type) => {
    const { value } = await open();
    expect(await value(`thrown(() => tee.TEE_GetPropertyAs${type}(${set}, ${JSON.stringify(name)}))`)).toBe(
      'BAD_FORMAT',
    );
  });

  it.each([
    [TA, 'gpd.tee.apiversion'],
    [TEE, 'gpd.ta.appID'],
    [CLIENT, 'gpd.ta.appID'],
    [TA, ''],
    [TA, '__proto__'],
    [TA, 'toString'],
    [TA, 'GPD.TA.APPID'],
  ])('%i has no %s', async (set, name) => {
    const { value } = await open();
    expect(await value(`thrown(() => tee.TEE_GetPropertyAsString(${set}, ${JSON.stringify(name)}))`)).toBe(
      'ITEM_NOT_FOUND',
    );
  });

  it('SHORT_BUFFER names what is required, a string with its end', async () => {
    const { value } = await open();
    expect(await value(`thrown(() => tee.TEE_GetPropertyAsString(${TA}, 'a.text', 3))`)).toBe(
      'SHORT_BUFFER 4',
    );
    expect(await value(`tee.TEE_GetPropertyAsString(${TA}, 'a.text', 4)`)).toBe('密');
    expect(await value(`thrown(() => tee.TEE_GetPropertyAsBinaryBlock(${TA}, 'a.base64', 2))`)).toBe(
      'SHORT_BUFFER 3',
    );
    expect(await value(`tee.TEE_GetPropertyAsBinaryBlock(${TA}, 'a.base64', 3)`)).toEqual([1, 2, 3]);
  });

  it('enumerators give every property of a set once', async () => {
    const { value } = await open();
    const names = await value(`(() => {
      const e = tee.TEE_AllocatePropertyEnumerator(); tee.TEE_StartPropertyEnumerator(e, ${TA});
      const names = [];
      for (;;) { names.push(tee.TEE_GetPropertyName(e) + '=' + tee.TEE_GetPropertyAsString(e, null)); if (thrown(() => tee.TEE_GetNextProperty(e)) !== 'nothing') break }
      const end = [thrown(() => tee.TEE_GetPropertyName(e)), thrown(() => tee.TEE_GetPropertyAsString(e, null)), thrown(() => tee.TEE_GetNextProperty(e))];
      tee.TEE_StartPropertyEnumerator(e, ${TEE}); names.push(tee.TEE_GetPropertyName(e)); names.push(thrown(() => tee.TEE_GetPropertyName(e, 3)));
      tee.TEE_ResetPropertyEnumerator(e); names.push(thrown(() => tee.TEE_GetPropertyName(e))); tee.TEE_FreePropertyEnumerator(e);
      return [names, end] })()`);
    const [list, end] = names as [string[], string[]];
    expect(list[0]).toBe(`gpd.ta.appID=${UUID}`);
    expect(list).toContain('a.number=4K');
    expect(list.slice(-3)).toEqual(['gpd.tee.apiversion', 'SHORT_BUFFER 19', 'ITEM_NOT_FOUND']);
    expect(new Set(list).size).toBe(10 + Object.keys(PROPERTIES).length + 3);
    expect(end).toEqual(['ITEM_NOT_FOUND', 'ITEM_NOT_FOUND', 'ITEM_NOT_FOUND']);
  });

  it.each([
    ['a set that is none', `tee.TEE_GetPropertyAsString(5, 'x')`],
    ['a set that is text', `tee.TEE_GetPropertyAsString('x', 'x')`],
    ['no name', `tee.TEE_GetPropertyAsString(${TA}, null)`],
    ['a name that is a number', `tee.TEE_GetPropertyAsString(${TA}, 5)`],
    ['an object for an enumerator', `tee.TEE_GetPropertyAsString({ kind: 'property-enumerator' }, null)`],
    ['null for an enumerator', `tee.TEE_GetPropertyName(null)`],
    [
      'a freed enumerator',
      `(() => { const e = tee.TEE_AllocatePropertyEnumerator(); tee.TEE_FreePropertyEnumerator(e); tee.TEE_GetPropertyName(e) })()`,
    ],
    [
      'an enumerator of a set that is none',
      `tee.TEE_StartPropertyEnumerator(tee.TEE_AllocatePropertyEnumerator(), 1)`,
    ],
    ['a size below zero', `tee.TEE_GetPropertyAsString(${TA}, 'a.text', -1)`],
  ])('%s is a panic', async (_name, expression) => {
    const { result } = await open();
    expect(await result(expression)).toBe(R.TARGET_DEAD);
  });

  it('count against the quota while enumerators are open', async () => {
    const { value, control } = await evaluator({ manifest: { memoryBytes: 4096 } });
    expect(
      await value(`thrown(() => { for (let i = 0; i < 100; i++) tee.TEE_AllocatePropertyEnumerator() })`),
    ).toBe('OUT_OF_MEMORY');
    const stats = JSON.parse(new TextDecoder().decode((await control('stats')).parts[0]));
    expect(stats.memory.used).toBe(4096);
  });
});
