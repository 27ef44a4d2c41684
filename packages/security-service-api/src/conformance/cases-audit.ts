import { toBase64, utf8 } from '@cssi/sm-core';
import { expectTrue } from '@cssi/sm-core/conformance';
import type { ResultOf } from '../spec/v1/operation.ts';
import { coreOperations } from '../spec/v1/operations.ts';
import { HEADERS } from '../spec/v1/request-signing.ts';
import {
  anonymous,
  expectRefusal,
  type ServiceCase,
  type ServiceHarness,
  visit,
  type Wire,
} from './harness.ts';

const read = coreOperations['audit.read'];
type Records = ResultOf<typeof read>['records'];

/** All records, read by the auditor page by page. */
async function allRecords(harness: ServiceHarness): Promise<Records> {
  return visit(harness, harness.users.auditor, async ({ client }) => {
    const records: Records = [];
    let next: number | null = 0;
    while (next !== null) {
      const page: ResultOf<typeof read> = await client.call(read, { fromSequence: next, limit: 1000 });
      records.push(...page.records);
      // The reading is recorded as well, so the end moves; stop where this reading began.
      next = page.records.length === 0 ? null : page.nextSequence;
    }
    return records;
  });
}

const lastRequestId = (wire: Wire): string => wire.received.at(-1)!.headers[HEADERS.requestId]!;

async function recordOf(harness: ServiceHarness, requestId: string): Promise<Records[number]> {
  const found = (await allRecords(harness)).filter((record) => record.requestId === requestId);
  expectTrue(found.length === 1, `one record for the request, found ${found.length}`);
  return found[0]!;
}

/** Cases about the audit trail of calls. */
export const auditCases: readonly ServiceCase[] = [
  {
    id: 'api.audit.success',
    clause: 'CSSI-007',
    level: 'MUST',
    run: async (harness) => {
      const { requestId, userId } = await visit(
        harness,
        harness.users.tenantUser,
        async ({ client, wire }) => {
          await client.call(coreOperations.hash, { data: toBase64(utf8('abc')) });
          return { requestId: lastRequestId(wire), userId: client.session!.userId };
        },
      );
      const record = await recordOf(harness, requestId);
      expectTrue(record.type === 'hash' && record.outcome === 'success', 'what was done, and how it ended');
      expectTrue(record.subject === userId, 'who did it');
    },
  },
  {
    id: 'api.audit.denied',
    clause: 'CSSI-007',
    level: 'MUST',
    run: async (harness) => {
      const { requestId, userId } = await visit(
        harness,
        harness.users.withoutRole,
        async ({ client, wire }) => {
          const call = () => client.call(coreOperations.hash, { data: '' });
          await expectRefusal(call, ['ERR_API_ACCESS_DENIED'], 'denied call');
          return { requestId: lastRequestId(wire), userId: client.session!.userId };
        },
      );
      const record = await recordOf(harness, requestId);
      expectTrue(
        record.outcome === 'denied' && record.code === 'ERR_API_ACCESS_DENIED',
        'the refusal and its code',
      );
      expectTrue(record.subject === userId, 'who tried');
    },
  },
  {
    id: 'api.audit.unauthenticated',
    clause: 'CSSI-007',
    level: 'MUST',
    run: async (harness) => {
      const requestId = await anonymous(harness, async (client, wire) => {
        const call = () => client.negotiate(['999']);
        await expectRefusal(call, ['ERR_API_VERSION_UNSUPPORTED'], 'failed call');
        return lastRequestId(wire);
      });
      const record = await recordOf(harness, requestId);
      expectTrue(record.outcome === 'failure' && record.subject === null, 'a failure of nobody known');
    },
  },
  {
    id: 'api.audit.login',
    clause: 'CSSI-007',
    level: 'MUST',
    run: async (harness) => {
      const { requestId, userId, token } = await visit(
        harness,
        harness.users.tenantUser,
        async ({ client, wire }) => {
          const body = JSON.parse(Buffer.from(wire.received.at(-1)!.body).toString()) as { token: string };
          return { requestId: lastRequestId(wire), userId: client.session!.userId, token: body.token };
        },
      );
      const record = await recordOf(harness, requestId);
      expectTrue(record.type === 'session.open' && record.subject === userId, 'who logged in');
      expectTrue(!JSON.stringify(record).includes(token), 'the token is not in the log');
    },
  },
];
