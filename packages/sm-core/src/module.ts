import { defaultEngine } from './default-engine.ts';
import { SM_CORE_ERRORS } from './errors.ts';
import { type ApprovedAlgorithm, findApproved } from './module/approved.ts';
import { Gate } from './module/gate.ts';
import {
  type ComponentIntegrity,
  KERNEL_COMPONENTS,
  type ModuleComponent,
  testIntegrity,
} from './module/integrity.ts';
import { withRandom } from './module/own-random.ts';
import { testPair } from './module/pair-test.ts';
import { findService } from './module/services.ts';
import {
  MODULE_NAME,
  MODULE_TRANSITIONS,
  MODULE_VERSION,
  type ModuleState,
  type ModuleStatus,
} from './module/status.ts';
import { HealthCheckedRandom, randomBytes } from './random.ts';
import { Secret } from './secret.ts';
import { runSelfTest, type SelfTestReport } from './self-test.ts';
import { checkObject, checkRandom } from './sm2/input.ts';
import { createSm2, type Sm2Functions } from './sm2.ts';
import { createSm3, type Sm3Functions } from './sm3.ts';
import { createSm4, type Sm4Functions } from './sm4.ts';
import type { RandomSource, SmEngine } from './spec/v1/engine.ts';
import { createZuc, type ZucFunctions } from './zuc.ts';

/** Options of {@link createSmModule}. */
export interface SmModuleOptions {
  /** The engine; the default engine when left out. */
  readonly engine?: SmEngine;
  /** The random source, which is health-checked in any case; the platform's when left out. */
  readonly random?: RandomSource;
  /**
   * Compliance mode (合规模式): services and algorithm names that are not approved are
   * refused. A random source brought by a caller is refused where it is recognised, and never
   * used: everything is drawn from the module's. Off when left out.
   */
  readonly compliance?: boolean;
  /** Run the self-test at once; with `false` the module waits in `power-on`. On when left out. */
  readonly start?: boolean;
  /** The parts whose integrity is tested; the WebAssembly kernel when left out. */
  readonly components?: readonly ModuleComponent[];
}

/**
 * A cryptographic module (密码模块) with states, around the same functions that this package
 * exports without them.
 *
 * Guarantee: no service gives out anything unless every self-test has passed and none has
 * failed since. A failed self-test, consistency test or health test of the module's source
 * (one brought by a caller is the caller's) ends the module: from then on every service throws ERR_MODULE_STATE, also on objects that it gave out before.
 * Every service of {@link MODULE_SERVICES} throws {@link SmError} with ERR_MODULE_STATE or
 * ERR_ALGORITHM_NOT_APPROVED besides the codes of the function it stands for.
 *
 * The plain functions (`sm2`, `sm3`, `sm4` …) know no module and no states; what they share
 * with it is the health-checked random source.
 *
 * @standard GB/T 37092-2018 level 1, GM/T 0028-2014 (technical requirements; not certified)
 */
export interface SmModule {
  /** SM2; generated key pairs pass a consistency test. */
  readonly sm2: Sm2Functions;
  /** SM3 and what is built on it. */
  readonly sm3: Sm3Functions;
  /** SM4. */
  readonly sm4: Sm4Functions;
  /** ZUC. */
  readonly zuc: ZucFunctions;
  /** As {@link randomBytes}, from the module's source. */
  randomBytes(length: number): Uint8Array;
  /** As {@link Secret.random}, from the module's source. */
  randomSecret(length: number): Secret;
  /** Identity and state; served in every state. */
  status(): ModuleStatus;
  /**
   * Runs every self-test (on-demand test, 按需自检): known answers, random source, integrity.
   *
   * @throws {@link SmError} ERR_MODULE_STATE, ERR_SELF_TEST_FAILED, ERR_RANDOM_UNHEALTHY, ERR_MODULE_INTEGRITY
   */
  selfTest(): SelfTestReport;
  /**
   * The approved algorithm of a name or object identifier.
   *
   * @returns `undefined` for an unknown name outside compliance mode
   * @throws {@link SmError} ERR_ALGORITHM_NOT_APPROVED for an unknown name in compliance mode
   */
  checkAlgorithm(name: string): ApprovedAlgorithm | undefined;
  /**
   * Zeroes every secret that the module has generated or holds in objects it gave out
   * (密码模块置零), and the random pool. Served in every state; the module is of no use afterwards.
   * When an object throws at it the others are zeroed all the same, then the error is thrown.
   *
   * @standard GM/T 0028-2014 §7.9
   */
  zeroise(): void;
}

/** Errors after which the module must not go on; a failed random source is seen by its state. */
const FATAL: ReadonlySet<string> = new Set([
  'ERR_SELF_TEST_FAILED',
  'ERR_PAIR_INCONSISTENT',
  'ERR_MODULE_INTEGRITY',
]);

/**
 * Has the caller of a service brought a random source along? A courtesy that tells of a mistake:
 * no list is complete, so that {@link withRandom} is what keeps a source of others from being used.
 */
function bringsRandom(args: readonly unknown[]): boolean {
  return args.some((value) => {
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false;
    if ('random' in value && value.random !== undefined) return true;
    return 'fill' in value && typeof value.fill === 'function' && !Array.isArray(value);
  });
}

class Module {
  readonly #engine: SmEngine;
  readonly #random: HealthCheckedRandom;
  readonly #compliance: boolean;
  readonly #components: readonly ModuleComponent[];
  readonly #gate: Gate;
  #state: ModuleState = 'power-on';
  #integrity: readonly ComponentIntegrity[] = [];
  #report: SelfTestReport | undefined;
  #error: string | undefined;

  constructor(options: SmModuleOptions) {
    const { engine = defaultEngine } = checkObject(options, 'options');
    const random = checkRandom(options.random);
    this.#random =
      random instanceof HealthCheckedRandom ? random : new HealthCheckedRandom((out) => random.fill(out));
    this.#engine = checkObject(engine, 'engine');
    this.#compliance = options.compliance === true;
    this.#components = options.components ?? KERNEL_COMPONENTS;
    this.#gate = new Gate({
      enter: (service, args) => this.#enter(service, args),
      leave: (service) => this.#serve(service),
      failed: (error) => this.#failed(error),
    });
  }

  services(): SmModule {
    const gate = this.#gate;
    const engine = this.#engine;
    const random = this.#random;
    const sm2 = withRandom(engine, createSm2(engine), random, this.#compliance);
    const generateKeyPair: Sm2Functions['generateKeyPair'] = (source) => {
      const pair = sm2.generateKeyPair(source);
      testPair(engine, sm2, pair, random);
      return pair;
    };
    return Object.freeze({
      sm2: gate.facade('sm2', { ...sm2, generateKeyPair }),
      sm3: gate.facade('sm3', createSm3(engine)),
      sm4: gate.facade('sm4', createSm4(engine, random)),
      zuc: gate.facade('zuc', createZuc(engine)),
      randomBytes: gate.service('randomBytes', (length: number) => randomBytes(length, random)),
      randomSecret: gate.service('randomSecret', (length: number) => Secret.random(length, random)),
      status: () => this.#status(),
      selfTest: () => this.selfTest(),
      checkAlgorithm: (name: string) => this.#checkAlgorithm(name),
      zeroise: () => this.#zeroise(),
    });
  }

  selfTest(): SelfTestReport {
    if (!MODULE_TRANSITIONS[this.#state].includes('self-test')) throw this.#refusal('selfTest');
    this.#to('self-test');
    try {
      const report = runSelfTest(this.#engine);
      this.#random.check();
      this.#integrity = testIntegrity(this.#engine, this.#components);
      const damaged = this.#integrity.find(({ passed }) => !passed);
      if (damaged !== undefined) {
        throw SM_CORE_ERRORS.create('ERR_MODULE_INTEGRITY', { detail: `component=${damaged.name}` });
      }
      this.#report = report;
      this.#to('operational');
      return report;
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  #to(state: ModuleState): void {
    if (!MODULE_TRANSITIONS[this.#state].includes(state)) throw this.#refusal(`state-${state}`);
    this.#state = state;
  }

  #fail(error: unknown): void {
    // Foreign code (a random source) may have zeroised the module meanwhile: that is final.
    if (this.#state === 'zeroised') return;
    this.#error ??= SM_CORE_ERRORS.is(error) ? error.code : 'ERR_SELF_TEST_FAILED';
    this.#state = 'error';
  }

  /** The source may have failed where no service threw for it: within a batch, or outside the module. */
  #watchRandom(): void {
    if (this.#state !== 'operational' || this.#random.state !== 'failed') return;
    this.#fail(SM_CORE_ERRORS.create('ERR_RANDOM_UNHEALTHY'));
  }

  #failed(error: unknown): void {
    this.#watchRandom();
    if (this.#state === 'operational' && SM_CORE_ERRORS.is(error) && FATAL.has(error.code)) this.#fail(error);
  }

  #refusal(service: string): Error {
    return SM_CORE_ERRORS.create('ERR_MODULE_STATE', { detail: `state=${this.#state} service=${service}` });
  }

  /** Throws unless services are given. */
  #serve(service: string): void {
    this.#watchRandom();
    if (this.#state !== 'operational') throw this.#refusal(service);
  }

  #enter(service: string, args: readonly unknown[]): void {
    this.#serve(service);
    if (!this.#compliance) return;
    if (findService(service)?.approved !== true) {
      throw SM_CORE_ERRORS.create('ERR_ALGORITHM_NOT_APPROVED', { detail: `service=${service}` });
    }
    if (bringsRandom(args)) {
      throw SM_CORE_ERRORS.create('ERR_ALGORITHM_NOT_APPROVED', {
        detail: `service=${service} parameter=random`,
      });
    }
  }

  #status(): ModuleStatus {
    this.#watchRandom();
    const { name, profile, capabilities } = this.#engine;
    return {
      specVersion: '1',
      name: MODULE_NAME,
      version: MODULE_VERSION,
      profile: 'GB/T 37092 level 1, not certified',
      state: this.#state,
      compliance: this.#compliance,
      engine: {
        name,
        path: profile.path,
        capabilities: [...capabilities],
        constantTime: [...profile.constantTime],
      },
      random: this.#random.state,
      integrity: this.#integrity,
      selfTest: this.#report,
      error: this.#error,
    };
  }

  #checkAlgorithm(name: string): ApprovedAlgorithm | undefined {
    const algorithm = findApproved(name);
    if (algorithm === undefined && this.#compliance) {
      throw SM_CORE_ERRORS.create('ERR_ALGORITHM_NOT_APPROVED', { detail: 'parameter=name' });
    }
    return algorithm;
  }

  #zeroise(): void {
    this.#state = 'zeroised';
    try {
      this.#gate.destroyAll();
    } finally {
      this.#random.discard();
    }
  }
}

/**
 * Makes a module and, unless told otherwise, runs its self-test. A module that failed it is
 * returned all the same, in the state `error`: its status says why, its services refuse.
 *
 * @throws {@link SmError} ERR_INPUT_TYPE
 * @example
 * ```ts
 * import { createSmModule } from '@cssi/sm-core';
 * const module = createSmModule({ compliance: true });
 * const { state } = module.status();
 * const pair = module.sm2.generateKeyPair();
 * module.zeroise();
 * ```
 */
export function createSmModule(options: SmModuleOptions = {}): SmModule {
  const module = new Module(options);
  if (options.start !== false) {
    try {
      module.selfTest();
    } catch {
      // The state tells.
    }
  }
  return module.services();
}
