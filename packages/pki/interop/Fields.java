import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.ContentVerifierProvider;
import org.bouncycastle.operator.DigestCalculatorProvider;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;

/** The fields of one line in their order, and what is made of them. Bytes are base64, `-` is nothing. */
final class Fields {
  private final String[] words;
  private int next = 1;

  Fields(String[] words) {
    this.words = words;
  }

  boolean more() {
    return next < words.length;
  }

  String word() {
    if (!more()) throw new Checker.Misuse("too few fields");
    return words[next++];
  }

  /** Nothing comes back as null. */
  byte[] bytes() {
    String word = word();
    if (word.equals("-")) return null;
    try {
      return word.equals("=") ? new byte[0] : Base64.getDecoder().decode(word);
    } catch (IllegalArgumentException cause) {
      throw new Checker.Misuse("field " + (next - 1) + " is not base64");
    }
  }

  String text() {
    return new String(bytes(), StandardCharsets.UTF_8);
  }

  Date time() {
    return new Date(Long.parseLong(word()));
  }

  BigInteger serial() {
    return new BigInteger(word(), 16);
  }

  X509CertificateHolder holder() throws Exception {
    byte[] der = bytes();
    return der == null ? null : new X509CertificateHolder(der);
  }

  X509Certificate certificate() throws Exception {
    return certificateOf(bytes());
  }

  static X509Certificate certificateOf(byte[] der) throws Exception {
    var stream = new java.io.ByteArrayInputStream(der);
    return (X509Certificate) CertificateFactory.getInstance("X.509", "BC").generateCertificate(stream);
  }

  PrivateKey privateKey() throws Exception {
    return privateKeyOf(bytes());
  }

  static PrivateKey privateKeyOf(byte[] der) throws Exception {
    return KeyFactory.getInstance("EC", "BC").generatePrivate(new PKCS8EncodedKeySpec(der));
  }

  PublicKey publicKey() throws Exception {
    return KeyFactory.getInstance("EC", "BC").generatePublic(new X509EncodedKeySpec(bytes()));
  }

  static ContentSigner signer(PrivateKey key) throws Exception {
    return new JcaContentSignerBuilder("SM3WITHSM2").setProvider("BC").build(key);
  }

  static ContentVerifierProvider verifier(X509CertificateHolder signer) throws Exception {
    return new JcaContentVerifierProviderBuilder().setProvider("BC").build(signer);
  }

  static DigestCalculatorProvider digests() throws Exception {
    return new JcaDigestCalculatorProviderBuilder().setProvider("BC").build();
  }

  static String out(byte[] bytes) {
    return bytes.length == 0 ? "=" : Base64.getEncoder().encodeToString(bytes);
  }

  static String out(X500Name name) {
    return out(name.toString().getBytes(StandardCharsets.UTF_8));
  }

  static List<String> one(byte[] bytes) {
    return List.of(out(bytes));
  }
}
