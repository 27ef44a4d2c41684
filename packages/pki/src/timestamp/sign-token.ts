import { signMessage } from '../messages/sign-message.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import type { MessageAttributeSpec, MessageSyntax } from '../spec/v1/message.ts';
import type { CertificateSigner } from '../spec/v1/signer.ts';
import { TIMESTAMP_OIDS } from '../spec/v1/timestamp.ts';
import { writeSigningCertificateV2 } from './ess.ts';

/** The signed attribute that names the signer's certificate by SM3. */
export const signingCertificateAttribute = (certificate: Certificate): MessageAttributeSpec => ({
  oid: TIMESTAMP_OIDS.signingCertificateV2,
  values: [writeSigningCertificateV2(certificate)],
});

/** By whom and how a token is signed. */
interface TokenSigner {
  readonly signer: CertificateSigner;
  readonly certificate: Certificate;
  /** Certificates that the token carries. */
  readonly certificates: readonly Certificate[];
  readonly syntax: MessageSyntax;
  readonly time: Date;
}

/** Signs TSTInfo. @returns the token, DER @throws SmError ERR_PKI_SIGNING_FAILED and what the signer throws */
export function signToken(
  info: Uint8Array,
  { signer, certificate, certificates, syntax, time }: TokenSigner,
): Promise<Uint8Array> {
  return signMessage(info, {
    syntax,
    contentType: TIMESTAMP_OIDS.tstInfo,
    certificates,
    withoutSignerCertificates: true,
    signers: [
      {
        signer,
        certificate,
        attributes: 'standard',
        signingTime: time,
        signedAttributes: [signingCertificateAttribute(certificate)],
      },
    ],
  });
}
