import {
  createOcspRequest,
  findRevoked,
  issueCertificate,
  issueCrl,
  parseCrl,
  parseOcspResponse,
  verifyOcspResponse,
} from '@cssi/pki';
import { memoryAuthorityStore } from '@cssi/pki/adapters/memory-authority-store';
import { createAuthority } from '@cssi/pki/authority';
import { AsnConvert } from '@peculiar/asn1-schema';
import { CertificateList } from '@peculiar/asn1-x509';
import type { BenchRow } from '../area.ts';
import { agree } from './agree.ts';
import { type Chain, TIME } from './pki-fixture.ts';
import { rate } from './sm-core-sm2.ts';

/** More make the peer refuse: it reads at most 10,000 elements. */
const LIST_ENTRIES = 1000;
const DAY = 86_400_000;

/** Lists, OCSP answers and issuing. */
export async function revocationRows({ sub, leaves }: Chain): Promise<BenchRow[]> {
  const entries = Array.from({ length: LIST_ENTRIES }, (_, i) => ({
    serial: Uint8Array.of(1, i >> 8, i & 0xff),
    revocationDate: new Date(TIME.getTime() - DAY),
    reason: 'superseded' as const,
  }));
  const validity = { thisUpdate: new Date(TIME.getTime() - DAY), nextUpdate: new Date(TIME.getTime() + DAY) };
  const spec = { issuer: sub.certificate, ...validity, crlNumber: 1, entries };
  const list = await issueCrl(spec, sub.signer);
  const wanted = entries[LIST_ENTRIES - 1]!.serial;
  const read = () => findRevoked(parseCrl(list), wanted) !== undefined;
  agree(read(), 'the list');
  const store = memoryAuthorityStore();
  const { certificate, signer } = sub;
  const authority = await createAuthority({
    certificate: certificate.raw,
    signer,
    store,
    clock: () => TIME,
  });
  const leaf = leaves[0]!.certificate;
  const request = createOcspRequest({ certificate: leaf, issuer: certificate });
  const answer = await authority.answerOcsp(request);
  const judge = () =>
    verifyOcspResponse(parseOcspResponse(answer), { certificate: leaf, issuer: certificate, time: TIME });
  agree(judge().status === 'unknown', 'the answer');
  const subject = { commonName: '张三', organization: '测试机构', country: 'CN' };
  return [
    {
      ...rate,
      id: 'crl.parse-and-find.1000',
      ours: read,
      peers: { '@peculiar/asn1-x509 (parse)': () => AsnConvert.parse(list, CertificateList) },
    },
    { ...rate, id: 'ocsp.answer', ours: () => authority.answerOcsp(request), peers: {} },
    { ...rate, id: 'ocsp.verify', ours: judge, peers: {} },
    {
      ...rate,
      id: 'certificate.issue',
      ours: () =>
        issueCertificate(
          {
            subject,
            issuer: { raw: certificate.subjectRaw },
            issuerPublicKeyInfo: certificate.publicKeyInfo,
            publicKeyInfo: leaf.publicKeyInfo,
            profile: 'person',
            notBefore: validity.thisUpdate,
            notAfter: validity.nextUpdate,
          },
          signer,
        ),
      peers: {},
    },
  ];
}
