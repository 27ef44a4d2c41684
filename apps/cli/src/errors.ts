import { defineErrors, type LayerErrors } from '@cssi/sm-core';

/** Codes of the command line; their numbers follow those of the server in the block of the apps. */
export type CliErrorCode =
  | 'ERR_CLI_USAGE'
  | 'ERR_CLI_FILE'
  | 'ERR_CLI_CREDENTIAL'
  | 'ERR_CLI_PASSPHRASE'
  | 'ERR_CLI_LINK'
  | 'ERR_CLI_INTERNAL';

/** Error table of the command line. */
export const CLI_ERRORS: LayerErrors<CliErrorCode> = defineErrors('apps', {
  ERR_CLI_USAGE: { n: 0x40, category: 'input', en: 'Wrong use of the command.', zh: '命令用法错误。' },
  ERR_CLI_FILE: {
    n: 0x41,
    category: 'unavailable',
    en: 'A file cannot be read or written.',
    zh: '文件无法读写。',
  },
  ERR_CLI_CREDENTIAL: {
    n: 0x42,
    category: 'input',
    en: 'The credential file or private key file is damaged, or the passphrase is wrong.',
    zh: '凭据文件或私钥文件损坏，或口令错误。',
  },
  ERR_CLI_PASSPHRASE: {
    n: 0x43,
    category: 'input',
    en: 'Set CSSI_PASSPHRASE to the passphrase of the credential file or private key file; a new one has at least 12 characters.',
    zh: '请用环境变量 CSSI_PASSPHRASE 提供凭据文件或私钥文件的口令；新口令至少 12 个字符。',
  },
  ERR_CLI_LINK: {
    n: 0x44,
    category: 'input',
    en: 'The activation link is malformed.',
    zh: '激活链接格式错误。',
  },
  ERR_CLI_INTERNAL: {
    n: 0x45,
    category: 'internal',
    en: 'The command failed for a reason nobody foresaw.',
    zh: '命令因未预料的原因失败。',
  },
});
