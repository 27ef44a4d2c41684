import java.security.PrivateKey;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.cms.IssuerAndSerialNumber;
import org.bouncycastle.asn1.gm.GMObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cms.CMSException;
import org.bouncycastle.cms.KeyTransRecipient;
import org.bouncycastle.cms.KeyTransRecipientInfoGenerator;
import org.bouncycastle.cms.RecipientOperator;
import org.bouncycastle.crypto.params.ParametersWithRandom;
import org.bouncycastle.crypto.util.PublicKeyFactory;
import org.bouncycastle.jcajce.provider.asymmetric.util.ECUtil;
import org.bouncycastle.operator.AsymmetricKeyWrapper;
import org.bouncycastle.operator.GenericKey;
import org.bouncycastle.operator.OperatorException;
import org.bouncycastle.operator.OutputEncryptor;

/** Key transport with SM2 for BouncyCastle's messages. */
final class SmRecipients {
  /** Opens the content key with the private key of the recipient. */
  static KeyTransRecipient recipient(PrivateKey key) {
    return (keyAlgorithm, contentAlgorithm, encryptedKey) -> {
      try {
        var parameters = ECUtil.generatePrivateKeyParameter(key);
        byte[] contentKey = SmCiphers.sm2(false, parameters, SmCiphers.fromDer(encryptedKey));
        return new RecipientOperator(SmCiphers.decryptor(contentAlgorithm, contentKey));
      } catch (Exception cause) {
        throw new CMSException("key transport", cause);
      }
    };
  }

  /** Closes the content key for the holder of a certificate. */
  static KeyTransRecipientInfoGenerator generator(X509CertificateHolder certificate) {
    var name = new IssuerAndSerialNumber(certificate.toASN1Structure());
    return new KeyTransRecipientInfoGenerator(name, wrapper(certificate)) {};
  }

  private static AsymmetricKeyWrapper wrapper(X509CertificateHolder certificate) {
    return new AsymmetricKeyWrapper(new AlgorithmIdentifier(GMObjectIdentifiers.sm2encrypt)) {
      @Override
      public byte[] generateWrappedKey(GenericKey key) throws OperatorException {
        try {
          var publicKey = PublicKeyFactory.createKey(certificate.getSubjectPublicKeyInfo());
          byte[] contentKey = (byte[]) key.getRepresentation();
          return SmCiphers.toDer(SmCiphers.sm2(true, new ParametersWithRandom(publicKey), contentKey));
        } catch (Exception cause) {
          throw new OperatorException("key transport", cause);
        }
      }
    };
  }

  static OutputEncryptor content() {
    byte[] iv = SmCiphers.random(16);
    var algorithm = new AlgorithmIdentifier(SmCiphers.SM4_CBC, new DEROctetString(iv));
    return SmCiphers.encryptor(algorithm, SmCiphers.random(16), iv);
  }
}
