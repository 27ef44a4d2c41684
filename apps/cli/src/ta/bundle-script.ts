import { fileURLToPath } from 'node:url';
import { TEE_CLIENT_ERRORS } from '@cssi/tee-client';
import type { BuildOptions } from 'esbuild';

/** Most bytes of a script; the TEE takes no more. */
const MAX_CODE_BYTES = 4 << 20;

const refused = (detail: string, cause?: unknown) =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_TA_INVALID', { detail: detail.slice(0, 300), cause });

/** What the bundler says first, in one line. */
function firstMessage(error: unknown): string {
  const messages = (
    error as { errors?: readonly { text?: string; location?: { file?: string; line?: number } }[] }
  ).errors;
  const [first] = messages ?? [];
  if (first?.text === undefined) return 'reason=build';
  const at =
    first.location?.file === undefined ? '' : ` at=${first.location.file}:${first.location.line ?? 0}`;
  return `reason=${first.text}${at}`;
}

/**
 * Makes one script of the source of a trusted application: an expression whose value is its default
 * export. Nothing of Node can be imported, and nothing that is not in its folder or its packages.
 *
 * @throws {@link SmError} ERR_TEE_TA_INVALID
 */
export async function bundleScript(entry: string): Promise<Uint8Array> {
  const { build } = await import('esbuild');
  const common = {
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2023',
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'silent',
    // A project need not have the package installed to be built with this command.
    alias: { '@cssi/tee-client/ta': fileURLToPath(import.meta.resolve('@cssi/tee-client/ta')) },
  } satisfies BuildOptions;
  const [result, asModule] = await Promise.all([
    build({
      ...common,
      format: 'iife',
      globalName: 'trustedApplication',
      footer: { js: 'trustedApplication.default;' },
    }),
    // What is exported shows in this format alone.
    build({ ...common, format: 'esm', metafile: true }),
  ]).catch((cause: unknown) => {
    throw refused(firstMessage(cause), cause);
  });
  const exported = Object.values(asModule.metafile.outputs).flatMap(({ exports }) => exports);
  if (!exported.includes('default')) throw refused('reason=export default is missing');
  const [output] = result.outputFiles;
  if (output === undefined) throw refused('reason=empty');
  // Without the path comments the same source gives the same bytes wherever it is built.
  const text = output.text.replaceAll(/^\s*\/\/.*\n/gm, '');
  // What a compartment refuses shows here and not at the first launch.
  const forbidden = /\bimport\s*\(|\beval\s*\(|<!--|-->/.exec(text);
  if (forbidden !== null) throw refused(`reason=a compartment refuses this text: ${forbidden[0]}`);
  const code = Buffer.from(text, 'utf8');
  if (code.length > MAX_CODE_BYTES) throw refused(`reason=size max=${MAX_CODE_BYTES}`);
  return code;
}
