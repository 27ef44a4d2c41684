import {
  CONFIDENTIAL_QUERY_COMMANDS,
  CONFIDENTIAL_QUERY_UUID,
  CONFIDENTIAL_QUERY_VERSION,
} from '../../spec/v1/confidential-query.ts';
import { TA_MANIFEST_FORMAT, type TaManifest } from '../../spec/v1/manifest.ts';

/** Confidential query: one instance that all owners and all who ask share. */
export const CONFIDENTIAL_QUERY_MANIFEST: TaManifest = {
  format: TA_MANIFEST_FORMAT,
  uuid: CONFIDENTIAL_QUERY_UUID,
  name: 'confidential-query',
  version: CONFIDENTIAL_QUERY_VERSION,
  description: 'Joins data sets of several owners and releases approved aggregates with noise',
  singleInstance: true,
  multiSession: true,
  instanceKeepAlive: true,
  apis: ['crypto', 'storage', 'evidence'],
  services: [],
  commands: Object.values(CONFIDENTIAL_QUERY_COMMANDS),
  logins: null,
  callers: null,
  memoryBytes: 128 * 1024 * 1024,
  storageBytes: 1024 * 1024 * 1024,
  maxSessions: 64,
  callTimeoutMs: 120_000,
  socketPeers: [],
  minimumTcb: 1,
  properties: {},
};
