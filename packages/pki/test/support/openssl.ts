import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { interopPresent } from './interop.ts';

function canSm2(): boolean {
  try {
    const version = execFileSync('openssl', ['version'], { encoding: 'utf8' });
    const curves = execFileSync('openssl', ['ecparam', '-list_curves'], { encoding: 'utf8' });
    return /^OpenSSL [3-9]/.test(version) && /\bSM2\b/.test(curves);
  } catch {
    return false;
  }
}

export const NO_OPENSSL = 'openssl 3 with SM2 not present: skipped the checks against it';
/** Is an OpenSSL 3 or newer with SM2 there? When the environment demands it, its absence is an error. */
export const hasOpenssl: boolean = interopPresent('openssl 3 with SM2', canSm2());

/** The option that makes OpenSSL use the signer ID of the standard. */
export const DISTID = 'distid:1234567812345678';

/** What one run said. */
export interface OpensslResult {
  readonly status: number | null;
  /** Standard output and standard error. */
  readonly text: string;
}

/** OpenSSL in a folder of its own. */
export class Openssl {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'cssi-pki-'));

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Writes a file and answers its path. */
  file(name: string, content: Uint8Array | string): string {
    writeFileSync(this.path(name), content);
    return this.path(name);
  }

  /** Bytes of a file that a run wrote. */
  read(name: string): Uint8Array {
    return Uint8Array.from(readFileSync(this.path(name)));
  }

  run(...args: readonly string[]): OpensslResult {
    const { status, stdout, stderr } = spawnSync('openssl', args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: this.folder,
    });
    return { status, text: stdout + stderr };
  }

  /** Standard output of a run that must succeed. */
  says(...args: readonly string[]): string {
    return execFileSync('openssl', args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: this.folder,
    });
  }

  /** Standard output in bytes of a run that must succeed. */
  makes(...args: readonly string[]): Uint8Array {
    const stdio = ['ignore', 'pipe', 'pipe'] as const;
    return Uint8Array.from(execFileSync('openssl', args, { stdio: [...stdio], cwd: this.folder }));
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
