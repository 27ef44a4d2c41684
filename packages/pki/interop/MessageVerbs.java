import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cms.CMSEnvelopedData;
import org.bouncycastle.cms.CMSEnvelopedDataGenerator;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.RecipientInformation;
import org.bouncycastle.cms.SignerInfoGenerator;
import org.bouncycastle.cms.SignerInfoGeneratorBuilder;
import org.bouncycastle.cms.SignerInformation;

/** Messages of RFC 5652. */
final class MessageVerbs {
  static void register(Map<String, Checker.Verb> verbs) {
    verbs.put("make-cms", f -> make(f));
    verbs.put("verify-cms", f -> verify(f));
    verbs.put("encrypt-cms", f -> encrypt(f));
    verbs.put("decrypt-cms", f -> decrypt(f));
  }

  /** attached|detached attributes|plain content certificate key */
  private static List<String> make(Fields f) throws Exception {
    boolean attached = f.word().equals("attached");
    boolean plain = f.word().equals("plain");
    byte[] content = f.bytes();
    X509CertificateHolder certificate = f.holder();
    SignerInfoGenerator signer = new SignerInfoGeneratorBuilder(Fields.digests())
        .setDirectSignature(plain)
        .build(Fields.signer(f.privateKey()), certificate);
    var generator = new CMSSignedDataGenerator();
    generator.addSignerInfoGenerator(signer);
    generator.addCertificate(certificate);
    return Fields.one(generator.generate(new CMSProcessableByteArray(content), attached).getEncoded());
  }

  /** message content-when-detached certificate-when-not-inside: answers the content and signed attributes */
  private static List<String> verify(Fields f) throws Exception {
    byte[] message = f.bytes();
    byte[] content = f.bytes();
    X509CertificateHolder given = f.holder();
    CMSSignedData signed = content == null
        ? new CMSSignedData(message)
        : new CMSSignedData(new CMSProcessableByteArray(content), message);
    Checker.demand(signed.getSignedContent() != null, "no content");
    Checker.demand(signed.getSignerInfos().size() > 0, "no signer");
    List<String> answer = new ArrayList<>();
    answer.add(Fields.out((byte[]) signed.getSignedContent().getContent()));
    for (SignerInformation signer : signed.getSignerInfos()) {
      @SuppressWarnings("unchecked")
      Collection<X509CertificateHolder> inside = signed.getCertificates().getMatches(signer.getSID());
      X509CertificateHolder certificate = inside.isEmpty() ? given : inside.iterator().next();
      Checker.demand(certificate != null, "no certificate");
      Checker.demand(signer.verify(SmNames.verifier(certificate)), "signature");
      answer.add(signer.getSignedAttributes() == null ? "0" : Integer.toString(signer.getSignedAttributes().size()));
    }
    return answer;
  }

  /** content certificate… */
  private static List<String> encrypt(Fields f) throws Exception {
    var generator = new CMSEnvelopedDataGenerator();
    byte[] content = f.bytes();
    while (f.more()) generator.addRecipientInfoGenerator(SmRecipients.generator(f.holder()));
    return Fields.one(generator.generate(new CMSProcessableByteArray(content), SmRecipients.content()).getEncoded());
  }

  /** message key: tries each recipient */
  private static List<String> decrypt(Fields f) throws Exception {
    CMSEnvelopedData enveloped = new CMSEnvelopedData(f.bytes());
    var recipient = SmRecipients.recipient(f.privateKey());
    Checker.demand(enveloped.getRecipientInfos().size() > 0, "no recipient");
    Exception last = null;
    for (RecipientInformation one : enveloped.getRecipientInfos()) {
      try {
        return Fields.one(one.getContent(recipient));
      } catch (Exception refusal) {
        last = refusal;
      }
    }
    throw last;
  }
}
