import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.cert.CertPathValidator;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.jcajce.spec.SM2ParameterSpec;
import org.bouncycastle.operator.ContentVerifierProvider;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCS10CertificationRequestBuilder;

/** Certificates, paths and requests. */
final class CertificateVerbs {
  private static final int PAIR_ENCRYPT = KeyUsage.keyEncipherment | KeyUsage.dataEncipherment | KeyUsage.keyAgreement;

  private static final Map<String, KeyPurposeId> PURPOSES =
      Map.of("tsa", KeyPurposeId.id_kp_timeStamping, "ocsp", KeyPurposeId.id_kp_OCSPSigning);

  static void register(Map<String, Checker.Verb> verbs) {
    verbs.put("make-key", f -> makeKey());
    verbs.put("make-certificate", f -> makeCertificate(f));
    verbs.put("make-csr", f -> makeRequest(f));
    verbs.put("verify-signature", f -> verifySignature(f));
    verbs.put("verify-certificate", f -> verifyCertificate(f));
    verbs.put("verify-path", f -> verifyPath(f));
    verbs.put("verify-csr", f -> verifyRequest(f));
    verbs.put("bench-verify", f -> bench(f));
  }

  private static List<String> makeKey() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", "BC");
    generator.initialize(new ECGenParameterSpec("sm2p256v1"));
    KeyPair pair = generator.generateKeyPair();
    return List.of(Fields.out(pair.getPrivate().getEncoded()), Fields.out(pair.getPublic().getEncoded()));
  }

  /** kind subject spki serial from to issuer-certificate issuer-key */
  private static List<String> makeCertificate(Fields f) throws Exception {
    String kind = f.word();
    X500Name subject = new X500Name(f.text());
    SubjectPublicKeyInfo key = SubjectPublicKeyInfo.getInstance(f.bytes());
    var serial = f.serial();
    var from = f.time();
    var to = f.time();
    X509CertificateHolder issuer = f.holder();
    X500Name issuerName = issuer == null ? subject : issuer.getSubject();
    var builder = new X509v3CertificateBuilder(issuerName, serial, from, to, subject, key);
    var identifiers = new JcaX509ExtensionUtils();
    var issuerKey = issuer == null ? key : issuer.getSubjectPublicKeyInfo();
    builder.addExtension(Extension.subjectKeyIdentifier, false, identifiers.createSubjectKeyIdentifier(key));
    builder.addExtension(Extension.authorityKeyIdentifier, false, identifiers.createAuthorityKeyIdentifier(issuerKey));
    boolean ca = kind.equals("root") || kind.equals("sub");
    BasicConstraints constraints = ca ? new BasicConstraints(kind.equals("root") ? 1 : 0) : new BasicConstraints(false);
    builder.addExtension(Extension.basicConstraints, true, constraints);
    builder.addExtension(Extension.keyUsage, true, new KeyUsage(usage(kind, ca)));
    KeyPurposeId purpose = PURPOSES.get(kind);
    if (purpose != null) builder.addExtension(Extension.extendedKeyUsage, true, new ExtendedKeyUsage(purpose));
    return Fields.one(builder.build(Fields.signer(f.privateKey())).getEncoded());
  }

  private static int usage(String kind, boolean ca) {
    if (ca) return KeyUsage.keyCertSign | KeyUsage.cRLSign;
    return kind.equals("encrypt") ? PAIR_ENCRYPT : KeyUsage.digitalSignature | KeyUsage.nonRepudiation;
  }

  /** subject dns-name spki key */
  private static List<String> makeRequest(Fields f) throws Exception {
    X500Name subject = new X500Name(f.text());
    var extensions = new ExtensionsGenerator();
    GeneralName host = new GeneralName(GeneralName.dNSName, f.text());
    extensions.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(host));
    var builder = new PKCS10CertificationRequestBuilder(subject, SubjectPublicKeyInfo.getInstance(f.bytes()));
    builder.addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, extensions.generate());
    return Fields.one(builder.build(Fields.signer(f.privateKey())).getEncoded());
  }

  /** spki signer-id message signature */
  private static List<String> verifySignature(Fields f) throws Exception {
    Signature signature = Signature.getInstance("SM3WITHSM2", "BC");
    var key = f.publicKey();
    signature.setParameter(new SM2ParameterSpec(f.bytes()));
    signature.initVerify(key);
    signature.update(f.bytes());
    Checker.demand(signature.verify(f.bytes()), "signature");
    return List.of();
  }

  /** certificate issuer */
  private static List<String> verifyCertificate(Fields f) throws Exception {
    X509CertificateHolder certificate = f.holder();
    X509CertificateHolder issuer = f.holder();
    Checker.demand(certificate.getIssuer().equals(issuer.getSubject()), "issuer name");
    Checker.demand(certificate.isSignatureValid(Fields.verifier(issuer)), "signature");
    return List.of(certificate.getSerialNumber().toString(16), Fields.out(certificate.getSubject()));
  }

  /** time anchor crl-or-nothing leaf intermediate… */
  private static List<String> verifyPath(Fields f) throws Exception {
    var time = f.time();
    PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(f.certificate(), null)));
    parameters.setDate(time);
    byte[] crl = f.bytes();
    CertificateFactory factory = CertificateFactory.getInstance("X.509", "BC");
    List<Object> store = new ArrayList<>();
    if (crl != null) store.add(factory.generateCRL(new java.io.ByteArrayInputStream(crl)));
    parameters.setRevocationEnabled(crl != null);
    parameters.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(store), "BC"));
    List<X509Certificate> path = new ArrayList<>();
    while (f.more()) path.add(f.certificate());
    CertPathValidator.getInstance("PKIX", "BC").validate(factory.generateCertPath(path), parameters);
    return List.of();
  }

  /** request */
  private static List<String> verifyRequest(Fields f) throws Exception {
    var request = new PKCS10CertificationRequest(f.bytes());
    ContentVerifierProvider verifier =
        new JcaContentVerifierProviderBuilder().setProvider("BC").build(request.getSubjectPublicKeyInfo());
    Checker.demand(request.isSignatureValid(verifier), "signature");
    return List.of(Fields.out(request.getSubject()), Fields.out(request.getSubjectPublicKeyInfo().getEncoded()));
  }

  /** rounds issuer certificate…: parses and verifies, answers verifications and nanoseconds */
  private static List<String> bench(Fields f) throws Exception {
    int rounds = Integer.parseInt(f.word());
    var issuer = f.certificate();
    List<byte[]> certificates = new ArrayList<>();
    while (f.more()) certificates.add(f.bytes());
    long start = System.nanoTime();
    for (int i = 0; i < rounds; i++) {
      for (byte[] der : certificates) Fields.certificateOf(der).verify(issuer.getPublicKey(), "BC");
    }
    long elapsed = System.nanoTime() - start;
    return List.of(Integer.toString(rounds * certificates.size()), Long.toString(elapsed));
  }
}
