import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sm3, toHex } from '@cssi/sm-core';
import { type CommandGroup, EXIT } from '../../command.ts';
import { fileError, writePublic } from '../../files.ts';
import { usageError } from '../../pki/options.ts';
import { bundleScript } from '../../ta/bundle-script.ts';
import { entryOf } from '../../ta/project.ts';

/** The template lies beside the sources, where the compiled program finds it too. */
const TEMPLATE = fileURLToPath(new URL('../../../template', import.meta.url));
const NAME = /^[a-z0-9-]{1,64}$/;

/** Files of a folder, relative to it. */
async function filesBelow(folder: string, prefix = ''): Promise<string[]> {
  const entries = await readdir(join(folder, prefix), { withFileTypes: true }).catch((cause: unknown) => {
    throw fileError(folder, cause);
  });
  const found = await Promise.all(
    entries.map((entry) => {
      const path = join(prefix, entry.name);
      return entry.isDirectory() ? filesBelow(folder, path) : [path];
    }),
  );
  return found.flat().sort();
}

/** Makes a folder. @throws SmError ERR_CLI_FILE */
async function makeFolder(path: string, recursive = false): Promise<void> {
  await mkdir(path, { recursive }).catch((cause: unknown) => {
    throw fileError(path, cause);
  });
}

export const projectCommands: CommandGroup = {
  new: {
    synopsis: 'DIR [--name NAME]',
    summary: 'makes the source of a trusted application from the template',
    options: { name: {} },
    help: [['--name NAME', 'lower-case letters, digits and hyphens; the name of the folder when left out']],
    async run(args) {
      const folder = args.only('DIR');
      const name = args.text('name') ?? folder.split(/[/\\]/).filter(Boolean).at(-1) ?? '';
      if (!NAME.test(name)) throw usageError('the folder, or --name, has to be 1 to 64 of a-z, 0-9 and -');
      const uuid = randomUUID();
      const files = await filesBelow(TEMPLATE);
      await makeFolder(dirname(folder), true);
      await makeFolder(folder);
      try {
        for (const file of files) {
          // A file that ends in .txt carries its own ending before it: no tool of this repository takes it up.
          const target = join(folder, file.replace(/\.txt$/, ''));
          await makeFolder(dirname(target), true);
          const text = await readFile(join(TEMPLATE, file), 'utf8');
          await writePublic(target, text.replaceAll('{{name}}', name).replaceAll('{{uuid}}', uuid));
        }
      } catch (error) {
        await rm(folder, { recursive: true, force: true });
        throw error;
      }
      return {
        exitCode: EXIT.done,
        json: { folder, name, uuid, files: files.map((file) => file.replace(/\.txt$/, '')) },
        lines: [`${folder}: trusted application ${name}`, `uuid ${uuid}`, `next: cssi ta run ${folder}`],
      };
    },
  },
  build: {
    synopsis: 'DIR|FILE --out FILE',
    summary: 'makes one script of the source of a trusted application',
    options: { out: {} },
    help: [['--out FILE', 'the script; never replaces a file']],
    async run(args) {
      const out = args.required('out');
      const code = await bundleScript(await entryOf(args.only('DIR or FILE')));
      await writePublic(out, code);
      const digest = toHex(sm3(code));
      return {
        exitCode: EXIT.done,
        json: { out, bytes: code.length, digest },
        lines: [`${out}: ${code.length} bytes`, `SM3 ${digest}`],
      };
    },
  },
};
