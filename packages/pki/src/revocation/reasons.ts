import { DerProblem } from '../internal/tlv.ts';
import { REVOCATION_REASONS, type RevocationReason } from '../spec/v1/revocation.ts';

const BY_CODE: ReadonlyMap<number, RevocationReason> = /* @__PURE__ */ new Map(
  (Object.entries(REVOCATION_REASONS) as [RevocationReason, number][]).map(([name, code]) => [code, name]),
);

/** The reason of a CRLReason code; 7 and what is above 10 mean nothing. */
export function reasonOfCode(code: number): RevocationReason {
  const reason = BY_CODE.get(code);
  if (reason === undefined) throw new DerProblem('reason');
  return reason;
}

export const isReason = (value: unknown): value is RevocationReason =>
  typeof value === 'string' && Object.hasOwn(REVOCATION_REASONS, value);
