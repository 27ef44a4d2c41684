import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cms.DefaultCMSSignatureAlgorithmNameGenerator;
import org.bouncycastle.cms.SignerInformationVerifier;
import org.bouncycastle.operator.DefaultSignatureAlgorithmIdentifierFinder;

/** Names of SM2 signing that GB/T 35275 and the wild use and BouncyCastle 1.72 does not know. */
final class SmNames extends DefaultCMSSignatureAlgorithmNameGenerator {
  SmNames() {
    for (String oid : new String[] {"1.2.156.10197.1.301", "1.2.156.10197.1.301.1", "1.2.156.10197.1.501"}) {
      setSigningEncryptionAlgorithmMapping(new ASN1ObjectIdentifier(oid), "SM2");
    }
  }

  static SignerInformationVerifier verifier(X509CertificateHolder signer) throws Exception {
    var finder = new DefaultSignatureAlgorithmIdentifierFinder();
    return new SignerInformationVerifier(new SmNames(), finder, Fields.verifier(signer), Fields.digests());
  }
}
