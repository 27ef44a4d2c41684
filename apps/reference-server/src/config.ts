import { existsSync, readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { type JsonValue, parseJson } from '@cssi/sm-core';
import { APP_ERRORS } from './errors.ts';

/** Configuration of the server, complete and checked. */
export interface ServerConfig {
  /** Address to listen on. */
  readonly host: string;
  /** HTTPS port; 0 lets the system choose. */
  readonly port: number;
  /** Loopback port for health and metrics; 0 lets the system choose. */
  readonly healthPort: number;
  readonly dataDir: string;
  /** Names and addresses in the server certificate, besides `localhost` and the loopback addresses. */
  readonly publicNames: readonly string[];
  /** File that a copy of each signed audit checkpoint is appended to, best on another host; or nowhere. */
  readonly checkpointCopy: string | undefined;
  /** Where to write what a program needs to know after the start, or nowhere. */
  readonly readyFile: string | undefined;
}

const DEFAULTS = { host: '127.0.0.1', port: 8443, healthPort: 9464, dataDir: './data' };
const MAX_CONFIG_BYTES = 64 * 1024;

const invalid = (detail: string) => APP_ERRORS.create('ERR_APP_CONFIG_INVALID', { detail });

function readFile(path: string): Readonly<Record<string, JsonValue>> {
  let text: Buffer;
  let size: number;
  try {
    ({ size } = statSync(path));
    text = size > MAX_CONFIG_BYTES ? Buffer.alloc(0) : readFileSync(path);
  } catch (cause) {
    throw APP_ERRORS.create('ERR_APP_CONFIG_INVALID', { detail: 'reason=unreadable', cause });
  }
  if (size > MAX_CONFIG_BYTES) throw invalid(`reason=larger than ${MAX_CONFIG_BYTES} bytes`);
  const value = parseJson(text, MAX_CONFIG_BYTES);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('expected=object');
  return value as Readonly<Record<string, JsonValue>>;
}

function text(value: JsonValue | undefined, name: string, fallback?: string): string {
  if (value === undefined && fallback !== undefined) return fallback;
  if (typeof value !== 'string' || value === '' || value.length > 1024)
    throw invalid(`field=${name} expected=text`);
  return value;
}

function port(value: JsonValue | undefined, name: string, fallback: number): number {
  if (value === undefined) return fallback;
  const number = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number) || number < 0 || number > 65_535) {
    throw invalid(`field=${name} expected=0..65535`);
  }
  return number;
}

const isHost = (name: JsonValue): name is string =>
  typeof name === 'string' && name.length <= 253 && (isIP(name) !== 0 || /^[A-Za-z0-9.-]+$/.test(name));

function hostName(value: JsonValue | undefined, name: string, fallback: string): string {
  const host = text(value, name, fallback);
  if (!isHost(host)) throw invalid(`field=${name} expected=host name or address`);
  return host;
}

function names(value: JsonValue | undefined): readonly string[] {
  if (value === undefined) return [];
  const list = typeof value === 'string' ? value.split(',').map((name) => name.trim()) : value;
  if (!Array.isArray(list) || list.length > 32)
    throw invalid('field=publicNames expected=list of at most 32');
  if (!list.every(isHost)) throw invalid('field=publicNames expected=host names or addresses');
  return list;
}

const FIELDS = new Set(['host', 'port', 'healthPort', 'dataDir', 'publicNames', 'checkpointCopy']);

/**
 * Reads `cssi.config.json` (or the file of `--config`) and the environment; the environment wins.
 *
 * Variables: `CSSI_HOST`, `CSSI_PORT`, `CSSI_HEALTH_PORT`, `CSSI_DATA_DIR`, `CSSI_PUBLIC_NAMES`,
 * `CSSI_CHECKPOINT_COPY`.
 *
 * @throws {@link SmError} ERR_APP_CONFIG_INVALID, ERR_JSON_MALFORMED
 */
export function loadConfig(
  environment: Readonly<Record<string, string | undefined>>,
  options: { readonly configFile?: string; readonly readyFile?: string } = {},
): ServerConfig {
  const path = options.configFile ?? 'cssi.config.json';
  const file = options.configFile !== undefined || existsSync(path) ? readFile(path) : {};
  for (const name of Object.keys(file))
    if (!FIELDS.has(name)) throw invalid(`field=${name.slice(0, 64)} reason=unknown`);
  const checkpointCopy = environment.CSSI_CHECKPOINT_COPY ?? file.checkpointCopy;
  return {
    host: hostName(environment.CSSI_HOST ?? file.host, 'host', DEFAULTS.host),
    port: port(environment.CSSI_PORT ?? file.port, 'port', DEFAULTS.port),
    healthPort: port(environment.CSSI_HEALTH_PORT ?? file.healthPort, 'healthPort', DEFAULTS.healthPort),
    dataDir: resolve(text(environment.CSSI_DATA_DIR ?? file.dataDir, 'dataDir', DEFAULTS.dataDir)),
    publicNames: names(environment.CSSI_PUBLIC_NAMES ?? file.publicNames),
    checkpointCopy:
      checkpointCopy === undefined ? undefined : resolve(text(checkpointCopy, 'checkpointCopy')),
    readyFile: options.readyFile,
  };
}
