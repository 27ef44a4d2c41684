import { utf8 } from '@cssi/sm-core';
import { type ConformanceCase, expectTrue } from '@cssi/sm-core/conformance';
import {
  encryptBundle,
  encryptPersonalisation,
  payloadDigest,
  plainPersonalisation,
} from '../management/index.ts';
import { type ManagementAction, ROOT_SECURITY_DOMAIN } from '../spec/v1/management.ts';
import { TEEC_RESULTS } from '../spec/v1/results.ts';
import { MANAGEMENT, managed } from './management-cases.ts';
import { expectRefusal, type ManagementKit, type ManagementSubject, opening } from './management-support.ts';

const MALFORMED = ['ERR_TEE_MANAGEMENT_MALFORMED'] as const;
const PAYLOAD = ['ERR_TEE_MANAGEMENT_PAYLOAD'] as const;
const STATE = ['ERR_TEE_MANAGEMENT_STATE'] as const;
const TARGET = ['ERR_TEE_MANAGEMENT_TARGET'] as const;
const REPLAYED = ['ERR_TEE_MANAGEMENT_REPLAYED'] as const;
const ROLLBACK = ['ERR_TEE_BUNDLE_ROLLBACK'] as const;

const install = (bundle: Uint8Array): ManagementAction => ({
  action: 'install-ta',
  bundleDigest: payloadDigest(bundle),
});

async function installed(kit: ManagementKit, use: () => Promise<void>): Promise<void> {
  const bundle = await kit.bundle();
  await kit.send(install(bundle), { payload: bundle });
  try {
    await use();
  } finally {
    await kit.send({ action: 'delete-ta', ta: kit.ta });
  }
}

/** Tries a bundle that must not be installed, and that it was not. */
async function refuseBundle(
  kit: ManagementKit,
  bundle: Uint8Array,
  codes: readonly string[],
  what: string,
): Promise<void> {
  await expectRefusal(() => kit.send(install(bundle), { payload: bundle }), codes, what);
  expectTrue(
    (await opening(kit.subject.module, kit.ta)) === TEEC_RESULTS.ITEM_NOT_FOUND,
    `${what}: it was installed all the same`,
  );
}

const bundleCases: readonly ConformanceCase<ManagementSubject>[] = [
  managed('tmf.bundle.unsigned', 'CC-004', async (kit) => {
    const bundle = await kit.bundle();
    const stray = await kit.bundle({}, kit.subject.makeSigner());
    await refuseBundle(kit, stray, ['ERR_TEE_BUNDLE_SIGNATURE'], 'a bundle by a key that may not sign');
    const code = bundle.slice();
    code[code.length - 1]! ^= 1;
    await refuseBundle(kit, code, ['ERR_TEE_BUNDLE_DIGEST'], 'a bundle with altered code');
  }),
  managed('tmf.bundle.altered', 'CC-004', async (kit) => {
    const bundle = await kit.bundle();
    const codes = ['ERR_TEE_BUNDLE_SIGNATURE', 'ERR_TEE_BUNDLE_DIGEST', 'ERR_TEE_BUNDLE_MALFORMED'];
    for (let at = 0; at < bundle.length; at += 53) {
      const altered = bundle.slice();
      altered[at]! ^= 1;
      await expectRefusal(
        () => kit.send(install(altered), { payload: altered }),
        codes,
        `a bundle with byte ${at} altered`,
      );
    }
  }),
  managed('tmf.bundle.malformed', 'CC-004', async (kit) => {
    const bundle = await kit.bundle();
    const cases: readonly Uint8Array[] = [
      utf8('CSTA'),
      bundle.slice(0, -1),
      bundle.slice(0, bundle.length >> 1),
      Uint8Array.from([...bundle, 0]),
      new Uint8Array(1000),
    ];
    for (const [index, bytes] of cases.entries()) {
      await refuseBundle(kit, bytes, ['ERR_TEE_BUNDLE_MALFORMED'], `malformed bundle ${index}`);
    }
  }),
  managed('tmf.bundle.foreign-recipient', 'CC-038', async (kit) => {
    const other = kit.subject.makeSigner();
    const bundle = encryptBundle(await kit.bundle(), other.publicKey);
    await refuseBundle(kit, bundle, ['ERR_TEE_BUNDLE_RECIPIENT'], 'a bundle encrypted to another TEE');
  }),
  managed('tmf.bundle.tcb', 'CC-045', async (kit) => {
    const bundle = await kit.bundle({ minimumTcb: 0xffff_ffff });
    await refuseBundle(kit, bundle, ['ERR_TEE_TCB_OUTDATED'], 'a bundle that asks for a newer TCB');
  }),
  managed('tmf.rollback.update', 'CC-045', (kit) =>
    installed(kit, async () => {
      for (const version of [1, 2]) {
        const bundle = await kit.bundle({ version, description: 'older' });
        const action: ManagementAction = { action: 'update-ta', bundleDigest: payloadDigest(bundle) };
        await expectRefusal(
          () => kit.send(action, { payload: bundle }),
          ROLLBACK,
          `an update from version 2 to ${version}`,
        );
      }
    }),
  ),
  managed('tmf.rollback.reinstall', 'CC-045', async (kit) => {
    await installed(kit, async () => {});
    const bundle = await kit.bundle({ version: 1 });
    await refuseBundle(kit, bundle, ROLLBACK, 'an older version after deletion');
    await installed(kit, async () => {});
  }),
];

const replayCases: readonly ConformanceCase<ManagementSubject>[] = [
  managed('tmf.replay.again', 'TMF authorisation; CC-042', (kit) =>
    installed(kit, async () => {
      const { module } = kit.subject;
      const command = await kit.command({ action: 'lock-ta', ta: kit.ta });
      await module.manage(command);
      await kit.send({ action: 'unlock-ta', ta: kit.ta });
      await expectRefusal(() => module.manage(command), REPLAYED, 'a command a second time');
    }),
  ),
  managed('tmf.replay.lower', 'TMF authorisation; CC-042', (kit) =>
    installed(kit, async () => {
      const { module, nextSequence } = kit.subject;
      const earlier = await kit.command({ action: 'lock-ta', ta: kit.ta }, { sequence: nextSequence() });
      await kit.send({ action: 'lock-ta', ta: kit.ta });
      await kit.send({ action: 'unlock-ta', ta: kit.ta });
      await expectRefusal(() => module.manage(earlier), REPLAYED, 'a command that was kept back');
    }),
  ),
  managed('tmf.replay.refused', 'TMF authorisation; CC-042', async (kit) => {
    const { module } = kit.subject;
    const command = await kit.command({ action: 'lock-ta', ta: kit.ta });
    await expectRefusal(() => module.manage(command), TARGET, 'a lock of nothing');
    await installed(kit, () =>
      expectRefusal(() => module.manage(command), REPLAYED, 'a refused command once it would fit'),
    );
  }),
  managed('tmf.device', 'TMF authorisation; CC-042', (kit) =>
    expectRefusal(
      () => kit.send({ action: 'lock-tee' }, { device: 'ab'.repeat(32) }),
      ['ERR_TEE_MANAGEMENT_DEVICE'],
      'a command for another device',
    ),
  ),
];

const formCases: readonly ConformanceCase<ManagementSubject>[] = [
  managed('tmf.form.malformed', 'ManagementCommand', async (kit) => {
    const { module } = kit.subject;
    const command = await kit.command({ action: 'lock-tee' });
    const cases: readonly Uint8Array[] = [
      new Uint8Array(0),
      utf8('{}'),
      command.slice(0, -1),
      Uint8Array.from([...command, 0]),
      command.slice(4),
      new Uint8Array(32_768),
    ];
    for (const [index, bytes] of cases.entries()) {
      await expectRefusal(() => module.manage(bytes), MALFORMED, `malformed command ${index}`);
    }
  }),
  managed('tmf.form.altered', 'ManagementCommand; CC-042', async (kit) => {
    const { module } = kit.subject;
    const command = await kit.command({ action: 'raise-tcb-floor', minimum: 0xffff_ffff });
    const codes = [...MALFORMED, ...MANAGEMENT.denied, 'ERR_TEE_MANAGEMENT_DEVICE'];
    for (let at = 0; at < command.length; at += 7) {
      const altered = command.slice();
      altered[at]! ^= 1;
      await expectRefusal(() => module.manage(altered), codes, `a command with byte ${at} altered`);
    }
  }),
  managed('tmf.payload', 'ManagementCommand', async (kit) => {
    const [bundle, other] = [await kit.bundle(), await kit.bundle({ version: 9 })];
    await expectRefusal(() => kit.send(install(bundle), { payload: other }), PAYLOAD, 'another bundle');
    await expectRefusal(() => kit.send(install(bundle)), PAYLOAD, 'no bundle');
    await expectRefusal(
      () => kit.send({ action: 'lock-tee' }, { payload: bundle }),
      PAYLOAD,
      'a payload with an action that has none',
    );
  }),
  managed('tmf.personalise.recipient', 'TMF Store Data', (kit) =>
    installed(kit, async () => {
      const { bundleKey, makeSigner } = kit.subject;
      const payloads = [
        encryptPersonalisation(kit.ta, utf8('x'), makeSigner().publicKey),
        encryptPersonalisation(kit.sd, utf8('x'), bundleKey),
      ];
      for (const payload of payloads) {
        const action = {
          action: 'personalise-ta',
          ta: kit.ta,
          dataDigest: payloadDigest(payload),
        } as const;
        await expectRefusal(() => kit.send(action, { payload }), PAYLOAD, 'data encrypted to another');
      }
    }),
  ),
];

const stateCases: readonly ConformanceCase<ManagementSubject>[] = [
  managed('tmf.target', 'TMF targets', async (kit) => {
    const { ta, sd } = kit;
    const data = plainPersonalisation(utf8('x'));
    const update = await kit.bundle();
    const actions: readonly (readonly [ManagementAction, Uint8Array | undefined])[] = [
      [{ action: 'lock-ta', ta }, undefined],
      [{ action: 'unlock-ta', ta }, undefined],
      [{ action: 'delete-ta', ta }, undefined],
      [{ action: 'personalise-ta', ta, dataDigest: payloadDigest(data) }, data],
      [{ action: 'update-ta', bundleDigest: payloadDigest(update) }, update],
      [{ action: 'block-sd', sd }, undefined],
      [{ action: 'unblock-sd', sd }, undefined],
      [{ action: 'uninstall-sd', sd }, undefined],
    ];
    for (const [action, payload] of actions) {
      await expectRefusal(
        () => kit.send(action, payload === undefined ? {} : { payload }),
        TARGET,
        `${action.action} of what is not there`,
      );
    }
  }),
  managed('tmf.state.application', 'TMF states', (kit) =>
    installed(kit, async () => {
      const again = await kit.bundle({ version: 3 });
      await expectRefusal(() => kit.send(install(again), { payload: again }), STATE, 'an installation twice');
      await expectRefusal(() => kit.send({ action: 'unlock-ta', ta: kit.ta }), STATE, 'unlocked twice');
      await kit.send({ action: 'lock-ta', ta: kit.ta });
      await expectRefusal(() => kit.send({ action: 'lock-ta', ta: kit.ta }), STATE, 'locked twice');
      const data = plainPersonalisation(utf8('x'));
      const action = { action: 'personalise-ta', ta: kit.ta, dataDigest: payloadDigest(data) } as const;
      await expectRefusal(() => kit.send(action, { payload: data }), STATE, 'data for a locked application');
    }),
  ),
  managed('tmf.state.root', 'TMF root security domain', async (kit) => {
    const sd = ROOT_SECURITY_DOMAIN;
    const keys = [MANAGEMENT.key(kit.subject.makeSigner(), ['ta-management'])];
    for (const action of ['block-sd', 'uninstall-sd'] as const) {
      await expectRefusal(() => kit.send({ action, sd }), STATE, `${action} of the root domain`);
    }
    await expectRefusal(() => kit.send({ action: 'install-sd', sd, keys }), STATE, 'a second root domain');
    await expectRefusal(
      () => kit.send({ action: 'update-sd', sd, keys }),
      STATE,
      'a root domain that nobody can manage',
    );
  }),
  managed('tmf.state.domain', 'TMF Uninstall SD', async (kit) => {
    const signer = kit.subject.makeSigner();
    const keys = [MANAGEMENT.key(signer, ['ta-management', 'ta-signing'])];
    await kit.send({ action: 'install-sd', sd: kit.sd, keys });
    const bundle = await kit.bundle({}, signer);
    await kit.send(install(bundle), { payload: bundle, signer, domain: kit.sd });
    try {
      await expectRefusal(
        () => kit.send({ action: 'uninstall-sd', sd: kit.sd }),
        STATE,
        'a domain removed while it has applications',
      );
      await expectRefusal(
        () => kit.send({ action: 'install-sd', sd: kit.sd, keys }),
        STATE,
        'a domain installed twice',
      );
    } finally {
      await kit.send({ action: 'delete-ta', ta: kit.ta });
      await kit.send({ action: 'uninstall-sd', sd: kit.sd });
    }
  }),
  managed('tmf.state.tee', 'TMF Lock TEE', (kit) =>
    installed(kit, async () => {
      await expectRefusal(() => kit.send({ action: 'unlock-tee' }), STATE, 'a TEE unlocked twice');
      await kit.send({ action: 'lock-tee' });
      try {
        await expectRefusal(
          () => kit.send({ action: 'lock-ta', ta: kit.ta }),
          STATE,
          'a command to a locked TEE',
        );
      } finally {
        await kit.send({ action: 'unlock-tee' });
      }
    }),
  ),
];

/** Bundles, replay, form and states that must be refused. */
export const managementRefusalCases: readonly ConformanceCase<ManagementSubject>[] = [
  ...bundleCases,
  ...replayCases,
  ...formCases,
  ...stateCases,
];
