// The journey of test/clients in Go: prints what it saw as one JSON object.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	stripe "github.com/stripe/stripe-go/v85"
	"github.com/stripe/stripe-go/v85/webhook"
)

func clientAt(base string, retries int64) *stripe.Client {
	backends := stripe.NewBackendsWithConfig(&stripe.BackendConfig{
		URL:               stripe.String(base),
		MaxNetworkRetries: stripe.Int64(retries),
		LeveledLogger:     &stripe.LeveledLogger{Level: stripe.LevelNull},
	})
	return stripe.NewClient(os.Getenv("API_KEY"), stripe.WithBackends(backends))
}

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

func refused(err error) []any {
	var failure *stripe.Error
	if !errors.As(err, &failure) {
		return nil
	}
	return []any{failure.Type, failure.HTTPStatusCode, failure.Code, failure.DeclineCode}
}

func eventually(attempt func() bool) bool {
	for range 300 {
		if attempt() {
			return true
		}
		time.Sleep(100 * time.Millisecond)
	}
	return false
}

func card(amount int64, method string) *stripe.PaymentIntentCreateParams {
	return &stripe.PaymentIntentCreateParams{
		Amount:        stripe.Int64(amount),
		Currency:      stripe.String("usd"),
		Confirm:       stripe.Bool(true),
		PaymentMethod: stripe.String(method),
	}
}

type delivery struct {
	body      []byte
	signature string
}

func main() {
	client := clientAt(os.Getenv("API_BASE"), 0)
	ctx := context.Background()
	seen := map[string]any{}

	received := make(chan delivery, 16)
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	go http.Serve(listener, http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		received <- delivery{must(io.ReadAll(request.Body)), request.Header.Get("Stripe-Signature")}
	}))
	endpoint := must(client.V1WebhookEndpoints.Create(ctx, &stripe.WebhookEndpointCreateParams{
		URL:           stripe.String("http://" + listener.Addr().String() + "/hook"),
		EnabledEvents: stripe.StringSlice([]string{"payment_intent.succeeded"}),
		APIVersion:    stripe.String(stripe.APIVersion),
	}))

	params := card(2000, "pm_card_visa")
	params.AddMetadata("order", "7")
	paid := must(client.V1PaymentIntents.Create(ctx, params))
	seen["paid"] = []any{paid.Status, paid.Amount}
	_, err := client.V1PaymentIntents.Create(ctx, card(2000, "pm_card_chargeDeclinedInsufficientFunds"))
	seen["declined"] = refused(err)
	_, err = client.V1PaymentIntents.Retrieve(ctx, "pi_missing", nil)
	seen["missing"] = refused(err)

	for count := range 5 {
		must(client.V1Customers.Create(ctx, &stripe.CustomerCreateParams{
			Email: stripe.String(fmt.Sprintf("payer%d@example.com", count)),
		}))
	}
	walked := map[string]bool{}
	customers := &stripe.CustomerListParams{}
	customers.Limit = stripe.Int64(2)
	for customer, err := range client.V1Customers.List(ctx, customers).All(ctx) {
		walked[must(customer, err).ID] = true
	}
	seen["walked"] = len(walked)
	search := &stripe.PaymentIntentSearchParams{}
	search.Query = "metadata['order']:'7'"
	seen["found"] = eventually(func() bool {
		for intent, err := range client.V1PaymentIntents.Search(ctx, search).All(ctx) {
			return must(intent, err).ID == paid.ID
		}
		return false
	})

	got := <-received
	event := must(webhook.ConstructEvent(got.body, got.signature, endpoint.Secret))
	var intent stripe.PaymentIntent
	must(0, json.Unmarshal(event.Data.Raw, &intent))
	seen["webhook"] = []any{event.Type, intent.ID == paid.ID, intent.Amount}
	_, err = webhook.ConstructEvent(got.body, got.signature, "whsec_other")
	seen["forged"] = errors.Is(err, webhook.ErrNoValidSignature)
	must(client.V1WebhookEndpoints.Delete(ctx, endpoint.ID, nil))

	once := card(2000, "pm_card_visa")
	once.SetIdempotencyKey("once")
	first := must(client.V1PaymentIntents.Create(ctx, once))
	seen["replayed"] = must(client.V1PaymentIntents.Create(ctx, once)).ID == first.ID
	once.Amount = stripe.Int64(2100)
	_, err = client.V1PaymentIntents.Create(ctx, once)
	seen["conflicting"] = refused(err)
	retried := must(clientAt(os.Getenv("FLAKY_BASE"), 2).V1PaymentIntents.Create(ctx, card(2200, "pm_card_visa")))
	same := 0
	for intent, err := range client.V1PaymentIntents.List(ctx, &stripe.PaymentIntentListParams{}).All(ctx) {
		if must(intent, err).Amount == 2200 {
			same++
		}
	}
	seen["retried"] = []any{retried.Status, same}
	must(0, json.NewEncoder(os.Stdout).Encode(seen))
}
