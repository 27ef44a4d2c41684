import type { CommandGroup } from '../../command.ts';
import { bundleCommands } from './bundle.ts';
import { commandCommands } from './command.ts';
import { deviceCommands } from './device.ts';
import { evidence } from './evidence.ts';
import { migrate } from './migrate.ts';
import { projectCommands } from './project.ts';
import { referenceCommands } from './reference.ts';
import { run } from './run.ts';
import { verify } from './verify.ts';

/** `cssi ta …` */
export const ta: CommandGroup = {
  ...projectCommands,
  ...bundleCommands,
  run,
  ...deviceCommands,
  ...commandCommands,
  migrate,
  evidence,
  verify,
  ...referenceCommands,
};
