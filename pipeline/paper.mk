# The paper's tables of text to image, each by one command (PAPER.md says which rows of which page they are).
#
# Each is made of runs, by a make of its own; what is there already is not made again.

TABLES := table-4 table-5 table-7 table-8 table-9 table-c2 table-c5 table-c7 table-c8
.PHONY: $(TABLES) captions-run
RUN_OF = $(MAKE) --no-print-directory all RUN=work/$(1)
CAPTIONS := work/captions

captions-run:
	$(call RUN_OF,captions) PRESET=captions
table-4: captions-run ## Text to image: raster, random and specialised orders, in training and in drawing
table-5: ## The same on a second data set, emoji
	$(call RUN_OF,emoji) PRESET=emoji
table-7: captions-run ## Absolute against relative positions of what comes next
	$(call RUN_OF,captions-relative) PRESET=captions SET=model.positions=double-relative TOKENIZER=$(CAPTIONS)/tokenizer/model.shard TOKENS_DIR=$(CAPTIONS)/tokens
	$(BIN)/score runs $(CAPTIONS) work/captions-relative
table-8: benchmark ## Seconds and rows of one image in five ways, at 64 and 256 tokens
	for side in 8 16; do $(call BENCHMARK,latency) --width 128 --layers 4 --heads 4 --codes 256 --positions double-absolute --text-length 16 --grid $$side \
	  --json work/bench/table-8-$$side.json --markdown work/bench/table-8-$$side.md; done
table-9 table-c7: captions-run ## A penalty on distance in both readings, and location and code drawn together
	$(call RUN_OF,captions-decoding) PRESET=captions-decoding FROM=$(CAPTIONS)
table-c2: captions-run ## V-information of the model's own orders over raster order
	$(BIN)/score information --config $(CAPTIONS)/config/score.json \
	  --models $(CAPTIONS)/anyorder/model.shard $(CAPTIONS)/distill/model.shard --tokens $(CAPTIONS)/tokens/test \
	  --orders $(CAPTIONS)/orders-test --over raster --out $(CAPTIONS)/information.json
table-c5: ## White against noise behind what is drawn, and how far apart the orders' steps are
	$(call RUN_OF,captions-white) PRESET=captions-background
	$(call RUN_OF,captions-noise) PRESET=captions-background SET=data.background=noise
	$(BIN)/score runs work/captions-white work/captions-noise
table-c8: ## Distilling against as many any-order steps, with two trainings
	$(MAKE) --no-print-directory replicate PRESET=captions SEEDS='$(or $(SEEDS),1 2)'
