import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;

/** Written from openapi.json alone: its server, path, parameters, security scheme and the example named "items". */
public class Stranger {
  public static void main(String[] given) throws Exception {
    URI document = URI.create(given[0]);
    URI server = document.resolve(".."); // "servers" of the document, relative to its own address

    String body = """
        {"orderNo": "ORD20251224001", "totalCancelAmount": 6000.0, "items": [
          {"seq": 2, "itemType": "PHYSICAL", "itemId": "P002", "quantity": 1, "amount": 3000.0, "taxAmount": 0.0},
          {"seq": 3, "itemType": "PHYSICAL", "itemId": "P003", "quantity": 1, "amount": 3000.0, "taxAmount": 0.0}]}""";
    byte[] signature =
        MessageDigest.getInstance("SHA-256").digest((body + "sandbox-hash-key").getBytes(StandardCharsets.UTF_8));

    HttpRequest request =
        HttpRequest.newBuilder(server.resolve("api/v2/payment/cancel"))
            .header("Content-Type", "application/json")
            .header("Accept", "application/json")
            .header("X-Access-Key", "sandbox-access-key")
            .header("X-EBP-Signature", HexFormat.of().formatHex(signature))
            .header("X-Division-Code", "SBX")
            .header("X-Store-Id", "SANDBOX")
            .header("X-Channel-Code", "SBX")
            .header("X-Ric-Code", "KIC")
            .header("X-Country-Code", "KR")
            .header("X-Currency-Code", "KRW")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    HttpResponse<String> response = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    System.out.println(response.statusCode() + " " + response.body());
  }
}
