import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.gm.GMObjectIdentifiers;
import org.bouncycastle.asn1.oiw.OIWObjectIdentifiers;
import org.bouncycastle.cert.X509CRLEntryHolder;
import org.bouncycastle.cert.X509CRLHolder;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.ocsp.BasicOCSPResp;
import org.bouncycastle.cert.ocsp.BasicOCSPRespBuilder;
import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.CertificateStatus;
import org.bouncycastle.cert.ocsp.OCSPReq;
import org.bouncycastle.cert.ocsp.OCSPReqBuilder;
import org.bouncycastle.cert.ocsp.OCSPResp;
import org.bouncycastle.cert.ocsp.OCSPRespBuilder;
import org.bouncycastle.cert.ocsp.Req;
import org.bouncycastle.cert.ocsp.RespID;
import org.bouncycastle.cert.ocsp.RevokedStatus;
import org.bouncycastle.cert.ocsp.SingleResp;

/** Revocation lists and OCSP. */
final class RevocationVerbs {
  static void register(Map<String, Checker.Verb> verbs) {
    verbs.put("make-crl", f -> makeList(f));
    verbs.put("verify-crl", f -> verifyList(f));
    verbs.put("make-ocsp-request", f -> makeRequest(f));
    verbs.put("make-ocsp", f -> makeResponse(f));
    verbs.put("verify-ocsp", f -> verifyResponse(f));
  }

  /** this-update next-update number issuer issuer-key serial:reason… */
  private static List<String> makeList(Fields f) throws Exception {
    Date from = f.time();
    Date to = f.time();
    BigInteger number = f.serial();
    X509CertificateHolder issuer = f.holder();
    var builder = new X509v2CRLBuilder(issuer.getSubject(), from);
    builder.setNextUpdate(to);
    var signer = Fields.signer(f.privateKey());
    while (f.more()) {
      String[] entry = f.word().split(":");
      builder.addCRLEntry(new BigInteger(entry[0], 16), from, Integer.parseInt(entry[1]));
    }
    var identifiers = new JcaX509ExtensionUtils();
    builder.addExtension(Extension.cRLNumber, false, new CRLNumber(number));
    builder.addExtension(Extension.authorityKeyIdentifier, false,
        identifiers.createAuthorityKeyIdentifier(issuer.getSubjectPublicKeyInfo()));
    return Fields.one(builder.build(signer).getEncoded());
  }

  /** crl issuer: answers serial:reason of each entry */
  private static List<String> verifyList(Fields f) throws Exception {
    var list = new X509CRLHolder(f.bytes());
    Checker.demand(list.isSignatureValid(Fields.verifier(f.holder())), "signature");
    List<String> answer = new ArrayList<>();
    for (Object item : list.getRevokedCertificates()) {
      X509CRLEntryHolder entry = (X509CRLEntryHolder) item;
      Extension reason = entry.getExtension(Extension.reasonCode);
      String said = reason == null ? "-" : CRLReason.getInstance(reason.getParsedValue()).getValue().toString();
      answer.add(entry.getSerialNumber().toString(16) + ":" + said);
    }
    return answer;
  }

  /** hash nonce issuer serial… */
  private static List<String> makeRequest(Fields f) throws Exception {
    var hash = f.word().equals("sm3") ? GMObjectIdentifiers.sm3 : OIWObjectIdentifiers.idSHA1;
    byte[] nonce = f.bytes();
    X509CertificateHolder issuer = f.holder();
    var digest = Fields.digests().get(new AlgorithmIdentifier(hash));
    var builder = new OCSPReqBuilder();
    while (f.more()) builder.addRequest(new CertificateID(digest, issuer, f.serial()));
    if (nonce != null) builder.setRequestExtensions(extension(nonce));
    return Fields.one(builder.build().getEncoded());
  }

  private static Extensions extension(byte[] nonce) throws Exception {
    byte[] value = new DEROctetString(nonce).getEncoded();
    return new Extensions(new Extension(OCSPObjectIdentifiers.id_pkix_ocsp_nonce, false, value));
  }

  /** produced-at request responder responder-key reason-of-revocation serial-that-is-revoked… */
  private static List<String> makeResponse(Fields f) throws Exception {
    Date at = f.time();
    OCSPReq request = new OCSPReq(f.bytes());
    X509CertificateHolder responder = f.holder();
    var signer = Fields.signer(f.privateKey());
    int reason = Integer.parseInt(f.word());
    List<BigInteger> revoked = new ArrayList<>();
    while (f.more()) revoked.add(f.serial());
    var builder = new BasicOCSPRespBuilder(new RespID(responder.getSubject()));
    Date next = new Date(at.getTime() + 86_400_000L);
    for (Req item : request.getRequestList()) {
      boolean gone = revoked.contains(item.getCertID().getSerialNumber());
      builder.addResponse(item.getCertID(), gone ? new RevokedStatus(at, reason) : CertificateStatus.GOOD, at, next);
    }
    Extension nonce = request.getExtension(OCSPObjectIdentifiers.id_pkix_ocsp_nonce);
    if (nonce != null) builder.setResponseExtensions(new Extensions(nonce));
    BasicOCSPResp basic = builder.build(signer, new X509CertificateHolder[] {responder}, at);
    return Fields.one(new OCSPRespBuilder().build(OCSPRespBuilder.SUCCESSFUL, basic).getEncoded());
  }

  /** response responder issuer: answers the nonce and serial:status of each certificate */
  private static List<String> verifyResponse(Fields f) throws Exception {
    OCSPResp response = new OCSPResp(f.bytes());
    Checker.demand(response.getStatus() == OCSPResp.SUCCESSFUL, "status " + response.getStatus());
    BasicOCSPResp basic = (BasicOCSPResp) response.getResponseObject();
    Checker.demand(basic.isSignatureValid(Fields.verifier(f.holder())), "signature");
    X509CertificateHolder issuer = f.holder();
    Extension nonce = basic.getExtension(OCSPObjectIdentifiers.id_pkix_ocsp_nonce);
    List<String> answer = new ArrayList<>();
    answer.add(nonce == null ? "-" : Fields.out(DEROctetString.getInstance(nonce.getParsedValue()).getOctets()));
    for (SingleResp single : basic.getResponses()) {
      Checker.demand(single.getCertID().matchesIssuer(issuer, Fields.digests()), "issuer hashes");
      answer.add(single.getCertID().getSerialNumber().toString(16) + ":" + status(single.getCertStatus()));
    }
    return answer;
  }

  private static String status(CertificateStatus status) {
    if (status == CertificateStatus.GOOD) return "good";
    if (!(status instanceof RevokedStatus)) return "unknown";
    RevokedStatus revoked = (RevokedStatus) status;
    return "revoked:" + (revoked.hasRevocationReason() ? revoked.getRevocationReason() : "-");
  }
}
