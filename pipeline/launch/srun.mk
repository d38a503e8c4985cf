# Runs every stage as a step of a Slurm allocation: salloc --ntasks=1 --cpus-per-task=16, then make -j16 all LAUNCHER=srun.
#
# A stage that makes one shard of many takes SHARD_THREADS cores, so that -j steps run side by side; training and whatever else
# makes a whole takes THREADS, all of the allocation's on one node if not given. Each step asks for its share of the memory: one that does not say how much
# takes all of it, and then steps run one after the other.

SLURM_JOB_CPUS_PER_NODE ?= 1
SLURM_MEM_PER_NODE ?=
node_cores := $(shell grep -o '^[0-9]*' <<<'$(SLURM_JOB_CPUS_PER_NODE)')
SHARD_THREADS ?= 1
THREADS := $(or $(THREADS),$(node_cores))
step_cores = $(if $(findstring -of-,$@),$(SHARD_THREADS),$(THREADS))
# MiB, of an allocation whose memory is counted.
step_memory = $(if $(SLURM_MEM_PER_NODE),--mem=$$(($(SLURM_MEM_PER_NODE) * $(step_cores) / $(node_cores))))
# Goes before every stage's command.
LAUNCH ?= srun --nodes=1 --ntasks=1 --cpus-per-task=$(step_cores) --exact $(step_memory)
# The same before one that trains: as one task with THREADS cores, or as RANKS tasks of so many on all nodes.
TRAINING_LAUNCH = $(if $(RANKS),srun --mpi=pmix --ntasks=$(RANKS) --cpus-per-task=$(THREADS) --exact,$(LAUNCH))
# Nothing is handed to others.
SUBMITTED :=
