import { utf8 } from '@cssi/sm-core';
import type { ConformanceCase } from '@cssi/sm-core/conformance';
import { type ManagementSigner, payloadDigest, plainPersonalisation } from '../management/index.ts';
import {
  MANAGEMENT_PRIVILEGES,
  type ManagementAction,
  type ManagementPrivilege,
  ROOT_SECURITY_DOMAIN,
} from '../spec/v1/management.ts';
import type { TeecUuid } from '../spec/v1/uuid.ts';
import { MANAGEMENT, managed } from './management-cases.ts';
import { expectRefusal, type ManagementKit, type ManagementSubject } from './management-support.ts';

const SD_PRIVILEGES: readonly ManagementPrivilege[] = MANAGEMENT_PRIVILEGES.filter(
  (privilege) => privilege !== 'tee-management',
);

/** Runs `use` with a domain of the case's own and removes it whatever happens. */
async function withDomain(
  kit: ManagementKit,
  privileges: readonly ManagementPrivilege[],
  use: (own: { readonly signer: ManagementSigner; readonly domain: TeecUuid }) => Promise<void>,
): Promise<void> {
  const signer = kit.subject.makeSigner();
  await kit.send({ action: 'install-sd', sd: kit.sd, keys: [MANAGEMENT.key(signer, privileges)] });
  try {
    await use({ signer, domain: kit.sd });
  } finally {
    await kit.send({ action: 'uninstall-sd', sd: kit.sd });
  }
}

/** One action of each kind, on what the case has installed in the root domain. */
function everyAction(
  kit: ManagementKit,
  bundle: Uint8Array,
): readonly (readonly [ManagementAction, Uint8Array | undefined])[] {
  const data = plainPersonalisation(utf8('x'));
  const { ta, sd } = kit;
  return [
    [
      { action: 'install-sd', sd: ta, keys: [MANAGEMENT.key(kit.subject.makeSigner(), SD_PRIVILEGES)] },
      undefined,
    ],
    [{ action: 'block-sd', sd }, undefined],
    [{ action: 'install-ta', bundleDigest: payloadDigest(bundle) }, bundle],
    [{ action: 'update-ta', bundleDigest: payloadDigest(bundle) }, bundle],
    [{ action: 'personalise-ta', ta, dataDigest: payloadDigest(data) }, data],
    [{ action: 'lock-ta', ta }, undefined],
    [{ action: 'delete-ta', ta }, undefined],
    [{ action: 'lock-tee' }, undefined],
    [{ action: 'factory-reset' }, undefined],
    [{ action: 'raise-tcb-floor', minimum: 0xffff_ffff }, undefined],
  ];
}

/** Nobody without authority gets any action done, while the application is there. */
async function refuseAll(
  kit: ManagementKit,
  who: { readonly signer: ManagementSigner; readonly domain?: TeecUuid },
  what: string,
): Promise<void> {
  const bundle = await kit.bundle();
  await kit.send({ action: 'install-ta', bundleDigest: payloadDigest(bundle) }, { payload: bundle });
  try {
    const update = await kit.bundle({ version: 3 });
    for (const [action, payload] of everyAction(kit, update)) {
      const options = payload === undefined ? who : { ...who, payload };
      await expectRefusal(() => kit.send(action, options), MANAGEMENT.denied, `${action.action} ${what}`);
    }
  } finally {
    await kit.send({ action: 'delete-ta', ta: kit.ta });
  }
}

const privilegeCases = MANAGEMENT_PRIVILEGES.filter((privilege) => privilege !== 'tee-management').map(
  (missing) =>
    managed(`tmf.authority.without-${missing}`, 'TMF privileges; CC-042', (kit) =>
      withDomain(
        kit,
        SD_PRIVILEGES.filter((privilege) => privilege !== missing),
        async (own) => {
          const bundle = await kit.bundle({}, own.signer);
          const data = plainPersonalisation(utf8('x'));
          const keys = [MANAGEMENT.key(own.signer, SD_PRIVILEGES)];
          const attempts: Readonly<Record<string, readonly [ManagementAction, Uint8Array | undefined]>> = {
            'sd-management': [{ action: 'update-sd', sd: kit.sd, keys }, undefined],
            'ta-management': [{ action: 'install-ta', bundleDigest: payloadDigest(bundle) }, bundle],
            'ta-signing': [{ action: 'install-ta', bundleDigest: payloadDigest(bundle) }, bundle],
            personalisation: [
              { action: 'personalise-ta', ta: kit.ta, dataDigest: payloadDigest(data) },
              data,
            ],
          };
          const [action, payload] = attempts[missing] ?? [];
          if (action === undefined) throw new RangeError(missing);
          await expectRefusal(
            () => kit.send(action, payload === undefined ? own : { ...own, payload }),
            missing === 'ta-signing' ? ['ERR_TEE_BUNDLE_SIGNATURE'] : MANAGEMENT.denied,
            `${action.action} without ${missing}`,
          );
        },
      ),
    ),
);

/** Who may do what. */
export const managementAuthorityCases: readonly ConformanceCase<ManagementSubject>[] = [
  managed('tmf.authority.stranger', 'TMF authorisation; CC-042', (kit) =>
    refuseAll(kit, { signer: kit.subject.makeSigner() }, 'by a stranger'),
  ),
  managed('tmf.authority.impostor', 'TMF authorisation; CC-042', (kit) => {
    // The name of the root's key over the signature of another.
    const other = kit.subject.makeSigner();
    return expectRefusal(
      async () => {
        const command = await kit.command({ action: 'lock-tee' });
        const foreign = await kit.command({ action: 'lock-tee' }, { signer: other });
        const altered = command.slice();
        altered.set(foreign.slice(-64), altered.length - 64);
        return kit.subject.module.manage(altered);
      },
      ['ERR_TEE_MANAGEMENT_SIGNATURE'],
      'a command with the signature of another key',
    );
  }),
  managed('tmf.authority.foreign-domain', 'TMF security domains; CC-042', (kit) =>
    withDomain(kit, SD_PRIVILEGES, async (own) => {
      const bundle = await kit.bundle();
      await kit.send({ action: 'install-ta', bundleDigest: payloadDigest(bundle) }, { payload: bundle });
      try {
        for (const action of ['lock-ta', 'delete-ta'] as const) {
          await expectRefusal(
            () => kit.send({ action, ta: kit.ta }, own),
            MANAGEMENT.denied,
            `${action} of another domain's application`,
          );
        }
        await expectRefusal(
          () => kit.send({ action: 'lock-ta', ta: kit.ta }, { signer: own.signer }),
          MANAGEMENT.denied,
          'the root domain named by the key of another',
        );
        const keys = [MANAGEMENT.key(own.signer, MANAGEMENT_PRIVILEGES)];
        await expectRefusal(
          () => kit.send({ action: 'update-sd', sd: ROOT_SECURITY_DOMAIN, keys }, own),
          MANAGEMENT.denied,
          'the root domain changed by another',
        );
      } finally {
        await kit.send({ action: 'delete-ta', ta: kit.ta });
      }
    }),
  ),
  managed('tmf.authority.device-actions', 'TMF security domains; CC-042', (kit) =>
    withDomain(kit, SD_PRIVILEGES, async (own) => {
      const actions: readonly ManagementAction[] = [
        { action: 'lock-tee' },
        { action: 'factory-reset' },
        { action: 'raise-tcb-floor', minimum: 0xffff_ffff },
        { action: 'block-sd', sd: kit.sd },
        { action: 'install-sd', sd: kit.ta, keys: [MANAGEMENT.key(own.signer, SD_PRIVILEGES)] },
      ];
      for (const action of actions) {
        await expectRefusal(
          () => kit.send(action, own),
          MANAGEMENT.denied,
          `${action.action} by a domain below the root`,
        );
      }
    }),
  ),
  managed('tmf.authority.escalation', 'TMF privileges; CC-042', (kit) =>
    withDomain(kit, SD_PRIVILEGES, async (own) => {
      await expectRefusal(
        () =>
          kit.send(
            {
              action: 'update-sd',
              sd: kit.sd,
              keys: [MANAGEMENT.key(own.signer, MANAGEMENT_PRIVILEGES)],
            },
            own,
          ),
        MANAGEMENT.denied,
        'a domain that gives itself what acts on the device',
      );
    }),
  ),
  managed('tmf.authority.blocked', 'TMF Block SD; CC-042', (kit) =>
    withDomain(kit, SD_PRIVILEGES, async (own) => {
      await kit.send({ action: 'block-sd', sd: kit.sd });
      const keys = [MANAGEMENT.key(own.signer, SD_PRIVILEGES)];
      await expectRefusal(
        () => kit.send({ action: 'update-sd', sd: kit.sd, keys }, own),
        MANAGEMENT.denied,
        'a command of a blocked domain',
      );
    }),
  ),
  managed('tmf.authority.replaced-key', 'TMF Update SD; CC-042', (kit) =>
    withDomain(kit, SD_PRIVILEGES, async (own) => {
      const keys = [MANAGEMENT.key(kit.subject.makeSigner(), SD_PRIVILEGES)];
      await kit.send({ action: 'update-sd', sd: kit.sd, keys }, own);
      await expectRefusal(
        () => kit.send({ action: 'update-sd', sd: kit.sd, keys }, own),
        MANAGEMENT.denied,
        'a command by a key that was replaced',
      );
    }),
  ),
  ...privilegeCases,
];
