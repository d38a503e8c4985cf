# Runs every stage as a step of a Slurm allocation: salloc -n8, then make -j8 LAUNCHER=srun THREADS=4.

THREADS := $(or $(THREADS),1)
# Goes before every stage's command.
LAUNCH ?= srun --ntasks=1 --cpus-per-task=$(THREADS) --exact
SHARD_THREADS = $(THREADS)
