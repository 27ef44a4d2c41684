import { defineErrors, type LayerErrors } from '@cssi/sm-core';

/** Codes of the server; those of the command line follow from 0x40. */
export type AppErrorCode =
  | 'ERR_APP_USAGE'
  | 'ERR_APP_CONFIG_INVALID'
  | 'ERR_APP_DATA_FOLDER'
  | 'ERR_APP_DATA_ALTERED'
  | 'ERR_APP_LISTEN'
  | 'ERR_APP_FILE';

/** Error table of the server. */
export const APP_ERRORS: LayerErrors<AppErrorCode> = defineErrors('apps', {
  ERR_APP_USAGE: { n: 0x01, category: 'input', en: 'Wrong use of the command.', zh: '命令用法错误。' },
  ERR_APP_CONFIG_INVALID: {
    n: 0x02,
    category: 'input',
    en: 'The configuration is invalid.',
    zh: '配置无效。',
  },
  ERR_APP_DATA_FOLDER: {
    n: 0x03,
    category: 'unavailable',
    en: 'The data folder cannot be used.',
    zh: '数据目录不可用。',
  },
  ERR_APP_DATA_ALTERED: {
    n: 0x04,
    category: 'integrity',
    en: 'A file of the data folder does not match its keys; it was altered or belongs to another installation.',
    zh: '数据目录中的文件与密钥不匹配：文件被修改，或来自另一套安装。',
  },
  ERR_APP_LISTEN: {
    n: 0x05,
    category: 'unavailable',
    en: 'The server cannot listen on its address.',
    zh: '服务器无法监听指定地址。',
  },
  ERR_APP_FILE: {
    n: 0x06,
    category: 'unavailable',
    en: 'A file cannot be read or written.',
    zh: '文件无法读写。',
  },
});
