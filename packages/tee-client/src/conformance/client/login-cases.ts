import { type ConformanceCase, expectTrue } from '@cssi/sm-core/conformance';
import type { TeeClient, TeecSessionOptions } from '../../spec/v1/client.ts';
import { CONFORMANCE_TA_UUID } from '../../spec/v1/conformance-ta.ts';
import { TEEC_LOGIN } from '../../spec/v1/constants.ts';
import { TEE_PROPSET } from '../../spec/v1/internal/constants.ts';
import type { TEE_Identity } from '../../spec/v1/internal/tee.ts';
import { expectEqual, expectResult, inside, type Kit } from '../support.ts';

const USER = 'xtest 1027; GPD_SPE_007 §4.4 TEEC_LOGIN_USER';
const GROUP = 'xtest 1028; GPD_SPE_007 §4.4 TEEC_LOGIN_GROUP';
const APPLICATION = 'GPD_SPE_007 §4.4 TEEC_LOGIN_APPLICATION';
const NIL = '00000000-0000-0000-0000-000000000000';
const L = TEEC_LOGIN;

/** The caller as an application sees it. */
async function identity(kit: Kit, options: TeecSessionOptions): Promise<TEE_Identity> {
  const t = await kit.open(CONFORMANCE_TA_UUID, options);
  return t.TEE_GetPropertyAsIdentity(TEE_PROPSET.CURRENT_CLIENT, 'gpd.client.identity');
}

/** A group the caller is a member of. */
const ownGroup = (): number => process.getgid?.() ?? 0;

const login = (
  id: string,
  clause: string,
  capability: string,
  options: () => TeecSessionOptions,
): ConformanceCase<TeeClient> =>
  inside(
    id,
    clause,
    async (_, kit) => {
      const [one, two] = [await identity(kit, options()), await identity(kit, options())];
      expectEqual(one.login, options().connectionMethod, 'the login the application sees');
      expectTrue(one.uuid !== NIL, 'an identity');
      expectEqual(two.uuid, one.uuid, 'the same one in the next session');
    },
    [capability],
  );

/** Two logins that give different identities. */
const differ = (
  id: string,
  clause: string,
  needs: string[],
  a: () => TeecSessionOptions,
  b: () => TeecSessionOptions,
): ConformanceCase<TeeClient> =>
  inside(
    id,
    clause,
    async (_, kit) => {
      expectTrue(
        (await identity(kit, a())).uuid !== (await identity(kit, b())).uuid,
        'the identities differ',
      );
    },
    needs,
  );

/** A login without its capability is refused by name; with it, the case has nothing to refuse. */
const refused = (
  id: string,
  clause: string,
  what: string,
  options: TeecSessionOptions,
  needs: string[] = [],
): ConformanceCase<TeeClient> =>
  inside(
    id,
    clause,
    async (_, kit) => {
      await expectResult(
        () => kit.context.openSession(CONFORMANCE_TA_UUID, options),
        ['BAD_PARAMETERS', 'NOT_SUPPORTED', 'ACCESS_DENIED'],
        what,
      );
    },
    needs,
  );

/** A group nobody is a member of. */
const NO_GROUP = 0xfffffff0;

/** Logins. */
export const loginCases: readonly ConformanceCase<TeeClient>[] = [
  inside('login.public', 'xtest 1026; GPD_SPE_007 §4.4 TEEC_LOGIN_PUBLIC', async (_, kit) => {
    const { login: method, uuid } = await identity(kit, { connectionMethod: L.PUBLIC });
    expectEqual(`${method} ${uuid}`, `0 ${NIL}`, 'the identity of anybody');
  }),
  login('login.user', USER, 'login-user', () => ({ connectionMethod: L.USER })),
  login('login.group', GROUP, 'login-group', () => ({
    connectionMethod: L.GROUP,
    connectionData: ownGroup(),
  })),
  login('login.application', APPLICATION, 'login-application', () => ({ connectionMethod: L.APPLICATION })),
  inside(
    'login.user-application',
    APPLICATION,
    async (_, kit) => {
      const { login: method, uuid } = await identity(kit, { connectionMethod: L.USER_APPLICATION });
      expectEqual(method, L.USER_APPLICATION, 'the login the application sees');
      expectTrue(uuid !== NIL, 'an identity');
    },
    ['login-user', 'login-application'],
  ),
  inside(
    'login.group-application',
    APPLICATION,
    async (_, kit) => {
      const options = { connectionMethod: L.GROUP_APPLICATION, connectionData: ownGroup() };
      expectEqual(
        (await identity(kit, options)).login,
        L.GROUP_APPLICATION,
        'the login the application sees',
      );
    },
    ['login-group', 'login-application'],
  ),
  differ(
    'login.user-is-no-application',
    APPLICATION,
    ['login-user', 'login-application'],
    () => ({ connectionMethod: L.USER }),
    () => ({ connectionMethod: L.APPLICATION }),
  ),
  differ(
    'login.user-in-application',
    APPLICATION,
    ['login-user', 'login-application'],
    () => ({ connectionMethod: L.APPLICATION }),
    () => ({ connectionMethod: L.USER_APPLICATION }),
  ),
  refused(
    'login.group.foreign',
    GROUP,
    'a group the caller is not in',
    { connectionMethod: L.GROUP, connectionData: NO_GROUP },
    ['login-group'],
  ),
  refused('login.group.none', GROUP, 'a group login without a group', { connectionMethod: L.GROUP }),
  refused(
    'login.group-application.foreign',
    GROUP,
    'a group the caller is not in',
    { connectionMethod: L.GROUP_APPLICATION, connectionData: NO_GROUP },
    ['login-group'],
  ),
  refused(
    'login.data-where-none-is-due',
    'GPD_SPE_007 §4.5 TEEC_OpenSession (connectionData)',
    'a group for a public login',
    { connectionMethod: L.PUBLIC, connectionData: 1 },
  ),
  refused(
    'login.user.data',
    USER,
    'a group for a user login',
    { connectionMethod: L.USER, connectionData: 1 },
    ['login-user'],
  ),
  refused(
    'login.trusted-app',
    'GPD_SPE_010 §4.2.2 TEE_LOGIN_TRUSTED_APP',
    'the login of trusted applications',
    { connectionMethod: 0xf0000000 },
  ),
  refused('login.group.negative', GROUP, 'a negative group', {
    connectionMethod: L.GROUP,
    connectionData: -1,
  }),
];
