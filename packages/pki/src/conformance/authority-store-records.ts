import { randomBytes } from '@cssi/sm-core';
import { type ConformanceCase, expectCode, expectTrue } from '@cssi/sm-core/conformance';
import {
  type AuthorityStoreSubject,
  add,
  application,
  certificate,
  countOf,
  expectSame,
  storeCase,
} from './authority-store-support.ts';

const STATE = ['ERR_PKI_AUTHORITY_STATE'];

/** Applications and certificates. */
export const recordCases: readonly ConformanceCase<AuthorityStoreSubject>[] = [
  storeCase('bind.the-first-call-decides', async (store) => {
    const [mine, other] = [randomBytes(32), randomBytes(32)];
    expectTrue(await store.bind(mine), 'an empty store is refused');
    expectTrue(await store.bind(mine), 'its own authority is refused');
    expectTrue(!(await store.bind(other)), 'another authority is let in');
    expectTrue(await store.bind(mine), 'its own authority is refused after another one asked');
  }),
  storeCase('application.gives-back-every-field', async (store, context) => {
    const record = application(context);
    expectTrue((await store.insertApplication(record)) === 'inserted', 'a new application is refused');
    expectSame(await store.findApplication(record.id), record, 'the application');
    const { evidence: _, notBefore: __, notAfter: ___, identity: ____, ...required } = application(context);
    const bare = { ...required, dnsNames: [], serials: [], pair: false };
    await store.insertApplication(bare);
    expectSame(await store.findApplication(bare.id), bare, 'the application without optional fields');
  }),
  storeCase('application.rejects-a-taken-id', async (store, context) => {
    const record = application(context);
    await store.insertApplication(record);
    const again = application(context, { id: record.id });
    expectTrue((await store.insertApplication(again)) === 'id-taken', 'the id was given twice');
    expectSame(await store.findApplication(record.id), record, 'the first application');
  }),
  storeCase('application.rejects-a-request-used-before', async (store, context) => {
    const record = application(context);
    await store.insertApplication(record);
    const replay = application(context, { csrDigest: record.csrDigest });
    expectTrue((await store.insertApplication(replay)) === 'csr-taken', 'the request was used twice');
    expectTrue((await store.findApplication(replay.id)) === undefined, 'the second one is stored');
  }),
  storeCase('application.replace-rejects-all-but-the-next-revision', async (store, context) => {
    const record = application(context);
    expectTrue(!(await store.replaceApplication({ ...record, revision: 2 })), 'nothing was there to replace');
    expectTrue(!(await store.replaceApplication(record)), 'replacing added an application');
    await store.insertApplication(record);
    for (const revision of [0, 1, 3]) {
      const stale = { ...record, revision, state: 'approved' as const };
      expectTrue(!(await store.replaceApplication(stale)), `revision ${revision} after 1`);
    }
    const other = { ...record, revision: 2, csrDigest: randomBytes(32) };
    expectTrue(!(await store.replaceApplication(other)), 'another request was put under the application');
    expectSame(await store.findApplication(record.id), record, 'the application');
    const next = { ...record, revision: 2, state: 'approved' as const };
    expectTrue(await store.replaceApplication(next), 'the next revision is refused');
    expectSame(await store.findApplication(record.id), next, 'the changed application');
  }),
  storeCase('application.only-one-of-many-changes-wins', async (store, context) => {
    const record = application(context);
    await store.insertApplication(record);
    const notes = Array.from({ length: 8 }, (_, i) => `note ${i}`);
    const changed = notes.map((note) => ({
      ...record,
      revision: 2,
      steps: [...record.steps, { step: 'reject' as const, at: record.submittedAt, note }],
    }));
    const won = await Promise.all(changed.map((next) => store.replaceApplication(next)));
    expectTrue(countOf(won, true) === 1, `${countOf(won, true)} of 8 changes at once were taken`);
    expectSame(await store.findApplication(record.id), changed[won.indexOf(true)], 'the application');
  }),
  storeCase('application.lists-in-order-by-state', async (store, context) => {
    const ids = ['c', 'a', 'e', 'b', 'd'];
    for (const id of ids) {
      const state = id === 'b' ? 'rejected' : 'submitted';
      await store.insertApplication(application(context, { id, state }));
    }
    const list = async (query: Parameters<typeof store.listApplications>[0]) =>
      (await store.listApplications(query)).map(({ id }) => id).join('');
    expectSame(await list({ limit: 9 }), 'abcde', 'all');
    expectSame(await list({ limit: 2, after: 'b' }), 'cd', 'two after b');
    expectSame(await list({ limit: 9, state: 'submitted' }), 'acde', 'those submitted');
    expectSame(await list({ limit: 9, state: 'issued' }), '', 'those issued');
  }),
  storeCase('application.list-rejects-limits-out-of-bounds', async (store) => {
    for (const limit of [0, -1, 1.5, 1001, Number.NaN]) {
      await expectCode(() => store.listApplications({ limit }), STATE, `limit ${limit}`);
    }
  }),
  storeCase('certificate.gives-back-every-field', async (store, context) => {
    const record = await add(store, certificate(context));
    expectSame(await store.findCertificate(record.serial), record, 'the certificate');
    const {
      applicationId: _,
      partner: __,
      delivery: ___,
      ...bare
    } = certificate(context, { serial: Uint8Array.of(7) });
    await add(store, bare);
    expectSame(
      await store.findCertificate(Uint8Array.of(7)),
      bare,
      'the certificate without optional fields',
    );
  }),
  storeCase('certificate.rejects-a-taken-serial-with-all-of-the-call', async (store, context) => {
    const first = await add(store, certificate(context));
    const [fresh, clash] = [certificate(context), certificate(context, { serial: first.serial })];
    expectTrue((await store.insertCertificates([fresh, clash])) === 'serial-taken', 'a serial came twice');
    expectTrue((await store.findCertificate(fresh.serial)) === undefined, 'half of a refused call is stored');
    expectSame(await store.findCertificate(first.serial), first, 'the first certificate');
    const twin = certificate(context, { serial: fresh.serial });
    expectTrue((await store.insertCertificates([fresh, twin])) === 'serial-taken', 'twins in one call');
  }),
  storeCase('certificate.rejects-a-key-of-another-holder', async (store, context) => {
    const first = await add(store, certificate(context));
    const { keyDigest } = first;
    const [fresh, stranger] = [certificate(context), certificate(context, { keyDigest })];
    expectTrue((await store.insertCertificates([fresh, stranger])) === 'key-taken', 'a key has two holders');
    expectTrue((await store.findCertificate(fresh.serial)) === undefined, 'half of a refused call is stored');
    const two = [certificate(context), certificate(context)].map((record) => ({
      ...record,
      keyDigest: fresh.keyDigest,
    }));
    expectTrue((await store.insertCertificates(two)) === 'key-taken', 'a key has two holders in one call');
  }),
  storeCase('certificate.finds-all-of-a-key', async (store, context) => {
    const first = await add(store, certificate(context));
    const { keyDigest, holderDigest } = first;
    const second = await add(store, certificate(context, { keyDigest, holderDigest }));
    const found = await store.findCertificatesByKey(keyDigest);
    expectSame(found, [first, second], 'the certificates of the key');
    expectSame(await store.findCertificatesByKey(randomBytes(32)), [], 'the certificates of an unknown key');
  }),
  storeCase('certificate.only-one-of-many-insertions-wins', async (store, context) => {
    const { serial } = certificate(context);
    const records = Array.from({ length: 8 }, () => certificate(context, { serial }));
    const results = await Promise.all(records.map((record) => store.insertCertificates([record])));
    expectTrue(countOf(results, 'inserted') === 1, 'one serial was inserted more than once or never');
    expectSame(await store.findCertificate(serial), records[results.indexOf('inserted')], 'the certificate');
  }),
];
