import type { BenchArea } from '../area.ts';
import { channelRows } from './evidence/channel-rows.ts';
import { logRow, tokenRows } from './evidence/other-rows.ts';
import { verifyRows } from './evidence/verify-rows.ts';

/** Verification of evidence of every kind, event logs, tokens and the attested channel, on one thread. */
export const evidenceArea: BenchArea = {
  name: 'evidence',
  summary: 'verification of evidence of every kind against its signature checks alone; logs, tokens, channel',
  prepare: async () => ({
    rows: [...(await verifyRows()), logRow(), ...(await tokenRows()), ...channelRows()],
  }),
};
