import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConformanceCase, runSuite } from '@cssi/sm-core/conformance';
import {
  createSoftwareTee,
  type DomainMode,
  type SoftwareTee,
} from '../../../src/adapters/software/index.ts';
import { conformanceCapabilities, teeClientSuite } from '../../../src/conformance/index.ts';
import type { TeeClient, TeecContext } from '../../../src/spec/v1/client.ts';
import { REMOTE_FUNCTIONS, type RemoteFunctionName } from '../../../src/spec/v1/conformance-ta.ts';
import { bind, type Fault, faulty, instrument, plant, programOf } from './kit.ts';

/** No case takes so long on a sound TEE; a faulty one may never end. */
const CASE_MS = { process: 30_000, worker: 30_000, 'in-process': 5000 } as const;
const MAX_COMMANDS = 2000;
const NAMES = new Map<number, RemoteFunctionName>(
  Object.entries(REMOTE_FUNCTIONS).map(([name, number]) => [number, name as RemoteFunctionName]),
);

/** What a case does with the TEE: which functions it calls, and whether it opens sessions at all. */
export interface Trace {
  readonly functions: ReadonlySet<RemoteFunctionName>;
  /** The function called last: the one under test in a case that refuses or panics. */
  readonly last: RemoteFunctionName | undefined;
}

/** Runs single cases on one software TEE, with a fault or without. */
export class FaultBench {
  readonly #mode: DomainMode;
  readonly #dataDir: string;
  readonly #tee: SoftwareTee;
  readonly #capabilities: ReadonlySet<string>;
  #round = 0;

  private constructor(
    mode: DomainMode,
    dataDir: string,
    tee: SoftwareTee,
    capabilities: ReadonlySet<string>,
  ) {
    this.#mode = mode;
    this.#dataDir = dataDir;
    this.#tee = tee;
    this.#capabilities = capabilities;
  }

  static async open(mode: DomainMode): Promise<FaultBench> {
    const dataDir = mkdtempSync(join(tmpdir(), 'cssi-tee-'));
    const options = { dataDir, mode, conformanceTa: true, checkIntervalMs: 0 };
    const tee = await createSoftwareTee(
      options,
      mode === 'in-process' ? { instrument: (api) => instrument(api) } : {},
    );
    return new FaultBench(mode, dataDir, tee, await conformanceCapabilities(tee));
  }

  async close(): Promise<void> {
    plant(undefined);
    await this.#tee.close();
    rmSync(this.#dataDir, { recursive: true, force: true });
  }

  /** Does the case need what this bench's TEE does not have? */
  lacks(item: ConformanceCase<TeeClient>): boolean {
    return item.requires?.some((name) => !this.#capabilities.has(name)) ?? false;
  }

  /** Outcome of the case, and the functions it called. */
  async run(
    item: ConformanceCase<TeeClient>,
    fault?: Fault,
  ): Promise<{ passed: boolean; detail: string } & Trace> {
    const functions = new Set<RemoteFunctionName>();
    const contexts: TeecContext[] = [];
    let last: RemoteFunctionName | undefined;
    let commands = 0;
    let over = false;
    const watched = faulty(
      bind(this.#tee as TeeClient, {
        initializeContext: async (name) => {
          const context = await this.#tee.initializeContext(name);
          contexts.push(context);
          return context;
        },
      }),
      {
        session: (session) => ({
          invokeCommand: (command, operation) => {
            if (over || ++commands > MAX_COMMANDS) return Promise.reject(new Error('the case is over'));
            for (const { function: number } of programOf(command, operation)) {
              const name = NAMES.get(number);
              if (name === undefined) continue;
              functions.add(name);
              last = name;
            }
            return session.invokeCommand(command, operation);
          },
        }),
      },
    );
    plant(fault);
    const subject = fault?.outside?.(watched) ?? watched;
    const timer = { id: undefined as ReturnType<typeof setTimeout> | undefined };
    const limit = new Promise<'hangs'>((resolve) => {
      timer.id = setTimeout(() => resolve('hangs'), CASE_MS[this.#mode]);
    });
    const running = runSuite(
      { ...teeClientSuite, cases: [item] },
      { name: 'bench', subject, capabilities: this.#capabilities },
      { seed: `bench ${this.#round++}` },
    );
    const report = await Promise.race([running, limit]);
    clearTimeout(timer.id);
    over = true;
    plant(undefined);
    await Promise.all(contexts.map((context) => context.finalize()));
    if (report === 'hangs') return { passed: false, detail: 'hangs', functions, last };
    const [result] = report.results;
    return { passed: result?.outcome === 'pass', detail: result?.detail ?? '', functions, last };
  }
}
