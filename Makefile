# The whole workflow. 'make help' lists the targets; pipeline/RUNNING.md and PRESETS.md explain them.
# 'yes' where a launcher asks for the plan of a run that it is about to submit, 'only' where nothing will come of it.
PLANNING ?=
DRY_RUN := $(if $(filter yes,$(PLANNING)),,$(findstring n,$(filter-out --%,$(firstword -$(MAKEFLAGS)))))
MAKEFLAGS += --no-builtin-rules --no-builtin-variables --warn-undefined-variables
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.SUFFIXES:
include pipeline/names.mk

# What is asked for. A run remembers PRESET, SET and what it takes from elsewhere in <run>/config/arguments.mk, so
# that 'make status RUN=work/x' needs no more than that; the command line wins.
RUN ?= work/$(if $(value PRESET),$(basename $(notdir $(PRESET))),fashion-mini)
override RUN := $(call folder,$(RUN))
$(if $(RUN),,$(error RUN names no folder: give that of a run, such as RUN=work/own, or leave RUN away))
# Replicates, paper-scale and tables make other runs, with what the command line gives.
ifeq ($(filter replicate paper-scale table-%,$(MAKECMDGOALS)),)
-include $(RUN)/config/arguments.mk
endif
FROM ?=
TOKENIZER ?=
TOKENS_DIR ?=
MODEL ?=
ORDERS_DIR ?=
INCEPTION ?=
# What is taken from elsewhere, as it was given.
GIVEN := $(strip $(foreach name,FROM TOKENIZER TOKENS_DIR MODEL ORDERS_DIR,$(if $($(name)),$(name)=$($(name)))))
override FROM := $(or $(call folder,$(FROM)),$(RUN))
PRESET ?= $(if $(filter-out $(RUN),$(FROM)),$(wildcard $(FROM)/config/settings.json))
override PRESET := $(or $(PRESET),fashion-mini)
SET ?=
# As it was typed, since a dollar in it is no variable of make's; what a run remembers was written for make to read.
SET_IS_KEPT := $(filter file,$(origin SET))
override SET := $(subst $(newline),$(space),$(if $(SET_IS_KEPT),$(SET),$(value SET)))
override TOKENIZER := $(or $(call folder,$(TOKENIZER)),$(FROM)/tokenizer/model.shard)
override TOKENS_DIR := $(or $(call folder,$(TOKENS_DIR)),$(FROM)/tokens)
override MODEL := $(call folder,$(MODEL))
override ORDERS_DIR := $(or $(call folder,$(ORDERS_DIR)),$(FROM)/orders)
override INCEPTION := $(call folder,$(INCEPTION))
# Orders of the test images: those of FROM where it has them.
TEST_ORDERS_DIR := $(if $(wildcard $(FROM)/orders-test/*.shard),$(FROM),$(RUN))/orders-test

# How it is run. None of these changes a result.
BIN ?= bin
THREADS ?=
OPTIONS ?=
PNG ?=
FORCE ?=
A ?=
B ?=
JSON ?=
LAUNCHER ?= local
RANKS ?=
PYTHON ?= python3
include pipeline/launch/$(LAUNCHER).mk

# Stages compute at the CPU's full speed: a choice of kernels in the shell's environment holds only as BLAS_CORE.
unexport OPENBLAS_CORETYPE OPENBLAS_L2_SIZE OPENBLAS_NUM_THREADS OPENBLAS_VERBOSE
ifdef BLAS_CORE
export OPENBLAS_CORETYPE := $(BLAS_CORE)
endif

BINARIES := $(addprefix $(BIN)/,tokenize train-anyorder extract-orders distill sample score shard)
# The models of a run that is there already, so that they can be cleaned.
MODELS_THERE := $(if $(wildcard $(RUN)/config/variables.mk),$(shell sed -n 's/^MODELS := //p' $(call quoted,$(RUN)/config/variables.mk)))
STAGE_FOLDERS := tokenizer text tokens orders orders-exact orders-test rules rules-test policy classifier samples features scores sentences editing $(MODELS_THERE)

# Goals that need the settings of a run.
GOALS := $(or $(MAKECMDGOALS),help)
SETTINGS_GOALS := $(filter-out help build completion packages test mutants smoke bench bench-curves bench-scale benchmark compare replicate paper-scale captions-run $(filter table-%,$(GOALS)) clean $(filter-out clean-stale,$(filter clean-%,$(GOALS))),$(GOALS))
# A folder that cannot be a run's is refused before anything in it is touched.
ifneq ($(SETTINGS_GOALS)$(filter $(STAGE_FOLDERS:%=clean-%),$(GOALS)),)
UNFIT_FOLDER := $(shell FOLDERS='$(STAGE_FOLDERS)' pipeline/folder '$(RUN)')
$(if $(UNFIT_FOLDER),$(error $(UNFIT_FOLDER)))
endif

.PHONY: help
help: ## Show this list
	@echo 'make TARGET [PRESET=$(subst $(space),|,$(notdir $(basename $(wildcard pipeline/presets/*.json))))] [RUN=work/NAME] [FROM=work/OTHER] [SET="section.key=value …"]'
	@sed -nE 's/^([a-z][a-z0-9 -]*):.*## (.*)/  \1\t\2/p' Makefile pipeline/*.mk | expand -t 20
	@echo 'Also: a target for each model of the preset; the usual ones (pipeline/models.json):'
	@jq -r 'to_entries[] | "  \(.key)\t\(.value.title)"' pipeline/models.json 2>/dev/null | expand -t 20 || true
	@echo 'And: clean-STAGE for tokenizer, text, tokens, orders, orders-exact, orders-test, rules, rules-test, policy, classifier, samples, features, scores, sentences, editing and each model.'
	@echo 'Variables: THREADS RANKS LAUNCHER LAUNCH BLAS_CORE BIN TRAITS PYTHON OPTIONS PNG=1 JSON=1 FORCE=1 SEEDS SIZE ORDERS_DIR TOKENS_DIR MODEL TOKENIZER INCEPTION (pipeline/RUNNING.md).'

ifneq ($(SETTINGS_GOALS),)
include pipeline/settings.mk
# A launcher that hands the run to others has goals of its own in place of the stages' rules.
ifeq ($(SUBMITTED),)
include pipeline/rules.mk
else
$(eval $(submission))
endif
endif
include pipeline/build.mk pipeline/care.mk pipeline/replicate.mk pipeline/paper-scale.mk pipeline/paper.mk
