import { isAccepted, SmError, type Verdict } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { craftSealed, repack } from '../src/conformance/craft.ts';
import { createSealFixture, type SealFixture } from '../src/conformance/fixture.ts';
import { makeSeal, sealOfd, verifyOfd, verifySeal } from '../src/index.ts';
import { readParts } from '../src/internal/zip-read.ts';
import { NOW } from './support.ts';

const LIST = 'Doc_0/Signs/Signatures.xml';

/** A verdict, or the code of the refusal. */
function outcome(action: () => { verdict: Verdict }): Verdict | string {
  try {
    return action().verdict;
  } catch (error) {
    if (error instanceof SmError) return error.code;
    throw error;
  }
}

describe('a changed document', () => {
  let fixture: SealFixture;
  let sealed: Uint8Array;
  let twice: Uint8Array;

  beforeAll(async () => {
    fixture = await createSealFixture(NOW);
    sealed = await craftSealed(fixture);
    twice = await sealOfd({
      ofd: sealed,
      seal: await makeSeal(fixture.sealSpec({ certListType: 2 }), fixture.maker),
      signer: fixture.signer,
      page: 1,
      boundary: { x: 20, y: 200, width: 40, height: 40 },
      time: NOW,
    });
  });

  const verify = (ofd: Uint8Array) => outcome(() => verifyOfd(ofd, fixture.judge()));

  it('is accepted while unchanged', () => {
    for (const ofd of [sealed, twice]) expect(isAccepted(verifyOfd(ofd, fixture.judge()).verdict)).toBe(true);
  });

  it('never keeps its integrity when a byte of a protected part flips [part of SEAL-008, SEAL-013]', () => {
    let flips = 0;
    for (const [name, bytes] of readParts(sealed)) {
      if (name === LIST) continue;
      const step = Math.max(1, Math.floor(bytes.length / 60));
      for (let at = 0; at < bytes.length; at += step) {
        const changed = repack(
          sealed,
          (parts) => {
            const copy = Uint8Array.from(bytes);
            copy[at]! ^= 1 << (at % 8);
            parts.set(name, copy);
          },
          NOW,
        );
        const found = verify(changed);
        const label = `${name} byte ${at}`;
        if (typeof found === 'string') expect(found, label).toMatch(/^ERR_/);
        else expect(found.integrity.status, label).toBe('failed');
        flips++;
      }
    }
    expect(flips).toBeGreaterThan(300);
  });

  // The list stays outside the signatures so that another can follow. A changed list
  // may still name the same signature, but never be the reason to accept another.
  it('still judges the same signature, or none, when a byte of the signature list flips', () => {
    const bytes = readParts(sealed).get(LIST)!;
    const before = verifyOfd(sealed, fixture.judge()).signatures[0]!;
    for (let at = 0; at < bytes.length; at++) {
      const changed = repack(
        sealed,
        (parts) => {
          const copy = Uint8Array.from(bytes);
          copy[at]! ^= 1;
          parts.set(LIST, copy);
        },
        NOW,
      );
      let result: ReturnType<typeof verifyOfd> | undefined;
      try {
        result = verifyOfd(changed, fixture.judge());
      } catch (error) {
        expect(error).toBeInstanceOf(SmError);
      }
      if (result !== undefined && isAccepted(result.verdict)) {
        expect(result.signatures.map(({ path }) => path)).toEqual([before.path]);
      }
    }
  });

  it('is refused, or holds the very same parts, when a byte of the file flips', () => {
    const original = [...readParts(sealed)];
    const step = 7;
    for (let at = 0; at < sealed.length; at += step) {
      const copy = Uint8Array.from(sealed);
      copy[at]! ^= 1 << (at % 8);
      const found = verify(copy);
      if (typeof found !== 'string' && isAccepted(found)) expect([...readParts(copy)]).toEqual(original);
    }
  });

  it('is refused when it is cut anywhere', () => {
    for (let length = 0; length < sealed.length; length += 97) {
      expect(verify(sealed.subarray(0, length))).toMatch(/^ERR_/);
    }
  });

  it('loses no signature check when the second signature is broken', () => {
    const changed = repack(
      twice,
      (parts) => {
        const value = Uint8Array.from(parts.get('Doc_0/Signs/Sign_2/SignedValue.dat')!);
        value[value.length - 1]! ^= 1;
        parts.set('Doc_0/Signs/Sign_2/SignedValue.dat', value);
      },
      NOW,
    );
    const result = verifyOfd(changed, fixture.judge());
    expect(result.signatures.map(({ verdict }) => verdict.integrity.status)).toEqual(['passed', 'failed']);
    expect(result.verdict.integrity.status).toBe('failed');
  });

  it('lets no signature excuse a foreign part as its seal file', () => {
    const changed = repack(
      twice,
      (parts) => {
        const path = 'Doc_0/Signs/Sign_2/Signature.xml';
        const text = new TextDecoder().decode(parts.get(path)!);
        const seal = '<ofd:BaseLoc>/Doc_0/Signs/Sign_2/Seal.esl';
        parts.set(path, new TextEncoder().encode(text.replace(seal, '<ofd:BaseLoc>/Doc_0/added.xml')));
        parts.delete('Doc_0/Signs/Sign_2/Seal.esl');
        parts.set('Doc_0/added.xml', new TextEncoder().encode('<a/>'));
      },
      NOW,
    );
    const [first] = verifyOfd(changed, fixture.judge()).signatures;
    expect(first!.verdict.integrity.status).toBe('failed');
    expect(first!.verdict.integrity.reasons.map(({ code }) => code)).toContain('PART_NOT_COVERED');
  });

  it('fails the second signature when the first is removed', () => {
    const changed = repack(
      twice,
      (parts) => {
        const list = new TextDecoder().decode(parts.get(LIST)!);
        parts.set(LIST, new TextEncoder().encode(list.replace(/<ofd:Signature ID="s1"[^>]*>/, '')));
        for (const name of ['Seal.esl', 'Signature.xml', 'SignedValue.dat']) {
          parts.delete(`Doc_0/Signs/Sign_1/${name}`);
        }
      },
      NOW,
    );
    const result = verifyOfd(changed, fixture.judge());
    expect(result.verdict.integrity.status).toBe('failed');
    expect(result.verdict.integrity.reasons.map(({ code }) => code)).toContain('REFERENCE_MISSING');
  });

  it('gives each kind of wrong its own reason [part of SEAL-008]', async () => {
    const signerOnly = fixture.sealSpec({ signerCertificates: [fixture.strangeSigner.certificate] });
    const reasons: Record<string, readonly string[]> = {};
    const collect = async (label: string, ofd: Promise<Uint8Array>) => {
      const { verdict } = verifyOfd(await ofd, fixture.judge());
      expect(isAccepted(verdict), label).toBe(false);
      reasons[label] = [verdict.integrity, verdict.trust, verdict.time]
        .filter((aspect) => aspect.status === 'failed')
        .flatMap((aspect) => aspect.reasons.map(({ code }) => code));
    };
    await collect('other signer', craftSealed(fixture, { signer: fixture.otherSigner }));
    await collect('untrusted maker', craftSealed(fixture, { maker: fixture.strangeMaker }));
    await collect(
      'untrusted signer',
      craftSealed(fixture, {
        signer: fixture.strangeSigner,
        seal: await makeSeal(signerOnly, fixture.maker),
      }),
    );
    const expired = await makeSeal(fixture.sealSpec({ validEnd: fixture.day(-2) }), fixture.maker);
    await collect('expired seal', craftSealed(fixture, { seal: expired }));
    expect(reasons['other signer']).toContain('SIGNER_NOT_IN_SEAL');
    expect(reasons['untrusted maker']).toContain('MAKER_CERTIFICATE_NOT_TRUSTED');
    expect(reasons['untrusted maker']).not.toContain('SIGNER_CERTIFICATE_NOT_TRUSTED');
    expect(reasons['untrusted signer']).toContain('SIGNER_CERTIFICATE_NOT_TRUSTED');
    expect(reasons['expired seal']).toContain('SEAL_EXPIRED');
  });
});

describe('a changed seal', () => {
  it('is never accepted when a byte flips [part of SEAL-012]', async () => {
    const fixture = await createSealFixture(NOW);
    const seal = await makeSeal(fixture.sealSpec(), fixture.maker);
    expect(isAccepted(verifySeal(seal, fixture.judge()).verdict)).toBe(true);
    for (let at = 0; at < seal.length; at += 3) {
      const copy = Uint8Array.from(seal);
      copy[at]! ^= 1 << (at % 8);
      const found = outcome(() => verifySeal(copy, fixture.judge()));
      if (typeof found === 'string') expect(found).toMatch(/^ERR_/);
      else expect(isAccepted(found), `byte ${at}`).toBe(false);
    }
  });
});
