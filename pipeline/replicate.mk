# Several trainings of one preset, each in a run of its own, and one page with the training as the unit.
#
# Each run is made by a make of its own, which alone knows what it lacks; its report stands for it.

.PHONY: replicate again
SEEDS ?=
REPLICATES := $(RUN)-replicates.html
replicate: $(REPLICATES) ## Train the preset once for each of SEEDS='1 2 3' and compare by training seed

ifneq ($(filter replicate,$(GOALS)),)
SEEDS_PROBLEM := $(shell pipeline/seeds --check $(call quoted,$(value SEEDS)))
$(if $(SEEDS_PROBLEM),$(error $(SEEDS_PROBLEM)))
# The tokenizer is trained anew too, unless it or tokens come from elsewhere; models always.
SHARED := $(filter TOKENIZER=% TOKENS_DIR=%,$(GIVEN))
SHARED_SECTIONS := $(if $(SHARED),tokenizer$(if $(filter TOKENS_DIR=%,$(SHARED)), data tokens))
NOT_SHARED := $(firstword $(filter-out $(SHARED),$(GIVEN)))
$(if $(NOT_SHARED),$(error $(NOT_SHARED) is given, but replicate trains every model anew: leave it away, or give TOKENIZER or TOKENS_DIR alone))
REPLICATED := $(SEEDS:%=$(RUN)-seed-%)

$(REPLICATED:%=%/report.html): $(RUN)-seed-%/report.html: again
	@set=$$(SET=$(call quoted,$(SET)) FROZEN='$(SHARED_SECTIONS)' pipeline/seeds $(call quoted,$(PRESET)) $*) && \
	$(MAKE) --no-print-directory all RUN=$(RUN)-seed-$* PRESET=$(PRESET) SET="$$set" $(SHARED)
# What Slurm has in hand cannot be compared yet.
under_way = $(if $(filter slurm,$(LAUNCHER)),$(shell pipeline/slurm/idle $(REPLICATED)))
$(REPLICATES): $(REPLICATED:%=%/report.html) | $(BIN)/score
	$(if $(under_way),@echo 'make: jobs of $(under_way) are under way; the same command writes $@ when they are done',$(LAUNCH) $(BIN)/score replicates $(REPLICATED) --out $@ $(OPTIONS))
endif
