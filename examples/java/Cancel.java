import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;

/** Cancels an order, and finds out what happened where the response is lost. Usage: java Cancel.java BASE_URL */
public class Cancel {
  static final String ACCESS_KEY = System.getenv().getOrDefault("EBP_ACCESS_KEY", "sandbox-access-key");
  static final String HASH_KEY = System.getenv().getOrDefault("EBP_HASH_KEY", "sandbox-hash-key");

  static final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(5)).build();

  final String base;

  Cancel(String base) {
    this.base = base;
  }

  /** Sends a call and returns the JSON of its response; an IOException means that no response came. */
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
    String answer = client.send(request, HttpResponse.BodyHandlers.ofString()).body();
    // Java has no JSON reader of its own; with one, read amounts as BigDecimal.
    if (!answer.startsWith("{\"resultCode\":\"0\"")) throw new IllegalStateException(answer);
    return answer;
  }

  /** Cancels the whole order. A lost response is looked up; only a cancel that did not happen is sent again. */
  String cancel(String orderNo, String body) throws Exception {
    for (int attempt = 1; attempt <= 3; attempt++) {
      try {
        call("cancel", body);
        return "cancelled";
      } catch (IOException lost) {
        String detail = call("detail", "{\"orderNo\": \"" + orderNo + "\"}");
        if (detail.contains("\"paymentStatus\":\"REFUNDED\"")) return "recovered";
      }
    }
    throw new IllegalStateException("three attempts, and the order is not cancelled");
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
