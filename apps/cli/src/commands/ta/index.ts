import type { CommandGroup } from '../../command.ts';
import { bundleCommands } from './bundle.ts';
import { commandCommands } from './command.ts';
import { deviceCommands } from './device.ts';
import { evidenceCommands } from './evidence.ts';
import { projectCommands } from './project.ts';
import { run } from './run.ts';

/** `cssi ta …` */
export const ta: CommandGroup = {
  ...projectCommands,
  ...bundleCommands,
  run,
  ...deviceCommands,
  ...commandCommands,
  ...evidenceCommands,
};
