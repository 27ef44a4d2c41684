import type { ErrorTable } from '@cssi/sm-core';

/** Codes of the folder `state`. */
export type StateErrorCode =
  | 'ERR_STATE_LOCKED'
  | 'ERR_STATE_LOCK_FAILED'
  | 'ERR_STATE_WORKER_NOT_BUILT'
  | 'ERR_STATE_OPEN_FAILED'
  | 'ERR_STATE_CLOSED'
  | 'ERR_STATE_UNAVAILABLE'
  | 'ERR_STATE_OVERLOADED'
  | 'ERR_STATE_TIMEOUT'
  | 'ERR_STATE_CONSTRAINT'
  | 'ERR_STATE_QUERY'
  | 'ERR_STATE_MIGRATION_INVALID'
  | 'ERR_STATE_MIGRATION_ALTERED'
  | 'ERR_STATE_MIGRATION_ORDER'
  | 'ERR_STATE_MIGRATION_FAILED';

/** Database and folder locks: rows 0x70 to 0x83 of the package's error table. */
export const STATE_ERROR_ROWS: ErrorTable<StateErrorCode> = {
  ERR_STATE_LOCKED: {
    n: 0x70,
    category: 'conflict',
    en: 'The data folder is in use by another running process.',
    zh: '数据目录正被另一个运行中的进程使用。',
  },
  ERR_STATE_LOCK_FAILED: {
    n: 0x71,
    category: 'unavailable',
    en: 'The data folder could not be locked.',
    zh: '无法锁定数据目录。',
  },
  ERR_STATE_WORKER_NOT_BUILT: {
    n: 0x72,
    category: 'unavailable',
    en: 'The database worker has not been built; build the package first.',
    zh: '数据库工作线程尚未构建，请先构建本软件包。',
  },
  ERR_STATE_OPEN_FAILED: {
    n: 0x73,
    category: 'unavailable',
    en: 'The database could not be opened.',
    zh: '无法打开数据库。',
  },
  ERR_STATE_CLOSED: {
    n: 0x74,
    category: 'unavailable',
    en: 'The database is closed.',
    zh: '数据库已关闭。',
  },
  ERR_STATE_UNAVAILABLE: {
    n: 0x75,
    category: 'unavailable',
    en: 'The database stopped; it is not known whether the call took effect.',
    zh: '数据库已停止，无法确定本次调用是否生效。',
  },
  ERR_STATE_OVERLOADED: {
    n: 0x76,
    category: 'limit',
    en: 'Too many database calls are waiting.',
    zh: '等待中的数据库调用过多。',
  },
  ERR_STATE_TIMEOUT: {
    n: 0x77,
    category: 'limit',
    en: 'The database connection was not free in time.',
    zh: '未能在规定时间内获得数据库连接。',
  },
  ERR_STATE_CONSTRAINT: {
    n: 0x78,
    category: 'conflict',
    en: 'The change breaks a constraint of the database.',
    zh: '该更改违反数据库约束。',
  },
  ERR_STATE_QUERY: {
    n: 0x79,
    category: 'internal',
    en: 'The database refused the statement.',
    zh: '数据库拒绝执行该语句。',
  },
  ERR_STATE_MIGRATION_INVALID: {
    n: 0x80,
    category: 'internal',
    en: 'The list of migrations is not valid.',
    zh: '迁移脚本列表无效。',
  },
  ERR_STATE_MIGRATION_ALTERED: {
    n: 0x81,
    category: 'integrity',
    en: 'A migration that was applied has been altered since.',
    zh: '已执行的迁移脚本被修改。',
  },
  ERR_STATE_MIGRATION_ORDER: {
    n: 0x82,
    category: 'conflict',
    en: 'The applied migrations are not the beginning of the given list.',
    zh: '已执行的迁移与给定列表的顺序不一致。',
  },
  ERR_STATE_MIGRATION_FAILED: {
    n: 0x83,
    category: 'internal',
    en: 'A migration failed and was rolled back.',
    zh: '迁移执行失败，已回滚。',
  },
};
