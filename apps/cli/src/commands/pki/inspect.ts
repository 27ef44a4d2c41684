import { type Command, EXIT } from '../../command.ts';
import { entryLinesOf, words } from '../../pki/entry.ts';
import { readObjects } from '../../pki/input.ts';
import { inspectObject } from '../../pki/inspect.ts';
import { SIGNER_ID_HELP } from '../../pki/options.ts';
import { contextOf, languageOf, TIME_HELP, VIEW_HELP, VIEW_OPTIONS } from '../../pki/view.ts';

export const inspect: Command = {
  synopsis:
    'FILE [--signer-id ID]… [--time ISO] [--entries N] [--lang zh|en|both] [--show-identity] [--strict]',
  summary:
    'shows what a file holds: certificate, request, CRL, OCSP, key, container, message, time stamp; proves nothing 显示文件内容',
  options: { ...VIEW_OPTIONS, time: {}, entries: {}, 'signer-id': { many: true }, strict: { flag: true } },
  help: [
    ['FILE', 'PEM, DER or bare base64; the kind is told by the content'],
    ['CSSI_PASSPHRASE', 'opens keys and containers under a password; private values are never printed'],
    ['--entries N', 'most entries of a list; 20 when left out'],
    ['--strict', 'refuses every known deviation from the standards instead of reporting it'],
    SIGNER_ID_HELP,
    TIME_HELP,
    ...VIEW_HELP,
  ],
  async run(args) {
    const path = args.only('FILE');
    const language = languageOf(args);
    const context = contextOf(args);
    const lines: string[] = [];
    const json = [];
    let failed = false;
    for (const object of await readObjects(path)) {
      const shown = await inspectObject(object, context);
      failed ||= shown.failed === true;
      lines.push(...(lines.length > 0 ? [''] : []), words(shown.title, language));
      lines.push(...entryLinesOf(shown.entries, language).map((line) => `  ${line}`));
      json.push({ kind: shown.kind, ...shown.json });
    }
    return { exitCode: failed ? EXIT.negative : EXIT.done, json, lines };
  },
};
