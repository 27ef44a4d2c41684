import { setTimeout } from 'node:timers/promises';
import { sm2, toHex } from '@cssi/sm-core';
import { TA_MAX_BUNDLE_BYTES } from '@cssi/tee-client';
import type { SoftwareTee } from '@cssi/tee-client/adapters/software';
import {
  buildBundle,
  keyName,
  type ManagementSigner,
  managementCommand,
  managementSigner,
  payloadDigest,
  readBundle,
  signBundle,
} from '@cssi/tee-client/management';
import { type Arguments, type Command, EXIT, FailureWithLog } from '../../command.ts';
import { readBounded } from '../../files.ts';
import { usageError } from '../../pki/options.ts';
import { modeOf, withScratchFolder, withTee } from '../../ta/local-tee.ts';
import { buildProject, isFolder } from '../../ta/project.ts';

const MAX_INPUT_BYTES = 1 << 20;
const MAX_OUTPUT_BYTES = 1 << 20;
const MAX_COMMAND = 0xffff_ffff;
const MAX_LOG_LINES = 1_000;
const EVENT_DELAY_MS = 100;

/** Input of the call. @throws SmError ERR_CLI_USAGE, ERR_CLI_FILE */
async function inputOf(args: Arguments): Promise<Uint8Array> {
  const file = args.text('input-file');
  const text = args.text('input');
  const hex = args.hex('input-hex');
  if ([file, text, hex].filter((given) => given !== undefined).length > 1) {
    throw usageError('only one of --input, --input-hex and --input-file');
  }
  if (file !== undefined) return readBounded(file, MAX_INPUT_BYTES);
  return hex ?? new TextEncoder().encode(text ?? '');
}

/** Number of `--command`. @throws SmError ERR_CLI_USAGE */
function commandOf(args: Arguments): number {
  const text = args.text('command') ?? '0';
  const value = /^(?:0x[0-9a-fA-F]{1,8}|\d{1,10})$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= MAX_COMMAND)) throw usageError('--command expects a number up to 0xffffffff');
  return value;
}

/** A bundle of `path`: built and signed with `signer` where it is a folder. */
async function bundleOf(path: string, signer: ManagementSigner): Promise<Uint8Array> {
  if (!(await isFolder(path))) return readBounded(path, TA_MAX_BUNDLE_BYTES);
  const { manifest, code } = await buildProject(path);
  return signBundle(buildBundle(manifest, code), signer);
}

/** Size of `--max-output`. @throws SmError ERR_CLI_USAGE */
function maxOutputOf(args: Arguments): number {
  const size = args.whole('max-output') ?? 65_536;
  if (size > MAX_OUTPUT_BYTES) throw usageError(`--max-output expects at most ${MAX_OUTPUT_BYTES}`);
  return size;
}

/** What the TEE says while `work` runs; where it fails, the failure says it as well. */
async function withLog<T>(tee: SoftwareTee, work: (log: readonly string[]) => Promise<T>): Promise<T> {
  const log: string[] = [];
  const end = tee.module.subscribe(({ kind, detail }) => {
    if (log.length < MAX_LOG_LINES) log.push(`${kind} ${detail}`);
  });
  try {
    return await work(log);
  } catch (cause) {
    // What ended the application is reported beside the answer, and may come after it.
    await setTimeout(EVENT_DELAY_MS);
    throw new FailureWithLog(cause, [...log]);
  } finally {
    end();
  }
}

/** Text where the bytes are text, hex otherwise. */
function shown(output: Uint8Array): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(output);
    if (!/[^\P{Cc}\n\t]/u.test(text)) return text;
  } catch {
    // Not UTF-8.
  }
  return toHex(output);
}

/** `cssi ta run` */
export const run: Command = {
  synopsis:
    'DIR|BUNDLE [--command N] [--input TEXT | --input-hex HEX | --input-file FILE] [--max-output N] [--mode MODE]',
  summary: 'runs one call of a trusted application in a software TEE made for it, and throws that away',
  options: {
    command: {},
    input: {},
    'input-hex': {},
    'input-file': {},
    'max-output': {},
    mode: {},
  },
  help: [
    ['--command N', 'number of the command; 0 when left out'],
    ['--input TEXT', 'parameter 0, as text; --input-hex and --input-file for bytes'],
    ['--max-output N', 'size of parameter 1, the output; 65536 when left out'],
    ['--mode MODE', 'process, worker, or in-process: the last isolates nothing and stops at breakpoints'],
  ],
  async run(args) {
    const path = args.only('DIR or BUNDLE');
    const mode = modeOf(args);
    const command = commandOf(args);
    const input = await inputOf(args);
    const maxOutput = maxOutputOf(args);
    // A key for this run alone: the TEE is made with it, and both are gone afterwards.
    const pair = sm2.generateKeyPair();
    const signer = managementSigner(pair);
    try {
      const bundle = await bundleOf(path, signer);
      const { header } = readBundle(bundle);
      const { uuid, name, version } = header.manifest;
      if (header.signer !== keyName(signer.publicKey)) {
        throw usageError('a signed bundle runs where its signer is known: install it with cssi ta command');
      }
      return await withScratchFolder((dataDir) =>
        withTee({ dataDir, mode, managementKey: signer.publicKey }, async (tee) => {
          const install = await managementCommand(
            { action: 'install-ta', bundleDigest: payloadDigest(bundle) },
            { device: tee.info.device, sequence: 1, signer },
          );
          await tee.module.manage(install, bundle);
          return withLog(tee, async (log) => {
            const enclave = await tee.enclaves().create(uuid);
            const output = await enclave.call(command, input, { maxOutput });
            const { latency, memory } = await enclave.monitor();
            await enclave.destroy();
            return {
              exitCode: EXIT.done,
              json: {
                application: { uuid, name, version },
                mode,
                output: toHex(output),
                log: [...log],
                memory: { used: memory.used, peak: memory.peak },
                microseconds: latency?.median ?? null,
              },
              lines: [shown(output), ...log.map((line) => `| ${line}`)],
            };
          });
        }),
      );
    } finally {
      pair.privateKey.destroy();
    }
  },
};
