import { equalBytes, fromHex, randomBytes, SmError, sm2, sm3, toBase64, toHex } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../../errors.ts';
import { teecError } from '../../../spec/v1/error.ts';
import type { BootEvent } from '../../../spec/v1/evidence.ts';
import { ROOT_SECURITY_DOMAIN } from '../../../spec/v1/management.ts';
import type { TeecUuid } from '../../../spec/v1/uuid.ts';
import type {
  CoreMigrationStep,
  CorePublicInfo,
  CoreSnapshot,
  LaunchInfo,
  ManagementEffect,
} from '../domain-protocol.ts';
import { adoptionOf, withAdoption } from './adopted-storage.ts';
import type { AuditEntry, AuditRecord } from './audit-log.ts';
import { auditEntry, type BootedCore, boot, type CoreDeps } from './boot.ts';
import type { BootInput } from './core-inputs.ts';
import { snapshotOf } from './core-snapshot.ts';
import { destroyDevice } from './device-identity.ts';
import { answerTaRequest } from './evidence-maker.ts';
import { sealGrant } from './grant.ts';
import { Instances } from './instances.ts';
import { admit, launchInfo } from './launch.ts';
import { executeCommand } from './management.ts';
import { type MigrationStepAnswer, Migrations } from './migration.ts';
import type { MigrationContext } from './migration-peer.ts';
import type { Registry } from './registry.ts';
import { sealTicket } from './ticket.ts';

const CHANNEL_KEY_BYTES = 32;

/** Answer to a launch that is granted. */
export interface GrantedLaunch {
  readonly info: LaunchInfo;
  readonly grant: Uint8Array;
  readonly bundle: Uint8Array;
}

/** The core after its boot. Every decision it takes is in the audit log before it has an effect. */
export class Core {
  readonly #booted: BootedCore;
  readonly #tcbVersion: number;
  readonly #events: readonly BootEvent[];
  readonly #instances = new Instances();
  readonly #migrations = new Migrations();
  readonly #deviceId: string;
  /** Of the last request that had one. */
  #time: number;

  constructor(booted: BootedCore, tcbVersion: number, input: BootInput) {
    this.#booted = booted;
    this.#tcbVersion = tcbVersion;
    this.#events = input.events;
    this.#time = input.time;
    this.#deviceId = toHex(sm3(booted.device.root.publicKey));
  }

  get rootCertificate(): Uint8Array {
    return this.#booted.device.rootCertificate;
  }

  publicInfo(): CorePublicInfo {
    const { device } = this.#booted;
    const registry = this.#registry();
    return {
      device: this.#deviceId,
      bundleKey: toBase64(device.bundle.publicKey),
      bundleCertificate: toBase64(device.bundleCertificate),
      attestationCertificate: toBase64(device.attestationCertificate),
      tcbVersion: this.#tcbVersion,
      tcbFloor: registry.tcbFloor,
      managed: registry.domains.some(({ sd, keys }) => sd === ROOT_SECURITY_DOMAIN && keys.length > 0),
      forget: registry.forget,
    };
  }

  /** @throws {@link SmError} what {@link admit} throws, after it is recorded; ERR_TEE_STORAGE */
  launch(uuid: TeecUuid, time: number, recipient: Uint8Array): GrantedLaunch {
    this.#time = time;
    const registry = this.#registry();
    const refusal = auditEntry({ time, event: 'launch-refused', uuid });
    const admission = this.#audited(refusal, () => {
      checkRecipient(recipient);
      return admit({ ...this.#context(registry), registry }, uuid);
    });
    const { manifest, codeDigest, headerDigest, codeKey, seed } = admission;
    const event: BootEvent = { stage: 'ta', name: manifest.name, digest: codeDigest };
    const secrets = [seed, codeKey];
    let id: string | undefined;
    try {
      const { instance, linkKey } = this.#audited(refusal, () => this.#instances.add(manifest, event));
      id = instance.id;
      secrets.push(linkKey);
      const grant = sealGrant(recipient, {
        instance: instance.id,
        seed,
        linkKey,
        codeKey,
        headerDigest,
        codeDigest: fromHex(codeDigest),
        deviceId: this.#deviceId,
        tcbVersion: this.#tcbVersion,
        adoption: adoptionOf(registry, uuid),
      });
      this.#booted.state.commit(
        { ...registry, forget: registry.forget.filter((forgotten) => forgotten !== uuid) },
        auditEntry({
          time,
          event: 'launched',
          uuid,
          detail: `version=${manifest.version} code=${codeDigest.slice(0, 16)} instance=${instance.id}`,
        }),
      );
      return { info: launchInfo(instance, admission), grant, bundle: admission.bundle };
    } catch (error) {
      if (id !== undefined) this.#instances.end(id);
      throw error;
    } finally {
      for (const secret of secrets) secret.fill(0);
    }
  }

  /** @throws {@link SmError} ERR_TEE_CHANNEL */
  taRequest(id: string, time: number, frame: Uint8Array): Uint8Array {
    this.#time = time;
    const { device } = this.#booted;
    const context = {
      device,
      tcbVersion: this.#tcbVersion,
      events: this.#events,
      starts: this.#registry().starts,
      time: new Date(time),
    };
    return answerTaRequest(this.#instances.get(id), frame, context, ({ manifest }) =>
      this.#adopted(manifest.uuid),
    );
  }

  #adopted(uuid: TeecUuid): void {
    const registry = this.#registry();
    const next = withAdoption(registry, uuid);
    if (next === registry) return;
    const detail = `migration=${(adoptionOf(next, uuid)?.transfer ?? '').slice(0, 16)}`;
    this.#booted.state.commit(
      next,
      auditEntry({ time: this.#time, event: 'migration-adopted', uuid, detail }),
    );
  }

  /** @throws {@link SmError} what {@link Migrations.step} throws, after it is recorded */
  migrate(step: CoreMigrationStep, message: Uint8Array, time: number): MigrationStepAnswer {
    this.#time = time;
    const { state } = this.#booted;
    const context: MigrationContext = {
      booted: this.#booted,
      deviceId: this.#deviceId,
      tcbVersion: this.#tcbVersion,
      events: this.#events,
      time: new Date(time),
      registry: () => this.#registry(),
      commit: (next, entry) => {
        state.commit(next, { ...entry, time });
        state.tidy();
      },
      cutOff: (uuid) => this.#instances.endAll([uuid]),
    };
    const detail = `step=${step.step} role=${step.role}`;
    const refusal = auditEntry({ time, event: 'migration-refused', uuid: step.ta, detail });
    return this.#audited(refusal, () => this.#migrations.step(context, step, message));
  }

  /**
   * Tickets for a channel between two instances, if the one that is called takes the caller.
   *
   * @throws {@link TeecError} ACCESS_DENIED
   * @throws {@link SmError} ERR_TEE_CHANNEL
   */
  connect(fromId: string, toId: string): readonly [Uint8Array, Uint8Array] {
    const from = this.#instances.get(fromId);
    const to = this.#instances.get(toId);
    const [caller, called] = [from.manifest.uuid, to.manifest.uuid];
    const { callers } = to.manifest;
    const entry = auditEntry({
      time: this.#time,
      event: 'connect-refused',
      uuid: called,
      detail: `caller=${caller}`,
    });
    this.#audited(entry, () => {
      if (!from.manifest.apis.includes('internal-client') || callers?.includes(caller) === false) {
        throw teecError('ACCESS_DENIED', 'TEE');
      }
    });
    const key = randomBytes(CHANNEL_KEY_BYTES);
    try {
      return [
        sealTicket(from.link, { role: 'initiator', peer: called, key }),
        sealTicket(to.link, { role: 'responder', peer: caller, key }),
      ];
    } finally {
      key.fill(0);
    }
  }

  ended(id: string): void {
    this.#instances.end(id);
  }

  /** @throws {@link SmError} why the command is refused, after it is recorded; ERR_TEE_STORAGE */
  manage(
    command: Uint8Array,
    payload: Uint8Array,
    time: number,
  ): { readonly receipt: Uint8Array; readonly effect: ManagementEffect } {
    this.#time = time;
    const { device, state } = this.#booted;
    return executeCommand(command, {
      ...this.#context(this.#registry()),
      state,
      payload,
      time,
      deviceId: this.#deviceId,
      attestation: device.attestation,
      cutOff: (uuids) => this.#instances.endAll(uuids),
    });
  }

  snapshot(): CoreSnapshot {
    return snapshotOf(this.#registry(), this.#booted.catalogue, this.#tcbVersion);
  }

  /** @throws {@link SmError} ERR_TEE_AUDIT_INTEGRITY */
  audit(from: number, max: number): readonly AuditRecord[] {
    return this.#booted.state.audit.read(this.#registry().audit, from, max);
  }

  destroy(): void {
    const { device, state } = this.#booted;
    this.#migrations.destroy();
    this.#instances.destroy();
    destroyDevice(device);
    state.close();
  }

  #registry(): Registry {
    const { registry } = this.#booted.state;
    if (registry === undefined) throw TEE_CLIENT_ERRORS.create('ERR_TEE_SEAL_INTEGRITY');
    return registry;
  }

  #context(registry: Registry) {
    const { state, catalogue, device } = this.#booted;
    return {
      registry,
      state,
      catalogue,
      bundleKey: device.bundle,
      huk: state.huk,
      tcbVersion: this.#tcbVersion,
    };
  }

  /** Records the refusal that `decide` ends with, before it leaves. */
  #audited<T>(entry: AuditEntry, decide: () => T): T {
    try {
      return decide();
    } catch (error) {
      if (error instanceof SmError) {
        const detail = [entry.detail, error.detail ?? ''].filter((part) => part !== '').join(' ');
        this.#booted.state.commit(this.#registry(), { ...entry, code: error.code, detail });
      }
      throw error;
    }
  }
}

function checkRecipient(recipient: Uint8Array): void {
  try {
    if (recipient.length === 65 && equalBytes(sm2.publicKey(recipient), recipient)) return;
  } catch {
    // Not a point: refused below.
  }
  throw TEE_CLIENT_ERRORS.create('ERR_TEE_LAUNCH_REFUSED', { detail: 'reason=ephemeral-key' });
}

/** Boots the core. @throws {@link SmError} what {@link boot} throws */
export function bootCore(tcbVersion: number, input: BootInput, deps: CoreDeps): Core {
  return new Core(boot(tcbVersion, input, deps), tcbVersion, input);
}
