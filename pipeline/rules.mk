# The stages: what is made from what, by which command. Each recipe is one line that works when pasted into a shell.
#
# Stages publish by renaming a complete file, so nothing that make could find is ever half-written, and .PRECIOUS
# keeps make from deleting on an interrupt. Binaries are order-only: a rebuilt one re-runs nothing.

parts = $(shell printf '%05d-of-%05d ' $$(for ((i = 0; i < $(1); i++)); do echo $$i $(1); done))
TRAIN_PARTS := $(call parts,$(TRAIN_SHARDS))
TEST_PARTS := $(call parts,$(TEST_SHARDS))
SAMPLE_PARTS := $(call parts,$(SAMPLE_SHARDS))

TRAIN_TOKENS := $(TRAIN_PARTS:%=$(TOKENS_DIR)/train/tokens-%.shard)
TEST_TOKENS := $(TEST_PARTS:%=$(TOKENS_DIR)/test/tokens-%.shard)
TOKENS := $(TRAIN_TOKENS) $(TEST_TOKENS)
# Captions, where the preset has a text tokenizer, and models of them.
TEXT_TOKENIZER := $(if $(TEXT),$(FROM)/text/tokenizer.shard)
TEXTS := $(if $(TEXT),$(RUN)/text/train.shard $(RUN)/text/test.shard)
# Where the preset has a classifier, it tells whether images drawn from captions show what these say.
CLASSIFIER := $(if $(CLASSIFIED),$(FROM)/classifier/model.shard)
SENTENCES := $(if $(CLASSIFIED),$(if $(CAPTIONED),$(ARMS:%=$(RUN)/sentences/%.json)))
captions = $(if $(CAPTIONED), --captions $(TOKENS_DIR)/test)
# Orders, if there is a model that extracts them.
ORDERS := $(if $(EXTRACTOR),$(TRAIN_PARTS:%=$(ORDERS_DIR)/orders-%.shard))
TEST_ORDERS := $(if $(EXTRACTOR),$(TEST_PARTS:%=$(TEST_ORDERS_DIR)/orders-%.shard))
# Where the preset has a policy, it learns from exact orders, of a share of the images, and makes those of all of them.
POLICY := $(if $(POLICY_PLANNED),$(RUN)/policy/model.shard)
EXACT_ORDERS := $(if $(POLICY),$(TRAIN_PARTS:%=$(RUN)/orders-exact/orders-%.shard))
# Those that the arms need, as the models in PLANNED.
PLANNED_ORDERS := $(if $(ORDERS_PLANNED),$(ORDERS))
PLANNED_TEST_ORDERS := $(if $(TEST_ORDERS_PLANNED),$(TEST_ORDERS))
# Orders by rules: shared ones in a shard of their own, those of images for each token shard.
RULES_THERE := $(if $(EXTRACTOR),$(RULES))
shared = $(if $(SHARED.$(1)),$(RUN)/rules/$(1)/static.shard)
rule_orders = $(TRAIN_PARTS:%=$(RUN)/rules/$(1)/orders-%.shard)
rule_test_orders = $(TEST_PARTS:%=$(RUN)/rules-test/$(1)/orders-%.shard)
ruled = $(call shared,$(1)) $(call rule_orders,$(1)) $(call rule_test_orders,$(1))
RULED := $(foreach rule,$(RULES_THERE),$(call ruled,$(rule)))
PLANNED_RULED := $(foreach rule,$(RULES_PLANNED),$(call ruled,$(rule)))
# What mean ranks sum up: orders by the model itself, where there is a policy those that it learned from.
SUMMED_UP := $(if $(POLICY),$(EXACT_ORDERS),$(ORDERS))
SUMMED_UP_DIR := $(if $(POLICY),$(RUN)/orders-exact,$(ORDERS_DIR))
# The orders that a model learns and is followed along: its rule's, or the extracted ones.
learned = $(if $(RULE_OF.$(1)),$(call rule_orders,$(RULE_OF.$(1))),$(ORDERS))
learned_from = $(if $(RULE_OF.$(1)),$(RUN)/rules/$(RULE_OF.$(1)),$(ORDERS_DIR))
followed = $(if $(RULE_OF.$(1)),$(call rule_test_orders,$(RULE_OF.$(1))),$(TEST_ORDERS))
followed_in = $(if $(RULE_OF.$(1)),$(RUN)/rules-test/$(RULE_OF.$(1)),$(TEST_ORDERS_DIR))
# A model's file: the one that extracts orders may come from elsewhere.
model = $(if $(filter $(EXTRACTOR),$(1)),$(MODEL),$(RUN)/$(1)/model.shard)
# Who chooses locations for an arm: a model, or the policy.
chooser = $(if $(filter policy,$(1)),$(POLICY),$(call model,$(1)))
models = $(foreach name,$(1),$(call model,$(name)))
samples = $(SAMPLE_PARTS:%=$(RUN)/samples/$(1)/samples-%.shard)
SAMPLES := $(foreach arm,$(ARMS),$(call samples,$(arm)))
SCORES := $(ARMS:%=$(RUN)/scores/%.json)
LIKELIHOODS := $(PLANNED:%=$(RUN)/scores/likelihood-%.json)
# Features need a network, which cannot always be had: then scores do without.
FEATURES := $(if $(NETWORK),$(foreach set,real-test reconstructions $(ARMS),$(RUN)/features/$(set).shard))
# Completed test images, a folder for each arm and share of masked cells: not part of 'all'.
EDITED := $(foreach arm,$(EDITED_ARMS),$(EDITED_SHARES:%=$(arm)-%))
edited = $(SAMPLE_PARTS:%=$(RUN)/editing/$(1)/samples-%.shard)
EDITS := $(foreach cell,$(EDITED),$(call edited,$(cell)))
EDIT_FEATURES := $(if $(NETWORK),$(EDITED:%=$(RUN)/editing/%/features.shard) $(EDITED:%=$(RUN)/editing/%/decoded.shard))
EDIT_SCORES := $(RUN)/editing/scores.json
# What the arms need, and what else was made by a target of its own.
UNPLANNED := $(call models,$(filter-out $(PLANNED),$(MODELS))) $(filter-out $(PLANNED_ORDERS) $(PLANNED_TEST_ORDERS) $(PLANNED_RULED),$(ORDERS) $(TEST_ORDERS) $(RULED))
# What models drew while they learned: shards that stages write beside them, as many as there are validations.
PROGRESS := $(wildcard $(MODELS:%=$(RUN)/%/progress/step-*.shard))
SHARDS := $(TOKENIZER) $(TEXT_TOKENIZER) $(CLASSIFIER) $(if $(filter $(RUN)/%,$(TOKENS_DIR)),$(TEXTS)) $(TOKENS) $(call models,$(PLANNED)) $(EXACT_ORDERS) $(POLICY) $(PLANNED_ORDERS) $(PLANNED_TEST_ORDERS) $(PLANNED_RULED) $(SAMPLES) $(FEATURES) $(wildcard $(UNPLANNED))
EVERYTHING := $(SHARDS) $(TEXTS) $(UNPLANNED) $(SCORES) $(LIKELIHOODS) $(SENTENCES) $(EDITS) $(EDIT_FEATURES) $(EDIT_SCORES) $(RUN)/report.html

.PRECIOUS: $(EVERYTHING)
.PHONY: all prepared tokenizer text classifier tokens orders rules policy models $(MODELS) samples scores editing report list-orders

# What no node of a cluster should have to do.
prepared: $(CHECKED) $(BINARIES) $(MISSING_DATA) $(MISSING_NETWORK) $(if $(filter $(RUN)/%,$(TOKENIZER)),$(MISSING_PERCEPTUAL))
all: report ## Run everything up to the report
tokenizer: $(TOKENIZER) ## Train the image tokenizer
text: $(TEXT_TOKENIZER) $(TEXTS) ## Train the text tokenizer and encode the captions, where the preset has some
classifier: $(CLASSIFIER) ## Train the classifier that looks at drawn images, where the preset has one
tokens: $(TOKENS) ## Phase 0: encode the images as tokens
models: $(call models,$(PLANNED)) ## Phases 1 and 3: train the models that the preset's arms need
orders: $(ORDERS) $(TEST_ORDERS) ## Phase 2: extract one specialised order per image
rules: $(RULED) ## Make the orders of the preset's rules
policy: $(POLICY) ## Train the policy that makes orders, where the preset has one
samples: $(SAMPLES) ## Draw images from every model in every order of the preset
scores: $(SCORES) $(LIKELIHOODS) $(SENTENCES) ## Compare the samples with real images
editing: $(EDIT_SCORES) ## Complete masked test images in several orders and compare them (not part of 'all')
report: $(RUN)/report.html ## Write the report
list-orders: ## Print the order shards, one a line
	@$(strip $(foreach order,$(ORDERS) $(TEST_ORDERS),$(info $(order)))):

# Every program looks at its settings before the first of them runs: -5 steps of the last stage must not show after hours.
# They are asked where stages run, since the CPU there decides whether it has the precision.
READ_SETTINGS := tokenizer $(if $(TEXT),text) $(if $(CLASSIFIED),classifier) tokens orders $(RULES:%=rule-%) $(if $(POLICY),policy) score $(MODELS) $(ARMS:%=samples-%)
$(CONFIG)/.checked: $(READ_SETTINGS:%=$(CONFIG)/%.json) | $(BINARIES)
	@$(LAUNCH) pipeline/check $(BIN) $@ $?

# A rule exists only for files of this run. What comes from elsewhere is a source: nothing can start making it.
EXTERNAL := $(filter-out $(RUN)/%,$(TOKENIZER) $(TEXT_TOKENIZER) $(CLASSIFIER) $(TOKENS) $(MODEL) $(ORDERS) $(TEST_ORDERS))
$(EXTERNAL):
	@echo "make: $@ is missing, and $(RUN) takes it from elsewhere. Make it there first, or correct FROM." >&2; exit 66

stage_threads = $(if $(THREADS),--threads $(THREADS))
shard_threads = $(if $(SHARD_THREADS),--threads $(SHARD_THREADS))

ifneq ($(filter $(RUN)/%,$(TOKENIZER)),)
$(TOKENIZER): $(CONFIG)/tokenizer.json | $(CHECKED) $(BIN)/tokenize $(MISSING_DATA) $(MISSING_PERCEPTUAL)
	$(LAUNCH) $(BIN)/tokenize fit --config $< --out $@ --restart $(stage_threads) $(OPTIONS)
endif

ifneq ($(filter $(RUN)/%,$(CLASSIFIER)),)
$(CLASSIFIER): $(CONFIG)/classifier.json | $(CHECKED) $(BIN)/score $(MISSING_DATA)
	$(LAUNCH) $(BIN)/score classifier fit --config $< --out $@ --restart $(stage_threads) $(OPTIONS)
endif

ifneq ($(filter $(RUN)/%,$(TEXT_TOKENIZER)),)
$(TEXT_TOKENIZER): $(CONFIG)/text.json | $(CHECKED) $(BIN)/tokenize $(MISSING_DATA)
	$(LAUNCH) $(BIN)/tokenize text fit --config $< --out $@ $(stage_threads) $(OPTIONS)
endif
$(TEXTS): $(RUN)/text/%.shard: $(TEXT_TOKENIZER) $(CONFIG)/text.json | $(CHECKED) $(BIN)/tokenize $(MISSING_DATA)
	$(LAUNCH) $(BIN)/tokenize text encode --config $(CONFIG)/text.json --tokenizer $< --split $* --out $@ $(stage_threads) $(OPTIONS)

ifneq ($(filter $(RUN)/%,$(TOKENS_DIR)),)
$(TRAIN_TOKENS): $(if $(TEXT),$(RUN)/text/train.shard)
$(TEST_TOKENS): $(if $(TEXT),$(RUN)/text/test.shard)
$(TRAIN_TOKENS): $(RUN)/tokens/train/tokens-%.shard: $(TOKENIZER) $(CONFIG)/tokens.json | $(CHECKED) $(BIN)/tokenize $(MISSING_DATA)
	$(LAUNCH) $(BIN)/tokenize encode --config $(CONFIG)/tokens.json --tokenizer $(TOKENIZER) --split train --shard $*$(if $(TEXT), --texts $(RUN)/text/train.shard) --out $@ $(shard_threads) $(OPTIONS)
$(TEST_TOKENS): $(RUN)/tokens/test/tokens-%.shard: $(TOKENIZER) $(CONFIG)/tokens.json | $(CHECKED) $(BIN)/tokenize $(MISSING_DATA)
	$(LAUNCH) $(BIN)/tokenize encode --config $(CONFIG)/tokens.json --tokenizer $(TOKENIZER) --split test --shard $*$(if $(TEXT), --texts $(RUN)/text/test.shard) --out $@ $(shard_threads) $(OPTIONS)
endif

# One model, by its name: what it starts from, whether it learns extracted orders, and whether its likelihood along those of
# test images is followed, is in variables.mk. It has a target of its name.
define model_rule
$(1): $(call model,$(1))
ifneq ($(filter $(RUN)/%,$(call model,$(1))),)
$(call model,$(1)): $(CONFIG)/$(1).json $(if $(START_OF.$(1)),$(call model,$(START_OF.$(1)))) $(if $(LEARNS.$(1)),$(MODEL) $(call learned,$(1))) $(if $(FOLLOWED.$(1)),$(call followed,$(1))) $(TOKENS) | $(CHECKED) $(BIN)/$(STAGE_OF.$(1))
	$$(TRAINING_LAUNCH) $(BIN)/$(STAGE_OF.$(1)) --config $$< --tokens $(TOKENS_DIR)$(if $(LEARNS.$(1)), --orders $(call learned_from,$(1)))$(if $(FOLLOWED.$(1)), --validation-orders $(call followed_in,$(1)))$(if $(START_OF.$(1)), --init $(call model,$(START_OF.$(1)))) --out $$@ --restart $$(stage_threads) $(OPTIONS)
endif
endef
$(foreach name,$(MODELS),$(eval $(call model_rule,$(name))))

ifneq ($(filter $(RUN)/%,$(ORDERS_DIR)),)
$(ORDERS): $(RUN)/orders/orders-%.shard: $(TOKENS_DIR)/train/tokens-%.shard $(MODEL) $(POLICY) $(CONFIG)/orders.json | $(CHECKED) $(BIN)/extract-orders
	$(LAUNCH) $(BIN)/extract-orders --config $(CONFIG)/orders.json --model $(MODEL) $(if $(POLICY),--policy $(POLICY) )--tokens $< --out $@ $(shard_threads) $(OPTIONS)
endif
ifneq ($(POLICY),)
$(EXACT_ORDERS): $(RUN)/orders-exact/orders-%.shard: $(TOKENS_DIR)/train/tokens-%.shard $(MODEL) $(CONFIG)/orders.json | $(CHECKED) $(BIN)/extract-orders
	$(LAUNCH) $(BIN)/extract-orders --config $(CONFIG)/orders.json --model $(MODEL) --exact --tokens $< --out $@ $(shard_threads) $(OPTIONS)
$(POLICY): $(CONFIG)/policy.json $(MODEL) $(EXACT_ORDERS) $(TEST_ORDERS) $(TOKENS) | $(CHECKED) $(BIN)/distill
	$(TRAINING_LAUNCH) $(BIN)/distill policy --config $< --model $(MODEL) --tokens $(TOKENS_DIR) --orders $(RUN)/orders-exact --validation-orders $(TEST_ORDERS_DIR) --out $@ --restart $(stage_threads) $(OPTIONS)
endif

# What specialised models are trained for is measured on test images, by the same rule.
ifneq ($(filter $(RUN)/%,$(TEST_ORDERS_DIR)),)
$(TEST_ORDERS): $(TEST_ORDERS_DIR)/orders-%.shard: $(TOKENS_DIR)/test/tokens-%.shard $(MODEL) $(CONFIG)/orders.json | $(CHECKED) $(BIN)/extract-orders
	$(LAUNCH) $(BIN)/extract-orders --config $(CONFIG)/orders.json --model $(MODEL) --tokens $< --out $@ $(shard_threads) $(OPTIONS)
endif

# Whose confidence a rule goes by: a model that it names, or the one that extracts.
labeller = $(if $(BY.$(1)),$(call model,$(BY.$(1))),$(MODEL))
# One rule, by its name: orders that images share, and those of each token shard.
# $(call label_rule,NAME,ORDERS OF THE RULE,FOLDER OF TOKENS,FOLDER OF EXTRACTED ORDERS)
define label_rule
$(2): $(dir $(firstword $(2)))orders-%.shard: $(3)/tokens-%.shard $(call labeller,$(1)) $(call shared,$(1)) $(if $(CLUSTERED.$(1)),$(4)/orders-%.shard) $(CONFIG)/rule-$(1).json | $(CHECKED) $(BIN)/extract-orders
	$$(LAUNCH) $(BIN)/extract-orders --config $(CONFIG)/rule-$(1).json --model $(call labeller,$(1)) --tokens $$<$(if $(SHARED.$(1)), --static $(call shared,$(1)))$(if $(CLUSTERED.$(1)), --orders $(4)/orders-$$*.shard) --out $$@ $$(shard_threads) $(OPTIONS)
endef
define shared_rule
$(call shared,$(1)): $(CONFIG)/rule-$(1).json $(MODEL) $(TRAIN_TOKENS) $(if $(SUMS_UP.$(1)),$(SUMMED_UP)) | $(CHECKED) $(BIN)/extract-orders
	$$(LAUNCH) $(BIN)/extract-orders static --config $$< --model $(MODEL) --tokens $(TOKENS_DIR)/train$(if $(SUMS_UP.$(1)), --orders $(SUMMED_UP_DIR)) --out $$@ $$(stage_threads) $(OPTIONS)
endef
$(foreach rule,$(RULES_THERE),$(if $(SHARED.$(rule)),$(eval $(call shared_rule,$(rule)))) \
  $(eval $(call label_rule,$(rule),$(call rule_orders,$(rule)),$(TOKENS_DIR)/train,$(ORDERS_DIR))) \
  $(eval $(call label_rule,$(rule),$(call rule_test_orders,$(rule)),$(TOKENS_DIR)/test,$(TEST_ORDERS_DIR))))

# Samples of one arm: $(call arm_rule,NAME,MODEL,TEACHER or nothing,SHARED ORDERS or nothing)
define arm_rule
$(call samples,$(1)): $(RUN)/samples/$(1)/samples-%.shard: $(CONFIG)/samples-$(1).json $(2) $(3) $(4) $(TOKENIZER) $(if $(CAPTIONED),$(TEST_TOKENS)) | $(CHECKED) $(BIN)/sample
	$$(LAUNCH) $(BIN)/sample --config $$< --model $(2) $(if $(3),--teacher $(3) )$(if $(4),--orders $(4) )--tokenizer $(TOKENIZER)$(captions) --shard $$* --out $$@ $$(shard_threads) $(OPTIONS)
endef
$(foreach arm,$(ARMS),$(eval $(call arm_rule,$(arm),$(call model,$(MODEL_OF.$(arm))),$(if $(TEACHER_OF.$(arm)),$(call chooser,$(TEACHER_OF.$(arm)))),$(if $(SHARES.$(arm)),$(call shared,$(SHARES.$(arm)))))))

# Completed test images of one arm and share: $(call edit_rule,ARM,SHARE,MODEL,TEACHER or nothing,SHARED ORDERS or nothing)
define edit_rule
$(call edited,$(1)-$(2)): $(RUN)/editing/$(1)-$(2)/samples-%.shard: $(CONFIG)/samples-$(1).json $(CONFIG)/editing.json $(3) $(4) $(5) $(TEST_TOKENS) $(TOKENIZER) | $(CHECKED) $(BIN)/sample
	$$(LAUNCH) $(BIN)/sample inpaint --config $$< --model $(3) $(if $(4),--teacher $(4) )$(if $(5),--orders $(5) )--tokenizer $(TOKENIZER) --tokens $(TOKENS_DIR)/test --images $(EDITED_IMAGES) --mask-fraction $(SHARE.$(2)) $(if $(EDITED_SHAPE),--mask-shape $(EDITED_SHAPE) )--known-order $(KNOWN_ORDER_OF.$(1)) --shard $$* --out $$@ $$(shard_threads) $(OPTIONS)
$(RUN)/editing/$(1)-$(2)/features.shard $(RUN)/editing/$(1)-$(2)/decoded.shard: $(call edited,$(1)-$(2))
endef
$(foreach arm,$(EDITED_ARMS),$(foreach share,$(EDITED_SHARES),$(eval $(call edit_rule,$(arm),$(share),$(call model,$(MODEL_OF.$(arm))),$(if $(TEACHER_OF.$(arm)),$(call chooser,$(TEACHER_OF.$(arm)))),$(if $(SHARES.$(arm)),$(call shared,$(SHARES.$(arm))))))))

# Images as PNG files, from shards that are done; the last file that is written stands for all of a seed.
# $(call picture_rule,FOLDER OF SHARDS,PART,REST OF THE LAST FILE'S NAME)
picture = $(1)/png/seed-$(SEED_OF.$(2))$(3)
define picture_rule
$(call picture,$(1),$(2),$(3)): $(1)/samples-$(2).shard | $(BIN)/sample
	$$(LAUNCH) $(BIN)/sample pictures $$< --png $(1)/png $(OPTIONS)
PICTURES$(3) += $(call picture,$(1),$(2),$(3))
endef
ifneq ($(PNG),)
$(foreach arm,$(ARMS),$(foreach part,$(SAMPLE_PARTS),$(eval $(call picture_rule,$(RUN)/samples/$(arm),$(part),-orders.png))))
$(foreach cell,$(EDITED),$(foreach part,$(SAMPLE_PARTS),$(eval $(call picture_rule,$(RUN)/editing/$(cell),$(part),/edits.png))))
all samples: $(PICTURES-orders.png)
editing: $(PICTURES/edits.png)
endif

ifneq ($(NETWORK),)
# Another file in its place makes them anew.
$(FEATURES) $(EDIT_FEATURES): $(INCEPTION)
$(filter %/features.shard,$(EDIT_FEATURES)): $(RUN)/editing/%/features.shard: $(CONFIG)/score.json | $(CHECKED) $(BIN)/score $(MISSING_NETWORK)
	$(LAUNCH) $(BIN)/score features --config $< --samples $(RUN)/editing/$* --out $@ $(stage_threads) $(OPTIONS)
$(filter %/decoded.shard,$(EDIT_FEATURES)): $(RUN)/editing/%/decoded.shard: $(CONFIG)/score.json $(TOKENIZER) | $(CHECKED) $(BIN)/score $(MISSING_NETWORK)
	$(LAUNCH) $(BIN)/score features --config $< --samples $(RUN)/editing/$* --tokenizer $(TOKENIZER) --out $@ $(stage_threads) $(OPTIONS)
$(EDIT_SCORES): $(EDIT_FEATURES) $(RUN)/features/reconstructions.shard
$(RUN)/features/real-test.shard: $(CONFIG)/score.json | $(CHECKED) $(BIN)/score $(MISSING_DATA) $(MISSING_NETWORK)
	$(LAUNCH) $(BIN)/score features --config $< --images test --out $@ $(stage_threads) $(OPTIONS)
$(RUN)/features/reconstructions.shard: $(CONFIG)/score.json $(TEST_TOKENS) $(TOKENIZER) | $(CHECKED) $(BIN)/score $(MISSING_NETWORK)
	$(LAUNCH) $(BIN)/score features --config $< --tokens $(TOKENS_DIR)/test --tokenizer $(TOKENIZER) --out $@ $(stage_threads) $(OPTIONS)
$(foreach arm,$(ARMS),$(eval $(RUN)/features/$(arm).shard: $(call samples,$(arm))))
$(ARMS:%=$(RUN)/features/%.shard): $(RUN)/features/%.shard: $(CONFIG)/score.json | $(CHECKED) $(BIN)/score $(MISSING_NETWORK)
	$(LAUNCH) $(BIN)/score features --config $< --samples $(RUN)/samples/$* --out $@ $(stage_threads) $(OPTIONS)
$(SCORES): $(RUN)/scores/%.json: $(RUN)/features/%.shard $(RUN)/features/real-test.shard $(RUN)/features/reconstructions.shard
endif

$(foreach arm,$(ARMS),$(eval $(RUN)/scores/$(arm).json: $(call samples,$(arm))))
$(SCORES): $(RUN)/scores/%.json: $(CONFIG)/score.json $(TEST_TOKENS) | $(CHECKED) $(BIN)/score
	$(LAUNCH) $(BIN)/score compare --config $(CONFIG)/score.json --samples $(RUN)/samples/$* --tokens $(TOKENS_DIR)/test $(if $(NETWORK),--features $(RUN)/features) --out $@ $(stage_threads) $(OPTIONS)
$(foreach name,$(PLANNED),$(eval $(RUN)/scores/likelihood-$(name).json: $(call model,$(name)) $(if $(PLANNED_TEST_ORDERS),$(call followed,$(name)))))
$(LIKELIHOODS): $(RUN)/scores/likelihood-%.json: $(CONFIG)/score.json $(TEST_TOKENS) $(POLICY) | $(CHECKED) $(BIN)/score
	$(LAUNCH) $(BIN)/score likelihood --config $(CONFIG)/score.json --model $(call model,$*) --tokens $(TOKENS_DIR)/test $(if $(PLANNED_TEST_ORDERS),--orders $(call followed_in,$*) )$(if $(POLICY),--policy $(POLICY) )--out $@ $(stage_threads) $(OPTIONS)
$(foreach arm,$(ARMS),$(eval $(RUN)/sentences/$(arm).json: $(call samples,$(arm))))
$(SENTENCES): $(RUN)/sentences/%.json: $(CONFIG)/score.json $(CLASSIFIER) | $(CHECKED) $(BIN)/score $(MISSING_DATA)
	$(LAUNCH) $(BIN)/score sentences --config $< --samples $(RUN)/samples/$* --classifier $(CLASSIFIER) --out $@ $(stage_threads) $(OPTIONS)
$(EDIT_SCORES): $(CONFIG)/score.json $(CONFIG)/editing.json $(EDITS) | $(CHECKED) $(BIN)/score
	$(LAUNCH) $(BIN)/score editing --config $< --edits $(EDITED:%=$(RUN)/editing/%) $(if $(NETWORK),--reconstructions $(RUN)/features/reconstructions.shard) --out $@ $(stage_threads) $(OPTIONS)
# The page shows completed images where they were made.
$(RUN)/report.html: $(SCORES) $(LIKELIHOODS) $(SENTENCES) $(CONFIG)/models.json $(call models,$(PLANNED)) $(PLANNED_ORDERS) $(if $(filter editing,$(GOALS)),$(EDIT_SCORES),$(wildcard $(EDIT_SCORES))) | $(CHECKED) $(BIN)/score
	$(LAUNCH) $(BIN)/score report --run $(RUN) --tokenizer $(TOKENIZER) --tokens $(TOKENS_DIR) $(if $(PLANNED_ORDERS),--orders $(ORDERS_DIR)) --out $@ $(OPTIONS)
