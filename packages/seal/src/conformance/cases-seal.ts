import { concatBytes, utf8 } from '@cssi/sm-core';
import { type ConformanceCase, expectCode, expectTrue } from '@cssi/sm-core/conformance';
import { parseSeal } from '../internal/ses-codec.ts';
import { makeSeal } from '../make-seal.ts';
import type { MakeSealSpec, SealService } from '../spec/v1/service.ts';
import { patchBytes } from './craft.ts';
import { expectAccepted, expectAspect } from './expectations.ts';
import { fixtureAt, type SealFixture } from './fixture.ts';

type Case = ConformanceCase<SealService>;

const must = (
  id: string,
  clause: string,
  run: (service: SealService, fixture: SealFixture) => Promise<unknown>,
): Case => ({
  id,
  clause,
  level: 'MUST',
  run: async (service, context) => {
    await run(service, await fixtureAt(context.now));
  },
});

const refusesSpec = (id: string, codes: readonly string[], changes: Partial<MakeSealSpec>): Case =>
  must(id, 'GB/T 38540-2020 §6.2', (service, fixture) =>
    expectCode(() => service.makeSeal(fixture.sealSpec(changes), fixture.maker), codes, id),
  );

/** A right seal with its name changed after the maker signed it. */
export async function forgedSeal(fixture: SealFixture): Promise<Uint8Array> {
  const seal = await makeSeal(fixture.sealSpec({ name: '甲公司' }), fixture.maker);
  return patchBytes(seal, utf8('甲公司'), utf8('乙公司'));
}

/** Cases of making and verifying seals. */
export const SEAL_CASES: readonly Case[] = [
  must('seal.make.is-version-4', 'GB/T 38540-2020 §6.1, SEAL-012', async (service, fixture) => {
    const spec = fixture.sealSpec();
    const seal = parseSeal(await service.makeSeal(spec, fixture.maker));
    expectTrue(seal.version === 4 && seal.name === spec.name && seal.esId === spec.esId, 'other content');
    expectTrue(seal.certificates.length === 1 && seal.certListType === 1, 'other certificate list');
  }),
  must('seal.make.verifies', 'GB/T 38540-2020 §6.2', async (service, fixture) => {
    const seal = await service.makeSeal(fixture.sealSpec({ certListType: 2 }), fixture.maker);
    expectAccepted((await service.verifySeal(seal, fixture.judge())).verdict, 'own seal');
  }),
  must('seal.make.rejects-foreign-certificate', 'GB/T 38540-2020 §6.2', (service, fixture) =>
    expectCode(
      () =>
        service.makeSeal(fixture.sealSpec(), {
          certificate: fixture.otherSigner.certificate,
          signer: fixture.maker.signer,
        }),
      ['ERR_SEAL_KEY_MISMATCH'],
      'certificate of another key',
    ),
  ),
  must('seal.make.rejects-wrong-signer', 'GB/T 38540-2020 §6.2', (service, fixture) =>
    expectCode(
      () =>
        service.makeSeal(fixture.sealSpec(), {
          certificate: fixture.maker.certificate,
          signer: { ...fixture.maker.signer, sign: (message) => fixture.signer.signer.sign(message) },
        }),
      ['ERR_SEAL_SIGNING_FAILED'],
      'device that signs with another key',
    ),
  ),
  refusesSpec('seal.make.rejects-no-signer', ['ERR_SEAL_PARAMETER'], { signerCertificates: [] }),
  refusesSpec('seal.make.rejects-empty-name', ['ERR_SEAL_PARAMETER'], { name: '' }),
  refusesSpec('seal.make.rejects-control-character', ['ERR_SEAL_PARAMETER'], { name: 'a\u0000b' }),
  refusesSpec('seal.make.rejects-reversed-period', ['ERR_SEAL_PARAMETER'], {
    validStart: new Date('2030-01-01T00:00:00Z'),
    validEnd: new Date('2029-01-01T00:00:00Z'),
  }),
  refusesSpec('seal.make.rejects-active-picture', ['ERR_SEAL_PICTURE'], {
    picture: {
      type: 'SVG',
      data: utf8('<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'),
      widthMm: 40,
      heightMm: 40,
    },
  }),
  refusesSpec('seal.make.rejects-mislabelled-picture', ['ERR_SEAL_PICTURE'], {
    picture: { type: 'PNG', data: utf8('GIF89a'), widthMm: 40, heightMm: 40 },
  }),
  must('seal.verify.accepts', 'GB/T 38540-2020 §6.3, SEAL-012', async (service, fixture) => {
    const seal = await makeSeal(fixture.sealSpec(), fixture.maker);
    const { verdict, steps } = await service.verifySeal(seal, fixture.judge());
    expectAccepted(verdict, 'right seal');
    expectTrue(steps.length >= 4 && steps.every((step) => step.reasons.length > 0), 'a step has no reason');
  }),
  must('seal.verify.rejects-changed-seal', 'GB/T 38540-2020 §6.3', async (service, fixture) => {
    const { verdict } = await service.verifySeal(await forgedSeal(fixture), fixture.judge());
    expectAspect(verdict, 'integrity', 'failed', 'MAKER_SIGNATURE_WRONG', 'changed name');
  }),
  must('seal.verify.rejects-expired', 'GB/T 38540-2020 §6.3', async (service, fixture) => {
    const seal = await makeSeal(fixture.sealSpec({ validEnd: fixture.day(-2) }), fixture.maker);
    const { verdict } = await service.verifySeal(seal, fixture.judge());
    expectAspect(verdict, 'time', 'failed', 'SEAL_EXPIRED', 'expired seal');
  }),
  must('seal.verify.rejects-not-yet-valid', 'GB/T 38540-2020 §6.3', async (service, fixture) => {
    const seal = await makeSeal(fixture.sealSpec({ validStart: fixture.day(2) }), fixture.maker);
    const { verdict } = await service.verifySeal(seal, fixture.judge());
    expectAspect(verdict, 'time', 'failed', 'SEAL_NOT_YET_VALID', 'future seal');
  }),
  must('seal.verify.rejects-untrusted-maker', 'GB/T 38540-2020 §6.3', async (service, fixture) => {
    const seal = await makeSeal(fixture.sealSpec(), fixture.strangeMaker);
    const { verdict } = await service.verifySeal(seal, fixture.judge());
    expectAspect(verdict, 'trust', 'failed', 'MAKER_CERTIFICATE_NOT_TRUSTED', 'maker of an unknown root');
  }),
  must('seal.verify.without-anchor-is-indeterminate', 'GB/T 38540-2020 §6.3', async (service, fixture) => {
    const seal = await makeSeal(fixture.sealSpec(), fixture.maker);
    const { verdict } = await service.verifySeal(seal, fixture.judge({ anchors: [] }));
    expectAspect(verdict, 'trust', 'indeterminate', 'MAKER_NO_TRUST_ANCHOR', 'no anchors');
  }),
  must('seal.verify.rejects-truncated', 'GB/T 38540-2020 §6.3 a', async (service, fixture) => {
    const seal = await makeSeal(fixture.sealSpec(), fixture.maker);
    for (const length of [0, 1, 5, 100, seal.length - 1]) {
      await expectCode(
        () => service.verifySeal(seal.subarray(0, length), fixture.judge()),
        [],
        `${length} bytes`,
      );
    }
  }),
  must('seal.verify.rejects-trailing-bytes', 'GB/T 38540-2020 §6.3 a', async (service, fixture) => {
    const seal = await makeSeal(fixture.sealSpec(), fixture.maker);
    await expectCode(
      () => service.verifySeal(concatBytes(seal, Uint8Array.of(0)), fixture.judge()),
      ['ERR_SEAL_MALFORMED'],
      'a byte behind the seal',
    );
  }),
  must('seal.verify.refuses-other-versions', 'GB/T 38540-2020 §6.1', async (service, fixture) => {
    const seal = await makeSeal(fixture.sealSpec(), fixture.maker);
    const head = (version: number) => Uint8Array.of(0x16, 0x02, 0x45, 0x53, 0x02, 0x01, version);
    for (const version of [1, 5, 9]) {
      await expectCode(
        () => service.verifySeal(patchBytes(seal, head(4), head(version)), fixture.judge()),
        ['ERR_SEAL_VERSION_UNSUPPORTED'],
        `version ${version}`,
      );
    }
  }),
];
