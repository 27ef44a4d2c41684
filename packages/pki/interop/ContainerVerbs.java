import java.io.ByteArrayOutputStream;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.gm.GMObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.ContentInfo;
import org.bouncycastle.asn1.pkcs.MacData;
import org.bouncycastle.asn1.pkcs.PKCS12PBEParams;
import org.bouncycastle.asn1.pkcs.Pfx;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.crypto.digests.SM3Digest;
import org.bouncycastle.jce.interfaces.ECPrivateKey;
import org.bouncycastle.operator.OutputEncryptor;
import org.bouncycastle.operator.bc.BcDefaultDigestProvider;
import org.bouncycastle.pkcs.PKCS12PfxPdu;
import org.bouncycastle.pkcs.PKCS12PfxPduBuilder;
import org.bouncycastle.pkcs.PKCS12SafeBag;
import org.bouncycastle.pkcs.PKCS12SafeBagBuilder;
import org.bouncycastle.pkcs.PKCS12SafeBagFactory;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.pkcs.bc.BcPKCS12MacCalculatorBuilder;
import org.bouncycastle.pkcs.bc.BcPKCS12MacCalculatorBuilderProvider;
import org.bouncycastle.pkcs.jcajce.JcaPKCS8EncryptedPrivateKeyInfoBuilder;

/** Private keys in PKCS#8 and PKCS#12. */
final class ContainerVerbs {
  static void register(Map<String, Checker.Verb> verbs) {
    verbs.put("open-pkcs8", f -> point(f.privateKey()));
    verbs.put("seal-pkcs8", f -> seal(f));
    verbs.put("open-encrypted-pkcs8", f -> open(f));
    verbs.put("make-key-store", f -> makeStore(f));
    verbs.put("make-pkcs12", f -> makePfx(f));
    verbs.put("open-pkcs12", f -> openPfx(f));
  }

  /** The public key of a private key, 04‖x‖y. */
  private static List<String> point(PrivateKey key) {
    ECPrivateKey sm2 = (ECPrivateKey) key;
    return Fields.one(sm2.getParameters().getG().multiply(sm2.getD()).normalize().getEncoded(false));
  }

  /** password iterations sm3|sha256 key */
  private static List<String> seal(Fields f) throws Exception {
    OutputEncryptor encryptor = SmPasswords.encryptor(f.text(), Integer.parseInt(f.word()), f.word().equals("sm3"));
    return Fields.one(new JcaPKCS8EncryptedPrivateKeyInfoBuilder(f.privateKey()).build(encryptor).getEncoded());
  }

  /** password encrypted-key */
  private static List<String> open(Fields f) throws Exception {
    var decryptor = SmPasswords.decryptor(f.text());
    PrivateKeyInfo info = new PKCS8EncryptedPrivateKeyInfo(f.bytes()).decryptPrivateKeyInfo(decryptor);
    return point(Fields.privateKeyOf(info.getEncoded()));
  }

  /** password key certificate…: the key store as BouncyCastle writes it by itself */
  private static List<String> makeStore(Fields f) throws Exception {
    char[] password = f.text().toCharArray();
    PrivateKey key = f.privateKey();
    List<Certificate> chain = new ArrayList<>();
    while (f.more()) chain.add(f.certificate());
    KeyStore store = KeyStore.getInstance("PKCS12", "BC");
    store.load(null, null);
    store.setKeyEntry("key", key, null, chain.toArray(new Certificate[0]));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    store.store(out, password);
    return Fields.one(out.toByteArray());
  }

  /** password iterations key certificate…: SM algorithms all through */
  private static List<String> makePfx(Fields f) throws Exception {
    String password = f.text();
    int iterations = Integer.parseInt(f.word());
    var info = PrivateKeyInfo.getInstance(f.bytes());
    var builder = new PKCS12PfxPduBuilder();
    builder.addData(new PKCS12SafeBagBuilder(info, SmPasswords.encryptor(password, iterations, true)).build());
    List<PKCS12SafeBag> bags = new ArrayList<>();
    while (f.more()) bags.add(new PKCS12SafeBagBuilder(f.holder()).build());
    builder.addEncryptedData(SmPasswords.encryptor(password, iterations, true), bags.toArray(new PKCS12SafeBag[0]));
    var sm3 = new AlgorithmIdentifier(GMObjectIdentifiers.sm3, DERNull.INSTANCE);
    var mac = new BcPKCS12MacCalculatorBuilder(new SM3Digest(), sm3);
    return Fields.one(builder.build(mac.setIterationCount(iterations), password.toCharArray()).getEncoded());
  }

  /** BouncyCastle's own check asks for NULL parameters after the digest, which nobody else does. */
  private static void checkMac(Pfx file, String password) throws Exception {
    MacData said = file.getMacData();
    Checker.demand(said != null, "no mac");
    var parameters = new PKCS12PBEParams(said.getSalt(), said.getIterationCount().intValueExact());
    var macs = new BcPKCS12MacCalculatorBuilderProvider(algorithm ->
        algorithm.getAlgorithm().equals(GMObjectIdentifiers.sm3)
            ? new SM3Digest()
            : BcDefaultDigestProvider.INSTANCE.get(algorithm));
    var algorithm = new AlgorithmIdentifier(said.getMac().getAlgorithmId().getAlgorithm(), parameters);
    var calculator = macs.get(algorithm).build(password.toCharArray());
    try (var out = calculator.getOutputStream()) {
      out.write(ASN1OctetString.getInstance(file.getAuthSafe().getContent()).getOctets());
    }
    Checker.demand(Arrays.equals(calculator.getMac(), said.getMac().getDigest()), "mac");
  }

  /** password store: answers the public key and the certificates */
  private static List<String> openPfx(Fields f) throws Exception {
    String password = f.text();
    Pfx file = Pfx.getInstance(f.bytes());
    checkMac(file, password);
    PKCS12PfxPdu pfx = new PKCS12PfxPdu(file);
    List<String> keys = new ArrayList<>();
    List<String> certificates = new ArrayList<>();
    for (ContentInfo content : pfx.getContentInfos()) {
      boolean encrypted = content.getContentType().equals(PKCSObjectIdentifiers.encryptedData);
      var bags = encrypted
          ? new PKCS12SafeBagFactory(content, SmPasswords.decryptor(password))
          : new PKCS12SafeBagFactory(content);
      for (PKCS12SafeBag bag : bags.getSafeBags()) {
        Object value = bag.getBagValue();
        if (value instanceof PKCS8EncryptedPrivateKeyInfo) {
          var info = ((PKCS8EncryptedPrivateKeyInfo) value).decryptPrivateKeyInfo(SmPasswords.decryptor(password));
          keys.addAll(point(Fields.privateKeyOf(info.getEncoded())));
        } else if (value instanceof X509CertificateHolder) {
          certificates.add(Fields.out(((X509CertificateHolder) value).getEncoded()));
        }
      }
    }
    Checker.demand(keys.size() == 1, keys.size() + " keys");
    keys.addAll(certificates);
    return keys;
  }
}
