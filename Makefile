# Everything a person types. The work is in infra/local/. `make help` lists the targets; variables may follow: make demo MOVEMENTS=20000
.DEFAULT_GOAL := help
.PHONY: help dev up down demo logs invoke test lint bench histories screenshots conformance openapi configuration manifest
run := infra/local/run

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 22

dev: ## the whole app on this machine, in the foreground: open http://localhost:4000; Ctrl-C stops everything
	@$(run) dev

up: ## the same in the background; variables for other programs in .local/stack.env
	@$(run) up

down: ## stops what `make up` started
	@$(run) down

demo: ## the main job without a human: install, connect, sync, prove (MOVEMENTS=2000; CORE_URL=… CORE_KEY=… for a real Core)
	@$(run) demo

invoke: ## a sample event, filled in, on the running stack's function: EVENT=events/callback-install-newest.json (WATCH=9000: on `cargo lambda watch`)
	@WATCH=$(WATCH) $(run) invoke $(EVENT)

logs: ## the functions' logs of the running stack, as they come
	@$(run) logs

test: ## every test, the deployed ones on a stack of their own
	@$(run) test

lint: ## format, lints, structure, docs, types, template
	@$(run) lint

bench: ## the measurements (tests named bench_…) on a running stack
	@$(run) bench

histories: ## thousands of random histories, faults and schedules against the worker, judged by an oracle: CASES=5000
	@HISTORIES_CASES=$(or $(CASES),5000) cargo test --profile histories -p histories --test histories -- --nocapture

screenshots: ## pictures of every state of the portal, at three widths, light and dark, in .local/screenshots; those of the README
	@$(run) screenshots

conformance: ## the checks of a ledger's answers: on an instance of their own in the running sandbox, or on a real Core (CORE_URL=… CORE_KEY=…)
	@$(run) conformance

openapi: ## writes functions/portal-api/openapi.json from the code, and the UI's types from it
	@cargo test --quiet -p portal-api --test api -- --ignored write_the_document && npm --prefix functions/portal-api/ui run types

configuration: ## writes infra/CONFIGURATION.md from the parameters of template.yaml
	@$(run) configuration

manifest: ## the filled-in manifest form for Blnk Cloud: of the local stack, or STACK=name of one in AWS
	@$(run) manifest $(STACK)
