import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DemoFailure } from './expect.ts';

const appsFolder = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** What the server writes to its ready file. */
export interface ServerFacts {
  readonly address: string;
  readonly files: {
    readonly httpsCa: string;
    readonly platformCa: string;
    readonly teeRoot: string;
    readonly auditCertificate: string;
    readonly audit: string;
    readonly models: string;
  };
  readonly activations: Readonly<Record<string, string>>;
}

/** A server in a process of its own. */
export interface ServerProcess extends ServerFacts {
  readonly pid: number;
  /** Asks it to stop and waits until it has. */
  stop(): Promise<void>;
}

/** Exit code, when the process has ended and all it wrote has arrived. */
function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 3));
  });
}

/** Starts the reference server on free ports with a data folder of its own. */
export async function startServerProcess(folder: string): Promise<ServerProcess> {
  const readyFile = join(folder, 'ready.json');
  const child = spawn(
    process.execPath,
    [join(appsFolder, 'reference-server/dist/main.js'), '--ready-file', readyFile],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        ...process.env,
        CSSI_DATA_DIR: join(folder, 'data'),
        CSSI_HOST: '127.0.0.1',
        CSSI_PORT: '0',
        CSSI_HEALTH_PORT: '0',
      },
    },
  );
  let errors = '';
  child.stderr.on('data', (data: Buffer) => {
    errors = (errors + data.toString()).slice(-4000);
  });
  const exited = exitOf(child);
  // Who waits for it gets the failure; before that nobody does.
  exited.catch(() => undefined);
  for (let waited = 0; waited < 120_000; waited += 50) {
    const facts = await readFile(readyFile, 'utf8').catch(() => undefined);
    if (facts !== undefined) {
      return {
        ...(JSON.parse(facts) as ServerFacts),
        pid: child.pid!,
        async stop() {
          child.kill('SIGTERM');
          const code = await exited;
          if (code !== 0) throw new DemoFailure(`the server ended with ${code}: ${errors}`);
        },
      };
    }
    if (child.exitCode !== null || child.signalCode !== null)
      throw new DemoFailure(`the server did not start: ${errors}`);
    await sleep(50);
  }
  child.kill('SIGKILL');
  throw new DemoFailure('the server was not ready after two minutes');
}

/** How a run of the command line ended. */
export interface CliResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `cssi` in a process of its own. */
export async function runCli(
  args: readonly string[],
  options: { readonly passphrase?: string; readonly onLine?: (line: string) => void } = {},
): Promise<CliResult> {
  const child = spawn(process.execPath, [join(appsFolder, 'cli/dist/main.js'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...(options.passphrase === undefined ? {} : { CSSI_PASSPHRASE: options.passphrase }),
    },
  });
  let stdout = '';
  let stderr = '';
  let partial = '';
  // A character may lie across two pieces.
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    const lines = (partial + text).split('\n');
    partial = lines.pop() ?? '';
    for (const line of lines) options.onLine?.(line);
  });
  return { exitCode: await exitOf(child), stdout, stderr };
}

/** Code of the error, or of the first reason that is not a pass, that made a command say no. */
export function reasonOf(result: CliResult): string {
  const error = /ERR_[A-Z0-9_]+/.exec(result.stderr)?.[0];
  if (error !== undefined) return error;
  interface Aspect {
    readonly status: string;
    readonly reasons: readonly { readonly code: string }[];
  }
  const { verdict } = JSON.parse(result.stdout) as { verdict: Readonly<Record<string, Aspect>> };
  const [name, aspect] = Object.entries(verdict).find(([, { status }]) => status !== 'passed') ?? [];
  return `${name} ${aspect?.status}: ${aspect?.reasons.map(({ code }) => code).join(', ')}`;
}
