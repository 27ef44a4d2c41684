import { equalBytes, utf8 } from '@cssi/sm-core';
import { type ConformanceCase, expectBytes, expectCode, expectTrue } from '@cssi/sm-core/conformance';
import { makeSeal } from '../make-seal.ts';
import type { SealOfdSpec, SealService } from '../spec/v1/service.ts';
import { forgedSeal } from './cases-seal.ts';
import { bytesOf, craftSealed, FIRST_SIGNATURE, plainOfd, repack, replaceText } from './craft.ts';
import { expectAccepted, expectAspect } from './expectations.ts';
import { fixtureAt, type SealFixture } from './fixture.ts';

type Case = ConformanceCase<SealService>;
type Parts = Map<string, Uint8Array>;

const PAGE = 'Doc_0/Pages/Page_0/Content.xml';
const VERIFY = 'GB/T 38540-2020 §7.3';

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

async function order(fixture: SealFixture, changes: Partial<SealOfdSpec> = {}): Promise<SealOfdSpec> {
  return {
    ofd: plainOfd(fixture),
    seal: await makeSeal(fixture.sealSpec(), fixture.maker),
    signer: fixture.signer,
    page: 1,
    boundary: { x: 120, y: 200, width: 40, height: 40 },
    time: fixture.day(-1),
    ...changes,
  };
}

/** A document whose sealed package was changed afterwards must fail in integrity for `code`. */
const rejectsChange = (id: string, code: string, change: (parts: Parts) => void): Case =>
  must(id, VERIFY, async (service, fixture) => {
    const changed = repack(await craftSealed(fixture), change, fixture.now);
    const { verdict } = await service.verifyOfd(changed, fixture.judge());
    expectAspect(verdict, 'integrity', 'failed', code, id);
  });

/** A document that is no sealed OFD at all must be refused with a code. */
const refusesChange = (id: string, codes: readonly string[], change: (parts: Parts) => void): Case =>
  must(id, 'GB/T 33190-2016', async (service, fixture) => {
    const changed = repack(await craftSealed(fixture), change, fixture.now);
    await expectCode(() => service.verifyOfd(changed, fixture.judge()), codes, id);
  });

const refusesOrder = (id: string, codes: readonly string[], changes: Partial<SealOfdSpec>): Case =>
  must(id, 'GB/T 38540-2020 §7.2', async (service, fixture) => {
    const spec = await order(fixture, changes);
    await expectCode(() => service.sealOfd(spec), codes, id);
  });

const WRITE_AND_SEAL: readonly Case[] = [
  must('ofd.write.is-deterministic', 'GB/T 33190-2016', async (service, fixture) => {
    const spec = { title: '标题 & <题>', lines: ['一', '', 'two "三"'], created: fixture.now };
    expectBytes(await service.writeTextOfd(spec), await service.writeTextOfd(spec), 'same text');
    const other = await service.writeTextOfd({ ...spec, lines: ['一'] });
    expectTrue(!equalBytes(other, await service.writeTextOfd(spec)), 'another text gives the same bytes');
  }),
  must('ofd.write.rejects-control-character', 'GB/T 33190-2016', (service, fixture) =>
    expectCode(
      () => service.writeTextOfd({ title: 'a\u0001', lines: [], created: fixture.now }),
      ['ERR_OFD_TEXT'],
      'control character',
    ),
  ),
  must('ofd.seal.verifies', 'GB/T 38540-2020 §7.2, SEAL-013', async (service, fixture) => {
    const ofd = await service.writeTextOfd({ title: '合同', lines: ['正文'], created: fixture.day(-5) });
    const sealed = await service.sealOfd(await order(fixture, { ofd }));
    const result = await service.verifyOfd(sealed, fixture.judge());
    expectAccepted(result.verdict, 'own document');
    expectTrue(result.signatures.length === 1, 'other number of signatures');
  }),
  must('ofd.seal.keeps-earlier-signature', 'GB/T 33190-2016 §18, SEAL-013', async (service, fixture) => {
    const once = await service.sealOfd(await order(fixture));
    const twice = await service.sealOfd(await order(fixture, { ofd: once, time: fixture.now }));
    const result = await service.verifyOfd(twice, fixture.judge());
    expectAccepted(result.verdict, 'two signatures');
    expectTrue(result.signatures.length === 2, 'other number of signatures');
  }),
  must('ofd.seal.rejects-signer-outside-seal', 'GB/T 38540-2020 §7.2', async (service, fixture) => {
    const spec = await order(fixture, { signer: fixture.otherSigner });
    await expectCode(() => service.sealOfd(spec), ['ERR_SEAL_SIGNER_NOT_IN_SEAL'], 'other signer');
  }),
  must('ofd.seal.rejects-forged-seal', 'GB/T 38540-2020 §7.2', async (service, fixture) => {
    const spec = await order(fixture, { seal: await forgedSeal(fixture) });
    await expectCode(() => service.sealOfd(spec), ['ERR_SEAL_MAKER_SIGNATURE'], 'forged seal');
  }),
  must('ofd.seal.rejects-expired-seal', 'GB/T 38540-2020 §7.2', async (service, fixture) => {
    const spec = await order(fixture, { time: fixture.day(200) });
    await expectCode(() => service.sealOfd(spec), ['ERR_SEAL_NOT_VALID_AT_TIME'], 'expired seal');
  }),
  refusesOrder('ofd.seal.rejects-unknown-page', ['ERR_OFD_PAGE_UNKNOWN'], { page: 2 }),
  refusesOrder('ofd.seal.rejects-bad-boundary', ['ERR_SEAL_PARAMETER'], {
    boundary: { x: Number.NaN, y: 0, width: 40, height: 40 },
  }),
  refusesOrder('ofd.seal.rejects-non-ofd', ['ERR_OFD_ZIP_MALFORMED'], { ofd: utf8('no package') }),
];

const VERIFY_CASES: readonly Case[] = [
  must('ofd.verify.accepts', `${VERIFY}, SEAL-008, SEAL-013`, async (service, fixture) => {
    const { verdict, signatures } = await service.verifyOfd(await craftSealed(fixture), fixture.judge());
    expectAccepted(verdict, 'right document');
    const steps = signatures[0]!.steps;
    expectTrue(steps.length >= 14, 'steps are missing');
    expectTrue(
      steps.every(
        ({ reasons }) => reasons.length > 0 && reasons.every(({ en, zh }) => en !== '' && zh !== ''),
      ),
      'a step has no reason in both languages',
    );
  }),
  rejectsChange('ofd.verify.rejects-changed-text', 'REFERENCE_DIGEST_WRONG', (parts) =>
    replaceText(parts, PAGE, '甲方', '丙方'),
  ),
  rejectsChange('ofd.verify.rejects-removed-part', 'REFERENCE_MISSING', (parts) => {
    parts.delete('Doc_0/PublicRes.xml');
  }),
  rejectsChange('ofd.verify.rejects-added-part', 'PART_NOT_COVERED', (parts) => {
    parts.set('Doc_0/Attachs/extra.xml', utf8('<a/>'));
  }),
  rejectsChange('ofd.verify.rejects-moved-stamp', 'DOCUMENT_DIGEST_WRONG', (parts) =>
    replaceText(parts, `${FIRST_SIGNATURE}/Signature.xml`, '120 200 40 40', '20 20 40 40'),
  ),
  rejectsChange('ofd.verify.rejects-dropped-reference', 'PART_NOT_COVERED', (parts) =>
    replaceText(parts, `${FIRST_SIGNATURE}/Signature.xml`, `/${PAGE}`, '/Doc_0/Other.xml'),
  ),
  rejectsChange('ofd.verify.rejects-moved-signature', 'PROPERTY_INFO_WRONG', (parts) => {
    parts.set('Doc_0/Signs/Moved.xml', bytesOf(parts, `${FIRST_SIGNATURE}/Signature.xml`));
    parts.delete(`${FIRST_SIGNATURE}/Signature.xml`);
    replaceText(
      parts,
      'Doc_0/Signs/Signatures.xml',
      `${FIRST_SIGNATURE}/Signature.xml`,
      'Doc_0/Signs/Moved.xml',
    );
  }),
  must('ofd.verify.rejects-wrong-signature-value', VERIFY, async (service, fixture) => {
    const other = await craftSealed(fixture, { time: fixture.day(-2) });
    const sealed = await craftSealed(fixture);
    const changed = repack(
      sealed,
      (parts) => {
        const value = Uint8Array.from(bytesOf(parts, `${FIRST_SIGNATURE}/SignedValue.dat`));
        let foreign: Uint8Array = value;
        repack(
          other,
          (from) => {
            foreign = bytesOf(from, `${FIRST_SIGNATURE}/SignedValue.dat`);
          },
          fixture.now,
        );
        // The last 32 bytes are the value s of the signature.
        value.set(foreign.subarray(-32), value.length - 32);
        parts.set(`${FIRST_SIGNATURE}/SignedValue.dat`, value);
      },
      fixture.now,
    );
    const { verdict } = await service.verifyOfd(changed, fixture.judge());
    expectAspect(verdict, 'integrity', 'failed', 'SIGNATURE_VALUE_WRONG', 'value of another signature');
  }),
  must('ofd.verify.rejects-signer-outside-seal', VERIFY, async (service, fixture) => {
    const sealed = await craftSealed(fixture, { signer: fixture.otherSigner });
    const { verdict } = await service.verifyOfd(sealed, fixture.judge());
    expectAspect(verdict, 'integrity', 'failed', 'SIGNER_NOT_IN_SEAL', 'other signer');
  }),
  must('ofd.verify.rejects-forged-seal', VERIFY, async (service, fixture) => {
    const sealed = await craftSealed(fixture, { seal: await forgedSeal(fixture) });
    const { verdict } = await service.verifyOfd(sealed, fixture.judge());
    expectAspect(verdict, 'integrity', 'failed', 'MAKER_SIGNATURE_WRONG', 'forged seal');
  }),
  must('ofd.verify.rejects-swapped-seal-file', VERIFY, async (service, fixture) => {
    const other = await makeSeal(fixture.sealSpec({ name: '另一印章' }), fixture.maker);
    const sealed = repack(
      await craftSealed(fixture),
      (parts) => parts.set(`${FIRST_SIGNATURE}/Seal.esl`, other),
      fixture.now,
    );
    const { verdict } = await service.verifyOfd(sealed, fixture.judge());
    expectAspect(verdict, 'integrity', 'failed', 'SEAL_FILE_DIFFERENT', 'swapped seal');
  }),
  must('ofd.verify.rejects-unknown-stamp-page', VERIFY, async (service, fixture) => {
    const sealed = await craftSealed(fixture, { pageId: '4711' });
    const { verdict } = await service.verifyOfd(sealed, fixture.judge());
    expectAspect(verdict, 'integrity', 'failed', 'STAMP_PAGE_UNKNOWN', 'stamp on no page');
  }),
  must('ofd.verify.rejects-untrusted-maker', VERIFY, async (service, fixture) => {
    const sealed = await craftSealed(fixture, { maker: fixture.strangeMaker });
    const { verdict } = await service.verifyOfd(sealed, fixture.judge());
    expectAspect(verdict, 'trust', 'failed', 'MAKER_CERTIFICATE_NOT_TRUSTED', 'strange maker');
  }),
  must('ofd.verify.rejects-untrusted-signer', VERIFY, async (service, fixture) => {
    const signer = fixture.strangeSigner;
    const spec = fixture.sealSpec({ signerCertificates: [signer.certificate] });
    const sealed = await craftSealed(fixture, { signer, seal: await makeSeal(spec, fixture.maker) });
    const { verdict } = await service.verifyOfd(sealed, fixture.judge());
    expectAspect(verdict, 'trust', 'failed', 'SIGNER_CERTIFICATE_NOT_TRUSTED', 'strange signer');
  }),
  must('ofd.verify.rejects-time-outside-seal', VERIFY, async (service, fixture) => {
    const sealed = await craftSealed(fixture, { time: fixture.day(-20) });
    const { verdict } = await service.verifyOfd(sealed, fixture.judge());
    expectAspect(verdict, 'time', 'failed', 'SEAL_NOT_YET_VALID', 'signed before the seal was valid');
  }),
  must('ofd.verify.rejects-time-outside-certificate', VERIFY, async (service, fixture) => {
    const sealed = await craftSealed(fixture, { time: fixture.day(-60) });
    const { verdict } = await service.verifyOfd(sealed, fixture.judge());
    expectAspect(verdict, 'time', 'failed', 'SIGNING_TIME_OUTSIDE_CERTIFICATE', 'signed before issue');
  }),
  must('ofd.verify.rejects-future-time', VERIFY, async (service, fixture) => {
    const sealed = await craftSealed(fixture, { time: fixture.day(3) });
    const { verdict } = await service.verifyOfd(sealed, fixture.judge());
    expectAspect(verdict, 'time', 'failed', 'SIGNING_TIME_IN_FUTURE', 'signed in the future');
  }),
  must('ofd.verify.doubts-expired-since', VERIFY, async (service, fixture) => {
    const options = fixture.judge({ time: fixture.day(150) });
    const { verdict } = await service.verifyOfd(await craftSealed(fixture), options);
    expectAspect(verdict, 'time', 'indeterminate', 'SEAL_EXPIRED_SINCE', 'expired without time stamp');
  }),
  must('ofd.verify.refuses-unsigned', VERIFY, (service, fixture) =>
    expectCode(
      () => service.verifyOfd(plainOfd(fixture), fixture.judge()),
      ['ERR_OFD_NOT_SIGNED'],
      'unsigned',
    ),
  ),
  refusesChange('ofd.verify.refuses-document-type', ['ERR_OFD_XML_MALFORMED'], (parts) =>
    replaceText(parts, 'OFD.xml', '<ofd:OFD', '<!DOCTYPE a [<!ENTITY b "c">]><ofd:OFD'),
  ),
  refusesChange('ofd.verify.refuses-path-outside-package', ['ERR_OFD_PART_NAME'], (parts) =>
    replaceText(parts, 'OFD.xml', 'Doc_0/Document.xml', '../Document.xml'),
  ),
  refusesChange('ofd.verify.refuses-weak-digest', ['ERR_SEAL_ALGORITHM_UNSUPPORTED'], (parts) =>
    replaceText(parts, `${FIRST_SIGNATURE}/Signature.xml`, ' CheckMethod="1.2.156.10197.1.401"', ''),
  ),
  refusesChange('ofd.verify.refuses-truncated-value', ['ERR_SEAL_MALFORMED'], (parts) => {
    const value = bytesOf(parts, `${FIRST_SIGNATURE}/SignedValue.dat`);
    parts.set(`${FIRST_SIGNATURE}/SignedValue.dat`, value.subarray(0, value.length - 3));
  }),
];

/** Cases of writing, sealing and verifying documents. */
export const OFD_CASES: readonly Case[] = [...WRITE_AND_SEAL, ...VERIFY_CASES];
