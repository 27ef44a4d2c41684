import { equalBytes } from '@cssi/sm-core';
import type { PckFacts } from './pck-facts.ts';
import type { SvnLevel, TcbInfo, TcbLevel, TdxModule } from './tcb-info.ts';
import type { TdReportBody } from './td-report.ts';

const atLeast = (has: ArrayLike<number>, wanted: readonly number[], from = 0): boolean =>
  wanted.every((least, index) => index < from || (has[index] ?? -1) >= least);

/**
 * The level of a platform: the first of the list whose versions the platform reaches, all of them.
 *
 * @param teeTcbSvn - of the TD report; TDX only. Where its second byte, the major version of the module, is set, the first two are
 *   the module's own and judged by its identity.
 * @standard Intel SGX/TDX Provisioning Certification Service API v4, TCB info, tcbLevels
 * @internal
 */
export function findTcbLevel(
  info: TcbInfo,
  { components, pceSvn }: PckFacts,
  teeTcbSvn?: Uint8Array,
): TcbLevel | undefined {
  const from = (teeTcbSvn?.[1] ?? 0) > 0 ? 2 : 0;
  return info.levels.find(
    (level) =>
      atLeast(components, level.sgxComponents) &&
      pceSvn >= level.pceSvn &&
      (level.tdxComponents === undefined || atLeast(teeTcbSvn ?? [], level.tdxComponents, from)),
  );
}

/** The first level the version reaches. @internal */
export const findSvnLevel = (levels: readonly SvnLevel[], svn: number): SvnLevel | undefined =>
  levels.find(({ isvSvn }) => svn >= isvSvn);

const masked = (value: Uint8Array, mask: Uint8Array): Uint8Array =>
  value.map((byte, index) => byte & (mask[index] ?? 0));

/** Whether `value` is `wanted` where `mask` has ones. @internal */
export const equalUnderMask = (value: Uint8Array, wanted: Uint8Array, mask: Uint8Array): boolean =>
  equalBytes(masked(value, mask), masked(wanted, mask));

/** What the TCB information says about the TDX module of a TD. @internal */
export type TdxModuleFinding =
  /** Signed by somebody else, with other attributes, or of a major version nobody knows. */
  | { readonly kind: 'mismatch' }
  /** Major version 0: known, and its version is judged with the platform's. */
  | { readonly kind: 'known' }
  | { readonly kind: 'level'; readonly id: string; readonly level: SvnLevel | undefined };

/**
 * Finds the TDX module. From major version 1 on each has an identity with levels of its own.
 *
 * @standard Intel SGX/TDX Provisioning Certification Service API v4, TCB info, tdxModuleIdentities
 * @internal
 */
export function findTdxModule(
  info: TcbInfo,
  { mrSignerSeam, seamAttributes }: TdReportBody,
  teeTcbSvn: Uint8Array,
): TdxModuleFinding {
  const fits = (module: TdxModule): boolean =>
    equalBytes(module.mrSigner, mrSignerSeam) &&
    equalUnderMask(seamAttributes, module.attributes, module.attributesMask);
  const [svn = 0, major = 0] = teeTcbSvn;
  if (major === 0) {
    return { kind: info.tdxModule !== undefined && fits(info.tdxModule) ? 'known' : 'mismatch' };
  }
  const id = `TDX_${major.toString(16).padStart(2, '0').toUpperCase()}`;
  const module = info.tdxModules.find((one) => one.id === id);
  if (module === undefined || !fits(module)) return { kind: 'mismatch' };
  return { kind: 'level', id, level: findSvnLevel(module.levels, svn) };
}
