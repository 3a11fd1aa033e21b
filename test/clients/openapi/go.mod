module sluice/openapi

go 1.23

require github.com/stripe/stripe-mock v0.203.0
