import { defineErrors, type LayerErrors } from '@cssi/sm-core';

/** Codes of the tester; their numbers follow those of the command line in the block of the apps. */
export type HilErrorCode =
  | 'ERR_HIL_USAGE'
  | 'ERR_HIL_REPORT_FOLDER'
  | 'ERR_HIL_TEMPORARY_FOLDER'
  | 'ERR_HIL_VECTORS_EMPTY'
  | 'ERR_HIL_SUBJECT_TIMEOUT';

/** Error table of the tester. */
export const HIL_ERRORS: LayerErrors<HilErrorCode> = defineErrors('apps', {
  ERR_HIL_USAGE: { n: 0x60, category: 'input', en: 'Wrong use of the command.', zh: '命令用法错误。' },
  ERR_HIL_REPORT_FOLDER: {
    n: 0x61,
    category: 'unavailable',
    en: 'The reports cannot be written to this folder.',
    zh: '报告无法写入该目录。',
  },
  ERR_HIL_TEMPORARY_FOLDER: {
    n: 0x62,
    category: 'unavailable',
    en: 'A temporary folder cannot be made or removed.',
    zh: '临时目录无法创建或删除。',
  },
  ERR_HIL_VECTORS_EMPTY: {
    n: 0x63,
    category: 'unavailable',
    en: 'The folder holds no file of test vectors.',
    zh: '该目录中没有测试向量文件。',
  },
  ERR_HIL_SUBJECT_TIMEOUT: {
    n: 0x64,
    category: 'unavailable',
    en: 'The subject did not finish its suite in time.',
    zh: '被测对象未在规定时间内完成测试。',
  },
});
