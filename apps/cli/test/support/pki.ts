import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pemDecode } from '@cssi/pki';
import { expect } from 'vitest';
import { cssi, cssiJson, temporaryFolder } from './cli.ts';

export const PASSPHRASE = 'correct horse battery';
export const TIME: readonly string[] = ['--time', '2026-12-01T00:00:00Z'];

/** JSON of a command, whose shape the test knows. */
const parsed = async (argv: readonly string[]) => (await cssiJson('pki', ...argv)).json;

/** A folder with files that commands make. */
export interface Desk {
  path(name: string): string;
  /** Runs `cssi pki …`, which must end well; gives its JSON. */
  pki(...argv: readonly string[]): ReturnType<typeof parsed>;
  /** A key under the passphrase, quick to open. */
  key(name: string): Promise<string>;
  /** A root CA: files `NAME.pem` and `NAME.key`. */
  root(name: string, subject: string): Promise<{ certificate: string; key: string }>;
  /** A certificate of that CA with its own key. */
  leaf(
    ca: { certificate: string; key: string },
    name: string,
    profile: string,
    ...more: readonly string[]
  ): Promise<{ certificate: string; key: string }>;
}

export function desk(): Desk {
  const folder = temporaryFolder();
  process.env.CSSI_PASSPHRASE = PASSPHRASE;
  const path = (name: string) => join(folder, name);
  const pki = async (...argv: readonly string[]) => {
    const { exitCode, json, err } = await cssiJson('pki', ...argv);
    expect(exitCode, `${argv.join(' ')}: ${err}`).toBe(0);
    return json;
  };
  const key = async (name: string) => {
    await pki('key', 'new', '--out', path(name), '--iterations', '1000');
    return path(name);
  };
  return {
    path,
    pki,
    key,
    async root(name, subject) {
      const certificate = path(`${name}.pem`);
      const own = await key(`${name}.key`);
      await pki('issue', '--self', '--key', own, '--subject', subject, '--out', certificate, ...TIME);
      return { certificate, key: own };
    },
    async leaf(ca, name, profile, ...more) {
      const own = await key(`${name}.key`);
      const csr = path(`${name}.csr`);
      const certificate = path(`${name}.pem`);
      await pki('csr', '--key', own, '--subject', `CN=${name},O=测试,C=CN`, '--out', csr);
      const by = ['--ca', ca.certificate, '--key', ca.key, '--csr', csr, '--profile', profile];
      await pki('issue', ...by, '--out', certificate, ...TIME, ...more);
      return { certificate, key: own };
    },
  };
}

/** Runs `cssi pki …` and gives the exit code and the code of the error. */
export async function failure(...argv: readonly string[]): Promise<readonly [number, string | undefined]> {
  const { exitCode, json } = await cssiJson('pki', ...argv);
  return [exitCode, json.error?.code];
}

/** Lines for people. */
export const shownBy = async (...argv: readonly string[]): Promise<string> =>
  (await cssi('pki', ...argv)).out;

export const derOf = (file: string): Uint8Array => pemDecode(readFileSync(file, 'latin1'))[0]!;
