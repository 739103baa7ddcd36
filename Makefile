# Everything here works on a machine that has only Node 20 with npm and root; the rest is installed as needed.
export PATH := $(CURDIR)/.tools/bin:$(CURDIR)/node_modules/.bin:$(PATH)
# A registry that stops in the middle is asked again after a minute, not after five.
export npm_config_fetch_timeout := 60000
.DEFAULT_GOAL := help
.PHONY: help setup bases demo check test unit e2e examples bench format clean distclean

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: bases ## Build and run the example application, print its address
	@scripts/demo

test: bases check unit e2e examples ## Check the sources and run all tests

check: setup ## Check types, lint, formatting, and look for dead code
	@npm run --silent check
	@npm run --silent lint
	@npm run --silent format:check
	@npm run --silent dead

unit: setup ## Run the unit tests
	@npm run --silent test:unit

e2e: bases ## Run the tests that drive a whole engine
	@npm run --silent test:e2e

examples: bases ## Test the base images and the Compose applications of examples/
	@scripts/check-examples

bench: bases ## Measure against a real Docker, if there is one
	@bench/run

format: setup ## Format the sources
	@npm run --silent format

bases: setup ## Make the base images (kept in .cache/bases)
	@scripts/bases

setup: ## Install what is missing: system packages, Node, npm packages
	@scripts/setup

clean: ## Stop and remove all that demo and test made
	@scripts/clean

distclean: clean ## Remove also what was installed into this folder
	rm -rf .tools node_modules
