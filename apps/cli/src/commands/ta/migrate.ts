import { migrateApplication, TEE_CLIENT_ERRORS } from '@cssi/tee-client';
import { type Command, EXIT, FailureWithLog } from '../../command.ts';
import { readBounded } from '../../files.ts';
import { uuidOf } from '../../ta/input.ts';
import { existingTeeOf, modeOf, withTee } from '../../ta/local-tee.ts';

const MAX_COMMAND_BYTES = 16_384;

/** `cssi ta migrate` */
export const migrate: Command = {
  synopsis: '--from DIR --to DIR --ta UUID --export-command FILE --import-command FILE [--mode MODE]',
  summary: 'moves an application with its data between two software TEEs; after a cut, run it again',
  options: { from: {}, to: {}, ta: {}, 'export-command': {}, 'import-command': {}, mode: {} },
  help: [
    ['--from DIR', 'data folder of the TEE the application leaves'],
    ['--to DIR', 'data folder of the TEE it goes to'],
    ['--export-command FILE', 'export-ta for the first, made by cssi ta command make'],
    ['--import-command FILE', 'import-ta for the second'],
  ],
  async run(args) {
    args.none();
    const ta = uuidOf(args.required('ta'), 'ta');
    const [from, to] = [args.required('from'), args.required('to')];
    const mode = modeOf(args);
    const exportCommand = await readBounded(args.required('export-command'), MAX_COMMAND_BYTES);
    const importCommand = await readBounded(args.required('import-command'), MAX_COMMAND_BYTES);
    const [source, target] = [await existingTeeOf(from, mode), await existingTeeOf(to, mode)];
    return withTee(source, (first) =>
      withTee(target, async (second) => {
        const states: string[] = [];
        try {
          const { transfer } = await migrateApplication({
            ta,
            source: first.module,
            target: second.module,
            exportCommand,
            importCommand,
            onProgress: (progress) => states.push(`source ${progress.source}, target ${progress.target}`),
          });
          return {
            exitCode: EXIT.done,
            json: { ta, transfer },
            lines: [`${ta}: moved, migration ${transfer}`],
          };
        } catch (error) {
          // Where it stands tells whether to run it again or to cancel it.
          if (!TEE_CLIENT_ERRORS.is(error)) throw error;
          throw new FailureWithLog(error, [...new Set(states)]);
        }
      }),
    );
  },
};
