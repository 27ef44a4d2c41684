import { concatBytes } from '@cssi/sm-core';
import type { SgxReportBody } from '../../evidence/intel/enclave-report.ts';
import type { TdReportBody } from '../../evidence/intel/td-report.ts';
import { field, littleEndian } from './bytes.ts';

/** Fields of an SGX report that are not zero; byte fields may be shorter than they stand there. @group Synthetic evidence */
export type SyntheticSgxBody = Partial<SgxReportBody>;

/** Fields of a TD report that are not zero. `version` 1.0 when left out. @group Synthetic evidence */
export type SyntheticTdBody = Partial<TdReportBody>;

/** Initialised, 64 bits; XFRM of a processor with AVX. */
const SGX_ATTRIBUTES = Uint8Array.of(0x05, 0, 0, 0, 0, 0, 0, 0, 0xe7, 0, 0, 0, 0, 0, 0, 0);

/**
 * The 384 bytes of an SGX report.
 *
 * @standard Intel SDM vol. 3D §35.15
 * @group Synthetic evidence
 */
export const encodeSgxReportBody = (body: SyntheticSgxBody): Uint8Array =>
  concatBytes(
    field(body.cpuSvn, 16),
    littleEndian(body.miscSelect ?? 0, 4),
    new Uint8Array(12),
    field(body.isvExtProdId, 16),
    field(body.attributes ?? SGX_ATTRIBUTES, 16),
    field(body.mrEnclave, 32),
    new Uint8Array(32),
    field(body.mrSigner, 32),
    new Uint8Array(32),
    field(body.configId, 64),
    littleEndian(body.isvProdId ?? 0, 2),
    littleEndian(body.isvSvn ?? 0, 2),
    littleEndian(body.configSvn ?? 0, 2),
    new Uint8Array(42),
    field(body.isvFamilyId, 16),
    field(body.reportData, 64),
  );

/**
 * The 584 or 648 bytes of a TD report.
 *
 * @standard Intel TDX DCAP Quoting Library API, A.3.2, A.3.3
 * @group Synthetic evidence
 */
export const encodeTdReportBody = (body: SyntheticTdBody): Uint8Array =>
  concatBytes(
    field(body.teeTcbSvn, 16),
    field(body.mrSeam, 48),
    field(body.mrSignerSeam, 48),
    field(body.seamAttributes, 8),
    field(body.tdAttributes, 8),
    field(body.xfam, 8),
    field(body.mrTd, 48),
    field(body.mrConfigId, 48),
    field(body.mrOwner, 48),
    field(body.mrOwnerConfig, 48),
    ...[0, 1, 2, 3].map((index) => field(body.rtmrs?.[index], 48)),
    field(body.reportData, 64),
    ...(body.version === '1.5'
      ? [field(body.teeTcbSvn2 ?? body.teeTcbSvn, 16), field(body.mrServiceTd, 48)]
      : []),
  );
