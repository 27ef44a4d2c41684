import java.math.BigInteger;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.gm.GMObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cms.SignerInfoGeneratorBuilder;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.crypto.digests.SM3Digest;
import org.bouncycastle.tsp.TimeStampRequest;
import org.bouncycastle.tsp.TimeStampRequestGenerator;
import org.bouncycastle.tsp.TimeStampResponse;
import org.bouncycastle.tsp.TimeStampResponseGenerator;
import org.bouncycastle.tsp.TimeStampToken;
import org.bouncycastle.tsp.TimeStampTokenGenerator;
import org.bouncycastle.util.CollectionStore;

/** Time stamps of RFC 3161. */
final class TimeStampVerbs {
  private static final ASN1ObjectIdentifier POLICY = new ASN1ObjectIdentifier("1.2.3.4.1");

  static void register(Map<String, Checker.Verb> verbs) {
    verbs.put("make-tst-request", f -> makeRequest(f));
    verbs.put("read-tst-request", f -> readRequest(f));
    verbs.put("make-tst", f -> makeResponse(f));
    verbs.put("verify-tst", f -> verify(f));
  }

  private static byte[] sm3(byte[] content) {
    SM3Digest digest = new SM3Digest();
    digest.update(content, 0, content.length);
    byte[] out = new byte[32];
    digest.doFinal(out, 0);
    return out;
  }

  /** content nonce */
  private static List<String> makeRequest(Fields f) throws Exception {
    var generator = new TimeStampRequestGenerator();
    generator.setCertReq(true);
    byte[] imprint = sm3(f.bytes());
    return Fields.one(generator.generate(GMObjectIdentifiers.sm3, imprint, f.serial()).getEncoded());
  }

  /** request: answers the algorithm and the imprint */
  private static List<String> readRequest(Fields f) throws Exception {
    TimeStampRequest request = new TimeStampRequest(f.bytes());
    return List.of(request.getMessageImprintAlgOID().getId(), Fields.out(request.getMessageImprintDigest()));
  }

  /** time serial request certificate key */
  private static List<String> makeResponse(Fields f) throws Exception {
    Date time = f.time();
    BigInteger serial = f.serial();
    TimeStampRequest request = new TimeStampRequest(f.bytes());
    X509CertificateHolder certificate = f.holder();
    var signer = new SignerInfoGeneratorBuilder(Fields.digests()).build(Fields.signer(f.privateKey()), certificate);
    var digest = Fields.digests().get(new AlgorithmIdentifier(GMObjectIdentifiers.sm3));
    var tokens = new TimeStampTokenGenerator(signer, digest, POLICY);
    tokens.setAccuracySeconds(1);
    tokens.addCertificates(new CollectionStore<>(List.of(certificate)));
    // The default list of digests does not hold SM3, so it is named.
    var responses = new TimeStampResponseGenerator(tokens, java.util.Set.of(GMObjectIdentifiers.sm3.getId()));
    return Fields.one(responses.generate(request, serial, time).getEncoded());
  }

  /** response|token bytes request-or-nothing content certificate: answers serial and time */
  private static List<String> verify(Fields f) throws Exception {
    boolean response = f.word().equals("response");
    byte[] der = f.bytes();
    byte[] request = f.bytes();
    TimeStampToken token;
    if (response) {
      TimeStampResponse reply = new TimeStampResponse(der);
      Checker.demand(reply.getTimeStampToken() != null, "status " + reply.getStatus());
      if (request != null) reply.validate(new TimeStampRequest(request));
      token = reply.getTimeStampToken();
    } else {
      token = new TimeStampToken(new org.bouncycastle.cms.CMSSignedData(der));
    }
    var info = token.getTimeStampInfo();
    Checker.demand(info.getMessageImprintAlgOID().equals(GMObjectIdentifiers.sm3), "imprint algorithm");
    Checker.demand(java.util.Arrays.equals(info.getMessageImprintDigest(), sm3(f.bytes())), "imprint");
    token.validate(new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC").build(f.holder()));
    return List.of(info.getSerialNumber().toString(16), Long.toString(info.getGenTime().getTime()));
  }
}
