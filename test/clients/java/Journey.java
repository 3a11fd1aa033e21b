/* The journey of test/clients in Java: prints what it saw as one JSON object. */
import com.google.gson.GsonBuilder;
import com.stripe.Stripe;
import com.stripe.StripeClient;
import com.stripe.exception.CardException;
import com.stripe.exception.SignatureVerificationException;
import com.stripe.exception.StripeException;
import com.stripe.model.Customer;
import com.stripe.model.Event;
import com.stripe.model.PaymentIntent;
import com.stripe.model.StripeObject;
import com.stripe.net.RequestOptions;
import com.stripe.net.Webhook;
import com.stripe.param.CustomerCreateParams;
import com.stripe.param.CustomerListParams;
import com.stripe.param.PaymentIntentCreateParams;
import com.stripe.param.PaymentIntentListParams;
import com.stripe.param.PaymentIntentSearchParams;
import com.stripe.param.WebhookEndpointCreateParams;
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

public class Journey {
  static List<Object> refused(Callable<?> call) throws Exception {
    try {
      call.call();
      return null;
    } catch (StripeException error) {
      String decline = error instanceof CardException ? ((CardException) error).getDeclineCode() : null;
      return Arrays.asList(error.getClass().getSimpleName(), error.getStatusCode(), error.getCode(), decline);
    }
  }

  static PaymentIntentCreateParams.Builder card(long amount, String method) {
    return PaymentIntentCreateParams.builder()
        .setAmount(amount).setCurrency("usd").setConfirm(true).setPaymentMethod(method);
  }

  static StripeClient clientAt(String base, int retries) {
    return StripeClient.builder()
        .setApiKey(System.getenv("API_KEY")).setApiBase(base).setMaxNetworkRetries(retries).build();
  }

  public static void main(String[] arguments) throws Exception {
    StripeClient client = clientAt(System.getenv("API_BASE"), 0);
    Map<String, Object> seen = new LinkedHashMap<>();
    var received = new LinkedBlockingQueue<List<String>>();
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext("/hook", exchange -> {
      String body = new String(exchange.getRequestBody().readAllBytes(), "UTF-8");
      received.add(List.of(body, exchange.getRequestHeaders().getFirst("Stripe-Signature")));
      exchange.sendResponseHeaders(200, -1);
      exchange.close();
    });
    server.start();
    var version = Arrays.stream(WebhookEndpointCreateParams.ApiVersion.values())
        .filter(each -> each.getValue().equals(Stripe.API_VERSION)).findFirst().orElseThrow();
    var endpoint = client.v1().webhookEndpoints().create(WebhookEndpointCreateParams.builder()
        .setUrl("http://127.0.0.1:" + server.getAddress().getPort() + "/hook")
        .addEnabledEvent(WebhookEndpointCreateParams.EnabledEvent.PAYMENT_INTENT__SUCCEEDED)
        .setApiVersion(version).build());

    var intents = client.v1().paymentIntents();
    PaymentIntent paid = intents.create(card(2000, "pm_card_visa").putMetadata("order", "7").build());
    seen.put("paid", List.of(paid.getStatus(), paid.getAmount()));
    seen.put("declined", refused(() ->
        intents.create(card(2000, "pm_card_chargeDeclinedInsufficientFunds").build())));
    seen.put("missing", refused(() -> intents.retrieve("pi_missing")));

    for (int count = 0; count < 5; count++)
      client.v1().customers().create(
          CustomerCreateParams.builder().setEmail("payer" + count + "@example.com").build());
    Set<String> walked = new HashSet<>();
    for (Customer customer :
        client.v1().customers().list(CustomerListParams.builder().setLimit(2L).build()).autoPagingIterable())
      walked.add(customer.getId());
    seen.put("walked", walked.size());
    var query = PaymentIntentSearchParams.builder().setQuery("metadata['order']:'7'").build();
    List<PaymentIntent> found = new ArrayList<>();
    for (int round = 0; round < 300 && found.isEmpty(); round++) {
      found = intents.search(query).getData();
      if (found.isEmpty()) Thread.sleep(100);
    }
    seen.put("found", !found.isEmpty() && found.get(0).getId().equals(paid.getId()));

    List<String> got = received.poll(30, TimeUnit.SECONDS);
    Event event = Webhook.constructEvent(got.get(0), got.get(1), endpoint.getSecret());
    Optional<StripeObject> object = event.getDataObjectDeserializer().getObject();
    PaymentIntent told = (PaymentIntent) object.orElseThrow();
    seen.put("webhook", List.of(event.getType(), told.getId().equals(paid.getId()), told.getAmount()));
    try {
      Webhook.constructEvent(got.get(0), got.get(1), "whsec_other");
    } catch (SignatureVerificationException error) {
      seen.put("forged", error.getClass().getSimpleName());
    }
    client.v1().webhookEndpoints().delete(endpoint.getId());

    RequestOptions once = RequestOptions.builder().setIdempotencyKey("once").build();
    PaymentIntent first = intents.create(card(2000, "pm_card_visa").build(), once);
    PaymentIntent again = intents.create(card(2000, "pm_card_visa").build(), once);
    seen.put("replayed", again.getId().equals(first.getId()));
    seen.put("conflicting", refused(() -> intents.create(card(2100, "pm_card_visa").build(), once)));
    PaymentIntent retried =
        clientAt(System.getenv("FLAKY_BASE"), 2).v1().paymentIntents().create(card(2200, "pm_card_visa").build());
    long same = intents.list(PaymentIntentListParams.builder().setLimit(100L).build()).getData().stream()
        .filter(intent -> intent.getAmount() == 2200).count();
    seen.put("retried", List.of(retried.getStatus(), same));
    System.out.println(new GsonBuilder().serializeNulls().create().toJson(seen));
    System.exit(0);
  }
}
