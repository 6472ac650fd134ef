import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Receives webhooks: verifies each, processes it once. Usage: java Receive.java [PORT] */
public class Receive {
  static final String SECRET = System.getenv().getOrDefault("EBP_WEBHOOK_SECRET", "sandbox-webhook-secret");
  static final long TOLERANCE_SECONDS = 300;

  /** Digests of the bodies that were processed; a store keeps them with its orders. */
  static final Set<String> processed = new HashSet<>();

  /** Why a webhook is not to be trusted; empty where it is. */
  static Optional<String> refusalOf(Headers headers, byte[] body) throws GeneralSecurityException {
    String timestamp = headers.getFirst("x-webhook-signature-timestamp");
    String signature = headers.getFirst("x-webhook-signature");
    if (timestamp == null || signature == null) return Optional.of("no signature");
    // The signature is over the bytes as they came, so it is checked before any JSON parser.
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
    mac.update((timestamp + ".").getBytes(StandardCharsets.UTF_8));
    String wanted = HexFormat.of().formatHex(mac.doFinal(body));
    // MessageDigest.isEqual takes the same time wherever the two differ; String.equals does not.
    if (!MessageDigest.isEqual(
        wanted.getBytes(StandardCharsets.UTF_8), signature.getBytes(StandardCharsets.UTF_8))) {
      return Optional.of("wrong signature");
    }
    // Whoever recorded a webhook can send it again; its signature still fits.
    if (Math.abs(Instant.now().getEpochSecond() - Long.parseLong(timestamp)) > TOLERANCE_SECONDS) {
      return Optional.of("too old");
    }
    return Optional.empty();
  }

  /** Does what the store has to do, once: the same event can come twice, and events come in any order. */
  static synchronized String processOnce(byte[] body) throws GeneralSecurityException {
    String digest = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body));
    if (!processed.add(digest)) return "duplicate";
    String json = new String(body, StandardCharsets.UTF_8);
    System.out.println(text(json, "eventType") + " " + text(json, "orderNo") + " " + text(json, "resultCode"));
    return "processed";
  }

  /** Enough for this example; a store uses its JSON library, which must read amounts as BigDecimal. */
  static String text(String json, String name) {
    Matcher found = Pattern.compile("\"" + name + "\"\\s*:\\s*\"([^\"]*)\"").matcher(json);
    return found.find() ? found.group(1) : "";
  }

  public static void main(String[] args) throws Exception {
    int port = args.length > 0 ? Integer.parseInt(args[0]) : 0;
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    server.createContext(
        "/",
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          try {
            Optional<String> refusal = refusalOf(exchange.getRequestHeaders(), body);
            String said = refusal.isPresent() ? refusal.get() : processOnce(body);
            byte[] bytes = said.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/plain");
            exchange.sendResponseHeaders(refusal.isPresent() ? 401 : 200, bytes.length);
            exchange.getResponseBody().write(bytes);
          } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
          } finally {
            exchange.close();
          }
        });
    server.start();
    System.out.println("http://127.0.0.1:" + server.getAddress().getPort());
  }
}
