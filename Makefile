# The whole workflow. 'make help' lists the targets; README.md and pipeline/PRESETS.md explain them.
DRY_RUN := $(findstring n,$(filter-out --%,$(firstword -$(MAKEFLAGS))))
MAKEFLAGS += --no-builtin-rules --no-builtin-variables --warn-undefined-variables
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.SUFFIXES:

# What is asked for. A run remembers PRESET, SET and what it takes from elsewhere in <run>/config/arguments.mk, so
# that 'make status RUN=work/x' needs no more than that; the command line wins.
RUN ?= work/$(if $(value PRESET),$(basename $(notdir $(PRESET))),fashion-mini)
override RUN := $(patsubst %/,%,$(RUN))
-include $(RUN)/config/arguments.mk
FROM ?= $(RUN)
override FROM := $(patsubst %/,%,$(FROM))
PRESET ?= $(if $(filter-out $(RUN),$(FROM)),$(wildcard $(FROM)/config/settings.json))
override PRESET := $(or $(PRESET),fashion-mini)
SET ?=
TOKENIZER ?= $(FROM)/tokenizer/model.shard
TOKENS_DIR ?= $(FROM)/tokens
MODEL ?= $(FROM)/anyorder/model.shard
ORDERS_DIR ?= $(FROM)/orders
# Orders of the test images: those of FROM where it has them.
TEST_ORDERS_DIR := $(if $(wildcard $(FROM)/orders-test/*.shard),$(FROM),$(RUN))/orders-test
override TOKENS_DIR := $(patsubst %/,%,$(TOKENS_DIR))
override ORDERS_DIR := $(patsubst %/,%,$(ORDERS_DIR))

# How it is run. None of these changes a result.
BIN ?= bin
THREADS ?=
OPTIONS ?=
PNG ?=
FORCE ?=
LAUNCHER ?= local
PYTHON ?= python3
include pipeline/launch/$(LAUNCHER).mk

# Stages compute at the CPU's full speed: a choice of kernels in the shell's environment holds only as BLAS_CORE.
unexport OPENBLAS_CORETYPE OPENBLAS_L2_SIZE OPENBLAS_NUM_THREADS OPENBLAS_VERBOSE
ifdef BLAS_CORE
export OPENBLAS_CORETYPE := $(BLAS_CORE)
endif

SCRATCH := anyorder raster-scratch
DISTILLED := distill distill-direct
CONTINUED := anyorder-long raster-tuned
MODELS := $(SCRATCH) $(DISTILLED) $(CONTINUED)
STAGE_FOLDERS := tokenizer tokens $(MODELS) orders orders-test samples features scores editing

# Goals that need the settings of a run.
GOALS := $(or $(MAKECMDGOALS),help)
SETTINGS_GOALS := $(filter-out help build completion packages test mutants smoke bench bench-curves bench-scale benchmark clean $(STAGE_FOLDERS:%=clean-%),$(GOALS))

.PHONY: help
help: ## Show this list
	@echo 'make TARGET [PRESET=smoke|fashion-mini|fashion|imagenet256] [RUN=work/NAME] [FROM=work/OTHER] [SET="section.key=value …"]'
	@sed -nE 's/^([a-z][a-z-]*):.*## (.*)/  \1\t\2/p' Makefile pipeline/*.mk | expand -t 20
	@echo 'Also: clean-STAGE for $(STAGE_FOLDERS).'
	@echo 'Variables: THREADS LAUNCHER LAUNCH BLAS_CORE BIN TRAITS PYTHON OPTIONS PNG=1 FORCE=1 ORDERS_DIR TOKENS_DIR MODEL TOKENIZER (README.md).'

ifneq ($(SETTINGS_GOALS),)
include pipeline/settings.mk pipeline/rules.mk
endif
include pipeline/build.mk pipeline/care.mk
