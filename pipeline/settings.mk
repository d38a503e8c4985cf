# Resolves the settings of a run while make parses, so that 'make -n' shows only real work.

# Sections that this run takes from elsewhere: SET must not touch them. A tokenizer leaves open which images it encodes, and a
# model that is given by itself has sizes that the preset may lack.
FROZEN := $(strip $(if $(filter-out $(RUN)/%,$(TOKENIZER)),tokenizer) \
  $(if $(filter-out $(RUN)/%,$(TOKENS_DIR)),data tokenizer tokens) \
  $(if $(filter-out $(RUN)/%,$(FROM)/),classifier) \
  $(if $(MODEL),,$(if $(filter-out $(RUN)/%,$(FROM)/),model)) \
  $(if $(filter-out $(RUN)/%,$(or $(MODEL),$(FROM)/)),@extractor) \
  $(if $(filter-out $(RUN)/%,$(ORDERS_DIR)),orders))

# What arguments.mk will hold: what was asked for, where it is not the default.
escaped = $(subst $(hash),$$(hash),$(subst $$,$$$$,$($(1))))$(if $(filter %\,$($(1))),$$(empty))
remembered = $(if $(filter-out $(2),$($(1))),$(call quoted,$(1) ?= $(call escaped,$(1))))
REMEMBER = $(call remembered,PRESET,) $(call remembered,SET,) $(call remembered,FROM,$(RUN)) \
  $(call remembered,TOKENIZER,$(FROM)/tokenizer/model.shard) $(call remembered,TOKENS_DIR,$(FROM)/tokens) \
  $(call remembered,MODEL,) $(call remembered,ORDERS_DIR,$(FROM)/orders) $(call remembered,INCEPTION,)

ifeq ($(filter-out status verify clean-stale,$(SETTINGS_GOALS)),)
# Goals that look at a run take its settings as they are.
CONFIG := $(RUN)/config
ifeq ($(wildcard $(CONFIG)/variables.mk),)
$(error There is no run in $(RUN): give another RUN, or make something there first)
endif
else
# A dry run works on a copy, so that asking changes nothing.
CONFIG := $(RUN)/config$(if $(DRY_RUN),/dry-run)
STAMPED := $(shell SET=$(call quoted,$(SET)) FROZEN=$(call quoted,$(FROZEN)) INCEPTION=$(call quoted,$(INCEPTION)) MODEL=$(call quoted,$(MODEL)) \
  FOLDERS=$(call quoted,$(STAGE_FOLDERS)) KEPT_SET=$(SET_IS_KEPT) DRY_RUN=$(DRY_RUN) \
  pipeline/prepare $(call quoted,$(PRESET)) $(RUN) $(BIN)/shard $(REMEMBER) >&2 && echo ok)
ifneq ($(STAMPED),ok)
$(error Nothing was made in $(RUN): the reason stands above)
endif
endif
include $(CONFIG)/variables.mk
# The model that extracts orders: the run's own, unless it comes from elsewhere.
$(if $(MODEL),$(if $(EXTRACTOR),,$(error MODEL=$(MODEL) stands for the model that extracts orders, and no model of $(PRESET) does: leave MODEL away)))
override MODEL := $(if $(EXTRACTOR),$(or $(MODEL),$(FROM)/$(EXTRACTOR)/model.shard))

# Settings that were checked by the programs that read them. A dry run has no need of that.
CHECKED := $(if $(DRY_RUN),,$(CONFIG)/.checked)

# The data, if they are missing: a target that sees to them. Their path may hold what no target's name can.
DATA_FILE := $(DATA_PATH)$(if $(filter fashion-mnist captions,$(DATA_SOURCE)),/train-images-idx3-ubyte.gz)
MISSING_DATA := $(if $(DATA_PATH),$(if $(shell test -e $(call quoted,$(DATA_FILE)) && echo there),,missing-data))
# The feature network: none if the preset wants none or if fetching failed ('make data' tries again). It is fetched
# now, before make plans, because without it there are no features to plan for.
UNAVAILABLE := work/feature-network-unavailable
has_network = $(if $(FEATURE_NETWORK),$(shell test -f $(call quoted,$(FEATURE_NETWORK)) && echo there))
NETWORK_FILE := $(has_network)
ifneq ($(and $(FEATURE_NETWORK),$(filter all report scores editing,$(GOALS))),)
ifeq ($(DRY_RUN)$(NETWORK_FILE)$(wildcard $(UNAVAILABLE)),)
$(shell pipeline/require network $(call quoted,$(FEATURE_NETWORK)) $(UNAVAILABLE) >&2)
NETWORK_FILE := $(has_network)
endif
endif
MISSING_NETWORK := $(if $(FEATURE_NETWORK),$(if $(NETWORK_FILE),,missing-network))
# The network that the tokenizer's perceptual term looks through, if it has one: fetched when it is missing.
MISSING_PERCEPTUAL := $(if $(PERCEPTUAL_NETWORK),$(if $(shell test -f $(call quoted,$(PERCEPTUAL_NETWORK)) && echo there),,missing-perceptual))
# Whether features are made.
NETWORK := $(if $(FEATURE_NETWORK),$(if $(wildcard $(UNAVAILABLE)),$(NETWORK_FILE),yes))
