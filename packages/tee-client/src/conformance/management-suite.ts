import { utf8 } from '@cssi/sm-core';
import { type ConformanceCase, type ConformanceSuite, expectTrue } from '@cssi/sm-core/conformance';
import {
  encryptBundle,
  encryptPersonalisation,
  payloadDigest,
  plainPersonalisation,
  verifyReceipt,
} from '../management/index.ts';
import { TEEC_RESULTS } from '../spec/v1/results.ts';
import { managementAuthorityCases } from './management-authority-cases.ts';
import { MANAGEMENT, managed } from './management-cases.ts';
import { managementRefusalCases } from './management-refusal-cases.ts';
import { type ManagementKit, type ManagementSubject, opening } from './management-support.ts';

const { SUCCESS, ITEM_NOT_FOUND } = TEEC_RESULTS;

/** Installs the case's application and removes it whatever happens. */
async function withInstalled(
  kit: ManagementKit,
  bundle: Uint8Array,
  use: () => Promise<void>,
): Promise<void> {
  await kit.send({ action: 'install-ta', bundleDigest: payloadDigest(bundle) }, { payload: bundle });
  try {
    await use();
  } finally {
    await kit.send({ action: 'delete-ta', ta: kit.ta });
  }
}

const lifeCycleCases: readonly ConformanceCase<ManagementSubject>[] = [
  managed('tmf.install', 'TMF Install TA; CC-045', async (kit) => {
    const { module } = kit.subject;
    expectTrue((await opening(module, kit.ta)) === ITEM_NOT_FOUND, 'found before it was installed');
    await withInstalled(kit, await kit.bundle(), async () => {
      expectTrue((await opening(module, kit.ta)) === SUCCESS, 'an installed application does not open');
    });
    expectTrue((await opening(module, kit.ta)) === ITEM_NOT_FOUND, 'found after it was deleted');
  }),
  managed('tmf.install-encrypted', 'CC-038', async (kit) => {
    const { module, bundleKey } = kit.subject;
    await withInstalled(kit, encryptBundle(await kit.bundle(), bundleKey), async () => {
      expectTrue((await opening(module, kit.ta)) === SUCCESS, 'an encrypted application does not open');
    });
  }),
  managed('tmf.update', 'TMF Update TA; CC-045', async (kit) => {
    await withInstalled(kit, await kit.bundle(), async () => {
      const update = await kit.bundle({ version: 3 });
      const bundleDigest = payloadDigest(update);
      await kit.send({ action: 'update-ta', bundleDigest }, { payload: update });
      expectTrue((await opening(kit.subject.module, kit.ta)) === SUCCESS, 'does not open after an update');
    });
  }),
  managed('tmf.lock', 'TMF Lock TA, Unlock TA; CC-045', async (kit) => {
    const { module } = kit.subject;
    await withInstalled(kit, await kit.bundle(), async () => {
      await kit.send({ action: 'lock-ta', ta: kit.ta });
      expectTrue((await opening(module, kit.ta)) !== SUCCESS, 'a locked application opens');
      await kit.send({ action: 'unlock-ta', ta: kit.ta });
      expectTrue((await opening(module, kit.ta)) === SUCCESS, 'does not open after it was unlocked');
    });
  }),
  managed('tmf.lock-ends-sessions', 'TMF Lock TA', async (kit) => {
    const { module } = kit.subject;
    await withInstalled(kit, await kit.bundle(), async () => {
      const client = { login: 0, uuid: '00000000-0000-0000-0000-000000000000' };
      const { session = 0 } = await module.openSession(kit.ta, client, []);
      await kit.send({ action: 'lock-ta', ta: kit.ta });
      const { result } = await module.invoke(session, 0, []);
      await module.closeSession(session);
      expectTrue(result !== SUCCESS, 'a session of a locked application still answers');
    });
  }),
  managed('tmf.personalise', 'TMF Store Data; CC-045', async (kit) => {
    await withInstalled(kit, await kit.bundle(), async () => {
      const payloads = [
        plainPersonalisation(utf8('data')),
        encryptPersonalisation(kit.ta, utf8('data'), kit.subject.bundleKey),
      ];
      for (const payload of payloads) {
        const dataDigest = payloadDigest(payload);
        await kit.send({ action: 'personalise-ta', ta: kit.ta, dataDigest }, { payload });
      }
    });
  }),
  managed('tmf.lock-tee', 'TMF Lock TEE, Unlock TEE; CC-045', async (kit) => {
    const { module } = kit.subject;
    await withInstalled(kit, await kit.bundle(), async () => {
      await kit.send({ action: 'lock-tee' });
      let locked = SUCCESS as number;
      try {
        locked = await opening(module, kit.ta);
      } finally {
        await kit.send({ action: 'unlock-tee' });
      }
      expectTrue(locked !== SUCCESS, 'an application of a locked TEE opens');
      expectTrue((await opening(module, kit.ta)) === SUCCESS, 'does not open after the TEE was unlocked');
    });
  }),
  managed('tmf.receipt', 'TMF response; CC-045', async (kit) => {
    const { module, attestationKey, device } = kit.subject;
    await withInstalled(kit, await kit.bundle(), async () => {
      const command = await kit.command({ action: 'lock-ta', ta: kit.ta });
      const receipt = verifyReceipt(await module.manage(command), command, attestationKey);
      expectTrue(
        receipt.action === 'lock-ta' && receipt.device === device,
        'the receipt states another thing',
      );
    });
  }),
  managed('tmf.domain', 'TMF Install SD, Uninstall SD; CC-045', async (kit) => {
    const { module, makeSigner } = kit.subject;
    const signer = makeSigner();
    await kit.send({
      action: 'install-sd',
      sd: kit.sd,
      keys: [MANAGEMENT.key(signer, ['sd-management', 'ta-management', 'ta-signing'])],
    });
    const own = { signer, domain: kit.sd };
    const bundle = await kit.bundle({}, signer);
    const action = { action: 'install-ta', bundleDigest: payloadDigest(bundle) } as const;
    await kit.send(action, { ...own, payload: bundle });
    expectTrue((await opening(module, kit.ta)) === SUCCESS, 'an application of a domain does not open');
    await kit.send({ action: 'block-sd', sd: kit.sd });
    expectTrue((await opening(module, kit.ta)) !== SUCCESS, 'an application of a blocked domain opens');
    await kit.send({ action: 'unblock-sd', sd: kit.sd });
    expectTrue((await opening(module, kit.ta)) === SUCCESS, 'does not open after its domain was unblocked');
    await kit.send({ action: 'delete-ta', ta: kit.ta }, own);
    await kit.send({ action: 'uninstall-sd', sd: kit.sd });
  }),
];

/**
 * The management suite: life cycle of applications and security domains, authority, replay,
 * rollback and form, in the shape of the TEE Management Framework. It leaves the module as it found
 * it, but for audit records and used-up numbers.
 *
 * @group Conformance
 */
export const managementSuite: ConformanceSuite<ManagementSubject> = {
  name: 'tee-management',
  specVersion: '1',
  packageVersion: '0.1.0',
  cases: [...lifeCycleCases, ...managementAuthorityCases, ...managementRefusalCases],
};
