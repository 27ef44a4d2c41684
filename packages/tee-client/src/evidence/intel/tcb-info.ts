import { malformed } from '../malformed.ts';
import type { JsonFields } from './json-fields.ts';
import { MAX_TCB_LEVELS } from './limits.ts';
import { readSignedJson, type SignedJson } from './signed-json.ts';
import { readTcbStatus, type TcbStatus } from './tcb-status.ts';

const COMPONENTS = 16;
const MAX_ADVISORIES = 128;
const MAX_MODULES = 32;
const MAX_SVN = 65_535;
const MAX_EVALUATION = 0xffff_ffff;

/** What Intel says of everything at or above one level. @group Attestation */
export interface TcbStatement {
  readonly status: TcbStatus;
  /** When this level was the newest. */
  readonly date: Date;
  /** Security advisories that concern the level, for example `INTEL-SA-00615`. */
  readonly advisories: readonly string[];
}

/** A level of a platform. @group Attestation */
export interface TcbLevel extends TcbStatement {
  /** Least security versions of the 16 components of SGX. */
  readonly sgxComponents: readonly number[];
  readonly pceSvn: number;
  /** Least security versions of the 16 components of TDX; TDX only. */
  readonly tdxComponents?: readonly number[];
}

/** A level of an enclave or module that has one security version. @group Attestation */
export interface SvnLevel extends TcbStatement {
  readonly isvSvn: number;
}

/** Who signs a TDX module, and with which attributes. @group Attestation */
export interface TdxModule {
  readonly mrSigner: Uint8Array;
  readonly attributes: Uint8Array;
  readonly attributesMask: Uint8Array;
}

/** A TDX module of one major version. @group Attestation */
export interface TdxModuleIdentity extends TdxModule {
  /** For example `TDX_01`. */
  readonly id: string;
  readonly levels: readonly SvnLevel[];
}

/**
 * TCB information of a kind of platform.
 *
 * @standard Intel SGX/TDX Provisioning Certification Service API v3 and v4, TCB info versions 2 and 3
 * @group Attestation
 */
export interface TcbInfo {
  readonly tee: 'sgx' | 'tdx';
  readonly version: number;
  readonly issueDate: Date;
  readonly nextUpdate: Date;
  readonly fmspc: Uint8Array;
  readonly pceId: Uint8Array;
  /** Rises with every recovery of the TCB. */
  readonly evaluationNumber: number;
  /** TDX modules of major version 0. */
  readonly tdxModule?: TdxModule;
  readonly tdxModules: readonly TdxModuleIdentity[];
  /** Newest first, as the list is searched. */
  readonly levels: readonly TcbLevel[];
}

const statement = (level: JsonFields): TcbStatement => ({
  status: readTcbStatus(level.text('tcbStatus')),
  date: level.date('tcbDate'),
  advisories: level.texts('advisoryIDs', MAX_ADVISORIES),
});

/** @internal */
export const readSvnLevels = (fields: JsonFields): readonly SvnLevel[] =>
  fields.objects('tcbLevels', MAX_TCB_LEVELS).map((level) => ({
    isvSvn: level.object('tcb').integer('isvsvn', MAX_SVN),
    ...statement(level),
  }));

/** Version 2 names each component. */
const namedComponents = (tcb: JsonFields): readonly number[] =>
  Array.from({ length: COMPONENTS }, (_, index) =>
    tcb.integer(`sgxtcbcomp${String(index + 1).padStart(2, '0')}svn`, 255),
  );

function listedComponents(tcb: JsonFields, name: string): readonly number[] {
  const components = tcb.objects(name, COMPONENTS).map((one) => one.integer('svn', 255));
  if (components.length !== COMPONENTS) throw malformed(`tcb-info-${name}`);
  return components;
}

function readLevel(level: JsonFields, version: number, tee: 'sgx' | 'tdx'): TcbLevel {
  const tcb = level.object('tcb');
  return {
    sgxComponents: version === 2 ? namedComponents(tcb) : listedComponents(tcb, 'sgxtcbcomponents'),
    pceSvn: tcb.integer('pcesvn', MAX_SVN),
    ...(tee === 'tdx' ? { tdxComponents: listedComponents(tcb, 'tdxtcbcomponents') } : {}),
    ...statement(level),
  };
}

const readModule = (fields: JsonFields): TdxModule => ({
  mrSigner: fields.hex('mrsigner', 48),
  attributes: fields.hex('attributes', 8),
  attributesMask: fields.hex('attributesMask', 8),
});

function teeOf(fields: JsonFields, version: number): 'sgx' | 'tdx' {
  // Version 2 is older than TDX and says nothing.
  const id = version === 2 ? 'SGX' : fields.text('id');
  if (id !== 'SGX' && id !== 'TDX') throw malformed('tcb-info-id');
  return id === 'SGX' ? 'sgx' : 'tdx';
}

function readTcbInfo(fields: JsonFields): TcbInfo {
  const version = fields.integer('version', 255);
  if (version !== 2 && version !== 3) throw malformed('tcb-info-version');
  // Components of another type could not be compared one by one.
  if (fields.integer('tcbType', 255) !== 0) throw malformed('tcb-info-type');
  const tee = teeOf(fields, version);
  const modules = fields.has('tdxModuleIdentities') ? fields.objects('tdxModuleIdentities', MAX_MODULES) : [];
  return {
    tee,
    version,
    issueDate: fields.date('issueDate'),
    nextUpdate: fields.date('nextUpdate'),
    fmspc: fields.hex('fmspc', 6),
    pceId: fields.hex('pceId', 2),
    evaluationNumber: fields.integer('tcbEvaluationDataNumber', MAX_EVALUATION),
    ...(fields.has('tdxModule') ? { tdxModule: readModule(fields.object('tdxModule')) } : {}),
    tdxModules: modules.map((one) => ({
      id: one.text('id'),
      ...readModule(one),
      levels: readSvnLevels(one),
    })),
    levels: fields.objects('tcbLevels', MAX_TCB_LEVELS).map((level) => readLevel(level, version, tee)),
  };
}

/**
 * Reads TCB information as served: `{"tcbInfo":{…},"signature":"…"}`. Says nothing about the signature.
 *
 * @param bytes - JSON, at most 131,072 bytes
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED
 * @group Attestation
 */
export function parseTcbInfo(bytes: Uint8Array): TcbInfo {
  return readTcbInfo(readSignedJson(bytes, 'tcbInfo').fields);
}

/** As {@link parseTcbInfo}, with what the signature is over. @internal */
export function readSignedTcbInfo(bytes: Uint8Array): SignedJson & { readonly info: TcbInfo } {
  const json = readSignedJson(bytes, 'tcbInfo');
  return { ...json, info: readTcbInfo(json.fields) };
}
