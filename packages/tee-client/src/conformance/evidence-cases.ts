import { isAccepted, utf8, type Verdict } from '@cssi/sm-core';
import { type ConformanceCase, expectBytes, expectCode, expectTrue } from '@cssi/sm-core/conformance';
import type { Evidence, RootKeyService } from '../spec/v1/root-key-service.ts';
import { type EvidenceReference, type EvidenceVerdict, verifyEvidence } from '../verify-evidence.ts';
import type { RootKeyServiceSubject } from './root-key-service-suite.ts';
import { must } from './support.ts';

const CLAUSE = 'RootKeyService v1 EVIDENCE; CC-006';

interface Judge {
  readonly service: RootKeyService;
  readonly nonce: Uint8Array;
  verify(
    evidence: Evidence,
    changes?: { nonce?: Uint8Array; reference?: EvidenceReference; later?: number; noAnchor?: true },
  ): EvidenceVerdict;
}

function evidenceCase(
  id: string,
  run: (judge: Judge, subject: RootKeyServiceSubject) => Promise<void>,
): ConformanceCase<RootKeyServiceSubject> {
  return must(`rks.evidence.${id}`, CLAUSE, async (subject: RootKeyServiceSubject, { bytes }) => {
    const service = await subject.open();
    const nonce = bytes('nonce', 32);
    try {
      await run(
        {
          service,
          nonce,
          verify: (evidence, changes = {}) =>
            verifyEvidence(evidence, {
              nonce: changes.nonce ?? nonce,
              anchors: changes.noAnchor === true ? [] : subject.anchors,
              time: new Date(subject.time().getTime() + (changes.later ?? 0) * 1000),
              reference: { taMeasurement: subject.taMeasurement, ...changes.reference },
            }),
        },
        subject,
      );
    } finally {
      await service.close();
    }
  });
}

const reasons = (verdict: Verdict): string[] =>
  [verdict.integrity, verdict.trust, verdict.time].flatMap((aspect) =>
    aspect.reasons.map((reason) => reason.code),
  );

function expectReason(verdict: Verdict, code: string, what: string): void {
  expectTrue(!isAccepted(verdict), `${what} is not accepted`);
  expectTrue(reasons(verdict).includes(code), `${what}: reason ${code}, got ${reasons(verdict).join(' ')}`);
}

/** Evidence of the root key service. */
export const evidenceCases: readonly ConformanceCase<RootKeyServiceSubject>[] = [
  evidenceCase('accepted', async ({ service, nonce, verify }) => {
    const userData = utf8('bound');
    const verdict = verify(await service.evidence(nonce, userData));
    expectTrue(isAccepted(verdict), `evidence is accepted, got ${reasons(verdict).join(' ')}`);
    expectBytes(verdict.claims.nonce, nonce, 'the nonce');
    expectBytes(verdict.claims.userData, userData, 'the user data');
  }),
  evidenceCase('nonce-lengths', async ({ service, nonce, verify }) => {
    for (const length of [16, 64]) {
      const given = new Uint8Array(length).fill(nonce[0] ?? 0);
      expectTrue(
        isAccepted(verify(await service.evidence(given), { nonce: given })),
        `a nonce of ${length} bytes`,
      );
    }
  }),
  evidenceCase('stale-nonce', async ({ service, nonce, verify }) => {
    const other = nonce.map((byte) => byte ^ 0xff);
    expectReason(verify(await service.evidence(other)), 'NONCE_MISMATCH', 'an answer to another challenge');
  }),
  evidenceCase('wrong-anchor', async ({ service, nonce, verify }) => {
    const verdict = verify(await service.evidence(nonce), { noAnchor: true });
    expectTrue(verdict.trust.status !== 'passed', 'evidence without an anchor is not trusted');
  }),
  evidenceCase('wrong-measurement', async ({ service, nonce, verify }) => {
    const verdict = verify(await service.evidence(nonce), { reference: { taMeasurement: '00'.repeat(32) } });
    expectReason(verdict, 'TA_MEASUREMENT_MISMATCH', 'another measurement');
  }),
  evidenceCase('old-version', async ({ service, nonce, verify }) => {
    const verdict = verify(await service.evidence(nonce), { reference: { minimumVersion: 2 ** 31 } });
    expectReason(verdict, 'TA_VERSION_TOO_OLD', 'a version below the minimum');
  }),
  evidenceCase('too-old', async ({ service, nonce, verify }) => {
    expectReason(
      verify(await service.evidence(nonce), { later: 3600 }),
      'EVIDENCE_TOO_OLD',
      'evidence of an hour ago',
    );
  }),
  evidenceCase('from-future', async ({ service, nonce, verify }) => {
    const verdict = verify(await service.evidence(nonce), { later: -1800 });
    expectReason(verdict, 'EVIDENCE_FROM_FUTURE', 'evidence of the next hour');
  }),
  evidenceCase('says-emulated', async ({ service, nonce, verify }) => {
    const evidence = await service.evidence(nonce);
    const { claims } = verify(evidence);
    const refusing = verify(evidence, { reference: { refuseEmulated: true, requireMemoryEncryption: true } });
    const codes = reasons(refusing);
    expectTrue(codes.includes('PLATFORM_EMULATED') === claims.emulated, 'an emulated TEE can be refused');
    const unencrypted = claims.memoryEncryption === 'none';
    expectTrue(codes.includes('MEMORY_NOT_ENCRYPTED') === unencrypted, 'memory encryption can be asked for');
  }),
  evidenceCase('altered', async ({ service, nonce, verify }) => {
    const evidence = await service.evidence(nonce);
    for (let at = 0; at < evidence.report.length; at += 29) {
      const report = evidence.report.slice();
      report[at]! ^= 0x01;
      let verdict: Verdict | undefined;
      try {
        verdict = verify({ ...evidence, report });
      } catch {
        continue;
      }
      expectReason(verdict, 'EVIDENCE_SIGNATURE_WRONG', `a report altered at byte ${at}`);
    }
  }),
  evidenceCase('nonce-short', async ({ service }) => {
    await expectCode(() => service.evidence(new Uint8Array(15)), [], 'a nonce of 15 bytes');
  }),
  evidenceCase('nonce-long', async ({ service }) => {
    await expectCode(() => service.evidence(new Uint8Array(65)), [], 'a nonce of 65 bytes');
  }),
  evidenceCase('user-data-long', async ({ service, nonce }) => {
    await expectCode(() => service.evidence(nonce, new Uint8Array(65)), [], 'user data of 65 bytes');
  }),
];
