import {
  type Certificate,
  type CertificateProfile,
  type CertificateSigner,
  encodeSm2PublicKeyInfo,
  issueCertificate,
  parseCertificate,
} from '@cssi/pki';
import { sm2 } from '@cssi/sm-core';
import { drawRoundSeal } from '../round-seal.ts';
import type { MakeSealSpec, SealKey, SealVerifyOptions } from '../spec/v1/service.ts';

const DAY = 86_400_000;

/** Keys, certificates and times of one run, all fresh. */
export interface SealFixture {
  readonly now: Date;
  readonly anchors: readonly Certificate[];
  readonly maker: SealKey;
  readonly signer: SealKey;
  /** Under the same anchor, in no seal. */
  readonly otherSigner: SealKey;
  /** Maker and signer under an anchor nobody trusts. */
  readonly strangeMaker: SealKey;
  readonly strangeSigner: SealKey;
  /** The day `days` from now. */
  day(days: number): Date;
  sealSpec(changes?: Partial<MakeSealSpec>): MakeSealSpec;
  judge(changes?: Partial<SealVerifyOptions>): SealVerifyOptions;
}

function newSigner(): CertificateSigner {
  const pair = sm2.generateKeyPair();
  return {
    algorithm: 'sm2-sm3',
    publicKeyInfo: encodeSm2PublicKeyInfo(pair.publicKey),
    sign: async (message) => sm2.signWith(pair, message),
  };
}

async function authority(name: string, day: (days: number) => Date) {
  const signer = newSigner();
  const subject = { commonName: name, organization: 'CSSI conformance', country: 'CN' };
  const issue = (commonName: string, profile: CertificateProfile, publicKeyInfo: Uint8Array) =>
    issueCertificate(
      {
        subject: profile === 'root-ca' ? subject : { ...subject, commonName },
        issuer: subject,
        publicKeyInfo,
        profile,
        notBefore: day(-30),
        notAfter: day(365),
        issuerPublicKeyInfo: signer.publicKeyInfo,
      },
      signer,
    );
  const anchor = parseCertificate(await issue(name, 'root-ca', signer.publicKeyInfo));
  const key = async (commonName: string, profile: CertificateProfile): Promise<SealKey> => {
    const own = newSigner();
    return { certificate: await issue(commonName, profile, own.publicKeyInfo), signer: own };
  };
  return { anchor, key };
}

/** Makes the fixture around the clock of the run. */
export async function createSealFixture(now: Date): Promise<SealFixture> {
  const day = (days: number) => new Date(now.getTime() + days * DAY);
  const trusted = await authority('Conformance Root', day);
  const strange = await authority('Strange Root', day);
  const signer = await trusted.key('Signer', 'seal-signer');
  return {
    now,
    anchors: [trusted.anchor],
    maker: await trusted.key('Maker', 'seal-maker'),
    signer,
    otherSigner: await trusted.key('Other signer', 'seal-signer'),
    strangeMaker: await strange.key('Strange maker', 'seal-maker'),
    strangeSigner: await strange.key('Strange signer', 'seal-signer'),
    day,
    sealSpec: (changes = {}) => ({
      esId: '33010600009994',
      name: '一致性测试专用章',
      type: 1,
      picture: drawRoundSeal({ name: '一致性测试专用章' }),
      signerCertificates: [signer.certificate],
      vid: 'CSSI',
      createDate: day(-10),
      validStart: day(-10),
      validEnd: day(100),
      ...changes,
    }),
    judge: (changes = {}) => ({ time: now, anchors: [trusted.anchor], ...changes }),
  };
}

const fixtures = new Map<number, Promise<SealFixture>>();

/** The fixture of a run; one per clock, as its keys take time to make. */
export function fixtureAt(now: Date): Promise<SealFixture> {
  const key = now.getTime();
  const known = fixtures.get(key);
  if (known !== undefined) return known;
  const made = createSealFixture(now);
  fixtures.set(key, made);
  return made;
}
