import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { fromBase64, toBase64 } from '@cssi/sm-core';
import { interopPresent } from './interop.ts';

const JARS = ['bcprov', 'bcutil', 'bcpkix'].map((name) => `/usr/share/java/${name}.jar`);
const SOURCES = fileURLToPath(new URL('../../interop/', import.meta.url));
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/interop/', import.meta.url));

function runs(program: string): boolean {
  try {
    execFileSync(program, ['-version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Are Java and the jars there? When the environment demands them, their absence is an error. */
export const hasBouncyCastle: boolean = interopPresent(
  'BouncyCastle (openjdk-17-jdk-headless, libbcprov-java, libbcpkix-java)',
  JARS.every((jar) => existsSync(jar)) && runs('javac') && runs('java'),
);

/** The folder with the compiled checker; compiled once per state of its sources. */
function compiled(): string {
  const files = readdirSync(SOURCES).filter((name) => name.endsWith('.java'));
  const hash = createHash('sha256');
  for (const name of files) hash.update(readFileSync(SOURCES + name));
  const target = join(CACHE, hash.digest('hex').slice(0, 16));
  if (existsSync(target)) return target;
  // Under a name of its own first: two test files may compile at once.
  const temporary = `${target}-${process.pid}`;
  mkdirSync(temporary, { recursive: true });
  const args = ['-nowarn', '-cp', JARS.join(':'), '-d', temporary, ...files.map((name) => SOURCES + name)];
  execFileSync('javac', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    renameSync(temporary, target);
  } catch {
    rmSync(temporary, { recursive: true, force: true });
  }
  return target;
}

/** What a job is given: bytes, a word, a time, or nothing. Bytes of a text: `utf8(…)`. */
export type Field = Uint8Array | string | Date | undefined;

function encoded(field: Field): string {
  if (field === undefined) return '-';
  if (field instanceof Date) return String(field.getTime());
  if (typeof field === 'string') {
    if (!/^[!-~]+$/.test(field)) throw new Error('a word of a job holds a space or is empty');
    return field;
  }
  return field.length === 0 ? '=' : toBase64(field);
}

/** BouncyCastle in a process of its own; jobs are answered in their order. */
export class BouncyCastle {
  readonly #process: ChildProcess;
  readonly #waiting: { answer(line: string): void; gone(error: Error): void }[] = [];
  #ended: Error | undefined;

  constructor() {
    const path = [compiled(), ...JARS].join(':');
    this.#process = spawn('java', ['-XX:TieredStopAtLevel=1', '-Xshare:auto', '-cp', path, 'Checker'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    createInterface({ input: this.#process.stdout! }).on('line', (line) => {
      this.#waiting.shift()?.answer(line);
    });
    this.#process.stdin!.on('error', (error) => this.#end(error));
    this.#process.on('error', (error) => this.#end(error));
    this.#process.on('exit', (code) => this.#end(new Error(`the checker ended with ${code}`)));
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { gone } of this.#waiting.splice(0)) gone(error);
  }

  /** The line that answers a job; a job that the checker does not understand is an error. */
  async #ask(verb: string, fields: readonly Field[]): Promise<string> {
    if (this.#ended !== undefined) throw this.#ended;
    const line = await new Promise<string>((answer, gone) => {
      this.#waiting.push({ answer, gone });
      this.#process.stdin!.write(`${[verb, ...fields.map(encoded)].join(' ')}\n`);
    });
    if (!/^(ok|no)( |$)/.test(line)) throw new Error(`${verb}: ${line}`);
    return line;
  }

  /** The fields of the answer; an error when BouncyCastle refuses. */
  async does(verb: string, ...fields: readonly Field[]): Promise<readonly string[]> {
    const line = await this.#ask(verb, fields);
    if (!line.startsWith('ok')) throw new Error(`BouncyCastle refuses ${verb}: ${line}`);
    return line.split(' ').slice(1);
  }

  /** The bytes that a job makes. */
  async makes(verb: string, ...fields: readonly Field[]): Promise<Uint8Array> {
    return bytesOf((await this.does(verb, ...fields))[0]);
  }

  /** Why BouncyCastle refuses, or `accepted`. */
  async refusal(verb: string, ...fields: readonly Field[]): Promise<string> {
    const line = await this.#ask(verb, fields);
    return line.startsWith('no ') ? line.slice(3) : 'accepted';
  }

  close(): void {
    this.#ended ??= new Error('the checker was closed');
    this.#process.stdin!.end();
  }
}

/** Bytes of one field of an answer. */
export function bytesOf(field: string | undefined): Uint8Array {
  if (field === undefined || field === '-') throw new Error('the answer holds no bytes there');
  return field === '=' ? new Uint8Array(0) : fromBase64(field);
}
