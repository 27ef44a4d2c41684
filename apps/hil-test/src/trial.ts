import { SmError } from '@cssi/sm-core';
import {
  type ConformanceReport,
  type ConformanceSuite,
  runSuite,
  type SubjectUnderTest,
} from '@cssi/sm-core/conformance';
import { HIL_ERRORS } from './errors.ts';
import { withTemporaryFolder } from './temporary.ts';
import { plain } from './text.ts';

/** The layers that have suites, lowest first. */
export const LAYERS = [
  'sm-core',
  'pki',
  'tee-client',
  'security-service-api',
  'kms',
  'seal',
  'model-transfer',
] as const;

/** Name of a layer. */
export type LayerName = (typeof LAYERS)[number];

/** Where a subject is set up. */
export interface Setting {
  /** Empty folder for this trial alone; removed afterwards. */
  readonly folder: string;
  /** The clock of the run stands at this time. */
  readonly now: Date;
  /** Registers what takes the subject down; steps run in reverse order. */
  onClose(step: () => Promise<void>): void;
}

/** A subject that is ready. `emulated` comes from the adapter: true when it stands in for a device. */
export type Opened<Subject> = Omit<SubjectUnderTest<Subject>, 'name'>;

/** How trials are run. */
export interface TrialOptions {
  readonly seed: string;
  readonly now: Date;
  /** A subject that takes longer is given up. */
  readonly limitMilliseconds: number;
}

/** What came of one trial. */
export interface TrialResult {
  readonly layer: LayerName;
  readonly suite: string;
  readonly subject: string;
  readonly milliseconds: number;
  /** Missing when the suite did not run to its end. */
  readonly report?: ConformanceReport;
  /** Why the subject could not be set up, run to the end, or taken down. */
  readonly problem?: string;
}

/** One suite on one subject. */
export interface Trial {
  readonly layer: LayerName;
  readonly suite: string;
  readonly specVersion: string;
  readonly subject: string;
  readonly cases: number;
  /** Never rejects: what goes wrong around the suite is a `problem` of the result. */
  run(options: TrialOptions): Promise<TrialResult>;
}

function problemOf(error: unknown): string {
  if (error instanceof SmError) return plain(`${error.code}: ${error.message}`);
  return plain(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
}

/** Gives up waiting after a time; the work itself cannot be stopped from outside. */
async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const detail = `milliseconds=${milliseconds}`;
    timer = setTimeout(() => reject(HIL_ERRORS.create('ERR_HIL_SUBJECT_TIMEOUT', { detail })), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Makes a trial.
 *
 * @param subject - name of the subject in reports, unique for the suite
 * @param open - constructs the adapter
 */
export function trial<Subject>(
  layer: LayerName,
  suite: ConformanceSuite<Subject>,
  subject: string,
  open: (setting: Setting) => Opened<Subject> | Promise<Opened<Subject>>,
): Trial {
  async function run({ seed, now, limitMilliseconds }: TrialOptions): Promise<TrialResult> {
    const started = performance.now();
    const steps: (() => Promise<void>)[] = [];
    const problems: string[] = [];
    const attempt = async (work: () => Promise<void>): Promise<void> => {
      try {
        await work();
      } catch (error) {
        problems.push(problemOf(error));
      }
    };
    let report: ConformanceReport | undefined;
    await attempt(() =>
      withTemporaryFolder(async (folder) => {
        const suiteRun = async () => {
          const opened = await open({ folder, now, onClose: (step) => steps.push(step) });
          return await runSuite(suite, { name: subject, ...opened }, { seed, now });
        };
        await attempt(async () => {
          report = await within(limitMilliseconds, suiteRun());
        });
        for (const step of steps.reverse()) await attempt(() => within(limitMilliseconds, step()));
      }),
    );
    return {
      layer,
      suite: suite.name,
      subject,
      milliseconds: Math.round(performance.now() - started),
      ...(report === undefined ? {} : { report }),
      ...(problems.length === 0 ? {} : { problem: problems.join('; ') }),
    };
  }
  return {
    layer,
    suite: suite.name,
    specVersion: suite.specVersion,
    subject,
    cases: suite.cases.length,
    run,
  };
}
