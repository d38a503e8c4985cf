# Building, testing, and what comes from outside.

.PHONY: build completion packages test mutants smoke bench bench-curves bench-scale benchmark data
# Optional parts of the package; 'TRAITS=' builds without. A note of them makes other traits a reason to build anew.
TRAITS ?= $(shell pipeline/traits)
override TRAITS := $(TRAITS)
ifeq ($(DRY_RUN)$(filter-out bin,$(BIN)),)
$(shell [ "$$(cat .build/traits 2>&1)" = '$(TRAITS)' ] || { mkdir -p .build && echo '$(TRAITS)' >.build/traits; })
endif

build: packages $(BINARIES) ## Build the seven binaries into bin/
completion: $(BINARIES) ## Write shell completions of the binaries into bin/completions, and say how to use them
	@pipeline/completion $(BIN)
packages: ## Install what building needs (as root), or name what is missing
	@pipeline/require build
	@pipeline/require options

# The run's data, as words for pipeline/require.
required_data = data $(call quoted,$(DATA_SOURCE)) $(call quoted,$(DATA_PATH))

# Binaries of another folder (BIN=…) are taken as they are.
ifeq ($(BIN),bin)
$(BINARIES) &: $(shell find Package.swift Sources -type f) $(wildcard .build/traits)
	@pipeline/require build $(if $(filter all report,$(GOALS)),$(required_data))
	swift build -c release $(TRAITS)
	@mkdir -p $(BIN); for file in $(BINARIES); do \
	  cmp -s .build/release/$${file##*/} $$file || { cp .build/release/$${file##*/} $$file.new.$$$$ && mv $$file.new.$$$$ $$file; }; \
	done; touch $(BINARIES)
endif

test: ## Run all tests
	@pipeline/require build
	swift test -c release $(TRAITS)

mutants: ## Put deliberate faults into a copy and count those that the tests notice
	@pipeline/require build
	TRAITS='$(TRAITS)' pipeline/mutants/run

smoke: ## Run the whole pipeline on a tiny synthetic set, in under a minute
	$(MAKE) all PRESET=smoke

# The table has ratios to PyTorch where PYTHON can import torch.
BENCHMARK = .build/release/benchmark $(1) $(if $(THREADS),--threads $(THREADS))
# What models with double positions, of classes and of texts, are measured in.
ORDERED := train extract extract-policy random policy greedy
bench: benchmark ## Measure rates, latency and heap growth into work/bench/
	$(call BENCHMARK,table) --python $(PYTHON) --json work/bench/table.json --markdown work/bench/table.md
	$(call BENCHMARK,table) --only $(ORDERED) --positions double-relative --no-memory --json work/bench/double.json --markdown work/bench/double.md
	$(call BENCHMARK,table) --only $(ORDERED) --positions double-relative --text-length 32 --no-memory --python $(PYTHON) --json work/bench/text.json --markdown work/bench/text.md
	$(call BENCHMARK,latency) --json work/bench/latency.json --markdown work/bench/latency.md
	$(call BENCHMARK,growth --width 96 --layers 4 --heads 4 --codes 256 --grid 7 --classes 10) \
	  --json work/bench/growth.json --markdown work/bench/growth.md
bench-curves: benchmark ## Measure rates against tokens, batch, width and threads, and draw them
	$(call BENCHMARK,curves) --json pipeline/pictures/speed.json --svg pipeline/pictures/speed.svg
bench-scale: benchmark ## Sample, extract and train once at the size of RandAR-XL
	$(call BENCHMARK,scale) --json work/bench/scale.json --markdown work/bench/scale.md
benchmark:
	@pipeline/require build
	swift build -c release $(TRAITS) --product benchmark

ifneq ($(SETTINGS_GOALS),)
data: packages $(MISSING_DATA) ## Install the preset's data and fetch the feature network
	@rm -f $(UNAVAILABLE)
	@pipeline/require network $(call quoted,$(FEATURE_NETWORK)) $(UNAVAILABLE)
	$(if $(PERCEPTUAL_NETWORK),@pipeline/require perceptual $(call quoted,$(PERCEPTUAL_NETWORK)))
# As order-only prerequisites these never make anything out of date.
.PHONY: missing-data missing-network missing-perceptual
missing-data:
	@pipeline/require $(required_data)
missing-network:
	@pipeline/require network $(call quoted,$(FEATURE_NETWORK)) $(UNAVAILABLE)
missing-perceptual:
	@pipeline/require perceptual $(call quoted,$(PERCEPTUAL_NETWORK))
endif
