import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The two clients of the JDK, told what to send by lines of stdin; test/clients.test.ts says how. */
public class Clients {
    interface Client {
        String post(String url, String body, int timeout) throws IOException, InterruptedException;
    }

    static final HttpClient http = HttpClient.newHttpClient();

    static String byHttpClient(String url, String body, int timeout) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url))
            .timeout(Duration.ofMillis(timeout))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
        HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
        return response.statusCode() + " " + response.body().length;
    }

    static String byUrlConnection(String url, String body, int timeout) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
        connection.setReadTimeout(timeout);
        connection.setDoOutput(true);
        connection.setRequestProperty("Content-Type", "application/json");
        connection.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
        int status = connection.getResponseCode();
        try (InputStream stream = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            return status + " " + (stream == null ? 0 : stream.readAllBytes().length);
        }
    }

    /** What the client was told of each request; its first error is the last of it. */
    static String told(Client client, String[] parts, int timeout) throws InterruptedException {
        List<String> told = new ArrayList<>();
        try {
            for (int at = 2; at < parts.length; at += 2) told.add(client.post(parts[at], parts[at + 1], timeout));
        } catch (IOException error) {
            told.add(error.getClass().getSimpleName());
        }
        return String.join("\t", told);
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = lines.readLine()) != null; ) {
            String[] parts = line.split("\t");
            Client client = parts[0].equals("java.net.http") ? Clients::byHttpClient : Clients::byUrlConnection;
            System.out.println(told(client, parts, Integer.parseInt(parts[1])));
        }
    }
}
