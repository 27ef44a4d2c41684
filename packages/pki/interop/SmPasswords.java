import java.nio.charset.StandardCharsets;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.gm.GMObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.EncryptionScheme;
import org.bouncycastle.asn1.pkcs.KeyDerivationFunc;
import org.bouncycastle.asn1.pkcs.PBES2Parameters;
import org.bouncycastle.asn1.pkcs.PBKDF2Params;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.crypto.Digest;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.digests.SM3Digest;
import org.bouncycastle.crypto.generators.PKCS5S2ParametersGenerator;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.operator.InputDecryptorProvider;
import org.bouncycastle.operator.OutputEncryptor;
import org.bouncycastle.pkcs.jcajce.JcePKCSPBEInputDecryptorProviderBuilder;

/** PBES2 with SM4-CBC; anything else is left to BouncyCastle's own operators. */
final class SmPasswords {
  private static byte[] derive(String password, PBKDF2Params parameters) {
    boolean sm3 = parameters.getPrf().getAlgorithm().equals(GMObjectIdentifiers.hmac_sm3);
    boolean sha256 = parameters.getPrf().getAlgorithm().equals(PKCSObjectIdentifiers.id_hmacWithSHA256);
    if (!sm3 && !sha256) throw new IllegalArgumentException("prf " + parameters.getPrf().getAlgorithm());
    Digest digest = sm3 ? new SM3Digest() : new SHA256Digest();
    var generator = new PKCS5S2ParametersGenerator(digest);
    int iterations = parameters.getIterationCount().intValueExact();
    generator.init(password.getBytes(StandardCharsets.UTF_8), parameters.getSalt(), iterations);
    return ((KeyParameter) generator.generateDerivedParameters(128)).getKey();
  }

  static InputDecryptorProvider decryptor(String password) {
    return algorithm -> {
      if (algorithm.getAlgorithm().equals(PKCSObjectIdentifiers.id_PBES2)) {
        var parameters = PBES2Parameters.getInstance(algorithm.getParameters());
        EncryptionScheme scheme = parameters.getEncryptionScheme();
        if (scheme.getAlgorithm().getId().startsWith("1.2.156.")) {
          byte[] key = derive(password, PBKDF2Params.getInstance(parameters.getKeyDerivationFunc().getParameters()));
          return SmCiphers.decryptor(new AlgorithmIdentifier(scheme.getAlgorithm(), scheme.getParameters()), key);
        }
      }
      var other = new JcePKCSPBEInputDecryptorProviderBuilder().setProvider("BC");
      return other.build(password.toCharArray()).get(algorithm);
    };
  }

  static OutputEncryptor encryptor(String password, int iterations, boolean sm3) {
    byte[] iv = SmCiphers.random(16);
    var prf = new AlgorithmIdentifier(sm3 ? GMObjectIdentifiers.hmac_sm3 : PKCSObjectIdentifiers.id_hmacWithSHA256);
    var derivation = new PBKDF2Params(SmCiphers.random(16), iterations, prf);
    var scheme = new EncryptionScheme(SmCiphers.SM4_CBC, new DEROctetString(iv));
    var parameters = new PBES2Parameters(new KeyDerivationFunc(PKCSObjectIdentifiers.id_PBKDF2, derivation), scheme);
    var algorithm = new AlgorithmIdentifier(PKCSObjectIdentifiers.id_PBES2, parameters);
    return SmCiphers.encryptor(algorithm, derive(password, derivation), iv);
  }
}
