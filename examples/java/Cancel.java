import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;

/** Cancels an order, and finds out what happened where that is in doubt. Usage: java Cancel.java BASE_URL */
public class Cancel {
  static final String ACCESS_KEY = System.getenv().getOrDefault("EBP_ACCESS_KEY", "sandbox-access-key");
  static final String HASH_KEY = System.getenv().getOrDefault("EBP_HASH_KEY", "sandbox-hash-key");

  static final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(5)).build();

  /** No response that can be read: the call may have been carried out or not. */
  static class InDoubt extends Exception {}

  /** Nothing was carried out: the same call may work after a pause. */
  static class TryLater extends Exception {
    final long seconds;

    TryLater(long seconds) {
      this.seconds = seconds;
    }
  }

  final String base;

  Cancel(String base) {
    this.base = base;
  }

  /** Sends a call and returns the JSON of its response. */
  String call(String path, String body) throws Exception {
    // The signature is over the bytes that are sent, so the body is serialized once.
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    digest.update(bytes);
    digest.update(HASH_KEY.getBytes(StandardCharsets.UTF_8));
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(base + "/api/v2/payment/" + path))
            .timeout(Duration.ofSeconds(10))
            .headers(
                "Content-Type", "application/json; charset=utf-8",
                "Accept", "application/json",
                "X-Access-Key", ACCESS_KEY,
                "X-EBP-Signature", HexFormat.of().formatHex(digest.digest()),
                "X-Division-Code", "SBX",
                "X-Store-Id", "SANDBOX",
                "X-Channel-Code", "SBX",
                "X-Ric-Code", "KIC",
                "X-Country-Code", "KR",
                "X-Currency-Code", "KRW")
            .POST(HttpRequest.BodyPublishers.ofByteArray(bytes))
            .build();
    HttpResponse<String> response;
    try {
      response = client.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (IOException lost) {
      throw new InDoubt();
    }
    int status = response.statusCode();
    if (status == 503 || status == 429) throw new TryLater(response.headers().firstValueAsLong("Retry-After").orElse(0));
    String answer = response.body();
    // A gateway answers in HTML, with JSON of its own, or breaks off, with status 200 too: only resultCode counts.
    // Java has no JSON reader of its own; with one, read amounts as BigDecimal.
    boolean isWhole = answer.startsWith("{\"resultCode\":\"") && answer.endsWith("}");
    if (isWhole && answer.startsWith("{\"resultCode\":\"0\"")) return answer;
    if (isWhole && answer.startsWith("{\"resultCode\":\"EBP-C-0011\"")) throw new TryLater(0);
    if (!isWhole || status >= 500) throw new InDoubt();
    throw new IllegalStateException(answer);
  }

  /** Cancels the whole order. When in doubt it looks the order up; only a cancel that did not happen is sent again. */
  String cancel(String orderNo, String body) throws Exception {
    for (int attempt = 0; attempt < 4; attempt++) {
      long pause = 1L << attempt;
      try {
        call("cancel", body);
        return "cancelled";
      } catch (TryLater later) {
        pause = Math.max(pause, later.seconds);
      } catch (InDoubt doubt) {
        String detail = call("detail", "{\"orderNo\": \"" + orderNo + "\"}");
        if (detail.contains("\"paymentStatus\":\"REFUNDED\"")) return "recovered";
      }
      Thread.sleep(Duration.ofSeconds(pause).toMillis());
    }
    throw new IllegalStateException("four attempts, and the order is not cancelled");
  }

  public static void main(String[] arguments) throws Exception {
    String base = arguments.length > 0 ? arguments[0] : "http://127.0.0.1:4232";
    String body =
        """
        {"orderNo": "ORD20251224001", "totalCancelAmount": 106000.0, "items": [
          {"seq": 1, "itemType": "PHYSICAL", "itemId": "P001", "quantity": 2, "amount": 50000.0, "taxAmount": 5000.0},
          {"seq": 2, "itemType": "PHYSICAL", "itemId": "P002", "quantity": 1, "amount": 3000.0, "taxAmount": 0.0},
          {"seq": 3, "itemType": "PHYSICAL", "itemId": "P003", "quantity": 1, "amount": 3000.0, "taxAmount": 0.0}]}
        """;
    System.out.println(new Cancel(base).cancel("ORD20251224001", body));
  }
}
