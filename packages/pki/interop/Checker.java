import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.Security;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/**
 * BouncyCastle as a second implementation, many jobs in one process. A line `verb field field`
 * gets the answer `ok field field`, `no reason` when BouncyCastle refuses, or `bad reason` when
 * the caller asked wrongly, so that a mistake of a test never looks like a refusal.
 */
public final class Checker {
  /** One job: fields in, fields out; whatever it throws is a refusal. */
  interface Verb {
    List<String> run(Fields fields) throws Exception;
  }

  /** BouncyCastle says that something is wrong. */
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1;

    Refused(String reason) {
      super(reason);
    }
  }

  /** The line cannot be understood. */
  static final class Misuse extends RuntimeException {
    private static final long serialVersionUID = 1;

    Misuse(String reason) {
      super(reason);
    }
  }

  static void demand(boolean right, String reason) throws Refused {
    if (!right) throw new Refused(reason);
  }

  private static String answer(Map<String, Verb> verbs, String line) {
    String[] words = line.trim().split(" ");
    Verb verb = verbs.get(words[0]);
    if (verb == null) return "bad unknown verb";
    try {
      Fields fields = new Fields(words);
      List<String> answer = new ArrayList<>(verb.run(fields));
      answer.add(0, "ok");
      return String.join(" ", answer);
    } catch (Misuse misuse) {
      return "bad " + misuse.getMessage();
    } catch (Exception | StackOverflowError refusal) {
      Throwable root = refusal;
      while (root.getCause() != null && root.getCause() != root) root = root.getCause();
      String reason = refusal instanceof Refused ? refusal.getMessage() : refusal + " < " + root;
      return "no " + reason.replaceAll("\\s+", " ");
    }
  }

  public static void main(String[] args) throws Exception {
    Security.addProvider(new BouncyCastleProvider());
    Map<String, Verb> verbs = new TreeMap<>();
    CertificateVerbs.register(verbs);
    RevocationVerbs.register(verbs);
    MessageVerbs.register(verbs);
    TimeStampVerbs.register(verbs);
    ContainerVerbs.register(verbs);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.US_ASCII);
    for (String line = in.readLine(); line != null; line = in.readLine()) out.println(answer(verbs, line));
  }
}
