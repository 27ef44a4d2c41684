import { pemEncode } from '@cssi/pki';
import { toHex } from '@cssi/sm-core';
import { type CommandGroup, EXIT, type Outcome } from '../../command.ts';
import { PUBLIC_MODE, type Write, withNewFile } from '../../files.ts';
import { usageError } from '../../pki/options.ts';
import { readSm2PublicKey } from '../../ta/input.ts';
import { existingTee, modeOf, withTee } from '../../ta/local-tee.ts';

const DATA_OPTIONS = { data: {}, mode: {} } as const;
const DATA_HELP: readonly (readonly [string, string])[] = [
  ['--data DIR', 'data folder of the software TEE, as CSSI_DATA_DIR of a server that is not running'],
];
const MAX_RECORDS = 1_000;

export const deviceCommands: CommandGroup = {
  'device init': {
    synopsis: '--data DIR --management-key FILE [--certificate FILE]',
    summary: 'makes a software TEE with the key of its root security domain',
    options: { ...DATA_OPTIONS, 'management-key': {}, certificate: {} },
    help: [
      ...DATA_HELP,
      ['--management-key FILE', 'public key whose holder may manage the TEE; taken at the first start alone'],
      ['--certificate FILE', 'where to put the device root certificate, PEM'],
    ],
    async run(args) {
      args.none();
      const managementKey = await readSm2PublicKey(args.required('management-key'));
      const options = { dataDir: args.required('data'), mode: modeOf(args), managementKey };
      const make = (write?: Write) =>
        withTee(options, async ({ info, rootCertificate }): Promise<Outcome> => {
          await write?.(pemEncode('CERTIFICATE', rootCertificate));
          return {
            exitCode: EXIT.done,
            json: { ...info },
            lines: [
              `device ${info.device}`,
              `managed: ${info.managed ? 'yes' : 'no'}`,
              `TCB ${info.tcbVersion}`,
            ],
          };
        });
      const certificate = args.text('certificate');
      return certificate === undefined ? make() : withNewFile(certificate, PUBLIC_MODE, make);
    },
  },
  'device info': {
    synopsis: '--data DIR',
    summary: 'shows a software TEE: its name, keys and applications',
    options: DATA_OPTIONS,
    help: DATA_HELP,
    async run(args) {
      args.none();
      return withTee(await existingTee(args), async (tee) => {
        const { info } = tee;
        const { applications, healthy } = await tee.module.snapshot();
        const root = toHex(tee.rootCertificate);
        return {
          exitCode: EXIT.done,
          json: JSON.parse(JSON.stringify({ ...info, healthy, rootCertificate: root, applications })),
          lines: [
            `device ${info.device}`,
            `bundle key ${info.bundleKey}`,
            `TCB ${info.tcbVersion}, lowest accepted ${info.tcbFloor}; managed: ${info.managed ? 'yes' : 'no'}`,
            ...applications.map(
              ({ uuid, name, version, state }) => `  ${uuid}  ${name} ${version}  ${state}`,
            ),
          ],
        };
      });
    },
  },
  'device audit': {
    synopsis: '--data DIR [--from N] [--max N]',
    summary: 'shows the audit log of a software TEE; a log that was altered is refused',
    options: { ...DATA_OPTIONS, from: {}, max: {} },
    help: [
      ...DATA_HELP,
      ['--from N', 'number of the first record; 0 when left out'],
      ['--max N', 'at most 1000'],
    ],
    async run(args) {
      args.none();
      const from = args.whole('from') ?? 0;
      const max = args.whole('max') ?? MAX_RECORDS;
      if (max < 1 || max > MAX_RECORDS) throw usageError(`--max expects 1 to ${MAX_RECORDS}`);
      return withTee(await existingTee(args), async (tee) => {
        const records = await tee.audit(from, max);
        return {
          exitCode: EXIT.done,
          json: JSON.parse(JSON.stringify({ records })),
          lines: records.map((record) => JSON.stringify(record)),
        };
      });
    },
  },
};
