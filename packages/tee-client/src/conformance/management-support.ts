import { SmError, toHex, utf8 } from '@cssi/sm-core';
import { type CaseContext, ConformanceFailure } from '@cssi/sm-core/conformance';
import { buildBundle, type ManagementSigner, managementCommand, signBundle } from '../management/index.ts';
import type { ManagementAction } from '../spec/v1/management.ts';
import { TA_MANIFEST_FORMAT, type TaManifest } from '../spec/v1/manifest.ts';
import type { SecurityModule } from '../spec/v1/module.ts';
import type { TeecUuid } from '../spec/v1/uuid.ts';

/**
 * What the management suite needs of a module: one with the capability `management` and what the
 * holder of its root security domain knows.
 *
 * @group Conformance
 */
export interface ManagementSubject {
  readonly module: SecurityModule;
  /** SM3 of the device root's public key, hex. */
  readonly device: string;
  /** SM2 public key (65 bytes) bundles are encrypted to. */
  readonly bundleKey: Uint8Array;
  /** SM2 public key (65 bytes) receipts are signed with. */
  readonly attestationKey: Uint8Array;
  /** A key of the root security domain with all privileges. */
  readonly root: ManagementSigner;
  /** Makes a key pair and its signer; the suite's own domains have such keys. */
  makeSigner(): ManagementSigner;
  /** A number higher than any command of any domain has had. */
  nextSequence(): number;
  /** Code of an application that takes sessions and whatever data it is personalised with. */
  readonly code?: Uint8Array;
}

/** The least an application is. */
const DEFAULT_CODE: Uint8Array = /* @__PURE__ */ utf8(`(() => ({
  TA_OpenSessionEntryPoint() {},
  TA_InvokeCommandEntryPoint() {},
}))`);

/** A UUID of the case's own, version 4 in form. */
function uuidOf(context: CaseContext, label: string): TeecUuid {
  const hex = toHex(context.bytes(label, 16));
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** Fails the case unless `action` rejects with one of `codes`. */
export async function expectRefusal(
  action: () => unknown,
  codes: readonly string[],
  what: string,
): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (error instanceof SmError && codes.includes(error.code)) return;
    const found = error instanceof SmError ? error.code : String(error);
    throw new ConformanceFailure(`${what}: ${found}, expected ${codes.join(' or ')}`);
  }
  throw new ConformanceFailure(`${what}: succeeded, expected ${codes.join(' or ')}`);
}

/** How a session with an application opens: GlobalPlatform's result. */
export async function opening(module: SecurityModule, uuid: TeecUuid): Promise<number> {
  const answer = await module.openSession(
    uuid,
    { login: 0, uuid: '00000000-0000-0000-0000-000000000000' },
    [],
  );
  if (answer.session !== undefined) await module.closeSession(answer.session);
  return answer.result;
}

/** Options of one command of a case. */
export interface SendOptions {
  readonly payload?: Uint8Array;
  readonly signer?: ManagementSigner;
  readonly domain?: TeecUuid;
  readonly sequence?: number;
  readonly device?: string;
}

/** What a case works with. */
export interface ManagementKit {
  readonly subject: ManagementSubject;
  readonly ta: TeecUuid;
  readonly sd: TeecUuid;
  manifest(changes?: Partial<TaManifest>): TaManifest;
  bundle(changes?: Partial<TaManifest>, signer?: ManagementSigner): Promise<Uint8Array>;
  command(action: ManagementAction, options?: SendOptions): Promise<Uint8Array>;
  send(action: ManagementAction, options?: SendOptions): Promise<Uint8Array>;
}

/** The kit of one case. */
export function kitOf(subject: ManagementSubject, context: CaseContext): ManagementKit {
  const ta = uuidOf(context, 'ta');
  const code = subject.code ?? DEFAULT_CODE;
  const kit: ManagementKit = {
    subject,
    ta,
    sd: uuidOf(context, 'sd'),
    manifest: (changes = {}) => ({
      format: TA_MANIFEST_FORMAT,
      uuid: ta,
      name: 'management-case',
      version: 2,
      description: '',
      singleInstance: true,
      multiSession: true,
      instanceKeepAlive: false,
      apis: [],
      services: [],
      commands: null,
      logins: null,
      callers: null,
      memoryBytes: 1 << 20,
      storageBytes: 1 << 20,
      maxSessions: 4,
      callTimeoutMs: 10_000,
      socketPeers: [],
      minimumTcb: 0,
      properties: {},
      ...changes,
    }),
    bundle: (changes, signer = subject.root) => signBundle(buildBundle(kit.manifest(changes), code), signer),
    command: (action, { signer = subject.root, domain, sequence, device } = {}) =>
      managementCommand(action, {
        device: device ?? subject.device,
        sequence: sequence ?? subject.nextSequence(),
        signer,
        ...(domain === undefined ? {} : { domain }),
      }),
    send: async (action, options = {}) =>
      subject.module.manage(await kit.command(action, options), options.payload),
  };
  return kit;
}
