import { concatBytes, derElement, type Sm2KeyPair, sm2, type Verdict } from '@cssi/sm-core';
import { sm2SoftwareSigner } from '../../src/adapters/software.ts';
import {
  type Certificate,
  issueCertificate,
  type PathOptions,
  parseCertificate,
  verifyCertificatePath,
} from '../../src/index.ts';
import { type Holder, NOW, request, under } from './authority.ts';
import { SM2_ALGORITHM } from './craft.ts';

/** Verdict on a leaf at {@link NOW}, without anchors unless they are given. */
export const judge = (leaf: Holder | Certificate, options: Partial<PathOptions>): Verdict =>
  verifyCertificatePath('raw' in leaf ? leaf : leaf.certificate, { anchors: [], time: NOW, ...options });

export const certificates = (...holders: readonly Holder[]): Certificate[] =>
  holders.map((holder) => holder.certificate);

export const CA = { profile: 'root-ca' } as const;

/** A leaf whose signature `sign` made with the key of the anchor. */
export async function resignedLeaf(
  sign: (pair: Sm2KeyPair, tbs: Uint8Array) => Uint8Array,
): Promise<{ leaf: Certificate; anchor: Certificate }> {
  const pair = sm2.generateKeyPair();
  const signer = sm2SoftwareSigner(pair);
  const spec = request({ publicKeyInfo: signer.publicKeyInfo });
  const anchor = { signer, certificate: parseCertificate(await issueCertificate(spec, signer)) };
  const { tbsRaw } = (await under(anchor, 'leaf')).certificate;
  const signature = derElement(0x03, concatBytes(Uint8Array.of(0), sign(pair, tbsRaw)));
  const leaf = parseCertificate(derElement(0x30, tbsRaw, SM2_ALGORITHM, signature));
  return { leaf, anchor: anchor.certificate };
}

/** Verdict on such a leaf. */
export async function resigned(sign: (pair: Sm2KeyPair, tbs: Uint8Array) => Uint8Array): Promise<Verdict> {
  const { leaf, anchor } = await resignedLeaf(sign);
  return judge(leaf, { anchors: [anchor] });
}
