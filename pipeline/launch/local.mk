# Runs stages on this machine: one at a time with all cores, or with 'make -jN' N shards at a time.

# Goes before every stage's command.
LAUNCH ?=
# The same before one that trains, as RANKS processes where that is asked for.
TRAINING_LAUNCH = $(LAUNCH)$(if $(RANKS), pipeline/ranks $(RANKS))
# Threads of a stage that makes one shard of many: one each under -j, where make itself fills the cores.
SHARD_THREADS = $(or $(THREADS),$(if $(filter-out -j1,$(filter -j%,$(MAKEFLAGS))),1))
# Nothing is handed to others.
SUBMITTED :=
