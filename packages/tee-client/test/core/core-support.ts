import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalJson, parseJson, type Sm2KeyPair, sm2, toBase64, utf8 } from '@cssi/sm-core';
import { afterEach } from 'vitest';
import type { AuditRecord } from '../../src/adapters/software/core/audit-log.ts';
import type { BuiltIn } from '../../src/adapters/software/core/catalogue.ts';
import { createCore } from '../../src/adapters/software/core/core-domain.ts';
import { nodeCoreFiles } from '../../src/adapters/software/core/core-files.ts';
import { openGrant } from '../../src/adapters/software/core/grant.ts';
import type {
  CoreControl,
  CorePublicInfo,
  CoreSnapshot,
  DomainAnswer,
  DomainService,
  LaunchGrant,
  LaunchInfo,
  ManagementEffect,
} from '../../src/adapters/software/domain-protocol.ts';
import { SecureLink } from '../../src/channel/secure-link.ts';
import { TEE_CLIENT_ERRORS, type TeeClientErrorCode } from '../../src/errors.ts';
import {
  buildBundle,
  type ManagementSigner,
  managementCommand,
  managementSigner,
  signBundle,
} from '../../src/management/index.ts';
import type { StoreStep } from '../../src/runtime/storage/object-store.ts';
import type { BootEvent } from '../../src/spec/v1/evidence.ts';
import type { ManagementAction } from '../../src/spec/v1/management.ts';
import { TA_MANIFEST_FORMAT, type TaManifest } from '../../src/spec/v1/manifest.ts';

export const TIME: number = Date.parse('2026-12-01T00:00:00Z');
export const EVENTS: readonly BootEvent[] = [
  { stage: 'runtime', name: 'node v20', digest: '11'.repeat(32) },
  { stage: 'adapter', name: 'software', digest: '22'.repeat(32) },
  { stage: 'library', name: '@cssi/sm-core 0.1.0', digest: '33'.repeat(32) },
  { stage: 'worker', name: 'domain', digest: '44'.repeat(32) },
];
export const TA_UUID = '7d5d1b58-1d4b-4c0e-9d8c-0a3cf2f0b001';
export const OTHER_UUID = '7d5d1b58-1d4b-4c0e-9d8c-0a3cf2f0b002';
export const BUILT_IN_UUID = '7d5d1b58-1d4b-4c0e-9d8c-0a3cf2f0b003';
export const OPTIONAL_UUID = '7d5d1b58-1d4b-4c0e-9d8c-0a3cf2f0b004';
export const SD_A = '7d5d1b58-1d4b-4c0e-9d8c-0a3cf2f0c001';
export const SD_B = '7d5d1b58-1d4b-4c0e-9d8c-0a3cf2f0c002';

export const MANIFEST: TaManifest = {
  format: TA_MANIFEST_FORMAT,
  uuid: TA_UUID,
  name: 'sample',
  version: 3,
  description: 'for tests',
  singleInstance: true,
  multiSession: true,
  instanceKeepAlive: false,
  apis: ['crypto', 'storage', 'evidence', 'internal-client'],
  services: [],
  commands: null,
  logins: null,
  callers: null,
  memoryBytes: 65_536,
  storageBytes: 65_536,
  maxSessions: 4,
  callTimeoutMs: 1000,
  socketPeers: [],
  minimumTcb: 1,
  properties: {},
};
export const CODE: Uint8Array = utf8('export default () => ({});');

/** Keys are made once: they are the slow part of every test here. */
export const rootPair: Sm2KeyPair = sm2.generateKeyPair();
export const pairA: Sm2KeyPair = sm2.generateKeyPair();
export const pairB: Sm2KeyPair = sm2.generateKeyPair();
export const strangerPair: Sm2KeyPair = sm2.generateKeyPair();
export const root: ManagementSigner = managementSigner(rootPair);
export const signerA: ManagementSigner = managementSigner(pairA);
export const signerB: ManagementSigner = managementSigner(pairB);
export const stranger: ManagementSigner = managementSigner(strangerPair);

export const builtIn = (version = 1, changes: Partial<TaManifest> = {}): BuiltIn => ({
  manifest: { ...MANIFEST, uuid: BUILT_IN_UUID, name: 'built-in', version, ...changes },
  image: 'built-in',
  code: '/* built-in */',
  optional: false,
});
const optional: BuiltIn = {
  ...builtIn(1, { uuid: OPTIONAL_UUID, name: 'optional' }),
  image: 'optional',
  optional: true,
};
export const BUILT_INS = (version = 1): ReadonlyMap<string, BuiltIn> =>
  new Map([
    [BUILT_IN_UUID, builtIn(version)],
    [OPTIONAL_UUID, optional],
  ]);

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

export function coreFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cssi-core-'));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface CoreOptions {
  readonly folder?: string;
  readonly tcbVersion?: number;
  readonly managementKey?: Uint8Array | undefined;
  readonly conformanceTa?: boolean;
  readonly builtIns?: ReadonlyMap<string, BuiltIn>;
  readonly before?: (step: StoreStep) => void;
  readonly events?: readonly BootEvent[];
  readonly time?: number;
}

export interface LaunchedTa {
  readonly info: LaunchInfo;
  readonly grant: LaunchGrant;
  readonly bundle: Uint8Array;
  /** The application's end of its launch link. */
  readonly link: SecureLink;
}

/** Turns a domain's error back into the error it was. */
function settle(answer: DomainAnswer): readonly Uint8Array[] {
  if (answer.error !== undefined) {
    throw TEE_CLIENT_ERRORS.create(answer.error.code as TeeClientErrorCode, { detail: answer.error.detail });
  }
  if (answer.result !== 0)
    throw Object.assign(new Error('result'), { result: answer.result, origin: answer.origin });
  return answer.parts;
}

const json = <T>(part: Uint8Array | undefined): T => parseJson(part ?? new Uint8Array(0), 1 << 23) as T;
const NO_BYTES = new Uint8Array(0);

/** A core in the calling process, as the host side sees it. */
export class TestCore {
  readonly service: DomainService;
  readonly rootCertificate: Uint8Array;
  readonly info: CorePublicInfo;
  readonly folder: string;
  static sequence = 1;

  constructor(options: CoreOptions = {}) {
    this.folder = options.folder ?? coreFolder();
    const start = { kind: 'core', uuid: '00000000-0000-0000-0000-000000000000', memoryLimit: 0 } as const;
    this.service = createCore(
      { ...start, folder: this.folder, tcbVersion: options.tcbVersion ?? 1 },
      { files: nodeCoreFiles(this.folder, options.before), builtIns: options.builtIns ?? BUILT_INS() },
    );
    const key = 'managementKey' in options ? options.managementKey : rootPair.publicKey;
    const [certificate, info] = this.control(
      'boot',
      canonicalJson({
        events: (options.events ?? EVENTS).map((event) => ({ ...event })),
        time: options.time ?? TIME,
        conformanceTa: options.conformanceTa ?? false,
        ...(key === undefined ? {} : { managementKey: toBase64(key) }),
      }),
    );
    this.rootCertificate = certificate ?? NO_BYTES;
    this.info = json(info);
    cleanups.push(() => this.stop());
  }

  control(name: CoreControl, ...parts: Uint8Array[]): readonly Uint8Array[] {
    return settle(this.service.handle({ kind: 'control', name, parts }));
  }

  stop(): void {
    this.service.destroy();
  }

  launch(uuid: string = TA_UUID, time: number = TIME): LaunchedTa {
    const ephemeral = sm2.generateKeyPair();
    const [info, grant, bundle] = this.control('launch', canonicalJson({ uuid, time }), ephemeral.publicKey);
    const opened = openGrant(ephemeral, grant ?? NO_BYTES);
    return {
      info: json(info),
      grant: opened,
      bundle: bundle ?? NO_BYTES,
      link: new SecureLink(opened.linkKey, 'initiator'),
    };
  }

  /** Executes a command as it is. */
  manage(command: Uint8Array, payload: Uint8Array = NO_BYTES, time: number = TIME) {
    const [receipt, effect] = this.control('manage', command, payload, canonicalJson({ time }));
    return { receipt: receipt ?? NO_BYTES, effect: json<ManagementEffect>(effect), command };
  }

  command(
    action: ManagementAction,
    options: { signer?: ManagementSigner; domain?: string; sequence?: number; device?: string } = {},
  ): Promise<Uint8Array> {
    return managementCommand(action, {
      device: options.device ?? this.info.device,
      sequence: options.sequence ?? TestCore.sequence++,
      signer: options.signer ?? root,
      ...(options.domain === undefined ? {} : { domain: options.domain }),
    });
  }

  async execute(
    action: ManagementAction,
    payload: Uint8Array = NO_BYTES,
    options: { signer?: ManagementSigner; domain?: string } = {},
  ) {
    return this.manage(await this.command(action, options), payload);
  }

  snapshot(): CoreSnapshot {
    return json(this.control('snapshot')[0]);
  }

  audit(from = 0, max = 1000): readonly AuditRecord[] {
    return json(this.control('audit', canonicalJson({ from, max }))[0]);
  }
}

/** A signed bundle of the sample application. */
export const bundleOf = async (
  changes: Partial<TaManifest> = {},
  signer: ManagementSigner = root,
  code: Uint8Array = CODE,
): Promise<Uint8Array> => signBundle(buildBundle({ ...MANIFEST, ...changes }, code), signer);

export const ALL_SD_PRIVILEGES = ['sd-management', 'ta-management', 'ta-signing', 'personalisation'] as const;

export const keyOf = (
  pair: Sm2KeyPair,
  privileges: readonly (typeof ALL_SD_PRIVILEGES)[number][] = ALL_SD_PRIVILEGES,
) => ({ publicKey: toBase64(pair.publicKey), privileges });

/** The code an action ends with. */
export function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    const { code, detail } = error as { code?: string; detail?: string };
    return `${code ?? String(error)}${detail === undefined || detail === '' ? '' : ` ${detail}`}`;
  }
  return 'succeeded';
}

export const filesOf = (folder: string): string[] => readdirSync(folder).sort();
export const fileOf = (folder: string, pattern: RegExp): string => {
  const name = filesOf(folder).find((file) => pattern.test(file));
  if (name === undefined) throw new Error(`no file like ${pattern}`);
  return join(folder, name);
};
/** Changes a file in place. */
export function edit(path: string, change: (bytes: Uint8Array) => Uint8Array): void {
  writeFileSync(path, change(new Uint8Array(readFileSync(path))));
}
