import { memoryAuthorityStore } from '../../src/adapters/memory-authority-store.ts';
import type { ApplicationRecord, AuthorityStore, CertificateRecord } from '../../src/spec/v1/authority.ts';

/** A store with one planted fault, and the cases of the suite that must find it. */
export interface BrokenStore {
  readonly fault: string;
  readonly wrap: (good: AuthorityStore) => Partial<AuthorityStore>;
  readonly caught: readonly string[];
}

const broken = (fault: string, wrap: BrokenStore['wrap'], ...caught: readonly string[]): BrokenStore => ({
  fault,
  wrap,
  caught: caught.map((id) => `authority-store.${id}`),
});

export function brokenStore({ wrap }: BrokenStore): AuthorityStore {
  const good = memoryAuthorityStore();
  return { ...good, ...wrap(good) };
}

/** Answers after others had their turn, as a store does that checks first and writes later. */
const later = () => new Promise((resolve) => setTimeout(resolve, 1));

const replaceBlindly = (): Partial<AuthorityStore> => {
  const rows = new Map<string, ApplicationRecord>();
  return {
    insertApplication: async (record) => {
      rows.set(record.id, structuredClone(record));
      return 'inserted';
    },
    findApplication: async (id) => structuredClone(rows.get(id)),
    replaceApplication: async (record) => {
      const stored = rows.get(record.id);
      await later();
      if (stored === undefined || stored.revision !== record.revision - 1) return false;
      rows.set(record.id, structuredClone(record));
      return true;
    },
  };
};

const insertWithoutLooking = (): Partial<AuthorityStore> => {
  const rows = new Map<string, CertificateRecord>();
  const key = (serial: Uint8Array) => serial.join();
  return {
    insertCertificates: async (records) => {
      const taken = records.some(({ serial }) => rows.has(key(serial)));
      await later();
      if (taken) return 'serial-taken';
      for (const record of records) rows.set(key(record.serial), structuredClone(record));
      return 'inserted';
    },
    findCertificate: async (serial) => structuredClone(rows.get(key(serial))),
  };
};

const shared = (good: AuthorityStore): Partial<AuthorityStore> => {
  const rows = new Map<string, CertificateRecord>();
  return {
    insertCertificates: async (records) => {
      for (const record of records) rows.set(record.serial.join(), record);
      return good.insertCertificates(records);
    },
    findCertificate: async (serial) => rows.get(serial.join()) ?? good.findCertificate(serial),
  };
};

export const BROKEN_STORES: readonly BrokenStore[] = [
  broken('lets every authority in', () => ({ bind: async () => true }), 'bind.the-first-call-decides'),
  broken(
    'loses a field of an application',
    (good) => ({
      findApplication: async (id) => {
        const { evidence: _, ...rest } = (await good.findApplication(id)) ?? {};
        return 'id' in rest ? (rest as ApplicationRecord) : undefined;
      },
    }),
    'application.gives-back-every-field',
  ),
  broken('overwrites applications', replaceBlindly, 'application.rejects-a-taken-id'),
  broken('takes a request twice', replaceBlindly, 'application.rejects-a-request-used-before'),
  broken('compares and sets in two steps', replaceBlindly, 'application.only-one-of-many-changes-wins'),
  broken(
    'replaces whatever is there',
    (good) => ({
      replaceApplication: async (record) => {
        const stored = await good.findApplication(record.id);
        return good.replaceApplication({ ...record, revision: (stored?.revision ?? 0) + 1 });
      },
    }),
    'application.replace-rejects-all-but-the-next-revision',
  ),
  broken(
    'lists in the order of insertion',
    (good) => ({
      listApplications: async (query) => [...(await good.listApplications(query))].reverse(),
    }),
    'application.lists-in-order-by-state',
  ),
  broken(
    'lists without a bound',
    (good) => ({
      listApplications: (query) => good.listApplications({ ...query, limit: Math.floor(query.limit) || 9 }),
    }),
    'application.list-rejects-limits-out-of-bounds',
  ),
  broken(
    'loses the delivery of a key',
    (good) => ({
      findCertificate: async (serial) => {
        const found = await good.findCertificate(serial);
        if (found === undefined) return undefined;
        const { delivery: _, ...rest } = found;
        return rest;
      },
    }),
    'certificate.gives-back-every-field',
  ),
  broken(
    'inserts certificates one by one',
    (good) => ({
      insertCertificates: async (records) => {
        for (const record of records) {
          const result = await good.insertCertificates([record]);
          if (result !== 'inserted') return result;
        }
        return 'inserted';
      },
    }),
    'certificate.rejects-a-taken-serial-with-all-of-the-call',
    'certificate.rejects-a-key-of-another-holder',
  ),
  broken(
    'looks for a serial, then inserts',
    insertWithoutLooking,
    'certificate.only-one-of-many-insertions-wins',
  ),
  broken(
    'finds the first certificate of a key only',
    (good) => ({
      findCertificatesByKey: async (key) => (await good.findCertificatesByKey(key)).slice(0, 1),
    }),
    'certificate.finds-all-of-a-key',
  ),
  broken('reserves nothing', () => ({ reserveSerial: async () => true }), 'serial.is-not-given-twice'),
  broken('takes any serial', () => ({ reserveSerial: async () => true }), 'serial.rejects-what-is-none'),
  broken(
    'answers null for what is unknown',
    () => ({ findRevocation: async () => null as unknown as undefined }),
    'read.unknown-is-undefined',
  ),
  broken(
    'gives a changed revocation its old place',
    (good) => ({
      findRevocation: async (serial) => {
        const found = await good.findRevocation(serial);
        return found === undefined ? undefined : { ...found, sequence: 1 };
      },
    }),
    'revocation.sequences-grow-with-each-change',
  ),
  broken(
    'writes a revocation of any revision',
    (good) => ({
      putRevocation: async (record) => {
        const stored = await good.findRevocation(record.serial);
        return good.putRevocation({ ...record, revision: (stored?.revision ?? 0) + 1 });
      },
    }),
    'revocation.rejects-all-but-the-next-revision',
  ),
  broken(
    'draws the CRL number from the clock',
    (good) => ({
      draftCrl: async () => ({ ...(await good.draftCrl()), number: Math.floor(Date.now() / 1000) }),
    }),
    'crl.number-is-not-drawn-twice',
  ),
  broken(
    'leaves released certificates out of the draft',
    (good) => ({
      draftCrl: async () => {
        const draft = await good.draftCrl();
        return { ...draft, revocations: draft.revocations.filter(({ status }) => status !== 'released') };
      },
    }),
    'crl.draft-leaves-no-change-out',
  ),
  broken(
    'gives the list that came last',
    (good) => {
      let last: Awaited<ReturnType<AuthorityStore['latestCrl']>>;
      return {
        insertCrl: async (crl) => {
          last = crl;
          return good.insertCrl(crl);
        },
        latestCrl: async () => last,
      };
    },
    'crl.latest-is-not-the-last-one-stored',
  ),
  broken('overwrites lists', () => ({ insertCrl: async () => true }), 'crl.rejects-a-number-that-is-there'),
  broken('keeps what it was given', shared, 'ownership.does-not-share-bytes'),
  broken('goes on when it is closed', () => ({ close: async () => undefined }), 'close.then-refuses'),
];
