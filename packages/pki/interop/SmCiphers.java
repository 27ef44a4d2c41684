import java.io.OutputStream;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.CipherOutputStream;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.crypto.CipherParameters;
import org.bouncycastle.crypto.engines.SM2Engine;
import org.bouncycastle.operator.GenericKey;
import org.bouncycastle.operator.InputDecryptor;
import org.bouncycastle.operator.OutputEncryptor;
import org.bouncycastle.util.BigIntegers;

/** SM4-CBC and the SM2 cipher in DER, which BouncyCastle 1.72 computes and has no operators for. */
final class SmCiphers {
  static final ASN1ObjectIdentifier SM4_CBC = new ASN1ObjectIdentifier("1.2.156.10197.1.104.2");
  private static final SecureRandom RANDOM = new SecureRandom();

  static byte[] random(int length) {
    byte[] out = new byte[length];
    RANDOM.nextBytes(out);
    return out;
  }

  private static Cipher sm4(int mode, byte[] key, byte[] iv) {
    try {
      Cipher cipher = Cipher.getInstance("SM4/CBC/PKCS7Padding", "BC");
      cipher.init(mode, new SecretKeySpec(key, "SM4"), new IvParameterSpec(iv));
      return cipher;
    } catch (Exception cause) {
      throw new IllegalStateException(cause);
    }
  }

  /** Decrypts with the IV of the identifier; named by SM4 with or without its mode. */
  static InputDecryptor decryptor(AlgorithmIdentifier algorithm, byte[] key) {
    byte[] iv = ASN1OctetString.getInstance(algorithm.getParameters()).getOctets();
    String name = algorithm.getAlgorithm().getId();
    boolean known = name.equals(SM4_CBC.getId()) || name.equals("1.2.156.10197.1.104");
    if (!known) throw new IllegalArgumentException("not SM4-CBC");
    return new InputDecryptor() {
      @Override
      public AlgorithmIdentifier getAlgorithmIdentifier() {
        return algorithm;
      }

      @Override
      public java.io.InputStream getInputStream(java.io.InputStream in) {
        try {
          byte[] clear = sm4(Cipher.DECRYPT_MODE, key, iv).doFinal(in.readAllBytes());
          return new java.io.ByteArrayInputStream(clear);
        } catch (Exception cause) {
          throw new IllegalStateException(cause);
        }
      }
    };
  }

  /** Encrypts; `algorithm` is what the file shall say, its innermost parameters hold `iv`. */
  static OutputEncryptor encryptor(AlgorithmIdentifier algorithm, byte[] key, byte[] iv) {
    return new OutputEncryptor() {
      @Override
      public AlgorithmIdentifier getAlgorithmIdentifier() {
        return algorithm;
      }

      @Override
      public OutputStream getOutputStream(OutputStream out) {
        return new CipherOutputStream(out, sm4(Cipher.ENCRYPT_MODE, key, iv));
      }

      @Override
      public GenericKey getKey() {
        return new GenericKey(algorithm, key);
      }
    };
  }

  /** 04‖x‖y‖C3‖C2 as SEQUENCE {x, y, C3, C2}. */
  static byte[] toDer(byte[] raw) throws Exception {
    var x = new ASN1Integer(new BigInteger(1, Arrays.copyOfRange(raw, 1, 33)));
    var y = new ASN1Integer(new BigInteger(1, Arrays.copyOfRange(raw, 33, 65)));
    var hash = new DEROctetString(Arrays.copyOfRange(raw, 65, 97));
    var body = new DEROctetString(Arrays.copyOfRange(raw, 97, raw.length));
    return new DERSequence(new org.bouncycastle.asn1.ASN1Encodable[] {x, y, hash, body}).getEncoded();
  }

  static byte[] fromDer(byte[] der) {
    ASN1Sequence parts = ASN1Sequence.getInstance(der);
    byte[] x = BigIntegers.asUnsignedByteArray(32, ASN1Integer.getInstance(parts.getObjectAt(0)).getValue());
    byte[] y = BigIntegers.asUnsignedByteArray(32, ASN1Integer.getInstance(parts.getObjectAt(1)).getValue());
    byte[] hash = ASN1OctetString.getInstance(parts.getObjectAt(2)).getOctets();
    byte[] body = ASN1OctetString.getInstance(parts.getObjectAt(3)).getOctets();
    return org.bouncycastle.util.Arrays.concatenate(new byte[][] {{4}, x, y, hash, body});
  }

  static byte[] sm2(boolean encrypt, CipherParameters key, byte[] input) throws Exception {
    SM2Engine engine = new SM2Engine(SM2Engine.Mode.C1C3C2);
    engine.init(encrypt, key);
    return engine.processBlock(input, 0, input.length);
  }
}
