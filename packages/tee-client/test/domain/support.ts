import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes, sm3, toHex, utf8 } from '@cssi/sm-core';
import { sealGrant } from '../../src/adapters/software/core/grant.ts';
import type {
  DomainAnswer,
  DomainEvent,
  DomainMode,
  LaunchGrant,
  RpcAnswer,
  RpcRequest,
} from '../../src/adapters/software/domain-protocol.ts';
import {
  type CallOptions,
  type DomainLink,
  type LinkOptions,
  openLink,
} from '../../src/adapters/software/link/link.ts';
import { SecureLink } from '../../src/channel/secure-link.ts';
import { encodeBundle, encodeSignedHeader } from '../../src/spec/v1/bundle-codec.ts';
import { TA_APIS, TA_SERVICES, type TaManifest } from '../../src/spec/v1/manifest.ts';
import type { ModuleParameter } from '../../src/spec/v1/module.ts';
import { onCleanup } from '../basics.ts';

export const UUID = '7d1c3f10-0000-4000-8000-000000000001';
export const NIL = '00000000-0000-0000-0000-000000000000';
export const TIMEOUT: CallOptions = { timeoutMs: 20_000 };
const NONE: readonly ModuleParameter[] = [];

export const manifestOf = (changes: Partial<TaManifest> = {}): TaManifest => ({
  format: 'cssi-ta/1',
  uuid: UUID,
  name: 'test',
  version: 1,
  description: 'test application',
  singleInstance: true,
  multiSession: true,
  instanceKeepAlive: true,
  apis: TA_APIS,
  services: TA_SERVICES,
  commands: null,
  logins: null,
  callers: null,
  memoryBytes: 1 << 20,
  storageBytes: 1 << 20,
  maxSessions: 16,
  callTimeoutMs: 5000,
  socketPeers: [],
  minimumTcb: 0,
  properties: {},
  ...changes,
});

/** A script whose value is a factory; `body` is the object of entry points. */
export const script = (body: string, before = ''): string =>
  `(() => { ${before}; return (tee) => (${body}); })()`;

/** An application whose commands are functions `(tee, params, session) => void` by number. */
export const commands = (...bodies: readonly string[]): string =>
  script(`{
    TA_OpenSessionEntryPoint: () => ({ calls: 0 }),
    TA_InvokeCommandEntryPoint: (session, command, types, params) =>
      [${bodies.map((body) => `(params, session, types) => { ${body} }`).join(',')}][command](params, session, types),
  }`);

export interface Launched {
  readonly link: DomainLink;
  readonly events: readonly DomainEvent[];
  readonly exits: readonly string[];
  readonly folder: string;
  readonly grant: LaunchGrant;
  /** The core's end of the launch link. */
  readonly core: SecureLink;
  control(name: string, ...parts: readonly Uint8Array[]): Promise<DomainAnswer>;
  open(params?: readonly ModuleParameter[], login?: number): Promise<DomainAnswer>;
  invoke(
    session: number,
    command: number,
    params?: readonly ModuleParameter[],
    options?: CallOptions,
  ): Promise<DomainAnswer>;
}

export interface LaunchOptions {
  readonly manifest?: Partial<TaManifest>;
  readonly mode?: DomainMode;
  readonly folder?: string;
  readonly seed?: Uint8Array;
  readonly link?: LinkOptions;
  readonly memoryLimit?: number;
  readonly onRpc?: (request: RpcRequest, core: SecureLink) => RpcAnswer | Promise<RpcAnswer>;
  /** Changes what the host hands to the domain. */
  readonly spoil?: (parts: { bundle: Uint8Array; grant: LaunchGrant }) => void;
}

const rpcNothing: RpcAnswer = { result: 0xffff000a, origin: 3, value: 0, parts: [] };

/** Opens a domain and starts an application as the host and the core would. */
export async function launch(code: string, options: LaunchOptions = {}): Promise<Launched> {
  const manifest = manifestOf(options.manifest);
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'cssi-domain-'));
  onCleanup(() => rmSync(folder, { recursive: true, force: true }));
  const events: DomainEvent[] = [];
  const exits: string[] = [];
  const linkKey = randomBytes(32);
  const core = new SecureLink(linkKey, 'responder');
  const link = await openLink(
    options.mode ?? 'in-process',
    { kind: 'ta', uuid: manifest.uuid, folder, memoryLimit: options.memoryLimit ?? 64 << 20, tcbVersion: 1 },
    {
      onRpc: (request) => options.onRpc?.(request, core) ?? rpcNothing,
      onEvent: (event) => events.push(event),
      onExit: (reason) => exits.push(reason),
    },
    options.link ?? {},
  );
  onCleanup(() => link.close());
  const codeBytes = utf8(code);
  const headerBytes = encodeSignedHeader({
    format: 'cssi-ta-bundle/1',
    manifest,
    codeDigest: toHex(sm3(codeBytes)),
    codeLength: codeBytes.length,
    signer: '00'.repeat(32),
  });
  const signature = new Uint8Array(64);
  const parts = {
    bundle: encodeBundle({ headerBytes, signature, envelope: undefined, payload: codeBytes }),
    grant: {
      instance: '00'.repeat(16),
      seed: Uint8Array.from(options.seed ?? randomBytes(32)),
      linkKey,
      codeKey: new Uint8Array(0),
      headerDigest: sm3(headerBytes),
      codeDigest: sm3(codeBytes),
      deviceId: 'ab'.repeat(32),
      tcbVersion: 1,
      adoption: undefined,
    } satisfies LaunchGrant,
  };
  options.spoil?.(parts);
  const control = (name: string, ...given: readonly Uint8Array[]): Promise<DomainAnswer> =>
    link.call({ kind: 'control', name, parts: given }, TIMEOUT);
  const [publicKey] = (await control('hello')).parts;
  const sealed = sealGrant(publicKey as Uint8Array, parts.grant);
  const started = await control('start', sealed, parts.bundle, new Uint8Array(0));
  if (started.result !== 0) throw Object.assign(new Error(started.error?.code ?? 'refused'), started.error);
  return {
    link,
    events,
    exits,
    folder,
    grant: parts.grant,
    core,
    control,
    open: (params = NONE, login = 0) =>
      link.call({ kind: 'open', client: { login, uuid: NIL }, params }, TIMEOUT),
    invoke: (session, commandId, params = NONE, callOptions = TIMEOUT) =>
      link.call({ kind: 'invoke', session, commandId, params }, callOptions),
  };
}

/** Launches and opens one session. */
export async function session(
  code: string,
  options: LaunchOptions = {},
): Promise<Launched & { readonly id: number }> {
  const launched = await launch(code, options);
  const opened = await launched.open();
  if (opened.result !== 0) throw new Error(`open: ${opened.result.toString(16)}`);
  return { ...launched, id: opened.session };
}

export const input = (buffer: Uint8Array): ModuleParameter => ({ type: 5, size: buffer.length, buffer });
export const output = (size: number): ModuleParameter => ({ type: 6, size, buffer: new Uint8Array(0) });

/** The bytes of an output. */
export function bytesAt(answer: DomainAnswer, index: number): Uint8Array {
  const parameter = answer.params[index];
  if (parameter === undefined || !('buffer' in parameter)) throw new Error('no memory parameter');
  return parameter.buffer;
}

/** The text an application left in an output. */
export const textAt = (answer: DomainAnswer, index = 0): string =>
  new TextDecoder().decode(bytesAt(answer, index));
