import { concatBytes, toHex, utf8 } from '@cssi/sm-core';
import type { TcbStatus } from '../../evidence/intel/tcb-status.ts';
import type { IntelCollateral } from '../../spec/v1/attestation.ts';
import { field, rawSignature } from './bytes.ts';
import { SYNTHETIC_QE_SIGNER } from './platform.ts';
import type { SyntheticHolder, SyntheticIntelVendor } from './vendor.ts';

/** A level and what the vendor says of it. @group Synthetic evidence */
export interface SyntheticStatement {
  readonly status: TcbStatus;
  readonly advisories?: readonly string[];
  /** When the level was the newest; the date of issue when left out. */
  readonly date?: Date;
}

/** Least versions of a platform, and what the vendor says of them. @group Synthetic evidence */
export interface SyntheticTcbLevel extends SyntheticStatement {
  /** Up to 16; zeros behind. */
  readonly components?: readonly number[];
  readonly pceSvn?: number;
  readonly tdxComponents?: readonly number[];
}

/** Least version of an enclave or module, and what the vendor says of it. @group Synthetic evidence */
export interface SyntheticSvnLevel extends SyntheticStatement {
  readonly isvSvn: number;
}

/** What a vendor states about a kind of platform. @group Synthetic evidence */
export interface SyntheticCollateralSpec {
  readonly tee: 'sgx' | 'tdx';
  readonly fmspc: Uint8Array;
  readonly pceId?: Uint8Array;
  readonly issueDate: Date;
  readonly nextUpdate: Date;
  /** 2 or 3; 3 when left out. Version 2 knows SGX only. */
  readonly version?: number;
  readonly evaluationNumber?: number;
  /** One level that everything reaches, up to date, when left out. */
  readonly levels?: readonly SyntheticTcbLevel[];
  readonly qeLevels?: readonly SyntheticSvnLevel[];
  readonly qeSigner?: Uint8Array;
  /** Signer of the TDX module; zeros when left out. */
  readonly moduleSigner?: Uint8Array;
  /** TDX modules by major version, from 1 on. */
  readonly modules?: readonly { readonly major: number; readonly levels: readonly SyntheticSvnLevel[] }[];
}

/** Intel's dates have no fraction of a second. */
const dateText = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`;
const hex = (bytes: Uint8Array): string => toHex(bytes).toUpperCase();

const statement = ({ status, advisories, date }: SyntheticStatement, issued: Date): object => ({
  tcbDate: dateText(date ?? issued),
  tcbStatus: status,
  ...(advisories === undefined ? {} : { advisoryIDs: advisories }),
});

const svns = (components: readonly number[] | undefined): number[] =>
  Array.from(field(Uint8Array.from(components ?? []), 16));

const platformTcb = (level: SyntheticTcbLevel, spec: SyntheticCollateralSpec): object => {
  const pcesvn = level.pceSvn ?? 0;
  if (spec.version === 2) {
    const named = svns(level.components).map(
      (svn, index) => [`sgxtcbcomp${String(index + 1).padStart(2, '0')}svn`, svn] as const,
    );
    return { ...Object.fromEntries(named), pcesvn };
  }
  const list = (components: readonly number[] | undefined) => svns(components).map((svn) => ({ svn }));
  return {
    sgxtcbcomponents: list(level.components),
    pcesvn,
    ...(spec.tee === 'tdx' ? { tdxtcbcomponents: list(level.tdxComponents) } : {}),
  };
};

const svnLevels = (levels: readonly SyntheticSvnLevel[], issued: Date): object[] =>
  levels.map((level) => ({ tcb: { isvsvn: level.isvSvn }, ...statement(level, issued) }));

const moduleIdentity = (spec: SyntheticCollateralSpec): object => ({
  mrsigner: hex(field(spec.moduleSigner, 48)),
  attributes: '0'.repeat(16),
  attributesMask: 'F'.repeat(16),
});

const modulesOf = (spec: SyntheticCollateralSpec): object => ({
  tdxModule: moduleIdentity(spec),
  tdxModuleIdentities: (spec.modules ?? []).map(({ major, levels }) => ({
    id: `TDX_${hex(Uint8Array.of(major))}`,
    ...moduleIdentity(spec),
    tcbLevels: svnLevels(levels, spec.issueDate),
  })),
});

const UP_TO_DATE: readonly [SyntheticStatement] = [{ status: 'UpToDate' }];

/** The body of a TCB info, as text in Intel's order of members. @group Synthetic evidence */
export const syntheticTcbInfo = (spec: SyntheticCollateralSpec): string =>
  JSON.stringify({
    ...(spec.version === 2 ? {} : { id: spec.tee.toUpperCase() }),
    version: spec.version ?? 3,
    issueDate: dateText(spec.issueDate),
    nextUpdate: dateText(spec.nextUpdate),
    fmspc: hex(spec.fmspc),
    pceId: hex(field(spec.pceId, 2)),
    tcbType: 0,
    tcbEvaluationDataNumber: spec.evaluationNumber ?? 1,
    ...(spec.tee === 'tdx' ? modulesOf(spec) : {}),
    tcbLevels: (spec.levels ?? UP_TO_DATE).map((level) => ({
      tcb: platformTcb(level, spec),
      ...statement(level, spec.issueDate),
    })),
  });

/** The body of the identity of the quoting enclave. @group Synthetic evidence */
export const syntheticQeIdentity = (spec: SyntheticCollateralSpec): string =>
  JSON.stringify({
    id: spec.tee === 'sgx' ? 'QE' : 'TD_QE',
    version: 2,
    issueDate: dateText(spec.issueDate),
    nextUpdate: dateText(spec.nextUpdate),
    tcbEvaluationDataNumber: spec.evaluationNumber ?? 1,
    miscselect: '00000000',
    miscselectMask: 'FFFFFFFF',
    attributes: '01000000000000000000000000000000',
    // All but the mode bit and, of XFRM, nothing: the two that differ between builds.
    attributesMask: 'FBFFFFFFFFFFFFFF0000000000000000',
    mrsigner: hex(spec.qeSigner ?? SYNTHETIC_QE_SIGNER),
    isvprodid: spec.tee === 'sgx' ? 1 : 2,
    tcbLevels: svnLevels(spec.qeLevels ?? [{ isvSvn: 0, status: 'UpToDate' }], spec.issueDate),
  });

/** Wraps the text of a statement as served, signed by `signer` over the text as it stands. @group Synthetic evidence */
export function signSyntheticStatement(
  member: 'tcbInfo' | 'enclaveIdentity',
  body: string,
  { privateKey }: Pick<SyntheticHolder, 'privateKey'>,
): Uint8Array {
  const signature = toHex(rawSignature(privateKey, utf8(body)));
  return concatBytes(utf8(`{"${member}":`), utf8(body), utf8(`,"signature":"${signature}"}`));
}

/**
 * The statements of a vendor about a kind of platform.
 *
 * @group Synthetic evidence
 */
export const syntheticIntelCollateral = (
  { tcbSigning, root }: SyntheticIntelVendor,
  spec: SyntheticCollateralSpec,
): IntelCollateral => ({
  tcbInfo: signSyntheticStatement('tcbInfo', syntheticTcbInfo(spec), tcbSigning),
  qeIdentity: signSyntheticStatement('enclaveIdentity', syntheticQeIdentity(spec), tcbSigning),
  issuers: [tcbSigning.certificate, root.certificate],
});
