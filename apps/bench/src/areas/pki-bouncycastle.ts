import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { toBase64 } from '@cssi/sm-core';

const JARS = ['bcprov', 'bcutil', 'bcpkix'].map((name) => `/usr/share/java/${name}.jar`);
const SOURCES = fileURLToPath(new URL('../../../../packages/pki/interop/', import.meta.url));

/** BouncyCastle in a process of its own, with all of the JVM's compilers. */
export class BouncyCastlePeer {
  readonly #folder: string;
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: Interface;
  #settle: ((line: string | Error) => void) | undefined;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#process = spawn('java', ['-cp', [folder, ...JARS].join(':'), 'Checker'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    this.#lines = createInterface({ input: this.#process.stdout });
    this.#lines.on('line', (line) => this.#settle?.(line));
    this.#process.on('exit', () => this.#settle?.(new Error('the JVM ended')));
  }

  /** Compiles and starts it; `undefined` where Java or its libraries are missing. */
  static open(): BouncyCastlePeer | undefined {
    if (!JARS.every((jar) => existsSync(jar))) return undefined;
    const folder = mkdtempSync(join(tmpdir(), 'cssi-bench-bc-'));
    try {
      const files = readdirSync(SOURCES).filter((name) => name.endsWith('.java'));
      const paths = files.map((name) => join(SOURCES, name));
      execFileSync('javac', ['-nowarn', '-cp', JARS.join(':'), '-d', folder, ...paths], { stdio: 'ignore' });
      return new BouncyCastlePeer(folder);
    } catch {
      rmSync(folder, { recursive: true, force: true });
      return undefined;
    }
  }

  /** Parses and verifies `certificates`, `rounds` times over; gives certificates per second. */
  async verifyRate(rounds: number, issuer: Uint8Array, certificates: readonly Uint8Array[]): Promise<number> {
    const fields = [issuer, ...certificates].map((bytes) => toBase64(bytes));
    const answer = new Promise<string>((resolve, reject) => {
      this.#settle = (line) => (typeof line === 'string' ? resolve(line) : reject(line));
    });
    this.#process.stdin.write(`bench-verify ${rounds} ${fields.join(' ')}\n`);
    const [status, count, nanoseconds] = (await answer).split(' ');
    if (status !== 'ok') throw new Error(`BouncyCastle: ${status} ${count}`);
    return Number(count) / (Number(nanoseconds) / 1e9);
  }

  async close(): Promise<void> {
    this.#lines.close();
    this.#process.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
