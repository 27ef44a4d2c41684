import { parseCheckpoint, verifyAuditFolder } from '@cssi/security-service-api';
import type { CommandGroup } from '../command.ts';
import { readCertificates, readLastLine } from '../files.ts';
import { verdictOutcome } from '../show.ts';

const MAX_CHECKPOINT_BYTES = 4096;

/** `cssi audit …` */
export const audit: CommandGroup = {
  verify: {
    synopsis: 'FOLDER --certificate FILE [--checkpoint FILE]',
    summary:
      'verifies an audit log off line; the last line of FILE, a checkpoint kept elsewhere, shows truncation',
    options: { certificate: { many: true }, checkpoint: {} },
    async run(args) {
      const certificates = (await Promise.all(args.many('certificate').map(readCertificates))).flat();
      const file = args.text('checkpoint');
      const verdict = await verifyAuditFolder(args.only('FOLDER'), {
        keys: certificates,
        ...(file === undefined
          ? {}
          : { trustedCheckpoint: parseCheckpoint(await readLastLine(file, MAX_CHECKPOINT_BYTES)) }),
      });
      const { integrity: _i, trust: _t, time: _m, ...facts } = verdict;
      return verdictOutcome(verdict, JSON.parse(JSON.stringify(facts)));
    },
  },
};
