import { toBase64 } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../errors.ts';
import { teecError } from '../../spec/v1/error.ts';
import type { BootEvent } from '../../spec/v1/evidence.ts';
import type { TeecUuid } from '../../spec/v1/uuid.ts';
import { control, jsonPart, part, readJson } from './control.ts';
import type {
  CoreControl,
  CoreMigration,
  CoreMigrationStep,
  CorePublicInfo,
  CoreSnapshot,
  LaunchInfo,
  ManagementEffect,
} from './domain-protocol.ts';
import { type Eventual, type Flow, run, wait } from './flow.ts';
import type { DomainLink } from './link/link.ts';
import type { OpenDomain } from './open-domain.ts';
import type { Settings } from './options.ts';

const NIL_UUID = '00000000-0000-0000-0000-000000000000';
/** Heap and buffers of the core: bundles of up to 4 MiB pass through it. */
const MEMORY_BYTES = 256 << 20;
const TIMEOUT_MS = 60_000;

/** What a granted launch gives. */
export interface Launch {
  readonly info: LaunchInfo;
  readonly grant: Uint8Array;
  /** Empty for a built-in image. */
  readonly bundle: Uint8Array;
}

/** What the core is started with. */
export interface CoreEnvironment {
  readonly settings: Settings;
  readonly folder: string;
  readonly events: readonly BootEvent[];
  readonly open: OpenDomain;
  /** Hears of the device's public facts at each start, before any application can start. */
  readonly onBoot: (info: CorePublicInfo) => void;
  /** The core is gone without having been asked to end: the links of all applications with it are lost. */
  readonly onDeath: (reason: string) => void;
}

/** The host's end of the core domain. A core that died is started again at the next request. */
export class Core {
  readonly #environment: CoreEnvironment;
  #link: DomainLink | undefined;
  #starting: Promise<DomainLink> | undefined;
  #closing = false;
  #drift: string | undefined;
  #lastSnapshot: CoreSnapshot | undefined;
  #exited: Promise<void> = Promise.resolve();
  #facts: { readonly rootCertificate: Uint8Array; readonly info: CorePublicInfo } | undefined;

  constructor(environment: CoreEnvironment) {
    this.#environment = environment;
  }

  /** DER of the device root certificate, and the public facts of the last start. */
  get facts(): { readonly rootCertificate: Uint8Array; readonly info: CorePublicInfo } {
    if (this.#facts === undefined) throw new Error('the core has not started');
    return this.#facts;
  }

  get alive(): boolean {
    return this.#link !== undefined && !this.#link.dead;
  }

  get residentBytes(): number | undefined {
    return this.#link?.residentBytes();
  }

  /** Ends the core at once, and for good: the code it would start from is not the code that was measured. */
  stopForDrift(detail: string): void {
    this.#drift ??= detail;
    this.#link?.kill('drifted');
  }

  *#start(): Flow<DomainLink> {
    const { settings, folder, events, open, onBoot, onDeath } = this.#environment;
    yield* wait(this.#exited);
    let exited = (): void => {};
    const ended = new Promise<void>((resolve) => {
      exited = resolve;
    });
    // A domain that does not come up ends before there is a link to it.
    let link: DomainLink | undefined;
    link = yield* wait(
      open(
        { kind: 'core', uuid: NIL_UUID, folder, memoryLimit: MEMORY_BYTES, tcbVersion: settings.tcbVersion },
        {
          onRpc: () => {
            throw new Error('the core asks nothing');
          },
          onEvent: () => {},
          onExit: (reason) => {
            exited();
            if (!this.#closing && link !== undefined && this.#link === link) onDeath(reason);
          },
        },
      ),
    );
    this.#exited = ended;
    try {
      const managementKey = settings.managementKey;
      const parts = yield* control(
        link,
        'boot',
        [
          jsonPart({
            events: events.map(({ stage, name, digest }) => ({ stage, name, digest })),
            time: settings.clock().getTime(),
            conformanceTa: settings.conformanceTa,
            ...(managementKey === undefined ? {} : { managementKey: toBase64(managementKey) }),
          }),
        ],
        TIMEOUT_MS,
      );
      this.#facts = { rootCertificate: part(parts, 0).slice(), info: readJson<CorePublicInfo>(parts, 1) };
      onBoot(this.#facts.info);
      this.#checkUndrifted();
    } catch (error) {
      link.kill('start-failed');
      yield* wait(ended);
      throw error;
    }
    this.#link = link;
    return link;
  }

  #checkUndrifted(): void {
    if (this.#drift !== undefined) throw TEE_CLIENT_ERRORS.create('ERR_TEE_DRIFT', { detail: this.#drift });
  }

  *#live(): Flow<DomainLink> {
    if (this.#link !== undefined && !this.#link.dead) return this.#link;
    this.#checkUndrifted();
    // Nobody would end it.
    if (this.#closing) throw teecError('BAD_STATE', 'API', { detail: 'reason=closed' });
    if (this.#starting !== undefined) return yield* wait(this.#starting);
    const starting: Eventual<DomainLink> = run(this.#start());
    if (!(starting instanceof Promise)) return starting;
    const clear = (): void => {
      this.#starting = undefined;
    };
    this.#starting = starting;
    starting.then(clear, clear);
    return yield* wait(starting);
  }

  *#control(name: CoreControl, ...parts: Uint8Array[]): Flow<readonly Uint8Array[]> {
    return yield* control(yield* this.#live(), name, parts, TIMEOUT_MS);
  }

  #time(): number {
    return this.#environment.settings.clock().getTime();
  }

  /** Starts the core, unless it runs. */
  *boot(): Flow<void> {
    yield* this.#live();
  }

  *launch(uuid: TeecUuid, ephemeralKey: Uint8Array): Flow<Launch> {
    const parts = yield* this.#control('launch', jsonPart({ uuid, time: this.#time() }), ephemeralKey);
    return { info: readJson<LaunchInfo>(parts, 0), grant: part(parts, 1), bundle: part(parts, 2) };
  }

  /** Hands on what an application sealed for the core. */
  *taRequest(instance: string, frame: Uint8Array): Flow<Uint8Array> {
    return part(yield* this.#control('ta-request', jsonPart({ instance, time: this.#time() }), frame), 0);
  }

  /** Tickets of a channel, for its two ends. */
  *connect(from: string, to: string): Flow<readonly [Uint8Array, Uint8Array]> {
    const parts = yield* this.#control('connect', jsonPart({ from, to }));
    return [part(parts, 0), part(parts, 1)];
  }

  *ended(instance: string): Flow<void> {
    // A core that is gone, or has been started again, knows nothing of the instance.
    if (this.alive) yield* this.#control('ended', jsonPart({ instance }));
  }

  *manage(
    command: Uint8Array,
    payload: Uint8Array,
  ): Flow<{ readonly receipt: Uint8Array; readonly effect: ManagementEffect }> {
    const parts = yield* this.#control('manage', command, payload, jsonPart({ time: this.#time() }));
    return { receipt: part(parts, 0).slice(), effect: readJson<ManagementEffect>(parts, 1) };
  }

  /** A step of a migration; what it answers with is for the other side, or for a domain. */
  *migrate(
    step: CoreMigrationStep,
    message: Uint8Array,
  ): Flow<{ readonly answer: CoreMigration; readonly message: Uint8Array }> {
    const { ta, role } = step;
    const parts = yield* this.#control(
      'migrate',
      jsonPart({ step: step.step, ta, role, time: this.#time() }),
      message,
    );
    return { answer: readJson<CoreMigration>(parts, 0), message: part(parts, 1).slice() };
  }

  /** The state of what is installed; after drift the last there was. */
  *snapshot(): Flow<CoreSnapshot> {
    if (this.#drift !== undefined && this.#lastSnapshot !== undefined) return this.#lastSnapshot;
    this.#lastSnapshot = readJson<CoreSnapshot>(yield* this.#control('snapshot'), 0);
    return this.#lastSnapshot;
  }

  /** Audit records from number `from`, at most `max`. */
  *audit(from: number, max: number): Flow<unknown> {
    return readJson<unknown>(yield* this.#control('audit', jsonPart({ from, max })), 0);
  }

  /** Lets the core zero its secrets and ends it. */
  async close(): Promise<void> {
    this.#closing = true;
    try {
      await this.#starting;
    } catch {
      // It never ran.
    }
    await this.#link?.close();
    await this.#exited;
  }
}
