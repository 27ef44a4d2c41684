import { type Secret, type Sm2KeyPair, sm3, toHex } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS, type TeeClientErrorCode } from '../../../errors.ts';
import { TA_MAX_BUNDLE_BYTES } from '../../../spec/v1/bundle.ts';
import { parseBundle } from '../../../spec/v1/bundle-codec.ts';
import { ROOT_SECURITY_DOMAIN } from '../../../spec/v1/management.ts';
import type { TaManifest } from '../../../spec/v1/manifest.ts';
import type { TeecUuid } from '../../../spec/v1/uuid.ts';
import type { LaunchInfo } from '../domain-protocol.ts';
import { checkBundleCode, checkBundleSignature, codeKeyOf } from './bundle-check.ts';
import type { Catalogue } from './catalogue.ts';
import type { CoreState } from './core-state.ts';
import type { Instance } from './instances.ts';
import { importedCodeKey, seedOf } from './management-actions.ts';
import { type ApplicationEntry, applicationOf, domainOf, floorOf, type Registry } from './registry.ts';
import { isExporting } from './transfers.ts';

const NO_BYTES = new Uint8Array(0);

const fail = (code: TeeClientErrorCode, reason: string) =>
  TEE_CLIENT_ERRORS.create(code, { detail: `reason=${reason}` });

/** An application that may start. */
export interface Admission {
  readonly manifest: TaManifest;
  /** Name of the built-in image, or empty. */
  readonly image: string;
  /** The stored bundle, or empty. */
  readonly bundle: Uint8Array;
  readonly headerDigest: Uint8Array;
  readonly codeDigest: string;
  /** To be zeroed, as the seed. Empty for code in clear. */
  readonly codeKey: Uint8Array;
  readonly seed: Uint8Array;
}

/** What a decision to start an application is made from. */
export interface LaunchContext {
  readonly registry: Registry;
  readonly state: CoreState;
  readonly catalogue: Catalogue;
  readonly bundleKey: Sm2KeyPair;
  readonly huk: Secret;
  readonly tcbVersion: number;
}

/** Versions and the TCB, alike for built-in and installed applications. */
function checkManifest({ registry, tcbVersion }: LaunchContext, manifest: TaManifest, sd: TeecUuid): void {
  if (manifest.version < floorOf(registry, manifest.uuid, sd).version) {
    throw fail('ERR_TEE_BUNDLE_ROLLBACK', 'version');
  }
  if (manifest.minimumTcb > tcbVersion) throw fail('ERR_TEE_TCB_OUTDATED', 'minimum-tcb');
}

function admitInstalled(context: LaunchContext, entry: ApplicationEntry): Omit<Admission, 'seed'> {
  const { registry, state, bundleKey, huk } = context;
  const domain = domainOf(registry, entry.sd);
  if (domain === undefined || domain.blocked) throw fail('ERR_TEE_LAUNCH_REFUSED', 'domain-blocked');
  const bytes = state.readBundle(entry.bundle, TA_MAX_BUNDLE_BYTES);
  if (bytes === undefined) throw fail('ERR_TEE_BUNDLE_DIGEST', 'missing');
  if (toHex(sm3(bytes)) !== entry.bundle) throw fail('ERR_TEE_BUNDLE_DIGEST', 'bundle');
  // Everything is judged again, as if it had not been at installation.
  const bundle = parseBundle(bytes);
  const { manifest, codeDigest } = bundle.header;
  if (manifest.uuid !== entry.uuid || manifest.version !== entry.version) {
    throw fail('ERR_TEE_BUNDLE_DIGEST', 'entry');
  }
  checkBundleSignature(bundle, domain);
  checkManifest(context, manifest, entry.sd);
  // Encrypted code is checked where it is decrypted: in the application's own domain.
  if (bundle.envelope === undefined) checkBundleCode(bundle, bundleKey);
  return {
    manifest,
    image: '',
    bundle: bytes,
    headerDigest: sm3(bundle.headerBytes),
    codeDigest,
    codeKey: importedCodeKey(registry, entry.uuid, huk) ?? codeKeyOf(bundle, bundleKey),
  };
}

function admitBuiltIn(context: LaunchContext, uuid: TeecUuid): Omit<Admission, 'seed'> {
  const { catalogue } = context;
  const builtIn = catalogue.get(uuid);
  if (builtIn === undefined) throw fail('ERR_TEE_LAUNCH_REFUSED', 'not-installed');
  checkManifest(context, builtIn.manifest, ROOT_SECURITY_DOMAIN);
  const digests = catalogue.digests(uuid, builtIn);
  return {
    manifest: builtIn.manifest,
    image: builtIn.image,
    bundle: NO_BYTES,
    headerDigest: digests.header,
    codeDigest: digests.codeHex,
    codeKey: NO_BYTES,
  };
}

/**
 * Decides whether an application may start, and with what.
 *
 * @throws {@link SmError} ERR_TEE_LAUNCH_REFUSED (tee-locked, not-installed, locked, migrating,
 * domain-blocked), ERR_TEE_TCB_OUTDATED, ERR_TEE_BUNDLE_MALFORMED, ERR_TEE_BUNDLE_SIGNATURE,
 * ERR_TEE_BUNDLE_DIGEST, ERR_TEE_BUNDLE_ROLLBACK, ERR_TEE_BUNDLE_RECIPIENT
 */
export function admit(context: LaunchContext, uuid: TeecUuid): Admission {
  const { registry, huk, tcbVersion } = context;
  if (tcbVersion < registry.tcbFloor) throw fail('ERR_TEE_TCB_OUTDATED', 'floor');
  if (registry.teeLocked) throw fail('ERR_TEE_LAUNCH_REFUSED', 'tee-locked');
  if (registry.locked.includes(uuid)) throw fail('ERR_TEE_LAUNCH_REFUSED', 'locked');
  if (isExporting(registry, uuid)) throw fail('ERR_TEE_LAUNCH_REFUSED', 'migrating');
  const entry = applicationOf(registry, uuid);
  const admitted = entry === undefined ? admitBuiltIn(context, uuid) : admitInstalled(context, entry);
  return { ...admitted, seed: seedOf(registry, uuid, huk) };
}

/** What the host may know of it. */
export function launchInfo({ id, manifest }: Instance, { image, codeDigest }: Admission): LaunchInfo {
  const { name, version, singleInstance, multiSession, instanceKeepAlive } = manifest;
  const { memoryBytes, storageBytes, maxSessions, callTimeoutMs, socketPeers } = manifest;
  return {
    instance: id,
    name,
    version,
    image,
    codeDigest,
    singleInstance,
    multiSession,
    instanceKeepAlive,
    memoryBytes,
    storageBytes,
    maxSessions,
    callTimeoutMs,
    socketPeers,
  };
}
