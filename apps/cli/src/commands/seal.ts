import { parseSeal, verifyOfd, verifySeal } from '@cssi/seal';
import { type JsonValue, toHex } from '@cssi/sm-core';
import { type CommandGroup, EXIT } from '../command.ts';
import { readAnchors, readBounded, timeOf } from '../files.ts';
import { verdictOutcome } from '../show.ts';

const MAX_FILE_BYTES = 64 << 20;
const isOfd = (bytes: Uint8Array): boolean => bytes[0] === 0x50 && bytes[1] === 0x4b;

/** `cssi seal …` */
export const seal: CommandGroup = {
  inspect: {
    synopsis: 'FILE.esl',
    summary: 'shows an electronic seal',
    options: {},
    async run(args) {
      const parsed = parseSeal(await readBounded(args.only('FILE'), MAX_FILE_BYTES));
      const json = JSON.parse(
        JSON.stringify(parsed, (_name, value: unknown) =>
          value instanceof Uint8Array ? (value.length > 64 ? `${value.length} bytes` : toHex(value)) : value,
        ),
      ) as JsonValue;
      return { exitCode: EXIT.done, json, lines: [JSON.stringify(json, null, 2)] };
    },
  },
  verify: {
    synopsis: 'FILE.ofd|FILE.esl [--anchor FILE]… [--time ISO]',
    summary: 'verifies a sealed document or a seal',
    options: { anchor: { many: true }, time: {} },
    async run(args) {
      const time = timeOf(args.text('time'));
      const bytes = await readBounded(args.only('FILE'), MAX_FILE_BYTES);
      const options = { time, anchors: await readAnchors(args.many('anchor')) };
      return verdictOutcome((isOfd(bytes) ? verifyOfd(bytes, options) : verifySeal(bytes, options)).verdict);
    },
  },
};
