# The whole chain once with a model of official size: what it takes, before anything is downloaded.
#
# The preset paper-scale on files of random numbers in the official layouts, which tell time and memory as well. They are
# imported as official files are, and used in place of the run's own models.

.PHONY: paper-scale
SIZE ?= randar-b
OFFICIAL := work/official
PICTURES := $(OFFICIAL)/pictures

paper-scale: ## Run everything once with random weights of the size of SIZE=randar-b, randar-l, randar-xl or randar-xxl

ifneq ($(filter paper-scale,$(GOALS)),)
# A make of its own, which a dry run only names: its preset is made of weights that are not there yet.
CHAIN = $(MAKE)
# What each output took, of the run's records in the sequence in which they were written.
COST_TABLE = jq -rn '"| output | stage | seconds | peak memory, GB |", "|---|---|---|---|", (inputs | \
  "| \(input_filename | ltrimstr("work/$(SIZE)/") | rtrimstr(".run.json")) | \(.stage) | \(.seconds * 10 | round / 10) | \(.peak_memory_bytes / 1e7 | round / 100) |")' \
  /dev/null $$(find work/$(SIZE) -name '*.run.json' -printf '%T@ %p\n' | sort -n | cut -d' ' -f2)

paper-scale: $(OFFICIAL)/$(SIZE).json $(OFFICIAL)/inception-v3.safetensors $(PICTURES)/train.tar $(PICTURES)/test.tar
	$(if $(DRY_RUN),,+)@code=0; $(CHAIN) --no-print-directory all PRESET=$< RUN=work/$(SIZE) TOKENIZER=$(OFFICIAL)/vq-16.shard \
	  MODEL=$(OFFICIAL)/$(SIZE).shard INCEPTION=$(OFFICIAL)/inception-v3.safetensors || code=$$?; $(COST_TABLE); exit $$code

$(OFFICIAL)/%.safetensors: | $(BIN)/shard
	$(BIN)/shard random-weights --model $* --out $@
$(OFFICIAL)/vq-16.shard: $(OFFICIAL)/vq-16.safetensors
	$(LAUNCH) $(BIN)/shard import weights $< --out $@
$(OFFICIAL)/randar-%.shard: $(OFFICIAL)/randar-%.safetensors $(OFFICIAL)/vq-16.shard
	$(LAUNCH) $(BIN)/shard import weights $< --tokenizer $(OFFICIAL)/vq-16.shard --out $@
# The sizes are those of the model's file.
$(OFFICIAL)/$(SIZE).json: pipeline/presets/paper-scale.json $(OFFICIAL)/$(SIZE).shard
	jq --argjson header "$$($(BIN)/shard cat $(OFFICIAL)/$(SIZE).shard --header)" \
	  '.model = ($$header.extra.model | {width, layers, heads, hidden})' $< >$@.new && mv $@.new $@

# Two pictures of this project, each twice, to test with; the one to train on has class 999, which makes it a thousand classes.
$(PICTURES)/train.tar: LABELS := 999
$(PICTURES)/test.tar: LABELS := 0 1 2 3
$(PICTURES)/%.tar: pipeline/pictures/fashion.png pipeline/pictures/editing.png
	@mkdir -p $(@D) && folder=$$(mktemp -d) && trap 'rm -r $$folder' EXIT && set -- $^ $^ && for label in $(LABELS); do \
	  cp $$1 $$folder/$$label.png && echo $$label >$$folder/$$label.cls && shift; done && \
	tar -cf $@.new -C $$folder $$(ls $$folder) && mv $@.new $@
.PRECIOUS: $(OFFICIAL)/%.safetensors $(OFFICIAL)/%.shard
endif
