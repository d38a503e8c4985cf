# Looking at a run and tidying it.

.PHONY: status verify clean clean-stale $(STAGE_FOLDERS:%=clean-%)

ifneq ($(SETTINGS_GOALS),)
status: ## Show what a run has: files done, newest time, content id
	@pipeline/status $(RUN) \
	  tokenizer '$(TOKENIZER)' tokens '$(TOKENS)' anyorder '$(MODEL)' orders '$(ORDERS)' orders-test '$(TEST_ORDERS)' \
	  $(foreach model,$(filter-out anyorder,$(MODELS)),$(model) '$(RUN)/$(model)/model.shard') \
	  $(foreach arm,$(ARMS),samples/$(arm) '$(call samples,$(arm))') \
	  features '$(FEATURES)' scores '$(SCORES) $(LIKELIHOODS)' \
	  editing '$(EDITS) $(EDIT_SCORES)' report '$(RUN)/report.html'

verify: ## Verify every shard of a run
	@pipeline/verify $(BIN)/shard $(SHARDS) $(wildcard $(EDITS) $(EDIT_FEATURES))

clean-stale: ## Delete what the settings of a run no longer use
	@mapfile -t files < <(find $(RUN) -type f \( -name '*.shard' -o -name '*.damaged' -o -name '.*.tmp.*' -o -path '*/stale/*' \) \
	  -not -path '*/checkpoints/*' | sort | grep -vxF -f <(printf '%s\n' $(EVERYTHING))); \
	FORCE='$(FORCE)' pipeline/clean "$${files[@]}"
endif

$(STAGE_FOLDERS:%=clean-%): clean-%:
	@FORCE='$(FORCE)' pipeline/clean $(RUN)/$*
clean:
	@echo "Say what to delete: make clean-stale, or clean-STAGE for one of $(STAGE_FOLDERS)." >&2; exit 64
