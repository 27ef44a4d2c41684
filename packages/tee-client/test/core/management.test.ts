import { parseCertificate } from '@cssi/pki';
import { canonicalJson, fromBase64, Secret, sm3, toBase64, toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { openPersonalisation } from '../../src/adapters/software/core/personalisation-box.ts';
import {
  encryptPersonalisation,
  type ManagementSigner,
  plainPersonalisation,
  verifyReceipt,
} from '../../src/management/index.ts';
import {
  MANAGEMENT_PRIVILEGES,
  type ManagementAction,
  type ManagementPrivilege,
  ROOT_SECURITY_DOMAIN,
} from '../../src/spec/v1/management.ts';
import { parseSignedCommand } from '../../src/spec/v1/management-codec.ts';
import {
  BUILT_IN_UUID,
  bundleOf,
  keyOf,
  OPTIONAL_UUID,
  OTHER_UUID,
  pairA,
  pairB,
  root,
  rootPair,
  SD_A,
  SD_B,
  signerA,
  signerB,
  stranger,
  strangerPair,
  TA_UUID,
  TestCore,
  TIME,
} from './core-support.ts';

const NO_BYTES = new Uint8Array(0);
const digest = (bytes: Uint8Array): string => toHex(sm3(bytes));
const installing = (bundle: Uint8Array): ManagementAction => ({
  action: 'install-ta',
  bundleDigest: digest(bundle),
});
const updating = (bundle: Uint8Array): ManagementAction => ({
  action: 'update-ta',
  bundleDigest: digest(bundle),
});
const asA = { signer: signerA, domain: SD_A };
const asB = { signer: signerB, domain: SD_B };

const own = await bundleOf();
const ofA = await bundleOf({}, signerA);
const next = await bundleOf({ version: 4 });
const nextOfA = await bundleOf({ version: 4 }, signerA);
const otherOfB = await bundleOf({ uuid: OTHER_UUID }, signerB);

/** Two domains with an application each. */
async function twoDomains(): Promise<TestCore> {
  const core = new TestCore();
  await core.execute({ action: 'install-sd', sd: SD_A, keys: [keyOf(pairA)] });
  await core.execute({ action: 'install-sd', sd: SD_B, keys: [keyOf(pairB)] });
  await core.execute(installing(ofA), ofA, asA);
  await core.execute(installing(otherOfB), otherOfB, asB);
  return core;
}

/** Runs a command that has to be refused: with this code, recorded, and without any effect. */
async function refused(core: TestCore, code: string, run: () => unknown | Promise<unknown>): Promise<void> {
  const before = core.snapshot();
  const count = core.audit().length;
  let error: { code?: string; detail?: string } = {};
  try {
    await run();
  } catch (caught) {
    error = caught as typeof error;
  }
  expect(`${error.code} ${error.detail ?? ''}`.trim()).toContain(code);
  expect(core.snapshot()).toEqual(before);
  const records = core.audit();
  expect(records.length).toBe(count + 1);
  expect(records.at(-1)).toMatchObject({ event: 'management-refused', code: error.code });
}

const attestationKey = (core: TestCore): Uint8Array =>
  parseCertificate(fromBase64(core.info.attestationCertificate)).sm2PublicKey ?? NO_BYTES;

describe('the life cycle of an application [CC-045]', () => {
  it('install, personalise, update, lock, unlock, delete, each with a receipt and a record', async () => {
    const core = new TestCore();
    const data = plainPersonalisation(utf8('data'));
    const encrypted = encryptPersonalisation(TA_UUID, utf8('secret'), fromBase64(core.info.bundleKey));
    const steps: readonly (readonly [ManagementAction, Uint8Array, string | undefined])[] = [
      [installing(own), own, '3 selectable'],
      [{ action: 'personalise-ta', ta: TA_UUID, dataDigest: digest(data) }, data, '3 selectable'],
      [{ action: 'personalise-ta', ta: TA_UUID, dataDigest: digest(encrypted) }, encrypted, '3 selectable'],
      [updating(next), next, '4 selectable'],
      [{ action: 'lock-ta', ta: TA_UUID }, NO_BYTES, '4 locked'],
      [{ action: 'unlock-ta', ta: TA_UUID }, NO_BYTES, '4 selectable'],
      [{ action: 'delete-ta', ta: TA_UUID }, NO_BYTES, undefined],
    ];
    for (const [action, payload, expected] of steps) {
      const { receipt, command } = await core.execute(action, payload);
      const stated = verifyReceipt(receipt, command, attestationKey(core));
      expect(stated).toMatchObject({ action: action.action, device: core.info.device, time: TIME });
      const entry = core.snapshot().applications.find(({ uuid }) => uuid === TA_UUID);
      expect(entry === undefined ? undefined : `${entry.version} ${entry.state}`).toBe(expected);
      const record = core.audit().at(-1);
      expect(record).toMatchObject({ event: 'management', uuid: TA_UUID, domain: ROOT_SECURITY_DOMAIN });
      expect(record?.detail).toContain(`action=${action.action}`);
      expect(stated.audit).toBe(digest(Uint8Array.of(...canonicalJson({ ...record! }), 10)));
    }
  });

  it('tells the host what to stop and to forget', async () => {
    const core = new TestCore();
    const effects = async (action: ManagementAction, payload: Uint8Array = NO_BYTES) =>
      (await core.execute(action, payload)).effect;
    expect(await effects(installing(own), own)).toEqual({ stop: [], forget: [] });
    expect(await effects(updating(next), next)).toEqual({ stop: [TA_UUID], forget: [] });
    expect(await effects({ action: 'lock-ta', ta: TA_UUID })).toEqual({ stop: [TA_UUID], forget: [] });
    expect(await effects({ action: 'delete-ta', ta: TA_UUID })).toEqual({
      stop: [TA_UUID],
      forget: [TA_UUID],
    });
    core.stop();
    // The host may have died before it did so: it is told again, until the uuid runs again.
    const again = new TestCore({ folder: core.folder });
    expect(again.info.forget).toEqual([TA_UUID]);
    await again.execute(installing(next), next);
    again.launch();
    again.stop();
    expect(new TestCore({ folder: core.folder }).info.forget).toEqual([]);
  });

  it('personalisation data leave the core only in a box the application opens', async () => {
    const core = new TestCore();
    await core.execute(installing(own), own);
    for (const payload of [
      plainPersonalisation(utf8('secret')),
      encryptPersonalisation(TA_UUID, utf8('secret'), fromBase64(core.info.bundleKey)),
    ]) {
      const action = { action: 'personalise-ta', ta: TA_UUID, dataDigest: digest(payload) } as const;
      const { effect } = await core.execute(action, payload);
      expect(effect.personalise?.ta).toBe(TA_UUID);
      const box = fromBase64(effect.personalise!.data);
      expect(Buffer.from(box).includes('secret')).toBe(false);
      const seed = Secret.copy(core.launch().grant.seed);
      expect(openPersonalisation(seed, TA_UUID, box)).toEqual(utf8('secret'));
    }
  });

  it('a built-in application can be updated, locked and personalised by the root domain, not deleted', async () => {
    const core = await twoDomains();
    const update = await bundleOf({ uuid: BUILT_IN_UUID, version: 2 });
    await refused(core, 'ERR_TEE_MANAGEMENT_STATE reason=installed', () =>
      core.execute(installing(update), update),
    );
    const fromA = await bundleOf({ uuid: BUILT_IN_UUID, version: 2 }, signerA);
    await refused(core, 'ERR_TEE_MANAGEMENT_DENIED reason=domain', () =>
      core.execute(updating(fromA), fromA, asA),
    );
    await refused(core, 'ERR_TEE_BUNDLE_SIGNATURE reason=signer', () => core.execute(updating(fromA), fromA));
    await core.execute({ action: 'lock-ta', ta: BUILT_IN_UUID });
    await core.execute({ action: 'unlock-ta', ta: BUILT_IN_UUID });
    const remove = { action: 'delete-ta', ta: BUILT_IN_UUID } as const;
    await refused(core, 'ERR_TEE_MANAGEMENT_STATE reason=built-in', () => core.execute(remove));
    await core.execute(updating(update), update);
    await refused(core, 'ERR_TEE_MANAGEMENT_STATE reason=built-in', () => core.execute(remove));
  });
});

describe('who may do what [CC-045] [part of CC-042]', () => {
  const actions: readonly (readonly [ManagementAction, Uint8Array, ManagementPrivilege])[] = [
    [{ action: 'install-sd', sd: SD_B, keys: [keyOf(pairB)] }, NO_BYTES, 'sd-management'],
    [{ action: 'update-sd', sd: SD_A, keys: [keyOf(pairB)] }, NO_BYTES, 'sd-management'],
    [{ action: 'block-sd', sd: SD_A }, NO_BYTES, 'sd-management'],
    [installing(next), next, 'ta-management'],
    [{ action: 'lock-ta', ta: TA_UUID }, NO_BYTES, 'ta-management'],
    [{ action: 'delete-ta', ta: TA_UUID }, NO_BYTES, 'ta-management'],
    [updating(nextOfA), nextOfA, 'ta-management'],
    [
      { action: 'personalise-ta', ta: TA_UUID, dataDigest: digest(plainPersonalisation(utf8('x'))) },
      plainPersonalisation(utf8('x')),
      'personalisation',
    ],
    [{ action: 'lock-tee' }, NO_BYTES, 'tee-management'],
    [{ action: 'factory-reset' }, NO_BYTES, 'tee-management'],
    [{ action: 'raise-tcb-floor', minimum: 2 }, NO_BYTES, 'tee-management'],
  ];

  const named = (wanted: (entry: (typeof actions)[number]) => boolean) =>
    actions.filter(wanted).map((entry) => [entry[0].action, ...entry] as const);

  it.each(named(() => true))('%s takes its privilege, no other one', async (_, action, payload, needed) => {
    const core = new TestCore();
    const wrong = MANAGEMENT_PRIVILEGES.filter((privilege) => privilege !== needed);
    await core.execute({ action: 'install-sd', sd: SD_A, keys: [keyOf(pairA)] });
    await core.execute(installing(ofA), ofA, asA);
    const keys = [
      { publicKey: toBase64(rootPair.publicKey), privileges: [...MANAGEMENT_PRIVILEGES] },
      { publicKey: toBase64(strangerPair.publicKey), privileges: wrong },
    ];
    await core.execute({ action: 'update-sd', sd: ROOT_SECURITY_DOMAIN, keys });
    await refused(core, 'ERR_TEE_MANAGEMENT_DENIED reason=privilege', () =>
      core.execute(action, payload, { signer: stranger }),
    );
    const allowed = keys.map((key) => ({
      ...key,
      privileges: key.privileges.length === wrong.length ? [needed] : key.privileges,
    }));
    await core.execute({ action: 'update-sd', sd: ROOT_SECURITY_DOMAIN, keys: allowed });
    const done = await core.execute(action, payload, { signer: stranger }).then(
      () => 'done',
      (error) => String(error.code),
    );
    // Installing from the root domain what is installed already: allowed, but not possible.
    expect(done).toBe(action.action === 'install-ta' ? 'ERR_TEE_MANAGEMENT_STATE' : 'done');
  });

  it.each(named(() => true))('%s by a stranger is refused', async (_, action, payload) => {
    const core = await twoDomains();
    await refused(core, 'ERR_TEE_MANAGEMENT_DENIED reason=signer', () =>
      core.execute(action, payload, { signer: stranger }),
    );
    await refused(core, 'ERR_TEE_MANAGEMENT_DENIED reason=signer', () =>
      core.execute(action, payload, { signer: stranger, domain: SD_A }),
    );
  });

  it.each(named(([, , privilege]) => privilege === 'tee-management'))(
    '%s by a domain below the root is refused',
    async (_, action, payload) => {
      const core = await twoDomains();
      await refused(core, 'ERR_TEE_MANAGEMENT_DENIED', () => core.execute(action, payload, asA));
      // Nor by a root key that acts in that domain.
      await refused(core, 'ERR_TEE_MANAGEMENT_DENIED reason=domain', () =>
        core.execute(action, payload, { domain: SD_A }),
      );
    },
  );

  it('a domain does not reach into another one', async () => {
    const core = await twoDomains();
    const intoB: readonly (readonly [ManagementAction, Uint8Array?])[] = [
      [{ action: 'lock-ta', ta: OTHER_UUID }],
      [{ action: 'delete-ta', ta: OTHER_UUID }],
      [{ action: 'update-sd', sd: SD_B, keys: [keyOf(pairA)] }],
      [{ action: 'update-sd', sd: ROOT_SECURITY_DOMAIN, keys: [keyOf(pairA)] }],
      [{ action: 'uninstall-sd', sd: SD_B }],
      [{ action: 'lock-ta', ta: BUILT_IN_UUID }],
    ];
    for (const [action, payload] of intoB) {
      await refused(core, 'ERR_TEE_MANAGEMENT_DENIED reason=domain', () =>
        core.execute(action, payload, asA),
      );
    }
    const theirs = await bundleOf({ uuid: OTHER_UUID, version: 9 }, signerA);
    await refused(core, 'ERR_TEE_MANAGEMENT_DENIED reason=domain', () =>
      core.execute(updating(theirs), theirs, asA),
    );
    await refused(core, 'ERR_TEE_MANAGEMENT_STATE reason=installed', () =>
      core.execute(installing(theirs), theirs, asA),
    );
    // Signing with one's own key under the other's name.
    await refused(core, 'ERR_TEE_MANAGEMENT_DENIED reason=signer', () =>
      core.execute({ action: 'lock-ta', ta: OTHER_UUID }, undefined, { signer: signerA, domain: SD_B }),
    );
  });

  it('the root domain may act in any', async () => {
    const core = await twoDomains();
    await core.execute({ action: 'lock-ta', ta: TA_UUID });
    await core.execute({ action: 'unlock-ta', ta: TA_UUID }, undefined, { domain: SD_A });
    await core.execute({ action: 'update-sd', sd: SD_B, keys: [keyOf(pairA)] });
    await core.execute({ action: 'delete-ta', ta: TA_UUID });
  });

  it('a blocked domain may do nothing, until it is unblocked; its applications stop', async () => {
    const core = await twoDomains();
    const { effect } = await core.execute({ action: 'block-sd', sd: SD_A });
    expect(effect.stop).toEqual([TA_UUID]);
    await refused(core, 'ERR_TEE_MANAGEMENT_DENIED reason=blocked', () =>
      core.execute({ action: 'lock-ta', ta: TA_UUID }, undefined, asA),
    );
    await refused(core, 'ERR_TEE_MANAGEMENT_STATE reason=blocked', () =>
      core.execute({ action: 'block-sd', sd: SD_A }),
    );
    await core.execute({ action: 'unblock-sd', sd: SD_A });
    await core.execute({ action: 'lock-ta', ta: TA_UUID }, undefined, asA);
    await refused(core, 'ERR_TEE_MANAGEMENT_STATE reason=not-blocked', () =>
      core.execute({ action: 'unblock-sd', sd: SD_A }),
    );
  });

  it('a domain may change its own keys, but not give itself what acts on the device', async () => {
    const core = await twoDomains();
    const keys = [{ ...keyOf(pairA), privileges: ['tee-management'] as const }];
    await refused(core, 'ERR_TEE_MANAGEMENT_DENIED reason=privilege', () =>
      core.execute({ action: 'update-sd', sd: SD_A, keys }, undefined, asA),
    );
    await refused(core, 'ERR_TEE_MANAGEMENT_DENIED reason=privilege', () =>
      core.execute({ action: 'install-sd', sd: '7d5d1b58-1d4b-4c0e-9d8c-0a3cf2f0c009', keys }),
    );
    await core.execute({ action: 'update-sd', sd: SD_A, keys: [keyOf(pairB)] }, undefined, asA);
    await refused(core, 'ERR_TEE_MANAGEMENT_DENIED reason=signer', () =>
      core.execute({ action: 'lock-ta', ta: TA_UUID }, undefined, asA),
    );
  });

  it('the root domain cannot be installed, blocked, removed or left without keys', async () => {
    const core = new TestCore();
    const sd = ROOT_SECURITY_DOMAIN;
    const state = 'ERR_TEE_MANAGEMENT_STATE reason=';
    await refused(core, `${state}installed`, () =>
      core.execute({ action: 'install-sd', sd, keys: [keyOf(pairA)] }),
    );
    await refused(core, `${state}root`, () => core.execute({ action: 'block-sd', sd }));
    await refused(core, `${state}root`, () => core.execute({ action: 'uninstall-sd', sd }));
    await refused(core, `${state}root-keys`, () =>
      core.execute({ action: 'update-sd', sd, keys: [keyOf(pairA)] }),
    );
  });

  it('a device without a management key takes no command', async () => {
    const core = new TestCore({ managementKey: undefined });
    await refused(core, 'ERR_TEE_MANAGEMENT_DENIED reason=unmanaged', () =>
      core.execute({ action: 'lock-tee' }),
    );
  });
});

describe('commands that do not fit', () => {
  it('the state', async () => {
    const core = await twoDomains();
    const cases: readonly (readonly [ManagementAction, string])[] = [
      [{ action: 'unlock-ta', ta: TA_UUID }, 'ERR_TEE_MANAGEMENT_STATE reason=not-locked'],
      [{ action: 'unlock-tee' }, 'ERR_TEE_MANAGEMENT_STATE reason=not-locked'],
      [{ action: 'install-sd', sd: SD_A, keys: [keyOf(pairA)] }, 'ERR_TEE_MANAGEMENT_STATE reason=installed'],
      [{ action: 'uninstall-sd', sd: SD_A }, 'ERR_TEE_MANAGEMENT_STATE reason=applications'],
      [{ action: 'raise-tcb-floor', minimum: 1 }, 'ERR_TEE_MANAGEMENT_STATE reason=not-higher'],
    ];
    for (const [action, code] of cases) await refused(core, code, () => core.execute(action));
    await core.execute({ action: 'lock-ta', ta: TA_UUID });
    await refused(core, 'ERR_TEE_MANAGEMENT_STATE reason=locked', () =>
      core.execute({ action: 'lock-ta', ta: TA_UUID }),
    );
    const data = plainPersonalisation(utf8('x'));
    await refused(core, 'ERR_TEE_MANAGEMENT_STATE reason=locked', () =>
      core.execute({ action: 'personalise-ta', ta: TA_UUID, dataDigest: digest(data) }, data),
    );
  });

  it('a target that is not there', async () => {
    const core = new TestCore();
    const target = 'ERR_TEE_MANAGEMENT_TARGET';
    const data = plainPersonalisation(utf8('x'));
    const dataDigest = digest(data);
    await refused(core, target, () => core.execute({ action: 'lock-ta', ta: TA_UUID }));
    await refused(core, target, () => core.execute({ action: 'delete-ta', ta: TA_UUID }));
    await refused(core, target, () =>
      core.execute({ action: 'personalise-ta', ta: TA_UUID, dataDigest }, data),
    );
    await refused(core, target, () => core.execute(updating(own), own));
    await refused(core, target, () => core.execute({ action: 'block-sd', sd: SD_A }));
    await refused(core, target, () => core.execute({ action: 'uninstall-sd', sd: SD_A }));
    await refused(core, target, () => core.execute({ action: 'update-sd', sd: SD_A, keys: [keyOf(pairA)] }));
    await refused(core, target, () =>
      core.execute({ action: 'lock-ta', ta: TA_UUID }, undefined, { domain: SD_A }),
    );
  });

  it('a locked TEE takes only what unlocks or secures it', async () => {
    const core = await twoDomains();
    await core.execute({ action: 'lock-tee' });
    for (const action of ['lock-ta', 'delete-ta'] as const) {
      await refused(core, 'ERR_TEE_MANAGEMENT_STATE reason=tee-locked', () =>
        core.execute({ action, ta: TA_UUID }, undefined, asA),
      );
    }
    await refused(core, 'ERR_TEE_MANAGEMENT_STATE', () => core.execute({ action: 'lock-tee' }));
    await core.execute({ action: 'unlock-tee' });
    await core.execute({ action: 'lock-ta', ta: TA_UUID }, undefined, asA);
  });

  it('a payload that is another, missing or too much', async () => {
    const core = new TestCore();
    const payload = 'ERR_TEE_MANAGEMENT_PAYLOAD';
    await refused(core, payload, () => core.execute(installing(own), next));
    await refused(core, payload, () => core.execute(installing(own)));
    await refused(core, payload, () => core.execute({ action: 'lock-tee' }, own));
    const data = plainPersonalisation(utf8('x'));
    const action = { action: 'personalise-ta', ta: BUILT_IN_UUID, dataDigest: digest(data) } as const;
    await refused(core, payload, () => core.execute(action, data.slice(0, -1)));
    const stranger = new TestCore();
    const key = fromBase64(stranger.info.bundleKey);
    const cases = [
      encryptPersonalisation(BUILT_IN_UUID, utf8('x'), key),
      // For another application of this TEE.
      encryptPersonalisation(TA_UUID, utf8('x'), fromBase64(core.info.bundleKey)),
    ];
    for (const bytes of cases) {
      await refused(core, `${payload} reason=recipient`, () =>
        core.execute({ ...action, dataDigest: digest(bytes) }, bytes),
      );
    }
    for (const bytes of [NO_BYTES, utf8('CSTP'), data.slice(0, -1), Uint8Array.of(...data, 0)]) {
      await refused(core, 'ERR_TEE_MANAGEMENT_MALFORMED', () =>
        core.execute({ ...action, dataDigest: digest(bytes) }, bytes),
      );
    }
  });

  it('a payload that was delivered wrong does not use the command up', async () => {
    const core = new TestCore();
    const command = await core.command(installing(own));
    await refused(core, 'ERR_TEE_MANAGEMENT_PAYLOAD', () => core.manage(command, next));
    core.manage(command, own);
  });

  it('an older version, or the same once more [part of CC-004]', async () => {
    const core = new TestCore();
    await core.execute(installing(next), next);
    const same = await bundleOf({ version: 4, description: 'another of the same version' });
    for (const bundle of [own, next, same]) {
      await refused(core, 'ERR_TEE_BUNDLE_ROLLBACK', () => core.execute(updating(bundle), bundle));
    }
    await core.execute({ action: 'delete-ta', ta: TA_UUID });
    await refused(core, 'ERR_TEE_BUNDLE_ROLLBACK', () => core.execute(installing(own), own));
    await core.execute(installing(next), next);
  });

  it('a domain that takes a uuid in its highest version shuts nobody else out', async () => {
    const core = new TestCore();
    await core.execute({ action: 'install-sd', sd: SD_A, keys: [keyOf(pairA)] });
    const highest = await bundleOf({ version: 0xffff_ffff }, signerA);
    await core.execute(installing(highest), highest, asA);
    await refused(core, 'ERR_TEE_MANAGEMENT_STATE reason=installed', () =>
      core.execute(installing(own), own),
    );
    await core.execute({ action: 'delete-ta', ta: TA_UUID });
    await core.execute(installing(own), own);
    expect(core.launch().info.version).toBe(3);
    await core.execute({ action: 'delete-ta', ta: TA_UUID });
    // Its own floor it keeps.
    await refused(core, 'ERR_TEE_BUNDLE_ROLLBACK', () => core.execute(installing(ofA), ofA, asA));
  });

  it('a uuid of the package, offered at this start or not, is nobody’s to install', async () => {
    const core = new TestCore();
    await core.execute({ action: 'install-sd', sd: SD_A, keys: [keyOf(pairA)] });
    for (const uuid of [BUILT_IN_UUID, OPTIONAL_UUID]) {
      const bundle = await bundleOf({ uuid }, signerA);
      await refused(core, 'ERR_TEE_MANAGEMENT_STATE reason=installed', () =>
        core.execute(installing(bundle), bundle, asA),
      );
    }
  });

  it('an application whose uuid a later package brings can be deleted, and makes room for it', async () => {
    const core = new TestCore({ builtIns: new Map() });
    await core.execute({ action: 'install-sd', sd: SD_A, keys: [keyOf(pairA)] });
    const early = await bundleOf({ uuid: BUILT_IN_UUID, version: 9 }, signerA);
    await core.execute(installing(early), early, asA);
    core.stop();
    const again = new TestCore({ folder: core.folder });
    expect(again.launch(BUILT_IN_UUID).info).toMatchObject({ version: 9, image: '' });
    await again.execute({ action: 'delete-ta', ta: BUILT_IN_UUID });
    expect(again.launch(BUILT_IN_UUID).info).toMatchObject({ version: 1, image: 'built-in' });
  });

  it('a TCB floor that no update would soon reach', async () => {
    const core = new TestCore();
    for (const minimum of [102, 20_261_201, 0xffff_ffff]) {
      await refused(core, 'ERR_TEE_MANAGEMENT_STATE reason=too-high', () =>
        core.execute({ action: 'raise-tcb-floor', minimum }),
      );
    }
    core.launch(BUILT_IN_UUID);
    await core.execute({ action: 'raise-tcb-floor', minimum: 101 });
  });

  it('personalisation data encrypted for the application of another domain', async () => {
    const core = new TestCore();
    const key = fromBase64(core.info.bundleKey);
    await core.execute({ action: 'install-sd', sd: SD_A, keys: [keyOf(pairA)] });
    await core.execute(installing(ofA), ofA, asA);
    const personalising = (payload: Uint8Array): ManagementAction => ({
      action: 'personalise-ta',
      ta: TA_UUID,
      dataDigest: digest(payload),
    });
    // Meant for domain B's application of the same uuid, and taken off the wire by A.
    for (const domain of [SD_B, ROOT_SECURITY_DOMAIN]) {
      const foreign = encryptPersonalisation(TA_UUID, utf8('secret of B'), key, domain);
      await refused(core, 'ERR_TEE_MANAGEMENT_PAYLOAD reason=recipient', () =>
        core.execute(personalising(foreign), foreign, asA),
      );
    }
    const ownData = encryptPersonalisation(TA_UUID, utf8('secret of A'), key, SD_A);
    await core.execute(personalising(ownData), ownData, asA);
    await core.execute(personalising(ownData), ownData);
  });

  it('an unsigned or altered bundle, or one by a key that may not sign [part of CC-004]', async () => {
    const core = new TestCore();
    await core.execute({ action: 'install-sd', sd: SD_A, keys: [keyOf(pairA, ['ta-management'])] });
    await refused(core, 'ERR_TEE_BUNDLE_SIGNATURE reason=signer', () =>
      core.execute(installing(ofA), ofA, asA),
    );
    const stray = await bundleOf({}, stranger);
    await refused(core, 'ERR_TEE_BUNDLE_SIGNATURE reason=signer', () =>
      core.execute(installing(stray), stray),
    );
    const codes = new Set<string>();
    const step = 7;
    for (let at = 0; at < own.length; at += step) {
      const altered = own.slice();
      altered[at]! ^= 1;
      const code = await core.execute(installing(altered), altered).then(
        () => 'installed',
        (error) => String(error.code),
      );
      codes.add(code);
    }
    expect([...codes].sort()).toEqual([
      'ERR_TEE_BUNDLE_DIGEST',
      'ERR_TEE_BUNDLE_MALFORMED',
      'ERR_TEE_BUNDLE_SIGNATURE',
    ]);
    await refused(core, 'ERR_TEE_TCB_OUTDATED', async () => {
      const needs = await bundleOf({ minimumTcb: 2 });
      return core.execute(installing(needs), needs);
    });
  });
});

describe('commands that are not what was signed', () => {
  it('work once [part of CC-042]', async () => {
    const core = await twoDomains();
    const command = await core.command({ action: 'lock-ta', ta: TA_UUID }, asA);
    core.manage(command);
    await core.execute({ action: 'unlock-ta', ta: TA_UUID });
    await refused(core, 'ERR_TEE_MANAGEMENT_REPLAYED', () => core.manage(command));
    core.stop();
    const again = new TestCore({ folder: core.folder });
    await refused(again, 'ERR_TEE_MANAGEMENT_REPLAYED', () => again.manage(command));
  });

  it('need a higher number than any before, in their domain', async () => {
    const core = await twoDomains();
    const numbered = (sequence: number, options: { signer: ManagementSigner; domain: string }) =>
      core.command({ action: 'lock-ta', ta: TA_UUID }, { ...options, sequence });
    core.manage(await core.command({ action: 'lock-ta', ta: TA_UUID }, { ...asA, sequence: 1_000_000 }));
    for (const sequence of [1, 999_999, 1_000_000]) {
      await refused(core, 'ERR_TEE_MANAGEMENT_REPLAYED', async () =>
        core.manage(await numbered(sequence, asA)),
      );
    }
    // Other domains have numbers of their own.
    await core.execute({ action: 'lock-ta', ta: OTHER_UUID }, undefined, asB);
    await core.execute({ action: 'unlock-ta', ta: TA_UUID });
  });

  it('do not lie in wait: a refused one is used up too', async () => {
    const core = new TestCore();
    const command = await core.command({ action: 'lock-ta', ta: TA_UUID });
    await refused(core, 'ERR_TEE_MANAGEMENT_TARGET', () => core.manage(command));
    await refused(core, 'ERR_TEE_MANAGEMENT_REPLAYED', () => core.manage(command));
    await core.execute(installing(own), own);
    await refused(core, 'ERR_TEE_MANAGEMENT_REPLAYED', () => core.manage(command));
  });

  it('one that may not be given does not use up the number of the domain', async () => {
    const core = await twoDomains();
    const far = await core.command({ action: 'lock-tee' }, { ...asA, sequence: Number.MAX_SAFE_INTEGER });
    await refused(core, 'ERR_TEE_MANAGEMENT_DENIED', () => core.manage(far));
    await core.execute({ action: 'lock-ta', ta: TA_UUID }, undefined, asA);
  });

  it('a key without sd-management cannot use up the numbers of its domain', async () => {
    const core = await twoDomains();
    await core.execute({
      action: 'update-sd',
      sd: SD_A,
      keys: [keyOf(pairA), keyOf(pairB, ['ta-management', 'personalisation'])],
    });
    const lesser = { signer: signerB, domain: SD_A };
    const lock = { action: 'lock-ta', ta: TA_UUID } as const;
    for (const sequence of [2 ** 52 + 1, Number.MAX_SAFE_INTEGER]) {
      await refused(core, 'ERR_TEE_MANAGEMENT_DENIED reason=sequence', async () =>
        core.manage(await core.command(lock, { ...lesser, sequence })),
      );
    }
    core.manage(await core.command(lock, { ...lesser, sequence: 2 ** 52 }));
    const unlock = { action: 'unlock-ta', ta: TA_UUID } as const;
    core.manage(await core.command(unlock, { ...asA, sequence: 2 ** 52 + 1 }));
  });

  it('numbers survive the end of a domain and a factory reset', async () => {
    const core = await twoDomains();
    const command = await core.command({ action: 'delete-ta', ta: TA_UUID }, asA);
    core.manage(command);
    await core.execute({ action: 'uninstall-sd', sd: SD_A });
    await core.execute({ action: 'install-sd', sd: SD_A, keys: [keyOf(pairA)] });
    await refused(core, 'ERR_TEE_MANAGEMENT_REPLAYED', () => core.manage(command));
    const reset = await core.command({ action: 'factory-reset' });
    core.manage(reset);
    await refused(core, 'ERR_TEE_MANAGEMENT_REPLAYED', () => core.manage(reset));
  });

  it('are bound to one device', async () => {
    const [core, other] = [new TestCore(), new TestCore()];
    const command = await core.command({ action: 'lock-tee' }, { device: other.info.device });
    await refused(core, 'ERR_TEE_MANAGEMENT_DEVICE', () => core.manage(command));
    other.manage(command);
  });

  it('every flipped bit of a command is refused', async () => {
    const core = new TestCore();
    const command = await core.command({ action: 'raise-tcb-floor', minimum: 9 });
    const codes = new Set<string>();
    for (let at = 0; at < command.length; at++) {
      const altered = command.slice();
      altered[at]! ^= 1 << (at & 7);
      try {
        core.manage(altered);
        codes.add('executed');
      } catch (error) {
        codes.add(String((error as { code?: string }).code));
      }
    }
    expect([...codes].sort()).toEqual([
      'ERR_TEE_MANAGEMENT_DENIED',
      'ERR_TEE_MANAGEMENT_DEVICE',
      'ERR_TEE_MANAGEMENT_MALFORMED',
      'ERR_TEE_MANAGEMENT_SIGNATURE',
    ]);
    core.manage(command);
  });

  it('every field changed under the old signature is refused', async () => {
    const core = await twoDomains();
    const action = { action: 'lock-ta', ta: TA_UUID } as const;
    const command = await core.command(action, asA);
    const parsed = parseSignedCommand(command).command as unknown as Record<string, string | number>;
    const changes: readonly Record<string, string | number>[] = [
      { ta: OTHER_UUID },
      { action: 'unlock-ta' },
      { action: 'delete-ta' },
      { sequence: 999_999 },
      { domain: SD_B },
      { domain: ROOT_SECURITY_DOMAIN },
      { device: 'ab'.repeat(32) },
      { signer: parseSignedCommand(await core.command(action)).command.signer },
    ];
    for (const change of changes) {
      const body = canonicalJson({ ...parsed, ...change });
      const header = new Uint8Array(4);
      new DataView(header.buffer).setUint32(0, body.length);
      const altered = Uint8Array.of(...header, ...body, ...command.slice(-64));
      await refused(core, 'ERR_TEE_MANAGEMENT_', () => core.manage(altered));
    }
    core.manage(command);
  });

  it.each([
    ['nothing', NO_BYTES],
    ['noise', new Uint8Array(200).fill(0x5a)],
    ['far too long', new Uint8Array(1 << 20)],
  ])('%s is refused and recorded', async (_, bytes) => {
    const core = new TestCore();
    await refused(core, 'ERR_TEE_MANAGEMENT_MALFORMED', () => core.manage(bytes));
  });
});

describe('factory reset', () => {
  it('takes applications, domains, locks and all storage away; keeps identity, floors and the log', async () => {
    const core = await twoDomains();
    const seed = toHex(core.launch(BUILT_IN_UUID).grant.seed);
    await core.execute({ action: 'lock-ta', ta: BUILT_IN_UUID });
    await core.execute({ action: 'lock-tee' });
    const records = core.audit().length;
    const { effect } = await core.execute({ action: 'factory-reset' });
    expect(new Set(effect.stop)).toEqual(new Set([TA_UUID, OTHER_UUID, BUILT_IN_UUID]));
    expect(new Set(effect.forget)).toEqual(new Set([TA_UUID, OTHER_UUID, BUILT_IN_UUID]));
    expect(core.snapshot().teeLocked).toBe(false);
    expect(core.snapshot().applications).toMatchObject([{ uuid: BUILT_IN_UUID, state: 'selectable' }]);
    expect(toHex(core.launch(BUILT_IN_UUID).grant.seed)).not.toBe(seed);
    expect(core.audit().length).toBe(records + 2);
    await refused(core, 'ERR_TEE_MANAGEMENT_DENIED reason=signer', () =>
      core.execute({ action: 'lock-ta', ta: TA_UUID }, undefined, asA),
    );
    await core.execute({ action: 'install-sd', sd: SD_A, keys: [keyOf(pairA)] });
    const older = await bundleOf({ version: 2 }, signerA);
    await refused(core, 'ERR_TEE_BUNDLE_ROLLBACK', () => core.execute(installing(older), older, asA));
    core.stop();
    expect(new TestCore({ folder: core.folder }).info.device).toBe(core.info.device);
  });

  it('keeps the present keys of the root domain: a replaced one does not come back', async () => {
    const core = new TestCore();
    const keys = [{ publicKey: toBase64(strangerPair.publicKey), privileges: [...MANAGEMENT_PRIVILEGES] }];
    await core.execute({ action: 'update-sd', sd: ROOT_SECURITY_DOMAIN, keys });
    await core.execute({ action: 'factory-reset' }, undefined, {
      signer: stranger,
      domain: ROOT_SECURITY_DOMAIN,
    });
    await refused(core, 'ERR_TEE_MANAGEMENT_DENIED reason=signer', () =>
      core.execute({ action: 'lock-tee' }, undefined, { signer: root, domain: ROOT_SECURITY_DOMAIN }),
    );
  });
});
