# Looking at a run and tidying it.

.PHONY: status verify compare clean clean-stale $(STAGE_FOLDERS:%=clean-%)

ifneq ($(SETTINGS_GOALS),)
# A line for each stage: its name and its files. A model that nothing needs has one if it is there.
model_status = $(1) $(if $(filter $(PLANNED),$(1)),$(call model,$(1)),$(wildcard $(call model,$(1))))
define status_stages
tokenizer $(TOKENIZER)
$(if $(TEXT),text $(TEXT_TOKENIZER) $(TEXTS))
tokens $(TOKENS)
$(if $(EXTRACTOR),$(call model_status,$(EXTRACTOR))$(newline)orders $(PLANNED_ORDERS)$(newline)orders-test $(PLANNED_TEST_ORDERS))
$(foreach rule,$(RULES_PLANNED),rules/$(rule) $(call ruled,$(rule))$(newline))
$(foreach name,$(filter-out $(EXTRACTOR),$(MODELS)),$(call model_status,$(name))$(newline))
$(foreach arm,$(ARMS),samples/$(arm) $(call samples,$(arm))$(newline))
features $(FEATURES)
scores $(SCORES) $(LIKELIHOODS)
editing $(EDITS) $(EDIT_SCORES)
report $(RUN)/report.html
endef
status: ## Show what a run has: files done, newest time, content id
	@list=$(call listed,$(status_stages)); exec <$$list; rm $$list; pipeline/status $(RUN) $(BIN)/shard; pipeline/slurm/jobs $(RUN) || true

verify: ## Verify every shard and score of a run
	@list=$(call listed,$(call lines,$(SHARDS) $(PROGRESS) $(wildcard $(EDITS) $(EDIT_FEATURES) $(SCORES) $(LIKELIHOODS) $(SENTENCES) $(EDIT_SCORES)))); exec <$$list; rm $$list; pipeline/verify $(BIN)/shard

clean-stale: ## Delete what the settings of a run no longer use
	@list=$(call listed,$(call lines,$(EVERYTHING) $(PROGRESS))); exec <$$list; rm $$list; \
	FORCE='$(FORCE)' FOLDERS='$(STAGE_FOLDERS)' pipeline/clean --stale $(RUN)
endif

$(STAGE_FOLDERS:%=clean-%): clean-%:
	@FORCE='$(FORCE)' pipeline/clean $(RUN)/$*
compared = $(or $(call folder,$($(1))),$(error compare needs two runs: make compare A=work/x B=work/y))
compare: | $(BIN)/score ## Compare two runs, A=work/x B=work/y: settings, scores with tests, likelihoods (JSON=1: as JSON)
	@$(BIN)/score runs $(call compared,A) $(call compared,B) $(if $(JSON),--json)
clean:
	@echo "Say what to delete: make clean-stale, or clean-STAGE for one of $(sort $(STAGE_FOLDERS))." >&2; exit 64
