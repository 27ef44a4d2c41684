import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { concatBytes, utf8 } from '@cssi/sm-core';
import type { TeecSessionOptions } from '../spec/v1/client.ts';
import { TEEC_LOGIN } from '../spec/v1/constants.ts';
import { teecError } from '../spec/v1/error.ts';
import type { ModuleCapability, ModuleClient } from '../spec/v1/module.ts';
import { type TeecUuid, uuidFromOctets, uuidToOctets } from '../spec/v1/uuid.ts';
import { isU32 } from './answer.ts';

/** Namespace of client identities, the one of the Linux TEE subsystem. */
const CLIENT_NAMESPACE = uuidToOctets('58ac9ca0-2086-4683-a1b8-ec4bc08e01b6');

const NIL: TeecUuid = '00000000-0000-0000-0000-000000000000';

/**
 * Who runs the client, as the host knows it.
 *
 * @group Client
 */
export interface ClientIdentity {
  /** Numeric user id; `undefined` where the system has none. */
  readonly user: number | undefined;
  /** Real path of the program; `undefined` where there is none. */
  readonly application: string | undefined;
  inGroup(group: number): boolean;
}

/** The running process: its effective user, its groups, its main script. */
export const PROCESS_IDENTITY: ClientIdentity = {
  get user() {
    return process.geteuid?.();
  },
  get application() {
    try {
      return realpathSync(process.argv[1] ?? process.execPath);
    } catch {
      return undefined;
    }
  },
  inGroup: (group) => process.getegid?.() === group || process.getgroups?.().includes(group) === true,
};

/**
 * UUID version 5 of a name: SHA-1 over namespace and name.
 *
 * @standard RFC 9562 §5.5
 */
export function uuidV5(namespace: Uint8Array, name: string): TeecUuid {
  const digest = createHash('sha1')
    .update(concatBytes(namespace, utf8(name)))
    .digest();
  const octets = new Uint8Array(digest.subarray(0, 16));
  octets[6] = ((octets[6] as number) & 0x0f) | 0x50;
  octets[8] = ((octets[8] as number) & 0x3f) | 0x80;
  return uuidFromOctets(octets);
}

interface LoginParts {
  readonly user?: boolean;
  readonly group?: boolean;
  readonly application?: boolean;
}

const LOGINS: ReadonlyMap<number, LoginParts> = new Map<number, LoginParts>([
  [TEEC_LOGIN.USER, { user: true }],
  [TEEC_LOGIN.GROUP, { group: true }],
  [TEEC_LOGIN.APPLICATION, { application: true }],
  [TEEC_LOGIN.USER_APPLICATION, { user: true, application: true }],
  [TEEC_LOGIN.GROUP_APPLICATION, { group: true, application: true }],
]);

const badLogin = (parameter: string) =>
  teecError('BAD_PARAMETERS', 'API', { detail: `parameter=${parameter}` });

function requireCapability(capabilities: ReadonlySet<string>, capability: ModuleCapability): void {
  if (!capabilities.has(capability)) {
    throw teecError('NOT_SUPPORTED', 'API', { detail: `capability=${capability}` });
  }
}

/** The host cannot name the caller. */
const unknownIdentity = (part: string) =>
  teecError('ACCESS_DENIED', 'COMMS', { detail: `reason=no-${part}-identity` });

function userName(identity: ClientIdentity): string {
  const { user } = identity;
  if (!isU32(user)) throw unknownIdentity('user');
  return `uid=${user.toString(16)}`;
}

function groupName(identity: ClientIdentity, group: number | undefined): string {
  if (!isU32(group)) throw badLogin('connectionData');
  // As the Linux driver, which is the communications stack here: not a member, no login.
  if (!identity.inGroup(group)) throw teecError('ACCESS_DENIED', 'COMMS', { detail: 'reason=not-a-member' });
  return `gid=${group.toString(16)}`;
}

function applicationName({ application }: ClientIdentity): string {
  if (typeof application !== 'string' || application === '') throw unknownIdentity('application');
  return `app=${application}`;
}

/**
 * The identity a module is told for a login.
 *
 * USER and GROUP give the UUIDs that Linux gives (version 5 over `uid=…` or `gid=…` in hex), so
 * that an application's access list keeps its meaning. APPLICATION is version 5 over `app=` and the
 * real path of the main script, with a user or group before it, joined by `:`.
 *
 * @throws {@link TeecError} BAD_PARAMETERS, NOT_SUPPORTED (origin API), ACCESS_DENIED (origin COMMS)
 */
export function identifyClient(
  { connectionMethod = TEEC_LOGIN.PUBLIC, connectionData }: TeecSessionOptions,
  capabilities: ReadonlySet<string>,
  identity: ClientIdentity,
): ModuleClient {
  if (connectionMethod === TEEC_LOGIN.PUBLIC) {
    if (connectionData !== undefined) throw badLogin('connectionData');
    return { login: connectionMethod, uuid: NIL };
  }
  const login = LOGINS.get(connectionMethod);
  if (login === undefined) throw badLogin('connectionMethod');
  const { user, group, application } = login;
  if (user) requireCapability(capabilities, 'login-user');
  if (group) requireCapability(capabilities, 'login-group');
  if (application) requireCapability(capabilities, 'login-application');
  if (!group && connectionData !== undefined) throw badLogin('connectionData');
  const names: string[] = [];
  if (user) names.push(userName(identity));
  if (group) names.push(groupName(identity, connectionData));
  if (application) names.push(applicationName(identity));
  return { login: connectionMethod, uuid: uuidV5(CLIENT_NAMESPACE, names.join(':')) };
}
