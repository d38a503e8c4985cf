# Building, testing, and what comes from outside.

.PHONY: build packages test smoke bench data
# Optional parts of the package; 'TRAITS=' builds without. A note of them makes other traits a reason to build anew.
TRAITS ?= $(shell pipeline/traits)
override TRAITS := $(TRAITS)
ifeq ($(DRY_RUN)$(filter-out bin,$(BIN)),)
$(shell [ "$$(cat .build/traits 2>&1)" = '$(TRAITS)' ] || { mkdir -p .build && echo '$(TRAITS)' >.build/traits; })
endif
BINARIES := $(addprefix $(BIN)/,tokenize train-anyorder extract-orders distill sample score shard)

build: packages $(BINARIES) ## Build the seven binaries into bin/
packages: ## Install what building needs (as root), or name what is missing
	@pipeline/require build
	@pipeline/require options

# Binaries of another folder (BIN=…) are taken as they are.
ifeq ($(BIN),bin)
$(BINARIES) &: $(shell find Package.swift Sources -type f) $(wildcard .build/traits)
	@pipeline/require build $(if $(filter all report,$(GOALS)),data '$(DATA_SOURCE)' '$(DATA_PATH)')
	swift build -c release $(TRAITS)
	@mkdir -p $(BIN); for file in $(BINARIES); do \
	  cmp -s .build/release/$${file##*/} $$file || { cp .build/release/$${file##*/} $$file.new && mv $$file.new $$file; }; \
	done; touch $(BINARIES)
endif

test: ## Run all tests
	@pipeline/require build
	swift test -c release $(TRAITS)

smoke: ## Run the whole pipeline on a tiny synthetic set, in under a minute
	$(MAKE) all PRESET=smoke

bench: ## Measure training, extraction and sampling against this machine's matrix-multiply peak
	@pipeline/require build
	swift build -c release $(TRAITS) --product benchmark
	.build/release/benchmark $(if $(THREADS),--threads $(THREADS))

ifneq ($(SETTINGS_GOALS),)
data: packages $(DATA_FILES) ## Install the preset's data and fetch the feature network
	@rm -f $(UNAVAILABLE)
	@pipeline/require network '$(FEATURE_NETWORK)' $(UNAVAILABLE)
# Made if missing; as order-only prerequisites they never make anything out of date.
$(DATA_FILES):
	@pipeline/require data '$(DATA_SOURCE)' '$(DATA_PATH)'
$(filter-out $(DATA_FILES),$(FEATURE_NETWORK)):
	@pipeline/require network '$@' $(UNAVAILABLE)
endif
