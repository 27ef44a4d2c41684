/**
 * Domains that are functions of the test: what the host side does around them (launch, sessions,
 * channels, death) without a runtime inside.
 */
import { canonicalJson, type JsonValue, parseJson } from '@cssi/sm-core';
import type {
  DomainAnswer,
  DomainRequest,
  DomainStart,
  LaunchInfo,
  RpcAnswer,
  RpcRequest,
} from '../../src/adapters/software/domain-protocol.ts';
import type { DomainLink, LinkHandlers } from '../../src/adapters/software/link/link.ts';

export const A = '00000000-0000-4000-8000-00000000000a';
export const B = '00000000-0000-4000-8000-00000000000b';
export const C = '00000000-0000-4000-8000-00000000000c';

const json = (value: unknown): Uint8Array => canonicalJson(value as JsonValue);

export const answer = (fields: Partial<DomainAnswer> = {}): DomainAnswer => ({
  result: 0,
  origin: 4,
  session: 0,
  value: 0,
  params: [],
  parts: [],
  error: undefined,
  ...fields,
});

export const failure = (code: string, detail = ''): DomainAnswer => answer({ error: { code, detail } });

/** What one fake domain does with a request; the default answers success. */
export type Behaviour = (
  request: DomainRequest,
  domain: FakeDomain,
) => DomainAnswer | undefined | Promise<DomainAnswer | undefined>;

/** One opened fake domain. */
export class FakeDomain implements DomainLink {
  readonly start: DomainStart;
  readonly handlers: LinkHandlers;
  readonly requests: DomainRequest[] = [];
  readonly #world: World;
  dead = false;
  pending = 0;
  resident: number | undefined = 1 << 20;
  exitReason: string | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #nextSession = 1;
  readonly #died: Promise<void>;
  #die: () => void = () => {};

  constructor(world: World, start: DomainStart, handlers: LinkHandlers) {
    this.#world = world;
    this.start = start;
    this.handlers = handlers;
    this.#died = new Promise((resolve) => {
      this.#die = resolve;
    });
  }

  async #answer(request: DomainRequest): Promise<DomainAnswer> {
    this.requests.push(request);
    const own = await this.#world.behaviour(request, this);
    if (own !== undefined) return own;
    if (this.start.kind === 'core') return this.#world.core(request);
    if (request.kind === 'open') return answer({ session: this.#nextSession++ });
    if (request.kind === 'control' && request.name === 'hello') {
      return answer({ parts: [new Uint8Array(65)] });
    }
    if (request.kind === 'control' && request.name === 'start') {
      return answer({ parts: [json({ measurement: 'ab'.repeat(32) })] });
    }
    return answer();
  }

  call(request: DomainRequest): Promise<DomainAnswer> {
    const gone = answer({ result: 0xffff3024, origin: 3 });
    if (this.dead) return Promise.resolve(gone);
    this.pending++;
    const turn = this.#last.then(() => (this.dead ? gone : this.#answer(request)));
    this.#last = turn.catch(() => {});
    return Promise.race([turn, this.#died.then(() => gone)]).finally(() => {
      this.pending--;
    });
  }

  /** Asks the host something, as the domain does while it works. */
  ask(request: RpcRequest, signal?: AbortSignal): RpcAnswer | Promise<RpcAnswer> {
    return this.handlers.onRpc(request, { signal, deadline: performance.now() + 5_000 });
  }

  kill(reason: string): void {
    if (this.dead) return;
    this.dead = true;
    this.exitReason = reason;
    this.#die();
    setTimeout(() => this.handlers.onExit(reason), 5);
  }

  async close(): Promise<void> {
    this.kill('closed');
  }

  residentBytes(): number | undefined {
    return this.resident;
  }
}

/** All domains of one test, and the state of its core. */
export class World {
  readonly opened: FakeDomain[] = [];
  behaviour: Behaviour = () => undefined;
  installed: string[] = [A, B, C];
  info: Partial<LaunchInfo> = {};
  manage: { stop?: string[]; forget?: string[]; personalise?: { ta: string; data: string } } = {};
  tcb = { tcbVersion: 1, tcbFloor: 0 };
  /** What the core asks to be forgotten at its start. */
  forget: string[] = [];
  #instances = 0;

  open(start: DomainStart, handlers: LinkHandlers): Promise<DomainLink> {
    const domain = new FakeDomain(this, start, handlers);
    this.opened.push(domain);
    return Promise.resolve(domain);
  }

  /** The last domain opened for an application. */
  domain(uuid: string): FakeDomain {
    const found = this.opened.findLast((domain) => domain.start.kind === 'ta' && domain.start.uuid === uuid);
    if (found === undefined) throw new Error(`no domain of ${uuid}`);
    return found;
  }

  get theCore(): FakeDomain {
    return this.opened.findLast((domain) => domain.start.kind === 'core') as FakeDomain;
  }

  opens(uuid: string): number {
    return this.opened.filter((domain) => domain.start.uuid === uuid).length;
  }

  core(request: DomainRequest): DomainAnswer {
    if (request.kind !== 'control') return answer();
    const facts = (): Record<string, unknown> =>
      parseJson(request.parts[0] ?? new Uint8Array(0), 1 << 20) as Record<string, unknown>;
    switch (request.name) {
      case 'boot':
        return answer({
          parts: [
            Uint8Array.of(0x30),
            json({ device: 'd', bundleKey: 'k', managed: false, forget: this.forget, ...this.tcb }),
          ],
        });
      case 'snapshot':
        return answer({
          parts: [
            json({
              ...this.tcb,
              teeLocked: false,
              applications: this.installed.map((uuid) => ({
                uuid,
                name: `ta-${uuid.slice(-1)}`,
                version: 1,
                state: 'selectable',
                domain: A,
                builtIn: false,
                memoryBytes: 4096,
              })),
            }),
          ],
        });
      case 'launch': {
        const info: LaunchInfo = {
          instance: String(++this.#instances).padStart(32, '0'),
          name: `ta-${String(facts().uuid).slice(-1)}`,
          version: 1,
          image: '',
          codeDigest: '',
          singleInstance: true,
          multiSession: true,
          instanceKeepAlive: true,
          memoryBytes: 4096,
          storageBytes: 4096,
          maxSessions: 16,
          callTimeoutMs: 1_000,
          socketPeers: [],
          ...this.info,
        };
        return answer({ parts: [json(info), new Uint8Array(1), new Uint8Array(1)] });
      }
      case 'ta-request':
        return answer({ parts: [Uint8Array.of(...(request.parts[1] ?? []), 9)] });
      case 'connect':
        return answer({ parts: [Uint8Array.of(1), Uint8Array.of(2)] });
      case 'manage':
        return answer({
          parts: [
            Uint8Array.of(0xaa),
            json({
              stop: this.manage.stop ?? [],
              forget: this.manage.forget ?? [],
              ...(this.manage.personalise === undefined ? {} : { personalise: this.manage.personalise }),
            }),
          ],
        });
      default:
        return answer();
    }
  }

  /** Requests of one name that reached the core. */
  coreRequests(name: string): DomainRequest[] {
    return this.opened
      .filter((domain) => domain.start.kind === 'core')
      .flatMap((domain) => domain.requests)
      .filter((request) => request.kind === 'control' && request.name === name);
  }
}
