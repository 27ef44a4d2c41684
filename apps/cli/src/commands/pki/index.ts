import type { CommandGroup } from '../../command.ts';
import { caCommands } from './ca.ts';
import { cmsCommands } from './cms.ts';
import { crl } from './crl.ts';
import { csr } from './csr.ts';
import { inspect } from './inspect.ts';
import { issue } from './issue.ts';
import { keyCommands } from './key.ts';
import { ocspCommands } from './ocsp.ts';
import { tstCommands } from './tst.ts';
import { verify } from './verify.ts';

/** `cssi pki …` */
export const pki: CommandGroup = {
  inspect,
  verify,
  ...keyCommands,
  csr,
  issue,
  crl,
  ...ocspCommands,
  ...cmsCommands,
  ...tstCommands,
  ...caCommands,
};
