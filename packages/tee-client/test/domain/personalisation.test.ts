import { Secret } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { sealPersonalisation } from '../../src/adapters/software/core/personalisation-box.ts';
import { TEEC_RESULTS as R } from '../../src/spec/v1/results.ts';
import { launch, script, UUID } from './support.ts';

const CODE = script(`{
  TA_OpenSessionEntryPoint: () => tee.TEE_GetPropertyAsIdentity(0xfffffffe, 'gpd.client.identity').login,
  TA_CloseSessionEntryPoint: () => tee.CSSI_Log('closed'),
  TA_InvokeCommandEntryPoint: (login, command, types, params) => {
    if (login !== 0xf1000000 || command !== 0xffff0001) throw tee.error('ACCESS_DENIED');
    tee.CSSI_Log(new TextDecoder().decode(params[0].buffer));
  } }`);
const seed = new Uint8Array(32).fill(5);
const box = (uuid: string, with_ = seed): Uint8Array => {
  const secret = Secret.copy(with_);
  try {
    return sealPersonalisation(secret, uuid, new TextEncoder().encode('data of the domain'));
  } finally {
    secret.destroy();
  }
};

describe('[part of CC-042] personalisation', () => {
  it('reaches the application in a session that no client can open', async () => {
    const { control, events } = await launch(CODE, { seed, manifest: { logins: [0], commands: [1] } });
    expect(await control('personalise', box(UUID))).toMatchObject({ result: 0, params: [] });
    expect(events.map(({ detail }) => detail)).toEqual(['data of the domain', 'closed']);
  });

  it.each<[string, Uint8Array]>([
    ['for another application', box('7d1c3f10-0000-4000-8000-000000000002')],
    ['for another device', box(UUID, new Uint8Array(32).fill(6))],
    ['that was changed', box(UUID).map((byte, i) => (i === 20 ? byte ^ 1 : byte))],
    ['that is empty', new Uint8Array(0)],
  ])('refuses a box %s', async (_name, part) => {
    const { control, events } = await launch(CODE, { seed });
    expect((await control('personalise', part)).error?.code).toBe('ERR_TEE_CHANNEL');
    expect(events).toEqual([]);
  });

  it('gives the answer of an application that wants no data', async () => {
    const refusing = script(
      `{ TA_OpenSessionEntryPoint: () => 1, TA_InvokeCommandEntryPoint: () => { throw tee.error('NOT_SUPPORTED') } }`,
    );
    const { control } = await launch(refusing, { seed });
    expect(await control('personalise', box(UUID))).toMatchObject({ result: R.NOT_SUPPORTED, origin: 4 });
  });
});
