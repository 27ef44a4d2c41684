import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toHex } from '@cssi/sm-core';

const ATTRIBUTES = 'restricted|sign|fixedtpm|fixedparent|sensitivedataorigin|userwithauth';

export interface QuoteOfTpm {
  readonly quote: Uint8Array;
  readonly signature: Uint8Array;
}

/** A TPM 2.0 of somebody else's making: swtpm, spoken to through tpm2-tools. */
export class ForeignTpm {
  readonly #folder: string = mkdtempSync(join(tmpdir(), 'cssi-tpm-'));
  readonly #pid: number;

  constructor() {
    const [state, socket, pid] = ['state', 'socket', 'pid'].map((name) => join(this.#folder, name));
    mkdirSync(state!);
    execFileSync('swtpm', [
      'socket',
      '--tpm2',
      ...['--tpmstate', `dir=${state}`],
      ...['--ctrl', `type=unixio,path=${socket}.ctrl`],
      ...['--server', `type=unixio,path=${socket}`],
      ...['--flags', 'not-need-init,startup-clear'],
      '--daemon',
      ...['--pid', `file=${pid}`],
    ]);
    this.#pid = Number(readFileSync(pid!, 'utf8'));
  }

  stop(): void {
    process.kill(this.#pid);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  extend(index: number, bank: string, digest: Uint8Array): void {
    this.#tool('pcrextend', `${index}:${bank}=${toHex(digest)}`);
  }

  /** Values of the registers, one after the other in the order of the selection. */
  read(selection: string): Uint8Array {
    this.#tool('pcrread', selection, '-o', 'values');
    return this.#file('values');
  }

  /** A primary attestation key; gives its TPMT_PUBLIC. */
  primary(algorithm: string, hierarchy: 'e' | 'o', attributes: string = ATTRIBUTES): Uint8Array {
    this.#tool(
      'createprimary',
      '-C',
      hierarchy,
      '-G',
      algorithm,
      '-c',
      'ak',
      '-a',
      attributes,
      '-f',
      'tss',
      '-o',
      'ak.pub',
    );
    this.#tool('flushcontext', '-t');
    return this.#publicArea('ak.pub');
  }

  /** An attestation key below an endorsement key; gives the TPMT_PUBLIC of both. */
  child(): { readonly publicArea: Uint8Array; readonly parent: Uint8Array } {
    this.#tool('createek', '-c', 'ek', '-G', 'ecc', '-u', 'ek.pub');
    this.#tool('flushcontext', '-t');
    this.#tool(
      'createak',
      '-C',
      'ek',
      '-c',
      'ak',
      '-G',
      'ecc',
      '-g',
      'sha256',
      '-s',
      'ecdsa',
      '-u',
      'ak.pub',
    );
    this.#tool('flushcontext', '-t');
    return { publicArea: this.#publicArea('ak.pub'), parent: this.#publicArea('ek.pub') };
  }

  quote(selection: string, nonce: Uint8Array, hash: string, scheme: string): QuoteOfTpm {
    const files = ['-m', 'quote', '-s', 'signature'];
    this.#tool(
      'quote',
      '-c',
      'ak',
      '-l',
      selection,
      '-q',
      toHex(nonce),
      ...files,
      '-g',
      hash,
      '--scheme',
      scheme,
    );
    this.#tool('flushcontext', '-t');
    return { quote: this.#file('quote'), signature: this.#file('signature') };
  }

  /** TPM2_Sign by an unrestricted key over bytes of the caller's choice, in TSS form. */
  sign(message: Uint8Array): Uint8Array {
    writeFileSync(join(this.#folder, 'message'), message);
    this.#tool('sign', '-c', 'ak', '-g', 'sha256', '-o', 'signature', 'message');
    this.#tool('flushcontext', '-t');
    return this.#file('signature');
  }

  /** What it says of itself, for comparing with claims. */
  firmware(): readonly [number, number] {
    const text = this.#tool('getcap', 'properties-fixed');
    const read = (name: string) =>
      Number(new RegExp(`TPM2_PT_FIRMWARE_VERSION_${name}:\\s+raw: (0x[0-9a-fA-F]+)`).exec(text)?.[1]);
    return [read('1'), read('2')];
  }

  #publicArea(name: string): Uint8Array {
    return this.#file(name).subarray(2);
  }

  #file(name: string): Uint8Array {
    return Uint8Array.from(readFileSync(join(this.#folder, name)));
  }

  #tool(name: string, ...args: readonly string[]): string {
    return execFileSync(`tpm2_${name}`, args, {
      cwd: this.#folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TPM2TOOLS_TCTI: `swtpm:path=${join(this.#folder, 'socket')}` },
    });
  }
}
