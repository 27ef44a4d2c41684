import type { CommandGroup } from '../../command.ts';
import { encrypt, sign } from './cms-make.ts';
import { decrypt, verify } from './cms-open.ts';

/** `cssi pki cms …` */
export const cmsCommands: CommandGroup = {
  'cms sign': sign,
  'cms verify': verify,
  'cms encrypt': encrypt,
  'cms decrypt': decrypt,
};
