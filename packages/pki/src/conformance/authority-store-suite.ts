import { randomBytes } from '@cssi/sm-core';
import {
  type ConformanceCase,
  type ConformanceSuite,
  expectCode,
  expectTrue,
} from '@cssi/sm-core/conformance';
import { AUTHORITY_SPEC_VERSION, type AuthorityStore } from '../spec/v1/authority.ts';
import { recordCases } from './authority-store-records.ts';
import {
  type AuthorityStoreSubject,
  add,
  application,
  certificate,
  countOf,
  crl,
  expectSame,
  freshSerial,
  revocation,
  scribble,
  storeCase,
} from './authority-store-support.ts';

const STATE = ['ERR_PKI_AUTHORITY_STATE'];

const stateCases: readonly ConformanceCase<AuthorityStoreSubject>[] = [
  storeCase('serial.is-not-given-twice', async (store, context) => {
    const serial = freshSerial();
    const taken = await Promise.all(Array.from({ length: 8 }, () => store.reserveSerial(serial)));
    expectTrue(countOf(taken, true) === 1, `${countOf(taken, true)} of 8 calls got the serial`);
    const record = await add(store, certificate(context));
    expectTrue(!(await store.reserveSerial(record.serial)), 'the serial of a certificate is given again');
    const used = await add(store, certificate(context, { serial }));
    expectSame(await store.findCertificate(serial), used, 'a certificate under a reserved serial');
  }),
  storeCase('serial.rejects-what-is-none', async (store) => {
    for (const serial of [new Uint8Array(0), Uint8Array.of(0, 1), new Uint8Array(21).fill(1)]) {
      await expectCode(() => store.reserveSerial(serial), STATE, `serial of ${serial.length} bytes`);
    }
  }),
  storeCase('read.unknown-is-undefined', async (store) => {
    expectSame(await store.findApplication('nobody'), undefined, 'application');
    expectSame(await store.findCertificate(freshSerial()), undefined, 'certificate');
    expectSame(await store.findRevocation(freshSerial()), undefined, 'revocation');
    expectSame(await store.latestCrl('complete'), undefined, 'complete list');
    expectSame(await store.latestCrl('delta'), undefined, 'delta list');
    expectTrue(await store.reserveSerial(freshSerial()), 'a serial that nobody has');
  }),
  storeCase('revocation.sequences-grow-with-each-change', async (store, context) => {
    const [first, second] = [
      revocation(context, { status: 'hold', reason: 'certificateHold' }),
      revocation(context),
    ];
    for (const record of [first, second]) expectTrue(await store.putRevocation(record), 'a new revocation');
    const before = (await store.findRevocation(second.serial))?.sequence ?? 0;
    const changed = { ...first, revision: 2, status: 'released' as const };
    expectTrue(await store.putRevocation(changed), 'the next revision is refused');
    const found = await store.findRevocation(first.serial);
    expectTrue((found?.sequence ?? 0) > before, 'a change did not get a greater sequence');
    expectSame(found, { ...changed, sequence: found?.sequence }, 'the changed revocation');
  }),
  storeCase('revocation.rejects-all-but-the-next-revision', async (store, context) => {
    const record = revocation(context);
    expectTrue(!(await store.putRevocation({ ...record, revision: 2 })), 'revision 2 before 1');
    const won = await Promise.all(Array.from({ length: 8 }, () => store.putRevocation(record)));
    expectTrue(countOf(won, true) === 1, 'revision 1 was written more than once or never');
    for (const revision of [0, 1, 3]) {
      expectTrue(!(await store.putRevocation({ ...record, revision })), `revision ${revision} after 1`);
    }
  }),
  storeCase('crl.number-is-not-drawn-twice', async (store) => {
    const drafts = await Promise.all(Array.from({ length: 8 }, () => store.draftCrl()));
    const numbers = drafts.map(({ number }) => number);
    expectTrue(new Set(numbers).size === 8, 'a CRL number was drawn twice');
    expectTrue(Math.min(...numbers) >= 1, 'a CRL number is not positive');
    const next = (await store.draftCrl()).number;
    expectTrue(next > Math.max(...numbers), 'CRL numbers do not grow');
  }),
  storeCase('crl.draft-leaves-no-change-out', async (store, context) => {
    const empty = await store.draftCrl();
    expectSame([empty.sequence, empty.revocations], [0, []], 'the draft without revocations');
    const records = Array.from({ length: 5 }, () => revocation(context));
    for (const record of records) await store.putRevocation(record);
    const changed = { ...records[1]!, revision: 2, status: 'released' as const };
    await store.putRevocation(changed);
    const draft = await store.draftCrl();
    const order = [records[0], records[2], records[3], records[4], changed];
    const found = draft.revocations.map(({ sequence: _, ...record }) => record);
    expectSame(found, order, 'the revocations of the draft');
    expectTrue(draft.sequence === draft.revocations.at(-1)?.sequence, 'the sequence is not the last one');
  }),
  storeCase('crl.latest-is-not-the-last-one-stored', async (store, context) => {
    for (const [number, base] of [[3], [5], [4], [7, 5], [6, 5]] as const) {
      expectTrue(await store.insertCrl(crl(context, number, base)), `list ${number} is refused`);
    }
    expectSame(await store.latestCrl('complete'), crl(context, 5), 'the latest complete list');
    expectSame(await store.latestCrl('delta'), crl(context, 7, 5), 'the latest delta list');
  }),
  storeCase('crl.rejects-a-number-that-is-there', async (store, context) => {
    for (const [number, base] of [[3], [4, 3], [5]] as const)
      await store.insertCrl(crl(context, number, base));
    for (const [number, base] of [[3], [4], [5, 3], [5]] as const) {
      expectTrue(!(await store.insertCrl(crl(context, number, base))), `list ${number} came twice`);
    }
  }),
  storeCase('ownership.does-not-share-bytes', async (store, context) => {
    const [request, issued, revoked] = [application(context), certificate(context), revocation(context)];
    const kept = {
      request: structuredClone(request),
      issued: structuredClone(issued),
      revoked: structuredClone(revoked),
    };
    const writing = [
      store.insertApplication(request),
      store.insertCertificates([issued]),
      store.putRevocation(revoked),
    ];
    for (const record of [request, issued, revoked]) scribble(record);
    await Promise.all(writing);
    for (const round of ['written', 'read before']) {
      const found = [
        await store.findApplication(kept.request.id),
        await store.findCertificate(kept.issued.serial),
      ];
      expectSame(found, [kept.request, kept.issued], `the records changed after they were ${round}`);
      for (const record of found) scribble(record);
      const { revocations } = await store.draftCrl();
      expectSame(revocations[0]?.serial, kept.revoked.serial, `the revocation changed after it was ${round}`);
      scribble(revocations);
    }
  }),
  storeCase('close.then-refuses', async (store, context) => {
    await store.close();
    await store.close();
    await expectCode(() => store.findApplication('a'), STATE, 'reading');
    await expectCode(() => store.insertApplication(application(context)), STATE, 'writing');
  }),
];

async function fill(store: AuthorityStore, context: Parameters<typeof crl>[0]) {
  const records = {
    authority: randomBytes(32),
    serial: freshSerial(),
    request: application(context),
    issued: certificate(context),
    revoked: revocation(context),
  };
  await store.bind(records.authority);
  await store.reserveSerial(records.serial);
  await store.insertApplication(records.request);
  await store.insertCertificates([records.issued]);
  await store.putRevocation(records.revoked);
  const { number } = await store.draftCrl();
  await store.insertCrl(crl(context, number));
  // Drawn and then lost with the process: the number must not come again.
  const { number: lost, sequence } = await store.draftCrl();
  return { ...records, number, lost, sequence };
}

const durable: ConformanceCase<AuthorityStoreSubject> = {
  id: 'authority-store.durable.loses-nothing',
  clause: 'AuthorityStore v1 [part of TCCIA-021]',
  level: 'MUST',
  requires: ['durable'],
  async run(subject, context) {
    const first = await subject.create();
    const { authority, serial, request, issued, revoked, ...drawn } = await fill(first, context);
    expectTrue(subject.reopen !== undefined, 'a durable subject can reopen');
    const store = await subject.reopen(first);
    try {
      expectTrue(!(await store.bind(randomBytes(32))), 'the store forgot whose it is');
      expectTrue(await store.bind(authority), 'the store refuses its authority');
      expectTrue(!(await store.reserveSerial(serial)), 'a reserved serial is given again');
      expectTrue(!(await store.reserveSerial(issued.serial)), 'the serial of a certificate is given again');
      expectSame(await store.findApplication(request.id), request, 'the application');
      expectTrue(
        (await store.insertApplication({ ...request, id: 'x' })) === 'csr-taken',
        'a request is used again',
      );
      expectSame(await store.findCertificate(issued.serial), issued, 'the certificate');
      expectSame(await store.findCertificatesByKey(issued.keyDigest), [issued], 'the certificate of the key');
      const { sequence } = drawn;
      expectSame(await store.findRevocation(revoked.serial), { ...revoked, sequence }, 'the revocation');
      expectSame(await store.latestCrl('complete'), crl(context, drawn.number), 'the list');
      const draft = await store.draftCrl();
      expectTrue(draft.number > drawn.lost, 'a CRL number is drawn again');
      expectTrue(draft.sequence === sequence, 'the sequence is lost');
    } finally {
      await store.close();
    }
  },
};

const numbersStayTaken: ConformanceCase<AuthorityStoreSubject> = {
  id: 'authority-store.durable.rejects-list-numbers-of-before',
  clause: 'AuthorityStore v1 [part of TCCIA-021]',
  level: 'MUST',
  requires: ['durable'],
  async run(subject, context) {
    const first = await subject.create();
    for (const [number, base] of [[3], [4, 3], [5], [6, 5]] as const) {
      expectTrue(await first.insertCrl(crl(context, number, base)), `list ${number} is refused`);
    }
    expectTrue(subject.reopen !== undefined, 'a durable subject can reopen');
    // Twice: what is written anew at one start is read at the next.
    const store = await subject.reopen(await subject.reopen(first));
    try {
      for (const [number, base] of [[3], [4, 3], [3, 2], [5], [6, 5], [6]] as const) {
        const again = await store.insertCrl(crl(context, number, base));
        expectTrue(!again, `list ${number} came twice`);
      }
      expectSame(await store.latestCrl('complete'), crl(context, 5), 'the latest complete list');
      expectSame(await store.latestCrl('delta'), crl(context, 6, 5), 'the latest delta list');
      expectTrue(await store.insertCrl(crl(context, 7)), 'the next list is refused');
      expectTrue((await store.draftCrl()).number > 7, 'a CRL number is drawn again');
    } finally {
      await store.close();
    }
  },
};

/**
 * Suite of {@link AuthorityStore} version 1. Each case gets a store of its own from the
 * subject. A store that keeps its records over a restart has the capability `durable`.
 *
 * @example
 * ```ts
 * import { memoryAuthorityStore } from '@cssi/pki/adapters/memory-authority-store';
 * import { authorityStoreSuite } from '@cssi/pki/conformance';
 * import { runSuite } from '@cssi/sm-core/conformance';
 * const subject = { create: async () => memoryAuthorityStore() };
 * const report = await runSuite(authorityStoreSuite, { name: 'memory', subject });
 * ```
 */
export const authorityStoreSuite: ConformanceSuite<AuthorityStoreSubject> = {
  name: 'pki.authority-store',
  specVersion: AUTHORITY_SPEC_VERSION,
  packageVersion: '0.1.0',
  cases: [...recordCases, ...stateCases, durable, numbersStayTaken],
};
