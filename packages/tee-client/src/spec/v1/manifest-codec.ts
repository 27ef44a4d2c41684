import { canonicalJson, type JsonValue } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from './errors.ts';
import { TA_APIS, TA_MANIFEST_FORMAT, TA_SERVICES, type TaManifest } from './manifest.ts';
import { strictJson } from './strict-json.ts';

/**
 * Bounds of a manifest; lists and texts in elements and characters.
 *
 * @group Trusted application bundles
 */
export const TA_MANIFEST_LIMITS = {
  /** Of the canonical JSON, in bytes. */
  bytes: 65_536,
  name: 64,
  description: 256,
  commands: 1024,
  logins: 16,
  callers: 256,
  memoryMin: 4096,
  memoryMax: 1 << 30,
  storageMax: 1 << 30,
  sessions: 1024,
  callTimeoutMin: 10,
  callTimeoutMax: 600_000,
  socketPeers: 64,
  properties: 64,
  propertyName: 80,
  propertyValue: 1024,
} as const;

const U32_MAX = 0xffff_ffff;
const NAME = /^[a-z0-9-]{1,64}$/;
const PROPERTY_NAME = /^[A-Za-z0-9._-]{1,80}$/;
/** A host name or IPv4 address, or an IPv6 address in brackets, and a port. */
const PEER = /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:]{2,39}\]):([1-9][0-9]{0,4})$/;
const MEMBERS: readonly (keyof TaManifest)[] = [
  'format',
  'uuid',
  'name',
  'version',
  'description',
  'singleInstance',
  'multiSession',
  'instanceKeepAlive',
  'apis',
  'services',
  'commands',
  'logins',
  'callers',
  'memoryBytes',
  'storageBytes',
  'maxSessions',
  'callTimeoutMs',
  'socketPeers',
  'minimumTcb',
  'properties',
];

const json = strictJson((reason, cause) =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_MANIFEST_INVALID', { detail: `field=${reason}`, cause }),
);
const invalid = (field: string) =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_MANIFEST_INVALID', { detail: `field=${field}` });

const L = TA_MANIFEST_LIMITS;

/** `null` for "all", or a list without doubles. */
function listOrAll<T>(
  value: JsonValue | undefined,
  name: string,
  max: number,
  read: (item: JsonValue) => T,
): readonly T[] | null {
  return value === null ? null : json.unique(json.list(value, name, max).map(read), name);
}

function socketPeers(value: JsonValue | undefined): readonly string[] {
  const peers = json.list(value, 'socketPeers', L.socketPeers).map((item) => {
    const peer = json.text(item, 'socketPeers', 260);
    const port = PEER.exec(peer)?.[1];
    if (port === undefined || Number(port) > 65_535) throw invalid('socketPeers');
    return peer;
  });
  return json.unique(peers, 'socketPeers');
}

function properties(value: JsonValue | undefined): Readonly<Record<string, string>> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw invalid('properties');
  const entries = Object.entries(value as { readonly [name: string]: JsonValue });
  if (entries.length > L.properties) throw invalid('properties');
  return Object.fromEntries(
    entries.map(([name, text]) => {
      // GlobalPlatform's own names are the runtime's to answer.
      if (!PROPERTY_NAME.test(name) || name.startsWith('gpd.') || name === '__proto__') {
        throw invalid('properties');
      }
      return [name, json.text(text, 'properties', L.propertyValue)];
    }),
  );
}

/**
 * Reads a manifest strictly from a JSON value: every member must be there, none besides, each in
 * its bounds. The result is a copy.
 *
 * @throws {@link SmError} ERR_TEE_MANIFEST_INVALID with the field
 * @group Trusted application bundles
 */
export function parseManifest(value: unknown): TaManifest {
  const read = json.fields(value, MEMBERS);
  if (read.format !== TA_MANIFEST_FORMAT) throw invalid('format');
  const name = json.text(read.name, 'name', L.name);
  if (!NAME.test(name)) throw invalid('name');
  const u32 = (field: string) => (item: JsonValue) => json.integer(item, field, 0, U32_MAX);
  const manifest: TaManifest = {
    format: TA_MANIFEST_FORMAT,
    uuid: json.uuid(read.uuid, 'uuid'),
    name,
    version: json.integer(read.version, 'version', 1, U32_MAX),
    description: json.text(read.description, 'description', L.description),
    singleInstance: json.flag(read.singleInstance, 'singleInstance'),
    multiSession: json.flag(read.multiSession, 'multiSession'),
    instanceKeepAlive: json.flag(read.instanceKeepAlive, 'instanceKeepAlive'),
    apis: json.unique(
      json.list(read.apis, 'apis', TA_APIS.length).map((item) => json.oneOf(item, 'apis', TA_APIS)),
      'apis',
    ),
    services: json.unique(
      json
        .list(read.services, 'services', TA_SERVICES.length)
        .map((item) => json.oneOf(item, 'services', TA_SERVICES)),
      'services',
    ),
    commands: listOrAll(read.commands, 'commands', L.commands, u32('commands')),
    logins: listOrAll(read.logins, 'logins', L.logins, u32('logins')),
    callers: listOrAll(read.callers, 'callers', L.callers, (item) => json.uuid(item, 'callers')),
    memoryBytes: json.integer(read.memoryBytes, 'memoryBytes', L.memoryMin, L.memoryMax),
    storageBytes: json.integer(read.storageBytes, 'storageBytes', 0, L.storageMax),
    maxSessions: json.integer(read.maxSessions, 'maxSessions', 1, L.sessions),
    callTimeoutMs: json.integer(read.callTimeoutMs, 'callTimeoutMs', L.callTimeoutMin, L.callTimeoutMax),
    socketPeers: socketPeers(read.socketPeers),
    minimumTcb: json.integer(read.minimumTcb, 'minimumTcb', 0, U32_MAX),
    properties: properties(read.properties),
  };
  if (manifest.socketPeers.length > 0 && !manifest.apis.includes('sockets')) throw invalid('socketPeers');
  return manifest;
}

/**
 * The canonical JSON of a manifest, checked as {@link parseManifest} checks it.
 *
 * @throws {@link SmError} ERR_TEE_MANIFEST_INVALID with the field
 * @group Trusted application bundles
 */
export function encodeManifest(manifest: TaManifest): Uint8Array {
  const bytes = canonicalJson(parseManifest(manifest) as unknown as JsonValue);
  if (bytes.length > L.bytes) throw invalid('size');
  return bytes;
}

/**
 * Reads a manifest from its canonical JSON.
 *
 * @throws {@link SmError} ERR_TEE_MANIFEST_INVALID with the field
 * @group Trusted application bundles
 */
export function decodeManifest(bytes: Uint8Array): TaManifest {
  return parseManifest(json.canonical(bytes, 'json', L.bytes));
}
