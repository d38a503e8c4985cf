# Hands a run to Slurm as jobs, and returns: make all LAUNCHER=slurm [SITE=FILE] [WAIT=1]. pipeline/CLUSTER.md shows how.
#
# Make stays the only one that knows what is made from what: it plans as under -n, every command of the plan says by
# LAUNCH what it makes and from what, and pipeline/slurm/submit makes job arrays of these lines. Slurm has the rest.

$(if $(RANKS),$(error RANKS is for make's own machine or allocation: with LAUNCHER=slurm the section 'cluster' of a preset or the site's file says 'processes'))
# Who submits adds what starts several processes.
TRAINING_LAUNCH = $(LAUNCH)

SITE ?=
WAIT ?=
ifneq ($(PLANNING),)
LAUNCH = job: $@ from: $^ run:
# As many as the job was given, which is known when it runs.
override THREADS := $${SLURM_CPUS_PER_TASK}
SHARD_THREADS = $(THREADS)
SUBMITTED :=
else
LAUNCH ?=
SHARD_THREADS = $(THREADS)

# These go on with what makes of their own have made, which would only have been submitted.
AFTER_RUNS := $(filter paper-scale captions-run table-%,$(MAKECMDGOALS))
$(if $(AFTER_RUNS),$(error $(firstword $(AFTER_RUNS)) looks at runs that it makes, and Slurm would only have begun them: give it without LAUNCHER, inside a job or an allocation))

.PHONY: cancel
cancel: ## Cancel the jobs of a run (LAUNCHER=slurm)
	@pipeline/slurm/cancel $(RUN)

# Goals that make something are submitted; the others are seen to here, and by themselves.
SEEN_TO_HERE = $(filter status verify clean-stale list-orders data cancel,$(SETTINGS_GOALS))
SUBMITTED = $(filter-out $(SEEN_TO_HERE),$(SETTINGS_GOALS))
define submission
$(if $(SEEN_TO_HERE),$(error $(firstword $(SEEN_TO_HERE)) is no goal for Slurm: give it in a make of its own))
.PHONY: submission $(SUBMITTED)
$(SUBMITTED): submission
	@:
# What needs no node first: binaries, data, networks, and settings that every program accepts. Then the plan. Who waits has
# what jobs were lost with (code 100) submitted again.
submission:
	@$$(MAKE) -s --no-print-directory prepared LAUNCHER=local LAUNCH=
	@plan=$$$$(mktemp) && trap 'rm -f "$$$$plan"' EXIT && code=0 && for attempt in 1 2 3 4 5; do \
	  $$(MAKE) -s -n --no-print-directory $(SUBMITTED) PLANNING=$(if $(DRY_RUN),only,yes) >"$$$$plan" && code=0 || exit; \
	  SITE=$$(call quoted,$(SITE)) THREADS='$(THREADS)' WAIT='$(WAIT)' DRY_RUN='$(DRY_RUN)' pipeline/slurm/submit $(RUN) "$$$$plan" || code=$$$$?; \
	  [ $$$$code -eq 100 ] || exit $$$$code; \
	done; exit 75
endef
endif
