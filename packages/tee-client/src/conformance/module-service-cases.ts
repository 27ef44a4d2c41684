import { equalBytes, utf8 } from '@cssi/sm-core';
import { type ConformanceCase, expectBytes, expectTrue } from '@cssi/sm-core/conformance';
import { CONFORMANCE_COMMANDS, CONFORMANCE_TA_UUID, CONFORMANCE_TAS } from '../spec/v1/conformance-ta.ts';
import { decodeReport } from '../spec/v1/evidence-codec.ts';
import type { ModuleCapability, ModuleServiceRequest } from '../spec/v1/module.ts';
import {
  expectBadService,
  expectRefused,
  expectSuccess,
  moduleCase,
  NOT_THE_APPLICATION,
  type SecurityModuleSubject,
  serviceCase,
  TA,
  type TestSession,
  withTestSession,
} from './module-support.ts';

const CLAUSE = 'SecurityModule.service';
const AAD = utf8('associated data');
const NEVER_GIVEN = 0xfffffff1;

const SAMPLES: readonly (readonly [ModuleCapability, () => ModuleServiceRequest])[] = [
  ['enclave-seal', () => ({ service: 'seal', data: utf8('data'), aad: AAD.slice() })],
  ['enclave-seal', () => ({ service: 'unseal', data: utf8('data'), aad: AAD.slice() })],
  ['enclave-derive', () => ({ service: 'derive', label: utf8('label'), length: 32 })],
  ['enclave-memory', () => ({ service: 'memory-allocate', size: 64 })],
  ['enclave-evidence', () => ({ service: 'evidence', nonce: new Uint8Array(32), userData: utf8('data') })],
  ['enclave-channel', () => ({ service: 'channel-open', data: new Uint8Array(101) })],
];

/** The one part of an answer. */
async function part(session: TestSession, request: ModuleServiceRequest): Promise<Uint8Array> {
  const { parts } = expectSuccess(await session.service(request), request.service);
  const [only] = parts;
  expectTrue(
    parts.length === 1 && only instanceof Uint8Array,
    `${request.service} answers with one part of bytes`,
  );
  return only as Uint8Array;
}

const seal = (session: TestSession, data: Uint8Array, aad: Uint8Array = AAD) =>
  part(session, { service: 'seal', data: data.slice(), aad: aad.slice() });
const unseal = (session: TestSession, data: Uint8Array, aad: Uint8Array = AAD) =>
  part(session, { service: 'unseal', data: data.slice(), aad: aad.slice() });
const derive = (session: TestSession, label: string, length: number) =>
  part(session, { service: 'derive', label: utf8(label), length });

async function expectUnopened(session: TestSession, blob: Uint8Array, aad: Uint8Array, what: string) {
  const answer = await session.service({ service: 'unseal', data: blob.slice(), aad: aad.slice() });
  expectRefused(answer, ['MAC_INVALID'], ['TEE', 'TRUSTED_APP'], what);
  expectTrue(answer.parts.length === 0, `${what}: nothing is given out`);
}

const sealCases: readonly ConformanceCase<SecurityModuleSubject>[] = [
  serviceCase('seal.round-trip', 'enclave-seal', async (session) => {
    for (const data of [utf8('sealed text'), new Uint8Array(0), new Uint8Array(10_000).fill(7)]) {
      expectBytes(await unseal(session, await seal(session, data)), data, 'what was sealed');
    }
  }),
  serviceCase('seal.another-session', 'enclave-seal', async (session, { module }) => {
    const blob = await seal(session, utf8('sealed text'));
    await withTestSession(module, async (other) => {
      expectBytes(await unseal(other, blob), utf8('sealed text'), 'what another session sealed');
    });
  }),
  serviceCase('seal.another-application', 'enclave-seal', async (session, { module }) => {
    const blob = await seal(session, utf8('sealed text'));
    await withTestSession(
      module,
      (other) => expectUnopened(other, blob, AAD, 'what another application sealed'),
      CONFORMANCE_TAS.second,
    );
  }),
  serviceCase('seal.hides', 'enclave-seal', async (session) => {
    const data = utf8('a text that must not be seen in what is sealed');
    const blob = await seal(session, data);
    for (let at = 0; at + 8 <= blob.length; at++) {
      expectTrue(!equalBytes(blob.subarray(at, at + 8), data.subarray(0, 8)), 'the text is not in the blob');
    }
    expectTrue(!equalBytes(blob, await seal(session, data)), 'two blobs of one text differ');
  }),
  serviceCase('unseal.other-aad', 'enclave-seal', async (session) => {
    const blob = await seal(session, utf8('sealed text'));
    await expectUnopened(session, blob, utf8('other data'), 'other associated data');
    await expectUnopened(session, blob, new Uint8Array(0), 'no associated data');
  }),
  serviceCase('unseal.altered', 'enclave-seal', async (session) => {
    const blob = await seal(session, utf8('sealed text'));
    for (let at = 0; at < blob.length; at++) {
      const altered = blob.map((byte, i) => (i === at ? byte ^ 1 : byte));
      await expectUnopened(session, altered, AAD, `a blob with byte ${at} altered`);
    }
  }),
  serviceCase('unseal.cut', 'enclave-seal', async (session) => {
    const blob = await seal(session, utf8('sealed text'));
    for (const length of [0, 1, 12, 16, 32, blob.length - 1]) {
      await expectUnopened(session, blob.subarray(0, length), AAD, `a blob cut to ${length} bytes`);
    }
  }),
];

const deriveCases: readonly ConformanceCase<SecurityModuleSubject>[] = [
  serviceCase('derive.lengths', 'enclave-derive', async (session) => {
    for (const length of [16, 32, 64]) {
      expectTrue(
        (await derive(session, 'label', length)).length === length,
        'a key has the length asked for',
      );
    }
  }),
  serviceCase('derive.same', 'enclave-derive', async (session, { module }) => {
    const key = await derive(session, 'label', 32);
    await withTestSession(module, async (other) => {
      expectBytes(await derive(other, 'label', 32), key, 'the key of a label in another session');
    });
  }),
  serviceCase('derive.labels', 'enclave-derive', async (session) => {
    const keys = [];
    for (const label of ['a', 'b', 'ab', 'a\0']) keys.push((await derive(session, label, 32)).join());
    expectTrue(new Set(keys).size === keys.length, 'each label has a key of its own');
  }),
  serviceCase('derive.another-application', 'enclave-derive', async (session, { module }) => {
    const key = await derive(session, 'label', 32);
    await withTestSession(
      module,
      async (other) => {
        expectTrue(
          !equalBytes(await derive(other, 'label', 32), key),
          'each application has keys of its own',
        );
      },
      CONFORMANCE_TAS.second,
    );
  }),
  serviceCase('derive.bad-length', 'enclave-derive', async (session) => {
    for (const length of [0, 15, 65, 2 ** 31]) {
      await expectBadService(
        session,
        { service: 'derive', label: utf8('label'), length },
        `a key of ${length} bytes`,
      );
    }
  }),
  serviceCase('derive.bad-label', 'enclave-derive', async (session) => {
    for (const size of [0, 65]) {
      const label = new Uint8Array(size).fill(0x61);
      await expectBadService(session, { service: 'derive', label, length: 32 }, `a label of ${size} bytes`);
    }
  }),
];

const evidenceCases: readonly ConformanceCase<SecurityModuleSubject>[] = [
  moduleCase(
    'service.evidence.claims',
    CLAUSE,
    ({ module }, { bytes }) =>
      withTestSession(module, async (session) => {
        const nonce = bytes('nonce', 32);
        const userData = bytes('user data', 64);
        const answer = await session.service({
          service: 'evidence',
          nonce: nonce.slice(),
          userData: userData.slice(),
        });
        const [report, ...certificates] = expectSuccess(answer, 'evidence').parts;
        expectTrue(report !== undefined && certificates.length > 0, 'a report and certificates');
        const { claims } = decodeReport(report);
        expectBytes(claims.nonce, nonce, 'the nonce');
        expectBytes(claims.userData, userData, 'the user data');
        expectTrue(claims.ta.uuid === CONFORMANCE_TA_UUID, 'the evidence is of the application asked');
        expectTrue(
          claims.emulated === module.describe().emulated,
          'the evidence says of emulation what the module says',
        );
      }),
    [TA, 'enclave-evidence'],
  ),
  serviceCase('evidence.bad-lengths', 'enclave-evidence', async (session) => {
    for (const [nonce, userData] of [
      [15, 0],
      [65, 0],
      [0, 0],
      [32, 65],
    ] as const) {
      await expectBadService(
        session,
        { service: 'evidence', nonce: new Uint8Array(nonce), userData: new Uint8Array(userData) },
        `a nonce of ${nonce} and user data of ${userData} bytes`,
      );
    }
  }),
];

/** Services of the enclave interface, by capability. */
export const serviceCases: readonly ConformanceCase<SecurityModuleSubject>[] = [
  moduleCase('service.undeclared', CLAUSE, ({ module }) =>
    withTestSession(module, async (session) => {
      const { capabilities } = module.describe();
      for (const [capability, request] of SAMPLES) {
        if (capabilities.includes(capability)) continue;
        const what = `${request().service} without ${capability}`;
        expectRefused(await session.service(request()), ['NOT_SUPPORTED'], NOT_THE_APPLICATION, what);
      }
      expectTrue((await session.count()) === 1, 'the session goes on');
    }),
  ),
  moduleCase('service.unknown', CLAUSE, ({ module }) =>
    withTestSession(module, async (session) => {
      const request = { service: 'no-such-service' } as unknown as ModuleServiceRequest;
      const answer = await session.service(request);
      expectRefused(
        answer,
        ['NOT_SUPPORTED', 'ACCESS_DENIED', 'BAD_PARAMETERS'],
        NOT_THE_APPLICATION,
        'a service that does not exist',
      );
      expectTrue((await session.count()) === 1, 'the session goes on');
    }),
  ),
  moduleCase(
    'service.unknown-session',
    CLAUSE,
    async ({ module }) => {
      const answer = await module.service(NEVER_GIVEN, { service: 'seal', data: utf8('data'), aad: AAD });
      expectRefused(answer, ['BAD_STATE', 'BAD_PARAMETERS'], ['TEE'], 'a session that was never opened');
    },
    [TA, 'enclave-seal'],
  ),
  serviceCase('after-panic', 'enclave-seal', async (session) => {
    await session.invoke(CONFORMANCE_COMMANDS.PANIC);
    const answer = await session.service({ service: 'seal', data: utf8('data'), aad: AAD });
    expectRefused(answer, ['TARGET_DEAD'], ['TEE'], 'a service of a dead application');
  }),
  ...sealCases,
  ...deriveCases,
  ...evidenceCases,
];
