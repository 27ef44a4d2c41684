import { CONFORMANCE_TAS } from '../../spec/v1/conformance-ta.ts';
import { TA_MANIFEST_FORMAT, type TaApi, type TaManifest } from '../../spec/v1/manifest.ts';

const MEBIBYTE = 1024 * 1024;
const APIS: readonly TaApi[] = [
  'crypto',
  'storage',
  'time',
  'arithmetic',
  'internal-client',
  'derive',
  'evidence',
  'secure-memory',
];
/** TEE_LOGIN_TRUSTED_APP */
const TRUSTED_APP = 0xf0000000;

type Role = keyof typeof CONFORMANCE_TAS;

function manifest(role: Role, name: string, changes: Partial<TaManifest> = {}): TaManifest {
  return {
    format: TA_MANIFEST_FORMAT,
    uuid: CONFORMANCE_TAS[role],
    name,
    version: 1,
    description: 'Shows a test suite what arrives inside the TEE. Not for production.',
    singleInstance: true,
    multiSession: true,
    instanceKeepAlive: false,
    apis: APIS,
    services: ['seal', 'derive', 'memory', 'evidence', 'monitor', 'channel'],
    commands: null,
    logins: null,
    callers: null,
    memoryBytes: 8 * MEBIBYTE,
    storageBytes: 8 * MEBIBYTE,
    maxSessions: 64,
    callTimeoutMs: 20_000,
    socketPeers: [],
    minimumTcb: 0,
    properties: {
      'cssi.test.text': 'conformance',
      'cssi.test.bool': 'true',
      'cssi.test.number': '70000',
      'cssi.test.long': '5000000000',
      'cssi.test.block': 'AQID',
    },
    ...changes,
  };
}

/** The conformance TAs, see `CONFORMANCE_TAS`; all run the one conformance image. */
export const CONFORMANCE_MANIFESTS: readonly TaManifest[] = [
  manifest('main', 'conformance'),
  manifest('second', 'conformance-second'),
  manifest('multiInstance', 'conformance-multi-instance', { singleInstance: false, multiSession: false }),
  manifest('singleSession', 'conformance-single-session', { multiSession: false }),
  manifest('keepAlive', 'conformance-keep-alive', { instanceKeepAlive: true }),
  manifest('limited', 'conformance-limited', { apis: [], services: [] }),
  manifest('trustedOnly', 'conformance-trusted-only', { logins: [TRUSTED_APP] }),
];
