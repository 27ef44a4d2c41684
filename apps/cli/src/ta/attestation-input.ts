import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  APPRAISAL_POLICY_FORMAT,
  type AppraisalPolicy,
  combineTrustFiles,
  type DigestText,
  EVIDENCE_TYPES,
  type EvidenceType,
  looksLikeTrustFile,
  type MeasurementRule,
  openReferenceStore,
  type ReferenceSequence,
  type ReferenceStore,
  readAppraisalPolicy,
  readTrustFile,
  type TrustedKey,
  type TrustFile,
  type TrustMaterial,
} from '@cssi/tee-client/evidence';
import type { Arguments } from '../command.ts';
import { fileError, readBounded } from '../files.ts';
import { usageError } from '../pki/options.ts';
import { withReferenceState } from './reference-state.ts';

const MAX_TRUST_FILE_BYTES = 16 << 20;
const MAX_TRUST_FILES = 256;
const MAX_POLICY_BYTES = 1 << 18;
const MAX_REFERENCE_BYTES = 4 << 20;

/** What was read for a verification, and what in the folders was of no use to it. */
export interface TrustInput {
  readonly material: TrustMaterial;
  /** Names of files in folders that are no trust files. */
  readonly passedOver: readonly string[];
}

/** The file, or the files of the folder by name; what is below that is not looked at. */
async function filesOf(
  path: string,
): Promise<{ readonly paths: readonly string[]; readonly folder: boolean }> {
  try {
    if (!(await stat(path)).isDirectory()) return { paths: [path], folder: false };
    const paths = (await readdir(path)).sort().map((name) => join(path, name));
    const stats = await Promise.all(paths.map((one) => stat(one)));
    // Reading a pipe would wait for whoever writes into it.
    return { paths: paths.filter((_, i) => stats[i]?.isFile()), folder: true };
  } catch (cause) {
    throw fileError(path, cause);
  }
}

/**
 * Reads the trust files of paths. A named file has to be one. In a folder others are passed over, but not those
 * that begin as one and cannot be read: a revocation list that was cut short must not be
 * missed in silence.
 */
async function readPaths(
  option: string,
  paths: readonly string[],
): Promise<{ readonly files: readonly TrustFile[]; readonly passedOver: readonly string[] }> {
  const files: TrustFile[] = [];
  const passedOver: string[] = [];
  let count = 0;
  for (const { paths: found, folder } of await Promise.all(paths.map(filesOf))) {
    for (const path of found) {
      if (++count > MAX_TRUST_FILES) throw usageError(`--${option}: more than ${MAX_TRUST_FILES} files`);
      const bytes = await readBounded(path, MAX_TRUST_FILE_BYTES);
      if (!folder || looksLikeTrustFile(bytes)) files.push(readTrustFile(basename(path), bytes));
      else passedOver.push(basename(path));
    }
  }
  return { files, passedOver };
}

/**
 * Trust files of `--anchors` and `--endorsements`: what is self-signed under `--anchors` is trusted, nothing else.
 *
 * @throws SmError ERR_CLI_FILE, ERR_CLI_USAGE, and what a named file is malformed by
 */
export async function trustOf(args: Arguments): Promise<TrustInput> {
  const trusted = await readPaths('anchors', args.many('anchors'));
  const helping = await readPaths('endorsements', args.many('endorsements'));
  const { anchors } = combineTrustFiles(trusted.files);
  const { endorsements } = combineTrustFiles([...trusted.files, ...helping.files]);
  return {
    material: { anchors, endorsements },
    passedOver: [...trusted.passedOver, ...helping.passedOver],
  };
}

/** The policy of `--policy`. @throws SmError ERR_CLI_FILE, ERR_TEE_POLICY_INVALID */
export async function policyOf(args: Arguments): Promise<AppraisalPolicy | undefined> {
  const path = args.text('policy');
  return path === undefined ? undefined : readAppraisalPolicy(await readBounded(path, MAX_POLICY_BYTES));
}

/** Public keys of files. @throws SmError ERR_CLI_FILE, ERR_CLI_USAGE */
export async function issuersOf(paths: readonly string[]): Promise<readonly TrustedKey[]> {
  const { files } = await readPaths('issuer', paths);
  const issuers = files.flatMap(({ anchors }) => anchors.keys ?? []);
  if (issuers.length === 0) throw usageError('--issuer expects a public key as PEM');
  return issuers;
}

/**
 * The reference values of `--reference`, by the issuers of `--issuer`.
 *
 * @throws SmError ERR_CLI_FILE, ERR_CLI_USAGE, ERR_TEE_REFERENCE_INVALID
 */
export async function referenceOf(args: Arguments, time: Date): Promise<ReferenceStore | undefined> {
  const paths = args.many('reference');
  const keys = args.many('issuer');
  const state = args.text('reference-state');
  if (paths.length === 0) {
    if (keys.length > 0) throw usageError('--issuer needs --reference');
    if (state !== undefined) throw usageError('--reference-state needs --reference');
    return undefined;
  }
  // Whoever may write a file could name any measurement in it.
  if (keys.length === 0) throw usageError('--reference needs --issuer: the key that signed it');
  const issuers = await issuersOf(keys);
  const open = async (sequences: readonly ReferenceSequence[]): Promise<ReferenceStore> => {
    const store = openReferenceStore({ issuers, sequences });
    for (const path of paths) store.add(await readBounded(path, MAX_REFERENCE_BYTES), time);
    return store;
  };
  return state === undefined ? open([]) : withReferenceState(state, open);
}

const MEASUREMENT =
  /^([^\p{Cc}]{1,128})=((?:(?:sm3|sha256):[0-9a-f]{64})|(?:sha1:[0-9a-f]{40})|(?:sha384:[0-9a-f]{96})|(?:sha512:[0-9a-f]{128}))$/u;
const PLAIN_MEASUREMENT = /^[0-9a-f]{64}$/;
/** Formats that have no word for debugging: nothing but `unknown` can be demanded of them. */
const SILENT_ON_DEBUG: readonly EvidenceType[] = ['software', 'tpm', 'tcm', 'event-log'];

/** What `--measurement` alone stands for: these measurements, no debugging, and nothing else. */
const MEASUREMENTS_ONLY: AppraisalPolicy = {
  format: APPRAISAL_POLICY_FORMAT,
  name: 'measurements of the command line',
  types: EVIDENCE_TYPES,
  deployments: ['trusted-application', 'enclave', 'virtual-machine', 'container', 'platform'],
  requireMemoryEncryption: false,
  allowDebug: false,
  migration: 'unrestricted',
  allowEmulated: true,
  allowUnjudgedTcb: false,
  minimumVersions: [],
  measurements: [],
  untrustedSoftware: [],
  maxAgeSeconds: null,
  deployment: null,
};

/**
 * Rules of `--measurement`: `NAME=ALGORITHM:HEX`, or 64 hex digits for the SM3 of an application. Several
 * values of one name are alternatives.
 *
 * @throws SmError ERR_CLI_USAGE
 */
function measurementsOf(args: Arguments): MeasurementRule[] {
  const given = args
    .many('measurement')
    .map((text): { readonly name: string; readonly value: DigestText } => {
      if (PLAIN_MEASUREMENT.test(text)) return { name: 'ta', value: `sm3:${text}` };
      const [, name, value] = MEASUREMENT.exec(text) ?? [];
      if (name === undefined || value === undefined) {
        throw usageError(
          '--measurement expects NAME=ALGORITHM:HEX, such as launch=sm3: and 64 hex digits, or 64 hex digits alone',
        );
      }
      return { name, value: value as DigestText };
    });
  return [...new Set(given.map(({ name }) => name))].map((of) => ({
    by: 'name',
    of,
    accept: given.filter(({ name }) => name === of).map(({ value }) => value),
  }));
}

/** The policy that `--measurement` stands for. @throws SmError ERR_CLI_USAGE */
export function measurementPolicyOf(args: Arguments): ((type: EvidenceType) => AppraisalPolicy) | undefined {
  const measurements = measurementsOf(args);
  if (measurements.length === 0) return undefined;
  return (type) => ({
    ...MEASUREMENTS_ONLY,
    measurements,
    allowDebug: SILENT_ON_DEBUG.includes(type),
  });
}
